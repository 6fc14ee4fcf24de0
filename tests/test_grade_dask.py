"""Grading on a Dask cluster: here, a local one of two worker processes.

Dask is not in requirements.txt. To run this: ``pip install distributed``.
"""

import os

import pytest
from grade_assignment import NAME, ROOT, make_root
from grade_submissions import ANSWERS, Exercise, file

from course.grade import assignment, classroom, run
from course.grade.collect import collect
from course.grade.limits import Limits

distributed = pytest.importorskip("distributed", reason="Dask (distributed) is not installed")


@pytest.fixture
def as_before():
    """Dask leaves settings for its workers in the environment."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.slow
def test_a_class_is_graded_by_two_dask_workers(tmp_path, as_before, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    exercise = Exercise(make_root(tmp_path / "course"))
    handed_in = tmp_path / "submissions"
    handed_in.mkdir()
    bare = ANSWERS["fc_forward"].replace(" + b", "")
    for number in range(6):
        notebook = exercise.filled(fc_forward=bare) if number % 2 else exercise.filled()
        (handed_in / f"learner{number}.ipynb").write_bytes(file(notebook))
    with distributed.LocalCluster(
        n_workers=2, processes=True, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        address = cluster.scheduler_address.replace("tcp", "dask")
        results = classroom.grade(
            assignment.load(NAME, tmp_path / "course"),
            collect(handed_in, NAME),
            tmp_path / "graded",
            Limits(),
            executor=run.executor_for(address, 1),
            say=lambda *_: None,
        )
    assert [result["score"] for result in results] == [12, 7, 12, 7, 12, 7]
