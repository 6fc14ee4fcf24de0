"""Right, but written differently: a residual block."""

import numpy as np

from course.checks.variants import variant


@variant("residual_forward", "by hand, masks kept")
def forward_masks(x, w1, b1, w2, b2, ws=None):
    a = x @ w1 + b1
    h = np.where(a > 0, a, a.dtype.type(0))
    total = h @ w2 + b2 + (x if ws is None else x @ ws)
    return total * (total > 0), {"x": x, "h": h, "w": (w1, w2, ws), "on": (a > 0, total > 0)}


@variant("residual_forward", "added into the skip")
def forward_added(x, w1, b1, w2, b2, ws=None):
    total = x.copy() if ws is None else x @ ws
    h = np.maximum(x @ w1 + b1, 0)
    total += h @ w2
    total += b2
    return np.maximum(total, 0), [x, h, w1, w2, ws, total]


@variant("residual_forward", "row by row")
def forward_rows(x, w1, b1, w2, b2, ws=None):
    skip = np.eye(len(w1), dtype=x.dtype) if ws is None else ws
    rows = [np.maximum(np.maximum(r @ w1 + b1, 0) @ w2 + b2 + r @ skip, 0) for r in x]
    return np.array(rows, x.dtype), (x, w1, b1, w2, b2, ws)


@variant("residual_backward", "by hand, masks kept", forward_masks)
def backward_masks(dout, cache):
    x, h, (w1, w2, ws), (inner, outer) = (cache[k] for k in ("x", "h", "w", "on"))
    up = np.where(outer, dout, dout.dtype.type(0))
    da = (up @ w2.T) * inner
    dx = da @ w1.T + (up if ws is None else up @ ws.T)
    dws = None if ws is None else x.T @ up
    return dx, x.T @ da, da.sum(0), h.T @ up, up.sum(0), dws


@variant("residual_backward", "einsum", forward_added)
def backward_einsum(dout, cache):
    x, h, w1, w2, ws, total = cache
    up = dout * (total > 0)
    da = np.einsum("nm,hm->nh", up, w2) * (h > 0)
    dx = up.copy() if ws is None else np.einsum("nm,dm->nd", up, ws)
    dx += np.einsum("nh,dh->nd", da, w1)
    grads = np.einsum("nd,nh->dh", x, da), da.sum(axis=0)
    grads += np.einsum("nh,nm->hm", h, up), up.sum(axis=0)
    return dx, *grads, None if ws is None else np.einsum("nd,nm->dm", x, up)


@variant("residual_backward", "all recomputed", forward_rows)
def backward_again(dout, cache):
    x, w1, b1, w2, b2, ws = cache
    return backward_masks(dout, forward_masks(x, w1, b1, w2, b2, ws)[1])
