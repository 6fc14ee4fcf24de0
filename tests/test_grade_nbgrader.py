"""Real nbgrader takes the released notebooks: it makes an assignment of them and grades copies.

nbgrader is not in requirements.txt. To run this: ``pip install nbgrader`` (it can stand beside the
rest), then ``pytest tests/test_grade_nbgrader.py``.
"""

import os
import sys
from pathlib import Path

import nbformat
import pytest
from grade_assignment import NAME, ROOT, make_root
from grade_submissions import Exercise

from course.grade import assignment
from course.grade.release import release

api = pytest.importorskip("nbgrader.apps.api", reason="nbgrader is not installed")
Validator = pytest.importorskip("nbgrader.validator").Validator


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """nbgrader's folder of a course, with our release as its source, and the two submissions."""
    from traitlets.config import Config

    folder = tmp_path_factory.mktemp("nbgrader")
    root = make_root(folder / "course")
    release([assignment.load(NAME, root)], folder / "source", say=lambda *_: None)
    exercise = Exercise(root)
    for learner, notebook in {"solved": exercise.filled(), "stub": exercise.notebook}.items():
        path = folder / "submitted" / learner / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        released = nbformat.read(folder / "source" / NAME / f"{NAME}.ipynb", as_version=4)
        sources = {cell.id: cell.source for cell in notebook.cells}
        for cell in released.cells:
            cell.source = sources[cell.id]
        nbformat.write(released, path)
    config = Config()
    config.CourseDirectory.root = str(folder)
    config.ClearSolutions.enabled = False  # the stubs are there already
    config.IncludeHeaderFooter.header = ""
    return api.NbGraderAPI(config=config), folder


@pytest.mark.slow
def test_nbgrader_reads_validates_and_grades(course, monkeypatch):
    nbgrader, folder = course
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setenv("PATH", programs)  # nbgrader calls the program alembic
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    made = nbgrader.generate_assignment(NAME, create=True)
    assert made["success"], made["error"] or made["log"]
    released = folder / "release" / NAME / f"{NAME}.ipynb"
    assert "NotImplementedError" in released.read_text()
    scores = {}
    for learner in ("solved", "stub"):
        graded = nbgrader.autograde(NAME, learner, create=True)
        assert graded["success"], graded["error"] or graded["log"]
        (submission,) = nbgrader.get_student_notebook_submissions(learner, NAME)
        scores[learner] = (submission["score"], submission["max_score"])
    assert scores["solved"] == (10, 10)
    assert scores["stub"] == (0, 10)
    submitted = folder / "submitted"
    assert Validator().validate(str(submitted / "solved" / NAME / f"{NAME}.ipynb")) == {}
    failed = Validator().validate(str(submitted / "stub" / NAME / f"{NAME}.ipynb"))["failed"]
    assert len(failed) == 4 and "not written yet" in failed[0]["error"]
