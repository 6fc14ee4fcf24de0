"""Networks put together from layers: gradients of whole networks, memory, the switch, Solver."""

from types import SimpleNamespace

import numpy as np
import pytest

from scratch import fast, loops, plain
from scratch.cnn import ConvNet
from scratch.gradcheck import check_model
from scratch.optim import cosine
from scratch.sequential import (
    Sequential,
    batchnorm,
    conv,
    dropout,
    fc,
    flatten,
    max_pool,
    mean_pool,
    relu,
    residual,
)
from scratch.solver import Solver


def rows_net(**options):
    return Sequential(
        *(fc(4, 6), batchnorm(6), relu(), dropout(0.3)),
        *(residual(fc(6, 6), batchnorm(6), relu(), dropout(0.5)), relu(), fc(6, 3)),
        **options,
    )


def images_net(**options):
    narrow = residual(
        *(conv(3, 4, 3, stride=2, pad=1), batchnorm(4), relu(), conv(4, 4, 3, pad=1), batchnorm(4)),
        shortcut=[conv(3, 4, 1, stride=2), batchnorm(4)],
    )
    return Sequential(
        *(conv(2, 3, 3, pad=1), batchnorm(3), relu(), max_pool(), narrow, relu()),
        *(residual(conv(4, 4, 3, pad=1), relu(), conv(4, 4, 3, pad=1)), mean_pool(), fc(4, 3)),
        **options,
    )


def batch(shape, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape), rng.integers(0, 3, size=shape[0])


NETS = {"rows": (rows_net, (5, 4)), "images": (images_net, (4, 2, 8, 6))}


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("backend", [plain, fast, loops])
def test_gradients_of_the_whole_network(name, backend):
    make, shape = NETS[name]
    net = make(dtype=np.float64, backend=backend, rng=np.random.default_rng(3))
    for report in check_model(net, *batch(shape), samples=8, tolerance=1e-4):
        assert report.passed, str(report)


@pytest.mark.parametrize("name", NETS)
def test_gradient_of_the_input(name):
    make, shape = NETS[name]
    net, (X, _) = make(dtype=np.float64), batch(shape)
    drawn = net.rng.bit_generator.state

    def scores(X):
        net.rng.bit_generator.state = drawn  # the same masks each time
        return net.forward(X, train=True)

    out, caches, _ = scores(X)
    rng = np.random.default_rng(1)
    dout, v = rng.normal(size=out.shape), rng.normal(size=X.shape)
    slope = np.vdot(dout, scores(X + 1e-6 * v)[0] - scores(X - 1e-6 * v)[0]) / 2e-6
    assert np.vdot(net.backward(dout, caches)[0], v) == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize("name", NETS)
def test_the_storeys_agree(name):
    make, shape = NETS[name]
    X, y = batch(shape)
    results = []
    for backend in (plain, fast, loops):
        net = make(dtype=np.float64, backend=backend, rng=np.random.default_rng(3))
        loss, grads = net.loss(X, y)
        results.append((loss, grads, net.state, net.predict(X)))
    for loss, grads, state, scores in results[1:]:
        assert loss == pytest.approx(results[0][0])
        np.testing.assert_allclose(scores, results[0][3], atol=1e-9)
        for here, there in ((grads, results[0][1]), (state, results[0][2])):
            assert here.keys() == there.keys()
            for k in here:
                np.testing.assert_allclose(here[k], there[k], atol=1e-9, err_msg=k)


def test_every_parameter_has_a_gradient_and_state_is_none_of_them():
    net = images_net()
    _, grads = net.loss(*batch((4, 2, 8, 6)))
    assert grads.keys() == net.params.keys()
    assert not net.params.keys() & net.state.keys()
    assert {"4.F.0.W", "4.skip.0.W", "4.skip.1.gamma", "1.beta"} <= net.params.keys()
    assert {"1.mean", "4.skip.1.var"} <= net.state.keys()
    assert all(g.dtype == np.float32 for g in grads.values())
    assert all(s.dtype == np.float32 for s in net.state.values())


def test_a_list_of_plain_layers_is_the_convnet():
    X, y = batch((3, 1, 28, 28))
    old = ConvNet(num_filters_1=2, num_filters_2=3, dtype=np.float64)
    new = Sequential(
        *(conv(1, 2, 5), relu(), max_pool(), conv(2, 3, 5), relu(), max_pool()),
        *(flatten(), fc(48, 100), relu(), fc(100, 10)),
        dtype=np.float64,
    )
    names = {"0.W": "W1", "3.W": "W2", "7.W": "W3", "7.b": "b3", "9.W": "W4", "9.b": "b4"}
    new.params.update({mine: old.params[theirs] for mine, theirs in names.items()})
    (loss, grads), (same, others) = new.loss(X, y), old.loss(X, y)
    assert loss == pytest.approx(same)
    for mine, theirs in names.items():
        np.testing.assert_allclose(grads[mine], others[theirs])


# ---------------------------------------------------------------- memory and the switch


def test_the_running_averages_follow_the_batches_and_only_those_of_training():
    net = Sequential(batchnorm(3, momentum=0.9), dtype=np.float64)
    X = np.random.default_rng(0).normal(2, 3, size=(50, 3))
    before = {k: v.copy() for k, v in net.state.items()}
    net.predict(X)
    net.accuracy(X, np.zeros(50, int))
    for k, v in net.state.items():
        np.testing.assert_array_equal(v, before[k])
    net.loss(X, np.zeros(50, int))
    np.testing.assert_allclose(net.state["0.mean"], 0.1 * X.mean(axis=0))
    np.testing.assert_allclose(net.state["0.var"], 0.9 + 0.1 * X.var(axis=0))


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 5, 2)])
def test_a_learners_own_running_averages_are_those_that_are_used(shape):
    """Also where the rest of the backend is the tuned one."""
    kept = lambda mean, var, x, *, momentum: (x.max(axis=0), x.min(axis=0))  # noqa: E731
    mine = SimpleNamespace(**{**vars(fast), "running_averages": kept})
    net = Sequential(batchnorm(3), *([mean_pool()] if len(shape) == 4 else []), backend=mine)
    X = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    net.loss(X, np.zeros(len(X), int))
    axes = tuple(k for k in range(len(shape)) if k != 1)
    np.testing.assert_array_equal(net.state["0.mean"], X.max(axis=axes))
    np.testing.assert_array_equal(net.state["0.var"], X.min(axis=axes))


def test_at_test_time_a_row_does_not_depend_on_the_others():
    net, (X, y) = rows_net(), batch((9, 4))
    for _ in range(3):
        net.loss(X, y)
    alone = np.concatenate([net.predict(x[None]) for x in X])
    np.testing.assert_allclose(net.predict(X), alone, rtol=1e-5)


def test_training_draws_new_masks_and_test_none():
    net, (X, y) = rows_net(), batch((9, 4))
    losses = [net.loss(X, y)[0] for _ in range(2)]
    assert losses[0] != losses[1]
    np.testing.assert_array_equal(net.predict(X), net.predict(X))


def test_forward_has_to_be_told_and_changes_nothing():
    net, (X, _) = rows_net(), batch((9, 4))
    with pytest.raises(TypeError, match="train"):
        net.forward(X)
    before = {k: v.copy() for k, v in net.state.items()}
    net.forward(X, train=True)
    assert all(np.array_equal(net.state[k], before[k]) for k in before)


def test_a_block_without_layers_doubles_and_one_of_zeros_does_nothing():
    X = np.random.default_rng(0).normal(size=(4, 3))
    np.testing.assert_allclose(Sequential(residual()).predict(X), 2 * X, rtol=1e-6)
    net = Sequential(residual(fc(3, 3)))
    net.params["0.F.0.W"][:] = 0
    np.testing.assert_allclose(net.predict(X), X, rtol=1e-6)


# ---------------------------------------------------------------- Solver


def solver_of(net, seed=0, **options):
    X, y = batch((60, 4))
    data = {"X_train": X, "y_train": y, "X_val": X[:20], "y_val": y[:20]}
    options = {"num_epochs": 4, "batch_size": 20, "update_rule": "adam", **options}
    return Solver(net, data, verbose=False, rng=np.random.default_rng(seed), **options)


def test_a_resumed_run_is_the_same_run(tmp_path):
    whole = solver_of(rows_net())
    whole.train()
    first = solver_of(rows_net(), num_epochs=2)
    first.train(checkpoint=tmp_path / "run.npz")
    second = solver_of(rows_net(rng=np.random.default_rng(77)))
    second.resume(tmp_path / "run.npz")
    second.train()
    assert second.loss_history == whole.loss_history
    for kept, expected in ((second.model.params, whole.model.params),
                           (second.model.state, whole.model.state)):  # fmt: skip
        for k in expected:
            np.testing.assert_array_equal(kept[k], expected[k], err_msg=k)


def test_the_state_that_is_kept_belongs_to_the_parameters_that_are_kept():
    solver = solver_of(rows_net())
    seen = []
    evaluate = solver.evaluate

    def watch():
        evaluate()
        seen.append((solver.val_acc_history[-1], solver.model.state["1.mean"].copy()))

    solver.evaluate = watch
    solver.train()
    best = max(range(len(seen)), key=lambda k: seen[k][0])
    np.testing.assert_array_equal(solver.model.state["1.mean"], seen[best][1])


def test_weight_decay_shrinks_weights_and_no_vectors():
    net = rows_net()
    before = {k: w.copy() for k, w in net.params.items()}
    solver = solver_of(
        net, weight_decay=0.1, update_rule=lambda w, dw, s, *, learning_rate=0.5: (w, s)
    )
    solver.step(np.arange(20))
    for k, w in net.params.items():
        factor = 1 - 0.5 * 0.1 if w.ndim > 1 else 1
        np.testing.assert_allclose(w, factor * before[k], rtol=1e-6, err_msg=k)


def test_the_schedule_gives_each_step_its_learning_rate():
    rates = []

    def rule(w, dw, state, *, learning_rate=0.5):
        rates.append(learning_rate)
        return w, state

    solver = solver_of(rows_net(), update_rule=rule, schedule=lambda done: 1 - done)
    solver.train()
    each = rates[:: len(solver.model.params)]
    np.testing.assert_allclose(each, 0.5 * (1 - np.arange(12) / 12))


def test_cosine_goes_up_and_then_down_to_nothing():
    factors = np.array([cosine(done) for done in np.linspace(0, 1, 101)])
    assert 0 < factors[0] < 0.05 and factors.max() == pytest.approx(1) and factors[-1] < 1e-9
    assert (np.diff(factors[:5]) > 0).all() and (np.diff(factors[6:]) < 0).all()


def test_augment_changes_what_is_learned_from_and_not_the_data():
    seen = []
    net = rows_net()
    inner = net.loss
    net.loss = lambda X, y=None: seen.append(X) or inner(X, y)
    solver = solver_of(net, augment=lambda X, rng: X + rng.normal(size=X.shape), num_epochs=1)
    before = solver.data["X_train"].copy()
    solver.step(np.arange(20))
    assert np.abs(seen[0] - before[:20]).max() > 0.1
    np.testing.assert_array_equal(solver.data["X_train"], before)
