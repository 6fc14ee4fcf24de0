"""Checks of the fully connected layer and the ReLU."""

import numpy as np

from course.checks.spec import Case, Hints, Spec, fortran, gappy, register, single, with_upstream
from scratch import layers


def fc_cases(rng):
    def random(*batch, D=4, M=3):
        return rng.normal(size=(*batch, D)), rng.normal(size=(D, M)), rng.normal(size=M)

    x = np.array([[1.0, 2, 0], [0, -1, 3]])
    w = np.array([[1.0, 0, 2, 0], [3, 1, 0, 1], [0, 2, 1, -1]])
    dout = np.array([[1.0, 0, 2, 1], [0, 3, 1, 0]])
    yield Case("two rows, by hand", (x, w, np.array([0.0, 10, 20, 30])), dout=dout)
    yield Case("random numbers", random(5))
    yield Case("more outputs than inputs", random(4, D=2, M=6))
    yield Case("a sequence (N, T, D)", random(2, 3, D=4, M=5))
    yield Case("one row", random(1, D=3, M=2))
    yield Case("one output", random(4, D=3, M=1), hidden=True)
    yield Case("as many inputs as outputs", random(3, D=3, M=3), hidden=True)
    yield Case("float32 stays float32", single(*random(6)))
    x, w, b = random(4, D=5, M=3)
    yield Case("other memory order", (fortran(x), gappy(w), b), hidden=True)


FC = register(
    Spec(
        name="fc_forward",
        reference=layers.fc_forward,
        inputs=("x", "w", "b"),
        axes={"x": "N D", "w": "D M", "b": "M"},
        results={"out": "N M"},
        make_cases=fc_cases,
        section="sec:fully-connected",
        returns="out, cache",
        hints={
            "out": Hints(
                "Each output is a weighted sum of one row of x, plus its own bias.",
                "x (N, D) times w (D, M) gives (N, M); b is (M,) and is added to every row. "
                "For a sequence (N, T, D), only the last axis is summed over.",
                "out[n, m] = sum over d of x[n, d] w[d, m] + b[m].",
            )
        },
    )
)
register(
    Spec(
        name="fc_backward",
        reference=layers.fc_backward,
        inputs=FC.inputs,
        results={"dx": "N D", "dw": "D M", "db": "M"},
        make_cases=lambda rng: with_upstream(fc_cases(rng), layers.fc_forward, rng),
        section="sec:fully-connected",
        returns="gradients",
        forward=FC,
        hints={
            "dx": Hints(
                "One input feeds all M outputs of its row. Which weight joins it to each?",
                "dout is (N, M), w is (D, M), dx must be (N, D): the M axis has to go.",
                "dx[n, d] = sum over m of dout[n, m] w[d, m].",
            ),
            "dw": Hints(
                "One weight is used once in each row of the batch.",
                "x is (N, D), dout is (N, M), dw must be (D, M): the batch axis has to go.",
                "dw[d, m] = sum over n of x[n, d] dout[n, m].",
            ),
            "db": Hints(
                "One bias is added in each row of the batch.",
                "dout is (N, M), db is (M,): the batch axis has to go (N and T for a sequence).",
                "db[m] = sum over n of dout[n, m].",
            ),
        },
    )
)


def relu_cases(rng):
    x, dout = np.array([[-1.0, 0, 2], [3, -4, 0.5]]), np.array([[1.0, 2, 3], [-4, 5, -6]])
    yield Case("six numbers, by hand", (x,), dout=dout)
    yield Case("random numbers", (rng.normal(size=(4, 5)),))
    yield Case("images", (rng.normal(size=(2, 3, 4, 5)),))
    yield Case("many zeros", (rng.integers(-1, 2, size=(4, 6)).astype(float),))
    yield Case("nothing passes", (-1 - rng.random((2, 3)),), hidden=True)
    yield Case("huge and tiny", (np.array([[1e30, -1e30], [1e-30, -1e-30]]),))
    yield Case("float32 stays float32", single(rng.normal(size=(3, 4))))
    yield Case("other memory order", (gappy(fortran(rng.normal(size=(3, 4)))),), hidden=True)


RELU = register(
    Spec(
        name="relu_forward",
        reference=layers.relu_forward,
        inputs=("x",),
        axes={"x": "N D"},
        results={"out": "N D"},
        make_cases=relu_cases,
        section="sec:activations",
        returns="out, cache",
        hints={
            "out": Hints(
                "What happens to a negative number, and to a positive one?",
                "out has the shape of x, and each element depends on one element only.",
                "out = max(x, 0), element by element.",
            )
        },
    )
)
register(
    Spec(
        name="relu_backward",
        reference=layers.relu_backward,
        inputs=RELU.inputs,
        results={"dx": "N D"},
        make_cases=lambda rng: with_upstream(relu_cases(rng), layers.relu_forward, rng),
        section="sec:activations",
        returns="gradients",
        forward=RELU,
        hints={
            "dx": Hints(
                "Where x was negative, the output did not move. What is its slope there?",
                "dx has the shape of x; each element is that of dout, or 0.",
                "dx = dout where x > 0, else 0 (also at exactly 0).",
            )
        },
    )
)
