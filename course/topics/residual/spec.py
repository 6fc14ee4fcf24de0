"""Checks of a residual block, forward and backward."""

import numpy as np

from course.checks.spec import Case, Hints, Spec, fortran, gappy, register, single, with_upstream
from scratch import pieces


def block_cases(rng):
    def random(N, D, H, M=None):
        arrays = rng.normal(size=(N, D)), rng.normal(size=(D, H)), rng.normal(size=H)
        out = D if M is None else M
        arrays += rng.normal(size=(H, out)), rng.normal(size=out)
        return arrays if M is None else (*arrays, rng.normal(size=(D, M)))

    one = np.ones((1, 1))
    yield Case("F(x) = 3 x, by hand", (2 * one, 3 * one, 0 * one[0], one, 0 * one[0]), dout=one)
    yield Case("random numbers", random(5, 4, 3))
    yield Case("all sizes equal", random(4, 4, 4))
    yield Case("one row", random(1, 3, 5))
    yield Case("the skip changes the shape", random(5, 4, 3, M=2))
    yield Case("the skip mixes, same shape", random(4, 3, 5, M=3))
    x, w1, b1, w2, b2 = random(6, 3, 4)
    yield Case("a branch of zeros", (x, w1, b1, 0 * w2, 0 * b2))
    yield Case("float32 stays float32", single(*random(5, 4, 3, M=2)))
    x, w1, b1, w2, b2 = random(4, 3, 5)
    yield Case("other memory order", (fortran(x), gappy(w1), b1, fortran(w2), b2), hidden=True)


BLOCK = register(
    Spec(
        name="residual_forward",
        reference=pieces.residual_forward,
        inputs=("x", "w1", "b1", "w2", "b2", "ws"),
        results={"out": "N M"},
        make_cases=block_cases,
        section="sec:residual",
        returns="out, cache",
        hints={
            "out": Hints(
                "What does the input meet, at the end of the branch, and when does the last ReLU "
                "come?",
                "The branch is (N, D) -> (N, H) -> (N, M). The skip is (N, M), too: x itself, or "
                "x ws.",
                "out = relu(relu(x w1 + b1) w2 + b2 + x), or + x ws.",
            )
        },
    )
)

SUM = "dsum = dout where the sum was positive"

register(
    Spec(
        name="residual_backward",
        reference=pieces.residual_backward,
        inputs=BLOCK.inputs,
        results={
            "dx": "N D",
            "dw1": "D H",
            "db1": "H",
            "dw2": "H M",
            "db2": "M",
            "dws": "D M",
        },  # fmt: skip
        make_cases=lambda rng: with_upstream(block_cases(rng), pieces.residual_forward, rng),
        section="sec:residual",
        returns="gradients",
        forward=BLOCK,
        hints={
            "dx": Hints(
                "x was used twice: by the branch, and by the skip.",
                "What comes back through the branch and through the skip are both (N, D).",
                f"{SUM}; dx = (dsum back through w2, relu, w1) + dsum, or + dsum ws^T.",
            ),
            **{
                name: Hints(
                    "First the last ReLU, then a fully connected layer like any other.",
                    f"{name} has the shape of {name[1:]}.",
                    f"{SUM}; dw2 = h^T dsum, db2 = sum of dsum; da = dsum w2^T where a > 0; "
                    "dw1 = x^T da, db1 = sum of da.",
                )
                for name in ("dw1", "db1", "dw2", "db2")
            },
            "dws": Hints(
                "With what was ws multiplied, and what came back to that product?",
                "x (N, D) and dsum (N, M) make dws (D, M). Without ws it is None.",
                f"{SUM}; dws = x^T dsum.",
            ),
        },
    )
)
