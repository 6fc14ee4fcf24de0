"""Checks of attention: softmax backward, cells, one look both ways, a network that looks."""

import numpy as np

from course.checks.recurrent import recurrent_weights
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
from scratch import layers, pieces, rnn_layers


def softmax_cases(rng):
    def random(*shape):
        return rng.normal(size=shape), layers.softmax(rng.normal(size=shape))

    yield Case("weights 1/4 and 3/4, by hand", (np.array([[4.0, 8]]), np.array([[0.25, 0.75]])))
    dp, p = random(2, 3)
    yield Case("nearly the same gradient everywhere", (5 + 0.1 * dp, p))
    yield Case("random numbers", random(3, 5))
    yield Case("as many rows as entries", random(4, 4))
    yield Case("one row", random(1, 3))
    dp, p = random(3, 4)
    p[1] = layers.softmax(30 * rng.normal(size=4))
    yield Case("one row with a sure winner", (dp, p))
    yield Case("one entry", random(3, 1), hidden=True)
    yield Case("float32 stays float32", single(*random(3, 4)))
    dp, p = random(3, 5)
    yield Case("other memory order", (fortran(dp), gappy(p)), hidden=True)


register(
    Spec(
        name="softmax_backward",
        reference=layers.softmax_backward,
        inputs=("dp", "p"),
        results={"dscores": "N K"},
        make_cases=softmax_cases,
        section="sec:attention",
        hints={
            "dscores": Hints(
                "Every score moves every probability of its row: its own up, the others down.",
                "dp, p and dscores are (N, K); the sum that you need is one number a row, (N, 1).",
                "dscores[n, k] = p[n, k] (dp[n, k] - sum over j of p[n, j] dp[n, j]).",
            )
        },
    )
)


def attention_cases(rng):
    def random(N, L, D, M):
        query, keys = rng.normal(size=(N, D)), rng.normal(size=(N, L, D))
        return query, keys, rng.normal(size=(N, L, M))

    keys, values = np.array([[[0.0], [np.log(3) / 2]]]), np.array([[[4.0], [8]]])
    yield Case(
        "two cells, one feature, by hand",
        (np.array([[2.0]]), keys, values),
        dout=np.array([[1.0]]),
    )
    query, keys, values = random(2, 4, 3, 2)
    yield Case("keys that hardly differ", (query, 1 + 0.1 * keys, values))
    yield Case("random numbers", random(3, 5, 4, 2))
    yield Case("as many cells as pictures", random(4, 4, 3, 2))
    yield Case("keys and values of one size", random(2, 3, 5, 5))
    yield Case("one picture", random(1, 6, 4, 3))
    yield Case("one cell", random(3, 1, 4, 2))
    query, keys, values = random(3, 4, 2, 3)
    query[1] *= 3e3
    yield Case("one picture with scores in the thousands", (query, keys, values))
    yield Case("as many cells as features", random(2, 4, 4, 3), hidden=True)
    yield Case("float32 stays float32", single(*random(3, 5, 4, 2)))
    query, keys, values = random(2, 3, 4, 5)
    yield Case("other memory order", (fortran(query), fortran(keys), gappy(values)), hidden=True)


ATTENTION = register(
    Spec(
        name="attention_forward",
        reference=rnn_layers.attention_forward,
        inputs=("query", "keys", "values"),
        results={"out": "N M"},
        make_cases=attention_cases,
        section="sec:attention",
        returns="out, cache",
        hints={
            "out": Hints(
                "How well does each cell answer the question? And what should the answers of one "
                "picture add up to?",
                "query (N, D) and keys (N, L, D) make scores (N, L); weights (N, L) and values "
                "(N, L, M) make out (N, M).",
                "scores[n, l] = sum over d of query[n, d] keys[n, l, d] / sqrt(D), weights = "
                "softmax over l, out[n] = sum over l of weights[n, l] values[n, l].",
            )
        },
    )
)

SCORES = "dscores = softmax_backward(dweights, weights) / sqrt(D)"

register(
    Spec(
        name="attention_backward",
        reference=rnn_layers.attention_backward,
        inputs=ATTENTION.inputs,
        results={"dquery": "N D", "dkeys": "N L D", "dvalues": "N L M"},
        make_cases=lambda rng: with_upstream(
            attention_cases(rng), rnn_layers.attention_forward, rng
        ),
        section="sec:attention",
        returns="gradients",
        forward=ATTENTION,
        hints={
            "dvalues": Hints(
                "Where was a value used, and with what was it multiplied there?",
                "weights (N, L) and dout (N, M) make dvalues (N, L, M): nothing is summed.",
                "dvalues[n, l] = weights[n, l] dout[n].",
            ),
            "dquery": Hints(
                "Go back in order: the sum, the softmax, the scale, the product with the keys.",
                "dweights and dscores are (N, L); dscores and keys (N, L, D) make dquery (N, D).",
                "dweights[n, l] = sum over m of dout[n, m] values[n, l, m]; "
                f"{SCORES}; dquery[n] = sum over l of dscores[n, l] keys[n, l].",
            ),
            "dkeys": Hints(
                "Go back in order: the sum, the softmax, the scale, the product with the query.",
                "dscores (N, L) and query (N, D) make dkeys (N, L, D): nothing is summed.",
                "dweights[n, l] = sum over m of dout[n, m] values[n, l, m]; "
                f"{SCORES}; dkeys[n, l] = dscores[n, l] query[n].",
            ),
        },
    )
)


def cell_cases(rng):
    yield Case("two features in 2 x 2 places", (np.arange(8.0).reshape(1, 2, 2, 2),))
    yield Case("random numbers", (rng.normal(size=(3, 4, 2, 5)),))
    yield Case("as many features as rows and columns", (rng.normal(size=(2, 3, 3, 3)),))
    yield Case("one place", (rng.normal(size=(3, 4, 1, 1)),))
    yield Case("one picture, one feature", (rng.normal(size=(1, 1, 3, 2)),))
    yield Case("float32 stays float32", single(rng.normal(size=(2, 3, 4, 2))))
    yield Case("other memory order", (fortran(rng.normal(size=(2, 5, 3, 4))),), hidden=True)


CELLS = register(
    Spec(
        name="cells_forward",
        reference=pieces.cells_forward,
        inputs=("maps",),
        results={"cells": "N L C", "mean": "N C"},
        make_cases=cell_cases,
        section="sec:attention",
        returns="out, cache",
        axes={"maps": "N C H W"},
        hints={
            "cells": Hints(
                "What one cell holds has to lie side by side in memory before you reshape.",
                "maps (N, C, H, W), moved to (N, H, W, C), become (N, H W, C).",
                "cells[n, i W + j, c] = maps[n, c, i, j].",
            ),
            "mean": Hints(
                "Over which axis do the cells of one picture lie?",
                "cells (N, L, C) make the mean (N, C): L has to go.",
                "mean[n, c] = (1 / L) sum over l of cells[n, l, c].",
            ),
        },
    )
)

register(
    Spec(
        name="cells_backward",
        reference=pieces.cells_backward,
        inputs=CELLS.inputs,
        results={"dmaps": "N C H W"},
        make_cases=lambda rng: with_upstream(cell_cases(rng), pieces.cells_forward, rng),
        section="sec:attention",
        returns="gradients",
        forward=CELLS,
        hints={
            "dmaps": Hints(
                "Along which two roads does a cell get its gradient, and how much of the mean is "
                "it?",
                "dcells is (N, L, C), dmean (N, C). Their sum, as (N, H, W, C), goes back to "
                "(N, C, H, W).",
                "dmaps[n, c, i, j] = dcells[n, i W + j, c] + dmean[n, c] / L.",
            )
        },
    )
)


def look_cases(rng):
    def random(N, D, H, L, A):
        x, prev_h, cells = (rng.normal(size=s) for s in ((N, D), (N, H), (N, L, A)))
        return x, prev_h, cells, rng.normal(size=(H, A))

    cells = np.array([[[0.0], [np.log(3)]]])
    x, prev_h, Wq = np.array([[5.0]]), np.array([[0.5]]), np.array([[2.0]])
    yield Case("two cells, by hand", (x, prev_h, cells, Wq), dout=np.array([[2.0, 1]]))
    yield Case("random numbers", random(3, 2, 4, 5, 6))
    yield Case("all sizes equal", random(3, 3, 3, 3, 3))
    yield Case("one row", random(1, 3, 2, 4, 5))
    yield Case("one cell", random(2, 3, 4, 1, 2), hidden=True)
    yield Case("float32 stays float32", single(*random(3, 2, 4, 5, 6)))
    x, prev_h, cells, Wq = random(2, 3, 4, 3, 2)
    yield Case("other memory order", (fortran(x), gappy(prev_h), fortran(cells), Wq), hidden=True)


LOOK = register(
    Spec(
        name="look_forward",
        reference=rnn_layers.look_forward,
        inputs=("x", "prev_h", "cells", "Wq"),
        results={"out": "N D+A"},
        make_cases=look_cases,
        section="sec:attention",
        returns="out, cache",
        hints={
            "out": Hints(
                "Who asks? And which two things are the cells at once?",
                "prev_h (N, H) and Wq (H, A) make the query (N, A); what was seen is (N, A), and "
                "beside x (N, D) it makes (N, D + A).",
                "seen = attention(prev_h Wq, cells, cells); out = [x, seen], side by side.",
            )
        },
    )
)

register(
    Spec(
        name="look_backward",
        reference=rnn_layers.look_backward,
        inputs=LOOK.inputs,
        results={"dx": "N D", "dprev_h": "N H", "dcells": "N L A", "dWq": "H A"},
        make_cases=lambda rng: with_upstream(look_cases(rng), rnn_layers.look_forward, rng),
        section="sec:attention",
        returns="gradients",
        forward=LOOK,
        hints={
            "dx": Hints(
                "Which columns of the output were x?",
                "dout is (N, D + A), dx is its first D columns.",
                "dx = dout[:, :D].",
            ),
            "dprev_h": Hints(
                "Where was prev_h used? It asked.",
                "dquery (N, A) and Wq (H, A) make dprev_h (N, H): A has to go.",
                "dprev_h = dquery Wq^T.",
            ),
            "dcells": Hints(
                "As what was each cell used? Count to two.",
                "dkeys, dvalues and dcells are all (N, L, A).",
                "dcells = dkeys + dvalues.",
            ),
            "dWq": Hints(
                "What stood beside Wq?",
                "prev_h (N, H) and dquery (N, A) make dWq (H, A): N has to go.",
                "dWq = prev_h^T dquery.",
            ),
        },
    )
)


def attend_cases(rng):
    def random(N, T, D, H, L, A):
        x, h0, cells = (rng.normal(size=s) for s in ((N, T, D), (N, H), (N, L, A)))
        Wx, Wh, b = recurrent_weights(rng, D + A, H)
        return x, h0, cells, rng.normal(size=(H, A)), Wx, Wh, b

    yield Case("one step (T = 1)", random(3, 1, 4, 5, 2, 3))
    yield Case("two steps", random(2, 2, 3, 4, 5, 2))
    yield Case("random numbers", random(3, 5, 4, 2, 6, 3))
    yield Case("all sizes equal", random(3, 3, 3, 3, 3, 3))
    args = random(2, 4, 3, 2, 5, 4)
    dout = np.zeros((2, 4, 2))
    dout[:, -1] = rng.normal(size=(2, 2))
    yield Case("gradient at the last step only", args, dout=dout)
    yield Case("one row", random(1, 3, 2, 4, 3, 5), hidden=True)
    yield Case("float32 stays float32", single(*random(2, 3, 4, 5, 3, 2)))
    x, h0, cells, *others = random(3, 4, 2, 5, 4, 3)
    yield Case("other memory order", (fortran(x), fortran(h0), fortran(cells), *others))


def attend_forward_cases(rng):
    """The same, and with the step of another cell."""
    yield from attend_cases(rng)
    N, T, D, H, L, A = 2, 4, 3, 5, 4, 2
    x, h0, cells = (rng.normal(size=s) for s in ((N, T, D), (N, H), (N, L, A)))
    weights = recurrent_weights(rng, D + A, H, gates=4)
    other = {"step": rnn_layers.lstm_step_forward, "states": 2}
    yield Case("the step of an LSTM", (x, h0, cells, rng.normal(size=(H, A)), *weights), other)


ATTEND = register(
    Spec(
        name="attend_forward",
        reference=rnn_layers.attend_forward,
        inputs=("x", "h0", "cells", "Wq", "Wx", "Wh", "b"),
        results={"h": "N T H"},
        make_cases=attend_forward_cases,
        section="sec:attention",
        returns="out, cache",
        hints={
            "h": Hints(
                "Before each step the network looks, and it asks with the state that it is in.",
                "look makes (N, D + A) of x[:, t] (N, D); Wx is (D + A, H).",
                "h[:, t] = step(look(x[:, t], h[:, t-1], cells, Wq), h[:, t-1], Wx, Wh, b).",
            )
        },
    )
)


def with_step(function):
    """``attend_backward`` with the step of the case's cell."""

    def call(dh, cache, *, case, forward):
        lstm = {"step": rnn_layers.lstm_step_backward, "states": 2}
        return function(dh, cache, **(lstm if case.options else {}))

    return call


BACK = (
    "for t = T-1 .. 0: undo the step with dh[:, t] + dprev_h, then the look; dprev_h is what both "
    "say of the old state"
)

register(
    Spec(
        name="attend_backward",
        told="dx, dh0, dcells, dWq, dWx, dWh, db",
        reference=rnn_layers.attend_backward,
        inputs=ATTEND.inputs,
        results={
            "dx": "N T D",
            "dh0": "N H",
            "dcells": "N L A",
            "dWq": "H A",
            "dWx": "D+A H",
            "dWh": "H H",
            "db": "H",
        },  # fmt: skip
        make_cases=lambda rng: with_upstream(
            attend_forward_cases(rng), rnn_layers.attend_forward, rng
        ),
        section="sec:attention",
        returns="gradients",
        forward=ATTEND,
        adapt=with_step,
        hints={
            "dx": Hints(
                "A state is used by its own output, by the next step, and to ask.",
                "dx is (N, T, D): one (N, D) gradient for each step, in the order of time.",
                f"{BACK}; dx[:, t] is what the look of step t says.",
            ),
            "dh0": Hints(
                "The first state was used by the step, and to ask.",
                "dh0 is (N, H), the last dprev_h.",
                f"{BACK}; dh0 is the last dprev_h.",
            ),
            **{
                name: Hints(
                    f"{name[1:]} is used at every step: what does each use add?",
                    f"Each step gives an array of the shape of {name}; they all go into one.",
                    f"{BACK}; {name} is the sum of what the steps say.",
                )
                for name in ("dcells", "dWq", "dWx", "dWh", "db")
            },
        },
    )
)
