"""Checks of the LSTM: its gates, one step both ways, a sequence both ways."""

import numpy as np

from course.checks.recurrent import (
    any_step,
    random_step,
    sequence_cases,
    shared_weights_hints,
)
from course.checks.spec import Case, Hints, Spec, fortran, register, single, with_upstream
from scratch import rnn_layers


def gates_cases(rng):
    yield Case("one unit, by hand", (np.array([[0, np.log(9), -np.log(4), np.log(2)]]),))
    yield Case("random numbers", (rng.normal(size=(3, 8)),))
    yield Case("one row", (rng.normal(size=(1, 12)),))
    yield Case("as many rows as units", (rng.normal(size=(3, 12)),))
    yield Case("large sums, positive and negative", (2e3 * rng.normal(size=(3, 8)),))
    yield Case("float32 stays float32", single(rng.normal(size=(2, 12))))
    yield Case("other memory order", (fortran(rng.normal(size=(3, 16))),), hidden=True)


register(
    Spec(
        name="lstm_gates",
        reference=rnn_layers.lstm_gates,
        inputs=("a",),
        results={"i": "N H", "f": "N H", "o": "N H", "g": "N H"},
        make_cases=gates_cases,
        section="sec:lstm",
        hints={
            "i": Hints(
                "Which quarter of the columns is it, and which function squashes it?",
                "a is (N, 4H): columns 0 to H - 1 are for i, and so on in the order i, f, o, g.",
                "i = sigmoid(a[:, :H]), with sigmoid(a) = 1 / (1 + exp(-a)).",
            ),
            "f": Hints(
                "Which quarter of the columns is it, and which function squashes it?",
                "f comes from columns H to 2H - 1 of a.",
                "f = sigmoid(a[:, H:2H]).",
            ),
            "o": Hints(
                "Which quarter of the columns is it, and which function squashes it?",
                "o comes from columns 2H to 3H - 1 of a.",
                "o = sigmoid(a[:, 2H:3H]).",
            ),
            "g": Hints(
                "Three of the four are dimmers. What may g be that a dimmer may not?",
                "g comes from columns 3H to 4H - 1 of a.",
                "g = tanh(a[:, 3H:]).",
            ),
        },
    )
)


def step_cases(rng):
    sums = np.array([0, np.log(9), -np.log(4), np.log(2)])
    weights = np.array([[1.0, -1, 2, 0]]), np.array([[0.5, 1, -1, 2]])

    def unit():
        return np.array([[0.5]]), np.array([[-0.4]]), np.array([[2.0]])

    both, empty = (np.array([[1.0]]), np.array([[0.5]])), np.zeros((1, 1))
    yield Case("one unit, by hand", (empty, empty, 2 + empty, *weights, sums), dout=both)
    carry = np.array([[0.0]]), np.array([[1.0]])
    show = np.array([[1.0]]), np.array([[0.0]])
    yield Case("a gradient through c only", (*unit(), *weights, sums), dout=carry)
    yield Case("a gradient through h only", (*unit(), *weights, sums), dout=show)
    yield from any_step(rng, gates=4, states=2)
    for tests, cell in (("a full cell", 4.0), ("an empty cell", 0.0)):
        x, prev_h, prev_c, *weights = random_step(rng, gates=4, states=2)(3, 4, 2)
        yield Case(tests, (x, prev_h, cell * prev_c, *weights))


STEP = register(
    Spec(
        name="lstm_step_forward",
        reference=rnn_layers.lstm_step_forward,
        inputs=("x", "prev_h", "prev_c", "Wx", "Wh", "b"),
        results={"next_h": "N H", "next_c": "N H"},
        make_cases=step_cases,
        section="sec:lstm",
        returns="out, cache",
        hints={
            "next_c": Hints(
                "The cell is scaled by one gate, and something is added to it.",
                "All four gates, prev_c and next_c are (N, H), and all products are elementwise.",
                "next_c = f prev_c + i g.",
            ),
            "next_h": Hints(
                "What the step shows is its cell, squashed, through a gate.",
                "o and next_c are (N, H), and so is next_h.",
                "next_h = o tanh(next_c).",
            ),
        },
    )
)


def gradient_cases(rng):
    """The same steps, as what ``lstm_gate_gradient`` is given."""
    for case in with_upstream(step_cases(rng), rnn_layers.lstm_step_forward, rng):
        x, prev_h, prev_c, Wx, Wh, b = case.args
        gates, squashed = rnn_layers.lstm_step_forward(*case.args)[2][-2:]
        yield Case(case.tests, (*case.dout, prev_c, gates, squashed), hidden=case.hidden)


SUM = "dc = dnext_c + dnext_h o (1 - tanh(next_c)^2)"

register(
    Spec(
        name="lstm_gate_gradient",
        reference=rnn_layers.lstm_gate_gradient,
        inputs=("dnext_h", "dnext_c", "prev_c", "gates", "squashed"),
        results={"da": "N 4H", "dprev_c": "N H"},
        make_cases=gradient_cases,
        section="sec:lstm",
        hints={
            "da": Hints(
                "First the cell: by whom was next_c used? Then each gate: with what was it "
                "multiplied, and which function had squashed it?",
                "Four arrays (N, H), side by side in the order i, f, o, g, make da (N, 4H).",
                f"{SUM}; di = dc g, df = dc prev_c, do = dnext_h tanh(next_c), dg = dc i; each "
                "times its slope: s (1 - s) for a sigmoid s, 1 - g^2 for g.",
            ),
            "dprev_c": Hints(
                "What was prev_c multiplied with?",
                "dc, f and dprev_c are (N, H).",
                f"{SUM}; dprev_c = dc f.",
            ),
        },
    )
)

register(
    Spec(
        name="lstm_step_backward",
        reference=rnn_layers.lstm_step_backward,
        inputs=STEP.inputs,
        results={
            "dx": "N D",
            "dprev_h": "N H",
            "dprev_c": "N H",
            "dWx": "D 4H",
            "dWh": "H 4H",
            "db": "4H",
        },  # fmt: skip
        make_cases=lambda rng: with_upstream(step_cases(rng), rnn_layers.lstm_step_forward, rng),
        section="sec:lstm",
        returns="gradients",
        forward=STEP,
        hints={
            "dx": Hints(
                "From da on it is the plain RNN step: where was x used?",
                "da (N, 4H) and Wx (D, 4H) make dx (N, D): 4H has to go.",
                "dx = da Wx^T.",
            ),
            "dprev_h": Hints(
                "prev_h went into all four gates.",
                "da (N, 4H) and Wh (H, 4H) make dprev_h (N, H): 4H has to go.",
                "dprev_h = da Wh^T.",
            ),
            "dprev_c": Hints(
                "Your lstm_gate_gradient returns it: does it reach the caller?",
                "dprev_c is (N, H).",
                f"{SUM}; dprev_c = dc f.",
            ),
            "dWx": Hints(
                "From da on it is the plain RNN step: what stood beside Wx?",
                "x (N, D) and da (N, 4H) make dWx (D, 4H): N has to go.",
                "dWx = x^T da.",
            ),
            "dWh": Hints(
                "From da on it is the plain RNN step: what stood beside Wh?",
                "prev_h (N, H) and da (N, 4H) make dWh (H, 4H): N has to go.",
                "dWh = prev_h^T da.",
            ),
            "db": Hints(
                "One bias serves every row.",
                "da is (N, 4H), db is (4H,).",
                "db = sum over n of da[n].",
            ),
        },
    )
)


def cases_of_sequences(rng):
    small = np.array([[0.5, 1, -1, 2]]), np.array([[-1.0, 0.5, 1, 1]]), np.array([0.2, 1, 0, -0.5])
    yield from sequence_cases(rng, small, gates=4)


SEQUENCE = register(
    Spec(
        name="lstm_forward",
        reference=rnn_layers.lstm_forward,
        inputs=("x", "h0", "Wx", "Wh", "b"),
        results={"h": "N T H"},
        make_cases=cases_of_sequences,
        section="sec:lstm",
        returns="out, cache",
        hints={
            "h": Hints(
                "Two things travel from step to step. Where does each of them start?",
                "x[:, t] is (N, D); h and c are (N, H); c starts at zeros, h at h0.",
                "h[:, t], c = lstm_step(x[:, t], h[:, t-1], c, Wx, Wh, b).",
            )
        },
    )
)

BACK = "for t = T-1 .. 0: undo step t with dh[:, t] + dprev_h and dprev_c, both from step t + 1"

register(
    Spec(
        name="lstm_backward",
        reference=rnn_layers.lstm_backward,
        inputs=SEQUENCE.inputs,
        results={"dx": "N T D", "dh0": "N H", "dWx": "D 4H", "dWh": "H 4H", "db": "4H"},
        make_cases=lambda rng: with_upstream(cases_of_sequences(rng), rnn_layers.lstm_forward, rng),
        section="sec:lstm",
        returns="gradients",
        forward=SEQUENCE,
        hints={
            "dx": Hints(
                "Two gradients come back from step t + 1. Are both of them handed on?",
                "dx is (N, T, D): one (N, D) gradient for each step, in the order of time.",
                f"{BACK}; dx[:, t] is what step t says.",
            ),
            "dh0": Hints(
                "What does the very first step hand back to the state it started from?",
                "dh0 is (N, H), the dprev_h of step 0.",
                f"{BACK}; dh0 is the last dprev_h.",
            ),
            **shared_weights_hints(BACK),
        },
    )
)
