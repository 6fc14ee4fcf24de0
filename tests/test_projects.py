"""Projects on real data: the learner's own functions in them, what is recorded, and a trial."""

import base64
import contextlib
import io
import re
from functools import wraps

import jupytext
import matplotlib
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from real_cut import write_cut

from course import residual_net
from course.env import ROOT
from course.lab.contents import belongs_to_the_course
from course.lab.copies import refresh
from course.notebooks import kept, portfolio, projects
from course.notebooks import own_functions as own
from course.notebooks.cells import woven
from scratch import plain, solver

TEMPLATES = sorted((ROOT / "book" / "exercises").glob("project_*.md"))
NAMES = [path.stem for path in TEMPLATES]


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


# ---------------------------------------------------------------- the learner's own functions


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """``put(exercise, *cells)`` writes a learner's copy; the first line tells the answers."""
    monkeypatch.setattr(own, "is_learner", lambda: True)
    (tmp_path / "exercises").mkdir()

    def put(exercise, *sources):
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        for cell in cells:
            if "# ANSWER" in cell.source:
                cell.metadata["nbgrader"] = {"solution": True}
        notebook = nbformat.v4.new_notebook(cells=cells)
        path = tmp_path / "exercises" / f"my_{exercise}.ipynb"
        path.write_text(nbformat.writes(notebook), encoding="utf-8")

    put.root = tmp_path
    return put


RELU = "# ANSWER relu_forward\ndef relu_forward(x):\n    return above(x, 0), x"
HELPER = "import numpy as np\n\nabove = np.maximum"
WRONG = "# ANSWER relu_forward\ndef relu_forward(x):\n    return x, x"
STUB = "# ANSWER relu_forward\ndef relu_forward(x):\n    raise NotImplementedError('your turn')"


def test_a_right_function_is_the_learners_with_the_helpers_of_its_notebook(desk):
    desk("01_fully_connected", HELPER, RELU)
    mine = own.own_functions("relu_forward", "fc_forward", root=desk.root)
    assert mine.relu_forward.__module__ == "my_01_fully_connected"
    np.testing.assert_array_equal(mine.relu_forward(np.array([-1.0, 2]))[0], [0, 2])
    assert mine.fc_forward is plain.fc_forward
    assert repr(mine) == (
        "Yours: relu_forward (01)\nThe course's, as yours are not written yet: fc_forward"
    )
    assert "<div>Yours: relu_forward (01)</div>" in mine._repr_html_()


@pytest.mark.parametrize("code, why", [(WRONG, "not right yet"), (STUB, "not written yet")])
def test_what_is_wrong_or_not_written_is_the_courses_and_that_is_said(desk, code, why):
    desk("01_fully_connected", code)
    mine = own.own_functions("relu_forward", root=desk.root)
    assert mine.relu_forward is plain.relu_forward
    assert repr(mine) == f"The course's, as yours are {why}: relu_forward"


def test_of_two_answers_the_later_counts_unless_it_is_wrong(desk):
    desk("01_fully_connected", HELPER, RELU)
    desk("09_convnet", HELPER, RELU)
    assert own.own_functions("relu_forward", root=desk.root).origins["relu_forward"][0][:2] == "09"
    desk("09_convnet", WRONG)
    assert own.own_functions("relu_forward", root=desk.root).origins["relu_forward"][0][:2] == "01"


def test_nothing_but_imports_and_definitions_is_run(desk):
    """Neither a training, nor a check, nor a cell that fails or is no Python."""
    ran = desk.root / "ran"
    desk(
        "01_fully_connected",
        "%matplotlib inline\nimport os",
        f"open({str(ran)!r}, 'w')",
        f"kept = open({str(ran)!r}, 'w')",
        f"runs = {{'a': open({str(ran)!r}, 'w')}}",
        f"one, two = open({str(ran)!r}, 'w'), 2",
        f"many = [n for n in open({str(ran)!r}, 'w')]",
        "import a_module_that_is_not_there",
        "def helper(:",
        HELPER,
        RELU,
    )
    (desk.root / "exercises" / "my_02_softmax_loss.ipynb").write_text("{")
    mine = own.own_functions("relu_forward", root=desk.root)
    assert mine.origins["relu_forward"][0] == "01_fully_connected" and not ran.exists()


@pytest.mark.parametrize("magic", ["", "%%time\n"])
@pytest.mark.parametrize(
    "constant", ["LOW = -0.0", "LOW = 1 / 2 - 0.5", "KINDS = {'max': lambda *x: np.maximum(*x)}"]
)
def test_constants_and_magic_keep_no_function_from_being_the_learners(desk, constant, magic):
    use = "KINDS['max'](x, 0)" if "KINDS" in constant else "np.maximum(x, LOW)"
    answer = f"{magic}# ANSWER relu_forward\ndef relu_forward(x):\n    return {use}, x"
    desk("01_fully_connected", f"import numpy as np\n\n{constant}", answer)
    mine = own.own_functions("relu_forward", root=desk.root)
    assert repr(mine) == "Yours: relu_forward (01)"


def test_a_class_of_the_learners_trains(desk):
    template = ROOT / "book" / "exercises" / "05_training_loop.md"
    cells = code_cells(woven(template, solved=True))
    desk("05_training_loop", *(cell.source for cell in cells))
    mine = own.own_functions("Solver", "momentum", root=desk.root)
    assert mine.origins["Solver"] == ("05_training_loop", "")
    assert mine.Solver is not solver.Solver and mine.Solver.__name__ == "Solver"


def test_a_name_that_the_course_does_not_know():
    with pytest.raises(ValueError, match="no function 'conv_foward': did you mean 'conv_forward'"):
        own.own_functions("conv_foward")


def test_tests_and_builds_find_nothing_of_a_learners(desk, monkeypatch):
    monkeypatch.setattr(own, "is_learner", lambda: False)
    desk("01_fully_connected", HELPER, RELU)
    mine = own.own_functions("relu_forward", "fc_forward", root=desk.root)
    assert mine.relu_forward is plain.relu_forward
    assert repr(mine) == "The course's: relu_forward, fc_forward"


# ---------------------------------------------------------------- the network that is kept


@pytest.fixture
def learner(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setattr(kept, "is_learner", lambda: True)
    monkeypatch.setattr(residual_net, "KEPT", tmp_path / "nothing.npz")
    return tmp_path


def trained_by_chance(width):
    net, rng = residual_net.network(3, width), np.random.default_rng(1)
    net.params = {k: w + 0.1 * rng.normal(size=w.shape).astype("f4") for k, w in net.params.items()}
    net.state = {k: v + rng.random(v.shape).astype("f4") for k, v in net.state.items()}
    return net


def test_the_network_of_one_project_is_the_eyes_of_the_other(learner, capsys):
    net, scale = trained_by_chance(5), np.full((1, 3, 1, 1), 0.25, np.float32)
    kept.keep("photographs", net, mean=scale, std=2 * scale)
    again, mean, std = kept.own_eyes()
    X = np.random.default_rng(0).normal(size=(2, 3, 32, 32))
    np.testing.assert_array_equal(again.predict(X), net.predict(X))
    assert (mean == 0.25).all() and (std == 0.5).all()
    assert "This is the network that you trained" in capsys.readouterr().out
    assert kept.eyes_at_hand()[0].params["0.W"].shape == (5, 3, 3, 3)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04", "another network"])
def test_without_one_the_courses_looks_and_that_is_said(learner, capsys, content):
    if content == "another network":
        kept.keep("photographs", residual_net.network(3, 5, skips=False))
    elif content is not None:
        (learner / "photographs.npz").write_bytes(content)
    net, _, _ = kept.own_eyes()
    assert net.params["0.W"].shape[0] == residual_net.POCKET_WIDTH
    assert "No network of yours for photographs is kept here" in capsys.readouterr().out
    assert kept.eyes_at_hand()[0].params["0.W"].shape[0] == residual_net.POCKET_WIDTH
    assert capsys.readouterr().out == ""


# ---------------------------------------------------------------- at the desk


def test_a_learner_gets_a_copy_and_the_original_is_protected(tmp_path):
    name = "project_photographs.ipynb"
    (tmp_path / "exercises").mkdir()
    source = woven(ROOT / "book" / "exercises" / "project_photographs.md", solved=False)
    (tmp_path / "exercises" / name).write_text(nbformat.writes(source), encoding="utf-8")
    assert list(refresh(tmp_path)) == [f"my_{name}: made"]
    copy = (tmp_path / "exercises" / f"my_{name}").read_text(encoding="utf-8")
    assert "(my_project_captions.ipynb)" in copy
    assert list(refresh(tmp_path)) == []
    assert belongs_to_the_course(f"exercises/{name}")
    assert not belongs_to_the_course(f"exercises/my_{name}")


PNG = base64.b64encode(b"\x89PNG and so on").decode()


MINE = repr(own.OwnFunctions({}, {"f": ("01_toys", ""), "g": (None, "not written yet")}))
THEIRS = repr(own.OwnFunctions({}, {"f": (None, "not written yet")}))


@pytest.mark.parametrize("said, count", [(MINE, 1), (f"print\n{MINE}", 1), (THEIRS, 0)])
def test_the_portfolio_shows_a_project_that_ones_own_functions_trained(tmp_path, said, count):
    cells = [nbformat.v4.new_code_cell("mine"), nbformat.v4.new_code_cell("solver.train()")]
    new = nbformat.v4.new_output
    value = new("execute_result", {"text/plain": said}, execution_count=1)
    cells[0].outputs = [new("stream", text=said) if said.startswith("print") else value]
    cells[1].outputs = [new("stream", text="epoch 3\n"), new("display_data", {"image/png": PNG})]
    title = nbformat.v4.new_markdown_cell("# Project: toys")
    notebook = nbformat.v4.new_notebook(cells=[title, *cells])
    (tmp_path / "exercises").mkdir()
    for name in ("project_toys", "my_project_toys"):
        path = tmp_path / "exercises" / f"{name}.ipynb"
        path.write_text(nbformat.writes(notebook), encoding="utf-8")
    made = portfolio.portfolio(root=tmp_path)
    text = made.path.read_text(encoding="utf-8")
    assert made.exercises == count == text.count("Project: toys</h2>")
    assert ("Yours: f (01)" in text) == ("epoch 3" in text) == (PNG in text) == bool(count)


# ---------------------------------------------------------------- the notebooks themselves


@pytest.mark.parametrize("name", NAMES)
def test_a_project_begins_with_one_download_and_asks_for_no_answer(name):
    notebook = woven(ROOT / "book" / "exercises" / f"{name}.md", solved=False)
    code = [cell.source for cell in code_cells(notebook)]
    loads = [source for source in code if re.search(r"\bload_\w+\(", source)]
    assert len(loads) == 1 and code.index(loads[0]) == 1
    assert loads[0].count(projects.FROM_HERE) == 1 and "(ROOT" in loads[0]
    assert not [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert "COURSE_CUT" in code_cells(notebook)[1].metadata["cut"]
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "SCRATCH_MIRROR" in text and re.search(r"takes? about \w+ minutes", text)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_recorded_says_of_what_and_holds(name):
    notebook = nbformat.read(ROOT / "solutions" / f"{name}.ipynb", as_version=4)
    note = notebook.metadata["weave"]["recorded"]
    assert note.startswith("*Recorded once, with real files (") and note in notebook.cells[0].source
    said = "".join(
        output.get("text", "") for cell in code_cells(notebook) for output in cell.outputs
    )
    assert "False" not in re.findall(r": (True|False)$", said, re.MULTILINE)
    assert said.count(": True") >= 2
    for cell in code_cells(notebook):
        assert not ("not-recorded" in cell.metadata.get("tags", []) and cell.outputs)


def test_no_photograph_of_flickr_is_in_a_solution():
    """They belong to those who took them: what shows pictures is not recorded."""
    text = (ROOT / "book" / "exercises" / "project_captions.md").read_text(encoding="utf-8")
    shown = [
        cell
        for cell in jupytext.reads(text, fmt="md:myst").cells
        if cell.cell_type == "code" and "image_grid(" in cell.source
    ]
    assert shown and all("not-recorded" in cell.metadata["tags"] for cell in shown)


# ---------------------------------------------------------------- a trial on a few hundred rows


def run_the_cut(name, space):
    """Run the code for a trial, without a kernel: -> what it printed."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        for cell in code_cells(woven(ROOT / "book" / "exercises" / f"{name}.md", solved=True)):
            exec(compile(cell.metadata.get("cut") or cell.source, f"<{name}>", "exec"), space)
    plt.close("all")
    return said.getvalue()


def counting(made, called):
    """A stand-in for a function or a class of the course, which notes that it was called."""

    @wraps(made)
    def call(*args, **options):
        called.add(made.__name__)
        return made(*args, **options)

    return call


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_project_runs_on_a_few_rows_and_uses_all_functions_that_it_asks_for(
    name, tmp_path, monkeypatch
):
    called, asked = set(), []
    given = own.own_functions

    def counted(*names):
        asked.extend(names)
        made = {name: counting(getattr(given(name), name), called) for name in names}
        return own.OwnFunctions(made, dict.fromkeys(names, (None, "")))

    matplotlib.use("agg")
    write_cut(tmp_path)
    monkeypatch.setenv("COURSE_CUT", str(tmp_path))
    monkeypatch.setattr(own, "own_functions", counted)
    monkeypatch.chdir(ROOT / "solutions")
    said = run_the_cut(name, {"__name__": "__main__"})
    assert said.count(": True") >= 2 and ": False" not in said
    assert asked and set(asked) - called <= {"lstm_step_backward"}  # that a cell has to have
