"""Declared shapes: what is accepted, what is returned, and what the refusal says."""

import numpy as np
import pytest

from scratch.shapes import check_indices, check_shapes


def zeros(*shape):
    return np.zeros(shape)


def test_returns_the_size_of_each_letter_in_order():
    assert check_shapes("x (N, D), w (D, M), b (M,)", zeros(2, 3), zeros(3, 4), zeros(4)) == (
        2,
        3,
        4,
    )


def test_leading_dots_stand_for_any_number_of_axes():
    for lead in [(), (5,), (5, 6)]:
        assert check_shapes("x (..., D), w (D, M)", zeros(*lead, 3), zeros(3, 4)) == (3, 4)


def test_a_number_stands_for_itself():
    assert check_shapes("x (N, 3)", zeros(5, 3)) == (5,)
    with pytest.raises(ValueError, match=r"x has shape \(5, 4\), expected \(N, 3\)\."):
        check_shapes("x (N, 3)", zeros(5, 4))


@pytest.mark.parametrize(
    ("declaration", "shapes", "sentence"),
    [
        ("x (N, D), w (D, M)", [(2, 3), (4, 5)],
         "w has shape (4, 5), expected (D, M) with D = 3 as in x."),
        ("x (N, D)", [(2, 3, 4)], "x has shape (2, 3, 4), expected (N, D)."),
        ("b (M,)", [()], "b has shape (), expected (M,)."),
        ("x (..., D), b (D,)", [(2, 3), (2,)],
         "b has shape (2,), expected (D,) with D = 3 as in x."),
        ("w (H, H)", [(2, 3)], "w has shape (2, 3), expected (H, H)."),
    ],
)  # fmt: skip
def test_the_refusal_names_argument_came_and_expected(declaration, shapes, sentence):
    with pytest.raises(ValueError) as error:
        check_shapes(declaration, *(np.zeros(shape) for shape in shapes))
    assert str(error.value) == sentence


def test_a_letter_used_twice_in_one_array_is_one_size():
    assert check_shapes("w (H, H)", zeros(3, 3)) == (3,)


def test_as_many_arrays_as_declared():
    with pytest.raises(ValueError):
        check_shapes("x (N, D), w (D, M)", zeros(2, 3))


def test_anything_with_a_shape_will_do():
    assert check_shapes("x (N, D)", [[1, 2, 3], [4, 5, 6]]) == (2, 3)


class TestMultiples:
    """``4H``: as for the gates of an LSTM, which lie side by side."""

    LSTM = "x (N, D), Wx (D, 4H), h (N, H), b (4H,)"

    def test_the_letter_is_what_one_of_them_measures(self):
        arrays = zeros(2, 3), zeros(3, 20), zeros(2, 5), zeros(20)
        assert check_shapes(self.LSTM, *arrays) == (2, 3, 5)
        assert check_shapes("w (H, 2H)", zeros(3, 6)) == (3,)
        assert check_shapes("w (2H, H)", zeros(6, 3)) == (3,)

    @pytest.mark.parametrize(
        ("shapes", "sentence"),
        [
            ([(2, 3), (3, 18), (2, 5), (20,)],
             "Wx has shape (3, 18), expected (D, 4H) with D = 3 as in x."),
            ([(2, 3), (3, 20), (2, 4), (20,)],
             "h has shape (2, 4), expected (N, H) with N = 2 as in x, H = 5 as in Wx."),
            ([(2, 3), (3, 20), (2, 5), (5,)],
             "b has shape (5,), expected (4H,) with H = 5 as in Wx."),
        ],
    )  # fmt: skip
    def test_the_refusal_says_of_what_it_is_a_multiple(self, shapes, sentence):
        with pytest.raises(ValueError) as error:
            check_shapes(self.LSTM, *(np.zeros(shape) for shape in shapes))
        assert str(error.value) == sentence

    def test_a_letter_keeps_the_array_where_it_first_appeared(self):
        with pytest.raises(ValueError, match="H = 5 as in a"):
            check_shapes("a (H,), b (2H,), c (H,)", zeros(5), zeros(10), zeros(4))


@pytest.mark.parametrize(
    ("indices", "words"),
    [([0, 3], "from 0 to 3"), ([-1, 0], "from -1 to 0"), ([0.0, 1.0], "dtype float64")],
)
def test_indices_out_of_range_or_not_integers(indices, words):
    with pytest.raises(ValueError, match=words + r".*expected integers in 0\.\.2\."):
        check_indices("y", np.array(indices), 3)


def test_good_indices_pass():
    check_indices("y", np.array([0, 2]), 3)
    check_indices("y", np.zeros(0, dtype=int), 3)
