"""Whole classes of submissions get the scores that were written down, and reach nothing outside."""

import dataclasses
import shutil

import pytest
from grade_class import QUICK, grade_class
from grade_submissions import KINDS

from course.grade.worker import OFFICIAL


def check(folder, kinds, limits=QUICK):
    results, wrong, reached, _ = grade_class(folder, kinds, limits=limits, say=lambda *_: None)
    assert len(results) == len(kinds)
    assert wrong == []
    assert reached == []
    return results


@pytest.fixture
def short(tmp_path_factory):
    return tmp_path_factory.mktemp("class")


@pytest.mark.slow
def test_every_kind_of_submission_gets_its_score(short):
    results = check(short, [kind for kind in KINDS if not kind.slow])
    report = (short / "graded" / "overview.html").read_text()
    assert "<script>alert" not in report + "".join(map(read, (short / "graded").rglob("*.html")))
    assert "Traceback" not in "".join(map(read, (short / "graded").rglob("*.html")))
    unfenced = [r["notes"] for r in results if r["status"] == "graded" and not r["layers"]]
    assert unfenced == [[OFFICIAL]]  # of the course's own solution nothing is run


@pytest.mark.slow
def test_submissions_that_do_not_come_to_an_end_get_their_score(short):
    check(short, [kind for kind in KINDS if kind.slow])


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed")
def test_in_bubblewrap_too(short):
    words = ("right", "the solution read", "the network", "kills the grader", "writes outside")
    kinds = [kind for kind in KINDS if kind.name.startswith(words)]
    results = check(short, kinds, dataclasses.replace(QUICK, isolate="bwrap"))
    assert all("bubblewrap" in result["layers"] for result in results)


def read(path):
    return path.read_text(encoding="utf-8")
