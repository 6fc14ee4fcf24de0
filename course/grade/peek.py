"""What a notebook is at first sight: ``python -m course.grade.peek < notebook``.

It runs in a process of its own, with bounds, for it reads what somebody handed in.
"""

import json
import subprocess
import sys

from course.env import ROOT
from course.grade import bounds
from course.grade.read import Unreadable, decode, read_cells
from course.source import sha256

KINDS = ("work", "untouched", "solution", "unreadable")
SECONDS = 20


def peek(raw):
    """One of ``KINDS`` for a notebook given as bytes."""
    command = [sys.executable, "-m", "course.grade.peek"]
    try:
        done = subprocess.run(command, input=raw, capture_output=True, timeout=SECONDS, cwd=ROOT)
    except subprocess.TimeoutExpired:  # on a busy machine; nobody's work is passed over for that
        return "work"
    said = done.stdout.decode("ascii", "replace").strip()
    return said if said in KINDS else "unreadable"


def kind_of(raw):
    """Is it work, the exercise as it was handed out, or the course's own solution?"""
    try:
        cells, _ = read_cells(raw)
    except Unreadable:
        return "unreadable"
    texts = [(cell.kind, cell.source) for cell in cells]
    if woven_digest(raw) != sha256(*(f"{kind}\n{source}" for kind, source in texts)):
        return "work"
    solved = any(kind == "markdown" and "(solution)" in text.split("\n")[0] for kind, text in texts)
    return "solution" if solved else "untouched"


def woven_digest(raw):
    """The digest of its cells that a generated notebook carries; None for others."""
    metadata = json.loads(decode(raw)[0].lstrip("\ufeff")).get("metadata", {})
    woven = metadata.get("weave", {}) if isinstance(metadata, dict) else {}
    return woven.get("cells") if isinstance(woven, dict) else None


def main():
    bounds.bound_memory(bounds.WORKER_MB)
    try:
        print(kind_of(sys.stdin.buffer.read()))
    except (ValueError, AttributeError, MemoryError, RecursionError):
        print("unreadable")


if __name__ == "__main__":
    main()
