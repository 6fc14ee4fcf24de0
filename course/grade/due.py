"""Due dates and late days, from a table.

Its columns: learner (empty: everybody), due (such as 2026-03-01 23:59), free_days (late days that
cost nothing), per_day (per cent of the points that each later day costs), handed_in (when it was,
where the file does not tell). A learner's own row fills in for the rest: an extension is a later
``due``. The time of a bare file proves nothing: it is shown, and takes no points.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from course.grade.by_hand import TableError, rows_of

COLUMNS = ("learner", "due")
DAY = 86400


@dataclass(frozen=True)
class Terms:
    """What holds for one learner."""

    due: datetime | None = None
    free_days: int = 0
    per_day: float = 0.0
    handed_in: datetime | None = None


def read(path):
    """{learner: Terms}, with everybody's under the empty name."""
    found = {}
    for number, row in rows_of(path, COLUMNS):
        where = f"{path}, line {number}"
        if row["learner"] in found:
            raise TableError(f"{where}: a second row for {row['learner'] or 'everybody'}")
        found[row["learner"]] = row, where
    everybody = found.get("", ({}, ""))[0]
    return {
        name: terms_of({**everybody, **given(row)}, where) for name, (row, where) in found.items()
    }


def given(row):
    return {key: value for key, value in row.items() if value}


def terms_of(row, where):
    try:
        return Terms(
            due=time_of(row.get("due")),
            free_days=int(row.get("free_days") or 0),
            per_day=float((row.get("per_day") or "0").rstrip(" %").replace(",", ".")),
            handed_in=time_of(row.get("handed_in")),
        )
    except ValueError as error:
        raise TableError(f"{where}: {error}") from None


def time_of(text):
    """A date, or a date with a time; a date alone means the end of that day."""
    if not text:
        return None
    time = datetime.fromisoformat(text)
    return time.replace(hour=23, minute=59, second=59) if len(text) <= 10 else time


def applied(result, table):
    """A result with what being late costs."""
    terms = table.get(result["learner"], table.get(""))
    if terms is None or terms.due is None:
        return result
    own = result.get("handed_in")
    handed_in = terms.handed_in or (datetime.fromisoformat(own) if own else None)
    proven = bool(terms.handed_in or result.get("time_is_known"))
    days = days_late(handed_in, terms.due)
    late = {"due": str(terms.due), "days": days, "free": terms.free_days, "cost": 0.0}
    late["handed_in"] = str(handed_in or "")
    if not proven:
        doubtful = days or result.get("marked_late")
        note = f"late by {days} days, says the file's time" if days else "late, says the platform"
        note += ": no points were taken; `handed_in` in the table of due dates decides"
        notes = [*result["notes"], note] if doubtful else result["notes"]
        return {**result, "notes": notes, "late": {**late, "days": 0}}
    charged = max(0, days - terms.free_days)
    share = min(1.0, charged * terms.per_day / 100)
    if result["score"] is None:
        return {**result, "late": late}
    late["cost"] = round(share * result["score"], 4)
    return {**result, "score": round(result["score"] - late["cost"], 4), "late": late}


def days_late(handed_in, due):
    """Days begun after the due time."""
    if handed_in is None:
        return 0
    if due.tzinfo is None or handed_in.tzinfo is None:
        due, handed_in = due.replace(tzinfo=None), handed_in.replace(tzinfo=None)
    return max(0, math.ceil((handed_in - due).total_seconds() / DAY))
