"""Right, but written differently: the LSTM."""

import numpy as np

from course.checks.variants import variant
from scratch.rnn_layers import lstm_step_backward, lstm_step_forward


def logistic(a):
    """The sigmoid from exp, with two formulas so that neither overflows."""
    small = np.exp(-np.abs(a))
    return np.where(a >= 0, 1 / (1 + small), small / (1 + small))


@variant("lstm_gates", "exp on both sides of 0")
def gates_exp(a):
    H = a.shape[1] // 4
    i, f, o, g = (a[:, k * H : (k + 1) * H] for k in range(4))
    return logistic(i), logistic(f), logistic(o), np.tanh(g)


@variant("lstm_gates", "blocks as an axis of their own")
def gates_blocks(a):
    blocks = np.moveaxis(a.reshape(len(a), 4, -1), 1, 0)  # (4, N, H)
    i, f, o = 0.5 + 0.5 * np.tanh(0.5 * blocks[:3])
    return i, f, o, np.tanh(blocks[3])


@variant("lstm_gates", "row by row")
def gates_rows(a):
    N, H = len(a), a.shape[1] // 4
    gates = [np.empty((N, H), a.dtype) for _ in range(4)]
    for n in range(N):
        for k in range(3):
            gates[k][n] = logistic(a[n, k * H : (k + 1) * H])
        gates[3][n] = np.tanh(a[n, 3 * H :])
    return tuple(gates)


# ---------------------------------------------------------------- one step


@variant("lstm_step_forward", "four products")
def step_four(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    parts = [slice(k * H, (k + 1) * H) for k in range(4)]
    i, f, o = (logistic(x @ Wx[:, p] + prev_h @ Wh[:, p] + b[p]) for p in parts[:3])
    g = np.tanh(x @ Wx[:, parts[3]] + prev_h @ Wh[:, parts[3]] + b[parts[3]])
    c = f * prev_c + i * g
    return o * np.tanh(c), c, {"in": (x, prev_h, prev_c), "W": (Wx, Wh), "g": (i, f, o, g), "c": c}


@variant("lstm_step_forward", "input and state joined")
def step_joined(x, prev_h, prev_c, Wx, Wh, b):
    both, W = np.concatenate([x, prev_h], axis=1), np.concatenate([Wx, Wh])
    i, f, o, g = gates_exp(both @ W + b)
    c = i * g + prev_c * f
    return np.tanh(c) * o, c, (both, W, x.shape[1], prev_c, i, f, o, g, c)


@variant("lstm_step_forward", "row by row")
def step_rows(x, prev_h, prev_c, Wx, Wh, b):
    h, c = np.empty_like(prev_h), np.empty_like(prev_c)
    for n in range(len(x)):
        i, f, o, g = (row[0] for row in gates_exp((Wx.T @ x[n] + Wh.T @ prev_h[n] + b)[None]))
        c[n] = f * prev_c[n] + i * g
        h[n] = o * np.tanh(c[n])
    return h, c, (x, prev_h, prev_c, Wx, Wh, b)


@variant("lstm_step_backward", "gate by gate", step_four)
def step_backward_four(dh, dc, cache):
    (x, prev_h, prev_c), (Wx, Wh), (i, f, o, g) = cache["in"], cache["W"], cache["g"]
    t = np.tanh(cache["c"])
    dc = dc + (1 - t) * (1 + t) * o * dh
    da = np.hstack([dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dh * t * o * (1 - o),
                    dc * i * (1 - g * g)])  # fmt: skip
    return da @ Wx.T, da @ Wh.T, f * dc, x.T @ da, prev_h.T @ da, np.ones(len(x), da.dtype) @ da


@variant("lstm_step_backward", "input and state joined", step_joined)
def step_backward_joined(dnext_h, dnext_c, cache):
    both, W, D, prev_c, i, f, o, g, c = cache
    squashed = np.tanh(c)
    total = dnext_h * o * (1 - squashed**2)
    total = total + dnext_c
    gates = [(total * g, i), (total * prev_c, f), (dnext_h * squashed, o)]
    da = np.concatenate([d * (s - s * s) for d, s in gates] + [total * i * (1 - g**2)], axis=1)
    dboth, dW = da @ W.T, both.T @ da
    return dboth[:, :D], dboth[:, D:], total * f, dW[:D], dW[D:], da.sum(axis=0)


@variant("lstm_step_backward", "all recomputed from the inputs", step_rows)
def step_backward_again(dnext_h, dnext_c, cache):
    return lstm_step_backward(dnext_h, dnext_c, lstm_step_forward(*cache)[2])


@variant("lstm_gate_gradient", "through the cell itself")
def gradient_through_cell(dnext_h, dnext_c, prev_c, gates, squashed):
    i, f, o, g = gates
    c = f * prev_c + i * g
    slope = 1 - np.tanh(c) ** 2
    dc = dnext_c + dnext_h * o * slope
    di, df, dg = dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dc * i * (1 - g) * (1 + g)
    do = dnext_h * np.tanh(c) * o * (1 - o)
    return np.hstack([di, df, do, dg]), f * dc


@variant("lstm_gate_gradient", "written into one array")
def gradient_filled(dnext_h, dnext_c, prev_c, gates, squashed):
    i, f, o, g = gates
    N, H = prev_c.shape
    da, dc = np.empty((N, 4 * H), prev_c.dtype), dnext_c.copy()
    dc += dnext_h * o * (1 - squashed * squashed)
    for k, (d, s) in enumerate([(dc * g, i), (dc * prev_c, f), (dnext_h * squashed, o)]):
        da[:, k * H : (k + 1) * H] = d * s * (1 - s)
    da[:, 3 * H :] = dc * i * (1 - g * g)
    return da, dc * f


@variant("lstm_gate_gradient", "element by element")
def gradient_elements(dnext_h, dnext_c, prev_c, gates, squashed):
    (N, H), dprev_c = prev_c.shape, np.zeros_like(prev_c)
    da = np.zeros((N, 4 * H), prev_c.dtype)
    for n, k in np.ndindex(N, H):
        i, f, o, g = (gate[n, k] for gate in gates)
        dc = dnext_c[n, k] + dnext_h[n, k] * o * (1 - squashed[n, k] ** 2)
        da[n, k], da[n, H + k] = dc * g * i * (1 - i), dc * prev_c[n, k] * f * (1 - f)
        da[n, 2 * H + k] = dnext_h[n, k] * squashed[n, k] * o * (1 - o)
        da[n, 3 * H + k], dprev_c[n, k] = dc * i * (1 - g**2), dc * f
    return da, dprev_c


# ---------------------------------------------------------------- a sequence


@variant("lstm_forward", "all inputs in one product")
def forward_one_product(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    a = np.einsum("ntd,dg->ntg", x, Wx) + b
    h, c = [h0], [np.zeros_like(h0)]
    gates = []
    for t in range(T):
        i, f, o, g = gates_exp(a[:, t] + h[-1] @ Wh)
        c.append(f * c[-1] + i * g)
        h.append(o * np.tanh(c[-1]))
        gates.append((i, f, o, g))
    return np.stack(h[1:], axis=1), (x, Wx, Wh, h, c, gates)


@variant("lstm_forward", "time first inside")
def forward_time_first(x, h0, Wx, Wh, b):
    states, prev_h, prev_c, caches = [], h0, h0 * 0, []
    for x_t in x.swapaxes(0, 1):
        prev_h, prev_c, cache = lstm_step_forward(x_t, prev_h, prev_c, Wx, Wh, b)
        states.append(prev_h)
        caches.append(cache)
    return np.array(states).swapaxes(0, 1), {"steps": caches, "D": x.shape[2]}


@variant("lstm_forward", "sentence by sentence")
def forward_sentences(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.empty((N, T, h0.shape[1]), x.dtype)
    for n in range(N):
        state, cell = h0[n : n + 1], np.zeros_like(h0[n : n + 1])
        for t in range(T):
            state, cell, _ = lstm_step_forward(x[n : n + 1, t], state, cell, Wx, Wh, b)
            h[n, t] = state[0]
    return h, (x, h0, Wx, Wh, b)


@variant("lstm_backward", "weights in one product", forward_one_product)
def backward_one_product(dh, cache):
    x, Wx, Wh, h, c, gates = cache
    (N, T, _), H = x.shape, dh.shape[2]
    da = np.empty((N, T, 4 * H), dh.dtype)
    back, carry = np.zeros_like(h[0]), np.zeros_like(h[0])
    for t in range(T - 1, -1, -1):
        da[:, t], carry = gradient_through_cell(dh[:, t] + back, carry, c[t], gates[t], None)
        back = da[:, t] @ Wh.T
    before = np.stack(h[:-1], axis=1)
    dWx, dWh = np.einsum("ntd,ntg->dg", x, da), np.einsum("nth,ntg->hg", before, da)
    return da @ Wx.T, back, dWx, dWh, da.sum(axis=(0, 1))


@variant("lstm_backward", "time first inside", forward_time_first)
def backward_time_first(dh, cache):
    steps, sums = cache["steps"], None
    N, T, H = dh.shape
    dx = np.zeros((T, N, cache["D"]), dh.dtype)
    back, carry = np.zeros((N, H), dh.dtype), np.zeros((N, H), dh.dtype)
    for t in reversed(range(T)):
        dx[t], back, carry, *weights = lstm_step_backward(back + dh[:, t], carry, steps[t])
        sums = weights if sums is None else [s + w for s, w in zip(sums, weights)]
    return dx.swapaxes(0, 1), back, *sums


@variant("lstm_backward", "sentence by sentence", forward_sentences)
def backward_sentences(dh, cache):
    x, h0, Wx, Wh, b = cache
    dx, dh0 = np.zeros_like(x), np.zeros_like(h0)
    sums = [np.zeros_like(w) for w in (Wx, Wh, b)]
    for n in range(len(x)):
        one = slice(n, n + 1)
        _, inner = forward_one_product(x[one], h0[one], Wx, Wh, b)
        dx[one], dh0[one], *weights = backward_one_product(dh[one], inner)
        sums = [s + w for s, w in zip(sums, weights)]
    return dx, dh0, *sums
