"""What a learner made, as one page to keep: ``course.portfolio()``.

It is read from the learner's own notebooks (``exercises/my_*.ipynb``): the answers that are
written, and the pictures that training with them drew. Stubs, code of the course, and pictures of a
notebook in which an answer is missing are left out: the page shows what its owner wrote.
"""

import ast
import base64
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from course.env import ROOT, page_address
from course.files import write_whole
from course.notebooks import progress
from course.notebooks.own_functions import OWN, is_answer
from course.notebooks.projects import is_project, own_copies
from course.source import lines_of

PAGE = "my_portfolio.html"


@dataclass(frozen=True)
class Work:
    """What a learner wrote in one exercise, and what came of it."""

    title: str
    answers: list  # source of each written answer
    lines: list  # what training printed, the last lines
    pictures: list  # PNG, base64
    seconds: float | None  # the longest training, where JupyterLab noted the times


@dataclass(frozen=True)
class Portfolio:
    """Where the page is; as the last line of a cell it links itself."""

    path: Path
    exercises: int

    def __repr__(self):
        return f"{self.exercises} exercises of yours are in {self.path}"

    def _repr_html_(self):
        links = [(self.path.name, self.path.name), (page_address("what_now"), "What now?")]
        page, next_page = (
            f'<a href="{place}" target="_blank" style="text-decoration: underline">{text}</a>'
            for place, text in links
        )
        return f"{page}: {self!r}. Then read: {next_page}"


def portfolio(name="", root=ROOT):
    """Write ``exercises/my_portfolio.html`` from the learner's own notebooks: -> ``Portfolio``.

    ``name`` is put on the page. Nothing is sent anywhere.
    """
    works = [work for path in notebooks(root) if (work := read_work(path, root)) is not None]
    page = template().render(
        name=name, day=date.today(), works=works, hard=hardest(), css=STYLE.get_style_defs(".code")
    )
    path = root / "exercises" / PAGE
    write_whole(path, page)
    return Portfolio(path, len(works))


def notebooks(root):
    """The learner's copies, in the order of the exercises, then projects."""
    return own_copies(root / "exercises")


def read_work(path, root):
    """What one copy holds that its owner wrote; None when that is nothing."""
    official = load(root / "exercises" / path.name.removeprefix("my_"))
    mine = load(path)
    if official is None or mine is None:
        return None
    if is_project(path.name.removeprefix("my_")):
        return read_project(official, mine, path)
    stubs = {cell.id: cell.source for cell in official.cells if is_answer(cell)}
    written = [
        own_lines(cell.source, stubs[cell.id])
        for cell in mine.cells
        if cell.id in stubs and is_written(cell.source, stubs[cell.id])
    ]
    if not written:
        return None
    finished = len(written) == len(stubs)
    lines, pictures, seconds = trained(mine) if finished else ([], [], None)
    code = [Markup(highlight(source, PythonLexer(), STYLE)) for source in written]
    return Work(title(official, path), code, lines, pictures, seconds)


def read_project(official, mine, path):
    """What came of a project; None where nothing in it was trained with functions of one's own."""
    shown = (o for cell in mine.cells for o in cell.get("outputs", []))
    texts = (o.get("text") or o.get("data", {}).get("text/plain", "") for o in shown)
    said = (line for text in texts for line in text.splitlines())  # as a value, or printed
    whose = next((line for line in said if line.startswith(OWN)), None)
    lines, pictures, seconds = trained(mine)
    if whose is None or not pictures:
        return None
    return Work(title(official, path), [], [whose, *lines], pictures, seconds)


def load(path):
    try:
        return nbformat.read(path, as_version=4)
    except Exception:  # missing or damaged: then there is nothing to show
        return None


def is_written(source, stub):
    """Is this an answer, not the stub, no empty cell and nothing half done?"""
    return source.strip() not in ("", stub.strip()) and "raise NotImplementedError" not in source


def own_lines(source, stub):
    """An answer without what the exercise gave: the marker, docstrings, methods of a class."""
    try:
        tree, given = ast.parse(source), ast.parse(stub)
    except SyntaxError:
        return source
    lines = source.splitlines()
    gone = given_docstrings(tree, lines, stub) | given_members(tree, given)
    own = [line for k, line in enumerate(lines, 1) if k not in gone]
    kept = [line for line in own if not line.startswith("# ANSWER")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")


def given_docstrings(tree, lines, stub):
    """The numbers of the lines of docstrings that stand in the stub, too."""
    given = {line.strip() for line in stub.splitlines()}
    return {
        k
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node)
        for k in lines_of(node.body[0])
        if lines[k - 1].strip() in given
    }


def given_members(tree, stub):
    """The numbers of the lines of what a class holds as the stub has it, to the letter."""
    given = {ast.dump(node) for whole in classes(stub) for node in whole.body}
    return {
        k
        for whole in classes(tree)
        for node in whole.body
        if ast.dump(node) in given
        for first in [min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])]
        for k in range(first, node.end_lineno + 1)
    }


def classes(tree):
    return [node for node in tree.body if isinstance(node, ast.ClassDef)]


def title(notebook, path):
    heading = next((c.source for c in notebook.cells if c.source.startswith("# ")), path.stem)
    return heading.splitlines()[0].removeprefix("# ")


def trained(notebook):
    """What came of training, from the first cell that trains on: lines, pictures, seconds."""
    lines, pictures, times, begun = [], [], [], False
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        trains = ".train(" in cell.source
        begun = begun or trains
        if not begun:
            continue
        times += [duration(cell)] if trains else []
        tells = trains or "goal(" in cell.source
        for output in cell.outputs:
            lines += output.get("text", "").splitlines()[-3:] if tells else []
            picture = output.get("data", {}).get("image/png")
            pictures += [picture] if picture and is_png(picture) else []
    known = [seconds for seconds in times if seconds is not None]
    return lines, pictures, max(known, default=None)


def is_png(text):
    """Is this base64 of a PNG, and nothing that could be anything else on a page?"""
    try:
        return base64.b64decode(text, validate=False).startswith(b"\x89PNG")
    except (ValueError, TypeError):
        return False


def duration(cell):
    """Seconds that a cell took, where JupyterLab noted when it began and ended; else None."""
    noted = cell.metadata.get("execution", {})
    try:
        begin = datetime.fromisoformat(noted["iopub.execute_input"].replace("Z", "+00:00"))
        end = datetime.fromisoformat(noted["shell.execute_reply"].replace("Z", "+00:00"))
    except (KeyError, ValueError, AttributeError):
        return None
    return (end - begin).total_seconds()


def hardest(most=5):
    """The checks that took the most tries: (name, exercise, tries), where there was more than one.

    The exercise is its number, or empty for what was checked in no exercise.
    """
    tries = [
        (progress.plain_name(key), key[:2] if key[:1].isdigit() else "", entry["tries"])
        for key, entry in progress.read().items()
    ]
    return sorted((t for t in tries if t[-1] > 1), key=lambda t: -t[-1])[:most]


def template():
    folder = FileSystemLoader(Path(__file__).with_name("templates"))
    jinja = Environment(loader=folder, autoescape=True, undefined=StrictUndefined)
    return jinja.get_template("portfolio.html")


STYLE = HtmlFormatter(cssclass="code", style="friendly", nowrap=False)
