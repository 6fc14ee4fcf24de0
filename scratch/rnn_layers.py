"""Layers on sequences: recurrent ones, attention, word vectors, and the loss of a sequence.

Sequences are (N, T, D): batch, time, feature. A sequence function calls its step T times, and its
backward undoes the steps, the last one first.
"""

import numpy as np

from scratch.layers import cross_entropy, softmax, softmax_backward
from scratch.shapes import check_indices, check_shapes


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """One step, ``tanh(x Wx + prev_h Wh + b)``: (N, D), (N, H) -> (N, H).

    ``Wx`` is (D, H), ``Wh`` is (H, H), ``b`` is (H,). Elman, "Finding structure in time" (Cognitive
    Science 1990).
    """
    check_shapes("x (N, D), prev_h (N, H), Wx (D, H), Wh (H, H), b (H,)", x, prev_h, Wx, Wh, b)
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    """Gradients ``(dx, dprev_h, dWx, dWh, db)`` given ``dnext_h`` of shape (N, H)."""
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)  # (N, H): tanh' = 1 - tanh²
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    """Run the step over time: (N, T, D), (N, H) -> every hidden state (N, T, H)."""
    check_shapes("x (N, T, D), h0 (N, H), Wx (D, H), Wh (H, H), b (H,)", x, h0, Wx, Wh, b)
    h, prev_h, caches = [], h0, []
    for t in range(x.shape[1]):
        prev_h, cache = rnn_step_forward(x[:, t], prev_h, Wx, Wh, b)
        h.append(prev_h)
        caches.append(cache)
    return np.stack(h, axis=1), caches


def rnn_backward(dh, cache):
    """Gradients ``(dx, dh0, dWx, dWh, db)`` given ``dh``, the gradient of each state, (N, T, H)."""
    dx, dprev_h, dWx, dWh, db = [], 0, 0, 0, 0
    for t in reversed(range(dh.shape[1])):
        # the state of step t was used twice: as an output and by step t + 1
        dx_t, dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dh[:, t] + dprev_h, cache[t])
        dx.append(dx_t)
        dWx, dWh, db = dWx + dWx_t, dWh + dWh_t, db + db_t
    return np.stack(dx[::-1], axis=1), dprev_h, dWx, dWh, db


def sigmoid(a):
    """``1 / (1 + exp(-a))``, written with tanh so that it cannot overflow."""
    return (np.tanh(a / 2) + 1) / 2


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """One LSTM step: (N, D), (N, H), (N, H) -> next_h (N, H), next_c (N, H), cache.

    ``Wx`` is (D, 4H), ``Wh`` is (H, 4H), ``b`` is (4H,), the gates in the order i, f, o, g.
    Hochreiter and Schmidhuber, "Long short-term memory" (Neural Computation 1997), with the forget
    gate of Gers, Schmidhuber and Cummins (2000).
    """
    check_shapes("x (N, D), prev_h (N, H), prev_c (N, H)", x, prev_h, prev_c)
    check_shapes("x (N, D), prev_h (N, H), Wx (D, 4H), Wh (H, 4H), b (4H,)", x, prev_h, Wx, Wh, b)
    gates = lstm_gates(x @ Wx + prev_h @ Wh + b)
    i, f, o, g = gates
    next_c = f * prev_c + i * g
    squashed = np.tanh(next_c)
    return o * squashed, next_c, (x, prev_h, prev_c, Wx, Wh, gates, squashed)


def lstm_gates(a):
    """Split (N, 4H) into the gates i, f, o (sigmoid) and g (tanh), each (N, H)."""
    H = a.shape[1] // 4
    i, f, o = np.split(sigmoid(a[:, : 3 * H]), 3, axis=1)
    return i, f, o, np.tanh(a[:, 3 * H :])


def lstm_gate_gradient(dnext_h, dnext_c, prev_c, gates, squashed):
    """Gradients of the gates' inputs (N, 4H) and of ``prev_c`` (N, H)."""
    i, f, o, g = gates
    dc = dnext_c + dnext_h * o * (1 - squashed**2)
    di, df, do, dg = dc * g, dc * prev_c, dnext_h * squashed, dc * i
    da = [di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)]
    return np.concatenate(da, axis=1), dc * f


def lstm_step_backward(dnext_h, dnext_c, cache):
    """Gradients ``(dx, dprev_h, dprev_c, dWx, dWh, db)`` given those of both outputs (N, H)."""
    x, prev_h, prev_c, Wx, Wh, gates, squashed = cache
    da, dprev_c = lstm_gate_gradient(dnext_h, dnext_c, prev_c, gates, squashed)
    return da @ Wx.T, da @ Wh.T, dprev_c, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_forward(x, h0, Wx, Wh, b):
    """Run the LSTM over time from an empty cell: (N, T, D), (N, H) -> all states (N, T, H)."""
    check_shapes("x (N, T, D), h0 (N, H), Wx (D, 4H), Wh (H, 4H), b (4H,)", x, h0, Wx, Wh, b)
    h, prev_h, prev_c, caches = [], h0, np.zeros_like(h0), []
    for t in range(x.shape[1]):
        prev_h, prev_c, cache = lstm_step_forward(x[:, t], prev_h, prev_c, Wx, Wh, b)
        h.append(prev_h)
        caches.append(cache)
    return np.stack(h, axis=1), caches


def lstm_backward(dh, cache):
    """Gradients ``(dx, dh0, dWx, dWh, db)`` given ``dh``, the gradient of each state, (N, T, H)."""
    dx, dprev_h, dprev_c, dWx, dWh, db = [], 0, 0, 0, 0, 0
    for t in reversed(range(dh.shape[1])):
        grads = lstm_step_backward(dh[:, t] + dprev_h, dprev_c, cache[t])
        dx_t, dprev_h, dprev_c, dWx_t, dWh_t, db_t = grads
        dx.append(dx_t)
        dWx, dWh, db = dWx + dWx_t, dWh + dWh_t, db + db_t
    return np.stack(dx[::-1], axis=1), dprev_h, dWx, dWh, db


def gru_step_forward(x, prev_h, Wx, Wh, b):
    """One GRU step: (N, D), (N, H) -> (N, H).

    ``Wx`` is (D, 3H), ``Wh`` is (H, 3H), ``b`` is (3H,), the gates in the order r, z, n. Cho et
    al., "Learning phrase representations using RNN encoder-decoder" (EMNLP 2014), with the reset
    gate behind the product with ``Wh``, as in PyTorch, so that one product serves all gates.
    """
    check_shapes("x (N, D), prev_h (N, H), Wx (D, 3H), Wh (H, 3H), b (3H,)", x, prev_h, Wx, Wh, b)
    next_h, gates = gru_gates(x @ Wx + b, prev_h, Wh)
    return next_h, (x, prev_h, Wx, Wh, gates)


def gru_gates(a, prev_h, Wh):
    """The next state (N, H) and what the backward needs, given ``a = x Wx + b`` (N, 3H)."""
    H = prev_h.shape[1]
    m = prev_h @ Wh  # (N, 3H)
    r, z = np.split(sigmoid(a[:, : 2 * H] + m[:, : 2 * H]), 2, axis=1)
    memory = m[:, 2 * H :]
    n = np.tanh(a[:, 2 * H :] + r * memory)  # r = 0 forgets the past, r = 1 reads all of it
    return z * prev_h + (1 - z) * n, (r, z, n, memory)


def gru_gate_gradient(dnext_h, prev_h, gates):
    """Gradients of ``x Wx + b`` and ``prev_h Wh`` (N, 3H), and of ``prev_h`` past the gates."""
    r, z, n, memory = gates
    dn = dnext_h * (1 - z) * (1 - n**2)
    dz = dnext_h * (prev_h - n) * z * (1 - z)
    dr = dn * memory * r * (1 - r)
    da, dm = np.concatenate([dr, dz, dn], axis=1), np.concatenate([dr, dz, dn * r], axis=1)
    return da, dm, dnext_h * z


def gru_step_backward(dnext_h, cache):
    """Gradients ``(dx, dprev_h, dWx, dWh, db)`` given ``dnext_h`` of shape (N, H)."""
    x, prev_h, Wx, Wh, gates = cache
    da, dm, dprev_h = gru_gate_gradient(dnext_h, prev_h, gates)
    return da @ Wx.T, dprev_h + dm @ Wh.T, x.T @ da, prev_h.T @ dm, da.sum(axis=0)


def gru_forward(x, h0, Wx, Wh, b):
    """Run the GRU over time: (N, T, D), (N, H) -> every hidden state (N, T, H)."""
    check_shapes("x (N, T, D), h0 (N, H), Wx (D, 3H), Wh (H, 3H), b (3H,)", x, h0, Wx, Wh, b)
    h, prev_h, caches = [], h0, []
    for t in range(x.shape[1]):
        prev_h, cache = gru_step_forward(x[:, t], prev_h, Wx, Wh, b)
        h.append(prev_h)
        caches.append(cache)
    return np.stack(h, axis=1), caches


def gru_backward(dh, cache):
    """Gradients ``(dx, dh0, dWx, dWh, db)`` given ``dh``, the gradient of each state, (N, T, H)."""
    dx, dprev_h, dWx, dWh, db = [], 0, 0, 0, 0
    for t in reversed(range(dh.shape[1])):
        dx_t, dprev_h, dWx_t, dWh_t, db_t = gru_step_backward(dh[:, t] + dprev_h, cache[t])
        dx.append(dx_t)
        dWx, dWh, db = dWx + dWx_t, dWh + dWh_t, db + db_t
    return np.stack(dx[::-1], axis=1), dprev_h, dWx, dWh, db


def word_embedding_forward(x, w):
    """Look up the vector of each word: integers (N, T) -> (N, T, E). ``w`` is (V, E)."""
    V, E = check_shapes("w (V, E)", w)
    check_indices("x", x, V)
    return w[x], (x, w.shape)


def word_embedding_backward(dout, cache):
    """Gradient ``dw``: each word's row gathers the gradients of all places where it was read."""
    x, shape = cache
    dw = np.zeros(shape, dout.dtype)
    np.add.at(dw, x, dout)  # `dw[x] += dout` would keep only one of several equal words
    return dw


def temporal_softmax_loss(scores, y, mask):
    """Cross-entropy of a sequence: (N, T, V), (N, T), (N, T) -> (loss, dscores (N, T, V)).

    Summed over time, mean over the batch; positions where ``mask`` is 0 count neither in the loss
    nor in the gradient. ``y`` holds the right word at each position, an integer in 0 .. V-1.
    """
    N, T, V = check_shapes("scores (N, T, V), y (N, T), mask (N, T)", scores, y, mask)
    losses, dscores = cross_entropy(scores.reshape(N * T, V), np.reshape(y, N * T))
    weight = np.reshape(mask, N * T).astype(scores.dtype) / N  # 0 where the mask is 0
    loss = float((losses * weight).sum(dtype=np.float64))
    return loss, (dscores * weight[:, None]).reshape(N, T, V)


def attention_forward(query, keys, values):
    """Scaled dot-product attention: (N, D), (N, L, D), (N, L, M) -> the weighted value (N, M).

    Vaswani et al., "Attention is all you need" (NeurIPS 2017), section 3.2.1, with one query.
    """
    check_shapes("query (N, D), keys (N, L, D), values (N, L, M)", query, keys, values)
    scale = query.dtype.type(query.shape[1] ** -0.5)
    weights = softmax(np.einsum("nd,nld->nl", query, keys) * scale)  # (N, L)
    out = np.einsum("nl,nlm->nm", weights, values)
    return out, (query, keys, values, weights, scale)


def attention_backward(dout, cache):
    """Gradients ``(dquery, dkeys, dvalues)`` given ``dout`` of shape (N, M)."""
    query, keys, values, weights, scale = cache
    dvalues = weights[:, :, None] * dout[:, None]  # (N, L, M)
    dweights = np.einsum("nm,nlm->nl", dout, values)
    dscores = softmax_backward(dweights, weights) * scale  # (N, L)
    dquery = np.einsum("nl,nld->nd", dscores, keys)
    dkeys = dscores[:, :, None] * query[:, None]  # (N, L, D)
    return dquery, dkeys, dvalues


def self_attention_forward(x, Wq, Wk, Wv):
    """Each step of a sequence asks all steps up to itself: (N, T, D) -> (N, T, M).

    ``Wq`` and ``Wk`` are (D, A): what a step asks, and what it is known by. ``Wv`` (D, M) makes
    what is read of it. One head of Vaswani et al., "Attention is all you need" (NeurIPS 2017),
    section 3.2, causal as in their decoder: no step sees a later one.
    """
    check_shapes("x (N, T, D), Wq (D, A), Wk (D, A), Wv (D, M)", x, Wq, Wk, Wv)
    query, keys, values = x @ Wq, x @ Wk, x @ Wv  # (N, T, A), (N, T, A), (N, T, M)
    out, caches = [], []
    for t in range(x.shape[1]):
        seen, cache = attention_forward(query[:, t], keys[:, : t + 1], values[:, : t + 1])
        out.append(seen)
        caches.append(cache)
    return np.stack(out, axis=1), (x, Wq, Wk, Wv, caches)


def self_attention_backward(dout, cache):
    """Gradients ``(dx, dWq, dWk, dWv)`` given ``dout`` of shape (N, T, M)."""
    x, Wq, Wk, Wv, caches = cache
    (N, T, _), A = x.shape, Wq.shape[1]
    dquery, dkeys = (np.zeros((N, T, A), dout.dtype) for _ in range(2))
    dvalues = np.zeros_like(dout)
    for t, look in enumerate(caches):
        dquery[:, t], dkeys_t, dvalues_t = attention_backward(dout[:, t], look)
        dkeys[:, : t + 1] += dkeys_t  # a step was read by itself and by each later one
        dvalues[:, : t + 1] += dvalues_t
    dx = dquery @ Wq.T + dkeys @ Wk.T + dvalues @ Wv.T  # x was used three times
    rows = x.reshape(-1, x.shape[2])
    return dx, *(rows.T @ d.reshape(len(rows), -1) for d in (dquery, dkeys, dvalues))


def look_forward(x, prev_h, cells, Wq):
    """Ask with the state, put the answer beside the input: (N, D), (N, H), (N, L, A) -> (N, D + A).

    ``Wq`` is (H, A). The query is ``prev_h Wq``; the cells are the keys and the values. Xu et al.,
    "Show, attend and tell" (ICML 2015).
    """
    check_shapes("x (N, D), prev_h (N, H), Wq (H, A), cells (N, L, A)", x, prev_h, Wq, cells)
    query = prev_h @ Wq  # (N, A)
    seen, cache = attention_forward(query, cells, cells)
    return np.concatenate([x, seen], axis=1), (x, prev_h, Wq, cache)


def look_backward(dout, cache):
    """Gradients ``(dx, dprev_h, dcells, dWq)`` given ``dout`` of shape (N, D + A)."""
    x, prev_h, Wq, attention = cache
    D = x.shape[1]
    dx, dseen = dout[:, :D], dout[:, D:]
    dquery, dkeys, dvalues = attention_backward(dseen, attention)
    dcells = dkeys + dvalues  # each cell was used twice: as a key and as a value
    return dx, dquery @ Wq.T, dcells, prev_h.T @ dquery


def attend_forward(x, h0, cells, Wq, Wx, Wh, b, *, step=None, states=1):
    """An RNN that looks before each step: (N, T, D), (N, H), (N, L, A) -> all states (N, T, H).

    ``Wx`` is (D + A, G), as an input and what was seen come in side by side. ``step`` may be that
    of another cell (None: the plain RNN's); ``states`` is 2 for an LSTM, which carries ``c``, too.
    """
    step = rnn_step_forward if step is None else step
    check_shapes("x (N, T, D), h0 (N, H), Wq (H, A), cells (N, L, A)", x, h0, Wq, cells)
    h, caches, state = [], [], [h0] + [np.zeros_like(h0)] * (states - 1)
    for t in range(x.shape[1]):
        looked, look = look_forward(x[:, t], state[0], cells, Wq)
        *state, cache = step(looked, *state, Wx, Wh, b)
        h.append(state[0])
        caches.append((look, cache))
    return np.stack(h, axis=1), caches


def attend_backward(dh, cache, *, step=None, states=1):
    """Gradients ``(dx, dh0, dcells, dWq, dWx, dWh, db)`` given ``dh`` of shape (N, T, H).

    ``step`` undoes the step of ``attend_forward``.
    """
    step = rnn_step_backward if step is None else step
    dx, dstate, sums = [], [0] * states, None
    for t in reversed(range(dh.shape[1])):
        look, inner = cache[t]
        dlooked, *dstate, dWx, dWh, db = step(dh[:, t] + dstate[0], *dstate[1:], inner)
        dx_t, dasking, dcells, dWq = look_backward(dlooked, look)
        dstate[0] = dstate[0] + dasking  # the old state was used twice: by the step and to ask
        dx.append(dx_t)
        shares = dcells, dWq, dWx, dWh, db  # used at every step, so the shares add up
        sums = shares if sums is None else [s + share for s, share in zip(sums, shares)]
    return np.stack(dx[::-1], axis=1), dstate[0], *sums
