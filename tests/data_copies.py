"""Small data sets in the original formats, written to a folder."""

import gzip
import io
import json
import pickle

import numpy as np
import pytest

IMAGES, LABELS = "{}-images-idx3-ubyte.gz", "{}-labels-idx1-ubyte.gz"


def idx(array):
    """An array in the IDX format."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return (0x800 + array.ndim).to_bytes(4, "big") + sizes + array.astype(np.uint8).tobytes()


def write_mnist(folder, seed=0):
    """12 training and 5 test digits in the format of MNIST."""
    rng = np.random.default_rng(seed)
    for part, N in (("train", 12), ("t10k", 5)):
        images, labels = rng.integers(256, size=(N, 28, 28)), np.arange(N) % 10
        (folder / IMAGES.format(part)).write_bytes(gzip.compress(idx(images)))
        (folder / LABELS.format(part)).write_bytes(gzip.compress(idx(labels)))
    return folder


def cifar_batch(N, title, **changes):
    """A batch as CIFAR-10 pickles it."""
    data = np.arange(N * 3072, dtype=np.uint8).reshape(N, 3072)
    batch = {b"batch_label": title.encode(), b"labels": [i % 10 for i in range(N)], b"data": data}
    return pickle.dumps({**batch, **{k.encode(): v for k, v in changes.items()}}, protocol=2)


def write_cifar(folder):
    """All six batches, a few rows each, in ``cifar-10-batches-py``."""
    batches = folder / "cifar-10-batches-py"
    batches.mkdir()
    for i in range(1, 6):
        content = cifar_batch(4, f"training batch {i} of 5")
        (batches / f"data_batch_{i}").write_bytes(content)
    (batches / "test_batch").write_bytes(cifar_batch(3, "testing batch 1 of 1"))
    return folder


def jpeg(value):
    """A small gray picture, wider than high."""
    Image = pytest.importorskip("PIL.Image")
    file = io.BytesIO()
    Image.new("RGB", (40, 20), (value, value, value)).save(file, "JPEG")
    return file.getvalue()


def write_flickr(folder):
    """Four pictures in the format of Flickr8k."""
    text, pictures = folder / "Flickr8k_text", folder / "Flicker8k_Dataset"
    text.mkdir(), pictures.mkdir()
    lines = [f"{i}.jpg#{k}\tA gray picture number {i} ." for i in range(4) for k in range(5)]
    (text / "Flickr8k.token.txt").write_text("\n".join(lines))
    for name, rows in (("train", [0, 1]), ("dev", [2]), ("test", [3])):
        (text / f"Flickr_8k.{name}Images.txt").write_text("".join(f"{i}.jpg\n" for i in rows))
    for i in range(4):
        (pictures / f"{i}.jpg").write_bytes(jpeg(50 * i))
    return folder


def write_coco(folder):
    """A few captions in CS231n's layout."""
    import h5py

    words = ["<NULL>", "<START>", "<END>", "<UNK>", "cat", "dog"]
    vocab = {"idx_to_word": words, "word_to_idx": {w: i for i, w in enumerate(words)}}
    (folder / "coco2014_vocab.json").write_text(json.dumps(vocab))
    with h5py.File(folder / "coco2014_captions.h5", "w") as file:
        for part in ("train", "val"):
            file[f"{part}_captions"] = np.array([[1, 4, 2, 0], [1, 5, 2, 0], [1, 4, 5, 2]])
            file[f"{part}_image_idxs"] = np.array([0, 1, 1])
    for part in ("train", "val"):
        with h5py.File(folder / f"{part}2014_vgg16_fc7_pca.h5", "w") as file:
            file["features"] = np.array([[0.0] * 6, [1.0] * 6], np.float32)
        (folder / f"{part}2014_urls.txt").write_text("http://a/0.jpg\nhttp://a/1.jpg\n")
    return folder
