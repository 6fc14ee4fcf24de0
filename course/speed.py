"""How fast is a function of the learner's? Beside one matrix product with as many multiplications.

    speed(conv_forward)
    speed(conv_backward, conv_forward)     # a backward reads the cache of the forward

A product is about the fastest that NumPy can multiply on this machine, so the ratio says how much
of the time is spent on something else. Both are measured in the same second.
"""

import time
from dataclasses import dataclass
from html import escape

import numpy as np

from course.env import page_address

TRIES, LONG = 5, 0.3  # the best of so many, but no second try of what takes longer (seconds)
TOLD = {  # where it is told what the rest of the time goes into: title, section of ``fast_conv``
    "conv": ("Making convolution fast", ""),
    "rnn": ("The rest of a network", "#the-rest-of-a-network"),
}


@dataclass(frozen=True)
class Speed:
    """A function's time in seconds, and that of the product beside it."""

    name: str
    seconds: float
    product: float
    on: str  # what it was given, in words

    @property
    def ratio(self):
        return self.seconds / self.product

    def __repr__(self):
        return (
            f"{self.name}: {1e3 * self.seconds:.1f} ms for {self.on}, {rounded(self.ratio)} times "
            "as long as one matrix product with as many multiplications."
        )

    def _repr_html_(self):
        title, section = TOLD.get(self.name.split("_")[0], TOLD["conv"])
        place = escape(page_address("fast_conv") + section)
        link = f'<a href="{place}" style="text-decoration: underline">{title}</a>'
        return f"<div>{escape(repr(self))} Where the rest goes: {link}.</div>"


def speed(function, forward=None):
    """Time ``function`` and the product: -> ``Speed``. A backward needs its ``forward``."""
    name = function.__name__
    kind, _, way = name.rpartition("_")
    if kind not in TASKS or way not in ("forward", "backward"):
        known = ", ".join(f"{k}_forward, {k}_backward" for k in TASKS)
        raise ValueError(f"speed of {name} is not known: expected one of {known}.")
    if way == "backward" and forward is None:
        raise ValueError(f"{name} reads a cache: call speed({name}, {kind}_forward).")
    inputs, (rows, inner, columns), on = TASKS[kind](np.random.default_rng(0))
    a, b = np.ones((rows, inner), np.float32), np.ones((inner, columns), np.float32)
    if way == "forward":
        return Speed(name, best(lambda: function(*inputs)), best(lambda: a @ b), on)
    out, cache = forward(*inputs)
    dout, twice = np.ones_like(out), 2 * best(lambda: a @ b)  # one for the inputs, one for weights
    return Speed(name, best(lambda: function(dout, cache)), twice, on)


def best(run):
    """The shortest of a few runs, in seconds; the first one does not count where it is short."""
    times = []
    for _ in range(TRIES + 1):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
        if times[-1] > LONG:
            break
    return min(times)


def rounded(ratio):
    """Two digits say enough: 1.2, 14, 380."""
    return f"{ratio:.1f}" if ratio < 9.95 else f"{float(f'{ratio:.2g}'):.0f}"


def conv_task(rng):
    """A layer of the exercise: -> (x, w, b), the shape of the product, in words."""
    x, w = rng.normal(size=(8, 3, 32, 32)), rng.normal(size=(16, 3, 5, 5))
    inputs = [part.astype(np.float32) for part in (x, w, np.zeros(16))]
    return inputs, (16, 3 * 5 * 5, 8 * 28 * 28), "8 pictures, 16 filters"


def rnn_task(rng):
    """A layer of the exercise: -> (x, h0, Wx, Wh, b), the shape of the product, in words."""
    N, T, D, H = 50, 17, 64, 128
    shapes = (N, T, D), (N, H), (D, H), (H, H), (H,)
    inputs = [0.1 * rng.normal(size=shape).astype(np.float32) for shape in shapes]
    return inputs, (N * T, D + H, H), "50 sentences of 17 words"


TASKS = {"conv": conv_task, "rnn": rnn_task}
