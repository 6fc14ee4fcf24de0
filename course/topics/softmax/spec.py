"""Checks of the softmax and its loss."""

import numpy as np

from course.checks.spec import Case, Hints, Spec, fortran, gappy, register
from scratch import layers

FAR_ABOVE = np.array([[0.0, 0, 3000], [-2500, 1, 2]])  # nor does the mean keep exp in bounds


def softmax_cases(rng):
    def random(N, K, scale=1.0):
        return scale * rng.normal(size=(N, K)), rng.integers(0, K, size=N)

    even = np.log(np.array([[1.0, 2, 1], [1, 1, 6]]))  # probabilities 1/4 2/4 1/4 and 1/8 1/8 6/8
    yield Case("probabilities 1/4, 1/2, 1/4, by hand", (even, np.array([1, 0])))
    yield Case("equal scores, by hand", (np.zeros((2, 4)), np.array([0, 3])))
    yield Case("random scores", random(5, 7))
    yield Case("scores far from 0", (random(3, 4)[0] - 30, np.array([0, 1, 2])))
    yield Case("one row", random(1, 3))
    yield Case("all rows of one class", (rng.normal(size=(4, 3)), np.array([2, 2, 2, 2])))
    yield Case("as many rows as classes", random(4, 4), hidden=True)
    yield Case("scores in the thousands", random(4, 5, scale=2e3))
    yield Case("scores of minus thousands", (random(3, 4)[0] - 5e3, np.array([1, 0, 3])))
    yield Case("one score far above", (FAR_ABOVE.copy(), np.array([1, 2])))
    yield Case("one class", random(3, 1), hidden=True)
    scores, y = random(6, 5)
    yield Case("float32 stays float32", (scores.astype(np.float32), y))
    scores, y = random(4, 3)
    yield Case("other memory order", (fortran(scores), y), hidden=True)
    yield Case("labels of another integer type", (gappy(scores), y.astype(np.uint8)), hidden=True)


register(
    Spec(
        name="softmax_loss",
        reference=layers.softmax_loss,
        inputs=("scores", "y"),
        axes={"scores": "N K", "y": "N"},
        results={"loss": "", "dscores": "N K"},
        make_cases=softmax_cases,
        section="sec:softmax",
        hints={
            "loss": Hints(
                "Take one row: turn its scores into probabilities that add up to 1.",
                "scores are (N, K), y is (N,); one log-probability for each row, then their mean.",
                "loss = -(1/N) sum over n of log p[n, y[n]], with "
                "p[n, k] = exp(s[n, k] - max s[n]) / sum over j of exp(s[n, j] - max s[n]).",
            ),
            "dscores": Hints(
                "Each row of the gradient adds up to 0: what goes up for one class goes down "
                "for the others.",
                "dscores is (N, K), like the probabilities; only the column y[n] of row n differs "
                "from them, and the mean over the batch leaves a factor.",
                "dscores[n, k] = (p[n, k] - 1 if k == y[n] else p[n, k]) / N.",
            ),
        },
    )
)


def score_cases(rng):
    yield Case("two equal scores, by hand", (np.array([[1.0, 1.0]]),))
    yield Case("random numbers", (rng.normal(size=(4, 3)),))
    yield Case("scores of a thousand", (1000 * rng.normal(size=(3, 5)),))
    far_apart = rng.normal(size=(2, 3)) + np.array([[400.0], [-400.0]])
    yield Case("rows that are far apart", (far_apart,))
    yield Case("one score far above", (FAR_ABOVE.copy(),))
    yield Case("more axes", (rng.normal(size=(2, 3, 4)),))
    yield Case("float32 stays float32", (rng.normal(size=(3, 4)).astype(np.float32),))


register(
    Spec(
        name="softmax",
        reference=layers.softmax,
        inputs=("scores",),
        axes={"scores": "N K"},
        results={"p": ""},
        make_cases=score_cases,
        section="sec:softmax",
        hints={
            "p": Hints(
                "Which number may you subtract from a whole row without changing any ratio?",
                "The maximum and the sum of each row keep their axis, to broadcast.",
                "p = exp(s - max) / sum of exp(s - max), over the last axis",
            )
        },
    )
)


def cross_entropy_cases(rng):
    yield Case("two equal scores, by hand", (np.array([[1.0, 1.0]]), np.array([0])))
    yield Case("random numbers", (rng.normal(size=(5, 4)), rng.integers(0, 4, size=5)))
    yield Case("scores of a thousand", (1e3 * rng.normal(size=(4, 3)), rng.integers(0, 3, size=4)))
    yield Case("one row", (rng.normal(size=(1, 6)), np.array([5])))
    single = rng.normal(size=(3, 4)).astype(np.float32)
    yield Case("one score far above", (FAR_ABOVE, np.array([1, 2])))
    yield Case("float32 stays float32", (single, rng.integers(0, 4, size=3)))


register(
    Spec(
        name="cross_entropy",
        reference=layers.cross_entropy,
        inputs=("scores", "y"),
        axes={"scores": "N K", "y": "N"},
        results={"losses": "N", "dscores": "N K"},
        make_cases=cross_entropy_cases,
        section="sec:softmax",
        hints={
            "losses": Hints(
                "Put the softmax into the logarithm and simplify on paper.",
                "The score of the right class is one number a row; losses are (N,).",
                "loss = log(sum of exp(s - max)) - (s[y] - max)",
            ),
            "dscores": Hints(
                "What does the probability of the right class lack, and the others have too much?",
                "dscores is (N, K), like the scores; each row sums to 0.",
                "dscores = p, minus 1 at the right class",
            ),
        },
    )
)
