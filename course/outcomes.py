"""What a seed of an experiment gives: figures, curves, and pictures made small for a page."""

from typing import NamedTuple

import numpy as np

POINTS = 100  # of a learning curve


class Outcome(NamedTuple):
    """What one seed gave: numbers, lists of numbers, and pictures (H, W) or (H, W, 3) uint8.

    ``texts`` holds lists of lines, such as captions.
    """

    figures: dict[str, float]
    curves: dict[str, list[float]] = {}
    pictures: dict[str, np.ndarray] = {}
    texts: dict[str, list] = {}


def worst_mistakes(scores, y, most=20):
    """The rows that are wrong by the widest margin, worst first: (N, C), (N,) -> (M,)."""
    margin = scores.max(axis=1) - scores[np.arange(len(y)), y]  # 0 where it is right
    rows = np.argsort(-margin, kind="stable")[:most]
    return rows[margin[rows] > 0]


def thinned(values, points=POINTS):
    """Means over equal stretches, so that a long curve keeps its shape in few numbers."""
    parts = np.array_split(np.asarray(values, np.float64), min(points, len(values)))
    return [round(float(part.mean()), 4) for part in parts]


def limits(images):
    """The range that is shown from black to white: the same to both sides of 0."""
    largest = float(np.abs(images).max())
    return -largest, largest


def to_bytes(images, low, high):
    """Numbers from ``low`` to ``high`` -> uint8; what lies outside is cut off."""
    return np.round(255 * np.clip((images - low) / (high - low), 0, 1)).astype(np.uint8)


def sheet(images, columns=10, gap=1):
    """Pictures side by side in rows, white between: (N, C, H, W) uint8 -> (H', W') or (H', W', 3).

    Of pictures with another number of channels the first is shown.
    """
    N, C, H, W = images.shape
    rows = -(-N // columns)
    page = np.full((rows * (H + gap), columns * (W + gap), 3), 255, np.uint8)
    for n, image in enumerate(images if C == 3 else images[:, :1]):
        r, c = divmod(n, columns)
        place = page[r * (H + gap) :][:H, c * (W + gap) :][:, :W]
        place[:] = image.transpose(1, 2, 0)
    page = page[:-gap, :-gap]
    return page if C == 3 else page[:, :, 0]


def cut(page, size, count, columns=10, gap=1):
    """The first ``count`` pictures of a ``sheet``, from 0 to 1: -> (count, C, size, size)."""
    pixels = page[..., None] if page.ndim == 2 else page
    places = [divmod(n, columns) for n in range(count)]
    corners = [(r * (size + gap), c * (size + gap)) for r, c in places]
    images = [pixels[top : top + size, left : left + size] for top, left in corners]
    return np.stack(images).transpose(0, 3, 1, 2) / 255
