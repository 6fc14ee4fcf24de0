"""An assignment: the official notebook with its answers and stubs, and its rubric.

The notebooks come from ``course.notebooks``, so grading needs no generated file: what is graded is
what the template, ``scratch/`` and the rubric say today.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from course.env import ROOT
from course.grade import syntax
from course.grade.rubric import Rubric, RubricError, read_rubric
from course.notebooks.cells import woven
from course.notebooks.handed_out import release_of
from course.source import plain


class AssignmentError(Exception):
    """An assignment that cannot be graded; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What one answer cell holds before and after it is filled in."""

    id: str
    cell_id: str
    names: tuple[str, ...]
    blanks: tuple[str, ...]  # dotted, as in ConvNet.loss
    stub: str
    solution: str


@dataclass(frozen=True)
class GivenCell:
    """An official cell that the graded copy needs; ``answer`` names the answer that it holds."""

    id: str
    source: str
    answer: str | None = None


@dataclass(frozen=True)
class Assignment:
    name: str
    title: str
    answers: dict[str, Answer]
    cells: tuple[GivenCell, ...]
    official: frozenset[str]  # every official cell's source, as ``plain`` leaves it
    rubric: Rubric
    release: dict = field(default_factory=dict)  # what a notebook of today says of itself
    root: Path = ROOT

    @property
    def digest(self) -> str:
        """Changes when anything changes that a score depends on."""
        parts = [self.name, self.rubric.as_data(), [vars(cell) for cell in self.cells]]
        parts += [vars(answer) for answer in self.answers.values()]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def names(root: Path = ROOT) -> list[str]:
    """Exercises that have a rubric."""
    rubrics = (root / "book" / "exercises").glob("*.rubric.yml")
    found = [path.with_name(path.name.replace(".rubric.yml", ".md")) for path in rubrics]
    return sorted(path.stem for path in found if path.exists())


def load(name: str, root: Path = ROOT) -> Assignment:
    """The assignment called ``name`` (its number is enough)."""
    found = [known for known in names(root) if known == name or known.startswith(f"{name}_")]
    if len(found) != 1:
        raise AssignmentError(f"no assignment {name!r}; there are: {', '.join(names(root))}")
    folder = root / "book" / "exercises"
    exercise, solution = (
        woven(folder / f"{found[0]}.md", solved=solved, root=root) for solved in (False, True)
    )
    answers = read_answers(exercise, solution)
    rubric = read_rubric(folder / f"{found[0]}.rubric.yml", answers)
    check_rubric(rubric, answers, found[0])
    handed_out = release_of(exercise, found[0], root)
    for answer, points in points_by_answer(rubric).items():
        handed_out["answers"][answer]["points"] = points
    return Assignment(
        name=found[0],
        title=title(exercise) or found[0],
        answers=answers,
        cells=tuple(needed_cells(solution, answers)),
        official=frozenset(plain(cell.source) for cell in exercise.cells),
        rubric=rubric,
        release=handed_out,
        root=root,
    )


def read_answers(exercise: NotebookNode, solution: NotebookNode) -> dict[str, Answer]:
    """Stub and solution of each answer cell, in order."""
    solved = {cell.id: cell.source for cell in solution.cells}
    answers = {}
    for cell in exercise.cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if nbgrader.get("solution"):
            name, *methods = nbgrader["grade_id"].split("-")
            defined = tuple(sorted(syntax.names_defined(cell.source)))
            blanks = tuple(f"{name}.{method}" for method in methods) or (name,)
            answers[nbgrader["grade_id"]] = Answer(
                nbgrader["grade_id"], cell.id, defined, blanks, cell.source, solved[cell.id]
            )
    return answers


def needed_cells(solution: NotebookNode, answers: dict[str, Answer]) -> Iterator[GivenCell]:
    """Cells that define something. Plots, demonstrations and long training are not graded."""
    by_cell = {answer.cell_id: answer.id for answer in answers.values()}
    for cell in solution.cells:
        if cell.cell_type != "code" or cell.metadata.get("nbgrader", {}).get("grade"):
            continue
        if cell.id in by_cell:
            yield GivenCell(cell.id, answers[by_cell[cell.id]].stub, by_cell[cell.id])
        elif kept := syntax.definitions(cell.source):
            yield GivenCell(cell.id, kept)


def check_rubric(rubric: Rubric, answers: dict[str, Answer], name: str) -> None:
    for item in rubric.items:
        if unknown := sorted(set(item.answers) - answers.keys()):
            known = ", ".join(answers)
            raise RubricError(f"{name}: item {item.id!r} wants {unknown}; the answers are: {known}")


def points_by_answer(rubric: Rubric) -> dict[str, float]:
    """What a rubric gives for each answer by itself, public and hidden."""
    worth = {}
    for item in rubric.items:
        if len(item.answers) == 1:
            worth[item.answers[0]] = round(worth.get(item.answers[0], 0) + item.total, 4)
    return worth


def title(notebook: NotebookNode) -> str:
    """The notebook's first heading."""
    for cell in notebook.cells:
        for line in cell.source.splitlines():
            if cell.cell_type == "markdown" and line.startswith("# "):
                return line[2:].strip()
    return ""
