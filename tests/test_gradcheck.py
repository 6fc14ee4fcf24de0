"""The gradient check itself: right gradients pass, each kind of wrong one is found and located."""

import numpy as np
import pytest

from scratch import gradcheck
from scratch.layers import fc_backward, fc_forward, softmax_loss


def test_numeric_gradient_of_known_functions(rng):
    x = rng.normal(size=(2, 3))
    np.testing.assert_allclose(
        gradcheck.numeric_gradient(lambda v: (v**3).sum(), x), 3 * x**2, rtol=1e-7
    )
    dout = rng.normal(size=(2, 3))
    np.testing.assert_allclose(
        gradcheck.numeric_gradient(np.sin, x, dout), dout * np.cos(x), rtol=1e-7
    )


def test_numeric_gradient_is_right_when_the_function_hands_back_its_input():
    np.testing.assert_allclose(gradcheck.numeric_gradient(lambda v: v, np.ones(3), 2.0), 2)


def test_numeric_gradient_leaves_its_input_alone(rng):
    x = rng.normal(size=4).astype(np.float32)
    kept = x.copy()
    assert gradcheck.numeric_gradient(lambda v: (v**2).sum(), x).dtype == np.float64
    np.testing.assert_array_equal(x, kept)


def test_relative_error_is_symmetric_and_forgives_dust():
    a, b = np.array([1.0, 100.0, 0.0]), np.array([1.1, 100.0, 1e-12])
    errors = gradcheck.relative_error(a, b)
    np.testing.assert_array_equal(errors, gradcheck.relative_error(b, a))
    assert errors[0] == pytest.approx(0.1 / 2.1)
    assert errors[1] == 0
    assert errors[2] < 1e-10


def test_the_report_says_which_element():
    numeric = np.arange(1.0, 13).reshape(3, 4)
    analytic = numeric.copy()
    analytic[1, 2] = -7
    report = gradcheck.compare_gradients("dw", analytic, numeric)
    assert not report.passed
    assert (report.index, report.wrong, report.size) == ((1, 2), 1, 12)
    assert "dw[1, 2]: backward says -7, the slope is 7" in str(report)
    assert gradcheck.compare_gradients("dw", numeric, numeric).passed


def test_nan_and_infinity_count_as_wrong():
    for bad in (np.nan, np.inf, -np.inf):
        report = gradcheck.compare_gradients("dx", np.array([1.0, bad, 1.0]), np.ones(3))
        assert (report.wrong, report.index) == (1, (1,))


def test_a_gradient_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"gradient db has shape \(3, 1\), expected \(3,\)"):
        gradcheck.compare_gradients("db", np.zeros((3, 1)), np.zeros(3))


MISTAKES = {
    "off by a factor": lambda dx, dw, db: (2 * dx, dw, db),
    "sign": lambda dx, dw, db: (dx, -dw, db),
    "zero": lambda dx, dw, db: (dx, dw, 0 * db),
    "one element": lambda dx, dw, db: (dx + 0.1 * (dx == dx.max()), dw, db),
    "two swapped": lambda dx, dw, db: (dx, dw[::-1], db),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_found_elementwise_and_along_directions(rng, mistake):
    inputs = [rng.normal(size=s) for s in [(4, 3), (3, 5), (5,)]]

    def wrong(dout, cache):
        return MISTAKES[mistake](*fc_backward(dout, cache))

    reports = gradcheck.check_layer(fc_forward, wrong, *inputs, names=["x", "w", "b"])
    assert [r.name for r in reports] == ["x", "w", "b"]
    assert sum(not r.passed for r in reports) == 1
    assert gradcheck.directional_error(fc_forward, wrong, *inputs, rng=rng) > 1e-5
    assert gradcheck.directional_error(fc_forward, fc_backward, *inputs, rng=rng) < 1e-8


class Linear:
    """The smallest model: scores X w, with a gradient that can be spoiled."""

    def __init__(self, spoil=0.0):
        self.params = {"w": np.random.default_rng(3).normal(size=(4, 3))}
        self.spoil = spoil

    def loss(self, X, y):
        loss, dscores = softmax_loss(X @ self.params["w"], y)
        dw = X.T @ dscores
        dw[2, 1] += self.spoil
        return loss, {"w": dw}


def test_check_model_samples_and_restores_the_parameters(rng):
    X, y = rng.normal(size=(6, 4)), rng.integers(0, 3, 6)
    right, wrong = Linear(), Linear(spoil=0.1)
    kept = right.params["w"].copy()
    assert all(r.passed for r in gradcheck.check_model(right, X, y))
    np.testing.assert_array_equal(right.params["w"], kept)
    (report,) = gradcheck.check_model(wrong, X, y)  # 12 elements: all of them are sampled
    assert not report.passed
    assert report.index == (2, 1)
