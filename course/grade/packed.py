"""A learner's own archive: what it is by its name, and what it holds.

Zips and tars are read where they are, in memory, with bounds. Others (7z, rar) are named as what
they are, so that nobody is marked as one who handed in nothing.
"""

import io
import re
import tarfile
import zlib
from datetime import datetime
from functools import partial

from course.grade.handed_in import INSIDE, OWN_DIRECTORY_BYTES, Damaged, File, inner_path, zip_files
from course.grade.read import MAX_BYTES

TAR = r"\.(?:tar|tgz|tbz2?|txz|tar\.(?:gz|bz2|xz))"
SEALED = r"\.(?:7z|rar|gz|bz2|xz|zst|dmg|iso)"
ARCHIVE = rf"(?:\.zip|{TAR}|{SEALED})"
ZIP, GZ = b"PK\x03\x04", b"\x1f\x8b"  # how they begin
MOST_BYTES = 4 * MAX_BYTES  # of a tar, unpacked
MOST_MEMBERS = 20_000  # of a tar


def is_archive(name):
    """Does a file's name say that it holds others?"""
    return bool(re.search(rf"{ARCHIVE}$", name, re.I))


def is_packed(file):
    """Does a file begin like a zip or a gz, whatever it is called?"""
    try:
        return file.read()[:4].startswith((ZIP, GZ))
    except Damaged:
        return False


def inside(file):
    """The ``File`` objects in an archive that a learner handed in; raises ``Damaged``."""
    raw = file.read()
    kind = kind_of(file.name, raw)
    if kind not in ("tar", "zip", "gz"):
        raise Damaged(f"a {kind} archive is not opened here: ask for the notebook itself, or a zip")
    if len(raw) > MAX_BYTES:
        raise Damaged(f"the {kind} has more than {MAX_BYTES >> 20} MB")
    prefix = f"{file.path}{INSIDE}"
    if kind == "gz":
        return [File(prefix + re.sub(r"\.gz$", "", file.name), partial(unpacked, raw), file.time)]
    return list(
        zip_files(raw, prefix, OWN_DIRECTORY_BYTES) if kind == "zip" else tar_files(raw, prefix)
    )


def kind_of(name, raw):
    """What packed it, by its first bytes, else by its name."""
    if re.search(rf"{TAR}$", name, re.I):
        return "tar"
    return "zip" if raw.startswith(ZIP) else "gz" if raw.startswith(GZ) else suffix(name)


def suffix(name):
    return name.lower().rpartition(".")[2]


def unpacked(raw):
    """What a gz holds, at most MAX_BYTES + 1 of it."""
    try:
        return zlib.decompressobj(wbits=31).decompress(raw, MAX_BYTES + 1)
    except zlib.error as error:
        raise Damaged(f"the gz is damaged: {error}") from None


def tar_files(raw, prefix=""):
    """``File`` for all plain files of a tar, packed or not; links and devices are passed over."""
    try:
        with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
            for number, info in enumerate(archive, 1):
                if number > MOST_MEMBERS or info.offset_data + info.size > MOST_BYTES:
                    raise Damaged("the tar holds too much")
                if info.isfile():
                    member = archive.extractfile(info)
                    data = member.read(MAX_BYTES + 1) if member else b""
                    yield File(prefix + inner_path(info.name), partial(bytes, data), when(info))
    except Damaged:
        raise
    except Exception as error:  # noqa: BLE001 (the decompressors have errors of their own)
        raise Damaged(f"the tar is damaged: {type(error).__name__}") from None


def when(info):
    """When a member of a tar was changed, if that is a time."""
    try:
        return datetime.fromtimestamp(info.mtime)
    except (OSError, ValueError, OverflowError):
        return None
