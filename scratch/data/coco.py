"""COCO captions with ready-made features, in the layout of CS231n."""

import io
import json

import numpy as np

from scratch.data.archives import AGAIN
from scratch.data.finding import GO_ON, Files
from scratch.data.text_files import decode_text
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
    files = Files(
        root,
        "COCO",
        offer="what coco_captioning.zip holds",
        archives=r"coco.*\.(zip|tar|tgz|tar\.gz)$",
    )
    data = {"vocab": files.read("coco2014_vocab.json", parse=read_vocabulary)}
    rng = np.random.default_rng(seed)
    for part, N in (("train", num_train), ("val", num_val)):
        y, images, features, urls = read_coco_part(files, part, pca_features, len(data["vocab"]))
        if N is not None and not 1 <= N <= len(y):
            raise ValueError(f"num_{part} is {N}, expected 1 to {len(y)}, or None for all.")
        rows = np.arange(len(y)) if N is None else rng.permutation(len(y))[:N]
        data[f"X_{part}"] = features[images[rows]].astype(np.float32, copy=False)
        data[f"y_{part}"] = y[rows].astype(np.int64)
        data[f"urls_{part}"] = [urls[i] for i in images[rows]]
    return data


def read_coco_part(files, part, pca_features, V):
    """Captions (M, T), the picture of each (M,), and of the pictures features (K, D), addresses."""
    name = f"{part}2014_vgg16_fc7{'_pca' if pca_features else ''}.h5"
    y = read_h5(files, "coco2014_captions.h5", f"{part}_captions")
    images = read_h5(files, "coco2014_captions.h5", f"{part}_image_idxs")
    features = read_h5(files, name, "features")
    urls = files.read(f"{part}2014_urls.txt", parse=lambda *file: decode_text(*file).split())
    check_coco(part, y, images, features, urls, V)
    return y, images, features, urls


def read_vocabulary(content, place):
    """``coco2014_vocab.json`` as a Vocabulary."""
    try:
        words = json.loads(decode_text(content, place))["idx_to_word"]
        if tuple(words[:4]) != SPECIAL_WORDS:
            raise ValueError(f"it begins with {words[:4]}, expected {list(SPECIAL_WORDS)}")
        return Vocabulary(words[4:])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{place} is damaged ({type(error).__name__}: {error}). {AGAIN}") from None


def read_h5(files, name, key):
    """One array of an HDF5 file, read from the disk without loading the rest where it can be."""
    try:
        import h5py
    except ImportError:
        raise ImportError("load_coco needs h5py: `pip install h5py`.") from None
    found = files.find(name) or files.lacks(name)
    file = found[0].path
    if file is None or len(found) > 1:
        file = io.BytesIO(files.read(name, parse=lambda content, place: content))
    try:
        with h5py.File(file, "r") as opened:
            return opened[key][()]
    except Exception as error:  # damaged files fail in several ways
        found[0].read()  # raises if it is empty, a web page or the like
        raise ValueError(
            f"{found[0].place} is damaged or has no {key!r} ({error}). {AGAIN}"
        ) from None


def check_coco(part, captions, images, features, urls, V):
    """Raise unless captions, their pictures, the features and the addresses fit together."""
    whole = all(np.issubdtype(array.dtype, np.integer) for array in (captions, images))
    if not whole or (captions.ndim, images.ndim, features.ndim) != (2, 1, 2) or not len(images):
        raise ValueError(
            f"The {part} files of COCO hold captions {captions.dtype} {captions.shape}, picture "
            f"numbers {images.dtype} {images.shape} and features {features.shape}: expected "
            f"integers (M, T), integers (M,) and (K, D). {AGAIN}"
        )
    most = min(len(features), len(urls))
    if len(captions) != len(images) or images.min() < 0 or images.max() >= most:
        raise ValueError(
            f"The {part} files of COCO do not fit together: {len(captions)} captions, "
            f"{len(images)} picture numbers up to {images.max()}, {len(features)} features, "
            f"{len(urls)} addresses."
        )
    if captions.min() < 0 or captions.max() >= V:
        raise ValueError(
            f"The {part} captions of COCO have words outside 0..{V - 1}: damaged. {AGAIN}"
        )
