"""Right, but written differently: the update rules."""

import numpy as np

from course.checks.variants import variant


@variant("sgd", "a copy, then in place")
def sgd_copy(w, dw, state=None, *, learning_rate=1e-2):
    w = w.copy()
    w -= learning_rate * dw
    return w, None


@variant("sgd", "a state that is not needed")
def sgd_state(w, dw, state=None, *, learning_rate=1e-2):
    return -(learning_rate * dw - w), {}


@variant("sgd", "element by element")
def sgd_loops(w, dw, state=None, *, learning_rate=1e-2):
    new = np.empty_like(w)
    for k in np.ndindex(w.shape):
        new[k] = w[k] - learning_rate * dw[k]
    return new, state


@variant("momentum", "a dict as state")
def momentum_dict(w, dw, state=None, *, learning_rate=1e-2, mu=0.9):
    v = (state or {"v": np.zeros(w.shape, w.dtype)})["v"] * mu - dw * learning_rate
    return v + w, {"v": v}


@variant("momentum", "the last step taken as state")
def momentum_steps(w, dw, state=None, *, learning_rate=1e-2, mu=0.9):
    step = -learning_rate * dw
    if state is not None:
        step += mu * state[0]
    return w + step, (step,)


@variant("rmsprop", "the rate divided first")
def rmsprop_rate(w, dw, state=None, *, learning_rate=1e-2, decay=0.99, epsilon=1e-8):
    s = (1 - decay) * np.square(dw)
    if state is not None:
        s = s + decay * state
    return w - (learning_rate / (s**0.5 + epsilon)) * dw, s


@variant("rmsprop", "an interpolation")
def rmsprop_lerp(w, dw, state=None, *, learning_rate=1e-2, decay=0.99, epsilon=1e-8):
    s = np.zeros_like(w) if state is None else state[0]
    s = s + (1 - decay) * (dw * dw - s)
    return w - learning_rate * dw / (epsilon + np.sqrt(s)), [s]


@variant("rmsprop", "a dict as state")
def rmsprop_dict(w, dw, state=None, *, learning_rate=1e-2, decay=0.99, epsilon=1e-8):
    state = {"s": 0 * w} if state is None else dict(state)
    state["s"] = decay * state["s"] + (1 - decay) * np.power(dw, 2)
    return w + -learning_rate * dw / (np.sqrt(state["s"]) + epsilon), state


@variant("adam", "the correction moved into the rate")
def adam_rate(w, dw, state=None, *, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v, t = state or (0 * w, 0 * w, 0)
    t += 1
    m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw * dw
    root = (1 - beta2**t) ** 0.5
    rate = learning_rate * root / (1 - beta1**t)
    return w - rate * m / (np.sqrt(v) + epsilon * root), (m, v, t)


@variant("adam", "a dict as state, powers carried along")
def adam_dict(w, dw, state=None, *, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
    old = state or {"m": np.zeros_like(w), "v": np.zeros_like(w), "p1": 1.0, "p2": 1.0}
    new = {
        "m": old["m"] + (1 - beta1) * (dw - old["m"]),
        "v": old["v"] + (1 - beta2) * (dw**2 - old["v"]),
        "p1": old["p1"] * beta1,
        "p2": old["p2"] * beta2,
    }
    scale = np.sqrt(new["v"] / (1 - new["p2"])) + epsilon
    return w - learning_rate * new["m"] / (1 - new["p1"]) / scale, new


@variant("adam", "t as an array")
def adam_array(w, dw, state=None, *, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v, t = (np.zeros_like(w), np.zeros_like(w), np.array(0)) if state is None else state
    t = t + 1
    m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2
    m_hat, v_hat = m / (1 - float(beta1**t)), v / (1 - float(beta2**t))
    return w - learning_rate * m_hat / (v_hat**0.5 + epsilon), (m, v, t)


@variant("momentum", "short")
def momentum_short(w, dw, state=None, *, learning_rate=1e-2, mu=0.9):
    v = np.zeros_like(w) if state is None else state
    v = mu * v - learning_rate * dw
    next_w = w + v
    return next_w, v


@variant("rmsprop", "short")
def rmsprop_short(w, dw, state=None, *, learning_rate=1e-2, decay=0.99, epsilon=1e-8):
    s = np.zeros_like(w) if state is None else state
    s = decay * s + (1 - decay) * dw**2
    next_w = w - learning_rate * dw / (np.sqrt(s) + epsilon)
    return next_w, s
