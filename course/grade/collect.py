"""Find every learner's notebook: in a folder or a zip, as a learning platform or git leaves it.

What cannot be told is asked for, in one error, before anything is graded; the answer is a table of
owners (see ``owners``).
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from course.grade import assignment as assignments
from course.grade import owners
from course.grade.choose import CHECKPOINT, Several, choose, notebooks_among
from course.grade.handed_in import Damaged, File, Ignored, disk_reader, folder_files, is_zip
from course.grade.handed_in import zip_files as files_in_zip
from course.grade.layouts import recognize

SHOWN = 12  # questions in one error
HIDDEN = "hidden, or left by a system"


class CollectError(Exception):
    """Nothing can be graded; the message says why, or asks."""


@dataclass
class Submission:
    """What one learner handed in; ``raw`` is empty where no notebook was among it."""

    learner: str
    name: str
    ids: dict = field(default_factory=dict)
    file: str = ""
    notes: list = field(default_factory=list)
    ignored: list = field(default_factory=list)
    time: datetime | None = None
    late: bool = False  # the platform says so
    time_is_known: bool = False  # by the platform, not by a file that was copied about
    source: File | None = None
    unread: bool = False  # there are no bytes; a note says why

    @property
    def raw(self):
        """The notebook's bytes, read anew each time: a class need not fit into memory."""
        try:
            if self.source is not None:
                return self.source.read()
        except Damaged as error:
            if str(error) not in self.notes:
                self.notes.append(str(error))
        self.unread = True
        return b""

    @raw.setter
    def raw(self, value):
        self.source = File(self.file, lambda: value)

    @property
    def sha256(self):
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True)
class Undecided:
    """One of several notebooks that may be the one that counts."""

    path: str
    learner: str
    reason: str = "which one counts?"


@dataclass
class Collection:
    """All that was handed in, and what was passed over with the reason."""

    layout: str
    submissions: list
    ignored: list
    questions: list = field(default_factory=list)
    undecided: list = field(default_factory=list)


def collect(path, assignment, *, out=None, known=None, table=None, say=lambda line: None):
    """A ``Submission`` for each learner, in the order of their names; ``out`` is passed over.

    What is nobody's is said: somebody may have handed it in.
    """
    found = look_through(path, assignment, out=out, known=known, table=table)
    if found.questions:
        raise CollectError(asked(path, found.questions))
    if not found.submissions:
        raise CollectError(f"no notebook (.ipynb) in {path}")
    for entry in brief([entry for entry in found.ignored if entry.reason != HIDDEN]):
        say(f"nobody's: {entry.path}: {entry.reason}")
    return found.submissions


def asked(path, questions):
    shown = "\n  ".join(questions[:SHOWN])
    more = f"\n  and {len(questions) - SHOWN} more" if len(questions) > SHOWN else ""
    return (
        f"nothing was graded: in {path} it cannot be told whose notebook counts:\n  {shown}{more}\n"
        "Write the table with `python -m course.grade collect`, say in it which file counts for "
        "whom, and give it to `grade` with --owners."
    )


def look_through(path, assignment, *, out=None, known=None, table=None):
    """The ``Collection`` in a folder, a zip or a notebook, with what has to be asked."""
    known = sorted({*(assignments.names() if known is None else known), assignment})
    files, ignored = visible(files_in(Path(path), out))
    if table is not None:
        return by_table(files, ignored, owners.read(table))
    layout = recognize(files, known)
    groups = {}
    for owned in layout.owned:
        groups.setdefault(owned.key, []).append(owned)
    found = Collection(layout.name, [], [*ignored, *layout.ignored], list(layout.questions))
    for key, group in sorted(groups.items()):
        try:
            found.submissions.append(submission(group, assignment, known))
            found.submissions[-1].time_is_known = layout.knows_times
        except Several as several:
            found.questions.append(f"{group[0].name}: {len(several.paths)} notebooks: {several}")
            found.undecided += [Undecided(path, key) for path in several.paths]
    for entry in without_files(layout, found.ignored, groups.keys()):
        found.submissions.append(entry)
        found.ignored = [other for other in found.ignored if other not in entry.ignored]
    found.submissions.sort(key=lambda entry: entry.learner)
    return found


def without_files(layout, ignored, others):
    """Learners whose folder holds nothing that can be read: they stand in the gradebook, too."""
    folders: dict[str, list[Ignored]] = {}
    for entry in ignored:
        folder, below, _ = entry.path.removeprefix(layout.top).partition("/")
        if layout.owner_of and below and entry.path.startswith(layout.top):
            folders.setdefault(folder, []).append(entry)
    for folder, entries in folders.items():
        key, name, ids = layout.owner_of(folder)
        if key not in others and not CHECKPOINT.search(f"{folder}/"):
            nothing = f"no notebook among the files handed in{reasons(entries)}"
            yield Submission(key, name, ids, ignored=entries, notes=[nothing])


def submission(group, assignment, known):
    """The one notebook that counts among a learner's files."""
    first = group[0]
    chosen, ignored = choose([owned.file for owned in group], assignment, known)
    late = any(owned.late for owned in group if chosen is None or owned.file is chosen)
    result = Submission(first.key, first.name, first.ids, ignored=ignored, late=late)
    notebooks = [entry for entry in ignored if ".ipynb" in entry.path and not hidden(entry.path)]
    if chosen is None:
        result.notes.append(f"no notebook among the files handed in{reasons(ignored)}")
        return result
    if notebooks:
        result.notes.append(
            f"{len(notebooks) + 1} notebooks handed in; {chosen.path} counts{reasons(notebooks)}"
        )
    result.file, result.time, result.source = chosen.path, chosen.time, chosen
    return result


def reasons(ignored, longest=3):
    """Which files were passed over, and why."""
    shown = [f"{entry.path}: {entry.reason}" for entry in ignored if not hidden(entry.path)]
    more = [f"{len(shown) - longest} more"] if len(shown) > longest else []
    return f" ({'; '.join([*shown[:longest], *more])})" if shown else ""


def by_table(files, ignored, rows):
    """What a table of owners says."""
    by_path, submissions, questions = {file.path: file for file in expanded(files)}, {}, []
    for row in rows:
        if not row.counts:
            ignored.append(Ignored(row.path, "the table of owners says so"))
        elif row.path not in by_path:
            questions.append(f"{row.path}: the table of owners names it, and it is not there")
        elif row.learner in submissions:
            questions.append(f"{row.learner}: the table of owners lets two files count")
        else:
            file = by_path[row.path]
            submissions[row.learner] = Submission(
                row.learner, row.name, row.ids, file.path, time=file.time, source=file
            )
    chosen = [submission for _, submission in sorted(submissions.items())]
    return Collection("a table of owners", chosen, ignored, questions)


def expanded(files):
    """All files, and the notebooks in learners' zips."""
    return [*files, *notebooks_among(files)[0]]


# ---------------------------------------------------------------- files


def files_in(path, out=None):
    """Every ``File`` of a folder or zip, and ``Ignored`` for what cannot be one."""
    if not path.exists():
        raise CollectError(f"{path} does not exist")
    if path.is_dir():
        yield from folder_files(path, out)
    elif is_zip(path):
        try:
            yield from files_in_zip(path)
        except Damaged as error:
            raise CollectError(f"{path}: {error}") from None
    elif path.suffix == ".ipynb":
        yield File(path.name, disk_reader(path))
    else:
        raise CollectError(f"{path} is neither a folder nor a zip nor a notebook")


def visible(entries):
    """(files, ignored): what begins with a dot and what systems leave behind is nobody's work."""
    files, ignored, hidden_folders = [], [], Counter()
    for entry in entries:
        if hidden(entry.path):
            hidden_folders[hidden(entry.path)] += 1
        elif isinstance(entry, Ignored):
            ignored.append(entry)
        else:
            files.append(entry)
    ignored += [Ignored(path, HIDDEN) for path in hidden_folders]
    return files, ignored


def hidden(path):
    """The part of a path up to its first hidden folder or file; empty where there is none."""
    match = CHECKPOINT.search(path)
    return path[: match.end()] + path[match.end() :].partition("/")[0] if match else ""


# ---------------------------------------------------------------- telling


def shown(found):
    """Lines of a table: who handed in what, what was passed over and why, what has to be asked."""
    rows = [(s.learner, s.file or "nothing", when(s)) for s in found.submissions]
    lines = [f"read as: {found.layout}; {len(rows)} learners", ""]
    lines += columns([("learner", "counts", "handed in"), *rows])
    passed = [(s.learner, e.path, e.reason) for s in found.submissions for e in brief(s.ignored)]
    passed += [("", entry.path, entry.reason) for entry in brief(found.ignored)]
    if passed:
        lines += ["", *columns([("learner", "passed over", "why"), *passed])]
    return lines + ["", *(f"ASK: {question}" for question in found.questions)] * bool(
        found.questions
    )


def when(submission):
    time = submission.time.strftime("%Y-%m-%d %H:%M") if submission.time else ""
    known = "" if submission.time_is_known or not time else " (the file's time)"
    return f"{time}{known}{' LATE' if submission.late else ''}"


def brief(ignored, most=6):
    """A few of each reason, and how many more there are."""
    by_reason = {}
    for entry in ignored:
        by_reason.setdefault(entry.reason, []).append(entry)
    for reason, entries in by_reason.items():
        yield from entries[:most]
        if len(entries) > most:
            yield Ignored(f"... and {len(entries) - most} more", reason)


def columns(rows):
    """Rows of texts as lines, each column as wide as it must be."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
    for row in rows:
        cells = [text.ljust(width) for text, width in zip(row, widths)]
        yield "  ".join([*cells, row[-1]]).rstrip()
