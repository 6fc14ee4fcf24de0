"""What an instructor does besides: points and comments by hand, due dates, regrading, previews."""

import csv
import io
import json
import time
from datetime import datetime

import pytest
from grade_assignment import NAME, make_root
from grade_submissions import ANSWERS, Exercise, file, text

from course.grade import (
    assignment,
    by_hand,
    changes,
    classroom,
    due,
    isolate,
    report,
    run,
    similarity,
    store,
)
from course.grade.__main__ import main
from course.grade.collect import Submission, collect
from course.grade.limits import Limits
from course.grade.preview import preview


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_root(tmp_path_factory.mktemp("course"))


def result(learner="ada", got=(1, 0), **changed):
    items = [
        {
            "id": name,
            "title": name,
            "answers": [f"f_{name}"],
            "hidden": False,
            "training": False,
            "section": "",
            "points": {"out": [points, 2]},
            "message": "" if points == 2 else "wrong",
            "mistakes": [],
            "got": points,
            "possible": 2,
            "seconds": 0,
        }
        for name, points in zip(("a", "b"), got)
    ]
    made = {"learner": learner, "name": learner, "status": "graded", "notes": [], "ids": {}}
    made |= {"items": items, "score": sum(got), "possible": 4, "answers": {}, "layers": []}
    return {**made, "sha256": "1", "digest": "1", "seconds": 1, **changed}


def write(path, rows):
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


# ---------------------------------------------------------------- by hand


def test_points_and_comments_by_hand(tmp_path):
    table = write(
        tmp_path / "by_hand.csv",
        [
            "learner,item,points,comment",
            'ada,a,2,"fine, after all"',
            "ada,,-0.5,late talk",
            "bob,b,,hm",
        ],
    )
    remarks = by_hand.read(table, [result("ada"), result("bob")])
    ada = by_hand.applied(result("ada"), remarks["ada"])
    assert (ada["score"], ada["items"][0]["got"], ada["comments"]) == (1.5, 2, ["late talk"])
    bob = by_hand.applied(result("bob"), remarks["bob"])
    assert (bob["score"], bob["items"][1]["remark"]) == (1, "hm")
    page = report.learner_report(ada, report.Book("t"))
    for words in ("fine, after all", "points given by hand", "late talk", "1.5 of 4"):
        assert words in page
    assert by_hand.applied(result(), []) == result()


def test_a_grader_error_can_be_scored_by_hand(tmp_path):
    failed = result(items=[], score=None, status="grader error")
    remark = by_hand.Remark("ada", "", 3.0, "seen by eye")
    scored = by_hand.applied(failed, [remark])
    assert scored["score"] == 3
    assert "seen by eye" in report.learner_report(scored, report.Book("t"))


@pytest.mark.parametrize(
    "row, message",
    [
        ("eve,a,1,", "line 2: there is no learner 'eve'"),
        ("ada,c,1,", "no item 'c'; the items are: a, b"),
        ("ada,a,one,", "'one' are no points"),
        ("ada,a,nan,", "'nan' are no points"),
        ("ada,a,-inf,", "'-inf' are no points"),
    ],
)
def test_a_row_that_means_nothing_is_told(row, message, tmp_path):
    table = write(tmp_path / "by_hand.csv", ["learner,item,points,comment", row])
    with pytest.raises(by_hand.TableError, match=message):
        by_hand.read(table, [result()])
    with pytest.raises(by_hand.TableError, match="the column comment"):
        by_hand.read(write(table, ["learner,item,points", row]), [result()])


def test_tables_as_spreadsheets_write_them(tmp_path):
    table = tmp_path / "by_hand.csv"
    table.write_text("\ufefflearner;item;points;comment\r\n'=ada;a;1,5;x\r\n", encoding="utf-8")
    (remark,) = by_hand.read(table, [result("=ada")])["=ada"]
    assert remark == by_hand.Remark("=ada", "a", 1.5, "x")
    blank = [TABLE[0], TABLE[1].replace("12:00", "9:05"), ",,,,", ", ,,,", TABLE[2], ",,,,"]
    terms = due.read(write(tmp_path / "due.csv", blank))
    assert sorted(terms) == ["", "bob"] and terms[""].due == datetime(2026, 3, 1, 9, 5)


def test_what_is_taken_off_by_hand_does_not_come_back_by_being_late(tmp_path):
    table = due.read(write(tmp_path / "due.csv", [TABLE[0], ",2026-03-01,0,50,2026-03-02 12:00"]))
    assert due.applied({**result("ada"), "score": -1.0}, table)["score"] == -1


# ---------------------------------------------------------------- due dates

TABLE = [
    "learner,due,free_days,per_day,handed_in",
    ",2026-03-01 12:00,1,10 %,",
    "bob,2026-03-05,,,",
    "eve,,,,2026-03-04 11:00",
]


@pytest.mark.parametrize(
    "learner, handed_in, days, score",
    [
        ("ada", "2026-03-01T11:59:00", 0, 10),
        ("ada", "2026-03-01T12:00:01", 1, 10),  # a free day
        ("ada", "2026-03-03T12:00:00", 2, 9),
        ("ada", "2026-03-20T12:00:00", 19, 0),
        ("bob", "2026-03-05T23:59:00", 0, 10),  # an extension, to the end of the day
        ("bob", "2026-03-07T23:00:00", 2, 9),
        ("eve", "2026-03-30T12:00:00", 3, 8),  # the table knows better
    ],
)
def test_late_days(learner, handed_in, days, score, tmp_path):
    terms = due.read(write(tmp_path / "due.csv", TABLE))
    late = due.applied(
        result(learner, score=10, handed_in=handed_in, time_is_known=True, possible=10), terms
    )
    assert (late["late"]["days"], late["score"]) == (days, score)
    page = report.learner_report(late, report.Book("t"))
    assert ("Handed in" in page) == (days > 0)


def test_the_time_of_a_bare_file_takes_no_points(tmp_path):
    terms = due.read(write(tmp_path / "due.csv", TABLE))
    late = due.applied(result(score=10, handed_in="2026-03-09T12:00:00"), terms)
    assert late["score"] == 10
    assert "says the file's time" in late["notes"][-1]
    marked = due.applied(result(score=10, marked_late=True), terms)
    assert marked["score"] == 10 and "says the platform" in marked["notes"][-1]
    assert due.applied(result(), {}) == result()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="needs a system with tzset")
@pytest.mark.parametrize(
    "zone, due_time, days",
    [
        ("UTC", "2026-03-01 23:59", 1),
        ("America/New_York", "2026-03-01 23:59", 0),  # 19:30 there
        ("America/New_York", "1.3.2026 19:00", 1),
        ("Asia/Tokyo", "2026-03-02T09:31", 0),
        ("Asia/Tokyo", "2026-03-02T00:29Z", 1),
        ("Asia/Tokyo", "2026-03-02T01:31+01:00", 0),
        ("Europe/Berlin", "2026-03-02 01:29", 1),
    ],
)
def test_gradescope_writes_utc_and_the_table_has_the_time_here(
    zone, due_time, days, tmp_path, monkeypatch
):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        entry = "submission_4:\n  :submitters:\n  - :name: ada\n"
        (tmp_path / "submission_4").mkdir()
        (tmp_path / "submission_4" / "hw.ipynb").write_bytes(b"{}")
        table = f"{entry}  :created_at: 2026-03-02 00:30:00.000000000 Z\n"
        (tmp_path / "submission_metadata.yml").write_text(table)
        (handed_in,) = collect(tmp_path, NAME)
        row = f",{due_time},0,10,"
        terms = due.read(write(tmp_path / "due.csv", [TABLE[0], row]))
        graded = result("ada", handed_in=handed_in.time.isoformat(), time_is_known=True)
        assert due.applied(graded, terms)["late"]["days"] == days
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_due_date_for_nobody_is_told(tmp_path):
    kept = store.Store(tmp_path / "out")
    table = write(tmp_path / "due.csv", [TABLE[0], ",2026-03-01,0,0,", "adda,2026-03-09,,,"])
    store.write_json(kept.session_path, {"due": str(table)})
    said = []
    classroom.finished(kept, [result("ada")], said.append)
    assert said == [f"{table} names who handed in nothing: adda"]


def test_a_bad_table_of_due_dates_is_told(tmp_path):
    for row, message in (
        (",soon,1,1,", "line 2: 'soon' is no time .* write it as 2026-03-01 23:59"),
        (",2026-03-01,x,1,", "line 2: 'x' is no number of days"),
        (",2026-03-01,1.5,1,", "line 2: 1.5 are no whole days"),
        (",2026-03-01,1,-5,", "'-5' is no number of per cent"),
        (",2026-03-01,1,nan,", "'nan' is no number"),
        (",03/04/2026 23:59,1,1,", "write it as 2026"),
        (",2026-02-30,1,1,", "day is out of range.* write it as"),
    ):
        with pytest.raises(by_hand.TableError, match=message):
            due.read(write(tmp_path / "due.csv", [TABLE[0], row]))
    with pytest.raises(by_hand.TableError, match="second row for everybody"):
        due.read(write(tmp_path / "due.csv", [*TABLE, TABLE[1]]))


# ---------------------------------------------------------------- what changed


def test_changes_say_whose_points_where_and_why():
    before = [result("ada"), result("bob"), result("eve")]
    after = [
        result("ada", (2, 0), digest="2"),
        result("bob", (1, 0), sha256="2"),
        result("kim"),
    ]
    assert changes.changes(before, after) == [
        ("ada", "", "1", "2", "the assignment was changed"),
        ("ada", "a", "1", "2", ""),
        ("eve", "", "1", "", "not handed in any more"),
    ]
    error = result("ada", status="grader error", score=None, items=[])
    assert changes.changes([error], [result("ada")])[0][-1] == "grader error, now graded"


# ---------------------------------------------------------------- one answer across a class


def test_answers_are_grouped_by_diagnosis_and_by_equal_code():
    def learner(name, digest, got, **more):
        answer = {"digest": digest, "size": 9, "text": f"code {digest}", "helpers": [], **more}
        return result(name, (got, 0), answers={"f_a": answer})

    class_ = [learner("ada", "1", 2), learner("bob", "1", 2), learner("cy", "2", 2)]
    class_ += [learner("eve", "3", 0), learner("kim", "4", 0, error="line 3: NameError")]
    ((name, groups),) = similarity.answer_groups(class_, {"f_a": "2"})
    assert name == "f_a"
    assert [(g["got"], g["learners"], g["messages"]) for g in groups] == [
        (2, 3, ()),
        (0, 1, ("wrong",)),
        (0, 1, ("line 3: NameError",)),
    ]
    assert [(f["who"], f["is_reference"]) for f in groups[0]["forms"]] == [
        (["ada", "bob"], False),
        (["cy"], True),
    ]
    page = report.answers_page(class_, "t", {})
    assert "ada, bob" in page and "code 4" in page and "NameError" in page


# ---------------------------------------------------------------- preview


def test_a_preview_tells_how_a_notebook_is_read(root, tmp_path, capsys):
    helped = "def relu_forward(x):\n    return helped(x), x"
    exercise = Exercise(root)
    notebook = exercise.filled(
        relu_forward=helped,
        cross_entropy=None,
        fc_backward="def fc_backward(dout, cache:\n    pass",
    )
    notebook.cells[1].source = "def helped(x):\n    return x"
    path = tmp_path / "mine.ipynb"
    path.write_bytes(file(notebook))
    main(["--root", str(root), "preview", str(path)])
    said = capsys.readouterr().out
    assert "relu_forward: cell" in said and "takes along helped (cell 2, line 1)" in said
    assert "cross_entropy: not attempted" in said
    assert "fc_backward: cell" in said and "not valid Python" in said
    assert "3 of 4 answers found" in said
    small = assignment.load(NAME, root)
    assert "cannot be graded: the file is empty" in preview(b"", small)[0]


# ---------------------------------------------------------------- nothing stops a class


@pytest.fixture
def quick(monkeypatch):
    """Grading without kernels: everybody gets what a worker made up."""
    made = {"items": [], "answers": {}, "layers": ["namespaces"], "notes": [], "seconds": 0.1}

    def grade_one(session, raw, limits):
        if b"explode" in raw:
            raise RuntimeError("boom \ud800")
        if b"error" in raw:
            return {**made, "status": "grader error", "score": None, "notes": ["\ud83d"]}
        known = raw.startswith(b"{")
        return {**made, "status": "graded" if known else "unreadable", "score": 1.0 * known}

    monkeypatch.setattr(run, "grade_one", grade_one)
    monkeypatch.setattr(classroom, "prove", lambda *_: ["namespaces"])


def test_every_file_is_written_whatever_one_learner_holds(root, tmp_path, quick, capsys):
    top = tmp_path / "in"
    top.mkdir()
    for name, content in {
        "ada": "{}",
        "bob": "no",
        "explode": "{explode",
        "error": "{error",
        "=1+1": "{}",
        "x" * 200: "{}",
        "𝔸" * 50: "{}",
        "a\nb": "{}",
        "NUL": "{}",
    }.items():
        (top / f"{name}.ipynb").write_text(content)
    with open(bytes(top) + b"/M\x81ller.ipynb", "w") as stream:
        stream.write("{}")
    out = tmp_path / "out"
    code = main(["--root", str(root), "grade", str(top), "--out", str(out), "--jobs", "2"])
    said = capsys.readouterr().out.strip().splitlines()
    assert code == 1
    assert said[-1].startswith("7 graded, 1 unreadable, 2 grader errors; reports in ")
    for name in ("overview.html", "answers.html", "gradebook.csv", "canvas.csv", "moodle.csv"):
        assert (out / name).stat().st_size > 100
    assert (out / "junit.xml").exists()
    assert len(list((out / "reports").glob("*.html"))) == 10
    rows = list(csv.reader(io.StringIO((out / "gradebook.csv").read_text("utf-8"))))
    assert len(rows) == 11
    assert {row[0] for row in rows} >= {"ada", "'=1+1", "Müller", "a b"}
    again = main(["--root", str(root), "regrade", str(out)])
    assert again == 1


def test_what_was_done_by_hand_survives_a_regrade(root, tmp_path, quick):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada.ipynb").write_text("{}")
    out = tmp_path / "out"
    due_dates = write(
        tmp_path / "due.csv", ["learner,due,per_day,handed_in", ",2026-03-01,50,2026-03-02"]
    )
    words = ["--root", str(root), "grade", str(tmp_path / "in"), "--out", str(out)]
    main([*words, "--due", str(due_dates)])
    assert "0.5" in (out / "gradebook.csv").read_text()
    write(out / "by_hand.csv", ["learner,item,points,comment", "ada,,5,well said"])
    main(["--root", str(root), "regrade", str(out)])
    main(["--root", str(root), "regrade", str(out)])
    ((_, *row),) = [row for row in csv.reader((out / "gradebook.csv").open()) if row[0] == "ada"]
    assert row[2] == "2.5" and "well said" in row  # (0 + 5) less a half
    kept = store.read_json(out / "results" / "ada.json")
    assert kept["score"] == 1  # what was graded stays as it was


def test_a_report_that_cannot_be_made_costs_no_other(root, tmp_path, quick, monkeypatch):
    monkeypatch.setattr(report, "overview", lambda *_: 1 / 0)
    (tmp_path / "ada.ipynb").write_text("{}")
    small, said = assignment.load(NAME, root), []
    out = tmp_path / "out"
    classroom.grade(small, collect(tmp_path, NAME), out, Limits(), say=said.append)
    assert any("overview.html could not be written: ZeroDivisionError" in line for line in said)
    assert (out / "gradebook.csv").exists()


def test_a_submission_that_cannot_be_read_costs_no_other(root, tmp_path, quick):
    class Bad(Submission):
        @property
        def raw(self):
            raise OSError("the disk is gone")

    good = collect(make_file(tmp_path / "ada.ipynb"), NAME)
    small = assignment.load(NAME, root)
    session = classroom.prepare(small, 1, diagnose=False)
    pool = run.executor_for(None, 1)
    found = {
        s.learner: r for s, r in run.grade_all(pool, session, [Bad("bob", "bob"), *good], None)
    }
    assert (
        found["bob"]["status"] == "grader error" and "the disk is gone" in found["bob"]["notes"][0]
    )
    assert found["ada"]["status"] == "graded"


def make_file(path):
    path.write_text(json.dumps({"cells": []}))
    return path


def test_notebooks_are_read_only_when_their_turn_comes(root, quick):
    alive = []

    class Watched(Submission):
        @property
        def raw(self):
            alive.append(self.learner)
            return b"{}"

    small = assignment.load(NAME, root)
    session = classroom.prepare(small, 1, diagnose=False)
    many = [Watched(str(n), str(n)) for n in range(50)]
    outcomes = run.grade_all(run.executor_for(None, 1), session, many, None, ahead=3)
    next(outcomes)
    assert len(alive) <= 4
    assert len(list(outcomes)) == 49


def test_one_at_a_time_where_kernels_are_not_apart():
    said = []
    assert classroom.jobs_under(["audit hook"], 4, said.append) == 1
    assert "one notebook at a time" in said[0]
    assert classroom.jobs_under(["bubblewrap"], 4, said.append) == 4
    assert isolate.LAYERS


def test_the_learner_s_code_and_own_error_stand_in_the_report():
    answer = {"digest": "1", "size": 1, "text": text(ANSWERS["relu_forward"]), "helpers": ["A = 1"]}
    answer |= {"where": "cell 7, line 2", "error": "cell 7, line 2: NameError: name 'x'"}
    page = report.learner_report(result(answers={"relu_forward": answer}), report.Book("t"))
    for words in ("np.where(x &gt; 0, x, 0)", "A = 1", "cell 7, line 2: NameError"):
        assert words in page
