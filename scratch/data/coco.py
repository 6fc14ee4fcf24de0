"""COCO captions with ready-made features, in the layout of CS231n."""

import json

import numpy as np

from scratch.data.files import GO_ON, find_file
from scratch.text import SPECIAL_WORDS, Vocabulary


def load_coco(root=None, *, pca_features=True, num_train=10000, num_val=1000, seed=0):
    """COCO captions with ready-made VGG-16 features, in the layout of CS231n; needs ``h5py``.

    ``X_train`` (N, 512; without ``pca_features`` 4096) are the features of the picture that each
    row of ``y_train`` (N, 17) tells of. There are 400,135 training captions: ``num_train`` of them
    are drawn, None takes all. ``urls_train`` says where the pictures are. ``root``: the folder
    ``coco_captioning``. It publishes no hash, so it is not downloaded from here.
    Lin et al., "Microsoft COCO" (ECCV 2014).
    """
    if root is None:
        raise FileNotFoundError(
            "load_coco needs root: download https://cs231n.stanford.edu/coco_captioning.zip "
            f"(1 GB), unpack it and pass the folder coco_captioning as root. {GO_ON}"
        )
    data = {"vocab": read_coco_vocabulary(find_file(root, ("coco2014_vocab.json",), "COCO"))}
    rng = np.random.default_rng(seed)
    for part, N in (("train", num_train), ("val", num_val)):
        y, images, features = read_coco_part(root, part, pca_features, len(data["vocab"]))
        rows = np.arange(len(y)) if N is None else rng.permutation(len(y))[:N]
        data[f"X_{part}"] = features[images[rows]].astype(np.float32, copy=False)
        data[f"y_{part}"] = y[rows].astype(np.int64)
        path = find_file(root, (f"{part}2014_urls.txt",), "COCO")
        urls = path.read_text(encoding="utf-8").split()
        data[f"urls_{part}"] = [urls[i] for i in images[rows]]
    return data


def read_coco_part(root, part, pca_features, V):
    """Captions (M, T), the picture number of each (M,), and features of the pictures (K, D)."""
    captions = find_file(root, ("coco2014_captions.h5",), "COCO")
    y, images = read_h5(captions, f"{part}_captions"), read_h5(captions, f"{part}_image_idxs")
    name = f"{part}2014_vgg16_fc7{'_pca' if pca_features else ''}.h5"
    features = read_h5(find_file(root, (name,), "COCO"), "features")
    check_coco(part, y, images, features, V)
    return y, images, features


def read_coco_vocabulary(path):
    """``coco2014_vocab.json`` as a Vocabulary."""
    try:
        words = json.loads(path.read_text(encoding="utf-8"))["idx_to_word"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged ({type(error).__name__}: {error}).") from None
    if tuple(words[:4]) != SPECIAL_WORDS:
        raise ValueError(f"{path} begins with {words[:4]}, expected {list(SPECIAL_WORDS)}.")
    return Vocabulary(words[4:])


def read_h5(path, key):
    """One array of an HDF5 file."""
    try:
        import h5py
    except ImportError:
        raise ImportError("load_coco needs h5py: `pip install h5py`.") from None
    try:
        with h5py.File(path, "r") as file:
            return file[key][()]
    except (OSError, KeyError) as error:
        raise ValueError(f"{path} is damaged or has no {key!r} ({error}).") from None


def check_coco(part, captions, images, features, V):
    """Raise unless captions, their pictures and the features fit together."""
    if len(captions) != len(images) or images.min() < 0 or images.max() >= len(features):
        raise ValueError(
            f"The {part} files of COCO do not fit together: {len(captions)} captions, "
            f"{len(images)} picture numbers up to {images.max()}, {len(features)} features."
        )
    if captions.min() < 0 or captions.max() >= V:
        raise ValueError(f"The {part} captions of COCO have words outside 0..{V - 1}: damaged.")
