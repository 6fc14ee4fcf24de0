"""Gates, attention, batch norm in numbers: what a figure shows is what the layers compute."""

import numpy as np
import pytest

from course.figures.steppers.attention import attention_stepper
from course.figures.steppers.gates import gru_stepper, lstm_stepper, run_backward, run_forward
from course.figures.steppers.normalize import batchnorm_stepper
from course.figures.steppers.silence import dropout_stepper
from scratch.rnn_layers import (
    attention_backward,
    attention_forward,
    gru_step_backward,
    gru_step_forward,
    lstm_backward,
    lstm_forward,
)

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


def test_the_four_roads_of_a_gru_add_up():
    a, Wh = np.array([-1.0, 0.5, 0.3]), np.array([1.0, -1, 0.7])
    figure = gru_stepper(2.0, a, Wh, 1.5)
    zero = np.zeros((1, 1))
    _, cache = gru_step_forward(zero, zero + 2, np.zeros((1, 3)), Wh[None], a)
    dprev_h = gru_step_backward(zero + 1.5, cache)[1][0, 0]
    assert figure.data["modes"][0]["texts"][-1].endswith(f"dprev_h = {dprev_h:.3f}.")


def test_the_figures_of_attention_and_batch_norm_end_with_what_the_layers_say():
    query, keys = np.array([2.0, -1]), np.array([[1.0, 0], [0, 1], [1, 1]])
    values, dout = np.array([[2.0, 0], [0, 2], [-1, 1]]), np.array([1.0, 0])
    texts = attention_stepper(query, keys, values, dout).data["modes"][0]["texts"]
    _, cache = attention_forward(query[None], keys[None], values[None])
    dquery = attention_backward(dout[None], cache)[0][0]
    assert f"({dquery[0]:.2f}, {dquery[1]:.2f})" in texts[-1]
    texts = batchnorm_stepper([1, 2, 6], 2.0, 1.0, [1, 0, 0]).data["modes"][0]["texts"]
    assert "dx adds up to 0.00" in texts[-1]


def test_dropout_steps_through_masks_and_back_through_the_last():
    x, dout = np.array([1.0, 2, -1, 3]), np.array([0.5, -1, 1, 2])
    [mode] = dropout_stepper(x, dout, 0.25, masks=3).data["modes"]
    now, seen = [{}, {}], []
    for changes in mode["frames"]:
        now = [{**old, **new} for old, new in zip(now, changes)]
        numbers = [np.array(panel["cells"], float).reshape(-1, 4) for panel in now]
        seen.append((mode["texts"][len(seen)], *numbers))
    for text, (_, mask, out, _), _ in seen[1:4]:
        assert out == pytest.approx(x * mask, abs=0.02)
        assert set(mask.round(2)) <= {0, 1.33}
        silent = [d for d in range(4) if mask[d] == 0]
        assert all(str(d) in text.split("silent")[0] for d in silent)
    assert seen[3][1][3] == pytest.approx(np.mean([f[1][2] for f in seen[1:4]], axis=0), abs=0.02)
    assert seen[4][1][3] == pytest.approx(x, abs=0.2)  # the mean over 1000 masks
    _, forward, back = seen[6]
    assert back[2] == pytest.approx(dout * forward[1], abs=0.02)
    assert seen[7][1][2] == pytest.approx(x)
