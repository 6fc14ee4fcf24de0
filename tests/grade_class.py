"""Make a class of submissions, grade it, compare every score with the one written down.

python tests/grade_class.py [--learners 100] [--jobs 2] [--only WORD] [--out FOLDER]
"""

import argparse
import dataclasses
import itertools
import re
import shutil
import socket
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import grade_honest  # noqa: E402, F401 (registers its kinds)
from grade_assignment import NAME, make_root  # noqa: E402
from grade_submissions import KINDS, Exercise  # noqa: E402

from course.grade import assignment, classroom, isolate, run  # noqa: E402
from course.grade.collect import collect  # noqa: E402
from course.grade.limits import Limits  # noqa: E402

QUICK = Limits(cell_timeout=8, total_timeout=120)


class Bait:
    """What hostile submissions aim at: a server, a file outside, a process that stays."""

    def __init__(self, folder):
        self.outside = Path(folder) / "outside"
        self.token = f"stays-{uuid.uuid4().hex}"
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.hits = []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                connection, address = self.server.accept()
            except OSError:
                return
            self.hits.append(address)
            connection.close()

    def facts(self):
        return {
            "port": self.port,
            "outside": self.outside,
            "token": self.token,
            "repository": ROOT,
        }

    def taken(self):
        """What was reached or left behind."""
        self.server.close()
        reached = ["the network"] * bool(self.hits) + ["a file outside"] * self.outside.exists()
        for process in psutil.process_iter(["cmdline"]):
            if any(self.token in word for word in process.info["cmdline"] or []):
                reached.append(f"process {process.pid} was left behind")
        return reached


def make_class(folder, kinds, learners, bait):
    """Write one notebook a learner: -> {learner: kind}."""
    root = make_root(folder / "course")
    exercise = Exercise(root, **bait.facts())
    handed_in = folder / "submissions"
    handed_in.mkdir()
    who = {}
    for number, kind in zip(range(learners), itertools.cycle(kinds)):
        learner = " ".join(re.sub(r"[^a-zA-Z0-9 ]", " ", f"{number:03d} {kind.name}").split())
        (handed_in / f"{learner}.ipynb").write_bytes(kind.make(exercise))
        who[learner] = kind
    return who


def differences(results, who):
    """Every result that is not what was written down."""
    for result in results:
        kind = who[result["learner"]]
        if result["score"] != kind.score:
            messages = [i["message"] for i in result["items"] if i["got"] < i["possible"]]
            said = "; ".join(result["notes"] + messages)
            yield f"{kind.name}: {result['score']}, written down {kind.score} ({said})"
        elif kind.note and not any(kind.note in note for note in result["notes"]):
            yield f"{kind.name}: no note says {kind.note!r}: {result['notes']}"


def grade_class(folder, kinds, learners=None, jobs=2, limits=QUICK, say=print):
    """-> (results, differences, what hostile submissions reached, seconds)."""
    bait = Bait(folder)
    who = make_class(folder, kinds, learners or len(kinds), bait)
    small = assignment.load(NAME, folder / "course")
    started = time.monotonic()
    results = classroom.grade(
        small,
        collect(folder / "submissions", NAME),
        folder / "graded",
        limits,
        executor=run.executor_for(None, jobs),
        say=say,
    )
    seconds = time.monotonic() - started
    return results, list(differences(results, who)), bait.taken(), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learners", type=int, help="default: one of each kind")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="kinds whose name holds this word")
    parser.add_argument("--isolate", default="auto", choices=isolate.CHOICES)
    parser.add_argument("--out", type=Path, help="keep everything in this folder")
    options = parser.parse_args()
    folder = options.out or Path(tempfile.mkdtemp(prefix="class"))
    folder.mkdir(exist_ok=True, parents=True)
    kinds = [kind for kind in KINDS if options.only in kind.name]
    limits = dataclasses.replace(QUICK, isolate=options.isolate)
    graded = grade_class(folder, kinds, options.learners, options.jobs, limits)
    results, wrong, reached, seconds = graded
    print(f"{len(results) - len(wrong)} of {len(results)} scores as written down, {seconds:.0f} s")
    print("\n".join([*wrong, *reached]))
    if not options.out:
        shutil.rmtree(folder)
    return int(bool(wrong or reached))


if __name__ == "__main__":
    sys.exit(main())
