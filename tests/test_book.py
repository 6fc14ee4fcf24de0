"""Promises of the pages: names that exist, links both ways, code that is shown and not pasted."""

import ast
import re
import subprocess
import sys

import pytest
import yaml

from course.checks.mistakes import known
from course.env import ROOT

PAGES = sorted((ROOT / "book").glob("*.md"))
NAMES = [page.stem for page in PAGES]
TEXT = {page.stem: page.read_text(encoding="utf-8") for page in PAGES}
PREFIXES = tuple({m.function.replace("_", "-") + "-" for m in known().values()})


def toc_files():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    yield toc["root"]
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            yield chapter["file"]


def test_every_page_is_in_the_table_of_contents():
    listed = {file.removeprefix("book/") for file in toc_files() if file.startswith("book/")}
    assert listed == set(NAMES)


def ladder(layer):
    """The recorded rungs of a layer: name -> forward ms, backward ms or None, peak MB."""
    table = TEXT["timings"].split("<!-- ladder -->")[1].split("<!-- end of ladder -->")[0]
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    return {
        line[1]: tuple(None if v == "-" else float(v) for v in (line[2], *line[4:]))
        for line in lines
        if line[:1] == [layer]
    }


def test_the_chapter_on_speed_says_what_the_recorded_ladder_shows():
    """After a new recording the prose of fast_conv.md may have to change; so may this."""
    numbers, _, taps, im2col, last, rows = zip(ladder("large").values(), ladder("small").values())
    for k in range(2):
        assert numbers[k][0] / taps[k][0] > 1000  # "a factor of thousands"
        assert 4 < taps[k][0] / rows[k][0] < 7  # "all that follows is worth about five"
        assert abs(last[k][0] / im2col[k][0] - 1) < 0.2  # "the batch last, alone, changes little"
    assert 1 / 5 < 1 - rows[0][0] / im2col[0][0] < 1 / 3  # "a fifth to a third of the forward"
    assert 0.45 < rows[0][2] / im2col[0][2] < 0.55  # "half of the memory"
    assert 2.5 < im2col[1][0] / rows[1][0] < 3.5  # "about three times as fast"


@pytest.mark.parametrize("name", NAMES)
def test_mistakes_are_called_by_the_names_of_the_checks(name):
    quoted = re.findall(r"`([a-z]+(?:-[a-z0-9]+)+)`", TEXT[name])
    named = [word for word in quoted if word.startswith(PREFIXES)]
    assert [word for word in named if word not in known()] == []


def test_every_known_mistake_stands_on_the_page_that_its_check_links_to():
    from course.checks import SPECS

    shown = {
        function: page
        for page, text in TEXT.items()
        for call in re.findall(r"^mistakes\((.*?)\)\n```", text, re.M | re.S)
        for function in re.findall(r"\"(\w+)\"", call)
    }
    for function in {m.function for m in known().values()}:
        section = SPECS[function].section.removeprefix("sec:").replace("-", "_")
        assert shown.get(function) == section, function


def cells(name):
    """The code of a page's cells."""
    found = re.findall(r"^```\{code-cell\} ipython3\n(.*?)^```$", TEXT[name], re.M | re.S)
    options = re.compile(r"\A(?:---\n.*?^---\n|(?::\w+:[^\n]*\n)+)", re.M | re.S)
    return [options.sub("", cell) for cell in found]


def package_bodies():
    """The bodies of all functions of the package, as far as they are longer than a line."""
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "scratch").rglob("*.py")]
    return {body for tree in trees for body in bodies(tree)}


def bodies(tree):
    """What the functions of some code do, without their names and explanations."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if len(body) > 1:
                yield "\n".join(map(ast.unparse, body))


@pytest.mark.parametrize("name", NAMES)
def test_code_of_the_package_is_shown_not_pasted(name):
    """``show_source`` shows the very function that the page's cells call: both are one import."""
    assert "{literalinclude}" not in TEXT[name], "JupyterLab would not show it"
    assert all(cell.strip() for cell in cells(name)), "nothing would be looked at"
    written = {body for cell in cells(name) for body in bodies(ast.parse(cell))}
    assert not written & PACKAGE
    imported = {
        alias.asname or alias.name
        for node in ast.parse(cells(name)[0] if cells(name) else "").body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    for cell in cells(name):
        for node in ast.walk(ast.parse(cell)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "show_source":
                roots = {ast.unparse(thing).split(".")[0] for thing in node.args}
                assert roots <= imported | {"scratch"}, roots


PACKAGE = package_bodies()


@pytest.mark.parametrize("name", NAMES)
def test_labels_are_those_of_the_file(name):
    assert f"(sec:{name.replace('_', '-')})=" in TEXT[name]


@pytest.mark.parametrize("name", NAMES)
def test_cited_works_are_in_the_bibliography(name):
    keys = set(re.findall(r"@\w+\{(\w+),", (ROOT / "book" / "references.bib").read_text("utf-8")))
    cited = {
        k.strip()
        for group in re.findall(r"\{cite\}`([^`]*)`", TEXT[name])
        for k in group.split(",")
    }
    assert cited <= keys


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_says_what_it_shows_to_those_who_cannot_see_it(name):
    draws = re.compile(r"plt\.show\(|plots\.(image_grid|training_curves|captioned_images)\(")
    for cell in re.findall(r"^```\{code-cell\}.*?^```$", TEXT[name], re.M | re.S):
        if draws.search(cell):
            alt = re.search(r'^    alt: "(.+)"$', cell, re.M)
            assert alt and len(alt.group(1)) > 20 and ".png" not in alt.group(1), cell[:200]


def test_the_rule_reads_alike_wherever_it_stands():
    boxes = {
        re.sub(r"\s+", " ", box)
        for text in TEXT.values()
        for box in re.findall(r":::\{admonition\} The rule\n:class: tip\n(.*?):::", text, re.S)
    }
    assert len(boxes) == 1 and "times the slope of that use" in boxes.pop()


@pytest.mark.parametrize("name", NAMES)
def test_no_page_takes_the_logarithm_of_a_softmax_but_the_one_that_warns_of_it(name):
    assert name == "softmax" or "np.log(softmax(" not in TEXT[name]


@pytest.mark.parametrize("path", sorted((ROOT / "book").glob("*.md")), ids=lambda path: path.stem)
def test_every_name_in_a_chapter_is_defined(path):
    """A cell that asks for a name nobody imported would stop the build, minutes later."""
    text = path.read_text(encoding="utf-8")
    cells = re.findall(r"```\{code-cell\}[^\n]*\n(.*?)```", text, re.DOTALL)
    code = "\n".join(re.sub(r"\A(---\n.*?---\n|(:[^\n]*\n)+)", "", c, flags=re.S) for c in cells)
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", "-"]
    run = subprocess.run(ruff, input=code, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


def test_labels_of_equations_are_unique_in_the_book():
    found = {}
    for path in sorted((ROOT / "book").glob("*.md")):
        for label in re.findall(r"\$\$ \(([\w:-]+)\)", path.read_text(encoding="utf-8")):
            found.setdefault(label, []).append(path.stem)
    assert {label: pages for label, pages in found.items() if len(pages) > 1} == {}
