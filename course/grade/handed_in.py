"""Every file of a folder or a zip, whatever its names and its damages.

Nothing is unpacked to disk, so a path such as ``../../x`` inside a zip means nothing. A file that
cannot be read costs only itself.
"""

import io
import os
import struct
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from course.grade.read import MAX_BYTES

DEEPEST = 64  # folders inside one another on disk
MOST_FILES = 100_000  # in one folder or zip
DIRECTORY_BYTES = 64 * 2**20  # of the list of files that the class's zip holds
OWN_DIRECTORY_BYTES = 2 * 2**20  # of the one in a learner's own zip
EMPTY = "an empty folder"
INSIDE = "!/"  # between the path of a zip and a path in it


class Damaged(Exception):
    """A file or a zip that cannot be read; the message says why."""


@dataclass(frozen=True)
class File:
    """Something handed in: its path inside the folder or zip, and how to read it."""

    path: str
    read: Callable[[], bytes]  # raises Damaged; at most MAX_BYTES + 1
    time: datetime | None = None

    @property
    def name(self):
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Ignored:
    """Something that was passed over, and why."""

    path: str
    reason: str


def readable(name):
    """A file's name as text that can be printed and stored, in one form of Unicode.

    Bytes that are no UTF-8 are taken as Windows' zips write them.
    """
    raw = name.encode("utf-8", "surrogateescape") if isinstance(name, str) else name
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("cp437")
    text = "".join(" " if unicodedata.category(sign) in ("Cc", "Cf") else sign for sign in text)
    return unicodedata.normalize("NFC", text)


# ---------------------------------------------------------------- folders


def folder_files(top, out=None):
    """``File`` and ``Ignored`` for all that lies below a folder; ``out`` is passed over."""
    out = out and os.path.realpath(out)
    todo, count = [(str(top), "", 0)], 0
    while todo:
        folder, above, depth = todo.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Ignored(above or ".", f"cannot be opened: {error.strerror}")
            continue
        if above and not entries:
            yield Ignored(f"{above}/", EMPTY)
        for entry in entries:
            path = f"{above}/{readable(entry.name)}".lstrip("/")
            count += 1
            if count > MOST_FILES:
                yield Ignored(path, f"more than {MOST_FILES} files: the rest was not looked at")
                return
            if entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
                yield Ignored(path, "a link or a device, not a file")
            elif entry.is_file():
                yield File(path, disk_reader(entry.path), changed(entry))
            elif depth >= DEEPEST:
                yield Ignored(path, f"more than {DEEPEST} folders inside one another")
            elif out is None or os.path.realpath(entry.path) != out:
                todo.append((entry.path, path, depth + 1))


def changed(entry):
    try:
        return datetime.fromtimestamp(entry.stat().st_mtime)
    except (OSError, ValueError, OverflowError):
        return None


def disk_reader(path):
    def read():
        try:
            with open(path, "rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise Damaged(f"the file cannot be read: {error.strerror}") from None

    return read


# ---------------------------------------------------------------- zips


def zip_files(source, prefix="", largest=DIRECTORY_BYTES):
    """``File`` for all that a zip holds, given as a path or as bytes; raises ``Damaged``.

    Its empty folders are ``Ignored``.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb")  # noqa: SIM115
    try:
        archive = zipfile.ZipFile(Tolerant(stream, largest))
    except Damaged:
        raise
    except Exception as error:  # noqa: BLE001 (the zip module raises whatever comes to its mind)
        raise Damaged(f"the zip is damaged: {type(error).__name__}") from None
    members = archive.infolist()[:MOST_FILES]
    paths = [inner_path(info.filename) + "/" * info.is_dir() for info in members]
    for path, info in zip(paths, members):
        if not info.is_dir():
            yield File(prefix + path, zip_reader(archive, info), stamp(info))
    yield from (Ignored(prefix + path, EMPTY) for path in empty_folders(paths))


def empty_folders(paths):
    """The folders, written with ``/`` at the end, in which nothing else stands."""
    ordered = sorted({*paths} - {"/"})  # what is in a folder follows it
    pairs = zip(ordered, [*ordered[1:], ""])
    return [path for path, after in pairs if path.endswith("/") and not after.startswith(path)]


def inner_path(name):
    """The path of a member, without steps upwards or to the root."""
    parts = readable(name).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def zip_reader(archive, info):
    def read():
        try:
            with archive.open(info) as file:
                return file.read(MAX_BYTES + 1)
        except Exception as error:  # noqa: BLE001
            why = "is encrypted" if info.flag_bits & 1 else "is damaged"
            raise Damaged(f"the file in the zip {why} ({type(error).__name__})") from None

    return read


def stamp(info):
    try:
        return datetime(*info.date_time)
    except ValueError:
        return None


class Tolerant:
    """A zip's file, whose list of members is mended while it is read.

    One member with a name in bad UTF-8, or made by a future version of zip, makes Python's zipfile
    refuse the whole archive. Here such a name is read byte by byte, and such a member fails alone.
    """

    ENTRY, HEAD = b"PK\x01\x02", 46
    MEMBER, MEMBER_HEAD = b"PK\x03\x04", 30
    UTF8, NEWEST = 0x800, 45  # a flag; the version of zip that zipfile knows

    def __init__(self, stream, largest):
        self.stream, self.largest = stream, largest

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def read(self, size=-1):
        data = self.stream.read(size)
        if data.startswith(self.MEMBER) and size == self.MEMBER_HEAD:
            return self.member(data)
        if not data.startswith(self.ENTRY):
            return data
        if len(data) > self.largest:
            raise Damaged("the zip holds too many files")
        return self.mended(data)

    def member(self, data):
        """The head of a member, without the claim that its name is UTF-8 where it is not."""
        (flags,), (length,) = struct.unpack_from("<H", data, 6), struct.unpack_from("<H", data, 26)
        here = self.stream.tell()
        name = self.stream.read(length)
        self.stream.seek(here)
        flags &= ~(0 if is_utf8(name) else self.UTF8)
        return data[:6] + struct.pack("<H", flags) + data[8:]

    def mended(self, data):
        data, at = bytearray(data), 0
        while data[at : at + 4] == self.ENTRY and at + self.HEAD <= len(data):
            version, flags = struct.unpack_from("<HH", data, at + 6)
            lengths = struct.unpack_from("<HHH", data, at + 28)
            name = bytes(data[at + self.HEAD : at + self.HEAD + lengths[0]])
            if flags & self.UTF8 and not is_utf8(name):
                flags &= ~self.UTF8
            struct.pack_into("<HH", data, at + 6, min(version, self.NEWEST), flags)
            at += self.HEAD + sum(lengths)
        return bytes(data)


def is_utf8(name):
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def is_zip(path):
    return Path(path).is_file() and zipfile.is_zipfile(path)
