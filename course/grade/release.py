"""Hand out assignments: exercise notebooks, and nothing of the solutions."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from course.grade import syntax
from course.grade.assignment import Answer, Assignment, points_by_answer
from course.notebooks.cells import below_title, cells_digest, woven
from course.notebooks.handed_out import KEY, LINE


class ReleaseError(Exception):
    """Something of a solution would be handed out."""


def release(
    assignments: list[Assignment], folder: str | Path, *, say: Callable[[str], Any] = print
) -> None:
    """Write ``folder/NAME/NAME.ipynb`` for each assignment, as nbgrader lays out its releases."""
    folder = Path(folder)
    for assignment in assignments:
        notebook = exercise(assignment)
        text = nbformat.writes(notebook) + "\n"
        refuse_solutions(assignment, notebook)
        path = folder / assignment.name / f"{assignment.name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        version = assignment.release["version"]
        say(f"{path}: {len(assignment.answers)} answers, release {version}")
    for warning in given_away(assignments):
        say(f"note: {warning}")


def exercise(assignment: Assignment) -> NotebookNode:
    """The exercise notebook as of this release, with check cells that carry the rubric's points."""
    template = assignment.root / "book" / "exercises" / f"{assignment.name}.md"
    notebook = woven(template, solved=False, root=assignment.root)
    worth = points_by_answer(assignment.rubric)
    for cell in notebook.cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if nbgrader.get("grade"):
            cell.metadata.update(editable=False, deletable=False)
            nbgrader["locked"] = True
            answer = nbgrader["grade_id"].removeprefix("check-")
            nbgrader["points"] = worth.get(answer, nbgrader["points"])
        elif nbgrader.get("solution"):
            cell.metadata["deletable"] = False
    notebook.metadata[KEY] = nbformat.from_dict(assignment.release)
    below_title(notebook, LINE.format(assignment.release["version"]))
    notebook.metadata["weave"]["cells"] = cells_digest(notebook)
    return notebook


def refuse_solutions(assignment: Assignment, notebook: NotebookNode) -> None:
    """No statement of an answer's body may stand in what is handed out, but for those ``shown``."""
    text = json.dumps([cell.source for cell in notebook.cells])
    for answer in assignment.answers.values():
        for line in secret_lines(answer):
            if line not in assignment.rubric.shown and json.dumps(line)[1:-1] in text:
                raise ReleaseError(f"{assignment.name} shows a line of {answer.id}: {line!r}")


def secret_lines(answer: Answer) -> Iterator[str]:
    """Lines of the solution that its stub does not have and that say something."""
    public = {line.strip() for line in answer.stub.splitlines()}
    for line in answer.solution.splitlines():
        text = line.strip()
        if text not in public and len(re.findall(r"\w+", text)) >= 5 and not text.startswith("#"):
            yield text


def given_away(assignments: list[Assignment]) -> Iterator[str]:
    """Answers of one assignment that another one, released with it, shows."""
    for one in assignments:
        for other in assignments:
            shown = {
                name
                for cell in other.cells
                if cell.answer is None
                for name in defined_with_body(cell.source)
            }
            for answer in one.answers.values():
                if one is not other and shown & {blank.split(".")[0] for blank in answer.blanks}:
                    yield f"{answer.id}, asked in {one.name}, is shown in {other.name}"


def defined_with_body(text: str) -> set[str]:
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {node.name for node in syntax.parse(text) if isinstance(node, kinds)}
