"""Checks of convolution and max-pooling."""

from dataclasses import replace

import numpy as np

from course.checks.spec import Case, Hints, Spec, fortran, gappy, register, single, with_upstream
from scratch import cnn_layers

X_ON_PAPER = np.arange(1.0, 10).reshape(1, 1, 3, 3)
W_ON_PAPER = np.array([[1.0, 2], [0, -1]]).reshape(1, 1, 2, 2)


def conv_cases(rng):
    def random(x, w, bias=True):
        return (
            rng.normal(size=x),
            rng.normal(size=w),
            rng.normal(size=w[0]) if bias else None,
        )

    dout = np.array([[1.0, 0], [0, 2]]).reshape(1, 1, 2, 2)
    yield Case("one 3 x 3 image, by hand", (X_ON_PAPER, W_ON_PAPER, None), dout=dout)
    yield Case("a bias, by hand", (X_ON_PAPER, W_ON_PAPER, np.array([10.0])), dout=dout)
    corners = np.array([[1.0, 0], [0, 3]]).reshape(1, 1, 2, 2)
    args = (X_ON_PAPER[:, :, :2, :2], W_ON_PAPER, None)
    yield Case("padding and stride, by hand", args, {"stride": 2, "pad": 1}, dout=corners)
    yield Case("batch, channels, filters", random((2, 3, 5, 7), (4, 3, 3, 2)))
    yield Case("no bias", random((2, 3, 5, 4), (2, 3, 2, 3), bias=False))
    yield Case("stride", random((2, 2, 7, 5), (3, 2, 3, 3)), {"stride": 2})
    yield Case("padding", random((2, 2, 4, 6), (3, 2, 3, 3)), {"pad": 1})
    args = random((2, 3, 6, 9), (2, 3, 3, 2))
    yield Case("stride and padding with a rest", args, {"stride": 2, "pad": 1})
    yield Case("gaps between windows", random((2, 2, 8, 7), (3, 2, 2, 2)), {"stride": 3})
    yield Case("one image", random((1, 3, 4, 5), (2, 3, 3, 3)), {"pad": 2}, hidden=True)
    yield Case("one channel, one filter", random((3, 1, 5, 6), (1, 1, 3, 2)), hidden=True)
    yield Case("filter as large as the image", random((2, 2, 3, 4), (3, 2, 3, 4)), hidden=True)
    yield Case("1 x 1 filter", random((2, 3, 3, 4), (2, 3, 1, 1)), {"stride": 2}, hidden=True)
    args = single(*random((2, 3, 6, 5), (4, 3, 3, 3)))
    yield Case("float32 stays float32", args, {"stride": 2, "pad": 1})
    x, w, b = random((2, 3, 5, 6), (4, 3, 3, 2))
    yield Case("other memory order", (fortran(x), gappy(w), b), {"pad": 1}, hidden=True)


def conv_backward_cases(rng):
    for case in with_upstream(conv_cases(rng), cnn_layers.conv_forward, rng):
        ordered = case.tests == "other memory order"
        yield replace(case, dout=fortran(case.dout)) if ordered else case


CONV = register(
    Spec(
        name="conv_forward",
        reference=cnn_layers.conv_forward,
        inputs=("x", "w", "b"),
        results={"out": "N F H' W'"},
        make_cases=conv_cases,
        section="sec:conv-forward",
        returns="out, cache",
        hints={
            "out": Hints(
                "Take one output pixel and write down which part of the padded image it reads.",
                "A window of the padded x is (C, HH, WW), the shape of one filter w[f]; "
                "out is (N, F, H', W') with H' = 1 + (H + 2 pad - HH) // stride.",
                "out[n, f, i, j] = sum over c, u, v of "
                "xpad[n, c, i stride + u, j stride + v] w[f, c, u, v] + b[f].",
            )
        },
    )
)

register(
    Spec(
        name="conv_backward",
        reference=cnn_layers.conv_backward,
        inputs=CONV.inputs,
        results={"dx": "N C H W", "dw": "F C HH WW", "db": "F"},
        make_cases=conv_backward_cases,
        section="sec:conv-backward",
        returns="gradients",
        forward=CONV,
        hints={
            "dx": Hints(
                "Which outputs did one pixel take part in? Each of them sends something back.",
                "Collect in an array like the padded x, (N, C, H + 2 pad, W + 2 pad): each "
                "dout[n, f, i, j] touches one window of it, (C, HH, WW).",
                "dxpad[n, :, i stride : i stride + HH, j stride : j stride + WW] += "
                "dout[n, f, i, j] w[f]; then cut the padding off.",
            ),
            "dw": Hints(
                "A filter weight is used at every place of every image: what does each use add?",
                "dw is (F, C, HH, WW); dout[n, f, i, j] is a number and the window it came from "
                "is (C, HH, WW).",
                "dw[f] += dout[n, f, i, j] xpad[n, :, i stride : i stride + HH, "
                "j stride : j stride + WW].",
            ),
            "db": Hints(
                "One bias is added to how many outputs?",
                "dout is (N, F, H', W') and db is (F,): three axes have to go.",
                "db[f] = sum over n, i, j of dout[n, f, i, j]; None when there was no bias.",
            ),
        },
    )
)


def max_pool_cases(rng):
    def image(*shape):
        return (rng.normal(size=shape),)

    values = np.array([[1.0, 5, 2, 0], [3, 4, 8, 6], [7, 0, 1, 1], [2, 9, 1, 3]])
    dout = np.array([[1.0, 2], [3, 4]]).reshape(1, 1, 2, 2)
    by_hand = values.reshape(1, 1, 4, 4)
    yield Case("one 4 x 4 image, by hand", (by_hand,), dout=dout)
    ties = np.array([[2.0, 2], [2, 1]]).reshape(1, 1, 2, 2)
    yield Case("a tie, by hand", (ties,), dout=np.full((1, 1, 1, 1), 6.0))
    yield Case("negative values", (-1 - rng.random(size=(2, 2, 4, 6)),))
    yield Case("batch and channels", image(2, 3, 4, 6))
    yield Case("a rest at the border", image(2, 2, 5, 7))
    yield Case("overlapping windows", image(2, 3, 7, 5), {"size": 3, "stride": 2})
    yield Case("stride 1", image(2, 2, 4, 5), {"size": 2, "stride": 1})
    yield Case("gaps between windows", image(2, 2, 8, 7), {"size": 2, "stride": 3}, hidden=True)
    pair = {"size": (2, 3), "stride": (1, 2)}
    yield Case("height and width apart", image(2, 2, 5, 8), pair, hidden=True)
    many_ties = (rng.integers(0, 2, size=(2, 3, 6, 4)).astype(float),)
    yield Case("many ties", many_ties)
    yield Case("ties where windows overlap", many_ties, {"size": 3, "stride": 1}, hidden=True)
    yield Case("one image, one channel", image(1, 1, 4, 4), hidden=True)
    yield Case("window as large as the image", image(2, 2, 3, 3), {"size": 3}, hidden=True)
    yield Case("float32 stays float32", single(*image(2, 3, 6, 4)))
    yield Case("other memory order", (fortran(*image(2, 3, 6, 4)),), hidden=True)
    yield Case("a view with gaps", (gappy(*image(2, 3, 4, 6)),), hidden=True)


def max_pool_backward_cases(rng):
    for case in with_upstream(max_pool_cases(rng), cnn_layers.max_pool_forward, rng):
        ordered = case.tests == "other memory order"
        yield replace(case, dout=fortran(case.dout)) if ordered else case


POOL = register(
    Spec(
        name="max_pool_forward",
        reference=cnn_layers.max_pool_forward,
        inputs=("x",),
        results={"out": "N C H' W'"},
        make_cases=max_pool_cases,
        section="sec:max-pool",
        returns="out, cache",
        hints={
            "out": Hints(
                "Each channel is pooled on its own; how far do you move between two windows?",
                "A window of one channel is (size, size); out is (N, C, H', W') with "
                "H' = 1 + (H - size) // stride.",
                "out[n, c, i, j] = max of "
                "x[n, c, i stride : i stride + size, j stride : j stride + size].",
            )
        },
    )
)

register(
    Spec(
        name="max_pool_backward",
        reference=cnn_layers.max_pool_backward,
        inputs=POOL.inputs,
        results={"dx": "N C H W"},
        make_cases=max_pool_backward_cases,
        section="sec:max-pool",
        returns="gradients",
        forward=POOL,
        hints={
            "dx": Hints(
                "Which pixel decided an output? Only that one can change it.",
                "dx is like x, (N, C, H, W), all zeros at first; each dout[n, c, i, j] goes to "
                "exactly one element of its window.",
                "dx[n, c, i stride + u, j stride + v] += dout[n, c, i, j], where (u, v) is the "
                "first maximum of the window.",
            )
        },
    )
)
