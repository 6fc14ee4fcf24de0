"""Convolution and max-pooling, each as a pure function and its exact adjoint.

Arrays are (N, C, H, W). The same functions stand in ``scratch.loops`` as they are defined and in
``scratch.fast`` tuned for speed; the tests hold all three equal.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from scratch.shapes import check_shapes


def output_size(size, window, stride=1, pad=0):
    """How many windows of ``window`` pixels fit along ``size`` pixels, ``pad`` more on each side.

    ``stride`` pixels lie from one window to the next; what fills no window is left out.
    """
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


def conv_forward(x, w, b=None, *, stride=1, pad=0):
    """Slide F filters over a batch of images: (N, C, H, W) -> (N, F, H', W').

    ``w`` is (F, C, HH, WW), ``b`` is (F,) or None; ``output_size`` gives H' and W'.
    As everywhere in deep learning the filter is not flipped. LeCun et al., "Gradient-based learning
    applied to document recognition" (Proc. IEEE 1998).
    """
    N, C, H, W, F, HH, WW = check_shapes("x (N, C, H, W), w (F, C, HH, WW)", x, w)
    H_out, W_out = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    cols = im2col(x, HH, WW, stride=stride, pad=pad)  # (C HH WW, N H' W')
    out = w.reshape(F, -1) @ cols  # (F, N H' W')
    if b is not None:
        check_shapes("w (F, C, HH, WW), b (F,)", w, b)
        out = out + b[:, None]
    out = out.reshape(F, N, H_out, W_out).transpose(1, 0, 2, 3)
    return out, (x.shape, cols, w, b is not None, stride, pad)


def conv_backward(dout, cache):
    """Gradients ``(dx, dw, db)`` given ``dout`` (N, F, H', W'); ``db`` is None when b was."""
    x_shape, cols, w, has_bias, stride, pad = cache
    F, C, HH, WW = w.shape
    drows = dout.transpose(1, 0, 2, 3).reshape(F, -1)  # (F, N H' W')
    dw = (drows @ cols.T).reshape(w.shape)
    db = drows.sum(axis=1) if has_bias else None
    dcols = w.reshape(F, -1).T @ drows  # (C HH WW, N H' W')
    dx = col2im(dcols, x_shape, HH, WW, stride=stride, pad=pad)
    return dx, dw, db


def max_pool_forward(x, *, size=2, stride=None):
    """Keep the largest value of each window: (N, C, H, W) -> (N, C, H', W').

    ``size`` and ``stride`` are integers or pairs (height, width); ``stride`` defaults to ``size``.
    H' = 1 + (H - size) // stride, W' alike: rows and columns that fill no window are left out.
    """
    N, C, H, W = check_shapes("x (N, C, H, W)", x)
    (HH, WW), stride = pair(size), pair(size if stride is None else stride)
    H_out, W_out = output_size(H, HH, stride[0]), output_size(W, WW, stride[1])
    pixels = [x[:, :, rows, cols] for _, _, rows, cols in taps(HH, WW, H_out, W_out, stride)]
    out = np.max(pixels, axis=0)  # HH WW arrays (N, C, H', W') -> one
    return out, (x, out, HH, WW, stride)


def max_pool_backward(dout, cache):
    """Gradient ``dx``: each output hands its gradient to the input that won, the first on a tie."""
    x, out, HH, WW, stride = cache
    dx = np.zeros_like(x, dtype=dout.dtype)
    unpaid = np.ones_like(out, dtype=bool)  # outputs whose gradient has not found its winner yet
    for _, _, rows, cols in taps(HH, WW, *out.shape[2:], stride):
        won = (x[:, :, rows, cols] == out) & unpaid
        dx[:, :, rows, cols] += dout * won
        unpaid = unpaid & ~won
    return dx
