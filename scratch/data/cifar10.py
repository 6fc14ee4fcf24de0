"""CIFAR-10, in its pickled batches or in its binary ones."""

import codecs
import io
import pickle
from collections import OrderedDict

import numpy as np

from scratch.data.arrays import check_labels, normalize, split
from scratch.data.download import folder_of
from scratch.data.finding import Files

CIFAR_CLASSES = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
]  # fmt: skip
TITLES = ("training batch", "testing batch")
TRAIN_BATCHES = tuple(f"data_batch_{i}" for i in range(1, 6))
LAYOUTS = {(3072,): (0, 1, 2, 3), (3, 32, 32): (0, 1, 2, 3), (32, 32, 3): (0, 3, 1, 2)}


def load_cifar10(root=None, *, num_train=None, num_val=1000, partial=False):
    """Small color photographs of ten classes, (N, 3, 32, 32): 50,000 and 10,000 to test.

    ``root``: a folder with ``cifar-10-python.tar.gz`` or ``cifar-10-batches-py``, or that folder;
    None downloads it once. ``partial`` takes batches that are missing or shorter than 10,000 rows
    as they are. Krizhevsky, "Learning multiple layers of features from tiny images" (2009).
    """
    files = Files(
        folder_of("cifar10") if root is None else root,
        "CIFAR-10",
        offer="cifar-10-python.tar.gz or what it holds",
        archives=r"cifar-?10(?!0).*\.(zip|tar|tgz|gz|tar\.\w+)$",
        others="cifar-?100",
    )
    batches = (*TRAIN_BATCHES, "test_batch")
    files.prefer_plain(*batches, *(f"{name}.bin" for name in batches))
    X_test, y_test = read_cifar_part(files, ["test_batch"], "testing batch", partial)
    X, y = read_cifar_part(files, TRAIN_BATCHES, "training batch", partial)
    data = split(X, y, num_train, num_val)
    return normalize({**data, "X_test": X_test, "y_test": y_test, "class_names": CIFAR_CLASSES})


def read_cifar_part(files, names, title, partial):
    """All images and labels of the batches ``names``, whose titles must begin with ``title``."""
    batches = []
    for name in names:
        binary = not files.find(name) and files.find(f"{name}.bin")
        if partial and not binary and not files.find(name):
            continue
        if binary:
            X, y, came, place = files.read(f"{name}.bin", parse=read_binary_batch)
        else:
            X, y, came, place = files.read(name, parse=read_cifar_batch)
        check_batch(X, came or title, place, title, partial)
        batches.append((X, y))
    if not batches:
        files.lacks(*names)
    return tuple(np.concatenate(arrays) for arrays in zip(*batches))


def check_batch(X, came, place, title, partial):
    """Raise unless a batch is whole and the one that its file name says."""
    if not came.startswith(title) and came.startswith(TITLES):  # others are somebody's own words
        raise ValueError(f"{place} calls itself {came!r}, expected a {title!r}: renamed?")
    if len(X) != 10000 and not partial:
        raise ValueError(
            f"{place} has {len(X)} images, expected 10000: it is short. Download it again, or pass "
            "partial=True to use it as it is."
        )


def read_cifar_batch(content, place):
    """A pickled batch (bytes) -> images (N, 3, 32, 32) uint8, labels (N,), its title, ``place``.

    The original, or one that somebody saved again with a later Python or NumPy. The title is None
    where the batch has none.
    """
    try:
        batch = PlainUnpickler(io.BytesIO(content), encoding="bytes").load()
        batch = {as_text(key): value for key, value in batch.items()}
        data, labels = np.asarray(batch["data"]), np.asarray(batch["labels"])
    except Exception as error:  # damaged pickles fail in every way there is
        said = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise ValueError(
            f"{place} is damaged or no CIFAR-10 batch ({said}). Download it again."
        ) from None
    images, labels = as_images(data, len(labels), place), labels.reshape(len(labels), -1)
    if labels.shape[1:] != (1,):
        raise ValueError(f"{place} holds labels of shape {labels.shape}, expected one an image.")
    check_labels(place, labels)
    title = batch.get("batch_label")
    return images, labels[:, 0].astype(np.int64), title and as_text(title), place


def as_text(name):
    """A string that Python 2 may have pickled as bytes."""
    return name.decode() if isinstance(name, bytes) else name


def as_images(data, N, place):
    """Bytes (N, 3072), (N, 3, 32, 32) or (N, 32, 32, 3) -> (N, 3, 32, 32) uint8."""
    whole = np.issubdtype(data.dtype, np.integer) and (not data.size or data.min() >= 0)
    if not whole or (data.size and data.max() > 255):
        raise ValueError(f"{place} holds {data.dtype}, expected uint8: integers from 0 to 255.")
    if data.shape[0] != N or data.shape[1:] not in LAYOUTS:
        raise ValueError(
            f"{place} holds data {data.shape} for {N} labels: expected shape ({N}, 3072)."
        )
    last = data.shape[1:] if data.ndim == 4 else (3, 32, 32)
    return data.reshape(N, *last).transpose(LAYOUTS[data.shape[1:]]).astype(np.uint8, copy=False)


def read_binary_batch(content, place):
    """A batch of ``cifar-10-binary.tar.gz``, rows of a label and 3072 bytes; the same as above."""
    rows = np.frombuffer(content, np.uint8)
    if len(rows) % 3073:
        raise ValueError(
            f"{place} is damaged: its {len(rows)} bytes are no multiple of 3073. Download it again."
        )
    rows = rows.reshape(-1, 3073)
    check_labels(place, rows[:, 0])
    return rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0].astype(np.int64), None, place


class PlainUnpickler(pickle.Unpickler):
    """Reads pickled arrays, lists and strings, and refuses everything that could run code."""

    def find_class(self, module, name):
        if module.split(".")[0] == "numpy" and name in NUMPY_NAMES:
            return NUMPY_NAMES[name]
        if (module, name) == ("_codecs", "encode"):  # how Python 3 writes bytes for Python 2
            return codecs.encode
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def array_from_buffer(buffer, dtype, shape, order, axes=None):
    """What NumPy pickles an array as from protocol 5 on; later NumPy gives ``axes`` too."""
    array = np.frombuffer(buffer, dtype)
    if axes is None:
        return array.reshape(shape, order=order)
    return array.reshape(shape).transpose(axes)


NUMPY_NAMES = {
    "ndarray": np.ndarray,
    "dtype": np.dtype,
    "_reconstruct": np.empty(0, np.uint8).__reduce__()[0],
    "scalar": np.uint8(0).__reduce__()[0],
    "_frombuffer": array_from_buffer,
}
