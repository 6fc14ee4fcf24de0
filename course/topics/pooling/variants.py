"""Right, but written differently: max-pooling."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from course.checks.variants import variant


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


@variant("max_pool_forward", "short")
def max_pool_short(x, *, size=2, stride=None):
    stride = size if stride is None else stride
    HH, WW = size if isinstance(size, tuple) else (size, size)
    down, right = stride if isinstance(stride, tuple) else (stride, stride)
    N, C, H, W = x.shape
    H_out = 1 + (H - HH) // down
    W_out = 1 + (W - WW) // right
    out = np.zeros((N, C, H_out, W_out), x.dtype)
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * down, j * right
            window = x[:, :, top : top + HH, left : left + WW]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, HH, WW, down, right)


@variant("max_pool_backward", "short", max_pool_short)
def max_pool_backward_short(dout, cache):
    x, HH, WW, down, right = cache
    dx = np.zeros(x.shape, dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        top, left = i * down, j * right
        window = x[n, c, top : top + HH, left : left + WW]
        g = dout[n, c, i, j]
        p, q = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, top + p, left + q] += g
    return dx
