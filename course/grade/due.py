"""Due dates and late days, from a table.

Its columns: learner (empty: everybody), due (such as 2026-03-01 23:59), free_days (late days that
cost nothing), per_day (per cent of the points that each later day costs), handed_in (when it was,
where the file does not tell). A learner's own row fills in for the rest: an extension is a later
``due``. The time of a bare file proves nothing: it is shown, and takes no points.
"""

import math
import re
from dataclasses import dataclass
from datetime import datetime

from course.grade.spreadsheets import TableError, rows_of

COLUMNS = ("learner", "due")
DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\b")  # 1.3.2026: no other order is written so
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
            free_days=whole(amount(row.get("free_days"), "days")),
            per_day=amount(row.get("per_day"), "per cent"),
            handed_in=time_of(row.get("handed_in")),
        )
    except ValueError as error:
        raise TableError(f"{where}: {error}") from None


def amount(text, unit):
    """A number, 0 or more, as it is written in any country."""
    try:
        value = float((text or "0").rstrip(" %").replace(",", "."))
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ValueError(f"{text!r} is no number of {unit}: expected one from 0 on")
    return value


def whole(value):
    if value != int(value):
        raise ValueError(f"{value:g} are no whole days")
    return int(value)


def time_of(text):
    """A date, or a date with a time; a date alone means the end of that day."""
    if not text:
        return None
    year_first = DOTTED.sub(lambda day: f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}", text)
    year_first = re.sub(r"(?<=[ T])(?=\d:)", "0", re.sub(r"Z$", "+00:00", year_first))
    try:
        time = datetime.fromisoformat(year_first)
    except ValueError as error:
        raise ValueError(f"{text!r} is no time ({error}): write it as 2026-03-01 23:59") from None
    return time.replace(hour=23, minute=59, second=59) if len(year_first) <= 10 else time


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
    late["cost"] = round(share * max(0.0, result["score"]), 4)
    return {**result, "score": round(result["score"] - late["cost"], 4), "late": late}


def days_late(handed_in, due):
    """Days begun after the due time; a time without a zone is that of this machine."""
    if handed_in is None:
        return 0
    if due.tzinfo or handed_in.tzinfo:
        due, handed_in = due.astimezone(), handed_in.astimezone()
    return max(0, math.ceil((handed_in - due).total_seconds() / DAY))
