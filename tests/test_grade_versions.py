"""A notebook says which release it was handed out from; grading an older one names what changed."""

import copy
import json
import re

import nbformat
import pytest
from grade_assignment import NAME, make_root
from grade_submissions import ANSWERS, file, text

from course.grade import assignment, classroom, gradebook, report, run
from course.grade.limits import Limits
from course.grade.preview import preview
from course.grade.read import read_whole
from course.grade.release import release
from course.grade.session import prepare
from course.grade.versions import difference
from course.notebooks.handed_out import task, version

OLD_STUB = "def relu_forward(x, slope):\n    raise NotImplementedError"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return assignment.load(NAME, make_root(tmp_path_factory.mktemp("course")))


@pytest.fixture(scope="module")
def today(small, tmp_path_factory):
    """The notebook that is handed out today."""
    folder = tmp_path_factory.mktemp("handout")
    release([small], folder, say=lambda line: None)
    return nbformat.read(folder / NAME / f"{NAME}.ipynb", as_version=4)


@pytest.fixture
def older(today):
    """The same as another release had it: one task in another form, one answer fewer."""
    notebook = copy.deepcopy(today)
    notebook.cells = [c for c in notebook.cells if "cross_entropy" not in c.source]
    said = notebook.metadata["release"]
    said["version"], said["answers"]["relu_forward"]["task"] = "0.0.9", task(OLD_STUB)
    said["answers"]["fc_forward"]["points"] = 1
    del said["answers"]["cross_entropy"]
    answer_of(notebook, "relu_forward").source = f"# ANSWER relu_forward\n{OLD_STUB}"
    title(notebook).source = title(notebook).source.replace(version(), "0.0.9")
    return notebook


def answer_of(notebook, name):
    marks = [(cell.metadata.get("nbgrader", {}), cell) for cell in notebook.cells]
    return next(cell for m, cell in marks if m.get("solution") and m["grade_id"] == name)


def title(notebook):
    return next(cell for cell in notebook.cells if cell.source.startswith("# "))


def read_release(notebook):
    return read_whole(file(notebook))[2]


def test_what_is_released_says_which_release_it_is(small, today):
    said = today.metadata["release"]
    assert said["version"] == version() and re.fullmatch(r"\d+\.\d+\.\d+", version())
    assert said["assignment"] == NAME and said["answers"].keys() == small.answers.keys()
    worth = {name: told["points"] for name, told in said["answers"].items()}
    assert worth == {"fc_forward": 3, "fc_backward": 3, "relu_forward": 1, "cross_entropy": 3}
    assert f"*Handed out from release {version()}*" in title(today).source
    assert difference(read_release(today), small.release) == []
    for answer in small.answers.values():  # a fingerprint of the stub, of nothing in the solution
        assert said["answers"][answer.id]["task"] == task(answer.stub) != task(answer.solution)


def test_what_is_woven_says_it_too(small):
    from course.notebooks.cells import woven

    template = small.root / "book" / "exercises" / f"{NAME}.md"
    exercise, solution = (woven(template, solved=s, root=small.root) for s in (False, True))
    assert exercise.metadata["release"]["version"] == version()
    assert "release" not in solution.metadata
    assert difference(read_release(exercise), small.release) == []  # it knows no points


def test_the_difference_is_named(small, older):
    (said,) = difference(read_release(older), small.release)
    assert said.startswith(f"handed out from release 0.0.9, graded by release {version()}: ")
    assert "relu_forward was asked for in another form" in said
    assert "cross_entropy was not asked for then" in said
    assert "fc_forward was worth 1 points, now 3" in said
    assert "fc_backward" not in said
    then = read_release(older)
    then["version"] = version()
    then["answers"]["gone"] = {"task": "x", "points": 1}
    (said,) = difference(then, small.release)
    assert said.startswith(
        f"handed out from release {version()} before this assignment was changed"
    )
    assert "gone is not asked for any more" in said


def test_a_stub_of_an_older_release_is_no_attempt(small, older):
    """Today's stub has another signature: without the release it would be run, and judged."""
    said = "\n".join(preview(file(older), small))
    assert "relu_forward: not attempted: the cell is as it was handed out, from an older" in said
    assert "cross_entropy was not asked for then" in said
    del older.metadata["release"]
    title(older).source = "# A small network"
    assert "relu_forward: cell" in "\n".join(preview(file(older), small))


def test_an_answer_in_a_cell_of_an_older_release_counts(small, older):
    cell = answer_of(older, "relu_forward")
    cell.source = f"# ANSWER relu_forward\n{text(ANSWERS['relu_forward'])}"
    said = "\n".join(preview(file(older), small))
    assert "relu_forward: cell" in said and "1 of 4 answers found" in said


def test_where_metadata_are_lost_the_title_tells(small, today, older):
    older.metadata = {}
    assert read_release(older) == {"version": "0.0.9", "answers": None}
    (said,) = difference(read_release(older), small.release)
    assert "release 0.0.9" in said and "metadata are lost" in said
    same = copy.deepcopy(today)
    same.metadata = {}
    assert difference(read_release(same), small.release) == []
    title(same).source = "# A small network"
    assert read_release(same) is None and difference(None, small.release) == []


@pytest.mark.parametrize(
    "said",
    [
        *([], "0.1.0", 7, {"version": 7}, {"version": "x" * 10**6}),
        {"version": "<script>", "answers": [1, 2]},
        {"version": "1", "answers": {"f": 3, "g": {"task": ["x"], "points": "much"}}},
        {"version": "1", "answers": {str(n): {"task": "y" * 10**4} for n in range(10**3)}},
        {"version": "1", "answers": {"fc_forward": {"task": "", "points": float("nan")}}},
    ],
    ids=range(9),
)
def test_what_a_notebook_says_of_itself_is_not_trusted(small, today, said):
    notebook = json.loads(file(today))
    notebook["metadata"]["release"] = said
    cells, _, then = read_whole(json.dumps(notebook).encode())
    assert len(cells) == len(today.cells)
    assert sum(map(len, difference(then, small.release))) < 20_000


def test_the_grade_names_the_difference_and_the_reports_show_it(small, older, tmp_path):
    """With a kernel: the answer that was given is graded, by today's checks."""
    for name in ("fc_forward", "fc_backward"):
        answer_of(older, name).source = f"# ANSWER {name}\n{text(ANSWERS[name])}"
    session = prepare(small, 3, diagnose=False)
    result = run.grade_one(session.to_json(), file(older), Limits())
    assert result["release"] == "0.0.9" and result["score"] == 6
    assert any("cross_entropy was not asked for then" in note for note in result["notes"])
    assert any("relu_forward: not attempted" in note for note in result["notes"])
    result |= {"learner": "ada", "name": "Ada", "ids": {}, "possible": session.total}
    page = report.learner_report(result, report.Book("A small network"))
    assert "Your notebook is from release 0.0.9 of the course" in page
    assert "relu_forward was asked for in another form" in page
    assert gradebook.gradebook([result]).splitlines()[1].endswith(',"0.0.9"')
    overview = report.overview([result], "T", {}, {"ada": "ada.html"})
    assert "0.0.9" in overview.split("<h2>Learners</h2>")[1]


def test_a_reference_without_a_release_is_graded_as_before(small):
    session = prepare(small, 3, diagnose=False)
    result = run.grade_one(session.to_json(), classroom.solved_notebook(small), Limits())
    assert result["release"] is None and result["score"] == session.total
