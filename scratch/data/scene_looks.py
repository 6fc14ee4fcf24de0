"""What stands in each quarter of a picture: a task for a ConvNet, then features for a captioner.

A caption needs color, kind, size *and place*. So a ConvNet learns to name the look of whatever is
in a quarter of the picture, or that it is empty, and the captioner gets its answer for each of the
four quarters.
"""

import numpy as np

from scratch.data.scenes import COLORS, KINDS, PICTURE_SIZE, SIZES
from scratch.layers import softmax

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
    p = p[:, :-1].reshape(-1, len(KINDS), len(COLORS), len(SIZES))  # without "nothing there"
    sums = [p.sum(axis=(2, 3)), p.sum(axis=(1, 3)), p.sum(axis=(1, 2))]
    return 4 * np.concatenate(sums, axis=1).reshape(len(p) // 4, -1)
