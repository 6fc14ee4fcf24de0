"""Every known mistake is caught, and the message that a learner reads names it."""

import pytest

from course.checks import SPECS, check
from course.misconceptions import KNOWN, of
from course.misconceptions.registry import cell

HEAVY = ("conv", "max_pool", "softmax", "rnn_step", "rnn", "temporal_softmax", "fc")
RULES = ("sgd", "momentum", "rmsprop", "adam")


def learner(source, name):
    """The function that a notebook cell with this source defines."""
    namespace = {}
    exec(source, namespace)
    return namespace[name]


@pytest.mark.parametrize("mistake", KNOWN.values(), ids=lambda mistake: mistake.id)
def test_a_known_mistake_is_caught_and_named(mistake):
    report = check(learner(mistake.source(), mistake.function))
    assert report.verdict == "not right yet"
    assert report.diagnosis == [(mistake.id, mistake.sentence)]
    for shown in (str(report), report._repr_html_()):
        assert mistake.id in shown
    assert mistake.sentence in str(report)
    assert mistake.nudge in str(report)
    assert len(report.hints) == 3 and all(report.hints)


@pytest.mark.parametrize("name", sorted({m.function for m in KNOWN.values() if m.patches}))
def test_the_plain_version_is_right(name):
    assert check(learner(cell(name), name)).passed


def test_there_are_at_least_six_for_each_topic():
    functions = {m.function for m in KNOWN.values()}
    assert functions <= set(SPECS)
    for topic in HEAVY:
        assert sum(len(of(name)) for name in functions if name.startswith(topic)) >= 6
    for rule in RULES:
        assert len(of(rule)) >= 6
