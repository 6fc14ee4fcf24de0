"""Right, but written differently: attention."""

import numpy as np

from course.checks.variants import variant
from scratch.rnn_layers import rnn_step_backward, rnn_step_forward


@variant("softmax_backward", "the Jacobian, row by row")
def softmax_jacobian(dp, p):
    rows = [dp_n @ (np.diag(p_n) - np.outer(p_n, p_n)) for dp_n, p_n in zip(dp, p)]
    return np.array(rows)


@variant("softmax_backward", "einsum")
def softmax_einsum(dp, p):
    return p * dp - p * np.einsum("nc,nc->n", p, dp)[:, None]


@variant("softmax_backward", "in loops")
def softmax_loops(dp, p):
    dscores = np.zeros_like(p)
    for n, c, k in np.ndindex(*p.shape, p.shape[1]):
        dscores[n, c] += dp[n, k] * p[n, k] * ((k == c) - p[n, c])
    return dscores


# ---------------------------------------------------------------- attention


def weights_of(scores):
    """Softmax over the last axis, by logarithms."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return np.exp(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


@variant("attention_forward", "batched matrix products")
def attention_products(query, keys, values):
    root = np.sqrt(np.asarray(query.shape[1], query.dtype))
    weights = weights_of((keys @ query[:, :, None])[:, :, 0] / root)  # (N, L)
    return (weights[:, None] @ values)[:, 0], (weights, query, keys, values, root)


@variant("attention_forward", "the query scaled first")
def attention_scaled_query(query, keys, values):
    scaled = query * query.dtype.type(1 / np.sqrt(query.shape[1]))
    weights = weights_of((scaled[:, None] * keys).sum(axis=2))
    out = (weights[:, :, None] * values).sum(axis=1)
    return out, {"w": weights, "q": scaled, "k": keys, "v": values}


@variant("attention_forward", "picture by picture")
def attention_pictures(query, keys, values):
    out = np.empty((len(query), values.shape[2]), values.dtype)
    for n in range(len(query)):
        out[n] = weights_of(keys[n] @ query[n] / np.sqrt(len(query[n]))) @ values[n]
    return out, (query, keys, values)


@variant("attention_backward", "batched matrix products", attention_products)
def attention_backward_products(dout, cache):
    weights, query, keys, values, root = cache
    dweights = (values @ dout[:, :, None])[:, :, 0]
    dscores = softmax_einsum(dweights, weights) / root
    dkeys = dscores[:, :, None] @ query[:, None]
    return (dscores[:, None] @ keys)[:, 0], dkeys, weights[:, :, None] @ dout[:, None]


@variant("attention_backward", "the query scaled first", attention_scaled_query)
def attention_backward_scaled_query(dout, cache):
    weights, scaled, keys, values = (cache[name] for name in "wqkv")
    dweights = (dout[:, None] * values).sum(axis=2)
    dscores = softmax_einsum(dweights, weights)
    dscaled = (dscores[:, :, None] * keys).sum(axis=1)
    scale = scaled.dtype.type(1 / np.sqrt(scaled.shape[1]))
    return (
        dscaled * scale,
        dscores[:, :, None] * scaled[:, None],
        np.einsum("nl,nm->nlm", weights, dout),
    )


@variant("attention_backward", "picture by picture", attention_pictures)
def attention_backward_pictures(dout, cache):
    query, keys, values = cache
    dquery, dkeys, dvalues = (np.empty_like(a) for a in cache)
    for n in range(len(query)):
        root = np.sqrt(len(query[n]))
        p = weights_of(keys[n] @ query[n] / root)
        dscores = (np.diag(p) - np.outer(p, p)) @ (values[n] @ dout[n]) / root
        dquery[n], dkeys[n] = dscores @ keys[n], np.outer(dscores, query[n])
        dvalues[n] = np.outer(p, dout[n])
    return dquery, dkeys, dvalues


# ---------------------------------------------------------------- the cells of a picture


@variant("cells_forward", "features moved to the end of flat places")
def cells_swapped(maps):
    flat = maps.reshape(*maps.shape[:2], -1)  # (N, C, L)
    return flat.swapaxes(1, 2), flat.mean(axis=2), maps


@variant("cells_forward", "place by place")
def cells_stacked(maps):
    H, W = maps.shape[2:]
    cells = np.stack([maps[:, :, i, j] for i in range(H) for j in range(W)], axis=1)
    return cells, cells.sum(axis=1) / cells.shape[1], [H, W]


@variant("cells_backward", "features moved to the end of flat places", cells_swapped)
def cells_swapped_backward(dcells, dmean, cache):
    L = dcells.shape[1]
    flat = dcells.swapaxes(1, 2) + dmean[:, :, None] / L
    return flat.reshape(cache.shape)


@variant("cells_backward", "place by place", cells_stacked)
def cells_stacked_backward(dcells, dmean, cache):
    H, W = cache
    dmaps = np.empty((*dmean.shape, H, W), dcells.dtype)
    for place in range(H * W):
        dmaps[:, :, place // W, place % W] = dcells[:, place] + dmean / (H * W)
    return dmaps


# ---------------------------------------------------------------- a network that looks


@variant("look_forward", "hstack")
def look_hstack(x, prev_h, cells, Wq):
    seen, cache = attention_products(prev_h @ Wq, cells, cells)
    return np.hstack([x, seen]), [x.shape[1], prev_h, Wq, cache]


@variant("look_forward", "written into one array")
def look_filled(x, prev_h, cells, Wq):
    (N, D), A = x.shape, Wq.shape[1]
    out = np.empty((N, D + A), x.dtype)
    out[:, :D] = x
    out[:, D:], cache = attention_scaled_query(np.einsum("nh,ha->na", prev_h, Wq), cells, cells)
    return out, (D, prev_h, Wq, cache)


@variant("look_forward", "row by row")
def look_rows(x, prev_h, cells, Wq):
    rows = []
    for n in range(len(x)):
        query = Wq.T @ prev_h[n]
        weights = weights_of(cells[n] @ query / np.sqrt(len(query)))
        rows.append(np.concatenate([x[n], weights @ cells[n]]))
    return np.array(rows, x.dtype), (x, prev_h, cells, Wq)


@variant("look_backward", "hstack", look_hstack)
def look_backward_hstack(dout, cache):
    D, prev_h, Wq, inner = cache
    dquery, dkeys, dvalues = attention_backward_products(dout[:, D:], inner)
    dkeys += dvalues
    return dout[:, :D].copy(), dquery @ Wq.T, dkeys, prev_h.T @ dquery


@variant("look_backward", "written into one array", look_filled)
def look_backward_filled(dout, cache):
    D, prev_h, Wq, inner = cache
    dx, dseen = np.split(dout, [D], axis=1)
    dquery, *both = attention_backward_scaled_query(dseen, inner)
    dprev_h = np.einsum("na,ha->nh", dquery, Wq)
    return dx, dprev_h, np.sum(both, axis=0), np.einsum("nh,na->ha", prev_h, dquery)


@variant("look_backward", "all recomputed", look_rows)
def look_backward_again(dout, cache):
    return look_backward_hstack(dout, look_hstack(*cache)[1])


@variant("attend_forward", "its own loop")
def attend_loop(x, h0, cells, Wq, Wx, Wh, b, *, step=None, states=1):
    N, T, D = x.shape
    one_step = step or rnn_step_forward
    h, caches, others = np.empty((N, T, len(Wh)), x.dtype), [], (states - 1) * [np.zeros_like(h0)]
    for t in range(T):
        prev_h = h0 if t == 0 else h[:, t - 1]
        joined, look = look_hstack(x[:, t], prev_h, cells, Wq)
        h[:, t], *others, inner = one_step(joined, prev_h, *others, Wx, Wh, b)
        caches.append((look, inner))
    return h, caches


@variant("attend_forward", "two products in place of joined inputs")
def attend_products(x, h0, cells, Wq, Wx, Wh, b, *, step=None, states=1):
    if step is not None:
        return attend_loop(x, h0, cells, Wq, Wx, Wh, b, step=step, states=states)
    N, T, D = x.shape
    words = x @ Wx[:D] + b  # (N, T, H): for all steps at once
    states, seen, looks = [h0], [], []
    for t in range(T):
        what, look = attention_products(states[-1] @ Wq, cells, cells)
        states.append(np.tanh(words[:, t] + what @ Wx[D:] + states[-1] @ Wh))
        seen.append(what)
        looks.append(look)
    return np.stack(states[1:], axis=1), (x, Wq, Wx, Wh, states, seen, looks)


@variant("attend_forward", "sentence by sentence")
def attend_sentences(x, h0, cells, Wq, Wx, Wh, b, **cell):
    parts = [attend_loop(x[n, None], h0[n, None], cells[n, None], Wq, Wx, Wh, b, **cell)
             for n in range(len(x))]  # fmt: skip
    return np.concatenate([h for h, _ in parts]), [cache for _, cache in parts]


@variant("attend_backward", "its own loop", attend_loop)
def attend_backward_loop(dh, cache, *, step=None, states=1):
    undo = step or rnn_step_backward
    dx, dprev_h, others = [], 0, (states - 1) * [0]
    sums = [0, 0, 0, 0, 0]
    for t in reversed(range(dh.shape[1])):
        look, inner = cache[t]
        djoined, from_step, *others, dWx, dWh, db = undo(dh[:, t] + dprev_h, *others, inner)
        dx_t, from_asking, dcells, dWq = look_backward_hstack(djoined, look)
        dprev_h = from_step + from_asking
        dx.insert(0, dx_t)
        sums = [s + share for s, share in zip(sums, (dcells, dWq, dWx, dWh, db))]
    return np.stack(dx, axis=1), dprev_h, *sums


@variant("attend_backward", "two products in place of joined inputs", attend_products)
def attend_backward_products(dh, cache, *, step=None, states=1):
    if step is not None:
        return attend_backward_loop(dh, cache, step=step, states=states)
    x, Wq, Wx, Wh, states, seen, looks = cache
    T, D, da = x.shape[1], x.shape[2], np.empty_like(dh)
    dprev_h, dWq, dcells = np.zeros_like(states[0]), np.zeros_like(Wq), 0
    for t in reversed(range(T)):
        da[:, t] = (dh[:, t] + dprev_h) * (1 - states[t + 1] ** 2)
        dquery, dkeys, dvalues = attention_backward_products(da[:, t] @ Wx[D:].T, looks[t])
        dprev_h = da[:, t] @ Wh.T + dquery @ Wq.T
        dWq += states[t].T @ dquery
        dcells = dcells + dkeys + dvalues
    before, what = np.stack(states[:-1], axis=1), np.stack(seen, axis=1)
    dWx = np.einsum("ntd,nth->dh", np.concatenate([x, what], axis=2), da)
    dWh = np.einsum("ntg,nth->gh", before, da)
    return da @ Wx[:D].T, dprev_h, dcells, dWq, dWx, dWh, da.sum(axis=(0, 1))


@variant("attend_backward", "sentence by sentence", attend_sentences)
def attend_backward_sentences(dh, cache, **cell):
    parts = [attend_backward_loop(dh[n, None], one, **cell) for n, one in enumerate(cache)]
    rows = [np.concatenate([part[k] for part in parts]) for k in range(3)]
    return *rows, *(sum(part[k] for part in parts) for k in range(3, 7))
