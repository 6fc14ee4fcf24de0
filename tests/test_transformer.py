"""A transformer of one block: gradients of the whole, what it may not see, what it writes."""

import numpy as np
import pytest

from scratch import fast, loops, plain
from scratch.gradcheck import check_layer, check_model
from scratch.rnn_layers import self_attention_backward, self_attention_forward
from scratch.solver import Solver
from scratch.transformer import CharTransformer


def model(**options):
    options = {"length": 6, "dim": 5, "attention_dim": 3, "hidden_dim": 8, **options}
    rng = np.random.default_rng(1)
    return CharTransformer(7, dtype=options.pop("dtype", np.float64), rng=rng, **options)


def task(N=3, T=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 7, (N, T)), rng.integers(0, 7, (N, T))


@pytest.mark.parametrize(
    "sizes", [(3, 5, 4, 2, 6), (1, 4, 3, 5, 2), (2, 1, 4, 3, 3), (1, 1, 1, 1, 1)]
)
def test_gradients_of_self_attention(sizes, rng):
    N, T, D, A, M = sizes
    arrays = [rng.normal(size=s) for s in ((N, T, D), (D, A), (D, A), (D, M))]
    for report in check_layer(self_attention_forward, self_attention_backward, *arrays):
        assert report.passed, str(report)


@pytest.mark.parametrize("backend", [plain, fast, loops])
def test_extreme_scores_stay_numbers(backend, rng):
    x, *weights = (rng.normal(size=s) for s in ((2, 4, 3), (3, 2), (3, 2), (3, 5)))
    out, cache = backend.self_attention_forward(1e4 * x, *weights)
    grads = backend.self_attention_backward(np.ones_like(out), cache)
    assert all(np.isfinite(g).all() for g in (out, *grads))


def test_no_step_sees_a_later_one_and_the_first_reads_itself(rng):
    x, *weights = (rng.normal(size=s) for s in ((2, 5, 3), (3, 4), (3, 4), (3, 2)))
    out, cache = self_attention_forward(x, *weights)
    np.testing.assert_allclose(out[:, 0], x[:, 0] @ weights[2])
    changed = x.copy()
    changed[:, 3:] += 1
    later, _ = self_attention_forward(changed, *weights)
    np.testing.assert_array_equal(later[:, :3], out[:, :3])
    dout = np.zeros_like(out)
    dout[:, 2] = 1
    dx = self_attention_backward(dout, cache)[0]
    assert (dx[:, 3:] == 0).all() and (dx[:, :3] != 0).all()


@pytest.mark.parametrize("backend", [plain, fast, loops])
def test_gradients_of_the_whole_network(backend):
    for report in check_model(model(backend=backend), *task(), samples=8):
        assert report.passed, str(report)


def test_a_text_shorter_than_length_leaves_the_later_places_alone():
    x, y = task(T=4)
    for report in check_model(model(), x, y, samples=8):
        assert report.passed, str(report)
    assert (model().loss(x, y)[1]["W_place"][4:] == 0).all()


def test_looks_are_the_weights_that_the_network_uses():
    net, (x, _) = model(backend=plain), task()
    looks = net.looks(x)
    np.testing.assert_allclose(looks.sum(axis=2), 1)
    assert (looks[:, ~np.tri(6, dtype=bool)] == 0).all()
    for t, cache in enumerate(net.forward(x)[1][1][4]):
        np.testing.assert_allclose(looks[:, t, : t + 1], cache[3])


def test_it_writes_what_its_scores_say():
    net = model()
    text = net.sample([3, 1], 9)
    assert list(text[:2]) == [3, 1] and len(text) == 11
    for t in range(1, 10):
        window = text[max(0, t - 5) : t + 1]  # it reads six characters
        assert net.forward(window[None])[0][0, -1].argmax() == text[t + 1]
    drawn = [net.sample([3], 20, temperature=3.0, rng=np.random.default_rng(k)) for k in (0, 0, 1)]
    assert (drawn[0] == drawn[1]).all() and (drawn[0] != drawn[2]).any()


def test_it_learns_to_say_where_a_sign_stood():
    """Each row holds one 0 somewhere; at the last place it is asked where."""
    rng = np.random.default_rng(0)
    x = rng.integers(2, 6, (600, 6))
    at, rows = rng.integers(0, 4, 600), np.arange(600)
    x[rows, at], x[:, 5] = 0, 1
    y = np.full_like(x, 6)
    y[:, 5] = at
    data = {"X_train": x[:500], "y_train": y[:500], "X_val": x[500:], "y_val": y[500:]}
    options = {"update_rule": "adam", "optim_config": {"learning_rate": 0.01}}
    net = model(dim=16, hidden_dim=32, dtype=np.float32)
    Solver(net, data, num_epochs=15, batch_size=50, verbose=False, **options).train()
    found = net.forward(x[500:])[0][:, 5].argmax(axis=1) == y[500:, 5]
    assert found.mean() > 0.95


def test_a_wrong_shape_gets_a_sentence(rng):
    with pytest.raises(ValueError, match=r"Wk has shape \(3, 4\), expected \(D, A\)"):
        self_attention_forward(*(rng.normal(size=s) for s in ((2, 4, 3), (3, 2), (3, 4), (3, 5))))
    with pytest.raises(ValueError, match="y has shape"):
        model().loss(task()[0], task(N=2)[1])


def test_a_text_that_is_too_long_or_none_gets_a_sentence():
    x, y = task(N=2, T=9)
    for run in (lambda: model().forward(x), lambda: model().looks(x), lambda: model().loss(x, y)):
        with pytest.raises(ValueError, match="9 characters a row, expected at most length, 6"):
            run()
    with pytest.raises(ValueError, match="expected at most length, 1"):  # would broadcast
        model(length=1).forward(x)
    with pytest.raises(ValueError, match="y"):
        model().accuracy(x[:, :6], y[:, :1])
    with pytest.raises(ValueError, match="start"):
        model().sample([], 3)


def test_float32_stays_float32():
    _, grads = model(dtype=np.float32).loss(*task())
    assert all(g.dtype == np.float32 for g in grads.values())
