"""Forward convolutions between ``loops`` and ``fast``: rungs of "Making convolution fast".

All take x (N, C, H, W) and w (F, C, HH, WW), stride 1, no padding, and return (N, F, H', W').
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from scratch.cnn_layers import output_size, taps


def conv_by_numbers(x, w):
    """One product at a time."""
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    out = np.zeros((N, F, H - HH + 1, W - WW + 1), x.dtype)
    for n, f, i, j in np.ndindex(out.shape):
        for c, u, v in np.ndindex(C, HH, WW):
            out[n, f, i, j] += w[f, c, u, v] * x[n, c, i + u, j + v]
    return out


def conv_by_taps(x, w):
    """A Python loop over filter positions only."""
    F, _, HH, WW = w.shape
    H_out, W_out = output_size(x.shape[2], HH), output_size(x.shape[3], WW)
    out = 0
    for u, v, rows, cols in taps(HH, WW, H_out, W_out, 1):
        out = out + np.einsum("fc,nchw->nfhw", w[:, :, u, v], x[:, :, rows, cols])
    return out


def conv_batch_last(x, w):
    """One matrix product, with the batch last in memory: all copies run along it."""
    F, C, HH, WW = w.shape
    pictures = np.ascontiguousarray(x.transpose(1, 2, 3, 0))  # (C, H, W, N)
    windows = sliding_window_view(pictures, (HH, WW), axis=(1, 2))  # (C, H', W', N, HH, WW)
    _, H_out, W_out, N = windows.shape[:4]
    cols = windows.transpose(0, 4, 5, 1, 2, 3).reshape(C * HH * WW, -1)  # (C HH WW, H' W' N)
    return (w.reshape(F, -1) @ cols).reshape(F, H_out, W_out, N).transpose(3, 0, 1, 2)
