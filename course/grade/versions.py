"""Notebooks that were handed out from another release of the course: say what is different.

What a notebook says of itself is a learner's word: it changes no check and no point. It tells the
instructor whom a change in mid-term concerns.
"""

from __future__ import annotations

import re
from typing import Any

from course.notebooks.handed_out import KEY, LINE

LONGEST = 40  # characters of a version
MOST = 50  # answers
SAID = re.compile(re.escape(LINE).replace(r"\{\}", r"([\w.+-]{1,40})"))
UNTOUCHED_THEN = "not attempted: the cell is as it was handed out, from an older release"


def release_in(data: Any, texts: list[str]) -> dict[str, Any] | None:
    """The release that a notebook comes from, by its metadata or else by a line of its text.

    -> {"version", "answers"}; ``answers`` is None where only the line is left. Of metadata nothing
    is believed but short texts and numbers.
    """
    metadata = data.get("metadata") if isinstance(data, dict) else None
    said = metadata.get(KEY) if isinstance(metadata, dict) else None
    if isinstance(said, dict) and isinstance(said.get("version"), str):
        given = said.get("answers")
        entries = list(given.items())[:MOST] if isinstance(given, dict) else []
        answers = {str(name): answer_of(told) for name, told in entries}
        return {"version": said["version"][:LONGEST], "answers": answers or None}
    for text in texts:
        if found := SAID.search(text[:2000]):
            return {"version": found[1], "answers": None}
    return None


def answer_of(told: Any) -> dict[str, Any]:
    """What is said of one answer, as far as it can be what ``release`` wrote."""
    told = told if isinstance(told, dict) else {}
    points = told.get("points")
    known = isinstance(points, (int, float)) and not isinstance(points, bool)
    return {"task": str(told.get("task", ""))[:LONGEST], "points": points if known else None}


def difference(then: dict[str, Any] | None, now: dict[str, Any]) -> list[str]:
    """What was asked for otherwise in the release ``then``, in words: nothing where nothing was."""
    if then is None:
        return []
    if then["answers"] is None:
        if then["version"] == now["version"]:
            return []
        return [
            f"{origin(then, now)}; what changed between them cannot be told, "
            "because the notebook's metadata are lost"
        ]
    names = [*now["answers"], *(name for name in then["answers"] if name not in now["answers"])]
    changes = [what_changed(name, then["answers"], now["answers"]) for name in names]
    changes = [change for change in changes if change]
    return [f"{origin(then, now)}: {'; '.join(changes)}"] if changes else []


def origin(then: dict[str, Any], now: dict[str, Any]) -> str:
    if then["version"] == now["version"]:
        return f"handed out from release {then['version']} before this assignment was changed"
    return f"handed out from release {then['version']}, graded by release {now['version']}"


def what_changed(name: str, then: dict[str, Any], now: dict[str, Any]) -> str:
    """One answer then and now, "" where it is the same."""
    if name not in then:
        return f"{name} was not asked for then"
    if name not in now:
        return f"{name[:LONGEST]} is not asked for any more"
    told = []
    if then[name]["task"] != now[name]["task"]:
        told.append(f"{name} was asked for in another form")
    before, after = then[name]["points"], now[name].get("points")
    if before is not None and after is not None and before != after:
        told.append(f"{name} was worth {before:g} points, now {after:g}")
    return "; ".join(told)


def older_tasks(then: dict[str, Any] | None, now: dict[str, Any]) -> set[str]:
    """The fingerprints of stubs as they were handed out, where they are other ones today."""
    today = {told["task"] for told in now["answers"].values()}
    return {told["task"] for told in ((then or {}).get("answers") or {}).values()} - today
