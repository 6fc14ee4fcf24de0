"""Update rules: steps by hand, formulas written a second time, purity, descent."""

import inspect

import numpy as np
import pytest

from scratch import fast, optim

RULES = list(optim.RULES.values())


def steps(rule, w, gradients, **options):
    """All positions after the first, with the state passed along."""
    state, path = None, []
    for dw in gradients:
        w, state = rule(w, dw, state, **options)
        path.append(w)
    return np.array(path)


def test_sgd_by_hand():
    np.testing.assert_allclose(
        steps(optim.sgd, np.array([1.0, 2.0]), [np.array([10.0, -10.0])] * 2, learning_rate=0.1),
        [[0, 3], [-1, 4]],
    )


def test_momentum_by_hand():
    # v: -1, then 0.5 * -1 - 1 = -1.5, then 0.5 * -1.5 + 2 = 1.25
    path = steps(optim.momentum, 5.0, [10.0, 10.0, -20.0], learning_rate=0.1, mu=0.5)
    np.testing.assert_allclose(path, [4, 2.5, 3.75])


def test_rmsprop_by_hand():
    # mean square: 0.25 * 4² = 4, then 0.75 * 4 + 0.25 * 2² = 4
    path = steps(optim.rmsprop, 1.0, [4.0, 2.0], learning_rate=0.1, decay=0.75, epsilon=0.0)
    np.testing.assert_allclose(path, [1 - 0.1 * 4 / 2, 0.8 - 0.1 * 2 / 2])


def test_adam_by_hand():
    # step 1: m_hat = dw, v_hat = dw², so the step is the learning rate
    # step 2: m = 0.5 * 1 + 0.5 * 6 = 3.5, m_hat = 3.5 / 0.75; v = 0.75 * 1 + 0.25 * 36 = 9.75,
    # v_hat = 9.75 / 0.4375
    path = steps(optim.adam, 1.0, [2.0, 6.0], learning_rate=0.1, beta1=0.5, beta2=0.75, epsilon=0.0)
    second = 0.9 - 0.1 * (3.5 / 0.75) / np.sqrt(9.75 / 0.4375)
    np.testing.assert_allclose(path, [0.9, second])


def textbook(name, w, gradients, lr, a, b, epsilon):
    """The four rules in closed form: sums over the past instead of running states."""
    path = []
    for t in range(1, len(gradients) + 1):
        g = np.array(gradients[:t])
        age = np.arange(t)[::-1].reshape(-1, *[1] * w.ndim)  # how long ago: t - 1 .. 0
        if name == "sgd":
            step = g[-1]
        elif name == "momentum":
            step = (a**age * g).sum(axis=0)
        elif name == "rmsprop":
            step = g[-1] / (np.sqrt(((1 - a) * a**age * g**2).sum(axis=0)) + epsilon)
        else:
            m = ((1 - a) * a**age * g).sum(axis=0) / (1 - a**t)
            v = ((1 - b) * b**age * g**2).sum(axis=0) / (1 - b**t)
            step = m / (np.sqrt(v) + epsilon)
        w = w - lr * step
        path.append(w)
    return np.array(path)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("sgd", {}),
        ("momentum", {"mu": 0.8}),
        ("rmsprop", {"decay": 0.7, "epsilon": 1e-2}),
        ("adam", {"beta1": 0.8, "beta2": 0.9, "epsilon": 1e-2}),
    ],
)
def test_against_sums_over_the_past(rng, name, options):
    w, gradients = rng.normal(size=(3, 2)), list(rng.normal(size=(12, 3, 2)))
    a, b = options.get("mu", options.get("decay", options.get("beta1", 0))), options.get("beta2", 0)
    expected = textbook(name, w, gradients, 0.05, a, b, options.get("epsilon", 0))
    path = steps(optim.RULES[name], w, gradients, learning_rate=0.05, **options)
    np.testing.assert_allclose(path, expected, rtol=1e-10)


def test_defaults():
    """The defaults that the chapters quote, seen through the size of one step."""
    w, dw = np.array([0.0]), np.array([3.0])
    assert optim.sgd(w, dw)[0] == pytest.approx(-0.03)
    assert optim.momentum(w, dw)[0] == pytest.approx(-0.03)
    assert optim.rmsprop(w, dw)[0] == pytest.approx(-0.01 / np.sqrt(0.01))
    assert optim.adam(w, dw)[0] == pytest.approx(-0.001)


@pytest.mark.parametrize("rule", RULES)
def test_pure_and_float32_stays_float32(rng, rule):
    w, dw = (rng.normal(size=(4, 3)).astype(np.float32) for _ in range(2))
    state = None
    for _ in range(3):
        before = parts(state)
        kept = [np.array(a) for a in (w, dw, *before)]
        first, first_state = rule(w, dw, state)
        second, _ = rule(w, dw, state)
        np.testing.assert_array_equal(first, second)
        for a, b in zip([w, dw, *before], kept):
            np.testing.assert_array_equal(a, b)
        assert first.dtype == np.float32
        assert first is not w
        w, state = first, first_state


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "shape",
    [(300,), (900, 2), (50, 7), (3, 200), (4, 3, 5, 5), (65,), (64,), (1,), (), (5, 0), (0,)],
)
def test_in_place_gives_the_same_numbers_into_the_same_arrays(
    rng, rule, shape, workers, monkeypatch
):
    monkeypatch.setattr(fast, "BLOCK", 64)  # several blocks, the last one shorter
    w = ours = first = np.asarray(rng.normal(size=shape))
    kept, state, our_state = first.copy(), None, None
    in_place = fast.in_place(rule, workers)
    for t in range(4):
        dw = np.asarray(rng.normal(size=shape[::-1])).T  # in another memory order
        w, state = rule(w, dw, state)
        before = ours
        ours, our_state = in_place(ours, dw, our_state)
        np.testing.assert_array_equal(ours, w)
        for a, b in zip(parts(our_state), parts(state), strict=True):
            np.testing.assert_array_equal(a, b)
        assert (ours is before) == (t > 0 and state is not None and w.size > 64)
    np.testing.assert_array_equal(first, kept)  # what the caller had at first is left alone


def parts(state):
    return state if isinstance(state, tuple) else (state,) if state is not None else ()


def test_in_place_keeps_the_name_and_the_options_of_the_rule():
    assert inspect.signature(fast.in_place(optim.adam)) == inspect.signature(optim.adam)


@pytest.mark.parametrize("rule", RULES)
def test_two_parameters_do_not_share_their_state(rng, rule):
    a, b = rng.normal(size=3), rng.normal(size=3)
    gradients = [(rng.normal(size=3), rng.normal(size=3)) for _ in range(4)]
    alone = [steps(rule, a, [g[0] for g in gradients]), steps(rule, b, [g[1] for g in gradients])]
    state_a = state_b = None
    for ga, gb in gradients:
        a, state_a = rule(a, ga, state_a)
        b, state_b = rule(b, gb, state_b)
    np.testing.assert_array_equal(alone[0][-1], a)
    np.testing.assert_array_equal(alone[1][-1], b)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_finds_the_bottom_of_a_valley(rule):
    w, state = np.array([3.0, -2.0]), None
    for _ in range(1500):
        w, state = rule(w, np.array([1.0, 10.0]) * w, state, learning_rate=0.01)
    np.testing.assert_allclose(w, 0, atol=0.02)


@pytest.mark.parametrize("rule", RULES)
def test_a_zero_gradient_moves_nothing(rule):
    w, _ = rule(np.ones(3), np.zeros(3))
    np.testing.assert_array_equal(w, 1)


def test_clipping_keeps_the_direction_of_all_gradients_together():
    grads = {"a": np.array([3.0, 0.0], np.float32), "b": np.array([[4.0]], np.float32)}
    clipped, norm = optim.clip_gradients(grads, 1.0)
    assert norm == pytest.approx(5)
    np.testing.assert_allclose(clipped["a"], [0.6, 0])
    np.testing.assert_allclose(clipped["b"], [[0.8]])
    assert clipped["a"].dtype == np.float32
    np.testing.assert_array_equal(grads["a"], [3, 0])


def test_clipping_leaves_small_gradients_alone():
    grads = {"a": np.array([0.3]), "b": np.zeros(2)}
    clipped, norm = optim.clip_gradients(grads, 1.0)
    assert norm == pytest.approx(0.3)
    np.testing.assert_array_equal(clipped["a"], [0.3])
    assert np.isfinite(optim.clip_gradients({"a": np.zeros(2)}, 1.0)[0]["a"]).all()
