"""Figures that move on the page, with no kernel: ``scratch`` computes every number, a script draws.

Each function returns a ``Figure``: as the last line of a cell it shows itself. The book loads
``assets/js/stepper.js`` on every page; in a live notebook a figure brings it along.
"""

import ast
import base64
import html
import json
import os
import struct
import sys
import zlib
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
from scratch.layers import fc_backward, fc_forward, softmax, softmax_loss
from scratch.optim import adam, momentum, rmsprop, sgd
from scratch.rnn import pick_words
from scratch.rnn_layers import rnn_step_backward, rnn_step_forward

MAX_BYTES = 30_000  # a figure embedded in a page weighs no more than a small picture


@dataclass(frozen=True)
class Figure:
    """One moving figure: its kind, its numbers, and a sentence for those who cannot see it."""

    kind: str
    data: dict
    summary: str

    def _repr_html_(self):
        return assets_for_notebook() + self.element()

    def element(self, place=""):
        """The HTML element; figures of the same ``place`` follow each other and keep their step."""
        data = json.dumps(self.data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        follows = f" place='{quote(place)}'" if place else ""
        element = (
            f"<course-figure kind='{quote(self.kind)}'{follows} "
            f"summary='{quote(self.summary)}' data='{quote(data)}'>"
            f"<p>{html.escape(self.summary)}</p></course-figure>"
        )
        size = len(element.encode())
        if size > MAX_BYTES:
            raise ValueError(
                f"This figure takes {size} bytes, more than {MAX_BYTES}: show it on smaller arrays "
                "or in fewer steps."
            )
        return element

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


def assets_for_notebook():
    """The assets where a reader runs the cell, nothing in the book, whose pages load them.

    Every figure of a live notebook brings them: which of its cells will be run again, and whether
    the page was reloaded in between, nobody knows. The script ignores a second coming.
    """
    return assets() if in_live_notebook() else ""


def in_live_notebook():
    """Is a reader running this, in JupyterLab, JupyterLite or VS Code, or is a page being built?"""
    live = "JPY_SESSION_NAME" in os.environ or "VSCODE_PID" in os.environ
    return live or sys.platform == "emscripten"


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
    dout = np.asarray(dout, dtype=float)
    if dout.size != np.prod(shape):
        raise ValueError(f"dout has shape {dout.shape}, expected {shape}, the shape of the output.")
    return dout.reshape(shape)


def one_at_a_time(array):
    """Copies of ``array`` in which all but one element is zero, in reading order."""
    for index in np.ndindex(array.shape):
        single = np.zeros_like(array)
        single[index] = array[index]
        yield index, single


def fc_stepper(x, w, b=None, *, dout=None, caption=None):
    """A fully connected layer number by number: forward, then backward into dx, dw and db.

    ``x`` is (N, D), ``w`` is (D, M), ``b`` is (M,).
    """
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    b = np.zeros(w.shape[1]) if b is None else np.asarray(b, dtype=float)
    out, memory = fc_forward(x, w, b)
    dout = upstream_gradient(dout, out.shape)
    arrays = dict(zip(("dx", "dw", "db"), fc_backward(dout, memory)))
    arrays |= {"x": x, "w": w, "b": b, "out": out, "dout": dout}
    data = {
        **{name: compact(array) for name, array in arrays.items()},
        "caption": caption or "Step with the arrow keys, or click on a result. Watch what is "
        "summed away: forward the features, for dx the outputs, for dw and db the examples.",
    }  # fmt: skip
    summary = (
        f"A fully connected layer step by step: x {x.shape} times w {w.shape} plus b gives an "
        f"output {out.shape}; forward, then the gradients of x, w and b."
    )
    return Figure("fc", data, summary)


def slope_stepper(f=None, at=2.0, *, name="x³", slope=12.0, nudges=None, caption=None):
    """Forward and central differences of a function at one point, as the nudge gets smaller."""
    f = f or (lambda x: x**3)
    nudges = [1.0, 0.8, 0.6, 0.4, 0.2, 0.1, 0.05, 0.01] if nudges is None else nudges
    line = np.linspace(at - 1.4, at + 1.4, 57)
    data = {
        "name": name, "at": compact([at, f(at)]), "slope": compact(slope),
        "curve": compact([line, f(line)]), "ticks": [compact(ticks(v)) for v in (line, f(line))],
        "modes": [
            {"label": label, "frames": [slope_frame(f, at, h, slope, sides) for h in nudges]}
            for label, sides in (("Forward difference", 1), ("Central difference", 2))
        ],
        "caption": caption or "The dashed line is the tangent. Make the nudge smaller, and "
        "compare how fast the two kinds of difference come close to it.",
    }  # fmt: skip
    summary = (
        f"The curve {name} with a line through two of its points around x = {at:g}, for nudges "
        f"from {nudges[0]:g} to {nudges[-1]:g}: forward differences, then central differences."
    )
    return Figure("slope", data, summary)


def ticks(values):
    """About four round numbers within the range of ``values``."""
    low, high = np.min(values), np.max(values)
    step = 10.0 ** np.floor(np.log10((high - low) / 2))
    step *= next(k for k in (1, 2, 5, 10) if (high - low) / (k * step) <= 5)
    return np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step


def slope_frame(f, at, h, slope, sides):
    """One nudge: the two points that a line is laid through, its slope, and how far that is off."""
    low, high = (at - h if sides == 2 else at), at + h
    measured = (f(high) - f(low)) / (high - low)
    ends = np.array([[low, f(low)], [high, f(high)]]).round(4).tolist()
    return {
        "h": h,
        "ends": ends,
        "slope": round(measured, 6),
        "error": compact(abs(measured - slope)),
    }


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


def rnn_stepper(x, h0, Wx, Wh, b, *, dh=None, caption=None):
    """An RNN unrolled: states forward, then gradients backward with dh and dWh adding up.

    ``x`` is (T, D), ``h0`` is (H,), ``dh`` (T, H) is the gradient of each state from its own loss.
    """
    x, h0, Wx, Wh, b = (np.asarray(a, dtype=float) for a in (x, h0, Wx, Wh, b))
    h, caches, state = [], [], h0[None]
    for x_t in x:
        state, step = rnn_step_forward(x_t[None], state, Wx, Wh, b)
        h.append(state[0])
        caches.append(step)
    dh = (
        np.resize([1.0, 0.5, -1.0, 0.0], (len(x), len(h0))) if dh is None else np.asarray(dh, float)
    )
    back = rnn_backward_frames(dh, caches)
    before = np.array([h0, *h[:-1]])  # (T, H): the state that each step started from
    strongest = max(np.abs(a).max() for a in (x, dh, *back.values()))
    data = {
        "x": compact(x), "h0": compact(h0), "Wx": compact(Wx), "Wh": compact(Wh), "b": compact(b),
        "h": compact(h), "fromX": compact(x @ Wx), "fromH": compact(before @ Wh),
        "a": compact(x @ Wx + before @ Wh + b), "dh": compact(dh), "strongest": compact(strongest),
        **{name: compact(array) for name, array in back.items()},
        "caption": caption or "Blue is positive, orange negative. Run it backward, then point at a "
        "cell of dWh: it collects a term from every time step.",
    }  # fmt: skip
    summary = (
        f"A recurrent network with {len(h0)} hidden units unrolled over {len(x)} time steps: the "
        "states forward, then gradients backward, where each state's gradient is a sum of two."
    )
    return Figure("rnn", data, summary)


def rnn_backward_frames(dh, caches):
    """``carried`` (T + 1, H), what each state gets from the step after it; then da, dx, dWh."""
    T, H = dh.shape
    carried, da, dx, dWh = np.zeros((T + 1, H)), np.zeros((T, H)), [None] * T, []
    for t in reversed(range(T)):
        total = dh[t] + carried[t + 1]
        dx_t, dprev_h, _, dWh_t, da[t] = rnn_step_backward(total[None], caches[t])  # db is da here
        dx[t], carried[t] = dx_t[0], dprev_h[0]
        dWh.append(dWh_t + dWh[-1] if dWh else dWh_t)
    return {"carried": carried, "da": da, "dx": np.array(dx), "dWh": np.array(dWh)}


def softmax_slider(scores, y, *, names=None, caption=None):
    """Sliders over the scores (K,) of one example: probabilities, loss and gradient answer at once.

    The script computes softmax itself here, since nobody can store every answer; a test holds it
    to ``scratch.layers.softmax_loss``.
    """
    scores = np.asarray(scores, dtype=float)
    names = [f"class {k}" for k in range(len(scores))] if names is None else list(names)
    loss, dscores = softmax_loss(scores[None], np.array([y]))
    data = {
        "scores": compact(scores), "y": int(y), "names": names,
        "p": compact(softmax(scores)), "loss": compact(loss), "grad": compact(dscores[0]),
        "caption": caption or "Move one score: every part of the gradient moves, and its bars "
        "still sum to zero. Then let a wrong class win by far: the loss grows without end, the "
        "gradient never passes 1.",
    }  # fmt: skip
    summary = (
        f"Sliders for the scores of {len(scores)} classes ({', '.join(names)}; right: {names[y]}) "
        f"with the probability and gradient of each, and the loss, {loss:.2f} at the start."
    )
    return Figure("softmax", data, summary)


def gradient_norm_figure(
    radii=(0.5, 0.8, 0.9, 1.0, 1.1, 1.25), *, T=20, H=16, seed=0, caption=None
):  # fmt: skip
    """How long the gradient of the last state is at each step before it, by spectral radius of Wh.

    Wh is a radius times an orthogonal matrix. Twice: with states near 0, where tanh is a straight
    line, and with states that saturate, where its slope shrinks every gradient.
    """
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(H, H)))[0]
    x, dh = rng.normal(size=(T, 1, H)), rng.normal(size=(1, H))
    dh /= np.linalg.norm(dh)
    norms = [
        [gradient_norms(scale * x, radius * turn, dh) for radius in radii] for scale in (1e-3, 1.0)
    ]
    data = {
        "radii": compact(radii), "norms": compact(norms), "names": ["Small states", "Large states"],
        "caption": caption or "Step through the radii and point at a time step. Below 1 the "
        "gradient that reaches early steps vanishes, above 1 it explodes, unless tanh saturates.",
    }  # fmt: skip
    summary = (
        f"Norm of the gradient that the last of {T} hidden states sends back to each one, on a "
        f"logarithmic scale, for spectral radii of Wh from {min(radii)} to {max(radii)}."
    )
    return Figure("norms", data, summary)


def gradient_norms(x, Wh, dh):
    """The norm of the gradient of the last state with respect to each state, first to last."""
    eye, zero = np.eye(len(Wh)), np.zeros(len(Wh))
    state, caches = zero[None], []
    for x_t in x:
        state, step = rnn_step_forward(x_t, state, eye, Wh, zero)
        caches.append(step)
    norms = [np.linalg.norm(dh)]
    for step in reversed(caches[1:]):
        dh = rnn_step_backward(dh, step)[1]
        norms.append(np.linalg.norm(dh))
    return norms[::-1]


# Learning rates that suit the valley of ``optimizer_race``; the figure lets a reader scale them.
RACERS = {
    "SGD": (sgd, 0.05),
    "Momentum": (momentum, 0.02),
    "RMSProp": (rmsprop, 0.05),
    "Adam": (adam, 0.15),
}
DIVERGED = 1e6  # a loss from which no rule comes back: its path ends there


def optimizer_race(*, scales=(0.25, 0.5, 1, 2, 4), steps=50, start=(-4.0, 1.5), caption=None):
    """Four update rules race down a valley, 20 times as steep across as along, at several rates."""
    steepness = np.array([1.0, 20.0])
    races = [
        [race(rule, scale * rate, start, steepness, steps) for rule, rate in RACERS.values()]
        for scale in scales
    ]
    data = {
        "names": list(RACERS), "rates": [rate for _, rate in RACERS.values()],
        "scales": list(scales), "steepness": compact(steepness),
        "first": int(np.argmin(np.abs(np.log(scales)))),  # the rates that suit the valley
        "paths": np.round([[path for path, _ in field] for field in races], 2).tolist(),
        "losses": compact([[loss for _, loss in field] for field in races]),
        "caption": caption or "Let them run, then change the learning rate. Which rule is the "
        "first to diverge when it grows, and which one hardly moves when it shrinks?",
    }  # fmt: skip
    summary = (
        f"{', '.join(RACERS)} descend from {start} into a valley {steepness[1]:.0f} times as steep "
        f"across as along, {steps} steps, with learning rates scaled by {scales[0]} to "
        f"{scales[-1]}."
    )
    return Figure("race", data, summary)


def race(rule, learning_rate, start, steepness, steps):
    """The places (steps + 1, 2) a rule visits on ``0.5 sum(steepness w²)``, and its losses."""
    w, state = np.array(start), None
    path, losses = [], []
    for _ in range(steps + 1):
        path.append(w)
        losses.append(0.5 * (steepness * w**2).sum())
        if losses[-1] < DIVERGED:
            w, state = rule(w, steepness * w, state, learning_rate=learning_rate)
    return path, losses


def caption_stepper(
    model, features, idx_to_word, *, image=None, truth=None, temperature=0.0, rng=None, top=5,
    max_length=20, caption=None,
):  # fmt: skip
    """A caption sampled word by word, with the ``top`` most probable words at each step.

    ``features`` (D,) belong to one picture, ``image`` (3, H, W) with values 0..1 is that picture.
    """
    word, (h, c) = np.array([model.start]), model.first_state(np.reshape(features, (1, -1)))
    rng = np.random.default_rng(0) if rng is None else rng
    frames = []
    while len(frames) < max_length and word[0] != model.end:
        scores, h, c = model.next_scores(word, h, c)
        p = softmax(scores.astype(float) / (temperature or 1.0))[0]
        word = pick_words(scores, temperature, rng)
        best = np.argsort(-p, kind="stable")[:top]
        frames.append({
            "word": idx_to_word[int(word[0])], "p": compact(p[word[0]]),
            "top": [[idx_to_word[int(k)], compact(p[k])] for k in best],
        })  # fmt: skip
    words = [frame["word"] for frame in frames]
    data = {
        "frames": frames, "truth": truth, "image": None if image is None else png(image),
        "caption": caption or "Step through the caption. Where the bars are nearly level, the "
        "network could as well have gone on differently.",
    }  # fmt: skip
    summary = f"A caption sampled word by word, with probabilities: {' '.join(words)}"
    return Figure("caption", data, summary)


def png(image):
    """An image (3, H, W), or (1, H, W) in gray, with values 0..1 as a data URI."""
    pixels = np.round(255 * np.clip(image, 0, 1)).astype(np.uint8).transpose(1, 2, 0)  # (H, W, C)
    H, W, C = pixels.shape
    rows = np.insert(
        pixels.reshape(H, C * W), 0, 0, axis=1
    )  # each row begins with its filter, none
    color = 2 if C == 3 else 0  # as PNG numbers them: red, green and blue, or gray
    parts = {
        b"IHDR": struct.pack(">2I5B", W, H, 8, color, 0, 0, 0),
        b"IDAT": zlib.compress(rows.tobytes(), 9),
        b"IEND": b"",
    }
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts.items()
    )
    return "data:image/png;base64," + base64.b64encode(data).decode()


# An operation: its sign, its value, and its derivative by each input (given inputs and output).
OPERATIONS = {
    "Add": ("+", lambda a, b: a + b, lambda a, b, out: (1, 1)),
    "Sub": ("\u2212", lambda a, b: a - b, lambda a, b, out: (1, -1)),
    "Mult": ("\u00b7", lambda a, b: a * b, lambda a, b, out: (b, a)),
    "Div": ("/", lambda a, b: a / b, lambda a, b, out: (1 / b, -a / b**2)),
    "relu": ("relu", lambda a: max(a, 0.0), lambda a, out: (float(a > 0),)),
    "tanh": ("tanh", np.tanh, lambda a, out: (1 - out**2,)),
    "exp": ("exp", np.exp, lambda a, out: (out,)),
    "log": ("log", np.log, lambda a, out: (1 / a,)),
    "square": ("square", lambda a: a**2, lambda a, out: (2 * a,)),
    "sigmoid": ("\u03c3", lambda a: 1 / (1 + np.exp(-a)), lambda a, out: (out * (1 - out),)),
}


def graph_stepper(inputs, nodes, *, caption=None):
    """A small computation graph: values forward, node by node, then gradients backward.

    ``graph_stepper({"x": 2, "w": -3}, {"p": "x * w", "y": "tanh(p)"})``: one operation a node, the
    last node is the output. A value used twice collects two gradients.
    """
    graph = {name: parse_node(expression) for name, expression in nodes.items()}
    values = {name: float(value) for name, value in inputs.items()}
    for name, (kind, args) in graph.items():
        values[name] = float(OPERATIONS[kind][1](*(values[a] for a in args)))
    data = {
        "inputs": list(inputs), "values": {name: compact(v) for name, v in values.items()},
        "nodes": [[name, OPERATIONS[kind][0], args] for name, (kind, args) in graph.items()],
        "backward": graph_backward(graph, values),
        "caption": caption or "Go forward to the output, then backward: each node multiplies the "
        "gradient that arrives by its own slopes and hands it on. Where paths meet, gradients add.",
    }  # fmt: skip
    steps = "; ".join(f"{name} = {expression}" for name, expression in nodes.items())
    summary = f"A computation graph, values forward and gradients backward: {steps}"
    return Figure("graph", data, summary)


def parse_node(expression):
    """``"x * w"`` -> ("Mult", ["x", "w"]); ``"tanh(p)"`` -> ("tanh", ["p"])."""
    tree = ast.parse(expression, mode="eval").body
    if isinstance(tree, ast.BinOp):
        kind, args = type(tree.op).__name__, [tree.left, tree.right]
    elif isinstance(tree, ast.Call):
        kind, args = tree.func.id, tree.args
    else:
        kind, args = "", []
    if kind not in OPERATIONS or not all(isinstance(arg, ast.Name) for arg in args):
        raise ValueError(
            f"{expression!r}: expected one operation on names, as in 'x * w', 'tanh(p)'."
        )
    return kind, [arg.id for arg in args]


def graph_backward(graph, values):
    """For each node, last first: its gradient, and for each input [name, slope, share, total]."""
    gradients = dict.fromkeys(values, 0.0)
    gradients[list(graph)[-1]] = 1.0
    frames = []
    for name, (kind, args) in reversed(graph.items()):
        slopes = OPERATIONS[kind][2](*(values[a] for a in args), values[name])
        shares = []
        for arg, slope in zip(args, slopes):
            share = gradients[name] * slope
            gradients[arg] += share
            shares.append([arg, compact(slope), compact(share), compact(gradients[arg])])
        frames.append({"node": name, "gradient": compact(gradients[name]), "shares": shares})
    return frames
