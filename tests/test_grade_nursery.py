"""Workers are forked from a process that has imported everything, and end with it."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from course.env import ROOT
from course.grade import nursery, run

pytestmark = pytest.mark.skipif(not nursery.can_fork(), reason="there is no fork here")

# a stand-in for course.grade.worker, which takes a second to import
START = """
import sys, types
import course.grade
worker = types.ModuleType("course.grade.worker")
exec('''{code}''', worker.__dict__)
sys.modules["course.grade.worker"] = course.grade.worker = worker
from course.grade import nursery
nursery.main(sys.argv[1])
"""
ECHO = "import sys\\ndef main():\\n    sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])"
SLEEP = "import time\\ndef main():\\n    time.sleep(600)"
FAIL = 'def main():\\n    raise ValueError("no memory left")'


@pytest.fixture
def nurseries():
    made = []

    def make(code):
        made.append(nursery.Nursery(START.format(code=code), ROOT, run.environment()))
        return made[-1]

    yield make
    for one in made:
        one.close()


def answer(one, job, timeout=60):
    worker = one.worker()
    try:
        return worker.communicate(job, timeout)
    finally:
        worker.end()


def test_jobs_and_answers_of_any_size_and_many_at_a_time(nurseries):
    one = nurseries(ECHO)
    jobs = [bytes([65 + n]) * size for n, size in enumerate((0, 1, 10**5, 5 * 10**6))]
    with ThreadPoolExecutor(4) as pool:
        assert [out for out, _ in pool.map(lambda job: answer(one, job), jobs)] == jobs
    assert one.process.poll() is None


def test_what_a_worker_ends_in_is_told(nurseries):
    out, log = answer(nurseries(FAIL), b"")
    assert out == b"" and b"ValueError: no memory left" in log


def test_a_worker_that_does_not_end_is_ended(nurseries):
    worker = nurseries(SLEEP).worker()
    with pytest.raises(subprocess.TimeoutExpired):
        worker.communicate(b"", 0.2)
    worker.end()
    assert gone(worker.pid)


def test_a_nursery_that_was_killed_is_started_again(nurseries):
    one = nurseries(ECHO)
    assert answer(one, b"ab")[0] == b"ba"
    one.process.kill()
    one.process.wait()
    assert answer(one, b"ab")[0] == b"ba"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux sees to that")
def test_workers_end_with_the_grader_however_it_ends():
    code = (
        "import os, sys, signal; sys.path.insert(0, 'tests')\n"
        "from test_grade_nursery import START, SLEEP\n"
        "from course.env import ROOT\n"
        "from course.grade import nursery, run\n"
        "one = nursery.Nursery(START.format(code=SLEEP), ROOT, run.environment())\n"
        "print(one.worker().pid, one.process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert all(gone(int(pid)) for pid in done.stdout.split())


def gone(pid, seconds=20):
    """Has a process ended, or does it within some seconds?"""
    for _ in range(seconds * 10):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


def test_a_worker_is_started_anew_where_none_can_be_forked(monkeypatch):
    monkeypatch.setattr(run, "START", "import sys; sys.stdout.write(sys.stdin.read()[::-1])")
    monkeypatch.setattr(run, "can_fork", lambda: False)
    assert run.run_worker(b"abc", 60) == (b"cba", "")
    monkeypatch.setattr(run, "can_fork", lambda: True)
    monkeypatch.setattr(run.nursery, "worker", raises)
    assert run.run_worker(b"abc", 60)[0] == b"cba"
    assert os.name == "posix"


def raises():
    raise ConnectionError
