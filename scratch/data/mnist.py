"""MNIST and Fashion-MNIST, in the IDX format of MNIST."""

import numpy as np

from scratch.data.arrays import check_labels, normalize, split
from scratch.data.download import folder_of
from scratch.data.finding import Files

DIGITS = [str(digit) for digit in range(10)]
CLOTHES = [
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot",
]  # fmt: skip
FOUR_FILES = "the four files such as train-images-idx3-ubyte.gz"
BYTES = 0x08  # the code of the only kind of number that these files hold
KINDS = {1: "labels", 3: "images"}  # by number of axes


def load_mnist(root=None, *, num_train=None, num_val=1000):
    """Handwritten digits, (N, 1, 28, 28): 60,000 to train and validate, 10,000 to test.

    ``root``: a folder with the four original files, packed or not; None downloads them once.
    LeCun, Cortes and Burges, "The MNIST database of handwritten digits" (1998).
    """
    files = Files(
        folder_of("mnist") if root is None else root,
        "MNIST",
        offer=FOUR_FILES,
        archives=r"^mnist.*\.(zip|tar|tgz|tar\.gz)$",
        others="fashion|kuzushiji|[keq]mnist",
    )
    return read_idx_set(files, DIGITS, num_train, num_val)


def load_fashion_mnist(root=None, *, num_train=None, num_val=1000):
    """Ten kinds of clothes in the format of MNIST, (N, 1, 28, 28); see ``load_mnist``.

    Xiao, Rasul and Vollgraf, "Fashion-MNIST" (arXiv:1708.07747, 2017).
    """
    files = Files(
        folder_of("fashion-mnist") if root is None else root,
        "Fashion-MNIST",
        offer=FOUR_FILES,
        archives=r"fashion.*\.(zip|tar|tgz|tar\.gz)$",
        others="^mnist|kuzushiji|[keq]mnist",
    )
    return read_idx_set(files, CLOTHES, num_train, num_val)


def read_idx_set(files, class_names, num_train, num_val):
    """A data set of four IDX files, named like those of MNIST."""
    files.prefer_plain(*(n for part in ("train", "t10k") for n in idx_names(part, 3)))
    X_all, y_all = read_idx_pair(files, "train")
    X_test, y_test = read_idx_pair(files, "t10k")
    if len(X_test) > len(X_all) or X_test.shape[1:] != X_all.shape[1:]:
        raise ValueError(
            f"The t10k files hold images of shape {X_test.shape}, the train files {X_all.shape}: "
            "expected one size, and more to train than to test. Are the file names swapped?"
        )
    data = split(X_all, y_all, num_train, num_val)
    return normalize({**data, "X_test": X_test, "y_test": y_test, "class_names": class_names})


def read_idx_pair(files, part):
    """Images (N, 1, H, W) uint8 and labels (N,) int64 of ``part``, "train" or "t10k"."""
    images, where = files.read(*idx_names(part, 3), parse=read_images)
    labels, there = files.read(*idx_names(part, 1), parse=read_labels)
    if len(images) != len(labels):
        raise ValueError(
            f"{where} has {len(images)} images and {there} {len(labels)} labels: "
            "expected as many. Do the two files belong together?"
        )
    return images[:, None], labels


def idx_names(part, ndim):
    """The file names, packed, unpacked, and with the dot that some unpackers write."""
    name = f"{part}-{KINDS[ndim]}-idx{ndim}-ubyte"
    dotted = name.replace("-idx", ".idx")
    return f"{name}.gz", name, dotted, f"{dotted}.gz"


def read_images(content, place):
    """The bytes of an image file -> (N, H, W) uint8, and ``place``."""
    return read_idx(content, 3, place), place


def read_labels(content, place):
    """The bytes of a label file -> (N,) int64, and ``place``."""
    labels = read_idx(content, 1, place)
    check_labels(place, labels)
    return labels.astype(np.int64), place


def read_idx(content, ndim, place):
    """The bytes of a file in the IDX format of MNIST, ``ndim`` axes -> a uint8 array.

    http://yann.lecun.com/exdb/mnist/ describes it: two zeros, the kind of number, ``ndim``, then
    each size as a big-endian 32-bit integer, then the numbers.
    """
    header = 4 * (1 + ndim)
    if content[:4] != bytes([0, 0, BYTES, ndim]):
        raise ValueError(f"{place} holds no {KINDS[ndim]}: expected {not_idx(content, ndim)}.")
    if len(content) < header:
        raise ValueError(
            f"{place} is cut off in its header, {len(content)} bytes long. Download it again."
        )
    shape = tuple(np.frombuffer(content, ">u4", ndim, offset=4).tolist())
    expected, came = int(np.prod(shape, dtype=object)), len(content) - header
    if came != expected:
        raise ValueError(
            f"{place} is damaged: its header promises {shape} = {expected} bytes, {came} are "
            "there. Download it again."
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def not_idx(content, ndim):
    """What stands where an IDX file of ``ndim`` axes has its magic number."""
    magic = int.from_bytes(content[:4], "big")
    came = f"magic number {magic}" if len(content) >= 4 else f"only {len(content)} bytes"
    kind = KINDS.get(magic - 0x100 * BYTES)
    return f"magic number {0x100 * BYTES + ndim}, got {came}" + (f", {kind}" if kind else "")
