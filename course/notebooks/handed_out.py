"""Which release of the course a notebook comes from, and what that one asked for.

Every exercise carries it in its metadata: ``{"version": "0.2.0", "assignment": NAME, "answers":
{id: {"task": ...}}}``. A task is a fingerprint of a stub, the same on every version of Python. What
``course.grade release`` hands out also says in its text which release it is: metadata get lost.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from course.env import ROOT
from course.source import plain, sha256

KEY = "release"
LINE = "*Handed out from release {}*"


@cache
def version(root: Path = ROOT) -> str:
    """The version of the course, which stands in ``CITATION.cff``."""
    path = root / "CITATION.cff"
    if not path.exists():  # templates of somebody's own, by this course's tools
        return version() if root != ROOT else "unknown"
    return str(yaml.safe_load(path.read_text(encoding="utf-8"))["version"])


def task(stub: str) -> str:
    """The fingerprint of what an answer cell asks for; comments and empty lines do not count."""
    return sha256(plain(stub))[:12]


def release_of(notebook: Any, name: str, root: Path = ROOT) -> dict[str, Any]:
    """What an exercise notebook says of its release."""
    marks = [(cell.metadata.get("nbgrader", {}), cell.source) for cell in notebook.cells]
    answers = {m["grade_id"]: {"task": task(s)} for m, s in marks if m.get("solution")}
    return {"version": version(root), "assignment": name, "answers": answers}
