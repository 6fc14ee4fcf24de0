"""The parts of grading: reading, collecting, transplanting, comparing, scoring, reporting."""

import csv
import io
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
import yaml
from grade_assignment import NAME, RUBRIC, make_root
from grade_assignment import ROOT as REPOSITORY
from grade_submissions import ANSWERS, Exercise, file

from course.grade import (
    assignment,
    classroom,
    compare,
    gradebook,
    magics,
    plugin,
    report,
    run,
    score,
    similarity,
    store,
    syntax,
    tools,
    verify,
)
from course.grade.__main__ import main
from course.grade.collect import CollectError, collect
from course.grade.library import library, withheld
from course.grade.limits import Limits
from course.grade.nothing import earned_for_nothing
from course.grade.read import Unreadable, read_notebook
from course.grade.release import ReleaseError, refuse_solutions, release, secret_lines
from course.grade.rubric import RubricError, make_rubric, with_others
from course.grade.session import Session, SessionError, prepare
from course.grade.transplant import transplant
from course.notebooks import weave


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_root(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def small(root):
    return assignment.load(NAME, root)


@pytest.fixture(scope="module")
def session(small):
    return prepare(small, 5)


def quiet(*_, **__):
    pass


# ---------------------------------------------------------------- rubric and assignment


@pytest.mark.parametrize(
    "change, message",
    [
        ({"points": {"out": -1}}, "out has -1 points"),
        ({"points": {"nothing": 1}}, "never sets nothing"),
        ({"run": "out ="}, "run: invalid syntax"),
        ({"colour": "red"}, "does not know colour"),
        ({"id": "a b"}, "letters, digits"),
    ],
)
def test_a_bad_rubric_gets_one_clear_sentence(change, message):
    item = {"id": "a", "answers": "f", "run": "out = f(1)", "points": {"out": 1}}
    with pytest.raises(RubricError, match=message):
        make_rubric({"items": [{**item, **change}]})
    make_rubric({"items": [item]})
    with pytest.raises(RubricError, match="two items are called a"):
        make_rubric({"items": [item, item]})


def test_items_taken_over_say_what_they_need_besides(tmp_path):
    item = {"id": "seq", "answers": "seq", "run": "a = seq()", "points": {"a": 1}}
    (tmp_path / "01_a.rubric.yml").write_text(yaml.safe_dump({"items": [item]}))
    data = {"items_from": ["01_a"], "also_needed": {"step": ["seq"]}}
    path, answers = tmp_path / "02_b.rubric.yml", ["seq", "step"]
    (found,) = make_rubric(with_others(data, path, answers)).items
    assert found.answers == ("seq", "step")
    with pytest.raises(RubricError, match="also_needed: there is no item sequence"):
        with_others({**data, "also_needed": {"step": ["sequence"]}}, path, answers)


def test_an_item_for_an_answer_that_is_not_there(root, tmp_path):
    other = make_root(tmp_path / "other")
    path = other / "book" / "exercises" / f"{NAME}.rubric.yml"
    path.write_text(RUBRIC.replace("answers: relu_forward", "answers: gelu_forward"))
    with pytest.raises(RubricError, match="gelu_forward.*the answers are: fc_forward"):
        assignment.load(NAME, other)


def test_only_cells_that_define_something_are_run(small):
    text = "\n".join(cell.source for cell in small.cells)
    assert "class Net" in text and "import numpy" in text
    assert "loss at first" not in text and "sys.path.insert" not in text


def test_the_digest_changes_with_the_rubric(small, tmp_path):
    other = make_root(tmp_path / "other")
    path = other / "book" / "exercises" / f"{NAME}.rubric.yml"
    path.write_text(RUBRIC.replace("points: {out: 2}", "points: {out: 3}"))
    assert assignment.load(NAME, other).digest != small.digest


# ---------------------------------------------------------------- what the kernel may see


def test_no_answer_is_in_reach_of_the_kernel(small):
    files = library(small)
    names = {}
    exec(files["scratch/layers.py"], names)
    for name in ("fc_forward", "fc_backward", "relu_forward", "cross_entropy", "softmax_loss"):
        with pytest.raises(NotImplementedError, match="it is what you write"):
            names[name](*[np.ones(1)] * names[name].__code__.co_argcount)
    assert names["relu_backward"](np.ones(2), np.array([1, -1])).tolist() == [1, 0]
    assert {path for path in files if path.startswith("scratch")} == {
        *("scratch/__init__.py", "scratch/layers.py", "scratch/shapes.py")
    }
    assert not any("np.maximum(x, 0)" in text for text in files.values())


def test_other_versions_are_withheld_too(root, small):
    answers = {"conv_forward": type("A", (), {"blanks": ("conv_forward",)})}
    asked = withheld(type("B", (), {"root": root, "answers": answers, "rubric": small.rubric}))
    for storey in ("loops", "cnn_layers", "fast"):
        assert asked[storey] == {"conv_forward"}


def test_a_package_in_scratch_comes_along_without_its_answers(root, small):
    """``from scratch.pack.deep import f`` brings the package and what it imports, blanked."""
    pack = root / "scratch" / "pack"
    pack.mkdir()
    try:
        (pack / "__init__.py").write_text("from scratch.pack.deep import relu_forward\n")
        (pack / "deep.py").write_text("def relu_forward(x):\n    return x.clip(0)\n")
        (pack / "unused.py").write_text("one = 1\n")
        cell = assignment.GivenCell("text", "import scratch.pack")
        files = library(replace(small, cells=(*small.cells, cell)))
    finally:
        shutil.rmtree(pack)
    assert "scratch.pack.deep.relu_forward is not there" in files["scratch/pack/deep.py"]
    assert "scratch/pack/__init__.py" in files and "scratch/pack/unused.py" not in files


def test_a_withheld_name_of_no_module_is_refused(small):
    other = replace(small, rubric=replace(small.rubric, withhold=("layer.fc_forward",)))
    with pytest.raises(RubricError, match="names layer.fc_forward"):
        library(other)


def test_a_session_holds_no_expected_number_in_what_is_run(session):
    for check in session.checks:
        for lines in compare.parse(check.expected).values():
            number = f"{lines[0][1][0]:.6g}"
            assert number not in check.source and number not in check.retry


def test_a_session_travels_as_text(session):
    assert Session.from_json(session.to_json()) == session


def test_inputs_depend_on_the_seed(small, session):
    again, other = prepare(small, 5), prepare(small, 6)
    assert again == session
    for ours, theirs in zip(session.checks, other.checks):
        assert ours.expected != theirs.expected


def test_a_reference_that_fails_is_a_fault_of_the_assignment(tmp_path):
    other = make_root(tmp_path / "other")
    path = other / "book" / "exercises" / f"{NAME}.rubric.yml"
    path.write_text(RUBRIC.replace("relu_forward(x)", "relu_forward(x, 1)"))
    with pytest.raises(SessionError, match="the reference fails in 'relu-forward'"):
        prepare(assignment.load(NAME, other), 1)


# ---------------------------------------------------------------- comparing numbers


def printed(capsys, **results):
    tools.show(**results)
    return capsys.readouterr().out


def test_numbers_are_compared_with_tolerance(capsys):
    x = np.random.default_rng(0).normal(size=(3, 4))
    expected = printed(capsys, dx=x)
    assert compare.right("dx", expected, printed(capsys, dx=np.asfortranarray(x)))
    assert compare.right("dx", expected, printed(capsys, dx=x.astype(np.float32)))
    assert compare.right("dx", expected, "noise" + printed(capsys, dx=x.tolist()))
    for wrong in (x.T, x.ravel(), x + 1e-3, -x, x[::-1], x * np.nan):
        assert not compare.right("dx", expected, printed(capsys, dx=wrong))
    assert not compare.right("dw", expected, expected)


@pytest.mark.parametrize("value", [0.5, 3, True, np.nan, np.inf, [], np.zeros((0, 3)), None])
def test_odd_values_are_printed_and_compared(capsys, value):
    text = printed(capsys, value=value)
    assert compare.right("value", text, text)
    assert not compare.right("value", text, printed(capsys, value=[7.0]))


def test_large_arrays_are_summed_up_and_any_change_shows(capsys):
    x = np.random.default_rng(0).normal(size=(40, 50))
    text = printed(capsys, x=x)
    assert len(text) < 5000
    for change in (np.s_[0, 0], np.s_[-1, -1], np.s_[7, 13]):
        y = x.copy()
        y[change] += 0.5
        assert not compare.right("x", text, printed(capsys, x=y))
    assert not compare.right("x", text, printed(capsys, x=x[::-1]))


def test_forged_lines_do_not_help(capsys):
    text = printed(capsys, x=[1.0, 2.0])
    assert not compare.right("x", text, text + printed(capsys, x=[0.0, 2.0]))
    assert not compare.right("x", text, "= x (2,) | 1 2 3\n")
    assert not compare.right("x", text, "= x (2,) | one two\n")


# ---------------------------------------------------------------- reading and finding


def test_source_without_running_it():
    text = "%matplotlib inline\nimport os\nX = f()\nY = 2 * np.pi\ndef g(a):\n    return a\ng(1)"
    assert syntax.definitions(text) == "import os\nY = 2 * np.pi\ndef g(a):\n    return a"
    assert syntax.definitions(text, without={"g", "os"}) == "Y = 2 * np.pi"
    assert magics.without("x = 1  # sure?\n") == "x = 1  # sure?\n"
    assert magics.without("!ls\nx = 1\nx?\n") == "\nx = 1\n\n"
    one, other = "def f(a):\n    '''One.'''\n    return a + 1", "def f(bb):\n    return bb + 1  # !"
    assert syntax.renamed(one)[0] == syntax.renamed(other)[0]
    assert syntax.renamed(one)[0] != syntax.renamed(one.replace("+", "-"))[0]


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff\xfe", b"{" * 99, b'{"cells": [1]}', b"null"])
def test_what_is_no_notebook_is_said_to_be_none(raw):
    with pytest.raises(Unreadable):
        read_notebook(raw)


def find(session, notebook):
    cells = read_notebook(file(notebook))
    return transplant(cells, session.answers, set(session.official))


def test_nothing_but_answers_and_what_they_need_is_taken(root, session):
    helped = "def fc_forward(x, w, b):\n    return helper(x @ w) + b, (x, w)"
    notebook = Exercise(root).filled(fc_forward=helped)
    own = "import math\nDATA = f()\ndef helper(x):\n    return ONE * x\nONE = 1\nprint(1)"
    notebook.cells.insert(1, nbformat.v4.new_code_cell(f"fc_forward = 3\n{own}"))
    found = find(session, notebook)
    assert found["fc_forward"].helpers == ["ONE = 1", "def helper(x):\n    return ONE * x"]
    assert found["fc_forward"].source == helped
    assert found["relu_forward"].helpers == []
    assert [entry.notes for entry in found.values()] == [
        ["2 cells claim this answer; the last of them counts"], [], [], []
    ]  # fmt: skip


def write_zip(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_a_flat_folder(tmp_path):
    for name in ("ada", f"{NAME}_bob", "eve.ipynb"):
        (tmp_path / f"{name}.ipynb").write_text("{}")
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "x.ipynb").write_text("{}")
    assert [s.learner for s in collect(tmp_path, NAME)] == ["ada", "bob", "eve"]


def test_a_folder_for_each_learner(tmp_path):
    for name in ("ada", "bob", "eve"):
        (tmp_path / name).mkdir()
    (tmp_path / "ada" / "other.ipynb").write_text("[1]")
    (tmp_path / "ada" / f"{NAME}.ipynb").write_text("[2]")
    (tmp_path / "bob" / "answer.pdf").write_text("no")
    write_zip(tmp_path / "eve" / "all.zip", {"deep/eve.ipynb": "[3]"})
    ada, bob, eve = collect(tmp_path, NAME)
    assert ada.raw == b"[2]" and "2 notebooks handed in" in ada.notes[0]
    assert bob.raw == b"" and "no notebook among" in bob.notes[0]
    assert eve.raw == b"[3]"


def test_zips_of_canvas_and_moodle(tmp_path):
    canvas = write_zip(
        tmp_path / "canvas.zip",
        {
            "lovelaceada_101_9001_small.ipynb": "[1]",
            "lovelaceada_101_9002_small-1.ipynb": "[2]",
            "bobby_LATE_102_9003_small.ipynb": "[3]",
            "../../evil_103_9004_small.ipynb": "[4]",
            "__MACOSX/x.ipynb": "",
        },
    )
    found = {s.ids.get("canvas"): s for s in collect(canvas, NAME)}
    assert found["101"].raw == b"[2]" and found["102"].name == "bobby"
    assert store.file_name("../../evil") == "_.._evil"
    moodle = write_zip(
        tmp_path / "moodle.zip",
        {
            "Ada Lovelace_77_assignsubmission_file_/small.ipynb": "[1]",
            "Bob O'Hara_78_assignsubmission_file_small.ipynb": "[2]",
        },
    )
    ada, bob = collect(moodle, NAME)
    assert (ada.name, ada.ids, ada.raw) == ("Ada Lovelace", {"moodle": "77"}, b"[1]")
    assert (bob.name, bob.ids, bob.raw) == ("Bob O'Hara", {"moodle": "78"}, b"[2]")


def test_nothing_to_grade(tmp_path):
    with pytest.raises(CollectError, match="no notebook"):
        collect(tmp_path, NAME)
    with pytest.raises(CollectError, match="does not exist"):
        collect(tmp_path / "nowhere", NAME)


# ---------------------------------------------------------------- handing out


def test_a_release_holds_nothing_of_the_solutions(root, small, tmp_path):
    said = []
    release([small], tmp_path, say=said.append)
    (path,) = tmp_path.rglob("*.*")
    assert path == tmp_path / NAME / f"{NAME}.ipynb"
    text = path.read_text()
    assert "x.reshape(-1, D)" not in text and "np.exp" not in text
    notebook = nbformat.reads(text, as_version=4)
    checks = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
    assert [c.metadata.nbgrader.points for c in checks] == [3, 3, 1, 3]
    assert all(c.metadata.nbgrader.locked and c.metadata.editable is False for c in checks)
    secret = next(secret_lines(small.answers["cross_entropy"]))
    assert len(secret) > 20
    notebook.cells[0].source += f"\n\n    {secret}"
    with pytest.raises(ReleaseError, match="shows a line of"):
        refuse_solutions(small, notebook)
    refuse_solutions(replace(small, rubric=replace(small.rubric, shown=(secret,))), notebook)
    only_another = replace(small.rubric, shown=(secret + "0", secret[:-1]))
    with pytest.raises(ReleaseError, match="shows a line of"):
        refuse_solutions(replace(small, rubric=only_another), notebook)


def test_plain_nbval_takes_a_solved_notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    other = make_root(tmp_path / "course")
    weave.write_stale(other, say=quiet)
    words = [sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run(
        [*words, f"--rootdir={other}", str(other / "solutions")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert "11 passed" in done.stdout


# ---------------------------------------------------------------- grading, end to end


@pytest.fixture(scope="module")
def graded(root, small, tmp_path_factory):
    """A class of three, graded."""
    folder = tmp_path_factory.mktemp("three")
    exercise = Exercise(root)
    forgot = ANSWERS["fc_forward"].replace(" + b", "")
    for name, notebook in {
        "ada": exercise.filled(),
        "bob": exercise.filled(fc_forward=forgot),
        "=eve": exercise.notebook,
    }.items():
        (folder / f"{name}.ipynb").write_bytes(file(notebook))
    found = collect(folder, NAME)
    out = folder / "graded"
    results = classroom.grade(small, found, out, Limits(), seed=3, say=quiet)
    return {result["learner"]: result for result in results}, folder, out


def test_scores_and_diagnosis(graded):
    results, _, out = graded
    assert {k: r["score"] for k, r in results.items()} == {"ada": 12, "bob": 7, "=eve": 0}
    item = results["bob"]["items"][0]
    assert item["message"] == "wrong numbers or a wrong shape: out"
    assert [mistake["id"] for mistake in item["mistakes"]] == ["fc-forward-no-bias"]
    page = (out / "reports" / "bob.html").read_text()
    assert "The bias was not added" in page and "Content-Security-Policy" in page


def test_files_for_gradebooks(graded):
    _, _, out = graded
    rows = list(csv.reader(io.StringIO((out / "canvas.csv").read_text())))
    assert rows[2][0] == "'=eve" and rows[3][0] == "ada" and rows[3][5] == "12"
    assert "The bias was not added" in (out / "moodle.csv").read_text()
    suites = ET.parse(out / "junit.xml").getroot()
    assert [suite.get("failures") for suite in suites] == ["7", "0", "3"]


def test_grading_goes_on_where_it_stopped(graded, small, monkeypatch):
    results, folder, out = graded
    monkeypatch.setattr(run, "grade_one", lambda *_: pytest.fail("graded again"))
    again = classroom.grade(small, collect(folder, NAME, out=out), out, Limits(), say=quiet)
    assert {r["learner"]: r["score"] for r in again} == {k: r["score"] for k, r in results.items()}
    changed = collect(folder, NAME, out=out)[1]
    changed.raw += b" "
    kept, session = store.Store(out), prepare(small, 3)
    assert kept.current(changed, session) is None
    assert kept.current(collect(folder, NAME, out=out)[1], prepare(small, 4)) is None


def test_a_damaged_result_is_graded_again(graded, session, tmp_path):
    kept = store.Store(tmp_path)
    kept.path("ada").parent.mkdir(parents=True)
    kept.path("ada").write_text('{"learner": "ada", "sco')
    assert store.read_json(kept.path("ada")) is None
    assert kept.path("a/b") != kept.path("a b") != kept.path("A B")


def test_a_worker_that_dies_is_a_fault_of_the_grader(session, monkeypatch):
    monkeypatch.setattr(run, "can_fork", lambda: False)
    monkeypatch.setattr(run, "START", "import sys; sys.exit('no memory left')")
    result = run.grade_one(session.to_json(), b"", Limits())
    assert result["status"] == "grader error" and result["score"] is None
    assert "no memory left" in result["notes"][0]


def test_ctrl_c_keeps_what_is_finished(root, small, tmp_path, monkeypatch):
    for name in ("ada", "bob"):
        (tmp_path / f"{name}.ipynb").write_bytes(b"")
    monkeypatch.setattr(classroom, "prove", lambda *_: [])
    finished = []

    def grade_one(*_):
        if finished:
            raise KeyboardInterrupt
        finished.append(1)
        return {"status": "unreadable", "score": 0.0, "notes": [], "items": []}

    monkeypatch.setattr(run, "grade_one", grade_one)
    with pytest.raises(KeyboardInterrupt):
        classroom.grade(
            small,
            collect(tmp_path, NAME),
            tmp_path / "out",
            Limits(),
            executor=run.executor_for(None, 1),
            say=quiet,
        )
    assert len(list((tmp_path / "out" / "results").glob("*.json"))) == 1


def test_verify_finds_nothing_wrong_and_says_what_it_did(small):
    said = []
    # the known mistakes of one function are enough here; CI verifies the real assignments
    assert verify.verify(small, Limits(), jobs=2, seed=1, say=said.append, only="relu") == []
    assert "the reference: as it should: 12 points" in said[0]


@pytest.mark.parametrize("name", assignment.names())
def test_every_known_mistake_costs_points_in_the_real_assignments(name):
    real = assignment.load(name)
    assert verify.costless(real, prepare(real, 1)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", assignment.names())
def test_no_point_of_the_real_assignments_is_earned_by_nothing(name):
    real = assignment.load(name)
    assert earned_for_nothing(real, prepare(real, 1, diagnose=False)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", assignment.names())
def test_the_reference_gets_full_marks_in_the_real_assignments(name):
    real = assignment.load(name)
    classroom.prove(real, prepare(real, 2, diagnose=False), Limits())


@pytest.mark.parametrize("name", assignment.names())
def test_the_real_assignments_can_be_released(name, tmp_path):
    release([assignment.load(name)], tmp_path, say=quiet)


def test_points_for_nothing_are_found(tmp_path):
    other = make_root(tmp_path / "other")
    path = other / "book" / "exercises" / f"{NAME}.rubric.yml"
    kind = RUBRIC.replace(
        "out, _ = relu_forward(x)\n    points: {out: 1}",
        "before = x.copy()\n      out, _ = relu_forward(x)\n      unchanged = x == before\n"
        "      positive = out >= 0\n"
        "    points: {out: 1, unchanged: 1, positive: 1}",
    )
    path.write_text(kind)
    found = earned_for_nothing(
        assignment.load(NAME, other), prepare(assignment.load(NAME, other), 1)
    )
    earned = {(what, *names) for item, _, what, names in found if item == "relu-forward"}
    assert ("gives zeros", "positive", "unchanged") in earned
    assert ("gives another session's numbers", "positive", "unchanged") in earned
    path.write_text(
        kind.replace("positive: 1}", "positive: 1}\n    needs: {unchanged: out, positive: [out]}")
    )
    sound = assignment.load(NAME, other)
    assert earned_for_nothing(sound, prepare(sound, 1, diagnose=False)) == []
    with pytest.raises(RubricError, match="`needs` names inn"):
        path.write_text(kind.replace("positive: 1}", "positive: 1}\n    needs: {unchanged: inn}"))
        assignment.load(NAME, other)


def test_a_sample_of_assignments_is_another_one_each_time():
    from course.grade.__main__ import drawn

    names = list(range(8))
    assert drawn(names, None) == names and sorted(drawn(names, 99)) == names
    samples = {tuple(sorted(drawn(names, 2))) for _ in range(60)}
    assert len(samples) > 5 and all(len(set(pair)) == 2 for pair in samples)


def test_verify_notices_a_rubric_that_is_too_kind():
    trial = verify.Proof("x", b"", None, "relu_forward")
    item = {"id": "a", "answers": ["relu_forward"], "got": 1, "possible": 1}
    other = {"id": "b", "answers": ["fc_forward"], "got": 0, "possible": 1}
    result = {"status": "graded", "items": [item, other]}
    assert list(verify.faults(trial, result)) == ["also loses points in b", "loses no points"]


def test_the_message_is_about_the_try_that_says_most():
    def row(**facts):
        return plugin.CellRow("check", "x", False, **facts)

    missing, failed, ran = (
        row(error="NotImplementedError"),
        row(error="TypeError"),
        row(printed="="),
    )
    assert score.telling([ran, failed]) is ran
    assert score.telling([missing, failed]) is failed
    assert score.telling([failed, missing]) is failed
    assert score.telling([missing, missing]) is missing


# ---------------------------------------------------------------- reports


def made_result(**changes):
    """One learner's result as a worker and a submission make it."""
    item = {"id": "i", "title": "t", "answers": ["f"], "hidden": False, "training": False}
    item |= {"section": "", "points": {"dx": [0, 1]}, "message": "", "seconds": 0}
    item |= {"mistakes": [], "got": 0, "possible": 1}
    result = {"learner": "ada", "name": "Ada", "status": "graded", "notes": [], "items": [item]}
    result |= {"score": 0, "possible": 1, "layers": [], "answers": {}, "ids": {}}
    return {**result, **changes}


def pages_of(result):
    files = {result["learner"]: "x.html"}
    yield report.learner_report(result, report.Book("title"))
    yield report.overview([result], "title", {}, files)
    yield report.answers_page([result], "title", {})


def test_reports_show_the_code_in_a_mistake_as_code():
    result = made_result()
    result["items"][0]["mistakes"] = [{"id": "m", "title": "`pad:-pad` is <empty>", "section": ""}]
    learner, overview, _ = pages_of(result)
    for page in (learner, overview):
        assert "<code>pad:-pad</code> is &lt;empty&gt;" in page


def test_reports_escape_everything():
    evil = "<script>alert(1)</script>"
    item = dict.fromkeys(("id", "title", "section", "message"), evil)
    item["mistakes"] = [{"id": evil, "title": evil, "section": evil}]
    answer = {
        "digest": "1",
        "size": 99,
        "text": evil,
        "helpers": [evil],
        "error": evil,
        "where": evil,
    }
    result = made_result(**dict.fromkeys(("learner", "name", "comments"), evil))
    result = {**result, "notes": [evil], "layers": [evil], "answers": {evil: answer}}
    result["comments"] = [evil]
    result["items"][0] |= item
    for page in (*pages_of(result), report.overview([result], evil, {evil: evil}, {evil: evil})):
        assert "<script>" not in page and "&lt;script&gt;" in page
    ET.fromstring(gradebook.junit([{**result, "name": "\x00"}], "\x07"))


def test_a_fault_of_the_grader_shows_learners_nothing_of_it():
    secret = "/srv/grader/run.py, line 7"
    page = report.learner_report(
        made_result(status="grader error", score=None, notes=[secret]), report.Book("t")
    )
    assert "GRADER ERROR" in page and secret not in page


def test_of_a_hidden_check_no_word_of_the_code_is_told():
    row = plugin.CellRow("check", "x", False, error="Inputs_0_25_0_75", message="0.25 0.75")
    assert score.raised(row, hidden=True) == "raised an error"
    assert "0.25" in score.raised(row, hidden=False)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\t=1",
        "  =1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20x",
        "\ufe661",
    ]
    + ["\u200b=1", "\ufeff=1", "\xa0=1", "\u22121", "\n=1", "\x00=1", "%x", "|x", "\u207c1"],
)
def test_no_cell_is_a_formula(text):
    ((cell,),) = csv.reader(io.StringIO(gradebook.table([[text]])))
    assert cell.startswith("'")


def test_no_field_is_parted_by_another_country_s_comma():
    assert gradebook.table([["a;=1", "b"]]) == '"a;=1","b"\n'
    ((cell,),) = csv.reader(io.StringIO(gradebook.table([["two\nlines\r=1"]])))
    assert "\n" not in cell and "\r" not in cell


def test_equal_answers_are_listed_and_short_ones_are_not():
    def learner(name, digest, size=100):
        return {"learner": name, "answers": {"f": {"digest": digest, "size": size}}}

    results = [learner("a", "1"), learner("b", "1"), learner("c", "2"), learner("d", "ref")]
    results += [learner("e", "ref"), learner("g", "3", 10), learner("h", "3", 10)]
    assert similarity.equal_answers(results, {"f": "ref"}) == [("f", ["a", "b"])]


# ---------------------------------------------------------------- isolation and commands


def test_commands_explain_themselves(capsys):
    for command in ("release", "verify", "collect", "grade", "regrade", "preview"):
        with pytest.raises(SystemExit) as stop:
            main([command, "--help"])
        assert stop.value.code == 0
        assert "usage: python -m course.grade" in capsys.readouterr().out


def test_a_command_that_cannot_work_says_so_in_one_line(root, tmp_path):
    with pytest.raises(SystemExit, match="grade: .*nowhere does not exist"):
        main(["--root", str(root), "grade", str(tmp_path / "nowhere"), "--out", str(tmp_path)])
    with pytest.raises(SystemExit, match="no assignment '77'"):
        main(["--root", str(root), "release", str(tmp_path), "--assignment", "77"])
    with pytest.raises(SystemExit, match="dask://HOST:PORT"):
        (tmp_path / "a.ipynb").write_text("{}")
        main(
            ["--root", str(root), "grade", str(tmp_path), "--out", str(tmp_path / "out")]
            + ["--executor", "http://x"]
        )


def test_what_is_right_is_not_called_wrong_where_it_earns_nothing():
    """A result that is of worth only beside others is told apart from those."""
    check = SimpleNamespace(
        answers=[], training=False, hidden=False, points={"dx": 1, "dw": 1}, needs={"dw": ("dx",)}
    )
    row = SimpleNamespace(printed="= dx () | 1", error="", trouble="")
    assert score.message(check, {}, [row], {"dw"}, {}) == (
        "wrong numbers or a wrong shape: dx (right, but worth something only beside them: dw)"
    )
    assert score.message(check, {}, [row], set(), {}) == "wrong numbers or a wrong shape: dx, dw"
