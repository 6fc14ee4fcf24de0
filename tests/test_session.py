"""What Python does for a page: which cells run, and what they tell."""

import asyncio
import json
import subprocess
import sys
from unittest import mock

import pytest

from course.checks import record
from course.site.runner import MOST_TEXT, PageCell, PageSession, names, needed

SETUP = PageCell("setup", "code", "import numpy as np\nfrom course.checks import check")
STUB = PageCell("answer", "answer", "def sgd(w, dw, state=None, *, learning_rate=1e-2):\n    {}")
CHECK = PageCell("check", "check", "check(sgd)")


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """What a session sets for its whole process is set back behind the test."""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setenv("MPLBACKEND", "agg")
    from scratch import solver

    monkeypatch.setattr(solver, "progress", solver.progress)
    monkeypatch.setattr(solver.Solver, "watch", solver.Solver.watch)


@pytest.fixture
def page(kept):
    """A session, and what it sends: ``page.press(cells, place)`` -> (cell, kind, content), ..."""
    return Page()


class Page:
    def __init__(self, load=None):
        self.sent = []
        self.session = PageSession(lambda *message: self.sent.append(message), load)

    def press(self, cells, place):
        self.sent.clear()
        asyncio.run(self.session.press(cells, place))
        return list(self.sent)

    def ran(self, cells, place):
        return [cell for cell, kind, _ in self.press(cells, place) if kind == "begin"]

    def shown(self, cells, place, kind):
        cell = cells[place].id
        sent = self.press(cells, place)
        return [content for where, k, content in sent if (where, k) == (cell, kind)]


def code(*sources):
    return [PageCell(f"cell {i}", "code", source) for i, source in enumerate(sources)]


def answer(body):
    return PageCell("answer", "answer", STUB.code.format(body))


def test_names_are_the_global_ones():
    binds, reads = names(
        "import numpy as np\nfrom os import path as p\n"
        "def f(a, data):\n    b = a\n    return g(b, data)\n"
        "class C(Base):\n    k = h(1)\n    def m(self):\n        return np.sum(self.x)\n"
        "total = [q for q in xs]\nold += 1\n"
    )
    assert binds == {"np", "p", "f", "C", "total", "old"}
    assert {"g", "Base", "h", "np", "xs"} <= reads
    assert not {"a", "b", "data", "q", "self", "m", "k"} & reads


def test_a_cell_runs_what_stands_above_it_and_has_changed(page):
    cells = code("a = 1", "b = 2", "print(a)")
    assert page.ran(cells, 2) == ["cell 0", "cell 1", "cell 2"]
    assert page.ran(cells, 2) == ["cell 2"]
    cells[0] = PageCell("cell 0", "code", "a = 5")
    assert page.ran(cells, 2) == ["cell 0", "cell 2"]
    assert page.shown(cells, 2, "text") == ["5\n"]


def test_what_was_computed_with_old_code_is_computed_anew(page):
    g = "def g():\n    return f()"
    cells = code("def f():\n    return 1", g, "kept = g()", "other = 0", "kept")
    page.press(cells, 4)
    cells[0] = PageCell("cell 0", "code", "def f():\n    return 2")
    assert page.ran(cells, 4) == ["cell 0", "cell 1", "cell 2", "cell 4"]
    assert page.shown(cells, 4, "text") == ["2\n"]


def test_a_check_runs_answers_and_what_they_read_but_no_training(page):
    cells = [
        SETUP,
        answer("return w - learning_rate * dw, state"),
        PageCell("training", "code", "weights = [sgd(k, k) for k in range(5)]"),
        PageCell("helper", "code", "factor = 1.0"),
        PageCell("second", "answer", "def twice(x):\n    return factor * x"),
        CHECK,
    ]
    assert needed(cells, 5) == [0, 1, 3, 4]
    assert page.ran(cells, 5) == ["setup", "answer", "helper", "second", "check"]


def test_a_cell_to_try_runs_what_it_reads(page):
    cells = [*code("a = 1", "b = a + 1", "c = 0"), PageCell("try", "try", "b * 10")]
    assert page.ran(cells, 3) == ["cell 0", "cell 1", "try"]
    assert page.shown(cells, 3, "text") == ["20\n"]


def test_a_check_answers_and_the_progress_is_told(page, monkeypatch):
    monkeypatch.setattr("course.checks.record", record_always)
    wrong = [SETUP, answer("return w + learning_rate * dw, state"), CHECK]
    assert "not right yet" in page.shown(wrong, 2, "html")[0]
    right = [SETUP, answer("return w - learning_rate * dw, state"), CHECK]
    sent = page.press(right, 2)
    assert any("right</strong>" in str(content) for _, kind, content in sent if kind == "html")
    kept = [content for _, kind, content in sent if kind == "checks"]
    assert json.loads(kept[0])["checks"] == {"elsewhere/sgd": {"passed": True, "tries": 2}}


def record_always(name, passed):
    """As ``record``, which leaves no trace in a test."""
    with mock.patch(f"{record.__module__}.is_learner", return_value=True):
        record(name, passed)


def test_an_error_is_one_line_of_the_learners_code_and_the_reason(page):
    f = "def f(a, b):\n    c = a + 1\n    return c @ b\n"
    cells = code(f"import numpy as np\n\n{f}\nf(np.ones((2, 3)), np.ones(4))")
    [(reason, line, shapes)] = page.shown(cells, 0, "error")
    assert reason.startswith("ValueError") and line == "line 3 of f: `return c @ b`"
    assert shapes == "c (2, 3), b (4,)"
    [(reason, line, _)] = page.shown(code("a = 1\nb = a / 0"), 0, "error")
    assert (reason, line) == ("ZeroDivisionError: division by zero", "line 2: `b = a / 0`")


def test_a_syntax_error_names_its_line(page):
    [(reason, line, _)] = page.shown(code("a = 1\ndef f(:\n    pass"), 0, "error")
    assert reason.startswith("SyntaxError") and line == "line 2: `def f(:`"


def test_a_stub_says_that_it_is_not_written(page):
    cells = code('def f():\n    raise NotImplementedError("your turn: f")\n\nf()')
    assert page.shown(cells, 0, "error") == [("`f` is not written yet.", "", "")]


def test_a_cell_below_a_broken_one_does_not_run_and_says_so(page):
    cells = [SETUP, PageCell("answer", "answer", "def sgd(:"), CHECK]
    sent = page.press(cells, 2)
    assert ("check", "blocked", "answer") in sent
    assert ("answer", "end", False) in sent and ("check", "begin", None) not in sent


def test_run_all_goes_on_behind_an_error(page):
    assert page.ran(code("a = 1 / 0", "b = 2"), None) == ["cell 0", "cell 1"]
    assert page.ran(code("a = 1 / 0", "b = 2"), None) == ["cell 0"]


def test_exit_ends_the_cell_and_not_the_session(page):
    [(reason, *_)] = page.shown(code("import sys\nsys.exit(3)"), 0, "error")
    assert "ended Python" in reason
    assert page.shown(code("print(1)"), 0, "text") == ["1\n"]


def test_endless_printing_is_cut_off_and_sent_in_few_pieces(page):
    pieces = page.shown(code(f"for i in range({MOST_TEXT}):\n    print(i)"), 0, "text")
    text = "".join(pieces)
    assert MOST_TEXT < len(text) < MOST_TEXT + 20 and text.endswith("… and more")
    assert len(pieces) < 400


def test_a_value_is_shown_and_a_table_as_html(page):
    table = "class T:\n    def _repr_html_(self):\n        return '<b>t</b>'\n"
    assert page.shown(code(table + "display(T())\nT()"), 0, "html") == ["<b>t</b>", "<b>t</b>"]
    assert page.shown(code("x = 3\nx * 2"), 0, "text") == ["6\n"]
    assert page.shown(code("x = 3"), 0, "text") == []


def test_a_package_is_brought_when_a_module_of_the_course_asks_for_it(kept, monkeypatch, tmp_path):
    asked = []

    async def load(source):
        asked.append(source)
        if source == "import brought_late":
            (tmp_path / "brought_late.py").write_text("value = 7")

    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "needs_it.py").write_text("from brought_late import value")
    page = Page(load)
    assert page.shown(code("from needs_it import value\nprint(value)"), 0, "text") == ["7\n"]
    assert asked[1:] == ["import brought_late"]
    assert page.shown(code("import brought_never"), 0, "error")[0][0].startswith("ModuleNotFound")
    sys.modules.pop("needs_it")


def test_training_says_how_far_it_is(page, monkeypatch):
    source = (
        "import numpy as np\nfrom scratch.mlp import TwoLayerNet\n"
        "from scratch.solver import Solver\n"
        "X, y = np.ones((400, 2)), np.zeros(400, dtype=int)\n"
        "data = dict(X_train=X, y_train=y, X_val=X, y_val=y)\n"
        "Solver(TwoLayerNet(2, 5, 2), data, num_epochs=3, batch_size=100, verbose=False).train()"
    )
    assert page.shown(code(source), 0, "progress")[0] == "epoch 1 of 3, step 1 of 4"
    monkeypatch.setattr("course.notebooks.watch.BETWEEN", 0)
    curve = page.shown(code(source), 0, "curve")[-1]
    assert curve.startswith("<svg") and "epoch 3 of 3, step 12: loss" in curve


def test_plots_come_as_pictures_with_words():
    script = (
        "import asyncio, sys\nout = sys.stdout\n"
        "from course.site.runner import PageCell, PageSession\n"
        "session = PageSession(lambda *m: print(*[str(p)[:60] for p in m], file=out))\n"
        "plot = 'import matplotlib.pyplot as plt\\n_ = plt.plot([1])\\n_ = plt.title(\"one\")\\n'\n"
        "cells = [PageCell('shown', 'code', plot + 'plt.show()'), PageCell('left', 'code', plot)]\n"
        "asyncio.run(session.press(cells, None))\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[0] == "shown begin None" and lines[1].startswith("shown image ('iVBOR")
    assert lines[2:4] == ["shown end True", "left begin None"]
    assert lines[4].startswith("left image") and lines[5] == "left end True"
    assert len(lines) == 6 and not done.stderr
