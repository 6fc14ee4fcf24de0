"""The layers tuned for memory and processor: the same names and arguments as in ``scratch.plain``.

Not meant as first reading: the plain form of each function stands in ``layers``, ``cnn_layers``
and ``rnn_layers``, its definition in ``loops``. The chapter "Making convolution fast" explains what
is done here and why. What cannot be made faster is the plain function itself.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import wraps

import numpy as np
from numpy.lib.stride_tricks import as_strided

from scratch.cnn_layers import output_size, pair, taps
from scratch.plain import (  # what needs no tuning
    attention_backward,
    attention_forward,
    batchnorm_backward,
    batchnorm_forward,
    dropout_backward,
    dropout_forward,
    fc_backward,
    gru_step_backward,
    gru_step_forward,
    look_backward,
    look_forward,
    lstm_step_backward,
    lstm_step_forward,
    rnn_step_backward,
    rnn_step_forward,
    running_averages,
    softmax_backward,
    word_embedding_backward,
    word_embedding_forward,
)
from scratch.rnn_layers import gru_gate_gradient, gru_gates, lstm_gate_gradient, lstm_gates
from scratch.shapes import check_indices, check_shapes


def keep_freed_memory():
    """Make sure that a training step finds the memory that the step before has freed.

    The C library of Linux gives a large block back to the system as soon as it is freed, and the
    next step has to ask for the same pages again, until it has seen a block of nearly 32 MB freed:
    from then on it keeps smaller ones. The second line touches 12 MB, for the first step.
    """
    np.empty(32 * 2**20 - 8192, np.uint8)
    np.ones(12 * 2**20, np.uint8)


keep_freed_memory()


def fc_forward(x, w, b):
    """Fully connected layer, ``x w + b`` over the last axis: (..., D) -> (..., M).

    ``w`` is (D, M) and ``b`` is (M,). Axes before the last are batch axes, so the same function
    serves images (N, D) and sequences (N, T, D).
    """
    D, M = check_shapes("x (..., D), w (D, M), b (M,)", x, w, b)
    rows = x.reshape(-1, D)  # every axis but the last is batch
    out = rows @ w
    out += b
    return out.reshape(*x.shape[:-1], M), (x, w)


def relu_forward(x):
    """``max(x, 0)`` of each element: any shape -> same shape."""
    check_shapes("x (...)", x)
    out = np.maximum(x, 0)
    return out, out


def relu_backward(dout, cache):
    """Gradient ``dx``: ``dout`` where the input was positive, 0 elsewhere (also at exactly 0)."""
    return dout * (cache > 0)


def softmax(scores):
    """Turn scores into probabilities over the last axis: (..., K) -> (..., K).

    The largest score is subtracted first. That changes no ratio and keeps ``exp`` from overflowing.
    """
    check_shapes("scores (..., K)", scores)
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    return p


def cross_entropy(scores, y):
    """Cross-entropy of each row, ``-log p[y]``, and its gradient: (N, K), (N,) -> (N,), (N, K)."""
    N, K = check_shapes("scores (N, K), y (N,)", scores, y)
    check_indices("y", y, K)
    rows = np.arange(N)
    with np.errstate(over="ignore"):  # two scores may be further apart than the largest number
        shifted = scores - scores.max(axis=1, keepdims=True)  # 0 at most: exp cannot overflow
    dscores = np.exp(shifted)
    total = dscores.sum(axis=1, keepdims=True)  # (N, 1)
    losses = np.log(total[:, 0]) - shifted[rows, y]
    losses = np.minimum(losses, np.finfo(losses.dtype).max / (2 * N))  # even their sum is finite
    dscores /= total  # the probabilities
    dscores[rows, y] -= 1
    return losses, dscores


def softmax_loss(scores, y):
    """Mean cross-entropy of the softmax and its gradient: (N, K), (N,) -> (loss, dscores (N, K)).

    ``y`` holds the right class of each row, an integer in 0 .. K-1. The loss is in nats. See
    Bishop, "Pattern Recognition and Machine Learning" (2006), section 4.3.4.
    """
    losses, dscores = cross_entropy(scores, y)
    dscores /= len(scores)
    return float(losses.mean(dtype=np.float64)), dscores


def batch_last(x):
    """The same numbers as (H, C, W, N), pictures innermost: a view of ``x`` where they are so."""
    N, C, H, W = x.shape
    pixels = x.transpose(1, 2, 3, 0).reshape(C, H, W * N)  # a copy, unless W and N lie so
    return pixels.reshape(C, H, W, N).transpose(1, 0, 2, 3)


def window_rows(x, WW, *, stride=1, pad=0):
    """Like ``im2col`` along W only: (N, C, H, W) -> (H + 2 pad, C WW, W' N).

    Each picture row is copied WW times instead of HH WW times. The rows of a window follow each
    other in memory, and the batch comes last, so that all copies run along memory.
    """
    N, C, H, W = x.shape
    W_out, pixels = output_size(W, WW, stride, pad), batch_last(x)
    copies = (np.zeros if pad else np.empty)((H + 2 * pad, C, WW, W_out, N), x.dtype)
    for j in range(WW):  # windows whose pixel j lies inside the picture, and the pixels there
        first, end = max(0, -((j - pad) // stride)), min(W_out, (W - 1 + pad - j) // stride + 1)
        cols = slice(first * stride + j - pad, (end - 1) * stride + j - pad + 1, stride)
        if first < end:
            copies[pad : pad + H, :, j, first:end] = pixels[:, :, cols]
    return copies.reshape(H + 2 * pad, C * WW, -1)


def add_windows(dpixels, dcopies, stride):
    """The adjoint of ``window_rows``: add (rows, C, WW, W', N) to (rows, C, W + 2 pad, N)."""
    _, _, WW, W_out, _ = dcopies.shape
    for j in range(WW):
        dpixels[:, :, j : j + stride * (W_out - 1) + 1 : stride] += dcopies[:, :, j]


def bands(rows, HH, H_out, stride):
    """The HH rows that each output row reads, as matrices: (H', HH C WW, W' N), a view."""
    H, K, M = rows.shape
    step, *steps = rows.strides
    return as_strided(rows, (H_out, HH * K, M), (stride * step, *steps), writeable=False)


def conv_forward(x, w, b=None, *, stride=1, pad=0):
    """Slide F filters over a batch of images: (N, C, H, W) -> (N, F, H', W').

    ``w`` is (F, C, HH, WW), ``b`` is (F,) or None; ``output_size`` gives H' and W'.
    As everywhere in deep learning the filter is not flipped. LeCun et al., "Gradient-based learning
    applied to document recognition" (Proc. IEEE 1998).
    """
    N, C, H, W, F, HH, WW = check_shapes("x (N, C, H, W), w (F, C, HH, WW)", x, w)
    H_out, W_out = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    rows = window_rows(x, WW, stride=stride, pad=pad)  # (H + 2 pad, C WW, W' N)
    filters = w.transpose(0, 2, 1, 3).reshape(F, -1)  # (F, HH C WW)
    out = filters @ bands(rows, HH, H_out, stride)  # (H', F, W' N): a product for each output row
    if b is not None:
        check_shapes("w (F, C, HH, WW), b (F,)", w, b)
        out += b[:, None]
    out = out.reshape(H_out, F, W_out, N).transpose(3, 1, 0, 2)
    return out, (x.shape, rows, w, b is not None, stride, pad)


def conv_backward(dout, cache):
    """Gradients ``(dx, dw, db)`` given ``dout`` (N, F, H', W'); ``db`` is None when b was.

    A band of rows gets its gradient from one product. What it shares with the band before is
    carried over; rows that no later band reads are done, and go home while they are in the cache.
    """
    (N, C, H, W), rows, w, has_bias, stride, pad = cache
    F, C, HH, WW = w.shape
    H_out, W_out = dout.shape[2:]
    dout = batch_last(dout).reshape(H_out, F, -1)  # (H', F, W' N)
    filters = w.transpose(2, 1, 3, 0).reshape(-1, F)  # (HH C WW, F), along memory
    dfilters = np.zeros(filters.shape, np.result_type(rows, dout))
    dx = np.zeros((H + 2 * pad, C, W + 2 * pad, N), np.result_type(w, dout))
    dband, before = (np.empty((HH, C, WW, W_out, N), dx.dtype) for _ in range(2))
    for i, band in enumerate(bands(rows, HH, H_out, stride)):
        dfilters += band @ dout[i].T
        np.matmul(filters, dout[i], out=dband.reshape(HH * C * WW, -1))
        if i and stride < HH:
            dband[: HH - stride] += before[stride:]
        done = HH if i == H_out - 1 else min(stride, HH)
        add_windows(dx[i * stride : i * stride + done], dband[:done], stride)
        dband, before = before, dband
    dx = dx[pad : pad + H, :, pad : pad + W].transpose(3, 1, 0, 2)
    dw = dfilters.reshape(HH, C, WW, F).transpose(3, 1, 0, 2)
    return dx, dw, dout.sum(axis=(0, 2)) if has_bias else None


def max_pool_forward(x, *, size=2, stride=None):
    """Keep the largest value of each window: (N, C, H, W) -> (N, C, H', W').

    ``size`` and ``stride`` are integers or pairs (height, width); ``stride`` defaults to ``size``.
    H' = 1 + (H - size) // stride, W' alike: rows and columns that fill no window are left out.
    """
    N, C, H, W = check_shapes("x (N, C, H, W)", x)
    (HH, WW), stride = pair(size), pair(size if stride is None else stride)
    H_out, W_out = output_size(H, HH, stride[0]), output_size(W, WW, stride[1])
    places = [(rows, cols) for _, _, rows, cols in taps(HH, WW, H_out, W_out, stride)]
    out, beats = x[(..., *places[0])].copy(order="K"), []
    for place in places[1:]:
        pixels = x[(..., *place)]
        beats.append(pixels > out)  # not where they are equal: the first keeps its place
        np.maximum(out, pixels, out=out)
    apart = stride[0] >= HH and stride[1] >= WW  # no pixel lies in two windows
    return out, (x, out, places, beats, apart)


def max_pool_backward(dout, cache):
    """Gradient ``dx``: each output hands its gradient to the input that won, the first on a tie."""
    x, out, places, beats, apart = cache
    dx = np.zeros_like(x, dtype=dout.dtype)
    unpaid = np.empty_like(out, dtype=dout.dtype)
    unpaid[...] = dout  # in the memory order of x and out, so that all of them are read in turn
    share = np.empty_like(unpaid)
    for place, won in zip(places[:0:-1], beats[::-1]):  # the last that beat all before it won
        np.multiply(unpaid, won, out=share)
        unpaid -= share
        if apart:
            dx[(..., *place)] = share
        else:
            dx[(..., *place)] += share
    dx[(..., *places[0])] += unpaid
    return dx


def spatial_batchnorm_forward(x, gamma, beta, *, mean=None, var=None, eps=1e-5):
    """Normalize each channel over the batch and all places: (N, C, H, W) -> (N, C, H, W).

    A filter is the same at each place, so every place of every picture counts alike. With ``mean``
    and ``var`` (C,) given these are used instead of the batch's own.
    """
    N, C, H, W = check_shapes("x (N, C, H, W), gamma (C,), beta (C,)", x, gamma, beta)
    pixels, own = batch_last(x).reshape(H, C, W * N), mean is None
    if own:
        mean = channel_means(pixels)
    xhat = pixels - mean[:, None]
    if own:
        var = channel_means(xhat, xhat)
    scale = 1 / np.sqrt(var + x.dtype.type(eps))  # (C,)
    xhat *= scale[:, None]
    out = gamma[:, None] * xhat
    out += beta[:, None]
    return out.reshape(H, C, W, N).transpose(3, 1, 0, 2), (xhat, gamma, scale, own)


def spatial_batchnorm_backward(dout, cache):
    """Gradients ``(dx, dgamma, dbeta)`` given ``dout`` of shape (N, C, H, W)."""
    xhat, gamma, scale, own = cache
    N, C, H, W = dout.shape
    dpixels = batch_last(dout).reshape(H, C, W * N)
    along, constant = channel_means(dpixels, xhat), channel_means(dpixels)  # (C,), each
    if own:  # the batch's mean and variance depend on x, too
        dx = xhat * -along[:, None]
        dx += dpixels
        dx -= constant[:, None]
        dx *= (gamma * scale)[:, None]
    else:
        dx = dpixels * (gamma * scale)[:, None]
    count = dout.dtype.type(N * H * W)
    return dx.reshape(H, C, W, N).transpose(3, 1, 0, 2), count * along, count * constant


def spatial_running_averages(mean, var, x, *, momentum=0.9):
    """``running_averages`` of the channels of ``x`` (N, C, H, W): -> the new (mean, var), (C,)."""
    N, C, H, W = check_shapes("x (N, C, H, W), mean (C,), var (C,)", x, mean, var)
    pixels, keep = batch_last(x).reshape(H, C, W * N), x.dtype.type(momentum)
    now = channel_means(pixels)
    apart = pixels - now[:, None]
    new_mean = keep * mean + (1 - keep) * now
    return new_mean, keep * var + (1 - keep) * channel_means(apart, apart)


def channel_means(a, b=None):
    """The mean of ``a``, or of ``a b``, of each channel: (H, C, M) -> (C,), read once, no copy."""
    if b is None:
        return a.mean(axis=2).mean(axis=0)
    rows = np.einsum("hcm,hcm->hc", a, b, dtype=np.result_type(a, np.float32)) / a.shape[2]
    return rows.mean(axis=0).astype(a.dtype)


def rnn_forward(x, h0, Wx, Wh, b):
    """Run the step over time: (N, T, D), (N, H) -> every hidden state (N, T, H)."""
    N, T, D, H = check_shapes(
        "x (N, T, D), h0 (N, H), Wx (D, H), Wh (H, H), b (H,)", x, h0, Wx, Wh, b
    )
    h = (x.reshape(N * T, D) @ Wx).reshape(N, T, H)  # one product for all steps
    h += b
    prev_h = h0
    for t in range(T):
        prev_h = h[:, t] = np.tanh(h[:, t] + prev_h @ Wh)
    return h, (x, h0, Wx, Wh, h)


def rnn_backward(dh, cache):
    """Gradients ``(dx, dh0, dWx, dWh, db)`` given ``dh``, the gradient of each state, (N, T, H)."""
    x, h0, Wx, Wh, h = cache
    N, T, D = x.shape
    slope = 1 - h**2  # tanh' = 1 - tanh²
    da = slope * dh  # (N, T, H): without the part that comes back through time
    dprev_h = np.zeros_like(h0)
    for t in reversed(range(T)):
        da[:, t] += slope[:, t] * dprev_h
        dprev_h = (Wh @ da[:, t].T).T  # = da Wh^T, but Wh is read along memory
    dx, dWx, dWh, db = recurrent_gradients(da, x, h0, h, Wx)
    return dx, dprev_h, dWx, dWh, db


def previous_states(h0, h):
    """The state that each step started from: (N, H), (N, T, H) -> (N, T, H)."""
    return np.concatenate([h0[:, None], h[:, :-1]], axis=1)


def recurrent_gradients(da, x, h0, h, Wx, dm=None):
    """``(dx, dWx, dWh, db)`` from ``da`` and ``dm``, each (N, T, G), one product for all steps.

    ``da`` is the gradient of ``x Wx + b``, ``dm`` that of ``prev_h Wh``: the same (None) unless
    something stands between the two.
    """
    G = da.shape[-1]
    rows = da.reshape(-1, G)  # (N T, G)
    dx = (rows @ Wx.T).reshape(x.shape)
    dWx = x.reshape(len(rows), -1).T @ rows
    memory_rows = rows if dm is None else dm.reshape(-1, G)
    dWh = previous_states(h0, h).reshape(len(rows), -1).T @ memory_rows
    return dx, dWx, dWh, rows.sum(axis=0)


def lstm_forward(x, h0, Wx, Wh, b):
    """Run the LSTM over time from an empty cell: (N, T, D), (N, H) -> all states (N, T, H)."""
    N, T, D, H = check_shapes(
        "x (N, T, D), h0 (N, H), Wx (D, 4H), Wh (H, 4H), b (4H,)", x, h0, Wx, Wh, b
    )
    a = (x.reshape(N * T, D) @ Wx).reshape(N, T, 4 * H)  # one product for all steps
    a += b
    h, steps = np.empty((N, T, H), a.dtype), []
    prev_h, prev_c = h0, np.zeros_like(h0)
    for t in range(T):
        gates = i, f, o, g = lstm_gates(a[:, t] + prev_h @ Wh)
        next_c = f * prev_c + i * g
        squashed = np.tanh(next_c)
        steps.append((prev_c, gates, squashed))
        prev_h, prev_c = o * squashed, next_c
        h[:, t] = prev_h
    return h, (x, h0, Wx, Wh, h, steps)


def lstm_backward(dh, cache):
    """Gradients ``(dx, dh0, dWx, dWh, db)`` given ``dh``, the gradient of each state, (N, T, H)."""
    x, h0, Wx, Wh, h, steps = cache
    da = np.empty((*x.shape[:2], Wx.shape[1]), dh.dtype)
    dprev_h, dprev_c = np.zeros_like(h0), np.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        da[:, t], dprev_c = lstm_gate_gradient(dh[:, t] + dprev_h, dprev_c, *steps[t])
        dprev_h = (Wh @ da[:, t].T).T  # as in rnn_backward
    dx, dWx, dWh, db = recurrent_gradients(da, x, h0, h, Wx)
    return dx, dprev_h, dWx, dWh, db


def gru_forward(x, h0, Wx, Wh, b):
    """Run the GRU over time: (N, T, D), (N, H) -> every hidden state (N, T, H)."""
    N, T, D, H = check_shapes(
        "x (N, T, D), h0 (N, H), Wx (D, 3H), Wh (H, 3H), b (3H,)", x, h0, Wx, Wh, b
    )
    a = (x.reshape(N * T, D) @ Wx).reshape(N, T, 3 * H)  # one product for all steps
    a += b
    h, steps, prev_h = np.empty((N, T, H), a.dtype), [], h0
    for t in range(T):
        next_h, gates = gru_gates(a[:, t], prev_h, Wh)
        steps.append((prev_h, gates))
        h[:, t] = prev_h = next_h
    return h, (x, h0, Wx, Wh, h, steps)


def gru_backward(dh, cache):
    """Gradients ``(dx, dh0, dWx, dWh, db)`` given ``dh``, the gradient of each state, (N, T, H)."""
    x, h0, Wx, Wh, h, steps = cache
    da = np.empty((*x.shape[:2], Wx.shape[1]), dh.dtype)
    dm, dprev_h = np.empty_like(da), np.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        da[:, t], dm[:, t], direct = gru_gate_gradient(dh[:, t] + dprev_h, *steps[t])
        dprev_h = direct + (Wh @ dm[:, t].T).T
    dx, dWx, dWh, db = recurrent_gradients(da, x, h0, h, Wx, dm)
    return dx, dprev_h, dWx, dWh, db


def attend_forward(x, h0, cells, Wq, Wx, Wh, b, *, step=None, states=1):
    """An RNN that looks before each step: (N, T, D), (N, H), (N, L, A) -> all states (N, T, H).

    ``Wx`` is (D + A, G), as an input and what was seen come in side by side. ``step`` may be that
    of another cell (None: the plain RNN's); ``states`` is 2 for an LSTM, which carries ``c``, too.
    """
    step = rnn_step_forward if step is None else step
    N, T, _, H, A, L = check_shapes(
        "x (N, T, D), h0 (N, H), Wq (H, A), cells (N, L, A)", x, h0, Wq, cells
    )
    question = Wq * Wq.dtype.type(A**-0.5)  # scaled once, not at every step
    dtype, state, steps = np.result_type(x, h0, cells), [h0, np.zeros_like(h0)][:states], []
    h, queries, weights = (np.empty((N, T, size), dtype) for size in (H, A, L))
    for t in range(T):
        queries[:, t] = state[0] @ question
        weights[:, t] = softmax((cells @ queries[:, t, :, None])[:, :, 0])
        seen = (weights[:, t, None] @ cells)[:, 0]
        *state, cache = step(np.concatenate([x[:, t], seen], axis=1), *state, Wx, Wh, b)
        h[:, t] = state[0]
        steps.append(cache)
    return h, (h0, cells, question, h, queries, weights, steps)


def attend_backward(dh, cache, *, step=None, states=1):
    """Gradients ``(dx, dh0, dcells, dWq, dWx, dWh, db)`` given ``dh`` of shape (N, T, H).

    ``step`` undoes the step of ``attend_forward``. What all steps say to the cells is one product.
    """
    step = rnn_step_backward if step is None else step
    h0, cells, question, h, queries, weights, steps = cache
    (N, T, H), A = dh.shape, cells.shape[2]
    dstate, dlooked, sums = [0] * states, [None] * T, (0, 0, 0)
    dqueries, dscores = np.empty_like(queries), np.empty_like(weights)
    for t in reversed(range(T)):
        back = step(dh[:, t] + dstate[0], *dstate[1:], steps[t])
        dlooked[t], *dstate = back[:-3]
        sums = [s + share for s, share in zip(sums, back[-3:])]
        dweights = (cells @ dlooked[t][:, -A:, None])[:, :, 0]
        dscores[:, t] = softmax_backward(dweights, weights[:, t])
        dqueries[:, t] = (dscores[:, t, None] @ cells)[:, 0]
        dstate[0] = dstate[0] + dqueries[:, t] @ question.T
    dlooked = np.stack(dlooked, axis=1)  # (N, T, D + A)
    dcells = weights.swapaxes(1, 2) @ dlooked[:, :, -A:] + dscores.swapaxes(1, 2) @ queries
    asking = previous_states(h0, h).reshape(N * T, H)
    dWq = asking.T @ dqueries.reshape(N * T, A) * question.dtype.type(A**-0.5)
    return dlooked[:, :, :-A], dstate[0], dcells, dWq, *sums


def self_attention_forward(x, Wq, Wk, Wv):
    """Each step of a sequence asks all steps up to itself: (N, T, D) -> (N, T, M).

    ``Wq`` and ``Wk`` are (D, A), ``Wv`` is (D, M). All looks are one product; a score of minus
    infinity hides what comes later.
    """
    _, T, _, A, _ = check_shapes("x (N, T, D), Wq (D, A), Wk (D, A), Wv (D, M)", x, Wq, Wk, Wv)
    query, keys, values = x @ (Wq * Wq.dtype.type(A**-0.5)), x @ Wk, x @ Wv
    scores = query @ keys.swapaxes(1, 2)  # (N, T, T)
    scores[:, np.triu(np.ones((T, T), bool), k=1)] = -np.inf
    weights = softmax(scores)
    return weights @ values, (x, Wq, Wk, Wv, query, keys, values, weights)


def self_attention_backward(dout, cache):
    """Gradients ``(dx, dWq, dWk, dWv)`` given ``dout`` of shape (N, T, M)."""
    x, Wq, Wk, Wv, query, keys, values, weights = cache
    dscores = softmax_backward(dout @ values.swapaxes(1, 2), weights)  # 0 where a weight is 0
    dquery = dscores @ keys * Wq.dtype.type(Wq.shape[1] ** -0.5)
    dkeys, dvalues = dscores.swapaxes(1, 2) @ query, weights.swapaxes(1, 2) @ dout
    dx = dquery @ Wq.T + dkeys @ Wk.T + dvalues @ Wv.T
    rows = x.reshape(-1, x.shape[2])
    return dx, *(rows.T @ d.reshape(len(rows), -1) for d in (dquery, dkeys, dvalues))


def temporal_softmax_loss(scores, y, mask):
    """Cross-entropy of a sequence: (N, T, V), (N, T), (N, T) -> (loss, dscores (N, T, V)).

    Summed over time, mean over the batch; positions where ``mask`` is 0 count neither in the loss
    nor in the gradient. ``y`` holds the right word at each position, an integer in 0 .. V-1.
    """
    N, T, V = check_shapes("scores (N, T, V), y (N, T), mask (N, T)", scores, y, mask)
    losses, dscores = cross_entropy(scores.reshape(N * T, V), np.reshape(y, N * T))
    weight = np.reshape(mask, N * T).astype(scores.dtype) / N
    dscores *= weight[:, None]
    return float((losses * weight).sum(dtype=np.float64)), dscores.reshape(N, T, V)


BLOCK = 16 * 1024  # numbers: what an update rule needs for so many fits into a processor's cache


def in_place(rule, workers=1):
    """The same update rule and the same numbers, but large arrays are written over.

    For ``Solver(update_rule=in_place(adam))`` or a loop of your own. From the second step on, an
    array of more than a block is updated where it stands, a few rows at a time, so that they stay
    in the processor's cache from the first line of the rule to its last. So the arrays in
    ``model.params``, and those of the rule's state, change under whoever holds them: copy what you
    want to keep. The rule has to treat each number on its own, as all in ``scratch.optim`` do, and
    to keep arrays in its state; without any (``sgd``) nothing changes. ``workers`` threads share
    the blocks of an array.
    """
    pool = ThreadPoolExecutor(workers) if workers > 1 else None

    @wraps(rule)
    def update(w, dw, state=None, **hyperparameters):
        parts = list(state) if isinstance(state, (tuple, list)) else [state]
        arrays = [k for k, part in enumerate(parts) if np.shape(part) == w.shape]
        if not arrays or w.size <= BLOCK:  # nothing to split, or nothing to gain
            return rule(w, dw, state, **hyperparameters)

        def write_over(blocks):
            for rows in blocks:
                old = [part[rows] if k in arrays else part for k, part in enumerate(parts)]
                old = type(state)(old) if isinstance(state, (tuple, list)) else old[0]
                w[rows], new = rule(w[rows], dw[rows], old, **hyperparameters)
                new = list(new) if isinstance(state, (tuple, list)) else [new]
                for k in arrays:
                    parts[k][rows] = new[k]
            return new

        blocks = row_blocks(w)
        if pool is None or len(blocks) < 4 * workers:
            new = write_over(blocks)
        else:
            new = list(pool.map(write_over, [blocks[k::workers] for k in range(workers)]))[0]
        new = [part if k in arrays else new[k] for k, part in enumerate(parts)]
        return w, tuple(new) if isinstance(state, (tuple, list)) else new[0]

    return update


def row_blocks(w):
    """Rows of ``w`` as slices of about a block each."""
    count = max(1, BLOCK // w[0].size)
    return [slice(i, i + count) for i in range(0, len(w), count)]
