"""Comments and points by hand: a table beside the grades, which no grading overwrites.

``by_hand.csv`` has the columns learner, item, points, comment. With an item, ``points`` are what
the learner gets for it; without one they are added to the learner's sum (or taken off, if
negative). A row may hold a comment alone.
"""

import math
from dataclasses import dataclass
from pathlib import Path

from course.grade.gradebook import table
from course.grade.spreadsheets import TableError, rows_of

FILE = "by_hand.csv"
COLUMNS = ("learner", "item", "points", "comment")


@dataclass(frozen=True)
class Remark:
    learner: str
    item: str
    points: float | None
    comment: str


def read(path, results):
    """{learner: [Remark]}; every row must name a learner and an item that exist."""
    if not Path(path).exists():
        return {}
    known = {result["learner"]: result for result in results}
    remarks = {}
    for number, row in rows_of(path, COLUMNS):
        remark = remark_of(row, f"{path}, line {number}", known)
        remarks.setdefault(remark.learner, []).append(remark)
    return remarks


def remark_of(row, where, known):
    if row["learner"] not in known:
        raise TableError(f"{where}: there is no learner {row['learner']!r}")
    items = [item["id"] for item in known[row["learner"]]["items"]]
    if row["item"] and row["item"] not in items:
        shown = ", ".join(items) or "none"
        raise TableError(f"{where}: there is no item {row['item']!r}; the items are: {shown}")
    try:
        points = float(row["points"].replace(",", ".")) if row["points"] else None
        if points is not None and not math.isfinite(points):
            raise ValueError
    except ValueError:
        raise TableError(f"{where}: {row['points']!r} are no points") from None
    return Remark(row["learner"], row["item"], points, row["comment"])


def create(folder):
    """An empty table for the instructor, where there is none yet."""
    path = Path(folder) / FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(table([COLUMNS]), encoding="utf-8", newline="\n")
    return path


def applied(result, remarks):
    """A result with the instructor's points and comments."""
    if not remarks:
        return result
    items = [dict(item) for item in result["items"]]
    by_id, extra = {item["id"]: item for item in items}, 0.0
    for remark in remarks:
        item = by_id.get(remark.item)
        if item is not None:
            item["remark"] = " ".join(filter(None, [item.get("remark"), remark.comment]))
            item["got"] = item["got"] if remark.points is None else remark.points
            item["by_hand"] = remark.points is not None or item.get("by_hand", False)
        else:
            extra += remark.points or 0.0
    comments = [remark.comment for remark in remarks if not remark.item and remark.comment]
    score = result["score"]
    if score is not None or items or extra:
        score = round(sum(item["got"] for item in items) + extra, 4)
    return {**result, "items": items, "score": score, "comments": comments, "extra": extra}
