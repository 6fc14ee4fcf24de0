"""Checks of max-pooling."""

from dataclasses import replace

import numpy as np

from course.checks.spec import Case, Hints, Spec, fortran, gappy, register, single, with_upstream
from scratch import cnn_layers


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
    yield Case("a size and no stride", image(2, 2, 6, 9), {"size": 3})
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
        axes={"x": "N C H W"},
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
