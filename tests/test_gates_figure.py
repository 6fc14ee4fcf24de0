"""The LSTM in numbers: what the figure shows is what the layers compute."""

import numpy as np
import pytest

from course.figures.steppers.gates import lstm_stepper, run_backward, run_forward
from scratch.rnn_layers import lstm_backward, lstm_forward

X, DH = np.array([1.0, 0, -0.5]), np.array([0.5, 0, 1])
WX, WH, B = np.array([2.0, 0, 1, 2]), np.array([0.5, 0.5, 0, -1]), np.array([0, 2.0, 0, 0])


def test_forward_and_every_road_back():
    steps = run_forward(X, WX, WH, B)
    h, cache = lstm_forward(X[None, :, None], np.zeros((1, 1)), WX[None], WH[None], B)
    assert [s[5] for s in steps] == pytest.approx(h[0, :, 0])
    back = run_backward(steps, DH, WH)
    _, _, _, _, db = lstm_backward(DH[None, :, None], cache)
    of_f = sum(
        row[3] * (steps[t - 1][4] if t else 0) * steps[t][1] * (1 - steps[t][1])
        for t, row in enumerate(back)
    )
    assert of_f == pytest.approx(db[1])  # the forget gate's share of db, from the figure's numbers
    assert [row[4] for row in back][1:] == pytest.approx([row[2] for row in back][:-1])


def test_the_figure_has_a_frame_for_each_half_step_both_ways():
    figure = lstm_stepper(X, WX, WH, B, DH)
    assert len(figure.data["modes"][0]["texts"]) == 1 + 4 * len(X) + 1
    assert "add up to" in figure.data["modes"][0]["texts"][-3]
