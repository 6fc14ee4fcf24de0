"""What stands in each quarter of a picture: a task for a ConvNet, then features for a captioner.

A caption needs color, kind, size *and place*. So a ConvNet learns to name the look of whatever is
in a quarter of the picture, or that it is empty, and the captioner gets its answer for each of the
four quarters.
"""

import numpy as np

from scratch.data.scenes import COLORS, KINDS, PICTURE_SIZE, SIZES
from scratch.layers import softmax
from scratch.network import flatten_forward

LOOKS = [(kind, color, size) for kind in KINDS for color in COLORS for size in SIZES]
NUM_LOOKS = len(LOOKS) + 1  # the last class: nothing there
CLASS_OF = {look: i for i, look in enumerate(LOOKS)}


def quarters(images):
    """Cut pictures into quarters, in reading order: (N, C, H, W) -> (4 N, C, H / 2, W / 2)."""
    N, C, H, W = images.shape
    cut = images.reshape(N, C, 2, H // 2, 2, W // 2).transpose(0, 2, 4, 1, 3, 5)
    return cut.reshape(4 * N, C, H // 2, W // 2)


def looks(scenes):
    """The class of what stands in each quarter, in the order of ``quarters``: (4 N,) int64."""
    half = PICTURE_SIZE // 2
    classes = np.full((len(scenes), 4), NUM_LOOKS - 1, dtype=np.int64)
    for row, scene in zip(classes, scenes):
        for s in scene.shapes:
            row[2 * (s.row // half) + s.col // half] = CLASS_OF[s.kind, s.color, s.size]
    return classes.reshape(-1)


def look_data(data):
    """From ``load_scene_captions()``, the data set that teaches a ConvNet to name looks."""
    task = {}
    for part in ("train", "val", "test"):
        task[f"X_{part}"] = quarters(data[f"X_{part}"])
        task[f"y_{part}"] = looks(data[f"scenes_{part}"])
    return task


def look_features(convnet, images):
    """How sure ``convnet`` is of each kind, color and size in each quarter: -> (N, 80).

    Its probabilities of the looks are summed into those of 10 kinds, 8 colors and 2 sizes, for each
    of the four quarters, and scaled so that they vary by about 1.
    """
    return sum_looks(softmax(convnet.predict(quarters(images))))


def perfect_features(scenes):
    """The same features from an eye that is always right and sure: -> (N, 80)."""
    return sum_looks(np.eye(NUM_LOOKS, dtype=np.float32)[looks(scenes)])


def sum_looks(p):
    """Probabilities of looks, those of each quarter a row: (4 N, NUM_LOOKS) -> (N, 80)."""
    return sum_cells(p).reshape(len(p) // 4, -1)


def sum_cells(p):
    """Probabilities of looks -> of kinds, colors and sizes: (..., NUM_LOOKS) -> (rows, 20)."""
    p = p[..., :-1].reshape(-1, len(KINDS), len(COLORS), len(SIZES))  # without "nothing there"
    sums = [p.sum(axis=(2, 3)), p.sum(axis=(1, 3)), p.sum(axis=(1, 2))]
    return 4 * np.concatenate(sums, axis=1)


def look_grid(convnet, images, block=250):
    """What ``convnet`` sees in each window of the pictures: (N, C, H, W) -> (N, L, 30).

    The network that names a quarter slides over the whole picture: its convolutions fit any size,
    and its fully connected layers, which act on the last axis, serve each place of the maps. A
    32x32 picture has 5 x 5 windows of 16x16, 4 pixels apart; those in the corners are the quarters.
    Each is told in 20 numbers, its kinds, colors and sizes as in ``look_features``, and 10 more
    say where it lies: which of 5 rows, which of 5 columns.
    """
    grids = []
    for i in range(0, len(images), block):
        out = images[i : i + block]
        for layer in convnet.layers:
            if layer.forward is flatten_forward:
                out = out.transpose(0, 2, 3, 1)  # (N, rows, cols, F2): each place is a row
                continue
            out, _ = layer.forward(out, *(convnet.params[name] for name in layer.params))
        N, rows, cols, _ = out.shape
        seen = sum_cells(softmax(out)).reshape(N, rows * cols, -1)
        row, col = np.divmod(np.arange(rows * cols), cols)
        place = np.concatenate([np.eye(rows)[row], np.eye(cols)[col]], axis=1)  # (L, 10)
        place = np.broadcast_to(place, (N, *place.shape))
        grids.append(np.concatenate([seen, place], axis=2, dtype=seen.dtype))
    return np.concatenate(grids)


def cell_centers(size=PICTURE_SIZE, window=PICTURE_SIZE // 2, step=4):
    """Row and column of the pixel in the middle of each cell of ``look_grid``: (L, 2)."""
    middles = np.arange(window // 2, size - window // 2 + 1, step)
    return np.stack(np.meshgrid(middles, middles, indexing="ij"), axis=-1).reshape(-1, 2)
