"""Checks of the GRU: its gates, one step both ways, a sequence both ways."""

import numpy as np

from course.checks.recurrent import (
    any_step,
    random_step,
    sequence_cases,
    shared_weights_hints,
)
from course.checks.spec import Case, Hints, Spec, fortran, gappy, register, single, with_upstream
from scratch import rnn_layers


def gates_cases(rng):
    def random(N, H, scale=1.0):
        a, prev_h = scale * rng.normal(size=(N, 3 * H)), rng.normal(size=(N, H))
        return a, prev_h, 0.5 * rng.normal(size=(H, 3 * H))

    a = np.array([[np.log(3), -np.log(4), 0.0]])
    yield Case("one unit, by hand", (a, np.array([[0.5]]), np.array([[0.0, 0, 2]])))
    yield Case("random numbers", random(3, 4))
    yield Case("as many rows as units", random(3, 3))
    yield Case("one row", random(1, 2))
    yield Case("large sums", random(3, 2, scale=50.0), hidden=True)
    yield Case("float32 stays float32", single(*random(2, 5)))
    a, prev_h, Wh = random(3, 4)
    yield Case("other memory order", (fortran(a), gappy(prev_h), fortran(Wh)), hidden=True)


def flat(gates):
    """``gru_gates`` with all that it returns in one row."""

    def call(a, prev_h, Wh):
        next_h, rest = gates(a, prev_h, Wh)
        return next_h, *rest

    return call


register(
    Spec(
        name="gru_gates",
        told="next_h, (r, z, n, memory)",
        reference=rnn_layers.gru_gates,
        adapt=flat,
        inputs=("a", "prev_h", "Wh"),
        results={"next_h": "N H", "r": "N H", "z": "N H", "n": "N H", "memory": "N H"},
        make_cases=gates_cases,
        section="sec:gru",
        hints={
            "next_h": Hints(
                "The new state lies between the old one and the news. Which gate says where?",
                "z, prev_h, n and next_h are (N, H).",
                "next_h = z prev_h + (1 - z) n.",
            ),
            "r": Hints(
                "Which block of columns, and which function squashes it?",
                "a and prev_h Wh are (N, 3H): columns 0 to H - 1 are for r, then z, then n.",
                "r = sigmoid of the first block of a + prev_h Wh.",
            ),
            "z": Hints(
                "Which block of columns, and which function squashes it?",
                "a and prev_h Wh are (N, 3H): columns H to 2H - 1 are for z.",
                "z = sigmoid of the second block of a + prev_h Wh.",
            ),
            "n": Hints(
                "What does the reset gate scale: the state before the product, or the product?",
                "The last block of a and of prev_h Wh are (N, H), and so is r.",
                "memory = last block of prev_h Wh; n = tanh(last block of a + r memory).",
            ),
            "memory": Hints(
                "It is what r was multiplied with.",
                "memory (N, H) is the last block of prev_h Wh.",
                "memory = last block of prev_h Wh.",
            ),
        },
    )
)


def step_cases(rng):
    weights = np.array([[1.0, -1, 2]]), np.array([[0.5, 1, -1]]), np.array([0.0, 0.3, -0.2])
    x, prev_h = np.array([[0.5]]), np.array([[-0.4]])
    yield Case("one unit, by hand", (x, prev_h, *weights), dout=np.array([[1.0]]))
    yield from any_step(rng, gates=3)
    x, prev_h, *weights = random_step(rng, gates=3)(3, 4, 2)
    yield Case("a state far from the news", (x, 3 * prev_h, *weights))


STEP = register(
    Spec(
        name="gru_step_forward",
        reference=rnn_layers.gru_step_forward,
        inputs=("x", "prev_h", "Wx", "Wh", "b"),
        results={"next_h": "N H"},
        make_cases=step_cases,
        section="sec:gru",
        returns="out, cache",
        hints={
            "next_h": Hints(
                "Make the sums of the input, then let your gates do the rest.",
                "a = x Wx + b is (N, 3H); the state's part, prev_h Wh, is made in the gates.",
                "next_h = z prev_h + (1 - z) n, with r, z and n from your gates.",
            )
        },
    )
)


def gradient_cases(rng):
    for case in with_upstream(step_cases(rng), rnn_layers.gru_step_forward, rng):
        gates = rnn_layers.gru_step_forward(*case.args)[1][-1]
        yield Case(case.tests, (case.dout, case.args[1], gates), hidden=case.hidden)


GATES = (
    "dn = dnext_h (1 - z) (1 - n^2), dz = dnext_h (prev_h - n) z (1 - z), dr = dn memory r (1 - r)"
)

register(
    Spec(
        name="gru_gate_gradient",
        reference=rnn_layers.gru_gate_gradient,
        inputs=("dnext_h", "prev_h", "gates"),
        results={"da": "N 3H", "dm": "N 3H", "direct": "N H"},
        make_cases=gradient_cases,
        section="sec:gru",
        hints={
            "da": Hints(
                "Take n back first, then z, then r: r stands inside of n.",
                "Three arrays (N, H), side by side in the order r, z, n, make da (N, 3H).",
                f"{GATES}; da = [dr, dz, dn].",
            ),
            "dm": Hints(
                "In two of the three blocks input and memory are simply added. What stands between "
                "them in the third?",
                "dm is (N, 3H), like da; only the last block differs.",
                f"{GATES}; dm = [dr, dz, dn r].",
            ),
            "direct": Hints(
                "prev_h stands in the last line itself. With what is it multiplied there?",
                "dnext_h, z and direct are (N, H).",
                "direct = dnext_h z.",
            ),
        },
    )
)

register(
    Spec(
        name="gru_step_backward",
        reference=rnn_layers.gru_step_backward,
        inputs=STEP.inputs,
        results={"dx": "N D", "dprev_h": "N H", "dWx": "D 3H", "dWh": "H 3H", "db": "3H"},
        make_cases=lambda rng: with_upstream(step_cases(rng), rnn_layers.gru_step_forward, rng),
        section="sec:gru",
        returns="gradients",
        forward=STEP,
        hints={
            "dx": Hints(
                "x went into the sums a, not into the memory.",
                "da (N, 3H) and Wx (D, 3H) make dx (N, D).",
                "dx = da Wx^T.",
            ),
            "dprev_h": Hints(
                "Four roads lead from the new state to the old one. Three pass Wh.",
                "dm (N, 3H) and Wh (H, 3H) make (N, H); the direct road is (N, H) already.",
                "dprev_h = direct + dm Wh^T.",
            ),
            "dWx": Hints(
                "What stood beside Wx, and what is the gradient of that product?",
                "x (N, D) and da (N, 3H) make dWx (D, 3H).",
                "dWx = x^T da.",
            ),
            "dWh": Hints(
                "What stood beside Wh, and what is the gradient of that product? It is not da.",
                "prev_h (N, H) and dm (N, 3H) make dWh (H, 3H).",
                "dWh = prev_h^T dm.",
            ),
            "db": Hints(
                "The bias was added to x Wx.",
                "da is (N, 3H), db is (3H,).",
                "db = sum over n of da[n].",
            ),
        },
    )
)


def cases_of_sequences(rng):
    small = np.array([[0.5, 1, -1]]), np.array([[-1.0, 0.5, 2]]), np.array([0.2, 1, -0.5])
    yield from sequence_cases(rng, small, gates=3)


SEQUENCE = register(
    Spec(
        name="gru_forward",
        reference=rnn_layers.gru_forward,
        inputs=("x", "h0", "Wx", "Wh", "b"),
        results={"h": "N T H"},
        make_cases=cases_of_sequences,
        section="sec:gru",
        returns="out, cache",
        hints={
            "h": Hints(
                "One loop over time, around one step, as in the plain RNN.",
                "x[:, t] is (N, D), each state (N, H), all of them (N, T, H).",
                "h[:, t] = step(x[:, t], h[:, t-1], Wx, Wh, b), with h0 before the first.",
            )
        },
    )
)

BACK = "for t = T-1 .. 0: undo step t with dh[:, t] + dprev_h, the latter from step t + 1"

register(
    Spec(
        name="gru_backward",
        reference=rnn_layers.gru_backward,
        inputs=SEQUENCE.inputs,
        results={"dx": "N T D", "dh0": "N H", "dWx": "D 3H", "dWh": "H 3H", "db": "3H"},
        make_cases=lambda rng: with_upstream(cases_of_sequences(rng), rnn_layers.gru_forward, rng),
        section="sec:gru",
        returns="gradients",
        forward=SEQUENCE,
        hints={
            "dx": Hints(
                "A state is read by its own output and by the next step.",
                "dx is (N, T, D), in the order of time.",
                f"{BACK}; dx[:, t] is what step t says.",
            ),
            "dh0": Hints(
                "What does the very first step hand back?",
                "dh0 is (N, H), the dprev_h of step 0.",
                f"{BACK}; dh0 is the last dprev_h.",
            ),
            **shared_weights_hints(BACK),
        },
    )
)
