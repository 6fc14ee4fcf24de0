"""New pictures from old ones: changes that leave the label true, drawn anew for each batch.

Each is ``(X, rng) -> X`` for a batch (N, C, H, W), which is what ``Solver(augment=...)`` calls.
"""

import numpy as np

from scratch.cnn_layers import pad_images
from scratch.shapes import check_shapes


def random_shift(X, rng, *, most=2):
    """Move each picture by up to ``most`` pixels each way: (N, C, H, W) -> (N, C, H, W).

    Up or down and left or right, each picture by a draw of its own. Zeros move in, as in padding.
    """
    N, C, H, W = check_shapes("X (N, C, H, W)", X)
    padded, out = pad_images(X, most), np.empty_like(X)
    corners = rng.integers(0, 2 * most + 1, size=(N, 2))  # (most, most) leaves it where it is
    for n, (top, left) in enumerate(corners):
        out[n] = padded[n, :, top : top + H, left : left + W]
    return out


def random_flip(X, rng):
    """Mirror each picture, left for right, with probability 1/2: (N, C, H, W) -> (N, C, H, W)."""
    N, C, H, W = check_shapes("X (N, C, H, W)", X)
    mirrored = rng.random(N) < 0.5
    return np.where(mirrored[:, None, None, None], X[:, :, :, ::-1], X)
