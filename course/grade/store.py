"""Results on disk, one file a learner, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.files import write_whole

if TYPE_CHECKING:
    from course.grade.collect import Submission
    from course.grade.session import Session

Result = dict[str, Any]  # what became of one submission, as the files in results/ hold it

LONGEST = 120  # bytes of a file's name
RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{p}{n}" for p in ("COM", "LPT") for n in range(1, 10))}


def write(path: Path, text: str) -> None:
    """A text file, whatever signs a learner's name may hold."""
    write_whole(path, text.encode("utf-8", "replace"))


def write_json(path: Path, data: Any) -> None:
    write(path, json.dumps(data, indent=1, sort_keys=True))


def read_json(path: Path) -> Any:
    """What a file holds; None where it is missing or damaged."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def file_name(learner: str) -> str:
    """A learner's key as a file name that every system can take: letters, digits, ``_ . -``."""
    name = re.sub(r"[^\w.-]", "_", learner).strip(".") or "_"
    short = name.encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore")
    if short == name and name.partition(".")[0].upper() not in RESERVED:
        return name
    return f"{short}_{hashlib.sha256(learner.encode('utf-8', 'replace')).hexdigest()[:8]}"


class Store:
    """The folder of one grading session."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.names = {}

    @property
    def session_path(self) -> Path:
        return self.folder / "session.json"

    def session(self) -> dict[str, Any]:
        """Seed and options of the session that this folder holds; empty for a new folder."""
        return read_json(self.session_path) or {}

    def path(self, learner: str) -> Path:
        """Where a learner's result stands; two learners never share a file."""
        name = file_name(learner)
        while self.names.setdefault(name.lower(), learner) != learner:
            name += "_"
        return self.folder / "results" / f"{name}.json"

    def save(self, result: Result) -> None:
        write_json(self.path(result["learner"]), result)

    def results(self) -> list[Result]:
        """Every whole result in the folder, by whatever session."""
        found = [read_json(path) for path in sorted((self.folder / "results").glob("*.json"))]
        wanted = {"learner", "status", "score", "items", "notes"}
        return [r for r in found if isinstance(r, dict) and wanted <= r.keys()]

    def current(self, submission: Submission, session: Session) -> Result | None:
        """The finished result of exactly this submission in exactly this session, or None."""
        result = read_json(self.path(submission.learner)) or {}
        wanted = (submission.learner, submission.sha256, session.digest, session.seed)
        kept = tuple(result.get(key) for key in ("learner", "sha256", "digest", "seed"))
        return result if kept == wanted and result.get("status") != "grader error" else None
