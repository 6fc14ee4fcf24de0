"""Right, but written differently: the GRU."""

import numpy as np

from course.checks.variants import variant
from scratch.rnn_layers import gru_gates, gru_step_backward, gru_step_forward


def logistic(a):
    """The sigmoid from exp, with two formulas so that neither overflows."""
    small = np.exp(-np.abs(a))
    return np.where(a >= 0, 1 / (1 + small), small / (1 + small))


@variant("gru_gates", "three products")
def gates_three(a, prev_h, Wh):
    H = len(Wh)
    parts = [slice(k * H, (k + 1) * H) for k in range(3)]
    r, z = (logistic(a[:, p] + prev_h @ Wh[:, p]) for p in parts[:2])
    memory = prev_h @ Wh[:, parts[2]]
    n = np.tanh(a[:, parts[2]] + memory * r)
    return n + z * (prev_h - n), (r, z, n, memory)


@variant("gru_gates", "blocks as an axis of their own")
def gates_blocks(a, prev_h, Wh):
    N, H = prev_h.shape
    sums, m = a.reshape(N, 3, H), np.einsum("nh,hg->ng", prev_h, Wh).reshape(N, 3, H)
    both = logistic(sums[:, :2] + m[:, :2])
    r, z, memory = both[:, 0], both[:, 1], m[:, 2]
    n = np.tanh(sums[:, 2] + r * memory)
    return (1 - z) * n + prev_h * z, (r, z, n, memory)


@variant("gru_gates", "row by row")
def gates_rows(a, prev_h, Wh):
    rows = [gates_three(a[k : k + 1], prev_h[k : k + 1], Wh) for k in range(len(a))]
    parts = tuple(np.concatenate([gates[j] for _, gates in rows]) for j in range(4))
    return np.concatenate([h for h, _ in rows]), parts


# ---------------------------------------------------------------- one step


@variant("gru_step_forward", "three products")
def step_three(x, prev_h, Wx, Wh, b):
    h, gates = gates_three(np.einsum("nd,dg->ng", x, Wx) + b, prev_h, Wh)
    return h, {"x": x, "h": prev_h, "Wx": Wx, "Wh": Wh, "gates": gates}


@variant("gru_step_forward", "gates from joined inputs")
def step_joined(x, prev_h, Wx, Wh, b):
    H = prev_h.shape[1]
    both, W = np.concatenate([x, prev_h], axis=1), np.concatenate([Wx, Wh])
    r, z = np.split(logistic(both @ W[:, : 2 * H] + b[: 2 * H]), 2, axis=1)
    memory = prev_h @ Wh[:, 2 * H :]
    n = np.tanh(x @ Wx[:, 2 * H :] + b[2 * H :] + r * memory)
    return z * prev_h + (1 - z) * n, (x, prev_h, W, r, z, n, memory)


@variant("gru_step_forward", "row by row")
def step_rows(x, prev_h, Wx, Wh, b):
    rows = [step_three(x[k : k + 1], prev_h[k : k + 1], Wx, Wh, b)[0] for k in range(len(x))]
    return np.concatenate(rows), [x, prev_h, Wx, Wh, b]


def block_gradients(dh, prev_h, r, z, n, memory):
    """Of the sums of r, z and n, each (N, H)."""
    dn = (dh - dh * z) * (1 - n) * (1 + n)
    dz = (dh * prev_h - dh * n) * (z - z * z)
    return dn * memory * (r - r * r), dz, dn


@variant("gru_step_backward", "road by road", step_three)
def step_backward_roads(dnext_h, cache):
    x, prev_h, Wx, Wh = cache["x"], cache["h"], cache["Wx"], cache["Wh"]
    r, z, n, memory = cache["gates"]
    dr, dz, dn = block_gradients(dnext_h, prev_h, r, z, n, memory)
    Wr, Wz, Wn = np.split(Wh, 3, axis=1)
    dprev_h = z * dnext_h + dr @ Wr.T + dz @ Wz.T + (dn * r) @ Wn.T
    da, dm = np.hstack([dr, dz, dn]), np.hstack([dr, dz, dn * r])
    return da @ Wx.T, dprev_h, x.T @ da, prev_h.T @ dm, np.ones(len(x), da.dtype) @ da


@variant("gru_step_backward", "gates from joined inputs", step_joined)
def step_backward_joined(dnext_h, cache):
    x, prev_h, W, r, z, n, memory = cache
    D, H = x.shape[1], prev_h.shape[1]
    dr, dz, dn = block_gradients(dnext_h, prev_h, r, z, n, memory)
    gates = np.concatenate([dr, dz], axis=1)
    dboth = gates @ W[:, : 2 * H].T
    dx = dboth[:, :D] + dn @ W[:D, 2 * H :].T
    dprev_h = dboth[:, D:] + (r * dn) @ W[D:, 2 * H :].T + dnext_h * z
    dWx = np.concatenate([x.T @ gates, x.T @ dn], axis=1)
    dWh = np.concatenate([prev_h.T @ gates, prev_h.T @ (dn * r)], axis=1)
    return dx, dprev_h, dWx, dWh, np.concatenate([gates.sum(0), dn.sum(0)])


@variant("gru_step_backward", "all recomputed from the inputs", step_rows)
def step_backward_again(dnext_h, cache):
    return gru_step_backward(dnext_h, gru_step_forward(*cache)[1])


@variant("gru_gate_gradient", "block by block")
def gradient_blocks(dnext_h, prev_h, gates):
    dr, dz, dn = block_gradients(dnext_h, prev_h, *gates)
    return np.hstack([dr, dz, dn]), np.hstack([dr, dz, dn * gates[0]]), gates[1] * dnext_h


@variant("gru_gate_gradient", "written into arrays")
def gradient_filled(dnext_h, prev_h, gates):
    r, z, n, memory = gates
    N, H = prev_h.shape
    da = np.empty((N, 3 * H), prev_h.dtype)
    da[:, 2 * H :] = dnext_h * (1 - z) * (1 - n * n)
    da[:, :H] = da[:, 2 * H :] * memory * r * (1 - r)
    da[:, H : 2 * H] = dnext_h * z * (1 - z) * (prev_h - n)
    dm = da.copy()
    dm[:, 2 * H :] *= r
    return da, dm, dnext_h * z


@variant("gru_gate_gradient", "element by element")
def gradient_elements(dnext_h, prev_h, gates):
    (N, H), direct = prev_h.shape, np.zeros_like(prev_h)
    da = np.zeros((N, 3 * H), prev_h.dtype)
    dm = np.zeros_like(da)
    for i, k in np.ndindex(N, H):
        r, z, n, memory = (gate[i, k] for gate in gates)
        up = dnext_h[i, k]
        dn = up * (1 - z) * (1 - n**2)
        dm[i, k] = da[i, k] = dn * memory * r * (1 - r)
        dm[i, H + k] = da[i, H + k] = up * (prev_h[i, k] - n) * z * (1 - z)
        da[i, 2 * H + k], dm[i, 2 * H + k], direct[i, k] = dn, dn * r, up * z
    return da, dm, direct


# ---------------------------------------------------------------- a sequence


@variant("gru_forward", "all inputs in one product")
def forward_one_product(x, h0, Wx, Wh, b):
    a, states, gates = x @ Wx + b, [h0], []
    for t in range(x.shape[1]):
        h, parts = gru_gates(a[:, t], states[-1], Wh)
        states.append(h)
        gates.append(parts)
    return np.stack(states[1:], axis=1), (x, Wx, Wh, states, gates)


@variant("gru_forward", "time first inside")
def forward_time_first(x, h0, Wx, Wh, b):
    states, prev_h, caches = [], h0, []
    for x_t in x.swapaxes(0, 1):
        prev_h, cache = gru_step_forward(x_t, prev_h, Wx, Wh, b)
        states.append(prev_h)
        caches.append(cache)
    return np.array(states).swapaxes(0, 1), {"steps": caches}


@variant("gru_forward", "sentence by sentence")
def forward_sentences(x, h0, Wx, Wh, b):
    parts = [forward_one_product(x[n, None], h0[n, None], Wx, Wh, b) for n in range(len(x))]
    return np.concatenate([h for h, _ in parts]), [cache for _, cache in parts]


@variant("gru_backward", "weights in one product", forward_one_product)
def backward_one_product(dh, cache):
    x, Wx, Wh, states, gates = cache
    (N, T, _), H = x.shape, dh.shape[2]
    da, dm = np.empty((N, T, 3 * H), dh.dtype), np.empty((N, T, 3 * H), dh.dtype)
    back = np.zeros_like(states[0])
    for t in range(T - 1, -1, -1):
        da[:, t], dm[:, t], direct = gradient_blocks(dh[:, t] + back, states[t], gates[t])
        back = direct + dm[:, t] @ Wh.T
    before = np.stack(states[:-1], axis=1)
    dWx, dWh = np.einsum("ntd,ntg->dg", x, da), np.einsum("nth,ntg->hg", before, dm)
    return da @ Wx.T, back, dWx, dWh, da.sum(axis=(0, 1))


@variant("gru_backward", "time first inside", forward_time_first)
def backward_time_first(dh, cache):
    dx, back, sums = [], np.zeros_like(dh[:, 0]), None
    for t in reversed(range(dh.shape[1])):
        dx_t, back, *weights = gru_step_backward(back + dh[:, t], cache["steps"][t])
        dx.insert(0, dx_t)
        sums = weights if sums is None else [s + w for s, w in zip(sums, weights)]
    return np.stack(dx, axis=1), back, *sums


@variant("gru_backward", "sentence by sentence", forward_sentences)
def backward_sentences(dh, cache):
    parts = [backward_one_product(dh[n, None], one) for n, one in enumerate(cache)]
    rows = [np.concatenate([part[k] for part in parts]) for k in range(2)]
    return *rows, *(sum(part[k] for part in parts) for k in range(2, 5))
