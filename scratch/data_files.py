"""Find, download and read the files of the real data sets, each in its original format.

Whatever is missing, short or damaged gets one sentence that names the file; nothing is guessed.
"""

import codecs
import gzip
import io
import os
import pickle
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy as np

GO_ON = "Meanwhile `load_scenes()` and `load_scene_captions()` need no files."


def data_folder():
    """Where downloads are kept: the environment variable SCRATCH_DATA, or a folder in ~/.cache."""
    chosen = os.environ.get("SCRATCH_DATA")
    return Path(chosen) if chosen else Path.home() / ".cache" / "cnns-rnns-from-scratch"


def find_file(root, names, what):
    """The first of ``names`` that is in the folder ``root``; ``what`` describes it in the error."""
    root = Path(root)
    if not root.is_dir():
        raise FileNotFoundError(
            f"{root} is not a folder: expected one with {what}, {names[0]}. {GO_ON}"
        )
    for name in names:
        if (root / name).exists():
            return root / name
    there = sorted(path.name for path in root.iterdir())
    listing = ", ".join(there[:8]) + (", ..." if len(there) > 8 else "") if there else "nothing"
    raise FileNotFoundError(
        f"{root} lacks {what}: expected {' or '.join(names)}, found {listing}. {GO_ON}"
    )


def download(name, urls, known_hash, folder):
    """Fetch ``name`` into ``folder`` from the first of ``urls`` that answers; check its hash."""
    path = Path(folder) / name
    hint = f"put {name} into {folder} (or point root at a folder that has it). {GO_ON}"
    try:
        import pooch
    except ImportError:
        if path.exists():
            return path
        raise FileNotFoundError(
            f"{name} is not here and pooch, which would fetch it, is not installed: "
            f"`pip install pooch`, or download {urls[0]} and {hint}"
        ) from None
    reasons = []
    for url in urls:
        try:
            return Path(pooch.retrieve(url, known_hash, name, folder, progressbar=has_tqdm()))
        except Exception as error:  # no network, a dead link, a wrong hash: try the next address
            reasons.append(f"{url} ({type(error).__name__}: {str(error).splitlines()[0][:120]})")
    raise ConnectionError(
        f"{name} could not be fetched; tried {'; '.join(reasons)}. To go on, {hint}"
    )


def has_tqdm():
    """Whether a progress bar can be shown."""
    try:
        import tqdm  # noqa: F401
    except ImportError:
        return False
    return True


def read_bytes(path):
    """The content of a file, unpacked when its name ends in .gz."""
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                return file.read()
        return path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(
            f"{path} is damaged ({error}): it does not unpack. Delete it and download it again."
        ) from None


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


def check_labels(name, labels, num_classes=10):
    """Raise unless all labels are integers from 0 to ``num_classes - 1``."""
    right = len(labels) and np.issubdtype(labels.dtype, np.integer)
    if not right or labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(f"{name} has labels outside 0..{num_classes - 1}: it is damaged.")


def read_members(path, names):
    """Files of a folder, or of a .tar.gz without unpacking it: names -> {name: bytes}.

    A name that is not there is left out.
    """
    if path.is_dir():
        return {name: (path / name).read_bytes() for name in names if (path / name).is_file()}
    try:
        with tarfile.open(path) as tar:
            members = {Path(member.name).name: member for member in tar if member.isfile()}
            return {
                name: tar.extractfile(members[name]).read() for name in names if name in members
            }
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise ValueError(
            f"{path} is damaged ({error}): it does not unpack. Delete it and download it again."
        ) from None


def open_pictures(path):
    """A function ``name -> bytes`` (None where there is no such picture) for a folder or a .zip."""
    if path.is_dir():
        return lambda name: (path / name).read_bytes() if (path / name).is_file() else None
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path} is damaged ({error}): download it again.") from None
    members = {Path(name).name: name for name in archive.namelist() if "__MACOSX" not in name}
    return lambda name: archive.read(members[name]) if name in members else None


def read_picture(content, name, size):
    """A JPEG (bytes), its middle square scaled to ``size``: (3, size, size) uint8."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise ImportError("Reading pictures needs Pillow: `pip install pillow`.") from None
    try:
        with Image.open(io.BytesIO(content)) as picture:
            square = ImageOps.fit(picture.convert("RGB"), (size, size))
    except (OSError, SyntaxError) as error:
        raise ValueError(f"The picture {name} is damaged ({error}).") from None
    return np.asarray(square).transpose(2, 0, 1)
