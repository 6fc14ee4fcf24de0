"""Cases that the checks of all recurrent layers share: one step, and a whole sequence."""

import numpy as np

from course.checks.spec import Case, Hints, fortran, gappy, single


def recurrent_weights(rng, D, H, gates=1):
    """``Wx``, ``Wh`` and ``b``, of a size at which tanh is neither flat nor straight."""
    return (
        0.5 * rng.normal(size=(D, gates * H)),
        0.5 * rng.normal(size=(H, gates * H)),
        0.5 * rng.normal(size=gates * H),
    )


def random_step(rng, gates=1, states=1):
    """-> a function of N, D and H that draws what one step reads: x, its states, the weights."""

    def random(N, D, H):
        arrays = [rng.normal(size=(N, D)), *(rng.normal(size=(N, H)) for _ in range(states))]
        return *arrays, *recurrent_weights(rng, D, H, gates)

    return random


def any_step(rng, gates=1, states=1):
    """The cases of one step in which nothing is special but sizes, dtype and memory."""
    random = random_step(rng, gates, states)
    yield Case("random numbers", random(3, 4, 5))
    yield Case("as many inputs as units", random(4, 3, 3))
    yield Case("one row", random(1, 3, 2))
    yield Case("one input, one unit", random(3, 1, 1), hidden=True)
    yield Case("float32 stays float32", single(*random(3, 4, 5)))
    x, *prev, Wx, Wh, b = random(3, 2, 4)
    prev = [gappy(prev[0]), *map(fortran, prev[1:])]
    yield Case("other memory order", (fortran(x), *prev, fortran(Wx), gappy(Wh), b))


def sequence_cases(rng, by_hand, gates=1):
    """Cases of a whole sequence. ``by_hand``: the weights of one unit with one input."""

    def random(N, T, D, H):
        x, h0 = rng.normal(size=(N, T, D)), rng.normal(size=(N, H))
        return x, h0, *recurrent_weights(rng, D, H, gates)

    x, h0, last = np.array([[[1.0], [0], [2]]]), np.array([[0.5]]), np.array([[[0.0], [0], [1]]])
    yield Case("one unit, three steps, by hand", (x, h0, *by_hand), dout=last)
    yield Case("one step (T = 1)", random(3, 1, 4, 5))
    yield Case("two steps", random(2, 2, 3, 4))
    yield Case("random numbers", random(3, 5, 4, 2))
    yield Case("as many inputs as units", random(2, 4, 3, 3))
    yield Case("as many steps as rows", random(4, 4, 2, 3))
    for step, which, hidden in ((-1, "last", False), (0, "first", True)):
        dout = np.zeros((2, 4, 2))
        dout[:, step] = rng.normal(size=(2, 2))
        tests = f"gradient at the {which} step only"
        yield Case(tests, random(2, 4, 3, 2), dout=dout, hidden=hidden)
    yield Case("one row", random(1, 3, 2, 4), hidden=True)
    yield Case("float32 stays float32", single(*random(2, 3, 4, 5)))
    x, h0, Wx, Wh, b = random(3, 4, 2, 5)
    yield Case("other memory order", (fortran(x), fortran(h0), Wx, gappy(Wh), b), hidden=True)


def shared_weights_hints(back):
    """Hints on the gradients of the weights of a sequence; ``back`` says how a step is undone."""
    return {
        name: Hints(
            "The same weights are used at every step: what does each use add?",
            f"Each step gives an array of the shape of {name}; they all go into one.",
            f"{back}; {name} is the sum of what the steps say.",
        )
        for name in ("dWx", "dWh", "db")
    }
