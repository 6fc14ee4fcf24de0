"""Results on disk, one file a learner, written whole or not at all."""

import json
import re
from pathlib import Path

from course.files import write_whole


def write_json(path, data):
    write_whole(path, json.dumps(data, indent=1, sort_keys=True))


def read_json(path):
    """What a file holds; None where it is missing or damaged."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def file_name(learner):
    """A learner's key as a file name that every system can take."""
    return re.sub(r"[^\w.-]", "_", learner)[:80].strip(".") or "_"


class Store:
    """The folder of one grading session."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.names = {}

    @property
    def session_path(self):
        return self.folder / "session.json"

    def session(self):
        """Seed and options of the session that this folder holds; empty for a new folder."""
        return read_json(self.session_path) or {}

    def path(self, learner):
        """Where a learner's result stands; two learners never share a file."""
        name = file_name(learner)
        while self.names.setdefault(name.lower(), learner) != learner:
            name += "_"
        return self.folder / "results" / f"{name}.json"

    def save(self, result):
        write_json(self.path(result["learner"]), result)

    def current(self, submission, session):
        """The finished result of exactly this submission in exactly this session, or None."""
        result = read_json(self.path(submission.learner)) or {}
        wanted = (submission.learner, submission.sha256, session.digest, session.seed)
        kept = tuple(result.get(key) for key in ("learner", "sha256", "digest", "seed"))
        return result if kept == wanted and result.get("status") != "grader error" else None
