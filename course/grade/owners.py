"""A table that says which file counts for whom, for what no rule can tell.

``python -m course.grade collect SUBMISSIONS --assignment 06`` writes it; the instructor corrects it
in a spreadsheet, and ``grade --owners`` reads it. Its columns: path, learner, name, counts, reason.
"""

from dataclasses import dataclass, field

from course.grade.gradebook import table
from course.grade.spreadsheets import rows_of

COLUMNS = ("path", "learner", "name", "counts", "reason")
YES = {"yes", "y", "1", "true", "x"}


@dataclass(frozen=True)
class OwnerRow:
    path: str
    learner: str
    name: str
    counts: bool
    ids: dict = field(default_factory=dict)


def read(path):
    """The rows of a table of owners."""
    return [row_of(row) for _, row in rows_of(path, ("path", "learner", "counts")) if row["path"]]


def row_of(row):
    counts = row["counts"].lower() in YES and bool(row["learner"])
    ids = {key[3:]: value for key, value in row.items() if key.startswith("id ") and value}
    return OwnerRow(row["path"], row["learner"], row.get("name") or row["learner"], counts, ids)


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
