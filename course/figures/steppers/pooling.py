"""Max-pooling: who wins each window, and who is paid for it."""

import numpy as np

from course.figures.element import Figure
from course.figures.numbers import compact
from course.figures.steppers.one_form import one_at_a_time, one_image, upstream_gradient
from scratch.cnn_layers import max_pool_backward, max_pool_forward, pair


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
