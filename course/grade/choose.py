"""The one notebook that counts among a learner's files, and why the others do not.

Never the official solution, never a time stamp alone: where several are left, the instructor is
asked.
"""

import hashlib
import re

from course.grade.handed_in import Damaged, Ignored
from course.grade.packed import inside, is_archive, is_packed
from course.grade.peek import peek

CHECKPOINT = re.compile(r"(^|/)(\.|__MACOSX/|Thumbs\.db$|desktop\.ini$)")
CANVAS_AGAIN = re.compile(r"-(\d+)(?=\.ipynb)")  # Canvas numbers what was handed in again
ARCHIVES_DEEP = 2
TOO_DEEP = "an archive in archives in an archive: ask for the notebook itself, or a zip"
IN_CLONE = re.compile(r"(.*?)(?:scratch|book)/")
UNNAMED = re.compile(r"(^|/)[^./]+$|\.(json|txt|ipyn?b?)$")  # a notebook may be called so
BLANK = b"\xef\xbb\xbf \t\r\n"


class Several(Exception):
    """More than one notebook could be meant; ``paths`` names them."""

    def __init__(self, paths):
        super().__init__(", ".join(paths))
        self.paths = paths


def choose(files, assignment, known, look=peek):
    """-> (the file that counts or None, [Ignored]). Raises ``Several``."""
    candidates, ignored = notebooks_among(files)
    candidates, dropped = not_solutions(candidates, ignored, known)
    ignored += dropped
    for rule in (not_other_assignments, copies_first, named_first, latest_of_canvas):
        candidates, dropped = rule(candidates, assignment, known)
        ignored += dropped
    if len(candidates) > 1:
        candidates, dropped = by_content(candidates, look)
        ignored += dropped
    if len(candidates) > 1:
        raise Several([file.path for file in candidates])
    return (candidates[0] if candidates else None), ignored


def split(files, keep, reason):
    """(files that are kept, the others as ignored)"""
    kept = [file for file in files if keep(file)]
    return kept, [Ignored(file.path, reason) for file in files if file not in kept]


# ---------------------------------------------------------------- notebooks, also in archives


def notebooks_among(files, depth=0):
    found, ignored = [], []
    for file in files:
        if isinstance(file, Ignored):
            ignored += [] if CHECKPOINT.search(file.path) else [file]
            continue
        lower = file.name.lower()
        if CHECKPOINT.search(file.path):
            ignored.append(Ignored(file.path, "a hidden file"))
        elif ".ipynb" in lower and (depth >= ARCHIVES_DEEP or not is_packed(file)):
            found.append(file)
        elif is_archive(lower) and depth >= ARCHIVES_DEEP:
            ignored.append(Ignored(file.path, TOO_DEEP))
        elif is_archive(lower) or ".ipynb" in lower:  # hw.ipynb.zip, or a zip called hw.ipynb
            inner, dropped = unpacked(file, depth)
            found += inner
            ignored += dropped
        elif UNNAMED.search(lower) and is_notebook(file):
            found.append(file)
        else:
            ignored.append(Ignored(file.path, "no notebook (.ipynb)"))
    return found, ignored


def unpacked(file, depth):
    """Notebooks inside an archive that a learner handed in."""
    try:
        inner = inside(file)
    except Damaged as error:
        return ([file], []) if is_notebook(file) else ([], [Ignored(file.path, str(error))])
    found, ignored = notebooks_among(inner, depth + 1)
    if not found:
        ignored.append(Ignored(file.path, "an archive without a notebook"))
    return found, ignored


def is_notebook(file):
    """Is this a notebook by what it holds, whatever a browser or a system called it?"""
    try:
        raw = file.read()
    except Damaged:
        return False
    return raw.lstrip(BLANK).startswith(b"{") and b'"nbformat"' in raw and b'"cells"' in raw


# ---------------------------------------------------------------- what the names say


def stem(file):
    return re.split(r"\.ipynb", file.name, flags=re.I)[0]


def not_solutions(files, others, known):
    """In a clone of the course ``solutions/`` is not the learner's; elsewhere its content tells.

    A clone is known by ``scratch/`` or ``book/`` beside it.
    """
    paths = [entry.path.lower() for entry in (*files, *others)]
    clones = {match[1] for match in map(IN_CLONE.match, paths) if match}

    def is_own(file):
        folders = file.path.lower().split("/")[:-1]
        above = folders[: folders.index("solutions")] if "solutions" in folders else None
        of_course = above is not None and "".join(f"{name}/" for name in above) in clones
        return not of_course or stem(file) not in known

    return split(files, is_own, "the official solution")


def not_other_assignments(files, assignment, known):
    others = [name for name in known if name != assignment]

    def is_this(file):
        return assignment in file.path or not any(other in file.name for other in others)

    kept, dropped = split(files, is_this, "another assignment")
    return kept, dropped


def copies_first(files, assignment, known):
    """In the course's folders, a learner's own copy is called ``my_NAME``."""
    copies = [file for file in files if file.name.startswith(f"my_{assignment}")]
    if not copies:
        return files, []
    return split(files, copies.__contains__, f"a copy called my_{assignment} was handed in too")


def named_first(files, assignment, known):
    named = [file for file in files if assignment in file.name]
    named = named or [file for file in files if assignment in file.path]
    if not named:
        return files, []
    return split(files, named.__contains__, f"another notebook says that it is {assignment}")


def latest_of_canvas(files, assignment, known):
    """Of versions of one file that Canvas numbered, the highest number."""
    marked = [file for file in files if re.search(r"_\d+_\d+_", file.name)]
    base = {CANVAS_AGAIN.sub("", file.name.split("_")[-1]) for file in marked}
    if len(files) < 2 or len(marked) < len(files) or len(base) > 1:
        return files, []
    last = max(files, key=canvas_number)
    return split(files, lambda file: file is last, "handed in again later, says Canvas")


def canvas_number(file):
    match = CANVAS_AGAIN.search(file.name)
    return int(match[1]) if match else 0


# ---------------------------------------------------------------- what is inside


def by_content(files, look):
    """Leave out equal copies, the official solution, and what is untouched or no notebook."""
    kept, ignored, seen, kinds = [], [], {}, {}
    for file in files:
        try:
            raw = file.read()
        except Damaged as error:
            ignored.append(Ignored(file.path, str(error)))
            continue
        digest = hashlib.sha256(raw).digest()
        if digest in seen:
            ignored.append(Ignored(file.path, f"the same as {seen[digest]}"))
            continue
        seen[digest] = file.path
        kinds[file.path] = look(raw)
        kept.append(file)
    for kind, reason in (
        ("solution", "the official solution"),
        ("unreadable", "no notebook can be read from it"),
        ("untouched", "as it was handed out"),
    ):
        better = [file for file in kept if kinds[file.path] != kind]
        if better or kind == "solution":
            kept, dropped = split(kept, better.__contains__, reason)
            ignored += dropped
    return kept, ignored
