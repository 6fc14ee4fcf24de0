"""Checks of batch normalization: both passes, the running averages, and pictures."""

import numpy as np

from course.checks.spec import (
    Case,
    Hints,
    Spec,
    fortran,
    gappy,
    register,
    single,
    with_upstream,
)
from scratch import layers


def affine(rng, D):
    """``gamma`` and ``beta``, away from 1 and 0."""
    return 0.5 + rng.random(D), rng.normal(size=D)


def rows_cases(rng):
    def random(N, D, scale=1.0, middle=0.0):
        return middle + scale * rng.normal(size=(N, D)), *affine(rng, D)

    def kept(D):
        return {"mean": rng.normal(size=D), "var": 0.5 + rng.random(D)}

    column = np.array([[1.0], [2], [6]])
    yield Case(
        "the column 1, 2, 6, by hand",
        (column, np.array([2.0]), np.array([1.0])),
        {"eps": 0.0},
        dout=np.array([[1.0], [0], [0]]),
    )
    yield Case("random numbers", random(5, 3))
    yield Case("as many rows as features", random(4, 4))
    yield Case("two rows", random(2, 3))
    yield Case("features of very different size", random(6, 3, scale=np.array([0.01, 1, 100])))
    yield Case("hardly any spread, so eps counts", random(5, 2, scale=2e-3))
    yield Case("another eps", random(5, 3), {"eps": 0.3})
    yield Case("at test time: mean and variance given", random(4, 3), kept(3))
    yield Case("one row, at test time", random(1, 4), kept(4))
    yield Case("float32 stays float32", single(*random(5, 4)))
    yield Case("float32, far from 0", single(*random(8, 3, middle=300.0)), hidden=True)
    x, gamma, beta = random(6, 4)
    yield Case("other memory order", (fortran(x), gappy(gamma), beta), hidden=True)


def forward_cases(rng):
    yield from rows_cases(rng)
    yield Case("one row", (rng.normal(size=(1, 3)), *affine(rng, 3)))
    constant = rng.normal(size=(4, 2))
    constant[:, 1] = 7
    yield Case("a constant feature", (constant, *affine(rng, 2)))


ROWS = register(
    Spec(
        name="batchnorm_forward",
        reference=layers.batchnorm_forward,
        inputs=("x", "gamma", "beta"),
        results={"out": "N D"},
        make_cases=forward_cases,
        section="sec:batchnorm",
        returns="out, cache",
        hints={
            "out": Hints(
                "Each feature is a column. What are mean and variance of a column, and whose are "
                "they at test time?",
                "mean and var are (D,), like gamma and beta; x and out are (N, D).",
                "xhat = (x - mean) / sqrt(var + eps), with var = mean of (x - mean)^2; "
                "out = gamma xhat + beta.",
            )
        },
    )
)

register(
    Spec(
        name="batchnorm_backward",
        reference=layers.batchnorm_backward,
        inputs=ROWS.inputs,
        results={"dx": "N D", "dgamma": "D", "dbeta": "D"},
        make_cases=lambda rng: with_upstream(rows_cases(rng), layers.batchnorm_forward, rng),
        section="sec:batchnorm",
        returns="gradients",
        forward=ROWS,
        hints={
            "dx": Hints(
                "An x moves its own xhat, and through the mean and the variance every other xhat "
                "of its column. At test time these two were constants.",
                "dxhat = dout gamma is (N, D); two numbers a column, (D,), are taken off.",
                "dx = (dxhat - mean(dxhat) - xhat mean(dxhat xhat)) / sqrt(var + eps), the means "
                "over the batch; at test time dx = dxhat / sqrt(var + eps).",
            ),
            "dgamma": Hints(
                "Where was gamma used, and with what was it multiplied there?",
                "dout and xhat are (N, D), dgamma is (D,): N has to go.",
                "dgamma = sum over n of dout[n] xhat[n].",
            ),
            "dbeta": Hints(
                "One beta was added to every row.",
                "dout is (N, D), dbeta is (D,): N has to go.",
                "dbeta = sum over n of dout[n].",
            ),
        },
    )
)


def running_cases(rng):
    def random(N, D):
        return rng.normal(size=D), 0.5 + rng.random(D), 2 + 3 * rng.normal(size=(N, D))

    column = np.array([[1.0], [2], [6]])
    yield Case("the column 1, 2, 6, by hand", (np.array([0.0]), np.array([1.0]), column))
    yield Case("random numbers", random(5, 3))
    yield Case("as many rows as features", random(3, 3))
    yield Case("another momentum", random(4, 2), {"momentum": 0.3})
    yield Case("one row", random(1, 4))
    yield Case("float32 stays float32", single(*random(6, 3)))
    mean, var, x = random(5, 4)
    yield Case("other memory order", (gappy(mean), var, fortran(x)), hidden=True)


register(
    Spec(
        name="running_averages",
        reference=layers.running_averages,
        inputs=("mean", "var", "x"),
        results={"mean": "D", "var": "D"},
        make_cases=running_cases,
        section="sec:batchnorm",
        hints={
            name: Hints(
                "How much of the old stays, and how much of the new batch comes in?",
                "mean, var and what a batch (N, D) has of them are (D,).",
                f"{name} = momentum {name} + (1 - momentum) ({name} of the batch over its rows).",
            )
            for name in ("mean", "var")
        },
    )
)


def picture_cases(rng):
    def random(N, C, H, W):
        return rng.normal(size=(N, C, H, W)), *affine(rng, C)

    def kept(C):
        return {"mean": rng.normal(size=C), "var": 0.5 + rng.random(C)}

    yield Case("random numbers", random(3, 2, 4, 5))
    yield Case("all sizes equal", random(3, 3, 3, 3))
    yield Case("one picture", random(1, 3, 4, 2))
    yield Case("maps of one pixel", random(5, 3, 1, 1))
    yield Case("another eps", random(2, 3, 2, 4), {"eps": 0.3})
    yield Case("at test time: mean and variance given", random(2, 3, 4, 2), kept(3))
    yield Case("float32 stays float32", single(*random(2, 4, 3, 5)))
    x, gamma, beta = random(2, 3, 4, 5)
    yield Case("other memory order", (fortran(x), gappy(gamma), beta), hidden=True)


PICTURES = register(
    Spec(
        name="spatial_batchnorm_forward",
        reference=layers.spatial_batchnorm_forward,
        inputs=("x", "gamma", "beta"),
        results={"out": "N C H W"},
        make_cases=picture_cases,
        section="sec:batchnorm",
        returns="out, cache",
        hints={
            "out": Hints(
                "A channel is a feature, and each place of each picture is a row. You have the "
                "layer for rows.",
                "x (N, C, H, W) becomes (N H W, C): C has to be the last axis before you reshape. "
                "Then back, the same way.",
                "rows = x with axes (n, i, j, c), reshaped to (N H W, C); out goes back likewise.",
            )
        },
    )
)

register(
    Spec(
        name="spatial_batchnorm_backward",
        reference=layers.spatial_batchnorm_backward,
        inputs=PICTURES.inputs,
        results={"dx": "N C H W", "dgamma": "C", "dbeta": "C"},
        make_cases=lambda rng: with_upstream(
            picture_cases(rng), layers.spatial_batchnorm_forward, rng
        ),
        section="sec:batchnorm",
        returns="gradients",
        forward=PICTURES,
        hints={
            name: Hints(
                "The same rearrangement as forward, and your backward for rows between.",
                "dout (N, C, H, W) becomes (N H W, C); dgamma and dbeta are (C,).",
                "rows of dout, then batchnorm_backward, then dx put back into (N, C, H, W).",
            )
            for name in ("dx", "dgamma", "dbeta")
        },
    )
)
