"""Read a file, or a file in an archive, and say what is wrong with it in one sentence."""

import gzip
import io
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

AGAIN = "Delete it and download it again."
WEB_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml|!--)", re.IGNORECASE)
LFS_POINTER = b"version https://git-lfs"


class Entry(NamedTuple):
    """One file: where it lies, how deep below the root, its bytes; ``path`` if it is on disk."""

    place: str
    depth: int
    fetch: Callable[[], bytes]
    path: Path | None = None

    def read(self):
        """The content, unpacked if it is packed; a ``ValueError`` says what is wrong with it."""
        content = unpacked(damage_named(self.fetch, self.place), self.place)
        if not content:
            raise ValueError(f"{self.place} is empty. {AGAIN}")
        if WEB_PAGE.match(content[:200]):
            raise ValueError(f"{self.place} is a web page that was saved under this name. {AGAIN}")
        if content.startswith(LFS_POINTER):
            raise ValueError(f"{self.place} is a pointer of Git LFS only: run `git lfs pull`.")
        return content


def unpack_bz2(content):
    """The content of a .bz2; the browser's Python and some others come without the module."""
    import bz2

    return bz2.decompress(content)


def unpack_xz(content):
    """The content of a .xz; the browser's Python and some others come without the module."""
    import lzma

    return lzma.decompress(content)


UNPACKERS = {b"\x1f\x8b": gzip.decompress, b"BZh": unpack_bz2, b"\xfd7zXZ": unpack_xz}


def unpacked(content, place):
    """The content of a .gz, .bz2 or .xz; other content as it is, whatever its name says."""
    for _ in range(2):  # a server may have packed it once more
        for beginning, unpack in UNPACKERS.items():
            if content.startswith(beginning):
                packed = content
                content = damage_named(lambda: unpack(packed), place)  # noqa: B023
    return content


def damage_named(read, place):
    """``read()``; when it fails, a ``ValueError`` that names the file."""
    try:
        return read()
    except PermissionError:
        raise ValueError(f"{place} may not be read: change its permissions.") from None
    except ImportError as error:
        raise ValueError(
            f"{place} cannot be unpacked by this Python ({error}): unpack it first."
        ) from None
    except Exception as error:  # what is damaged fails in every way there is
        raise ValueError(f"{place} is damaged ({error}): it does not unpack. {AGAIN}") from None


def members(archive):
    """An ``Entry`` for each file in a .zip or .tar, whatever the name of the archive says."""
    file = archive.path or io.BytesIO(damage_named(archive.fetch, archive.place))
    if zipfile.is_zipfile(file):
        inside = damage_named(lambda: list_zip(file), archive.place)
    else:
        content = io.BytesIO(archive.read())  # without its .gz, so that no jump unpacks it anew
        inside = damage_named(lambda: list_tar(content), archive.place)
    for name, fetch in inside:
        parts = [part for part in re.split(r"[\\/]", name) if part not in ("", ".")]
        yield Entry(f"{archive.place}/{'/'.join(parts)}", archive.depth + len(parts), fetch)


def list_zip(file):
    """Names of the files in a .zip, each with a function that gives the content."""
    archive = zipfile.ZipFile(file)
    inside = [info for info in archive.infolist() if not info.is_dir()]
    return [(info.filename, lambda info=info: archive.read(info)) for info in inside]


def list_tar(file):
    """Names of the files in a .tar, each with a function that gives the content."""
    archive = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 (read from later)
    inside = [member for member in archive if member.isfile()]
    return [(m.name, lambda m=m: archive.extractfile(m).read()) for m in inside]
