"""A fully connected layer, number by number."""

import numpy as np

from course.figures.element import Figure
from course.figures.numbers import compact
from course.figures.steppers.one_form import upstream_gradient
from scratch.layers import fc_backward, fc_forward


def fc_stepper(x, w, b=None, *, dout=None, backward=True, caption=None):
    """A fully connected layer number by number: forward, then backward into dx, dw and db.

    ``x`` is (N, D), ``w`` is (D, M), ``b`` is (M,). ``backward=False`` leaves the gradients out.
    """
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    b = np.zeros(w.shape[1]) if b is None else np.asarray(b, dtype=float)
    out, memory = fc_forward(x, w, b)
    dout = upstream_gradient(dout, out.shape)
    arrays = {"x": x, "w": w, "b": b, "out": out}
    if backward:
        arrays |= {"dout": dout, **dict(zip(("dx", "dw", "db"), fc_backward(dout, memory)))}
    hint = "Step with the arrow keys, or click on a result. Watch what is summed away: "
    hint += "forward the features, for dx the outputs, for dw and db the examples."
    if not backward:
        hint = "Step with the arrow keys, or click on a result."
    data = {
        **{name: compact(array) for name, array in arrays.items()},
        "caption": caption or hint,
    }
    summary = (
        f"A fully connected layer step by step: x {x.shape} times w {w.shape} plus b gives an "
        f"output {out.shape}"
        + ("; forward, then the gradients of x, w and b." if backward else ".")
    )
    return Figure("fc", data, summary)
