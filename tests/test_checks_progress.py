"""Progress: kept on the learner's machine, only there, and not lost."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

import course
from course.checks import check, goal
from scratch import layers

progress = importlib.import_module("course.notebooks.progress")


@pytest.fixture
def learner(tmp_path, monkeypatch):
    """A person at a notebook, with a place to keep things."""
    path = tmp_path / "somewhere" / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    monkeypatch.setattr(progress, "is_learner", lambda: True)
    monkeypatch.setattr(progress, "UNKEPT", {})
    monkeypatch.setattr(progress.Here, "exercise", "01_fc")
    return path


def wrong(x, w, b):
    return x, x


def stub(x, w, b):
    raise NotImplementedError


def notebook(folder, name, *calls):
    cells = [{"cell_type": "code", "source": [call]} for call in calls]
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.ipynb").write_text(json.dumps({"cells": cells}))


def test_tests_leave_no_trace(tmp_path, monkeypatch):
    path = tmp_path / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    check(layers.fc_forward)
    assert not path.exists()


def test_what_passed_once_stays_passed(learner):
    check(wrong, "fc_forward")
    assert progress.read() == {"01_fc/fc_forward": {"passed": False, "tries": 1}}
    check(layers.fc_forward)
    check(wrong, "fc_forward")
    check(stub, "fc_forward")  # not written: no try
    assert progress.read() == {"01_fc/fc_forward": {"passed": True, "tries": 3}}
    assert [p.name for p in learner.parent.iterdir()] == ["progress.json"]


def test_a_goal_is_printed_and_counts_like_a_check(learner, capsys):
    goal("net_trained", "half of the pictures right", np.float64(0.4) > 0.5)
    goal("net_trained", "half of the pictures right", True)
    assert capsys.readouterr().out.splitlines() == [
        "half of the pictures right: False",
        "half of the pictures right: True",
    ]
    assert progress.read() == {"01_fc/net_trained": {"passed": True, "tries": 2}}


def test_checks_and_goals_of_a_notebook_are_known_by_name(tmp_path):
    calls = "check(f)", 'check(g, "model.g")', 'goal(\n    "f_trained", "so many", 1)', "check(f)"
    notebook(tmp_path, "01_a", *calls)
    assert list(progress.exercises(tmp_path)) == [("01_a", ["f", "model.g", "f_trained"])]


def test_links_lead_to_the_copy_where_notebooks_lie_beside(learner, tmp_path, monkeypatch):
    notebook(tmp_path / "here", "01_a", "check(f)")
    for name in ("01_a", "my_01_a"):
        text = json.dumps({"cells": [{"cell_type": "markdown", "source": ["# 1. A <b>"]}]})
        (tmp_path / "here" / f"{name}.ipynb").write_text(text)
    assert "href" not in progress.progress(tmp_path / "here")._repr_html_()
    monkeypatch.chdir(tmp_path / "here")
    shown = progress.progress(tmp_path / "here")._repr_html_()
    assert '<a href="my_01_a.ipynb">1. A &lt;b&gt;</a>' in shown


def test_a_file_is_added_to_what_is_kept(learner, tmp_path):
    check(layers.fc_forward)
    check(wrong, "fc_backward")
    file = tmp_path / "progress.json"
    course.save_progress(file)
    assert json.loads(file.read_text()) == json.loads(learner.read_text())
    names = "01_fc/fc_forward", "01_fc/fc_backward", "softmax"
    other = dict(zip(names, [(False, 5), (True, 1), (False, 2)]))
    checks = {name: {"passed": p, "tries": t} for name, (p, t) in other.items()}
    file.write_text(json.dumps({"version": 1, "checks": checks}))
    course.take_progress(file)
    assert progress.read() == {
        "01_fc/fc_forward": {"passed": True, "tries": 5},
        "01_fc/fc_backward": {"passed": True, "tries": 1},
        "softmax": {"passed": False, "tries": 2},
    }


def test_a_file_of_another_kind_is_refused_and_nothing_is_lost(learner, tmp_path):
    check(layers.fc_forward)
    kept = learner.read_text()
    (tmp_path / "notes.json").write_text("[]")
    with pytest.raises(ValueError, match=r"notes.json holds no progress: expected a progress.json"):
        course.take_progress(tmp_path / "notes.json")
    assert learner.read_text() == kept


def test_the_table_of_the_pages_has_every_check_of_every_exercise():
    table = progress.table_for_pages()
    assert table.count("<tr data-exercise=") == len(list(progress.exercises()))
    for name, names in progress.exercises():
        row = f'data-exercise="{name}" data-checks="{" ".join(names)}"'
        assert row in table and f"/{name}.html" in table


def test_the_list_shows_what_is_done(learner, tmp_path):
    folder = tmp_path / "exercises"
    notebook(folder, "01_fc", "check(fc_forward)", "check(fc_backward)")
    notebook(folder, "02_other", "check(mine, 'relu_forward')")
    (folder / "03_broken.ipynb").write_text("{")
    check(layers.fc_forward)
    course.begin(progress.ELSEWHERE)
    check(layers.softmax_loss)
    check(layers.fc_backward)  # in a solution, say: not done in the exercise
    shown = course.progress(folder)
    assert str(shown).splitlines()[:5] == [
        "01_fc: 1 of 2 right, tries: 1",
        "  to do: fc_backward",
        "02_other: 0 of 1 right, tries: 0",
        "  to do: relu_forward",
        "other checks: 2 of 2 right, tries: 2",
    ]
    assert ">1&nbsp;of&nbsp;2</td>" in shown._repr_html_()


def rows(folder):
    """``{exercise: [names done, names to do, tries]}``, as the list shows it."""
    shown = course.progress(folder)
    return {name: [done, todo, shown.tried(name, *done, *todo)] for name, done, todo in shown.rows}


@pytest.fixture
def twice(learner, tmp_path):
    """Two exercises that ask for the same function: -> their folder."""
    notebook(tmp_path / "here", "06_conv", "check(fc_forward)", "check(fc_backward)")
    notebook(tmp_path / "here", "15_net", "check(fc_forward)", 'goal("net_trained", "x", 1)')
    return tmp_path / "here"


def test_a_function_that_two_exercises_ask_for_counts_where_it_was_checked(twice):
    course.begin("15_net")
    check(wrong, "fc_forward")
    check(layers.fc_forward)
    goal("net_trained", "half of the pictures right", True)
    assert rows(twice) == {
        "06_conv": [[], ["fc_forward", "fc_backward"], 0],
        "15_net": [["fc_forward", "net_trained"], [], 3],
    }
    course.begin("06_conv")
    check(wrong, "fc_forward")
    assert rows(twice)["06_conv"] == [[], ["fc_forward", "fc_backward"], 1]
    assert rows(twice)["15_net"] == [["fc_forward", "net_trained"], [], 3]


OLD = {"version": 1, "checks": {"fc_forward": {"passed": True, "tries": 3}}}


def test_a_file_from_before_exercises_were_told_apart_counts_for_the_first(twice, learner):
    learner.parent.mkdir()
    learner.write_text(json.dumps(OLD))
    assert rows(twice) == {
        "06_conv": [["fc_forward"], ["fc_backward"], 3],
        "15_net": [[], ["fc_forward", "net_trained"], 0],
    }
    course.begin("06_conv")
    check(wrong, "fc_forward")  # what passed once stays passed
    assert rows(twice)["06_conv"] == [["fc_forward"], ["fc_backward"], 4]
    trained = {"net_trained": {"passed": True, "tries": 1}}  # with all that the exercise asks for
    learner.write_text(json.dumps({"version": 1, "checks": OLD["checks"] | trained}))
    assert rows(twice)["15_net"] == [["fc_forward", "net_trained"], [], 4]


def test_a_damaged_file_or_folder_is_no_error(learner):
    learner.parent.mkdir()
    learner.write_text("{ not json")
    assert progress.read() == {}
    check(layers.fc_forward)
    assert progress.read()["01_fc/fc_forward"]["passed"]
    learner.unlink()
    learner.parent.rmdir()
    learner.parent.write_text("a file where the folder should be")
    check(layers.fc_forward)  # cannot be written: no error
    assert progress.read_file(learner) == {}


class TestWhereNothingCanBeKept:
    @pytest.fixture
    def blocked(self, learner):
        """A file stands where the folder should be."""
        learner.parent.write_text("in the way")
        return learner

    def test_it_is_said_once_and_counts_while_this_python_runs(self, blocked, capsys):
        check(layers.fc_forward)
        check(layers.fc_backward)
        said = capsys.readouterr().out
        assert said.count("Your progress cannot be kept in") == 1 and str(blocked) in said
        assert "COURSE_PROGRESS" in said
        check(wrong, "fc_forward")
        assert progress.read()["01_fc/fc_forward"] == {"passed": True, "tries": 2}
        assert "01_fc/fc_backward" in progress.read()

    def test_progress_does_not_claim_to_keep_it(self, blocked):
        text = str(course.progress())
        assert "Kept in" not in text and f"cannot be kept in {blocked}" in text

    @pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc here")
    def test_a_place_where_no_folder_can_be_made(self, learner, monkeypatch):
        monkeypatch.setenv("COURSE_PROGRESS", "/proc/no/progress.json")
        assert "cannot be kept in /proc/no/progress.json" in str(course.progress())

    def test_a_folder_of_its_name(self, learner):
        learner.mkdir(parents=True)
        assert "it is a folder" in str(course.progress())

    def test_looking_leaves_nothing_behind(self, learner):
        assert str(course.progress()).endswith(f"Kept in {learner}.")
        assert list(learner.parent.parent.iterdir()) == []

    def test_all_is_written_once_it_can_be(self, blocked, capsys):
        check(layers.fc_forward)
        blocked.parent.unlink()
        check(layers.fc_backward)
        assert set(progress.read_file(blocked)) == {"01_fc/fc_forward", "01_fc/fc_backward"}
        assert progress.UNKEPT == {}

    def test_what_a_page_saved_counts_too(self, blocked, tmp_path, capsys):
        kept = {"version": 1, "checks": {"fc_forward": {"passed": True, "tries": 1}}}
        (tmp_path / "page.json").write_text(json.dumps(kept))
        course.take_progress(tmp_path / "page.json")
        assert progress.read()["fc_forward"]["passed"]
        assert "cannot be kept" in capsys.readouterr().out


def test_off_means_off(monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    monkeypatch.setattr(progress, "is_learner", lambda: True)
    check(layers.fc_forward)
    assert progress.progress_file() is None
    assert "Nothing is kept" in str(course.progress())


def test_who_is_a_learner(monkeypatch):
    for name in ("CI", "PYTEST_VERSION", "PYTEST_CURRENT_TEST"):
        monkeypatch.delenv(name, raising=False)
    assert not progress.is_learner()  # no kernel here
    monkeypatch.setenv("IPYTHONDIR", str(progress.BUILD / "ipython"))
    assert not progress.is_learner()  # a kernel of the build


@pytest.mark.parametrize(
    ("platform", "parts"),
    [
        ("linux", (".local", "share")),
        ("darwin", ("Library", "Application Support")),
        ("win32", ("AppData", "Roaming")),
    ],
)
def test_the_place_by_system(monkeypatch, platform, parts):
    for name in ("COURSE_PROGRESS", "XDG_DATA_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(progress.sys, "platform", platform)
    assert progress.progress_file().parts[-4:-2] == parts
