"""Grade many submissions: each one is a task for a ``concurrent.futures.Executor``.

A task starts one process (see ``worker``), so threads are enough on one machine, and a cluster's
executor can take the same tasks.
"""

import atexit
import contextlib
import hashlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict

from course.env import ROOT
from course.grade.nursery import Nursery, Worker, can_fork

KEPT = (
    *("PATH", "LANG", "LC_ALL", "HOME", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH"),
    *("USERPROFILE", "APPDATA"),
)
CLUSTER = 64  # notebooks that are on their way to a cluster
STARTING = 90  # seconds that a worker may take besides running the notebook
# jsonschema builds a grammar of web addresses when it is imported: half of a worker's time, for a
# format that no notebook has. None in its place means "not installed".
START = "import sys; sys.modules['rfc3987_syntax'] = None; from course.grade import {module}; "
START += "{module}.main(*sys.argv[1:])"
running: set[subprocess.Popen | Worker] = set()
running_lock, stopping = threading.Lock(), threading.Event()


def grade_one(session_json, raw, limits):
    """The result of one submission. Runs anywhere where the course is installed."""
    for _ in range(2):
        result = try_once(session_json, raw, limits)
        if result["status"] != "grader error" or stopping.is_set():
            break
    return result


def try_once(session_json, raw, limits):
    session = session_json.encode()
    head = json.dumps({"session": len(session), "limits": asdict(limits)}).encode()
    said, log = run_worker(b"\n".join([head, session]) + raw, limits.total_timeout + STARTING)
    try:
        return json.loads(said)
    except ValueError:
        note = f"the grading process ended without a result: {log[-300:]}"
        return {"status": "grader error", "score": None, "notes": [note], "items": []}


def run_worker(job, timeout):
    """One process for one submission, ended with all that it started: -> (result, log)."""
    process = start_worker()
    with running_lock:
        running.add(process)
    try:
        said, log = process.communicate(job, timeout=timeout)
        return said, log.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        return b"", "it did not end in time"
    finally:
        end(process)
        with running_lock:
            running.discard(process)


def start_worker():
    """A worker that waits for its job: forked where that is possible, else started anew."""
    if can_fork():
        for _ in range(2):
            with contextlib.suppress(OSError):
                return nursery.worker()
    return subprocess.Popen(
        [sys.executable, "-c", START.format(module="worker")],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def environment():
    """Nothing secret, and one thread for each process: the processes are many."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**kept, **threads, "PYTHONDONTWRITEBYTECODE": "1"}


def end(process):
    if isinstance(process, Worker):
        process.end()
        return
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        with contextlib.suppress(OSError):
            stream.close()


nursery = Nursery(START.format(module="nursery"), ROOT, environment())
atexit.register(nursery.close)


def end_all():
    """End every worker of this process, e.g. on Ctrl-C."""
    stopping.set()
    with running_lock:
        left = list(running)
    for process in left:
        end(process)


def executor_for(address, jobs):
    """This machine's processes, or the workers of a Dask cluster: -> a context manager."""
    if address is None:
        return ThreadPoolExecutor(max_workers=jobs)
    scheme, _, place = address.partition("://")
    if scheme != "dask":
        raise ValueError(f"--executor is dask://HOST:PORT, not {address!r}")
    try:
        from distributed import Client
    except ImportError:
        raise ValueError("--executor dask://... needs Dask: pip install distributed") from None
    return on_dask(Client, f"tcp://{place}")


@contextlib.contextmanager
def on_dask(client_class, address):
    """The executor of a Dask cluster; a task that is lost with its worker runs on another one."""
    with client_class(address) as client, client.get_executor(pure=False) as executor:
        yield executor


def grade_all(executor, session, submissions, limits, ahead=None):
    """Yield ``(submission, result)`` as they come, in any order.

    At most ``ahead`` notebooks are in memory at a time. Whatever becomes of one, the others go on.
    """
    text, waiting, futures = session.to_json(), iter(submissions), {}
    ahead = ahead or 2 * getattr(executor, "_max_workers", CLUSTER)
    stopping.clear()
    try:
        while True:
            for submission in itertools.islice(waiting, ahead - len(futures)):
                future, digest = submit(executor, text, submission, limits)
                futures[future] = submission, digest
            if not futures:
                return
            for future in wait(futures, return_when=FIRST_COMPLETED).done:
                submission, digest = futures.pop(future)
                yield submission, complete(outcome(future), submission, digest, session)
    except BaseException:
        for future in futures:
            future.cancel()
        end_all()
        raise


def submit(executor, text, submission, limits):
    """Start to grade one submission: -> (future, digest). What fails in reading is its own."""
    try:
        raw = submission.raw
    except Exception as error:
        failed = Future()
        failed.set_exception(error)
        return failed, ""
    digest = hashlib.sha256(raw).hexdigest()
    return executor.submit(grade_one, text, raw, limits), digest


def outcome(future):
    """A task's result; where it failed, a fault of the grader's."""
    try:
        return printable(future.result())
    except Exception as error:
        note = f"the task ended in {type(error).__name__}: {str(error)[:200]}"
        return printable({"status": "grader error", "score": None, "notes": [note], "items": []})


def printable(data):
    """The same data without halves of characters, which no file can hold."""
    return json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))


def complete(result, submission, digest, session):
    """A worker's result with whose it is and what it was graded by."""
    found = [] if submission.unread else result["notes"]  # that no bytes are empty says nothing
    return {
        **result,
        "notes": submission.notes + found,
        "learner": submission.learner,
        "name": submission.name,
        "ids": submission.ids,
        "file": submission.file,
        "ignored": [[entry.path, entry.reason] for entry in submission.ignored],
        "handed_in": submission.time and submission.time.isoformat(),
        "time_is_known": submission.time_is_known,
        "marked_late": submission.late,
        "sha256": digest,
        "assignment": session.assignment,
        "digest": session.digest,
        "seed": session.seed,
        "possible": session.total,
    }
