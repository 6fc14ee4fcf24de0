"""Convolution and max-pooling, each as a pure function and its exact adjoint.

Arrays are (N, C, H, W). The ``_naive`` versions say in loops what the fast ones say in matrix
products; the tests hold the two equal.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from scratch.shapes import check_shapes


def output_size(size, window, stride=1, pad=0):
    """How many windows fit along one axis: ``1 + (size + 2 pad - window) // stride``."""
    if stride < 1 or pad < 0 or window < 1:
        raise ValueError(
            f"window {window}, stride {stride}, pad {pad}: expected window and stride of "
            "at least 1 and pad of at least 0."
        )
    if window > size + 2 * pad:
        raise ValueError(
            f"A window of {window} does not fit into {size} pixels with {pad} of padding on each "
            "side: use a smaller window or more padding."
        )
    return 1 + (size + 2 * pad - window) // stride


def pair(size):
    """``2`` -> ``(2, 2)``; a pair (height, width) stays as it is."""
    return tuple(size) if isinstance(size, (tuple, list)) else (size, size)


def taps(HH, WW, H_out, W_out, stride):
    """For each position (i, j) inside a window: which pixels sit there, over all windows.

    Yields ``(i, j, rows, cols)`` with slices such that ``x[:, :, rows, cols]`` is (N, C, H', W').
    """
    step_h, step_w = pair(stride)
    for i, j in np.ndindex(HH, WW):
        rows = slice(i, i + step_h * (H_out - 1) + 1, step_h)
        cols = slice(j, j + step_w * (W_out - 1) + 1, step_w)
        yield i, j, rows, cols


def pad_images(x, pad):
    """Surround each image with ``pad`` zeros: (N, C, H, W) -> (N, C, H + 2 pad, W + 2 pad)."""
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))) if pad else x


def im2col(x, HH, WW, *, stride=1, pad=0):
    """Every window of ``x`` as one column: (N, C, H, W) -> (C HH WW, N H' W')."""
    x = pad_images(x, pad)
    windows = sliding_window_view(x, (HH, WW), axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, H_out, W_out = windows.shape[:4]  # (N, C, H', W', HH, WW), still a view
    return windows.transpose(1, 4, 5, 0, 2, 3).reshape(C * HH * WW, N * H_out * W_out)


def col2im(dcols, x_shape, HH, WW, *, stride=1, pad=0):
    """The adjoint of ``im2col``: add each column back where its window was read.

    (C HH WW, N H' W') -> (N, C, H, W) = ``x_shape``. Where windows overlap the values add up.
    """
    N, C, H, W = x_shape
    H_out, W_out = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    dwindows = dcols.reshape(C, HH, WW, N, H_out, W_out)
    dx = np.zeros((C, N, H + 2 * pad, W + 2 * pad), dcols.dtype)
    for i, j, rows, cols in taps(HH, WW, H_out, W_out, stride):
        dx[:, :, rows, cols] += dwindows[:, i, j]
    return dx[:, :, pad : pad + H, pad : pad + W].transpose(1, 0, 2, 3)


def window_rows(x, WW, *, stride=1, pad=0):
    """Like ``im2col`` along W only: (N, C, H, W) -> (H + 2 pad, C WW, W' N).

    Each picture row is copied WW times instead of HH WW times. The rows of a window follow each
    other in memory, and the batch comes last, so that all copies run along memory.
    """
    N, C, H, W = x.shape
    rows = np.zeros((H + 2 * pad, C, W + 2 * pad, N), x.dtype)
    rows[pad : pad + H, :, pad : pad + W] = x.transpose(2, 1, 3, 0)
    windows = sliding_window_view(rows, WW, axis=2)[:, :, ::stride]  # (H + 2 pad, C, W', N, WW)
    copies = np.ascontiguousarray(windows.transpose(0, 1, 4, 2, 3))
    return copies.reshape(H + 2 * pad, C * WW, -1)


def window_rows_backward(drows, x_shape, WW, *, stride=1, pad=0):
    """The adjoint of ``window_rows``: (H + 2 pad, C WW, W' N) -> (N, C, H, W) = ``x_shape``."""
    N, C, H, W = x_shape
    W_out = output_size(W, WW, stride, pad)
    dwindows = drows.reshape(H + 2 * pad, C, WW, W_out, N)
    dx = np.zeros((H + 2 * pad, C, W + 2 * pad, N), drows.dtype)
    for j in range(WW):
        dx[:, :, j : j + stride * (W_out - 1) + 1 : stride] += dwindows[:, :, j]
    return dx[pad : pad + H, :, pad : pad + W].transpose(3, 1, 0, 2)


def bands(rows, HH, H_out, stride):
    """The HH rows that each output row reads, as matrices: (H', HH C WW, W' N), a view."""
    H, K, M = rows.shape
    step, *steps = rows.strides
    return as_strided(rows, (H_out, HH * K, M), (stride * step, *steps), writeable=False)


def conv_forward(x, w, b=None, *, stride=1, pad=0):
    """Slide F filters over a batch of images: (N, C, H, W) -> (N, F, H', W').

    ``w`` is (F, C, HH, WW), ``b`` is (F,) or None; H' = 1 + (H + 2 pad - HH) // stride, W' alike.
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
    """Gradients ``(dx, dw, db)`` given ``dout`` (N, F, H', W'); ``db`` is None when b was."""
    x_shape, rows, w, has_bias, stride, pad = cache
    F, C, HH, WW = w.shape
    H_out = dout.shape[2]
    dout = dout.transpose(2, 1, 3, 0).reshape(H_out, F, -1)  # (H', F, W' N)
    filters = w.transpose(0, 2, 1, 3).reshape(F, -1)  # (F, HH C WW)
    dfilters = np.zeros(filters.T.shape, np.result_type(rows, dout))  # (HH C WW, F)
    drows = np.zeros(rows.shape, np.result_type(w, dout))
    dband = np.empty((HH * C * WW, dout.shape[2]), drows.dtype)  # one buffer for all output rows
    for i, band in enumerate(bands(rows, HH, H_out, stride)):
        dfilters += band @ dout[i].T
        np.matmul(filters.T, dout[i], out=dband)  # (HH C WW, W' N); bands overlap, so they add up
        drows[i * stride : i * stride + HH] += dband.reshape(HH, C * WW, -1)
    dx = window_rows_backward(drows, x_shape, WW, stride=stride, pad=pad)
    dw = dfilters.reshape(HH, C, WW, F).transpose(3, 1, 0, 2)
    return dx, dw, dout.sum(axis=(0, 2)) if has_bias else None


def conv_forward_im2col(x, w, b=None, *, stride=1, pad=0):
    """``conv_forward`` as one matrix product: filters (F, C HH WW) times windows as columns."""
    N, C, H, W, F, HH, WW = check_shapes("x (N, C, H, W), w (F, C, HH, WW)", x, w)
    H_out, W_out = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    cols = im2col(x, HH, WW, stride=stride, pad=pad)  # (C HH WW, N H' W')
    out = w.reshape(F, -1) @ cols  # (F, N H' W')
    if b is not None:
        check_shapes("w (F, C, HH, WW), b (F,)", w, b)
        out += b[:, None]
    out = out.reshape(F, N, H_out, W_out).transpose(1, 0, 2, 3)
    return out, (x.shape, cols, w, b is not None, stride, pad)


def conv_backward_im2col(dout, cache):
    """``conv_backward`` as two matrix products; ``col2im`` brings the columns home."""
    x_shape, cols, w, has_bias, stride, pad = cache
    F, C, HH, WW = w.shape
    drows = dout.transpose(1, 0, 2, 3).reshape(F, -1)  # (F, N H' W')
    dw = (drows @ cols.T).reshape(w.shape)
    db = drows.sum(axis=1) if has_bias else None
    dcols = w.reshape(F, -1).T @ drows  # (C HH WW, N H' W')
    dx = col2im(dcols, x_shape, HH, WW, stride=stride, pad=pad)
    return dx, dw, db


def conv_forward_naive(x, w, b=None, *, stride=1, pad=0):
    """``conv_forward`` in loops: each output is one window times one filter, summed."""
    N, C, H, W, F, HH, WW = check_shapes("x (N, C, H, W), w (F, C, HH, WW)", x, w)
    H_out, W_out = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    padded = pad_images(x, pad)
    out = np.zeros((N, F, H_out, W_out), np.result_type(x, w))
    for n, f, i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        window = padded[n, :, top : top + HH, left : left + WW]  # (C, HH, WW)
        out[n, f, i, j] = (window * w[f]).sum() + (0 if b is None else b[f])
    return out, (x, w, b, stride, pad)


def conv_backward_naive(dout, cache):
    """``conv_backward`` in loops: each output hands its gradient to all that it was made of."""
    x, w, b, stride, pad = cache
    N, C, H, W = x.shape
    HH, WW = w.shape[2:]
    padded = pad_images(x, pad)
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for n, f, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        dpadded[n, :, top : top + HH, left : left + WW] += dout[n, f, i, j] * w[f]
        dw[f] += dout[n, f, i, j] * padded[n, :, top : top + HH, left : left + WW]
    dx = dpadded[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, None if b is None else dout.sum(axis=(0, 2, 3))


def max_pool_forward(x, *, size=2, stride=None):
    """Keep the largest value of each window: (N, C, H, W) -> (N, C, H', W').

    ``size`` and ``stride`` are integers or pairs (height, width); ``stride`` defaults to ``size``.
    H' = 1 + (H - size) // stride, W' alike: rows and columns that fill no window are left out.
    """
    N, C, H, W = check_shapes("x (N, C, H, W)", x)
    (HH, WW), stride = pair(size), pair(size if stride is None else stride)
    H_out, W_out = output_size(H, HH, stride[0]), output_size(W, WW, stride[1])
    out = None
    for _, _, rows, cols in taps(HH, WW, H_out, W_out, stride):
        pixels = x[:, :, rows, cols]  # (N, C, H', W')
        out = pixels.copy(order="K") if out is None else np.maximum(out, pixels, out=out)
    return out, (x, out, HH, WW, stride)


def max_pool_backward(dout, cache):
    """Gradient ``dx``: each output hands its gradient to the input that won, the first on a tie."""
    x, out, HH, WW, stride = cache
    dx = np.zeros_like(x, dtype=dout.dtype)
    upstream = np.empty_like(out, dtype=dout.dtype)
    upstream[...] = dout  # in the memory order of x and out, so that all of them are read in turn
    unpaid = np.ones_like(out, dtype=bool)  # outputs whose gradient has not found its winner yet
    for _, _, rows, cols in taps(HH, WW, *out.shape[2:], stride):
        won = (x[:, :, rows, cols] == out) & unpaid
        dx[:, :, rows, cols] += upstream * won
        unpaid &= ~won
    return dx


def max_pool_forward_naive(x, *, size=2, stride=None):
    """``max_pool_forward`` in loops: one window, one maximum."""
    N, C, H, W = check_shapes("x (N, C, H, W)", x)
    (HH, WW), stride = pair(size), pair(size if stride is None else stride)
    H_out, W_out = output_size(H, HH, stride[0]), output_size(W, WW, stride[1])
    out = np.zeros((N, C, H_out, W_out), x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        top, left = i * stride[0], j * stride[1]
        out[n, c, i, j] = x[n, c, top : top + HH, left : left + WW].max()
    return out, (x, HH, WW, stride)


def max_pool_backward_naive(dout, cache):
    """``max_pool_backward`` in loops: find the winner again and pay it."""
    x, HH, WW, stride = cache
    dx = np.zeros_like(x, dtype=dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        top, left = i * stride[0], j * stride[1]
        window = x[n, c, top : top + HH, left : left + WW]
        row, col = np.unravel_index(window.argmax(), window.shape)  # argmax: the first on a tie
        dx[n, c, top + row, left + col] += dout[n, c, i, j]
    return dx
