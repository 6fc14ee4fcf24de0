"""Grade one submission in a process of its own, started by ``run``.

The process reads a hostile file, runs hostile code in a fenced kernel, and holds the expected
numbers of this one submission. Whatever happens to it costs no other submission anything.
"""

import contextlib
import io
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from course.grade import bounds, isolate, syntax
from course.grade.fence import linux
from course.grade.graded_copy import graded_copy
from course.grade.kernel import Place
from course.grade.limits import Limits
from course.grade.plugin import GradePlugin
from course.grade.read import Unreadable, read_whole
from course.grade.score import answers_that_failed, as_entry, left_out, score
from course.grade.session import Session
from course.grade.transplant import transplant
from course.grade.versions import difference, older_tasks
from course.grade.watchdog import kill_descendants

OFFICIAL = "this is the course's own solution, as the repository holds it: no work of a learner's"


def grade(session, raw, limits):
    """The result of one submission, given as bytes."""
    started = time.monotonic()
    nothing: dict[str, Any] = {"notes": [], "items": [], "layers": [], "answers": {}}
    result = {"status": "graded", **nothing}
    try:
        cells, result["notes"], then = read_whole(raw)
    except Unreadable as error:
        return {**result, "status": "unreadable", "score": 0.0, "notes": [str(error)]}
    result["release"] = then and then["version"]
    result["notes"] += difference(then, session.release)
    older = older_tasks(then, session.release)
    found = transplant(cells, session.answers, set(session.official), older)
    if is_official_solution(cells, found, session):
        return {**result, "score": 0.0, "notes": [*result["notes"], OFFICIAL]}
    for answer_id, entry in found.items():
        result["notes"] += [f"{answer_id}: {note}" for note in entry.notes]
    for _ in range(2):  # a fault of the grader is never a learner's 0
        rows, layers, log = run(graded_copy(session, found), session, limits)
        faults = faults_of_the_grader(rows)
        if not faults:
            break
    result |= {"layers": layers, "seconds": round(time.monotonic() - started, 2)}
    if faults:
        return {**result, "status": "grader error", "score": None, "notes": [*faults, log[-500:]]}
    return {**result, **scored(session, found, rows, result["notes"])}


def scored(session, found, rows, notes):
    """What the rows say about each item and each answer."""
    items, failed = score(session, found, rows), answers_that_failed(found, rows)
    return {
        "items": [as_entry(item) for item in items],
        "score": round(sum(item.got for item in items), 4),
        "answers": {id_: told(entry, failed.get(id_)) for id_, entry in found.items()},
        "notes": notes + left_out(found, rows),
    }


def is_official_solution(cells, found, session):
    """Is this the notebook in ``solutions/``, by its title and by every one of its answers?"""
    titles = [cell.source.split("\n")[0] for cell in cells if cell.kind == "markdown"]
    if not any(title.startswith("# ") and title.endswith("(solution)") for title in titles):
        return False
    return all(
        found[id_].source is not None
        and syntax.fingerprint(found[id_].source)["digest"] == answer["solution"]
        for id_, answer in session.answers.items()
    )


def told(entry, error):
    """What the reports tell of an answer: its code, what that takes along, and its own error."""
    if entry.source is None:
        return None
    first = entry.own[0]
    return {
        **syntax.fingerprint(entry.source),
        "text": entry.source,
        "helpers": entry.helpers,
        "where": first.where,
        "cell": first.cell,
        "error": f"not valid Python: {entry.broken}" if entry.broken else error,
    }


def faults_of_the_grader(rows):
    """Official cells that failed although no code of the learner's had been run."""
    untouched = list(itertools.takewhile(lambda row: row.role == "given", rows))
    if not untouched:
        return ["no official cell was run"]
    return [
        f"official cell {number} failed: {row.error or row.trouble or 'no kernel'}"
        for number, row in enumerate(untouched)
        if not row.passed
    ]


def run(notebook, session, limits):
    """Let nbval run a graded copy in private folders: -> (rows, layers in force, log)."""
    # Unix sockets have names of at most 100 characters: a short folder
    top = Path(tempfile.mkdtemp(prefix="g", dir="/tmp" if os.path.isdir("/tmp") else None))
    try:
        return run_in(top, notebook, session, limits)
    finally:
        kill_descendants(os.getpid())
        remove(top)


def run_in(top, notebook, session, limits):
    place = place_in(top, session.library, limits)
    os.environ["JUPYTER_RUNTIME_DIR"] = place.runtime
    copy = top / "private" / "graded.ipynb"
    nbformat.write(notebook, copy)
    plugin = GradePlugin(session, place)
    log = io.StringIO()
    with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        pytest.main(arguments(copy, limits), plugins=[plugin])
    return plugin.rows, place.layers, log.getvalue()


def place_in(top, library, limits):
    """The folders of a kernel below ``top``, with what it may import, as a ``Place``."""
    folders = {name: top / name for name in ("private", "library", "cwd", "runtime")}
    for folder in folders.values():
        folder.mkdir()
    for name, text in library.items():
        path = folders["library"] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Place(
        argv=isolate.command(limits.isolate, **folders, limits=limits),
        env=isolate.kernel_environment(folders["cwd"], folders["runtime"]),
        cwd=str(folders["cwd"]),
        runtime=str(folders["runtime"]),
        limits=limits,
        deadline=time.monotonic() + limits.total_timeout,
        layers=isolate.outer_layer(limits.isolate),
    )


def arguments(copy, limits):
    """pytest's command line: nbval alone, none of the settings or plugins of the outside."""
    words = ["--nbval", f"--nbval-cell-timeout={limits.cell_timeout}", "-p", "nbval.plugin"]
    words += [
        "-p",
        "no:cacheprovider",
        "-p",
        "no:unraisableexception",
        "--noconftest",
        "-c",
        os.devnull,
        "-q",
        "--tb=no",
    ]
    # without the last of these pytest looks through every folder above, such as a crowded /tmp
    words += [f"--rootdir={copy.parent}", f"--confcutdir={copy.parent}"]
    return [*words, "-W", "ignore", str(copy)]


def remove(folder):
    """Remove a folder, however deep it is and whatever rights its parts have."""
    if os.name == "posix" and shutil.which("rm"):
        for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            subprocess.run([*command, str(folder)], capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def main():
    """Take a job from the standard input, put its result on the standard output.

    What the reference prints stands in the job: it is in no file, and in this process only.
    """
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    linux.hide_memory()
    if linux.is_linux():
        linux.prctl(linux.SUBREAPER)  # keep hold of processes that get away by a double fork
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed does not stand in the answer
    head = json.loads(sys.stdin.buffer.readline())
    session = Session.from_json(sys.stdin.buffer.read(head["session"]).decode())
    raw = sys.stdin.buffer.read()
    bounds.bound_memory(bounds.WORKER_MB)
    result = grade(session, raw, Limits(**head["limits"]))
    with answer:
        answer.write(json.dumps(result).encode())
