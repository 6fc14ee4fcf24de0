"""Data sets as dicts of arrays: ``X_train y_train X_val y_val X_test y_test`` and what goes with them.

Images are float32 (N, C, H, W), each channel with mean 0 and standard deviation 1 over the training
part; ``mean`` and ``std`` (1, C, 1, 1) undo that: ``images * std + mean`` is brightness from 0 to 1.
"""

import numpy as np

from scratch.scene_captions import write_captions
from scratch.scene_pictures import draw_scenes
from scratch.scenes import KINDS, random_scene, random_single
from scratch.text import Vocabulary

PARTS = ("train", "val", "test")


def normalize(data):
    """Scale all ``X_...`` of ``data`` by the mean and deviation of each channel of ``X_train``."""
    mean = data["X_train"].mean(axis=(0, 2, 3), keepdims=True, dtype=np.float64)
    std = data["X_train"].std(axis=(0, 2, 3), keepdims=True, dtype=np.float64)
    data["mean"], data["std"] = mean.astype(np.float32), np.maximum(std, 1e-6).astype(np.float32)
    for part in PARTS:
        if f"X_{part}" in data:
            data[f"X_{part}"] = (data[f"X_{part}"] - data["mean"]) / data["std"]
    return data


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
    *, num_train=10000, num_val=500, num_test=1000, num_captions=5, min_count=None, seed=0
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
    sentences = [caption for captions in data["captions_train"] for caption in captions]
    min_count = max(2, len(sentences) // 200) if min_count is None else min_count
    data["vocab"] = Vocabulary.from_sentences(sentences, min_count)
    length = 2 + max(len(sentence.split()) for sentence in sentences)
    for part in PARTS:
        first = [captions[0] for captions in data[f"captions_{part}"]]
        data[f"y_{part}"] = data["vocab"].encode(first, length)
    return normalize(data)


def parts(seed, num_train, num_val, num_test):
    """The name, the random stream and the number of pictures of each part."""
    sizes = (num_train, num_val, num_test)
    for i, (part, N) in enumerate(zip(PARTS, sizes)):
        if N < 1:
            raise ValueError(f"num_{part} is {N}, expected at least 1.")
        yield part, np.random.default_rng([seed, i]), N
