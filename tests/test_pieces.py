"""The pieces that exercises build up agree with the layers they lead to."""

import numpy as np
import pytest

from course.suspects import suspects
from scratch.cnn_layers import conv_backward, conv_forward
from scratch.gradcheck import check_layer, check_model
from scratch.mlp import TwoLayerNet
from scratch.pieces import (
    conv_db,
    conv_dw,
    conv_dx,
    correlate,
    correlate_channels,
    correlate_strided,
    gradient_norms,
    residual_backward,
    residual_forward,
    wrong_gradients,
)
from scratch.rnn_layers import rnn_backward, rnn_forward


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.mark.parametrize("stride, pad", [(1, 0), (2, 1), (3, 2)])
def test_rungs_lead_to_the_layer(rng, stride, pad):
    x, w, b = rng.normal(size=(2, 3, 7, 6)), rng.normal(size=(4, 3, 3, 2)), rng.normal(size=4)
    out, cache = conv_forward(x, w, b, stride=stride, pad=pad)
    one = conv_forward(x[:1, :1], w[:1, :1], stride=stride, pad=pad)[0][0, 0]
    np.testing.assert_allclose(
        correlate_strided(x[0, 0], w[0, 0], stride=stride, pad=pad), one, rtol=1e-12, atol=1e-12
    )
    channels = correlate_channels(x[1], w, b, stride=stride, pad=pad)
    np.testing.assert_allclose(channels, out[1], rtol=1e-12, atol=1e-12)
    dout = rng.normal(size=out.shape)
    dx, dw, db = conv_backward(dout, cache)
    np.testing.assert_allclose(conv_db(dout), db, rtol=1e-12)
    np.testing.assert_allclose(conv_dw(dout, x, w, stride=stride, pad=pad), dw, rtol=1e-11)
    mine = conv_dx(dout, x, w, stride=stride, pad=pad)
    np.testing.assert_allclose(mine, dx, rtol=1e-11, atol=1e-12)


def test_correlate_by_hand():
    x = np.array([[1.0, 2, 0], [0, 1, 3]])
    np.testing.assert_array_equal(correlate(x, np.array([[1.0, 0], [-1, 2]])), [[3, 7]])


def test_gradient_norms_agree_with_backpropagation_through_time(rng):
    T, H = 6, 4
    Wh = rng.normal(size=(H, H))
    h0, zeros = np.zeros((1, H)), np.zeros(H)
    x = rng.normal(size=(1, T, H))
    h, _ = rnn_forward(x, h0, np.eye(H), Wh, zeros)
    dlast = rng.normal(size=H)
    norms = gradient_norms(Wh, h[0], dlast)
    assert norms[-1] == pytest.approx(np.linalg.norm(dlast))
    for t in range(T - 1):  # the gradient of state t: cut the sequence there and read dh0
        rest = rnn_forward(x[:, t + 1 :], h[:, t], np.eye(H), Wh, zeros)[1]
        dh = np.zeros((1, T - t - 1, H))
        dh[0, -1] = dlast
        assert norms[t] == pytest.approx(np.linalg.norm(rnn_backward(dh, rest)[1]))


def test_three_suspects_are_guilty_and_each_is_found():
    found = {name: wrong_gradients(f, b, *inputs) for name, f, b, inputs in suspects()}
    assert found == {"scale": [1], "square": [], "softplus": [0], "center": [0], "product": []}


def test_two_layer_net_gradients(rng):
    net = TwoLayerNet(6, hidden_dim=5, num_classes=3, dtype=np.float64, rng=rng)
    reports = check_model(net, rng.normal(size=(4, 2, 3)), rng.integers(0, 3, size=4))
    assert [str(r) for r in reports if not r.passed] == []
    assert net.loss(rng.normal(size=(4, 6))).shape == (4, 3)
    assert 0 <= net.accuracy(rng.normal(size=(4, 6)), np.zeros(4, int)) <= 1


@pytest.mark.parametrize("wide", [None, 2])
def test_a_residual_block(rng, wide):
    shapes = [(5, 4), (4, 3), (3,), (3, wide or 4), (wide or 4,), *([(4, wide)] if wide else [])]
    arrays = [rng.normal(size=shape) for shape in shapes]
    for report in check_layer(residual_forward, residual_backward, *arrays):
        assert report.passed, str(report)
    out, _ = residual_forward(*arrays[:3], 0 * arrays[3], 0 * arrays[4], *arrays[5:])
    skip = arrays[0] if wide is None else arrays[0] @ arrays[5]
    np.testing.assert_allclose(out, np.maximum(skip, 0))
