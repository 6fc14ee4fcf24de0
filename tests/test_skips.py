"""The rule that a skip is told, and that one which should not be there fails the run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TESTS = """
import pytest

def test_that_runs():
    pass

@pytest.mark.parametrize("n", range(3))
def test_that_does_not(n):
    pytest.skip("no browser here")
"""


def run(tmp_path, expected, *options):
    """A run of three skips, with ``expected`` as the file of those that may be: -> its process."""
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "expected.txt").write_text(expected)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "tests"),
        "COURSE_SKIPS": str(tmp_path / "expected.txt"),
        "COURSE_SKIP_LOG": str(tmp_path / "logs" / "skips.txt"),
    }
    command = [sys.executable, "-m", "pytest", "-p", "skips", "-q", *options, "test_some.py"]
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "parallel"])
def test_an_expected_skip_is_told_once_and_passes(tmp_path, options):
    done = run(tmp_path, "no browser  # a small machine\n", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("skipped, no browser here: test_some.py") == 1
    assert (tmp_path / "logs/skips.txt").read_text() == "no browser here: test_some.py\n"


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "parallel"])
def test_a_skip_that_nobody_expects_fails_the_run(tmp_path, options):
    done = run(tmp_path, "# nothing may be skipped\nno network\n", *options)
    assert done.returncode == 1
    assert "skipped, but should have run: no browser here" in done.stdout
