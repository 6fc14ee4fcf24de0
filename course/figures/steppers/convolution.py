"""Convolution, window by window, and as one matrix product."""

import numpy as np

from course.figures.element import Figure
from course.figures.numbers import compact
from course.figures.steppers.one_form import filters, one_at_a_time, one_image, upstream_gradient
from scratch.cnn_layers import col2im, conv_backward, conv_forward, im2col, pad_images


def conv_stepper(
    x, w, *, b=None, stride=1, pad=0, dout=None, backward=True, caption=None
):  # fmt: skip
    """Convolution window by window: forward, then backward into dx, then into dw and db.

    ``x`` is (H, W) or (C, H, W), ``w`` is (HH, WW) or (F, C, HH, WW). ``backward=False`` leaves the
    two backward directions out.
    """
    x = pad_images(one_image(x), pad)  # padded once and for all: windows start at i * stride
    w = filters(w)
    bias = np.zeros(len(w)) if b is None else np.asarray(b, dtype=float).reshape(len(w))
    out, memory = conv_forward(x, w, bias, stride=stride)
    dout = upstream_gradient(dout, out.shape)
    hint = (
        "Step with the arrow keys. Then point at a cell of dx: the windows that read it light up, "
        "and its gradient is spelled out as a sum."
        if backward
        else "Step with the arrow keys, or click on an output. Point at a cell of x to see the "
        "windows that it lies in."
    )
    data = {
        "x": compact(x[0]), "w": compact(w), "b": None if b is None else compact(bias),
        "out": compact(out[0]), "stride": stride, "pad": pad,
        **conv_forward_frames(x, w, stride),
        **(conv_backward_frames(dout, memory) if backward else {}),
        "caption": caption or hint,
    }  # fmt: skip
    C, H, W = x.shape[1:]
    summary = (
        f"Convolution step by step: an image {(C, H - 2 * pad, W - 2 * pad)} with padding {pad}, "
        f"filters {w.shape}, stride {stride}, giving an output {out.shape[1:]}; "
        + ("forward, then the gradients of input, filter and bias." if backward else "forward.")
    )
    return Figure("conv", data, summary)


def conv_forward_frames(x, w, stride):
    """For each output: its products, tap by tap, and their running sum."""
    terms = [conv_forward(x, tap, stride=stride)[0][0] for _, tap in taps_of(w)]
    terms = np.moveaxis(np.array(terms), 0, -1)  # (F, H', W', C HH WW)
    terms = terms.reshape(-1, terms.shape[-1])
    return {"terms": compact(terms), "sums": compact(terms.cumsum(axis=1))}


def taps_of(w):
    """Filters of which all but one tap (c, i, j) is zero: their outputs are the single products."""
    for tap in np.ndindex(w.shape[1:]):
        single = np.zeros_like(w)
        single[(slice(None), *tap)] = w[(slice(None), *tap)]
        yield tap, single


def conv_backward_frames(dout, memory):
    """For each element of ``dout``: what it adds to dx, dw and db, and what stands there then."""
    frames = {"dout": compact(dout[0]), "dxTerms": [], "dx": [], "dwTerms": [], "dw": [], "db": []}
    x_shape, _, w, _, stride, _ = memory
    sofar = np.zeros_like(dout)
    for (n, f, i, j), single in one_at_a_time(dout):
        window = window_of(i, j, w.shape[2:], stride)
        sofar = sofar + single
        dx, dw, _ = conv_backward(single, memory)
        frames["dxTerms"].append(compact(dx[n][window].ravel()))
        frames["dwTerms"].append(compact(dw[f].ravel()))
        dx, dw, db = conv_backward(sofar, memory)
        frames["dx"].append(compact(dx[n][window].ravel()))
        frames["dw"].append(compact(dw[f].ravel()))
        frames["db"].append(compact(db[f]))
    return frames


def window_of(i, j, size, stride):
    """The slices of the window that output (i, j) reads."""
    (HH, WW), (step_h, step_w) = size, (stride, stride) if np.ndim(stride) == 0 else stride
    rows, cols = i * step_h, j * step_w
    return np.s_[:, rows : rows + HH, cols : cols + WW]


def im2col_stepper(x, w, *, stride=1, pad=0, dout=None, backward=True, caption=None):
    """Convolution as one matrix product: the columns fill up, are multiplied, and scatter back.

    ``backward=False`` leaves the way back out.
    """
    x, w = pad_images(one_image(x), pad), filters(w)
    out, _ = conv_forward(x, w, stride=stride)
    cols = im2col(x, *w.shape[2:], stride=stride)
    dout = upstream_gradient(dout, out.shape)
    dcols = w.reshape(len(w), -1).T @ dout.reshape(len(w), -1)  # (C HH WW, H' W')
    way_back = {
        "dcols": compact(dcols),
        "dx": col2im_frames(dcols, x.shape, out.shape, w.shape[2:], stride),
    }  # fmt: skip
    hint = "Fill the columns first, then point at a number in cols: every copy of that pixel "
    hint += "lights up."
    data = {
        "x": compact(x[0]), "w": compact(w), "out": compact(out[0]), "stride": stride, "pad": pad,
        "cols": compact(cols), **(way_back if backward else {}),
        "caption": caption
        or hint + " In the backward pass the same copies are added." * bool(backward),
    }  # fmt: skip
    C, H, W = x.shape[1:]
    summary = (
        f"im2col step by step: the {cols.shape[1]} windows of an image "
        f"{(C, H - 2 * pad, W - 2 * pad)} become the columns of a matrix {cols.shape}; filters "
        "times columns give the output"
        + ("; backward, each column is added to its window." if backward else ".")
    )
    return Figure("im2col", data, summary)


def col2im_frames(dcols, x_shape, out_shape, size, stride):
    """For each column: what stands in its window of dx once it has been added."""
    frames = []
    for k, (i, j) in enumerate(np.ndindex(*out_shape[2:])):
        sofar = np.where(np.arange(dcols.shape[1]) <= k, dcols, 0)
        dx = col2im(sofar, x_shape, *size, stride=stride)
        frames.append(compact(dx[0][window_of(i, j, size, stride)].ravel()))
    return frames
