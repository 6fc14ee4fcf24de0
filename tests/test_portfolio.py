"""The portfolio shows what its owner wrote, and nothing else."""

import ast
import base64
import io
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest

from course.env import ROOT
from course.notebooks import portfolio, progress


def picture():
    file = io.BytesIO()
    figure, axis = plt.subplots(figsize=(2, 1))
    axis.plot([3, 1])
    figure.savefig(file, format="png")
    plt.close(figure)
    return base64.b64encode(file.getvalue()).decode()


def code(id, source, *outputs, answer=False, **metadata):
    metadata = {**metadata, **({"nbgrader": {"solution": True}} if answer else {})}
    return nbformat.v4.new_code_cell(source, id=id, outputs=list(outputs), metadata=metadata)


def shown(data):
    return nbformat.v4.new_output("display_data", data)


def said(text):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


STUB = "def f(x):\n    raise NotImplementedError"
TIMES = {
    "execution": {
        "iopub.execute_input": "2026-05-01T10:00:00.5Z",
        "shell.execute_reply": "2026-05-01T10:00:12.5Z",
    }
}


def cells(f=STUB, g=STUB, png="", line="knows it: True"):
    outputs = [shown({"image/png": png})] if png else []
    return [
        nbformat.v4.new_markdown_cell("# 9. A network", id="head"),
        code("data", "plt.show()", *outputs),
        code("f", f, answer=True),
        code("g", g, answer=True),
        code("train", "solver.train()", said(line), **TIMES),
        code("curves", "plt.show()", *outputs),
    ]


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "read", lambda: {"09_net/f": {"passed": True, "tries": 7}})
    write(tmp_path / "exercises/09_net.ipynb", cells())
    return tmp_path


def write(path, contents):
    path.parent.mkdir(exist_ok=True)
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=contents)), encoding="utf-8")


def page(root, *args):
    made = portfolio.portfolio(*args, root=root)
    return made, made.path.read_text(encoding="utf-8")


def test_a_finished_exercise_shows_code_curves_time_and_tries(root):
    png = picture()
    write(
        root / "exercises/my_09_net.ipynb",
        cells("def f(x):\n    return 41", "def g(x):\n    return 42", png),
    )
    made, text = page(root, "Ada <i>")
    assert made.exercises == 1 and "my_portfolio.html" in made._repr_html_()
    assert ">41<" in text and ">42<" in text and "trained in 12 s" in text
    assert "knows it: True" in text and "<code>f</code> in 09: 7 tries" in text
    assert text.count(png) == 1, "the picture from before training is none of theirs"
    assert "Ada &lt;i&gt;" in text


def test_what_is_not_written_is_not_shown_and_neither_is_what_trained_without_it(root):
    png = picture()
    write(root / "exercises/my_09_net.ipynb", cells("def f(x):\n    return 41", png=png))
    _, text = page(root)
    assert ">41<" in text and "NotImplementedError" not in text
    assert png not in text and "trained in" not in text


def test_marker_and_docstring_of_the_stub_are_left_out_and_an_own_docstring_is_kept():
    stub = '# ANSWER f\ndef f(x):\n    """Given: (N,) -> (N,)."""\n    raise NotImplementedError'
    given = '# ANSWER f\ndef f(x):\n    """Given: (N,) -> (N,)."""\n    return x  # mine'
    own = '# ANSWER f\ndef f(x):\n    """My own words."""\n    return x'
    assert portfolio.own_lines(given, stub) == "def f(x):\n    return x  # mine"
    assert portfolio.own_lines(own, stub) == own.removeprefix("# ANSWER f\n")
    assert portfolio.own_lines("def f(:", stub) == "def f(:"


def stub_and_answer(name):
    """The cell of an exercise that asks for methods of a class, and the solution's."""
    kinds = "exercises", "solutions"
    notebooks = [nbformat.read(ROOT / kind / f"{name}.ipynb", as_version=4) for kind in kinds]
    return [
        next(
            c.source
            for c in notebook.cells
            if c.source.startswith("# ANSWER") and "class" in c.source
        )
        for notebook in notebooks
    ]


@pytest.mark.parametrize(
    "name, theirs",
    [
        ("05_training_loop", ["batches", "step"]),
        ("09_convnet", ["forward", "backward", "loss"]),
        ("14_captioner", ["loss", "sample"]),
    ],
)
def test_of_a_class_only_the_methods_are_shown_that_were_asked_for(name, theirs):
    stub, answer = stub_and_answer(name)
    shown = portfolio.own_lines(answer, stub)
    (whole,) = ast.parse(shown).body
    assert [node.name for node in whole.body] == theirs
    assert "@" not in shown.replace(" @ ", "") and "noqa" not in shown
    changed = answer.replace("    def summary(self):", "    def summary(self):\n        pass")
    if changed != answer:
        assert "def summary" in portfolio.own_lines(changed, stub), "changed by its owner"


def test_untouched_and_damaged_copies_give_an_empty_page(root):
    write(root / "exercises/my_09_net.ipynb", cells())
    (root / "exercises/my_10_words.ipynb").write_text("{")
    made, text = page(root)
    assert made.exercises == 0 and "Nothing is written yet" in text


def test_no_output_can_put_markup_on_the_page(root):
    solved = ["def f(x):\n    return '</div><script>a</script>'", "def g(x):\n    return 1"]
    contents = cells(*solved, line="<script>b</script>")
    contents.append(code("html", "1", shown({"text/html": "<script>c</script>"})))
    contents.append(code("fake", "1", shown({"image/png": '"><script>d</script>'})))
    write(root / "exercises/my_09_net.ipynb", contents)
    assert "<script" not in page(root)[1]


def test_a_real_solution_makes_a_page_with_its_training(root, tmp_path):
    name = "12_rnn_time.ipynb"
    for source, target in (("exercises", name), ("solutions", f"my_{name}")):
        (root / "exercises" / target).write_bytes((ROOT / source / name).read_bytes())
    made, text = page(root)
    assert made.exercises == 1 and "rnn_backward" in text and "data:image/png" in text
    assert made.path == Path(root / "exercises" / portfolio.PAGE)
