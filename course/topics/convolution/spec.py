"""Checks of convolution, from its small steps to a network."""

from dataclasses import replace

import numpy as np

from course.checks.networks import classifier, classifier_cases, model_hints
from course.checks.spec import (
    Case,
    Hints,
    Spec,
    WrongKind,
    fortran,
    gappy,
    register,
    single,
    with_upstream,
)
from scratch import cnn, cnn_layers, pieces

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
        axes={"x": "N C H W", "w": "F C HH WW", "b": "F"},
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


def output_size_cases(rng):
    yield Case("7 pixels, a window of 3, by hand", (7, 3, 1, 0))
    yield Case("the same in steps of 2", (7, 3, 2, 0))
    yield Case("padding", (7, 3, 1, 2))
    yield Case("a rest that fills no window", (8, 3, 2, 0))
    yield Case("a window as large as the image", (5, 5, 3, 0))
    yield Case("a window of one pixel", (4, 1, 1, 0))
    yield Case("a window that fits thanks to the padding", (3, 5, 1, 1))
    yield Case("everything at once", (11, 4, 3, 2), hidden=True)


def refuses(function):
    """``function`` as it is, but it must refuse what cannot be."""

    def call(*args):
        returned = function(*args)
        if isinstance(returned, bool) or not isinstance(returned, (int, np.integer)):
            raise WrongKind(
                f"output_size returned {returned!r}, a {type(returned).__name__}. It counts "
                "windows, so an int is expected: a shape takes nothing else."
            )
        for wrong in ((3, 4, 1, 0), (5, 2, 0, 0), (5, 2, 1, -1)):
            try:
                came = function(*wrong)
            except ValueError:
                continue
            raise WrongKind(
                f"size {wrong[0]}, window {wrong[1]}, stride {wrong[2]}, pad {wrong[3]} is "
                f"impossible, but output_size returned {came!r}. Raise a ValueError."
            )
        return returned

    return call


register(
    Spec(
        name="output_size",
        told="size",
        reference=cnn_layers.output_size,
        inputs=("size", "window", "stride", "pad"),
        results={"size": ""},
        make_cases=output_size_cases,
        section="sec:conv-forward",
        adapt=refuses,
        hints={
            "size": Hints(
                "Where does the first window end, and how many pixels are left to move over?",
                "Integers in, an integer out: // rounds down.",
                "1 + (size + 2 pad - window) // stride",
            )
        },
    )
)


AXES: dict[str | tuple[str, str], str] = {"dout": "N F H' W'", "x": "N C H W", "w": "F C HH WW"}
AXES["b"] = "F"
AXES |= {(name, "x"): "H W" for name in ("correlate", "correlate_strided")}
AXES |= {(name, "w"): "HH WW" for name in ("correlate", "correlate_strided")}
AXES[("correlate_channels", "x")] = "C H W"

IMAGE, FILTER = np.array([[1.0, 2, 0], [0, 1, 3]]), np.array([[1.0, 0], [-1, 2]])


def correlate_cases(rng):
    yield Case("one 2 x 3 image, by hand", (IMAGE, FILTER))
    yield Case("an oblong image", (rng.normal(size=(5, 7)), rng.normal(size=(2, 3))))
    yield Case("a filter as large as the image", (rng.normal(size=(3, 4)), rng.normal(size=(3, 4))))
    yield Case("a 1 x 1 filter", (rng.normal(size=(3, 2)), rng.normal(size=(1, 1))), hidden=True)


def strided_cases(rng):
    def random(x, w):
        return rng.normal(size=x), rng.normal(size=w)

    yield Case("no stride, no padding, by hand", (IMAGE, FILTER))
    yield Case("stride", random((7, 6), (3, 2)), {"stride": 2})
    yield Case("padding", random((4, 5), (3, 2)), {"pad": 1})
    yield Case("both, with a rest", random((6, 9), (3, 2)), {"stride": 2, "pad": 1})
    yield Case("gaps between windows", random((8, 7), (2, 2)), {"stride": 3}, hidden=True)


def channels_cases(rng):
    def random(C, F):
        x, w = rng.normal(size=(C, 6, 5)), rng.normal(size=(F, C, 3, 2))
        return x, w, rng.normal(size=F)

    yield Case("one channel, one filter", random(1, 1))
    yield Case("three channels, one filter", random(3, 1))
    yield Case("one channel, four filters", random(1, 4))
    yield Case("stride and padding", random(3, 4), {"stride": 2, "pad": 1})


def correlation(name, reference, inputs, result, make_cases, hints):
    register(
        Spec(
            name=name,
            reference=reference,
            inputs=inputs,
            axes={name: AXES.get((reference.__name__, name), AXES[name]) for name in inputs},
            results={"out": result},
            make_cases=make_cases,
            section="sec:conv-forward",
            hints={"out": Hints(*hints)},
        )
    )


correlation(
    "correlate",
    pieces.correlate,
    ("x", "w"),
    "H' W'",
    correlate_cases,
    (
        "Write down for one output which rows and columns of x it reads.",
        "The window is (HH, WW), the result (H - HH + 1, W - WW + 1).",
        "out[i, j] = sum over u, v of x[i + u, j + v] w[u, v]",
    ),
)

correlation(
    "correlate_strided",
    pieces.correlate_strided,
    ("x", "w"),
    "H' W'",
    strided_cases,
    (
        "Pad first and forget the padding. Where does the window of output (i, j) start?",
        "The padded image is (H + 2 pad, W + 2 pad).",
        "out[i, j] = sum over u, v of padded[i stride + u, j stride + v] w[u, v]",
    ),
)

correlation(
    "correlate_channels",
    pieces.correlate_channels,
    ("x", "w", "b"),
    "F H' W'",
    channels_cases,
    (
        "How do the results of the single channels become one map?",
        "x[c] is (H, W), w[f, c] is (HH, WW), and each filter gives one map (H', W').",
        "out[f] = b[f] + sum over c of correlate(x[c], w[f, c])",
    ),
)


def gradient_cases(rng):
    def random(x, w):
        return rng.normal(size=x), rng.normal(size=w)

    image, upstream = np.arange(1.0, 10).reshape(1, 1, 3, 3), np.array([[1.0, -1], [2, 3]])
    args = (image, FILTER.reshape(1, 1, 2, 2))
    yield Case("one 3 x 3 image, by hand", args, dout=upstream.reshape(1, 1, 2, 2))
    yield Case("batch, channels, filters", random((2, 3, 5, 7), (4, 3, 3, 2)))
    yield Case("stride", random((2, 2, 7, 5), (3, 2, 3, 3)), {"stride": 2})
    yield Case("padding", random((2, 2, 4, 6), (3, 2, 3, 3)), {"pad": 1})
    args = random((2, 3, 6, 9), (2, 3, 3, 2))
    yield Case("stride and padding with a rest", args, {"stride": 2, "pad": 1})
    yield Case("gaps between windows", random((1, 2, 8, 7), (3, 2, 2, 2)), {"stride": 3})


def upstream_first(rng):
    """The same cases as plain arguments: ``dout, x, w``."""
    for case in with_upstream(gradient_cases(rng), cnn_layers.conv_forward, rng):
        yield Case(case.tests, (case.dout, *case.args), case.options)


def bias_cases(rng):
    for case in upstream_first(rng):
        yield Case(case.tests, case.args[:1])


def gradient(name, reference, result, axes, inputs, make_cases, hints):
    register(
        Spec(
            name=name,
            reference=reference,
            inputs=inputs,
            axes={name: AXES.get((reference.__name__, name), AXES[name]) for name in inputs},
            results={result: axes},
            make_cases=make_cases,
            section="sec:conv-backward",
            hints={result: Hints(*hints)},
        )
    )


gradient(
    "conv_db",
    pieces.conv_db,
    *("db", "F", ("dout",), bias_cases),
    (
        "One bias is added to how many outputs?",
        "dout is (N, F, H', W') and db is (F,): three axes have to go.",
        "db[f] = sum over n, i, j of dout[n, f, i, j]",
    ),
)

gradient(
    "conv_dw",
    pieces.conv_dw,
    *("dw", "F C HH WW", ("dout", "x", "w"), upstream_first),
    (
        "A filter weight is used at every place of every image: what does each use add?",
        "dout[n, f, i, j] is a number, and the window that it came from is (C, HH, WW).",
        "dw[f] += dout[n, f, i, j] times the window of the padded x at row i stride",
    ),
)

gradient(
    "conv_dx",
    pieces.conv_dx,
    *("dx", "N C H W", ("dout", "x", "w"), upstream_first),
    (
        "Which outputs did one pixel take part in? Each of them sends something back.",
        "Collect in an array like the padded x; each dout[n, f, i, j] touches one window of it.",
        "the window of dxpad at row i stride += dout[n, f, i, j] w[f]; then cut the padding off",
    ),
)


def make_convnet(cls, X, params, rng):
    F1, _, K, _ = params["W1"].shape
    return cls(
        input_dim=X.shape[1:],
        num_filters_1=F1,
        num_filters_2=len(params["W2"]),
        filter_size=K,
        hidden_dim=len(params["b3"]),
        num_classes=len(params["b4"]),
        dtype=X.dtype.type,
        rng=rng,
    )


CONVNET = {
    "input_dim": (2, 12, 14),
    "num_filters_1": 3,
    "num_filters_2": 4,
    "filter_size": 3,
    "hidden_dim": 5,
    "num_classes": 4,
}
register(
    Spec(
        name="ConvNet",
        reference=cnn.ConvNet,
        inputs=("X", "y", "parameters"),
        results={"scores": "N K", "features": "N M", "feature_maps": "N F H' W'"},
        make_cases=classifier_cases(cnn.ConvNet, CONVNET["input_dim"], CONVNET),
        section="sec:convnet",
        returns="named",
        adapt=classifier(make_convnet, ("features", "feature_maps"), of_any_dtype=True),
        hints=model_hints("scores", "loss", *map("gradient of {}".format, cnn.ConvNet().params)),
    )
)
