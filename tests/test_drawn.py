"""Checks of functions that draw at random: any right draw passes, a wrong chance is seen."""

import numpy as np
import pytest

from course.checks import SPECS
from course.checks.judge import judge
from course.checks.spec import Case, Seed, fresh
from course.topics.regularization.draws import how_they_moved, snapped


def dropout(chance=lambda p: p, scale=lambda p: 1 / (1 - p), depends=False):
    """A dropout_forward with another chance or scale, or with a mask that depends on x."""

    def dropout_forward(x, *, drop_prob=0.5, rng, train=True):
        if not train:
            return x, None
        drawn = rng.random(x.shape)
        kept = drawn >= chance(drop_prob)
        kept &= (x != x.max()) | (not depends)
        mask = (kept * scale(drop_prob)).astype(x.dtype)
        return x * mask, mask

    return dropout_forward


def wrong_results(function):
    """The names of the results that a check finds wrong first; none where it passes."""
    report = judge(SPECS["dropout_forward"], function)
    return [line.split(":")[0] for line in report.lines]


def test_any_mask_of_the_right_chance_passes():
    assert wrong_results(dropout()) == []


@pytest.mark.parametrize("off", [0.06, -0.06])
def test_a_chance_that_is_a_little_off_is_seen(off):
    function = dropout(chance=lambda p: p + off * (p > 0), scale=lambda p: 1 / (1 - p))
    assert wrong_results(function) == ["share that is silenced"]


def test_a_scale_that_is_off_is_seen_in_a_small_case():
    report = judge(SPECS["dropout_forward"], dropout(scale=lambda p: 1 + p))
    assert "out / x of the survivors" in report.lines[0]


def test_a_mask_that_depends_on_the_numbers_is_seen():
    assert "out is x times a mask" in wrong_results(dropout(depends=True))


def test_a_seed_gives_each_call_a_generator_of_its_own():
    case = Case("", (), {"rng": Seed(3), "most": 2})
    first, second = fresh(case.options), fresh(case.options)
    assert first["most"] == 2 and first["rng"] is not second["rng"]
    assert first["rng"].random() == second["rng"].random()
    assert str(case.options["rng"]) == "default_rng(3)"


@pytest.mark.parametrize("p", [0.2, 0.5, 2 / 3])
def test_a_share_is_taken_for_the_probability_that_it_stands_for(p):
    rng, n = np.random.default_rng(0), 20000
    for _ in range(20):
        assert snapped((rng.random(n) < p).mean(), p, n) == p
        assert snapped((rng.random(n) < 1 - p).mean(), p, n) == pytest.approx(1 - p)
    assert snapped(0.0, p, n) == 0 and snapped(1.0, p, n) == 1
    assert snapped(p + 0.1, p, n) != p


@pytest.mark.parametrize("move", [(0, 0), (1, -2), (-2, 2), (3, 0)])
def test_a_move_is_read_from_what_stayed_inside(move):
    rng = np.random.default_rng(1)
    x, out = rng.normal(size=(2, 2, 7, 8)), rng.normal(size=(2, 2, 7, 8))  # noise comes in
    (down, right), (H, W) = move, x.shape[2:]
    rows = slice(max(down, 0), H + min(down, 0)), slice(max(-down, 0), H + min(-down, 0))
    cols = slice(max(right, 0), W + min(right, 0)), slice(max(-right, 0), W + min(-right, 0))
    out[0][:, rows[0], cols[0]] = x[0][:, rows[1], cols[1]]  # the second is no picture of x
    moves, known = how_they_moved(x, out, 2)
    assert tuple(moves[0]) == move and known.tolist() == [True, False]
