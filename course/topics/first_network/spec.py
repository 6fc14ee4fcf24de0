"""Checks of the first exercise: a model, a loss, its slopes, and the loop that trains."""

import numpy as np

from course.checks.spec import Case, Hints, Spec, WrongKind, register
from scratch import first_network


def line_cases(rng):
    yield Case("five rides, by hand", (np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 3.0])))
    yield Case("a flat line", (np.array([1.0, -2, 3]), np.array([0.0, 4.0])))
    yield Case("random numbers", (rng.normal(size=6), rng.normal(size=2)))
    yield Case("one point only", (np.array([2.5]), np.array([-1.0, 0.5])), hidden=True)


register(
    Spec(
        name="line",
        reference=first_network.line,
        inputs=("x", "p"),
        results={"out": "N"},
        make_cases=line_cases,
        section="sec:first-network",
        hints={
            "out": Hints(
                "Which of the two parameters is multiplied, and which is added?",
                "x is (N,), p[0] and p[1] are numbers, out is (N,).",
                "out[n] = p[0] x[n] + p[1]",
            )
        },
    )
)


def error_cases(rng):
    yield Case("the taxi with w = 1, by hand", (np.arange(4.0, 9), np.array([5.0, 7, 8, 12, 13])))
    yield Case("nothing is wrong", (np.array([1.0, -1]), np.array([1.0, -1])))
    yield Case("too much and too little", (np.array([1.0, 3, 2]), np.array([2.0, 2, 4])))
    yield Case("random numbers", (rng.normal(size=7), rng.normal(size=7)))
    yield Case("one example", (np.array([3.0]), np.array([0.0])), hidden=True)


register(
    Spec(
        name="squared_error",
        reference=first_network.squared_error,
        inputs=("out", "y"),
        results={"loss": ""},
        make_cases=error_cases,
        section="sec:first-network",
        hints={
            "loss": Hints(
                "Difference, square, mean: in this order.",
                "out and y are (N,); the loss is a single number.",
                "loss = (1/N) sum over n of (out[n] - y[n])^2",
            )
        },
    )
)


def bowl(p):
    """Two parameters and their product: each slope depends on both."""
    return p[0] ** 2 + 3 * p[0] * p[1]


def bent(p):
    return np.sum(np.sin(p) * np.arange(1, len(p) + 1)) + p[0] * p[-1]


def cubes(p):
    return np.sum(p**3)


def slopes_cases(rng):
    yield Case("p[0]² + 3 p[0] p[1], by hand", (bowl, np.array([1.0, 2.0])))
    yield Case("five parameters", (bent, rng.normal(size=5)))
    yield Case("a large nudge: every slip shows", (cubes, rng.normal(size=3)), {"nudge": 0.5})
    yield Case("one parameter", (cubes, np.array([2.0])), hidden=True)


register(
    Spec(
        name="slopes",
        reference=first_network.slopes,
        inputs=("loss", "p"),
        results={"gradient": "parameter"},
        make_cases=slopes_cases,
        tolerance=1e-6,  # with a nudge of 1e-5 rounding alone leaves about 1e-10
        section="sec:first-network",
        hints={
            "gradient": Hints(
                "One parameter at a time, up and down, all others where they were.",
                "gradient has one number for each of p; the two places are 2 nudge apart.",
                "gradient[k] = (loss(p with p[k] + nudge) - loss(p with p[k] - nudge)) / (2 nudge)",
            )
        },
    )
)


def downhill_cases(rng):
    yield Case("one step in p[0]² + 3 p[0] p[1], by hand", (bowl, np.array([1.0, 2.0]), 0.1, 1))
    yield Case("three steps", (bowl, np.array([1.0, -1.0]), 0.1, 3))
    yield Case("four parameters, seven steps", (bent, rng.normal(size=4), 0.05, 7))
    yield Case("no step at all", (bowl, np.array([1.0, 2.0]), 0.1, 0), hidden=True)


def with_losses_as_array(function):
    """The list of losses as an array, so that it can be compared."""

    def call(*args):
        found = function(*args)
        if not (isinstance(found, tuple) and len(found) == 2):
            raise WrongKind("go_downhill must return two things: the last p, and the losses.")
        p, losses = found
        if not isinstance(losses, (list, tuple, np.ndarray)):
            raise WrongKind("the losses must be a list with one number for each step.")
        return p, np.array(losses, dtype=float)

    return call


register(
    Spec(
        name="go_downhill",
        told="p, losses",
        reference=first_network.go_downhill,
        inputs=("loss", "p", "rate", "steps"),
        results={"p": "parameter", "losses": "steps"},
        make_cases=downhill_cases,
        tolerance=1e-6,
        section="sec:first-network",
        adapt=with_losses_as_array,
        hints={
            "p": Hints(
                "Where are the slopes measured in the second step?",
                "p and its slopes have as many numbers; the rate is one.",
                "p = p - rate slopes(loss, p), `steps` times",
            ),
            "losses": Hints(
                "The loss is noted before the step: the first belongs to the p that came in.",
                "losses holds `steps` numbers.",
                "losses[s] = loss(p before step s)",
            ),
        },
    )
)
