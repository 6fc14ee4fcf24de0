"""Whose is it? The layouts in which submissions come, each recognized as a whole.

    flat         ada.ipynb  02_softmax_loss_bob.ipynb  eve.zip
    folders      ada/02_softmax_loss.ipynb  bob/work/hw.ipynb  (also nbgrader's, one more level)
    clones       ada/exercises/my_02_softmax_loss.ipynb  ada/solutions/...  ada/scratch/...
    classroom    02-softmax-submissions/02-softmax-ada/exercises/...     GitHub Classroom
    canvas       lovelaceada_LATE_101_9001_02_softmax_loss-1.ipynb
    moodle       Ada Lovelace_77_assignsubmission_file_/x.ipynb, ..._onlinetext_/onlinetext.html
    gradescope   submission_456/x.ipynb beside submission_metadata.yml
    ilias        Lovelace_Ada_alove_1234/20250301120000_x.ipynb

Any of them may stand in a folder of its own around everything.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from os.path import commonprefix

import yaml

from course.grade.handed_in import Damaged, File, Ignored
from course.grade.packed import ARCHIVE

WORK = re.compile(rf"\.ipynb|{ARCHIVE}$", re.I)
CANVAS = re.compile(r"(?P<name>[^_/]+)_(?P<late>LATE_)?(?P<id>\d+)_(?P<order>\d+)_(?P<file>[^/]+)")
MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)_?/?(?P<file>.*)")
ILIAS = re.compile(r"(?P<last>[^_/]+)_(?P<first>[^_/]+)_(?P<login>[^_/]+)_(?P<id>\d+)")
ILIAS_TIME = re.compile(r"(?P<time>\d{14})_")
GRADESCOPE = re.compile(r"submission_\d+")
GRADESCOPE_TABLE = "submission_metadata.yml"
COPY = re.compile(r"(\W|_)*(copy|kopie)?(\W|_)*\d*(\W|_)*", re.I)
CLONE = ({"exercises"}, {"scratch", "solutions", "book"})


@dataclass(frozen=True)
class Owned:
    """A file with its owner."""

    file: File
    key: str  # one for each learner
    name: str
    ids: dict = field(default_factory=dict)
    late: bool = False  # the system that it comes from says so


@dataclass
class Layout:
    """What a folder or zip holds: every learner's files, and what is nobody's."""

    name: str
    owned: list
    ignored: list = field(default_factory=list)
    questions: list = field(default_factory=list)  # what only the instructor can tell
    top: str = ""  # the folders around all learners
    owner_of: Callable | None = None  # (key, name, ids) for a folder in ``top``, if each is one

    @property
    def knows_times(self):
        """Do its times of handing in come from the platform?"""
        return self.name in ("Gradescope", "ILIAS")


def recognize(files, known):
    """The ``Layout`` of these files; ``known`` are the names of the assignments."""
    files, prefix, top = list(files), "", ""
    while True:
        for look in (gradescope, moodle, canvas):
            if layout := look(files):
                return layout
        inner = unwrapped(files, known, lone=not prefix)
        if inner is None:
            return replace(by_name(files, known, prefix), top=top)
        prefix, files = inner
        top += f"{prefix}/"


def is_work(file):
    return bool(WORK.search(file.name))


def first_part(file):
    return file.path.partition("/")[0]


def without_first_part(file):
    return replace(file, path=file.path.partition("/")[2])


def top_folders(files):
    return {first_part(file) for file in files if "/" in file.path}


def stray(files, why="it lies beside the submissions"):
    return [Ignored(file.path, why) for file in files]


# ---------------------------------------------------------------- systems with marks of their own


def canvas(files):
    """Canvas marks every file of a flat folder with the learner's number."""
    work = [file for file in files if is_work(file)]
    marked = [file for file in work if CANVAS.fullmatch(file.path)]
    if not marked or 2 * len(marked) < len(work):
        return None
    owned, rest = [], []
    for file in files:
        match = CANVAS.fullmatch(file.path)
        if match:
            ids, late = {"canvas": match["id"]}, bool(match["late"])
            owned.append(Owned(file, f"{match['name']}_{match['id']}", match["name"], ids, late))
        else:
            rest.append(file)
    questions = [f"{file.path}: whose is it? Canvas did not write it" for file in rest]
    questions = [question for question, file in zip(questions, rest) if is_work(file)]
    return Layout("Canvas", owned, stray(rest), questions)


def moodle(files):
    """Moodle marks every file, or its folder, with the participant's number."""
    marked = [(file, MOODLE.fullmatch(file.path)) for file in files]
    if not any(match and "/" not in match["name"] for _, match in marked):
        return None
    owned, rest = [], []
    names: dict[str, str] = {}
    for file, match in marked:
        match = MOODLE.fullmatch(first_part(file)) or match
        if match is None or "/" in match["name"]:
            rest.append(file)
        elif match["kind"] == "file":
            name = names.setdefault(match["id"], match["name"])
            owned.append(Owned(file, f"{name}_{match['id']}", name, {"moodle": match["id"]}))
        else:
            why = f"Moodle's {match['kind']}, not a file of the learner's"
            rest.append(Ignored(file.path, why))
    questions = [f"{f.path}: whose is it?" for f in rest if isinstance(f, File) and is_work(f)]
    ignored = [f if isinstance(f, Ignored) else stray([f])[0] for f in rest]
    return Layout("Moodle", owned, ignored, questions)


def gradescope(files):
    """Gradescope's export has a folder for each submission, and a table that says whose it is."""
    tables = [file for file in files if file.path == GRADESCOPE_TABLE]
    if not tables or not any(GRADESCOPE.fullmatch(part) for part in top_folders(files)):
        return None
    try:
        people = yaml.safe_load(tables[0].read()) or {}
        who = {folder: submitters(entry) for folder, entry in people.items()}
    except (Damaged, yaml.YAMLError, AttributeError, TypeError, KeyError) as error:
        return Layout("Gradescope", [], questions=[f"{GRADESCOPE_TABLE} cannot be read: {error}"])
    owned, rest = [], []
    for file in files:
        folder = first_part(file)
        if folder in who and "/" in file.path:
            people, created = who[folder]
            handed_in = replace(file, time=created or file.time)
            owned += [Owned(handed_in, sid, name, {"gradescope": sid}) for name, sid in people]
        elif file not in tables:
            rest.append(file)
    questions = [f"{file.path}: {GRADESCOPE_TABLE} does not say whose" for file in rest]
    questions = [question for question, file in zip(questions, rest) if is_work(file)]
    return Layout("Gradescope", owned, stray(rest), questions)


def submitters(entry):
    """[(name, id)] and time of one entry in Gradescope's table, whose keys begin with a colon.

    Each one of a group is a learner. The time, in UTC, becomes that of this machine.
    """
    people = []
    for person in entry[":submitters"]:
        name = str(person[":name"])
        people.append((name, str(person.get(":sid") or person.get(":email") or name)))
    created = entry.get(":created_at")
    if not isinstance(created, datetime):
        return people, None
    aware = created if created.tzinfo else created.replace(tzinfo=timezone.utc)
    return people, aware.astimezone().replace(tzinfo=None)


# ---------------------------------------------------------------- folders and names


def unwrapped(files, known, lone):
    """(folder, the files in it) where one folder stands around all learners; else None.

    ``lone``: it may stand around a single learner's folder.
    """
    work = [file for file in files if is_work(file)]
    parts = {first_part(file) for file in work}
    if len(parts) != 1 or any("/" not in file.path for file in work):
        return None
    (folder,) = parts
    inner = [without_first_part(file) for file in files if first_part(file) == folder]
    inside = [file for file in inner if is_work(file)]
    flat = [file for file in inside if "/" not in file.path]
    folders = top_folders(inside)
    if any(look(inner) for look in (gradescope, moodle, canvas)):
        return folder, inner
    if is_clone(inner) or any(not learner_in(file.name, known) for file in flat):
        return None
    if folders <= set(known) and not flat:
        return None  # nbgrader's folders of one learner
    several = len(folders) + len(flat) > 1
    return (folder, inner) if several or (lone and folders) else None


def is_clone(files):
    """Do these files look like a clone of the course's repository?"""
    folders = top_folders(files)
    return all(folders & some for some in CLONE)


def by_name(files, known, prefix):
    """Layouts that have no marks but names."""
    work = [file for file in files if is_work(file)]
    flat = [file for file in work if "/" not in file.path]
    if is_clone(files):
        name = prefix or "clone"
        return Layout("a clone", [Owned(file, name, name) for file in files])
    if flat and len(flat) < len(work):
        shown = ", ".join(sorted(file.path for file in flat)[:3])
        folders = ", ".join(sorted(top_folders(work))[:3])
        question = f"notebooks ({shown}) lie beside folders ({folders}): is each of them a learner?"
        apart = (
            [file for file in files if "/" not in file.path],
            [f for f in files if "/" in f.path],
        )
        parts = flat_files(apart[0], known), folder_each(apart[1], prefix)
        owned = [entry for part in parts for entry in part.owned]  # as they are, if each is one
        return Layout("mixed", owned, parts[0].ignored, [question])
    return flat_files(files, known) if flat else folder_each(files, prefix)


def flat_files(files, known):
    """One notebook or archive for each learner, with the learner's name in its own."""
    owned, rest, questions = [], [], []
    work = [file for file in files if is_work(file)]
    for file in files:
        if not is_work(file) or "/" in file.path:
            rest.append(file)
            continue
        name = learner_in(file.name, known)
        if not name and len(work) > 1:
            questions.append(f"{file.path}: no learner's name in it")
        name = name or file.name.partition(".")[0]
        owned.append(Owned(file, name, name))
    return Layout("flat", owned, stray(rest, "no notebook (.ipynb) and no archive"), questions)


def learner_in(file_name, known):
    """What of a file's name is not the assignment's; empty where nothing is left."""
    stem = re.split(rf"\.ipynb|{ARCHIVE}", file_name, flags=re.I)[0]
    rest = stem
    for assignment in known:
        rest = rest.replace(f"my_{assignment}", "").replace(assignment, "")
    rest = rest.strip(" _-")
    return "" if rest != stem.strip(" _-") and COPY.fullmatch(rest) else rest


def folder_each(files, prefix):
    """One folder for each learner."""
    folders = sorted(top_folders(files))
    inside = {name: [f for f in files if f.path.startswith(f"{name}/")] for name in folders}
    ilias = all(ILIAS.fullmatch(name) for name in folders) and bool(folders)
    clones = all(is_clone([without_first_part(f) for f in inside[name]]) for name in folders)
    slug = classroom_prefix(folders, prefix, clones)

    def owner_of(name):
        return ilias_owner(name) if ilias else (name.removeprefix(slug),) * 2 + ({},)

    owned = [
        Owned(timed(file) if ilias else file, *owner_of(name))
        for name in folders
        for file in inside[name]
    ]
    kind = "ILIAS" if ilias else "GitHub Classroom" if slug else "clones" if clones else "folders"
    beside = stray([file for file in files if "/" not in file.path])
    return Layout(kind, owned, beside, owner_of=owner_of)


def classroom_prefix(folders, prefix, clones):
    """What GitHub Classroom writes before each login: the assignment's name and a hyphen."""
    slug = f"{prefix.removesuffix('-submissions')}-"
    if prefix.endswith("-submissions") and all(name.startswith(slug) for name in folders):
        return slug
    common = commonprefix(folders) if len(folders) > 1 and clones else ""
    return common[: common.rfind("-") + 1]


def ilias_owner(folder):
    match = ILIAS.fullmatch(folder)
    if match is None:  # an empty folder beside those by which the layout was recognized
        return folder, folder, {}
    return folder, f"{match['first']} {match['last']}", {"ilias": match["id"]}


def timed(file):
    """ILIAS writes the time of handing in before a file's name."""
    match = ILIAS_TIME.match(file.name)
    if match is None:
        return file
    try:
        return replace(file, time=datetime.strptime(match["time"], "%Y%m%d%H%M%S"))
    except ValueError:
        return file
