"""Find and read the files of the real data sets, each in its original format.

Whatever is missing, short or damaged gets one sentence that names the file; nothing is guessed.
"""

import gzip
import io
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy as np

GO_ON = "Meanwhile `load_scenes()` and `load_scene_captions()` need no files."


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
