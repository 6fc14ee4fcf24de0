"""MNIST and Fashion-MNIST, in the IDX format of MNIST."""

import numpy as np

from scratch.data.arrays import check_labels, normalize, split
from scratch.data.download import data_folder, download
from scratch.data.files import find_file, read_bytes

DIGITS = [str(digit) for digit in range(10)]
CLOTHES = [
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot",
]  # fmt: skip
MNIST_URLS = (  # two mirrors of the files that stood on yann.lecun.com
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
MNIST_HASHES = {  # SHA-256 of the four official files
    "train-images-idx3-ubyte.gz": "sha256:"
    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "sha256:"
    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "sha256:"
    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "sha256:"
    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
FASHION_URLS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)
FASHION_HASHES = {  # as in torchvision; not checked on the files here
    "train-images-idx3-ubyte.gz": "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "md5:25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "md5:bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "md5:bb300cfdad3c16e7a12a480ee83cd310",
}


def load_mnist(root=None, *, num_train=None, num_val=1000):
    """Handwritten digits, (N, 1, 28, 28): 60,000 to train and validate, 10,000 to test.

    ``root``: a folder with the four original files, packed (.gz) or not; None downloads them once.
    LeCun, Cortes and Burges, "The MNIST database of handwritten digits" (1998).
    """
    return load_idx_set("mnist", root, MNIST_URLS, MNIST_HASHES, DIGITS, num_train, num_val)


def load_fashion_mnist(root=None, *, num_train=None, num_val=1000):
    """Ten kinds of clothes in the format of MNIST, (N, 1, 28, 28); see ``load_mnist``.

    Xiao, Rasul and Vollgraf, "Fashion-MNIST" (arXiv:1708.07747, 2017).
    """
    return load_idx_set(
        "fashion-mnist", root, FASHION_URLS, FASHION_HASHES, CLOTHES, num_train, num_val
    )


def load_idx_set(dataset, root, urls, hashes, class_names, num_train, num_val):
    """A data set of four IDX files, named like those of MNIST."""
    X_all, y_all = read_idx_pair(dataset, root, urls, hashes, "train")
    X_test, y_test = read_idx_pair(dataset, root, urls, hashes, "t10k")
    if len(X_test) > len(X_all):
        raise ValueError(
            f"The t10k files have {len(X_test)} images, the train files {len(X_all)}: "
            "expected more to train than to test. Are the file names swapped?"
        )
    data = split(X_all, y_all, num_train, num_val)
    return normalize({**data, "X_test": X_test, "y_test": y_test, "class_names": class_names})


def read_idx_pair(dataset, root, urls, hashes, part):
    """Images (N, 1, H, W) uint8 and labels (N,) int64 of ``part``, "train" or "t10k"."""
    paths = []
    for name in (f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz"):
        if root is None:
            addresses = [url + name for url in urls]
            paths.append(download(name, addresses, hashes[name], data_folder() / dataset))
        else:
            plain = name.removesuffix(".gz")
            names = (name, plain, plain.replace("-idx", ".idx"))  # some unpackers write a dot
            paths.append(find_file(root, names, f"the {part} files of {dataset}"))
    images, labels = read_idx(paths[0], 3), read_idx(paths[1], 1)
    if len(images) != len(labels):
        raise ValueError(
            f"{paths[0]} has {len(images)} images and {paths[1].name} {len(labels)} labels: "
            "expected as many. Do the two files belong together?"
        )
    check_labels(str(paths[1]), labels)
    return images[:, None], labels.astype(np.int64)


def read_idx(path, ndim):
    """Read the IDX format of MNIST: a header (magic number, sizes), then bytes -> uint8 array.

    http://yann.lecun.com/exdb/mnist/ describes it: magic number 2048 + ndim, then each size, all
    as big-endian 32-bit integers.
    """
    content = read_bytes(path)
    header = 4 * (1 + ndim)
    magic = int.from_bytes(content[:4], "big")
    if len(content) < header or magic != 0x800 + ndim:
        kind = {1: "labels", 3: "images"}
        came = f"magic number {magic}" + (
            f", {kind[magic - 0x800]}" if magic - 0x800 in kind else ""
        )
        raise ValueError(
            f"{path} holds no {kind[ndim]}: expected magic number {0x800 + ndim}, got {came}."
        )
    shape = tuple(np.frombuffer(content, ">u4", ndim, offset=4).tolist())
    expected, came = int(np.prod(shape)), len(content) - header
    if came != expected:
        raise ValueError(
            f"{path} is damaged: its header promises {shape} = {expected} bytes, {came} are there. "
            "Download it again."
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
