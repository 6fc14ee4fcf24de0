"""CIFAR-10, in its pickled batches."""

import codecs
import io
import pickle
from pathlib import Path

import numpy as np

from scratch.data.arrays import check_labels, normalize, split
from scratch.data.download import data_folder, download
from scratch.data.files import GO_ON, find_file, read_members

CIFAR_CLASSES = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
]  # fmt: skip
CIFAR_URLS = ("https://www.cs.toronto.edu/~kriz/",)
CIFAR_HASH = "md5:c58f30108f718f92721af3b95e74349a"  # as in torchvision; not checked here


def load_cifar10(root=None, *, num_train=None, num_val=1000, partial=False):
    """Small color photographs of ten classes, (N, 3, 32, 32): 50,000 and 10,000 to test.

    ``root``: a folder with ``cifar-10-python.tar.gz`` or ``cifar-10-batches-py``, or that folder;
    None downloads it once. ``partial`` takes batches that are missing or shorter than 10,000 rows
    as they are. Krizhevsky, "Learning multiple layers of features from tiny images" (2009).
    """
    archive = "cifar-10-python.tar.gz"
    if root is None:
        path = download(archive, [CIFAR_URLS[0] + archive], CIFAR_HASH, data_folder() / "cifar10")
    elif (Path(root) / "test_batch").is_file():
        path = Path(root)
    else:
        path = find_file(root, ("cifar-10-batches-py", archive), "the data set CIFAR-10")
    names = [f"data_batch_{i}" for i in range(1, 6)]
    batches = read_members(path, [*names, "test_batch"])
    X_test, y_test = read_cifar_part(path, batches, ["test_batch"], "testing batch", partial)
    X, y = read_cifar_part(path, batches, names, "training batch", partial)
    data = split(X, y, num_train, num_val)
    return normalize({**data, "X_test": X_test, "y_test": y_test, "class_names": CIFAR_CLASSES})


def read_cifar_part(path, batches, names, title, partial):
    """All images and labels of the batches ``names``, whose titles must begin with ``title``."""
    images, labels = [], []
    for name in names:
        if name not in batches and not partial:
            raise FileNotFoundError(f"{path} lacks {name}: expected all six batches. {GO_ON}")
        if name not in batches:
            continue
        X, y, came = read_cifar_batch(batches[name], f"{path}/{name}")
        if not came.startswith(title):
            raise ValueError(f"{path}/{name} calls itself {came!r}, expected a {title!r}: renamed?")
        if len(X) != 10000 and not partial:
            raise ValueError(
                f"{path}/{name} has {len(X)} images, expected 10000: it is short. Download it "
                "again, or pass partial=True to use it as it is."
            )
        images.append(X)
        labels.append(y)
    if not images:
        raise FileNotFoundError(f"{path} has none of {', '.join(names)}. {GO_ON}")
    return np.concatenate(images), np.concatenate(labels)


class PlainUnpickler(pickle.Unpickler):
    """Reads pickled arrays, lists and strings, and refuses everything that could run code."""

    def find_class(self, module, name):
        rebuild, _, _ = np.empty(0, np.uint8).__reduce__()
        allowed = {"_reconstruct": rebuild, "ndarray": np.ndarray, "dtype": np.dtype}
        if module.split(".")[0] == "numpy" and name in allowed:
            return allowed[name]
        if (module, name) == ("_codecs", "encode"):  # how Python 3 writes bytes for Python 2
            return codecs.encode
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def read_cifar_batch(content, name):
    """A pickled batch (bytes) -> images (N, 3, 32, 32) uint8, labels (N,), and its title."""
    try:
        batch = PlainUnpickler(io.BytesIO(content), encoding="bytes").load()
        data, labels, title = batch[b"data"], np.array(batch[b"labels"]), batch[b"batch_label"]
    except Exception as error:  # damaged pickles fail in every way there is
        raise ValueError(
            f"{name} is damaged or no CIFAR-10 batch ({type(error).__name__}: {error}). "
            "Download it again."
        ) from None
    if getattr(data, "dtype", None) != np.uint8 or data.shape != (len(labels), 3072):
        raise ValueError(
            f"{name} holds data {getattr(data, 'shape', type(data))} for {len(labels)} labels: "
            f"expected uint8 of shape ({len(labels)}, 3072)."
        )
    check_labels(name, labels)
    return data.reshape(-1, 3, 32, 32), labels.astype(np.int64), title.decode()
