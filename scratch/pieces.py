"""Small pieces that the exercises write on the way to a layer or to a measurement."""

import numpy as np

from scratch.cnn_layers import output_size, pad_images
from scratch.gradcheck import numeric_gradient, relative_error
from scratch.layers import fc_backward, fc_forward, relu_backward, relu_forward


def correlate(x, w):
    """Slide one filter over one gray image: (H, W), (HH, WW) -> (H', W')."""
    HH, WW = w.shape
    out = np.zeros((output_size(x.shape[0], HH), output_size(x.shape[1], WW)))
    for i, j in np.ndindex(out.shape):
        out[i, j] = (x[i : i + HH, j : j + WW] * w).sum()
    return out


def correlate_strided(x, w, *, stride=1, pad=0):
    """The same with ``pad`` zeros around, in steps of ``stride``: (H, W), (HH, WW) -> (H', W')."""
    HH, WW = w.shape
    H_out = output_size(x.shape[0], HH, stride, pad)
    W_out = output_size(x.shape[1], WW, stride, pad)
    padded = np.pad(x, pad)  # (H + 2 pad, W + 2 pad)
    out = np.zeros((H_out, W_out))
    for i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        out[i, j] = (padded[top : top + HH, left : left + WW] * w).sum()
    return out


def correlate_channels(x, w, b, *, stride=1, pad=0):
    """F filters with bias over C channels: (C, H, W), (F, C, HH, WW), (F,) -> (F, H', W')."""
    maps = [
        sum(correlate_strided(x[c], w[f, c], stride=stride, pad=pad) for c in range(len(x))) + b[f]
        for f in range(len(w))
    ]
    return np.stack(maps)


def conv_db(dout):
    """Gradient of the bias of a convolution: (N, F, H', W') -> (F,)."""
    return dout.sum(axis=(0, 2, 3))


def conv_dw(dout, x, w, *, stride=1, pad=0):
    """Gradient of the filters: ``dout`` (N, F, H', W'), ``x`` (N, C, H, W) -> (F, C, HH, WW).

    ``w`` (F, C, HH, WW) is only needed for its shape.
    """
    HH, WW = w.shape[2:]
    padded, dw = pad_images(x, pad), np.zeros(w.shape)
    for i, j in np.ndindex(dout.shape[2:]):
        top, left = i * stride, j * stride
        windows = padded[:, :, top : top + HH, left : left + WW]  # (N, C, HH, WW)
        dw += np.einsum("nf,ncuv->fcuv", dout[:, :, i, j], windows)
    return dw


def conv_dx(dout, x, w, *, stride=1, pad=0):
    """Gradient of the input: ``dout`` (N, F, H', W'), ``w`` (F, C, HH, WW) -> (N, C, H, W).

    ``x`` (N, C, H, W) is only needed for its shape.
    """
    N, C, H, W = x.shape
    HH, WW = w.shape[2:]
    dpadded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for i, j in np.ndindex(dout.shape[2:]):
        top, left = i * stride, j * stride
        shares = np.einsum("nf,fcuv->ncuv", dout[:, :, i, j], w)  # (N, C, HH, WW)
        dpadded[:, :, top : top + HH, left : left + WW] += shares
    return dpadded[:, :, pad : pad + H, pad : pad + W]


def gradient_norms(Wh, h, dlast):
    """Norm of the gradient at each state of an RNN, sent back from the last one: -> (T,).

    ``h`` (T, H) are the states of one sequence, ``dlast`` (H,) is the gradient of the last one. One
    step back multiplies by ``1 - h_t²`` and by the transpose of ``Wh`` (H, H).
    """
    norms, dh = np.zeros(len(h)), dlast
    for t in reversed(range(len(h))):
        norms[t] = np.sqrt((dh**2).sum())
        dh = Wh @ (dh * (1 - h[t] ** 2))
    return norms


def wrong_gradients(forward, backward, *inputs, tolerance=1e-6):
    """Which gradients of a layer are wrong? -> the positions of their inputs, such as ``[0, 2]``.

    Each gradient of ``backward`` is compared with the numeric one, under a random upstream
    gradient: one of ones would hide mistakes.
    """
    out, cache = forward(*inputs)
    dout = np.random.default_rng(0).normal(size=out.shape)
    grads = backward(dout, cache)
    grads = grads if isinstance(grads, tuple) else (grads,)
    wrong = []
    for k, (x, grad) in enumerate(zip(inputs, grads)):
        numeric = numeric_gradient(
            lambda value, k=k: forward(*inputs[:k], value, *inputs[k + 1 :])[0], x, dout
        )
        if grad.shape != x.shape or relative_error(grad, numeric).max() > tolerance:
            wrong.append(k)
    return wrong


def residual_forward(x, w1, b1, w2, b2, ws=None):
    """A residual block of two layers, ``relu(F(x) + x)``: (N, D) -> (N, M).

    ``F(x) = relu(x w1 + b1) w2 + b2`` with ``w1`` (D, H) and ``w2`` (H, M). Where M differs from D,
    ``ws`` (D, M) gives the skipped ``x`` the new shape; None means that it passes as it is. He et
    al., "Deep residual learning for image recognition" (CVPR 2016).
    """
    a, first = fc_forward(x, w1, b1)
    h, inner = relu_forward(a)
    branch, second = fc_forward(h, w2, b2)
    skip = x if ws is None else x @ ws
    out, outer = relu_forward(branch + skip)
    return out, (x, ws, first, inner, second, outer)


def residual_backward(dout, cache):
    """Gradients ``(dx, dw1, db1, dw2, db2, dws)`` given ``dout`` (N, M); ``dws`` may be None."""
    x, ws, first, inner, second, outer = cache
    dsum = relu_backward(dout, outer)  # goes both ways: it is the gradient of each term
    dh, dw2, db2 = fc_backward(dsum, second)
    da = relu_backward(dh, inner)
    dbranch, dw1, db1 = fc_backward(da, first)
    dskip = dsum if ws is None else dsum @ ws.T
    dws = None if ws is None else x.T @ dsum
    return dbranch + dskip, dw1, db1, dw2, db2, dws


def cells_forward(maps):
    """The cells of feature maps, row by row, and their mean: (N, C, H, W) -> (N, L, C), (N, C).

    L = H W. Cells are what a network looks at; of their mean it makes its first state.
    """
    N, C, H, W = maps.shape
    cells = maps.transpose(0, 2, 3, 1).reshape(N, H * W, C)
    return cells, cells.mean(axis=1), maps.shape


def cells_backward(dcells, dmean, cache):
    """Gradient of the maps, given those of the cells (N, L, C) and of their mean (N, C)."""
    N, C, H, W = cache
    both = dcells + dmean[:, None] / (H * W)  # a cell has a share of 1 / L in the mean
    return both.reshape(N, H, W, C).transpose(0, 3, 1, 2)
