"""Sentences of a data set as word indices, and as rows to train on."""

from scratch.data.arrays import PARTS
from scratch.text import Vocabulary


def with_vocabulary(data, min_count, max_length=None):
    """Add ``vocab``, from the training captions, and ``y_...``, the first captions as indices."""
    sentences = [caption for captions in data["captions_train"] for caption in captions]
    data["vocab"] = Vocabulary.from_sentences(sentences, min_count)
    if max_length is None:
        max_length = data["vocab"].encode(sentences).shape[1]
    for part in PARTS:
        first = [captions[0] for captions in data[f"captions_{part}"]]
        data[f"y_{part}"] = data["vocab"].encode(first, max_length)
    return data


def caption_task(data, features):
    """What ``Solver`` needs to train a captioner: one training row for each caption of a picture.

    ``data`` comes from ``load_scene_captions`` (or ``load_flickr8k``), ``features`` holds an array
    (N, D) for each part. Validation has one caption a picture.
    """
    sentences = [caption for captions in data["captions_train"] for caption in captions]
    several = len(data["captions_train"][0])
    return {
        "X_train": features["train"].repeat(several, axis=0),
        "y_train": data["vocab"].encode(sentences, data["y_train"].shape[1]),
        "X_val": features["val"],
        "y_val": data["y_val"],
    }
