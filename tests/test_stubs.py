"""What a learner is shown of a function that they are to write: enough, and not the answer."""

import ast
import re

import pytest

from course.checks import SPECS
from course.env import ROOT
from course.notebooks.cells import woven

TEMPLATES = sorted((ROOT / "book" / "exercises").glob("*.md"))
OPERATORS = re.compile(r"[-+*/@]|//|\*\*|\bmax\b|\bexp\b|\blog\b|\btanh\b")


def answers(template):
    """(id, stub, solution) of each answer cell of an exercise."""
    exercise, solution = (woven(template, solved=solved, root=ROOT) for solved in (False, True))
    solved = {cell.id: cell.source for cell in solution.cells}
    for cell in exercise.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            yield cell.id, cell.source, solved[cell.id]


def letters(text):
    """Code or formula without spaces, signs of multiplication and names of modules."""
    return re.sub(r"\bnp\.|[\s*·]|float|\(|\)", "", text)


def expressions(source):
    """What the functions of ``source`` compute: the right sides of their lines, as letters."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Return)) and node.value is not None:
            parts = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            for part in parts:
                text = ast.unparse(part)
                if len(OPERATORS.findall(text)) >= 2:
                    yield letters(text)


def given_away(stub, solution):
    """The code in double backticks of a stub that is a line of the solution."""
    computed = set(expressions(solution))
    quoted = re.findall(r"``([^`]+)``", stub)
    parts = [part for text in quoted for part in {text, text.rpartition("=")[2]}]
    return sorted(part for part in parts if letters(part) in computed)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_no_docstring_gives_the_body_away(template):
    told = {id: given_away(stub, solution) for id, stub, solution in answers(template)}
    assert {id: parts for id, parts in told.items() if parts} == {}


def test_a_body_in_a_docstring_is_noticed():
    stub = 'def f(w, dw):\n    """Step: ``w - learning_rate dw``."""\n'
    solution = "def f(w, dw):\n    return w - learning_rate * dw, None\n"
    assert given_away(stub, solution) == ["w - learning_rate dw"]
    assert given_away('"""Half of ``w``."""', solution) == []


def how_many(value):
    """How many results a returned expression hands back; None where it does not show."""
    if not isinstance(value, ast.Tuple):
        return 1
    return None if any(isinstance(e, ast.Starred) for e in value.elts) else len(value.elts)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_every_function_says_what_to_return(template):
    """By names, in the order that the check takes, and as many as the solution returns."""
    for _, stub, solution in answers(template):
        (code,) = ast.parse(solution).body
        if isinstance(code, ast.ClassDef):
            continue
        said = re.search(r"^    # Return: (.+)$", stub, re.MULTILINE)
        assert said and said[1] == SPECS[code.name].returned, code.name
        count = how_many(ast.parse(said[1], mode="eval").body)
        for node in code.body:
            if isinstance(node, ast.Return):
                assert how_many(node.value) in (count, None), code.name
