"""Settings shared by all tests."""

import os
from pathlib import Path

import numpy as np
import pytest
import threadpoolctl  # noqa: F401  it sets a variable when it is imported: before any test
from hypothesis import HealthCheck, settings

from scratch import fast, loops, plain, solver

ROOT = Path(__file__).resolve().parents[1]

pytest_plugins = ["shards", "skips"]

# Times on a shared machine say nothing about correctness, and a failure must be repeatable.
settings.register_profile(
    "course", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("course")


@pytest.fixture
def patient(monkeypatch):
    """The search for a diagnosis has all the time that it wants: a busy machine finds as much."""
    monkeypatch.setattr("course.checks.repair.SECONDS", 20)
    monkeypatch.setattr("course.checks.diagnose.SECONDS", 20)
    monkeypatch.setattr("course.checks.diagnose.ALL", 40)


@pytest.fixture(autouse=True)
def leaves_no_trace():
    """A test leaves the environment and the trainer's outlets as it found them.

    What one leaves behind decides about others that happen to run after it in the same process.
    """
    outlets = solver.progress, solver.Solver.watch
    before = dict(os.environ)
    yield
    after, left = dict(os.environ), []
    for name in (before.keys() | after.keys()) - {"PYTEST_CURRENT_TEST"}:
        if before.get(name) != after.get(name):
            left.append(f"{name}={after.get(name)!r}, was {before.get(name)!r}")
    os.environ.clear()
    os.environ.update(before)
    if (solver.progress, solver.Solver.watch) != outlets:
        solver.progress, solver.Solver.watch = outlets
        left.append("the trainer's outlets, scratch.solver")
    assert not left, f"the test left behind: {'; '.join(left)}"


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session", params=[loops, plain, fast], ids=["loops", "plain", "fast"])
def storey(request):
    """A module with every layer function; all three must pass the same tests."""
    return request.param


@pytest.fixture(scope="session")
def real_data():
    """Folder with copies of the real data sets; the test skips where there is none."""
    folder = Path(os.environ.get("COURSE_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no copies of the real data sets in {folder} (set COURSE_TEST_DATA)")
    return folder
