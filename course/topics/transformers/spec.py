"""Checks of self-attention: a sequence that asks itself, both ways. It has a page, no exercise."""

import numpy as np

from course.checks.spec import Case, Hints, Spec, fortran, gappy, register, single, with_upstream
from scratch import rnn_layers


def self_attention_cases(rng):
    def random(N, T, D, A, M):
        shapes = (N, T, D), (D, A), (D, A), (D, M)
        return tuple(rng.normal(size=shape) for shape in shapes)

    x = np.array([[[1.0], [2.0]]])
    Wk = np.array([[np.log(3) / 2]])
    yield Case("two steps, one feature, by hand", (x, np.ones((1, 1)), Wk, np.full((1, 1), 4.0)))
    yield Case("one step (T = 1)", random(3, 1, 4, 5, 2))
    yield Case("two steps", random(2, 2, 3, 4, 5))
    yield Case("random numbers", random(2, 5, 4, 3, 6))
    yield Case("as many steps as examples", random(4, 4, 3, 2, 5))
    yield Case("all sizes equal", random(3, 3, 3, 3, 3))
    x, *weights = random(2, 4, 3, 2, 4)
    yield Case("steps that hardly differ", (1 + 0.1 * x, *weights))
    x, *weights = random(2, 4, 3, 5, 2)
    yield Case("scores in the thousands", (30 * x, *weights))
    yield Case("one example", random(1, 6, 4, 3, 2), hidden=True)
    yield Case("float32 stays float32", single(*random(2, 4, 3, 5, 2)))
    x, Wq, Wk, Wv = random(3, 4, 2, 3, 5)
    yield Case("other memory order", (fortran(x), gappy(Wq), fortran(Wk), gappy(Wv)), hidden=True)


SELF = register(
    Spec(
        name="self_attention_forward",
        reference=rnn_layers.self_attention_forward,
        inputs=("x", "Wq", "Wk", "Wv"),
        results={"out": "N T M"},
        make_cases=self_attention_cases,
        section="sec:transformers",
        returns="out, cache",
        hints={
            "out": Hints(
                "Who asks at step t, and who may answer?",
                "Queries and keys are (N, T, A), values (N, T, M); step t reads t + 1 of them.",
                "out[:, t] = attention_forward(query[:, t], keys[:, :t+1], values[:, :t+1]).",
            )
        },
    )
)

BACK = "for each t: attention_backward(dout[:, t], cache of step t)"

register(
    Spec(
        name="self_attention_backward",
        reference=rnn_layers.self_attention_backward,
        inputs=SELF.inputs,
        results={"dx": "N T D", "dWq": "D A", "dWk": "D A", "dWv": "D M"},
        make_cases=lambda rng: with_upstream(
            self_attention_cases(rng), rnn_layers.self_attention_forward, rng
        ),
        section="sec:transformers",
        returns="gradients",
        forward=SELF,
        hints={
            "dWq": Hints(
                "Each step asked once.",
                "dquery is (N, T, A), one look's share for each step; x is (N, T, D).",
                f"{BACK} gives dquery[:, t]; dWq = sum over n and t of x[n, t] dquery[n, t].",
            ),
            "dWk": Hints(
                "By how many looks was a key read?",
                "dkeys is (N, T, A); the look of step t adds to its first t + 1 steps.",
                f"{BACK} adds to dkeys[:, :t+1]; dWk = sum over n and t of x[n, t] dkeys[n, t].",
            ),
            "dWv": Hints(
                "By how many looks was a value read?",
                "dvalues is (N, T, M); the look of step t adds to its first t + 1 steps.",
                f"{BACK} adds to dvalues[:, :t+1]; dWv = sum over n, t of x[n, t] dvalues[n, t].",
            ),
            "dx": Hints(
                "For what was x used?",
                "dquery and dkeys (N, T, A) and dvalues (N, T, M) each make a (N, T, D).",
                "dx = dquery Wq^T + dkeys Wk^T + dvalues Wv^T.",
            ),
        },
    )
)
