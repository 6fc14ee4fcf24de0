"""Pictures moved and mirrored at random: by hand, and what has to hold for every draw."""

import numpy as np
import pytest

from scratch.augment import random_flip, random_shift


class Always:
    """A generator that always draws the same numbers."""

    def __init__(self, *numbers):
        self.numbers = np.array(numbers)

    def integers(self, low, high, size):
        assert (low <= self.numbers).all() and (self.numbers < high).all()
        return np.broadcast_to(self.numbers, size)


@pytest.fixture
def batch():
    return np.random.default_rng(0).normal(size=(300, 2, 5, 7)).astype(np.float32)


def test_a_move_by_hand():
    X = np.arange(1.0, 7).reshape(1, 1, 2, 3)
    moved = random_shift(X, Always(0, 2), most=1)  # a window that starts above and to the right
    np.testing.assert_array_equal(moved[0, 0], [[0, 0, 0], [2, 3, 0]])
    np.testing.assert_array_equal(random_shift(X, Always(1, 1), most=1), X)


def test_what_stays_inside_is_unchanged_and_what_moves_in_is_zero(batch):
    moved, before = random_shift(batch, np.random.default_rng(1), most=2), batch.copy()
    assert moved.dtype == batch.dtype and (batch == before).all()
    for x, m in zip(batch, moved):
        left = m[m != 0]
        assert len(left) >= 2 * 3 * 5 and np.isin(left, x).all()


def test_every_move_occurs_and_rows_do_not_move_alike():
    marked = np.zeros((2000, 1, 5, 6))
    marked[:, 0, 2, 3] = 1
    moved = random_shift(marked, np.random.default_rng(2), most=2)
    places = np.argwhere(moved[:, 0])[:, 1:] - [2, 3]
    assert len(places) == 2000
    assert {tuple(p) for p in places} == {(i, j) for i in range(-2, 3) for j in range(-2, 3)}
    assert np.abs(places.mean(axis=0)).max() < 5 * np.sqrt(2 / 2000)


def test_half_of_the_pictures_are_mirrored_left_for_right(batch):
    mirrored = random_flip(batch, np.random.default_rng(3))
    turned = np.array([not np.array_equal(x, m) for x, m in zip(batch, mirrored)])
    np.testing.assert_array_equal(mirrored[turned], batch[turned][..., ::-1])
    assert abs(turned.mean() - 0.5) < 5 * np.sqrt(0.25 / len(batch))
    assert mirrored.dtype == batch.dtype


@pytest.mark.parametrize("change", [random_shift, random_flip])
def test_a_seed_repeats_it_and_another_shape_is_refused(change, batch):
    first, again, other = (change(batch, np.random.default_rng(s)) for s in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    with pytest.raises(ValueError, match="X"):
        change(batch[0], np.random.default_rng(0))
