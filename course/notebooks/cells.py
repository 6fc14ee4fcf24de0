"""From a template's cells to a notebook's: the answers, the checks, and what is given."""

import re

import jupytext
import nbformat

from course.env import ROOT
from course.notebooks.anchors import WeaveError, definition, read_anchors
from course.notebooks.chapters import effort
from course.notebooks.first_cell import find_the_course
from course.notebooks.handed_out import KEY, release_of
from course.notebooks.outputs import NOTEBOOK, number_cells
from course.notebooks.page_task import cut_task, page_task
from course.source import sha256


def graded(grade_id, *, grade=False, solution=False, points=None):
    """Cell metadata by which nbgrader knows an answer (solution) or a check (grade)."""
    nbgrader = {
        "cell_type": "code",
        "grade": grade,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        nbgrader["points"] = points
    return nbgrader


def answer_cell(cell, anchor, *, solved, root):
    """The learner's cell. Its first line says which answer it is, even when metadata get lost."""
    source = definition(anchor, solved=solved, root=root)
    cell.source = f"# ANSWER {anchor.id}\n{source}"
    cell.metadata["nbgrader"] = graded(anchor.id, solution=True)
    tag(cell, "answer")
    return f"answer-{anchor.id}"


def check_cell(cell, *, solved):
    """A graded cell, named after what it checks."""
    points = cell.metadata.pop("points", 1)
    if not isinstance(points, (int, float)) or isinstance(points, bool) or points < 0:
        raise WeaveError(f"points are {points!r} in the check cell {cell.source!r}")
    grade_id = cell.metadata.pop("grade_id", None)
    if grade_id is None:
        names = re.findall(r"\bcheck\w*\(\s*([A-Za-z_]\w*)", cell.source)
        if not names:
            raise WeaveError(f"give the check cell {cell.source!r} a `:grade_id:`")
        grade_id = "check-" + "-".join(names)
    cell.metadata["nbgrader"] = graded(grade_id, grade=True, points=points)
    if not solved:
        cell.metadata.update(deletable=False, editable=False)
    return grade_id


def tag(cell, *tags):
    cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), *tags})


def weave_cell(cell, *, solved, root):
    """Turn a template's cell into a notebook's; return the id by which it is known from now on."""
    points = cell.metadata.get("points")
    if cell.cell_type == "code":
        page_task(cell, solved=solved)
        cut_task(cell)
        anchors = read_anchors(cell.source)
        if anchors and not anchors[0].given:
            return answer_cell(cell, anchors[0], solved=solved, root=root)
        if anchors:
            cell.source = "\n\n\n".join(definition(a, solved=solved, root=root) for a in anchors)
            return "given-" + anchors[0].id
        if "check" in cell.metadata.get("tags", []):
            return check_cell(cell, solved=solved)
    if points is not None:
        raise WeaveError(f"only a cell with the tag `check` has points: {cell.source!r}")
    kind = "text" if cell.cell_type == "markdown" else "code"
    return f"{kind}-{sha256(cell.source)[:8]}"


def read_template(path):
    text = path.read_text(encoding="utf-8")
    header = text.partition("\n---")[0]
    if "format_name: myst" not in header or "kernelspec:" not in header:
        raise WeaveError("the header needs both `jupytext:` (format_name: myst) and `kernelspec:`")
    return jupytext.reads(text, fmt="md:myst")


def woven(template, *, solved, root=ROOT, note=""):
    """The notebook for one template, without outputs; ``note`` stands below a solution's title."""
    notebook = read_template(template)
    seen = {}
    for cell in notebook.cells:
        cell_id = re.sub(r"[^\w-]", "-", weave_cell(cell, solved=solved, root=root))[:60]
        seen[cell_id] = seen.get(cell_id, 0) + 1
        if seen[cell_id] > 1:
            if "nbgrader" in cell.metadata:
                raise WeaveError(f"two cells are called {cell_id!r}: give one a `:grade_id:`")
            cell_id += f"-{seen[cell_id]}"
        cell["id"] = cell_id
    if solved:
        below_title(notebook, note)
    below_title(notebook, effort(template.stem))
    if solved:
        mark_title(notebook)
        leave_out_the_asking(notebook)
        number_cells(notebook)
    find_the_course(notebook, None if solved else template.stem)
    digest = cells_digest(notebook)
    origin = template.relative_to(root).as_posix()
    about = {**NOTEBOOK, "weave": {"cells": digest, "from": origin}}
    if not solved:
        about[KEY] = release_of(notebook, template.stem, root)
    notebook.metadata = nbformat.from_dict(about)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def mark_title(notebook):
    """Say in the title that this is the solution."""
    change_title(notebook, r"# \1 (solution)")


ASKS = "Write code only in the cells that say"


def leave_out_the_asking(notebook):
    """In a solution nothing is left to write."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and ASKS in cell.source:
            paragraphs = cell.source.split("\n\n")
            cell.source = "\n\n".join(p for p in paragraphs if not p.startswith(ASKS))


def below_title(notebook, line):
    """Put a line below the title, if there is one to put."""
    if line:
        change_title(notebook, rf"# \1\n\n{line}")


def change_title(notebook, new):
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and re.search(r"^# ", cell.source, re.M):
            cell.source = re.sub(r"^# (.*)$", new, cell.source, count=1, flags=re.M)
            return


def cells_digest(notebook):
    """Digest of all sources: tells whether somebody has edited a generated notebook."""
    return sha256(*(f"{cell.cell_type}\n{cell.source}" for cell in notebook.cells))
