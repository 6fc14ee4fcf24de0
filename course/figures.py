"""Figures that move on the page, with no kernel: ``scratch`` computes every number, a script draws.

Each function returns a ``Figure``: as the last line of a cell it shows itself. The book loads
``assets/js/stepper.js`` on every page; in a live notebook the first figure brings it along.
"""

import html
import json
import os
import sys
from dataclasses import dataclass

import numpy as np

from course.env import ROOT
from scratch.cnn_layers import (
    col2im,
    conv_backward,
    conv_forward,
    im2col,
    max_pool_backward,
    max_pool_forward,
    pad_images,
    pair,
)

MAX_BYTES = 30_000  # a figure embedded in a page weighs no more than a small picture


@dataclass(frozen=True)
class Figure:
    """One moving figure: its kind, its numbers, and a sentence for those who cannot see it."""

    kind: str
    data: dict
    summary: str

    def _repr_html_(self):
        data = json.dumps(self.data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        element = (
            f"<course-figure kind='{quote(self.kind)}' summary='{quote(self.summary)}' "
            f"data='{quote(data)}'><p>{html.escape(self.summary)}</p></course-figure>"
        )
        size = len(element.encode())
        if size > MAX_BYTES:
            raise ValueError(
                f"This figure takes {size} bytes, more than {MAX_BYTES}: show it on smaller arrays."
            )
        return assets_for_notebook() + element

    def __repr__(self):
        return f"[{self.summary}]"


def quote(text):
    """``text`` for a single-quoted HTML attribute; double quotes, frequent in JSON, stay short."""
    return html.escape(text, quote=False).replace("'", "&#39;")


def assets():
    """The figures' style sheet and script, for a page that does not load them by itself."""
    css = (ROOT / "assets/css/stepper.css").read_text(encoding="utf-8")
    js = (ROOT / "assets/js/stepper.js").read_text(encoding="utf-8")
    return f"<style>{css}</style><script>{js}</script>"


FIRST = iter([True])


def assets_for_notebook():
    """The assets in the first figure of a live notebook, nothing after it or in the book."""
    live = "JPY_SESSION_NAME" in os.environ or sys.platform == "emscripten"
    return assets() if live and next(FIRST, False) else ""


def compact(array):
    """Nested lists with at most four significant digits; whole numbers lose their point."""

    def short(value):
        value = float(f"{value:.4g}")
        return int(value) if value.is_integer() else value

    if np.ndim(array) == 0:
        return short(float(array))
    return [compact(part) for part in array]


def one_image(x):
    """(H, W), (C, H, W) or (1, C, H, W) -> (1, C, H, W), float."""
    x = np.asarray(x, dtype=float)
    x = x.reshape((1,) * (4 - x.ndim) + x.shape)
    if x.ndim != 4 or len(x) != 1:
        raise ValueError(f"x has shape {x.shape}: the figure shows one image, (C, H, W) or (H, W).")
    return x


def filters(w):
    """(HH, WW), (C, HH, WW) or (F, C, HH, WW) -> (F, C, HH, WW), float."""
    w = np.asarray(w, dtype=float)
    return w.reshape((1,) * (4 - w.ndim) + w.shape)


def upstream_gradient(dout, shape):
    """The given ``dout`` as an array of ``shape``, or small numbers that tell places apart."""
    if dout is None:
        return np.resize([1.0, 2.0, -1.0, 3.0, -2.0], shape)
    return np.broadcast_to(np.asarray(dout, dtype=float), shape)


def one_at_a_time(array):
    """Copies of ``array`` in which all but one element is zero, in reading order."""
    for index in np.ndindex(array.shape):
        single = np.zeros_like(array)
        single[index] = array[index]
        yield index, single


def conv_stepper(x, w, *, b=None, stride=1, pad=0, dout=None, caption=None):
    """Convolution window by window: forward, then backward into dx, then into dw and db.

    ``x`` is (H, W) or (C, H, W), ``w`` is (HH, WW) or (F, C, HH, WW).
    """
    x = pad_images(one_image(x), pad)  # padded once and for all: windows start at i * stride
    w = filters(w)
    bias = np.zeros(len(w)) if b is None else np.asarray(b, dtype=float).reshape(len(w))
    out, memory = conv_forward(x, w, bias, stride=stride)
    dout = upstream_gradient(dout, out.shape)
    data = {
        "x": compact(x[0]), "w": compact(w), "b": None if b is None else compact(bias),
        "out": compact(out[0]), "dout": compact(dout[0]), "stride": stride, "pad": pad,
        **conv_forward_frames(x, w, stride),
        **conv_backward_frames(dout, memory),
        "caption": caption or "Step with the arrow keys. Then point at a cell of dx: the windows "
        "that read it light up, and its gradient is spelled out as a sum.",
    }  # fmt: skip
    C, H, W = x.shape[1:]
    summary = (
        f"Convolution step by step: an image {(C, H - 2 * pad, W - 2 * pad)} with padding {pad}, "
        f"filters {w.shape}, stride {stride}, giving an output {out.shape[1:]}; forward, then the "
        "gradients of input, filter and bias."
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
    frames = {"dxTerms": [], "dx": [], "dwTerms": [], "dw": [], "db": []}
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


def im2col_stepper(x, w, *, stride=1, pad=0, dout=None, caption=None):
    """Convolution as one matrix product: the columns fill up, are multiplied, and scatter back."""
    x, w = pad_images(one_image(x), pad), filters(w)
    out, _ = conv_forward(x, w, stride=stride)
    cols = im2col(x, *w.shape[2:], stride=stride)
    dout = upstream_gradient(dout, out.shape)
    dcols = w.reshape(len(w), -1).T @ dout.reshape(len(w), -1)  # (C HH WW, H' W')
    data = {
        "x": compact(x[0]), "w": compact(w), "out": compact(out[0]), "stride": stride, "pad": pad,
        "cols": compact(cols), "dout": compact(dout[0]), "dcols": compact(dcols),
        "dx": col2im_frames(dcols, x.shape, out.shape, w.shape[2:], stride),
        "caption": caption or "Fill the columns first, then point at a number in cols: every copy "
        "of that pixel lights up. In the backward pass the same copies are added.",
    }  # fmt: skip
    C, H, W = x.shape[1:]
    summary = (
        f"im2col step by step: the {cols.shape[1]} windows of an image "
        f"{(C, H - 2 * pad, W - 2 * pad)} become the columns of a matrix {cols.shape}; filters "
        "times columns give the output; backward, each column is added to its window."
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


def max_pool_stepper(x, *, size=2, stride=None, dout=None, caption=None):
    """Max-pooling with the winner of each window marked, then the gradients routed to winners."""
    x, size = one_image(x), pair(size)
    stride = size[0] if stride is None else stride
    out, memory = max_pool_forward(x, size=size, stride=stride)
    dout = upstream_gradient(dout, out.shape)
    winners, gradients, sofar = [], [], np.zeros_like(dout)
    for (n, c, i, j), single in one_at_a_time(np.ones_like(dout)):
        row, col = np.argwhere(max_pool_backward(single, memory)[n, c])[0].tolist()
        sofar[n, c, i, j] = dout[n, c, i, j]
        winners.append([row, col])
        gradients.append(compact(max_pool_backward(sofar, memory)[n, c, row, col]))
    data = {
        "x": compact(x[0]), "out": compact(out[0]), "dout": compact(dout[0]),
        "size": list(size), "stride": stride, "winners": winners, "dx": gradients,
        "caption": caption or "Step through the windows, then turn to Backward: only winners are "
        "paid. Point at an input to see how many windows it won.",
    }  # fmt: skip
    summary = (
        f"Max-pooling step by step: windows of {size[0]} by {size[1]} with stride {stride} take an "
        f"image {x.shape[1:]} to {out.shape[1:]}; backward, each gradient goes to the winner."
    )
    return Figure("pool", data, summary)
