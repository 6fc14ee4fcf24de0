"""The data sets that need no files: scenes, drawn and told of by the course itself."""

import numpy as np

from scratch.data.arrays import PARTS, normalize
from scratch.data.captions import with_vocabulary
from scratch.data.scene_captions import write_captions
from scratch.data.scene_pictures import draw_scenes
from scratch.data.scenes import KINDS, random_scene, random_single


def load_scenes(*, num_train=8000, num_val=1000, num_test=1000, seed=0):
    """Pictures of one shape to sort by kind: a dict of arrays, ``class_names`` has the ten kinds.

    The three parts come from streams of their own: asking for more of one leaves the others alone.
    """
    data = {"class_names": list(KINDS)}
    for part, rng, N in parts(seed, num_train, num_val, num_test):
        scenes = [random_single(rng) for _ in range(N)]
        data[f"X_{part}"] = draw_scenes(scenes, rng)
        data[f"y_{part}"] = np.array(
            [KINDS.index(s.shapes[0].kind) for s in scenes], dtype=np.int64
        )
    return normalize(data)


def load_scene_captions(
    *, num_train=14000, num_val=500, num_test=1000, num_captions=4, min_count=None, seed=0
):
    """Pictures of one to three shapes with ``num_captions`` true captions each, as a dict.

    For each part: images ``X_train``, ``captions_train`` (a list of sentences for each picture),
    ``y_train`` (N, T), the first of them as word indices, and ``scenes_train``, what the picture
    shows. ``vocab`` has the words seen ``min_count`` times or more in the training captions
    (None: in one caption of 200), so that rare words become ``<UNK>``.
    """
    data = {}
    for part, rng, N in parts(seed, num_train, num_val, num_test):
        data[f"scenes_{part}"] = scenes = [random_scene(rng) for _ in range(N)]
        data[f"captions_{part}"] = write_captions(scenes, rng, num_captions)
        data[f"X_{part}"] = draw_scenes(scenes, rng)
    min_count = max(2, num_train * num_captions // 200) if min_count is None else min_count
    return normalize(with_vocabulary(data, min_count))


def parts(seed, num_train, num_val, num_test):
    """The name, the random stream and the number of pictures of each part."""
    sizes = (num_train, num_val, num_test)
    for i, (part, N) in enumerate(zip(PARTS, sizes)):
        if N < 1:
            raise ValueError(f"num_{part} is {N}, expected at least 1.")
        yield part, np.random.default_rng([seed, i]), N
