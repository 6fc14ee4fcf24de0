"""The share of mutants that the checks catch does not fall (`python -m tests.mutants`: all)."""

import pytest

from tests.mutants import reason, run_mutants


@pytest.mark.slow
def test_checks_catch_the_mutants_of_the_reference():
    pairs = [pair for pairs in run_mutants().values() for pair in pairs]
    alive = [mutant for mutant, noticed in pairs if not noticed]
    unexplained = [m for m in alive if not reason(m)]
    assert len(pairs) > 600
    assert len(unexplained) <= 0.02 * len(pairs), [(m.function, m.after) for m in unexplained]
