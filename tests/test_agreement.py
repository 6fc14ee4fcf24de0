"""A check and its grading agree: what costs points fails the check, what passes costs none.

Two sources of wrong code: functions that nobody wrote a check for (``tests/held_out``), and the
official answer with one small change anywhere in it, for each function of each exercise.
"""

import ast

import pytest

from course.checks import SPECS
from course.checks.confirm import as_cell
from course.checks.judge import passes
from course.checks.one_change import changed
from course.grade import assignment, compare
from course.grade.session import namespace, prepare, run
from tests import held_out
from tests.mutants import TooSlow, in_time

BY_FUNCTION = {}
for one in held_out.entries():
    BY_FUNCTION.setdefault(one.function, []).append(one)
SECONDS = 5  # for one check: who takes longer has made an endless loop


def loses_points(session, names, answer, training=False):
    """Is a result of some check about this answer other than the reference's?"""
    for check in session.checks:
        if answer in check.answers and (training or not check.training):
            printed = run(check.source, names)[0]
            for result, worth in check.points.items():
                if worth and not compare.right(result, check.expected, printed, check.rtol):
                    return True
    return False


def specs_of(answer):
    """The checks about an answer: of its function, or of its class."""
    return [SPECS[name] for name in answer.names if name in SPECS]


# ---------------------------------------------------------------- functions of the held-out third


@pytest.mark.slow
@pytest.mark.parametrize("name", assignment.names())
def test_what_costs_points_fails_the_check(name):
    real = assignment.load(name)
    session = prepare(real, 5, diagnose=False)
    disagree = []
    for answer in real.answers.values():
        for entry in BY_FUNCTION.get(answer.id.split("-")[0], []):
            source = f"import numpy as np\n{entry.source}"
            lost = loses_points(session, namespace(real, {answer.id: source}), answer.id)
            passed = passes(SPECS[entry.function], as_cell(source, entry.function))
            if lost and (passed or not entry.what):
                disagree.append((entry.label, "costs points and passes the check"))
    assert disagree == []


# ---------------------------------------------------------------- the answer with one change in it


def slips(answer):
    """Yields (the answer's cell with one small change, what the change does)."""
    tree = ast.parse(answer.solution)
    wanted = {blank.split(".")[-1] for blank in (answer.blanks or answer.names)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in wanted:
            for says in changed(node):
                yield ast.unparse(tree), f"{node.name}: {says}"


def passes_all(specs, source, base):
    """Do the checks let this cell through, beside the official rest of its notebook?

    What a forward keeps in its cache is the matter of the check of its backward.
    """
    names = dict(base)
    try:
        with in_time(SECONDS):
            exec(compile(source, "<slip>", "exec"), names)
        checked = [(spec, names[spec.name]) for spec in specs]
        checked += [
            (back, names[back.name], names[spec.name])
            for spec in specs for back in SPECS.values()
            if back.forward is spec and back.name in base
        ]  # fmt: skip
        for arguments in checked:
            with in_time(SECONDS):
                if not passes(*arguments):
                    return False
        return True
    except (Exception, SystemExit, TooSlow):
        return False


def let_through(answer, base):
    return [(source, says) for source, says in slips(answer)
            if passes_all(specs_of(answer), source, base)]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", assignment.names())
def test_a_slip_that_passes_the_check_costs_nothing(name):
    real = assignment.load(name)
    session, base = prepare(real, 6, diagnose=False), namespace(real)
    disagree = []
    for answer in real.answers.values():
        assert specs_of(answer), f"{answer.id} has no check"
        assert passes_all(specs_of(answer), answer.solution, base), f"{answer.id}: the solution"
        for source, says in let_through(answer, base):
            if loses_points(session, namespace(real, {answer.id: source}), answer.id, True):
                disagree.append(f"{answer.id}: {says}")
    assert disagree == []
