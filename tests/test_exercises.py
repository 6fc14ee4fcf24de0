"""Promises that every exercise keeps: few stubs before a check, hints that leak no code."""

import ast
import re
import textwrap

import jupytext
import nbformat
import pytest

from course.checks import SPECS
from course.env import ROOT
from course.notebooks.anchors import definition, read_anchors

TEMPLATES = sorted((ROOT / "book" / "exercises").glob("[0-9]*.md"))
NAMES = [path.stem for path in TEMPLATES]
HINT = re.compile(r"<details><summary>Hint (\d): (\w+)</summary>(.*?)</details>", re.DOTALL)
DEGREES = [("1", "nudge"), ("2", "shapes"), ("3", "formula")]


def cells(path):
    """``(kind, payload)`` of each cell that matters: stubs with their anchors, checks, hints."""
    for cell in jupytext.read(path, fmt="md:myst").cells:
        if cell.cell_type == "markdown":
            for degree, name, text in HINT.findall(cell.source):
                yield "hint", (degree, name, text)
            continue
        anchors = [anchor for anchor in read_anchors(cell.source) if not anchor.given]
        for anchor in anchors:
            yield "stub", anchor
        if match := re.match(r"check\((\w+)", cell.source.strip()):
            yield "check", match[1]


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_at_most_five_stubs_before_a_check(path):
    waiting = 0
    for kind, payload in cells(path):
        if kind == "stub":
            waiting += len(payload.blanks)
            assert waiting <= 5
        elif kind == "check":
            assert payload in SPECS
            waiting = 0
    assert waiting == 0, "a stub without a check"


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_stub_has_hints_in_three_degrees(path):
    degrees = None
    for kind, payload in [*cells(path), ("stub", None)]:
        if kind == "stub":
            assert degrees in (None, DEGREES)
            degrees = []
        elif kind == "hint":
            degrees.append(payload[:2])


def lines_to_find(anchor):
    """The lines that a learner has to come up with, bare of space: bodies without docstrings."""
    tree = ast.parse(textwrap.dedent(definition(anchor, solved=True)))
    wanted = {blank.split(".")[-1] for blank in anchor.blanks}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in wanted:
            for statement in node.body[1:]:
                for line in ast.unparse(statement).splitlines():
                    if "check_" not in line and "return" not in line:
                        yield re.sub(r"\s", "", line)


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_hints_do_not_leak_the_code(path):
    text = "".join(payload[2] for kind, payload in cells(path) if kind == "hint")
    shown = re.sub(r"\s", "", text)
    for kind, payload in cells(path):
        if kind == "stub":
            leaked = [line for line in lines_to_find(payload) if len(line) > 24 and line in shown]
            assert leaked == []


def form(text):
    """The form of a formula: ``1 + (H - 3) // S`` -> ``1+(x-3)//x``."""
    return re.sub(r"[A-Za-z_'`.]+[\w'`.]*", "x", text).replace("*", "").replace(" ", "")


@pytest.mark.parametrize("name", NAMES)
def test_no_docstring_gives_away_what_the_same_exercise_asks_for(name):
    """As `1 + (H + 2 pad - HH) // stride` did, below a function for just that."""
    asked, told = [], []
    for folder, found in (("solutions", asked), ("exercises", told)):
        notebook = nbformat.read(ROOT / folder / f"{name}.ipynb", as_version=4)
        sources = (c.source for c in notebook.cells if c.source.startswith("# ANSWER"))
        found += [node for source in sources for node in ast.walk(ast.parse(source))]
    told = [form(ast.get_docstring(n)) for n in told
            if isinstance(n, ast.FunctionDef) and ast.get_docstring(n)]  # fmt: skip
    for node in asked:
        terms = [n for n in ast.walk(node) if isinstance(n, ast.BinOp)]
        if isinstance(node, ast.Return) and len(terms) > 3:
            formula = form(ast.unparse(node.value))
            assert not [text for text in told if formula in text], ast.unparse(node)
    assert told


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_the_pages_to_read_exist(path):
    links = re.findall(r"\]\((\.\./[\w/]+\.md)\)", path.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (path.parent.parent / link).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_check_of_a_solution_says_right(name):
    """nbval compares with the stored outputs, so these themselves have to be right."""
    notebook = nbformat.read(ROOT / "solutions" / f"{name}.ipynb", as_version=4)
    said = [
        (cell.source, output["data"]["text/plain"])
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.startswith("check(")
        for output in cell.outputs
    ]
    assert said
    assert [source for source, text in said if ": right." not in text] == []


VERDICT = re.compile(r": (True|False)$", re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_every_verdict_of_a_solution_is_true(name):
    notebook = nbformat.read(ROOT / "solutions" / f"{name}.ipynb", as_version=4)
    texts = [
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream"
    ]
    assert "False" not in VERDICT.findall("\n".join(texts))


def plotting_cells():
    """(page, source, metadata) of every cell of a chapter or template that shows a plot."""
    folders = ROOT / "book", ROOT / "book" / "exercises"
    for path in (path for folder in folders for path in sorted(folder.glob("*.md"))):
        if "plt.show()" in path.read_text(encoding="utf-8"):
            for cell in jupytext.read(path, fmt="md:myst").cells:
                if cell.cell_type == "code" and "plt.show()" in cell.source:
                    yield path.stem, cell.source, cell.metadata


def test_every_plot_is_told_in_words():
    """Without them a reader who cannot see the picture hears the name of its file."""
    silent = []
    for page, source, metadata in plotting_cells():
        words = metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        hidden = {"remove-cell", "remove-output"} & set(metadata.get("tags", []))
        if not hidden and (len(words) < 20 or re.search(r"\.(png|svg|jpe?g)\b", words)):
            silent.append(f"{page}: {source[-60:]!r}")
    assert silent == []


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_a_training_has_a_goal_that_progress_notes(path):
    text = path.read_text(encoding="utf-8")
    if ".train()" in text:
        assert re.search(r'^goal\(\s*"\w+"', text, re.MULTILINE), "no goal(name, says, reached)"


def test_goals_have_names_of_their_own():
    names = [
        name
        for path in TEMPLATES
        for name in re.findall(r'^goal\(\s*"(\w+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert len(names) == len(set(names)) > 10
    assert not set(names) & SPECS.keys()
