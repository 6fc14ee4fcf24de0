"""A table that says which file counts for whom, for what no rule can tell.

``python -m course.grade collect SUBMISSIONS --assignment 06`` writes it; the instructor corrects it
in a spreadsheet, and ``grade --owners`` reads it. Its columns: path, learner, name, counts, reason.
"""

import csv
from dataclasses import dataclass, field
from pathlib import Path

from course.grade.gradebook import safe, table

COLUMNS = ("path", "learner", "name", "counts", "reason")
YES = {"yes", "y", "1", "true", "x"}


class OwnersError(ValueError):
    """A table that cannot be used; the message says why."""


@dataclass(frozen=True)
class OwnerRow:
    path: str
    learner: str
    name: str
    counts: bool
    ids: dict = field(default_factory=dict)


def read(path):
    """The rows of a table of owners."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise OwnersError(f"{path}: {error}") from None
    rows = list(csv.DictReader(text.splitlines()))
    if not rows or not {"path", "learner", "counts"} <= rows[0].keys():
        raise OwnersError(f"{path}: a table of owners has the columns {', '.join(COLUMNS)}")
    return [row_of(row) for row in rows if row["path"]]


def row_of(row):
    learner = unsafe(row["learner"] or "")
    counts = (row["counts"] or "").strip().lower() in YES and bool(learner)
    name = unsafe(row.get("name") or "") or learner
    ids = {key[3:]: value for key, value in row.items() if (key or "").startswith("id ") and value}
    return OwnerRow(unsafe(row["path"]), learner, name, counts, ids)


def unsafe(text):
    """A text as it was before ``gradebook.safe`` kept spreadsheets from running it."""
    return text[1:] if text.startswith("'") and safe(text[1:]) == text else text


def text_of(collection):
    """A collection as such a table, with an open question as several files of one learner."""
    systems = sorted({key for entry in collection.submissions for key in entry.ids})
    rows = [[*COLUMNS, *(f"id {key}" for key in systems)]]
    for entry in collection.submissions:
        ids = [entry.ids.get(key, "") for key in systems]
        if entry.file:
            rows.append([entry.file, entry.learner, entry.name, "yes", "", *ids])
        for other in entry.ignored:
            rows.append([other.path, entry.learner, entry.name, "no", other.reason, *ids])
    for entry in [*collection.undecided, *collection.ignored]:
        owner = getattr(entry, "learner", "")
        rows.append([entry.path, owner, owner, "no", entry.reason, *[""] * len(systems)])
    return table(rows)
