"""Right, but written differently: the recurrent layers."""

import math

import numpy as np

from course.checks.variants import variant


@variant("rnn_step_forward", "einsum")
def step_einsum(x, prev_h, Wx, Wh, b):
    a = np.einsum("nd,dh->nh", x, Wx) + np.einsum("ng,gh->nh", prev_h, Wh) + b
    h = np.tanh(a)
    return h, (x, prev_h, Wx, Wh, b, a)


@variant("rnn_step_forward", "one product of joined matrices")
def step_joined(x, prev_h, Wx, Wh, b):
    both, W = np.concatenate([x, prev_h], axis=1), np.concatenate([Wx, Wh])
    h = np.tanh(b + both @ W)
    return h, {"both": both, "W": W, "h": h, "D": x.shape[1]}


@variant("rnn_step_forward", "tanh from exp, row by row")
def step_rows(x, prev_h, Wx, Wh, b):
    out = np.empty_like(prev_h)
    for n in range(len(x)):
        a = Wx.T @ x[n] + Wh.T @ prev_h[n] + b
        small = np.exp(-2 * np.abs(a))
        out[n] = np.sign(a) * (1 - small) / (1 + small)
    return out, [x, prev_h, Wx, Wh, out]


@variant("rnn_step_backward", "einsum, tanh recomputed", step_einsum)
def step_backward_einsum(dnext_h, cache):
    x, prev_h, Wx, Wh, b, a = cache
    da = dnext_h / np.cosh(np.clip(a, -300, 300)) ** 2 if a.dtype == np.float64 else None
    da = dnext_h * (1 - np.tanh(a) ** 2) if da is None or np.abs(a).max() > 5 else da
    dx, dprev = np.einsum("nh,dh->nd", da, Wx), np.einsum("nh,gh->ng", da, Wh)
    dWx, dWh = np.einsum("nd,nh->dh", x, da), np.einsum("ng,nh->gh", prev_h, da)
    return dx, dprev, dWx, dWh, np.einsum("nh->h", da)


@variant("rnn_step_backward", "one product of joined matrices", step_joined)
def step_backward_joined(dnext_h, cache):
    D, h = cache["D"], cache["h"]
    da = dnext_h - dnext_h * h * h
    dboth, dW = da @ cache["W"].T, cache["both"].T @ da
    return dboth[:, :D], dboth[:, D:], dW[:D], dW[D:], da.sum(0)


@variant("rnn_step_backward", "row by row", step_rows)
def step_backward_rows(dnext_h, cache):
    x, prev_h, Wx, Wh, h = cache
    dx, dprev = np.empty_like(x), np.empty_like(prev_h)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(len(Wh), Wh.dtype)
    for n in range(len(x)):
        da = dnext_h[n] * (1 - h[n]) * (1 + h[n])
        dx[n], dprev[n] = Wx @ da, Wh @ da
        dWx, dWh, db = dWx + np.outer(x[n], da), dWh + np.outer(prev_h[n], da), db + da
    return dx, dprev, dWx, dWh, db


@variant("rnn_forward", "a list of steps, stacked")
def rnn_list(x, h0, Wx, Wh, b):
    states, caches = [h0], []
    for t in range(x.shape[1]):
        h, cache = step_joined(x[:, t], states[-1], Wx, Wh, b)
        states.append(h)
        caches.append(cache)
    return np.stack(states[1:], axis=1), caches


@variant("rnn_forward", "time first inside, a transposed view out")
def rnn_time_first(x, h0, Wx, Wh, b):
    a = np.einsum("ntd,dh->tnh", x, Wx) + b
    h = np.empty_like(a)
    for t in range(len(a)):
        h[t] = np.tanh(a[t] + (h[t - 1] if t else h0) @ Wh)
    return h.transpose(1, 0, 2), (x, h0, Wx, Wh, h)


@variant("rnn_forward", "the start as one more state")
def rnn_padded(x, h0, Wx, Wh, b):
    N, T, _ = x.shape
    states = np.concatenate([h0[:, None], np.zeros((N, T, len(b)), x.dtype)], axis=1)
    for t in range(T):
        states[:, t + 1] = np.tanh(x[:, t].dot(Wx) + states[:, t].dot(Wh) + b)
    return states[:, 1:], (x, states, Wx, Wh)


@variant("rnn_backward", "steps undone", rnn_list)
def rnn_backward_list(dh, caches):
    dx, back, sums = [], 0, [0, 0, 0]
    for t in range(dh.shape[1] - 1, -1, -1):
        dx_t, back, *weights = step_backward_joined(dh[:, t] + back, caches[t])
        dx.insert(0, dx_t)
        sums = [s + w for s, w in zip(sums, weights)]
    return (np.stack(dx, axis=1), back, *sums)


@variant("rnn_backward", "time first, weights in one product", rnn_time_first)
def rnn_backward_time_first(dh, cache):
    x, h0, Wx, Wh, h = cache
    da, back = np.empty_like(h), np.zeros_like(h0)
    for t in range(len(h))[::-1]:
        da[t] = (dh[:, t] + back) * (1 - h[t] ** 2)
        back = da[t] @ Wh.T
    before = np.concatenate([h0[None], h[:-1]])
    dWx, dWh = np.einsum("ntd,tnh->dh", x, da), np.einsum("tng,tnh->gh", before, da)
    return np.einsum("tnh,dh->ntd", da, Wx), back, dWx, dWh, da.sum(axis=(0, 1))


@variant("rnn_backward", "recursion", rnn_padded)
def rnn_backward_recursive(dh, cache):
    x, states, Wx, Wh = cache
    N, T, D = x.shape

    def undo(t, back):
        if t < 0:
            return [], back, np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(len(Wh), Wh.dtype)
        da = (dh[:, t] + back) * (1 - states[:, t + 1] ** 2)
        dx, dh0, dWx, dWh, db = undo(t - 1, da @ Wh.T)
        return (
            [*dx, da @ Wx.T],
            dh0,
            dWx + x[:, t].T @ da,
            dWh + states[:, t].T @ da,
            db + da.sum(0),
        )

    dx, *others = undo(T - 1, np.zeros_like(states[:, 0]))
    return (np.asfortranarray(np.stack(dx, axis=1)), *others)


@variant("gradient_norms", "rows and the transpose")
def norms_rows(Wh, h, dlast):
    norms, row = [], dlast[None]
    for state in h[::-1]:
        norms.append(np.linalg.norm(row))
        row = (row * (1 - state**2)) @ Wh.T
    return np.array(norms[::-1])


@variant("gradient_norms", "Jacobians multiplied")
def norms_jacobians(Wh, h, dlast):
    norms, J = np.empty(len(h)), np.eye(len(Wh))
    for t in range(len(h) - 1, -1, -1):
        norms[t] = np.linalg.norm(J @ dlast)
        J = (Wh * (1 - h[t] ** 2)) @ J
    return norms


@variant("gradient_norms", "recursion")
def norms_recursive(Wh, h, dlast):
    if len(h) == 0:
        return np.array([])
    before = norms_recursive(Wh, h[:-1], Wh.dot(dlast - dlast * h[-1] * h[-1]))
    return np.append(before, math.sqrt(float(dlast @ dlast)))
