"""A check and its grading agree: what costs points fails the check, what passes costs none."""

import pytest

from course.checks import SPECS
from course.checks.judge import passes
from course.checks.source import as_cell
from course.grade import assignment, compare
from course.grade.session import namespace, prepare, run
from tests import held_out

BY_FUNCTION = {}
for one in held_out.entries():
    BY_FUNCTION.setdefault(one.function, []).append(one)


def loses_points(session, names, answer):
    """Is a result of some check about this answer other than the reference's?"""
    for check in session.checks:
        if answer in check.answers and not check.training:
            printed = run(check.source, names)[0]
            for result, worth in check.points.items():
                if worth and not compare.right(result, check.expected, printed, check.rtol):
                    return True
    return False


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
