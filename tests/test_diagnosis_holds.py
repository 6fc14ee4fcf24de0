"""A diagnosis is the same on another processor, after other checks, and on every case afresh."""

import numpy as np
import pytest

from course.checks import SPECS, check
from course.checks.confirm import as_cell
from course.checks.diagnose import outcome
from course.checks.judge import expectations
from course.checks.mistakes import known
from course.checks.properties import sizes
from course.checks.spec import Spec


def arrays(part):
    """All arrays in something nested."""
    if isinstance(part, np.ndarray):
        yield part
    elif isinstance(part, (dict, list, tuple)):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from arrays(inner)


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_what_a_learner_writes_into_is_nobody_elses(spec):
    """Two draws share no array: what is kept in a module would be spoilt for the next check."""
    first, second = spec.cases(0), spec.cases(0)
    for k, case in enumerate(first):
        mine = [*arrays((case.args, case.dout))]
        others = [*first[:k], *first[k + 1 :], *second]
        theirs = [a for other in others for a in arrays((other.args, other.dout))]
        assert not any(np.may_share_memory(a, b) for a in mine for b in theirs), case.tests


def test_scores_changed_in_place_spoil_no_later_check():
    id_ = "softmax-sum-over-second-axis"
    for written in ("scores[:] = 7", "scores -= scores.max(axis=1, keepdims=True)"):
        code = f"def cross_entropy(scores, y):\n    {written}\n    return scores[:, 0], scores\n"
        for mistake in ("softmax-wrong-axis", id_):
            check(as_cell(known()[mistake].source(), "softmax"))
        assert "changed scores" in str(check(as_cell(code, "cross_entropy")))
    report = check(as_cell(known()[id_].source(), "softmax"))
    assert [name for name, _ in report.diagnosis] == [id_]


@pytest.fixture
def other_processor(monkeypatch):
    """Every result comes out with other last digits, each time anew."""
    rng, unpack = np.random.default_rng(0), Spec.unpack

    def rounded(array):
        if array is None or array.dtype.kind != "f" or not array.size:
            return array
        step = 2 * np.finfo(array.dtype).eps
        largest = np.abs(array[np.isfinite(array)]).max(initial=0)
        with np.errstate(all="ignore"):
            noise = rng.uniform(-step, step, array.shape)
            off = array * (1 + noise) + 0.1 * largest * rng.uniform(-step, step, array.shape)
            exact = np.round(2 * array) == 2 * array  # 0 and 1.5 come out so on every processor
        return np.where(exact, array, off).astype(array.dtype)

    def jittered(spec, returned):
        return {name: rounded(a) for name, a in unpack(spec, returned).items()}

    monkeypatch.setattr(Spec, "unpack", jittered)
    monkeypatch.setattr("course.checks.observe.equal", close)
    outcome.cache_clear()  # what suspects did on the processor of the tests before


def close(a, b):
    """``observe.equal`` would take the noise of this test for something that is remembered."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        numbers = a.dtype.kind in "fc"
        if a.shape != b.shape or not numbers:
            return np.array_equal(a, b)
        largest = np.abs(b[np.isfinite(b)]).max(initial=0)
        return bool(np.allclose(a, b, 1e-5, 1e-6 * largest, equal_nan=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(close(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(close, a, b))
    return isinstance(a, np.ndarray) == isinstance(b, np.ndarray)


SOME = [m for k, m in enumerate(known().values()) if k % 6 == 0]


@pytest.mark.parametrize("mistake", SOME, ids=lambda mistake: mistake.id)
def test_the_last_digits_do_not_matter(mistake, other_processor):
    report = check(as_cell(mistake.source(), mistake.function))
    assert [name for name, _ in report.diagnosis] == [mistake.id]


PLACES = ("H", "W", "HH", "WW")  # of a picture, which may be square on paper


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_a_case_by_hand_has_no_two_sizes_that_agree_by_chance(spec):
    """A sum over the wrong axis, or a division by the wrong size, would come out right."""
    for case, expected in zip(spec.cases(0), expectations(spec, 0)):
        if "by hand" in case.tests:
            known = {k: n for k, n in sizes(spec, case, expected).items() if k not in PLACES}
            several = [n for n in known.values() if n > 1]
            assert len(several) == len(set(several)), (case.tests, known)
