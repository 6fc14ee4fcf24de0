"""Find every learner's notebook: in a flat folder, in one folder each, or in an LMS's zip.

Nothing is unpacked to disk, so a path such as ``../../x`` inside a zip means nothing.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from course.grade.read import MAX_BYTES

CANVAS = re.compile(r"(?P<name>[^_/]+)_(?:LATE_)?(?P<id>\d+)_(?P<order>\d+)_(?P<file>[^/]+)")
MOODLE = re.compile(r"(?P<name>[^/]+?)_(?P<id>\d+)_assignsubmission_file_?/?(?P<file>.*)")
IGNORED = re.compile(r"(^|/)(\.|__MACOSX/|Thumbs\.db$)")
AGAIN = re.compile(r"-(\d+)\.ipynb$")  # Canvas numbers what was handed in again


class CollectError(Exception):
    """There is nothing to grade; the message says why."""


@dataclass
class File:
    """Something handed in: its path inside the folder or zip, and how to read it."""

    path: str
    read: Callable[[], bytes]
    time: float = 0.0


@dataclass
class Submission:
    """What one learner handed in; ``raw`` is empty where no notebook was among it."""

    learner: str
    name: str
    ids: dict = field(default_factory=dict)
    file: str = ""
    raw: bytes = b""
    notes: list = field(default_factory=list)

    @property
    def sha256(self):
        return hashlib.sha256(self.raw).hexdigest()


def collect(path, assignment, *, out=None):
    """A ``Submission`` for each learner, in the order of their names; ``out`` is passed over."""
    path = Path(path)
    files = list(files_in(path, out))
    groups = {}
    for file in files:
        who = owner(file.path, assignment)
        if who is not None:
            groups.setdefault(who[0], (who, []))[1].append(file)
    if not groups:
        raise CollectError(f"no notebook (.ipynb) in {path}")
    return [submission(who, found, assignment) for _, (who, found) in sorted(groups.items())]


def files_in(path, out=None):
    """Every file of a folder or zip."""
    if not path.exists():
        raise CollectError(f"{path} does not exist")
    if path.is_dir():
        out = out and Path(out).resolve()
        for file in sorted(path.rglob("*")):
            name = file.relative_to(path).as_posix()
            ours = out is not None and out in file.resolve().parents
            if file.is_file() and not (file.is_symlink() or ours or IGNORED.search(name)):
                yield File(name, reader(file), file.stat().st_mtime)
    elif zipfile.is_zipfile(path):
        yield from files_in_zip(zipfile.ZipFile(path))
    elif path.suffix == ".ipynb":
        yield File(path.name, reader(path))
    else:
        raise CollectError(f"{path} is neither a folder nor a zip nor a notebook")


def reader(path):
    def read():
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)

    return read


def files_in_zip(archive):
    for info in archive.infolist():
        if not info.is_dir() and not IGNORED.search(info.filename):
            stamp = float("".join(f"{part:02d}" for part in info.date_time))
            yield File(info.filename, zip_reader(archive, info), stamp)


def zip_reader(archive, info):
    def read():
        try:
            with archive.open(info) as file:
                return file.read(MAX_BYTES + 1)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
            return b""  # damaged or encrypted

    return read


def owner(path, assignment):
    """Whose file is it? -> (key, name, ids), or None for a stray file beside flat notebooks."""
    for pattern, system in ((MOODLE, "moodle"), (CANVAS, "canvas")):
        match = pattern.match(path)
        if match:
            key = f"{match['name']}_{match['id']}"
            return key, match["name"], {system: match["id"]}
    parts = PurePosixPath(path).parts
    if len(parts) > 1:
        return parts[0], parts[0], {}
    if ".ipynb" not in path.lower():
        return None
    stem = PurePosixPath(path).name.partition(".ipynb")[0]
    name = stem.replace(f"my_{assignment}", "").replace(assignment, "").strip(" _-") or stem
    return name, name, {}


def submission(who, files, assignment):
    """The one notebook that counts among a learner's files."""
    key, name, ids = who
    result = Submission(key, name, ids)
    notebooks = [file for file in files if ".ipynb" in file.path.lower()]
    if not notebooks:
        notebooks = [inner for file in files for inner in unzipped(file)]
    if not notebooks:
        names = ", ".join(PurePosixPath(file.path).name for file in files)
        result.notes.append(f"no notebook among the files handed in: {names[:200]}")
        return result
    named = [file for file in notebooks if assignment in file.path] or notebooks
    chosen = max(named, key=lambda file: (again(file.path), file.time))
    if len(notebooks) > 1:
        shown = PurePosixPath(chosen.path).name
        result.notes.append(f"{len(notebooks)} notebooks handed in; {shown} counts")
    result.file, result.raw = chosen.path, chosen.read()
    return result


def again(path):
    match = AGAIN.search(path)
    return int(match[1]) if match else 0


def unzipped(file):
    """Notebooks inside a zip that a learner handed in."""
    if file.path.lower().endswith(".zip"):
        try:
            for inner in files_in_zip(zipfile.ZipFile(io.BytesIO(file.read()))):
                if ".ipynb" in inner.path.lower():
                    yield inner
        except zipfile.BadZipFile:
            return
