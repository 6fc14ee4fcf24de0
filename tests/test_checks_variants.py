"""No false alarm: right functions that are written differently pass their check."""

import pytest

from course.checks import SPECS
from course.checks.judge import judge, passes
from course.checks.mistakes import known
from course.checks.storeys import ways
from course.topics import load_variants

VARIANTS = load_variants()
ALL = [(name, label) for name, variants in VARIANTS.items() for label in variants]


@pytest.mark.parametrize(("name", "label"), ALL, ids=[f"{n}: {k}" for n, k in ALL])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_right_function_passes(name, label, seed):
    function, forward = VARIANTS[name][label]
    assert judge(SPECS[name], function, forward, seed).passed
    assert passes(SPECS[name], function, forward, seed)


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_reference_passes(name, seed):
    assert judge(SPECS[name], SPECS[name].reference, seed=seed).passed


@pytest.mark.parametrize("name", sorted({m.function for m in known().values()}))
def test_every_function_is_written_in_three_ways(name):
    assert len(ways(name)) >= 3
