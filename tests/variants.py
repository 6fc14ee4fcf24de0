"""Right, but written differently: loops, einsum, im2col, strided views, other memory order.

``VARIANTS[name]`` maps a label to ``(function, forward or None)``. None of them may be told that it
is wrong; the tests and the table of figures run them all.
"""

from collections import defaultdict

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from course.misconceptions import plain

VARIANTS = defaultdict(dict)


def variant(name, label, forward=None):
    """Register the decorated function as another way to write ``name``."""

    def keep(function):
        VARIANTS[name][label] = (function, forward)
        return function

    return keep


# ---------------------------------------------------------------- fully connected, ReLU


@variant("fc_forward", "einsum")
def fc_einsum(x, w, b):
    return np.einsum("...d,dm->...m", x, w) + b, (x, w, b)


@variant("fc_forward", "loops over outputs")
def fc_loops(x, w, b):
    columns = [(x * w[:, m]).sum(axis=-1) + b[m] for m in range(w.shape[1])]
    return np.stack(columns, axis=-1), {"x": x, "w": w}


@variant("fc_forward", "the bias as one more column")
def fc_augmented(x, w, b):
    ones = np.ones((*x.shape[:-1], 1), x.dtype)
    return np.concatenate([x, ones], axis=-1) @ np.concatenate([w, b[None]]), [x, w]


@variant("fc_backward", "einsum", fc_einsum)
def fc_backward_einsum(dout, cache):
    x, w, _ = cache
    dx = np.einsum("...m,dm->...d", dout, w)
    dw = np.einsum("kd,km->dm", x.reshape(-1, len(w)), dout.reshape(-1, w.shape[1]))
    return dx, dw, np.einsum("km->m", dout.reshape(-1, w.shape[1]))


@variant("fc_backward", "row by row, in a dict cache", fc_loops)
def fc_backward_rows(dout, cache):
    x, w = cache["x"], cache["w"]
    dx, dw, db = np.empty_like(x), np.zeros_like(w), np.zeros(w.shape[1], w.dtype)
    for index in np.ndindex(x.shape[:-1]):
        dx[index] = w @ dout[index]
        dw += np.outer(x[index], dout[index])
        db += dout[index]
    return dx, dw, db


@variant("fc_backward", "ones times dout, column-major", fc_augmented)
def fc_backward_ones(dout, cache):
    x, w = cache
    rows = dout.reshape(-1, w.shape[1])
    ones = np.ones(len(rows), dout.dtype)
    dw = np.asfortranarray((rows.T @ x.reshape(-1, len(w))).T)
    return np.dot(dout, w.T), dw, ones @ rows


@variant("relu_forward", "where")
def relu_where(x):
    return np.where(x > 0, x, x.dtype.type(0)), x > 0


@variant("relu_forward", "a copy, then a mask")
def relu_copy(x):
    out = x.copy()
    out[out < 0] = 0
    return out, (x,)


@variant("relu_forward", "half of x + |x|")
def relu_half(x):
    return x / 2 + np.abs(x) / 2, x


@variant("relu_forward", "times a mask")
def relu_mask(x):
    return x * (x > 0), np.sign(x)


@variant("relu_backward", "where", relu_where)
def relu_backward_where(dout, cache):
    return np.where(cache, dout, np.zeros_like(dout))


@variant("relu_backward", "a copy, then a mask", relu_copy)
def relu_backward_copy(dout, cache):
    dx = np.array(dout)
    dx[cache[0] <= 0] = 0
    return dx


@variant("relu_backward", "the sign", relu_mask)
def relu_backward_sign(dout, cache):
    return dout * np.maximum(cache, 0)


# ---------------------------------------------------------------- softmax


@variant("softmax_loss", "row by row")
def softmax_rows(scores, y):
    dscores, loss = np.empty_like(scores), 0.0
    for n, row in enumerate(scores):
        shifted = row - max(row)
        total = np.log(np.exp(shifted).sum())
        loss += (total - shifted[y[n]]) / len(scores)
        dscores[n] = np.exp(shifted - total) / len(scores)
        dscores[n, y[n]] -= 1 / len(scores)
    return loss, dscores


@variant("softmax_loss", "logaddexp and one-hot")
def softmax_one_hot(scores, y):
    N, C = scores.shape
    logp = scores - np.logaddexp.reduce(scores, axis=1)[:, None]
    target = np.eye(C, dtype=scores.dtype)[y]
    loss = -(logp[target == 1]).sum() / N
    return loss, (np.exp(logp) - target) / N


@variant("softmax_loss", "shifted twice, column-major")
def softmax_fortran(scores, y):
    s = np.asfortranarray(scores - scores.max(axis=1)[:, np.newaxis])
    e = np.exp(s)
    p = e / e.sum(axis=1, keepdims=True)
    picked = np.take_along_axis(s, np.asarray(y, int)[:, None], axis=1)[:, 0]
    loss = np.mean(np.log(e.sum(axis=1)) - picked)
    np.put_along_axis(p, y[:, None].astype(int), p[np.arange(len(y)), y][:, None] - 1, axis=1)
    return loss, p / len(y)


# ---------------------------------------------------------------- convolution


def out_sizes(x, w, stride, pad):
    return [(x.shape[k] + 2 * pad - w.shape[k]) // stride + 1 for k in (2, 3)]


def pad_by_hand(x, pad):
    N, C, H, W = x.shape
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), x.dtype)
    padded[:, :, pad : pad + H, pad : pad + W] = x
    return padded


@variant("conv_forward", "seven loops")
def conv_loops(x, w, b=None, *, stride=1, pad=0):
    padded, (H_out, W_out) = pad_by_hand(x, pad), out_sizes(x, w, stride, pad)
    out = np.zeros((len(x), len(w), H_out, W_out), x.dtype)
    for n, f, i, j in np.ndindex(out.shape):
        total = 0.0 if b is None else b[f]
        for c, p, q in np.ndindex(w.shape[1:]):
            total += padded[n, c, i * stride + p, j * stride + q] * w[f, c, p, q]
        out[n, f, i, j] = total
    return out, {"x": x, "w": w, "b": b, "stride": stride, "pad": pad}


@variant("conv_forward", "einsum over strided views")
def conv_strided(x, w, b=None, *, stride=1, pad=0):
    padded, (H_out, W_out) = pad_by_hand(x, pad), out_sizes(x, w, stride, pad)
    s = padded.strides
    shape = (len(x), x.shape[1], H_out, W_out, *w.shape[2:])
    windows = as_strided(padded, shape, (s[0], s[1], s[2] * stride, s[3] * stride, s[2], s[3]))
    out = np.einsum("ncijpq,fcpq->nfij", windows, w, optimize=True)
    if b is not None:
        out = out + b.reshape(1, -1, 1, 1)
    return out, (windows, w, b, stride, pad, x.shape)


@variant("conv_forward", "im2col, rows as windows, a transposed view out")
def conv_rows(x, w, b=None, *, stride=1, pad=0):
    view = sliding_window_view(pad_by_hand(x, pad), w.shape[2:], axis=(2, 3))
    view = view[:, :, ::stride, ::stride]
    N, C, H_out, W_out = view.shape[:4]
    rows = view.transpose(0, 2, 3, 1, 4, 5).reshape(N * H_out * W_out, -1)
    out = rows @ w.reshape(len(w), -1).T + (0 if b is None else b)
    return out.reshape(N, H_out, W_out, len(w)).transpose(0, 3, 1, 2), (x, w, b, stride, pad, rows)


@variant("conv_forward", "one filter tap at a time, memory filter first")
def conv_taps(x, w, b=None, *, stride=1, pad=0):
    padded, (H_out, W_out) = pad_by_hand(x, pad), out_sizes(x, w, stride, pad)
    out = np.zeros((len(w), len(x), H_out, W_out), x.dtype)
    for p, q in np.ndindex(w.shape[2:]):
        part = padded[:, :, p : p + stride * H_out : stride, q : q + stride * W_out : stride]
        part = part[:, :, :H_out, :W_out]
        out += np.einsum("ncij,fc->fnij", part, w[:, :, p, q])
    if b is not None:
        out += b[:, None, None, None]
    return out.transpose(1, 0, 2, 3), (x, w, b, stride, pad)


@variant("conv_backward", "seven loops", conv_loops)
def conv_backward_loops(dout, cache):
    x, w, b, stride, pad = (cache[k] for k in ("x", "w", "b", "stride", "pad"))
    padded = pad_by_hand(x, pad)
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for n, f, i, j in np.ndindex(dout.shape):
        for c, p, q in np.ndindex(w.shape[1:]):
            u, v = i * stride + p, j * stride + q
            dpadded[n, c, u, v] += dout[n, f, i, j] * w[f, c, p, q]
            dw[f, c, p, q] += dout[n, f, i, j] * padded[n, c, u, v]
    end = [s - pad for s in dpadded.shape[2:]]
    db = None if b is None else np.array([dout[:, f].sum() for f in range(len(w))], w.dtype)
    return dpadded[:, :, pad : end[0], pad : end[1]], dw, db


@variant("conv_backward", "einsum over strided views", conv_strided)
def conv_backward_strided(dout, cache):
    windows, w, b, stride, pad, shape = cache
    dw = np.einsum("nfij,ncijpq->fcpq", dout, windows, optimize=True)
    dwindows = np.einsum("nfij,fcpq->ncijpq", dout, w, optimize=True)
    N, C, H, W = shape
    dpadded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dout.dtype)
    for i, j in np.ndindex(dout.shape[2:]):
        u, v = i * stride, j * stride
        dpadded[:, :, u : u + w.shape[2], v : v + w.shape[3]] += dwindows[:, :, i, j]
    dx = dpadded[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, None if b is None else np.einsum("nfij->f", dout)


@variant("conv_backward", "im2col, rows as windows", conv_rows)
def conv_backward_rows(dout, cache):
    x, w, b, stride, pad, rows = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    flat = dout.transpose(0, 2, 3, 1).reshape(-1, F)
    dw = (flat.T @ rows).reshape(w.shape)
    drows = (flat @ w.reshape(F, -1)).reshape(N, *dout.shape[2:], C, HH, WW)
    dpadded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dout.dtype)
    for p, q in np.ndindex(HH, WW):
        H_out, W_out = dout.shape[2:]
        target = dpadded[:, :, p : p + stride * H_out : stride, q : q + stride * W_out : stride]
        target[:, :, :H_out, :W_out] += drows[..., p, q].transpose(0, 3, 1, 2)
    crop = slice(pad, -pad or None)
    return dpadded[:, :, crop, crop], dw, None if b is None else flat.sum(axis=0)


@variant("conv_backward", "dx as a convolution with the flipped filter", conv_taps)
def conv_backward_transposed(dout, cache):
    x, w, b, stride, pad = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    high, wide = H + 2 * pad + HH - 1, W + 2 * pad + WW - 1
    spread = np.zeros((N, F, high, wide), dout.dtype)  # dout with gaps, and a full border
    H_out, W_out = dout.shape[2:]
    rows = slice(HH - 1, HH - 1 + stride * (H_out - 1) + 1, stride)
    cols = slice(WW - 1, WW - 1 + stride * (W_out - 1) + 1, stride)
    spread[:, :, rows, cols] = dout
    flipped = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    dpadded, _ = conv_strided(spread, np.ascontiguousarray(flipped))
    view = sliding_window_view(pad_by_hand(x, pad), (HH, WW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride]
    dw = np.tensordot(dout, view, ([0, 2, 3], [0, 2, 3]))
    dx = np.asfortranarray(dpadded[:, :, pad : pad + H, pad : pad + W])
    return dx, dw, None if b is None else dout.sum((0, 2, 3))


# ---------------------------------------------------------------- max-pooling


def two(size):
    return size if isinstance(size, tuple) else (size, size)


@variant("max_pool_forward", "loops")
def pool_loops(x, *, size=2, stride=None):
    (HH, WW), (down, right) = two(size), two(size if stride is None else stride)
    N, C, H, W = x.shape
    out = np.empty((N, C, (H - HH) // down + 1, (W - WW) // right + 1), x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        best = x[n, c, i * down, j * right]
        for p, q in np.ndindex(HH, WW):
            best = max(best, x[n, c, i * down + p, j * right + q])
        out[n, c, i, j] = best
    return out, {"x": x, "size": (HH, WW), "stride": (down, right)}


@variant("max_pool_forward", "sliding windows")
def pool_windows(x, *, size=2, stride=None):
    (HH, WW), (down, right) = two(size), two(size if stride is None else stride)
    view = sliding_window_view(x, (HH, WW), axis=(2, 3))[:, :, ::down, ::right]
    flat = view.reshape(*view.shape[:4], HH * WW)
    return flat.max(axis=4), (x, flat.argmax(axis=4), WW, (down, right))


@variant("max_pool_forward", "maximum of shifted pictures, channels last in memory")
def pool_shifts(x, *, size=2, stride=None):
    (HH, WW), (down, right) = two(size), two(size if stride is None else stride)
    H_out, W_out = (x.shape[2] - HH) // down + 1, (x.shape[3] - WW) // right + 1
    image = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    out = np.full((len(x), H_out, W_out, x.shape[1]), -np.inf, x.dtype)
    for p, q in np.ndindex(HH, WW):
        part = image[:, p::down, q::right][:, :H_out, :W_out]
        out = np.maximum(out, part)
    return out.transpose(0, 3, 1, 2), (x, HH, WW, down, right)


@variant("max_pool_backward", "loops that look for the first maximum", pool_loops)
def pool_backward_loops(dout, cache):
    x, (HH, WW), (down, right) = cache["x"], cache["size"], cache["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        best = (i * down, j * right)
        for p, q in np.ndindex(HH, WW):
            place = (i * down + p, j * right + q)
            if x[(n, c, *place)] > x[(n, c, *best)]:
                best = place
        dx[(n, c, *best)] += dout[n, c, i, j]
    return dx


@variant("max_pool_backward", "add.at with stored winners", pool_windows)
def pool_backward_at(dout, cache):
    x, winner, WW, (down, right) = cache
    dx = np.zeros(x.shape, dout.dtype)
    n, c, i, j = np.indices(dout.shape)
    np.add.at(dx, (n, c, i * down + winner // WW, j * right + winner % WW), dout)
    return dx


@variant("max_pool_backward", "bincount", pool_shifts)
def pool_backward_bincount(dout, cache):
    x, HH, WW, down, right = cache
    view = sliding_window_view(x, (HH, WW), axis=(2, 3))[:, :, ::down, ::right]
    winner = view.reshape(*dout.shape, HH * WW).argmax(axis=4)
    n, c, i, j = np.indices(dout.shape)
    place = (n, c, i * down + winner // WW, j * right + winner % WW)
    flat = np.ravel_multi_index(place, x.shape)
    sums = np.bincount(flat.ravel(), dout.ravel(), minlength=x.size)
    return sums.reshape(x.shape).astype(dout.dtype)


# ---------------------------------------------------------------- recurrent layers


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


# ---------------------------------------------------------------- words


@variant("word_embedding_forward", "one-hot product")
def embed_one_hot(x, W):
    one_hot = (x[..., None] == np.arange(len(W))).astype(W.dtype)
    return one_hot @ W, one_hot


@variant("word_embedding_forward", "take")
def embed_take(x, W):
    return np.take(W, x, axis=0), {"x": x, "V": len(W)}


@variant("word_embedding_forward", "loops")
def embed_loops(x, W):
    out = np.empty((*x.shape, W.shape[1]), W.dtype)
    for n, t in np.ndindex(x.shape):
        out[n, t] = W[x[n, t]]
    return out, (x, W)


@variant("word_embedding_backward", "one-hot product", embed_one_hot)
def embed_backward_one_hot(dout, one_hot):
    return np.einsum("ntv,ntd->vd", one_hot, dout)


@variant("word_embedding_backward", "word by word", embed_take)
def embed_backward_words(dout, cache):
    rows = [dout[cache["x"] == v].sum(axis=0) for v in range(cache["V"])]
    return np.stack(rows)


@variant("word_embedding_backward", "loops", embed_loops)
def embed_backward_loops(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    for n, t in np.ndindex(x.shape):
        dW[x[n, t]] += dout[n, t]
    return dW


@variant("temporal_softmax_loss", "position by position")
def temporal_loops(scores, y, mask):
    loss, dscores = 0.0, np.zeros_like(scores)
    for n, t in np.ndindex(y.shape):
        if mask[n, t]:
            one, dscores[n, t : t + 1] = softmax_rows(scores[n, t : t + 1], y[n, t : t + 1])
            loss += one
    return loss / len(y), dscores / len(y)


@variant("temporal_softmax_loss", "only the rows that count")
def temporal_selected(scores, y, mask):
    keep = np.asarray(mask, bool)
    dscores = np.zeros_like(scores)
    if not keep.any():
        return 0.0, dscores
    loss, rows = plain.softmax_loss(scores[keep], y[keep])
    share = keep.sum() / len(y)
    dscores[keep] = rows * share
    return loss * share, dscores


@variant("temporal_softmax_loss", "step by step in time")
def temporal_steps(scores, y, mask):
    N, T, V = scores.shape
    loss, steps = 0.0, []
    for t in range(T):
        logp = scores[:, t] - np.logaddexp.reduce(scores[:, t], axis=1)[:, None]
        on = mask[:, t].astype(scores.dtype)
        loss -= (logp[np.arange(N), y[:, t]] * on).sum() / N
        target = np.eye(V, dtype=scores.dtype)[y[:, t]]
        steps.append((np.exp(logp) - target) * on[:, None] / N)
    return loss, np.stack(steps, axis=1)


# ---------------------------------------------------------------- update rules


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


@variant("momentum", "the rate applied at the step")
def momentum_late(w, dw, state=None, *, learning_rate=1e-2, mu=0.9):
    v = dw if state is None else mu * state + dw
    return w - learning_rate * v, v


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


for known in [name for name in vars(plain) if name in list(VARIANTS)]:
    mate = known.removesuffix("_backward") + "_forward" if known.endswith("_backward") else None
    VARIANTS[known]["plain"] = (getattr(plain, known), mate and getattr(plain, mate))
