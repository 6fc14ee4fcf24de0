"""Checks of the recurrent layers."""

import numpy as np

from course.checks.spec import (
    Case,
    Hints,
    Spec,
    fortran,
    gappy,
    recurrent_weights,
    register,
    single,
    with_upstream,
)
from scratch import pieces, rnn_layers


def step_cases(rng):
    def random(N, D, H):
        return rng.normal(size=(N, D)), rng.normal(size=(N, H)), *recurrent_weights(rng, D, H)

    x, prev_h = np.array([[1.0, 0]]), np.array([[0.5]])
    Wx, Wh, b = np.array([[0.5], [3.0]]), np.array([[-1.0]]), np.array([0.25])
    yield Case("one unit, by hand", (x, prev_h, Wx, Wh, b), dout=np.array([[2.0]]))
    yield Case("random numbers", random(3, 4, 5))
    yield Case("as many inputs as units", random(4, 3, 3))
    yield Case("one row", random(1, 3, 2))
    yield Case(
        "from a state of zeros",
        (random(3, 4, 2)[0], np.zeros((3, 2)), *recurrent_weights(rng, 4, 2)),
    )
    yield Case("one input, one unit", random(3, 1, 1), hidden=True)
    x, *others = random(3, 3, 4)
    x[1:] *= 50
    yield Case("saturated units", (x, *others), hidden=True)
    yield Case("float32 stays float32", single(*random(3, 4, 5)))
    x, prev_h, Wx, Wh, b = random(3, 2, 4)
    yield Case("other memory order", (fortran(x), gappy(prev_h), fortran(Wx), Wh, b), hidden=True)


STEP = register(
    Spec(
        name="rnn_step_forward",
        reference=rnn_layers.rnn_step_forward,
        inputs=("x", "prev_h", "Wx", "Wh", "b"),
        axes={"x": "N D", "prev_h": "N H", "Wx": "D H", "Wh": "H H", "b": "H"},
        results={"next_h": "N H"},
        make_cases=step_cases,
        section="sec:rnn-step",
        returns="out, cache",
        hints={
            "next_h": Hints(
                "Two things decide the new state: the input of now and the state of before.",
                "x (N, D) times Wx (D, H) and prev_h (N, H) times Wh (H, H) are both (N, H); "
                "b (H,) is added to each row.",
                "next_h = tanh(x Wx + prev_h Wh + b).",
            )
        },
    )
)
BACK_THROUGH_TANH = (
    "First take dnext_h back through tanh; everything else starts from that (N, H) array, da.",
    "da = dnext_h (1 - next_h^2), element by element.",
)


def step_hints(result, shapes, formula):
    return Hints(
        f"{BACK_THROUGH_TANH[0]} Then ask: where was {result} used?",
        shapes,
        f"{BACK_THROUGH_TANH[1]} {formula}",
    )


register(
    Spec(
        name="rnn_step_backward",
        reference=rnn_layers.rnn_step_backward,
        inputs=STEP.inputs,
        results={"dx": "N D", "dprev_h": "N H", "dWx": "D H", "dWh": "H H", "db": "H"},
        make_cases=lambda rng: with_upstream(step_cases(rng), rnn_layers.rnn_step_forward, rng),
        section="sec:rnn-step",
        returns="gradients",
        forward=STEP,
        hints={
            "dx": step_hints(
                "x", "da (N, H) and Wx (D, H) make dx (N, D): H has to go.", "dx = da Wx^T."
            ),
            "dprev_h": step_hints(
                "prev_h",
                "da (N, H) and Wh (H, H) make dprev_h (N, H): the second axis of Wh has to go.",
                "dprev_h = da Wh^T.",
            ),
            "dWx": step_hints(
                "Wx", "x (N, D) and da (N, H) make dWx (D, H): N has to go.", "dWx = x^T da."
            ),
            "dWh": step_hints(
                "Wh",
                "prev_h (N, H) and da (N, H) make dWh (H, H): N has to go.",
                "dWh = prev_h^T da.",
            ),
            "db": step_hints(
                "b", "da is (N, H), db is (H,): N has to go.", "db = sum over n of da[n]."
            ),
        },
    )
)


def sequence_cases(rng):
    def random(N, T, D, H):
        return rng.normal(size=(N, T, D)), rng.normal(size=(N, H)), *recurrent_weights(rng, D, H)

    x, h0 = np.array([[[1.0], [0], [2]]]), np.array([[0.5]])
    small = (np.array([[0.5]]), np.array([[-1.0]]), np.array([0.25]))
    yield Case(
        "one unit, three steps, by hand", (x, h0, *small), dout=np.array([[[0.0], [0], [1]]])
    )
    yield Case("one step (T = 1)", random(3, 1, 4, 5))
    yield Case("two steps", random(2, 2, 3, 4))
    yield Case("random numbers", random(3, 5, 4, 2))
    yield Case("as many inputs as units", random(2, 4, 3, 3))
    yield Case("as many steps as rows", random(4, 4, 2, 3))
    args = random(2, 4, 3, 2)
    dout = np.zeros((2, 4, 2))
    dout[:, -1] = rng.normal(size=(2, 2))
    yield Case("gradient at the last step only", args, dout=dout)
    dout = np.zeros((2, 4, 2))
    dout[:, 0] = rng.normal(size=(2, 2))
    yield Case("gradient at the first step only", random(2, 4, 3, 2), dout=dout, hidden=True)
    yield Case("one row", random(1, 3, 2, 4), hidden=True)
    yield Case("float32 stays float32", single(*random(2, 3, 4, 5)))
    x, h0, Wx, Wh, b = random(3, 4, 2, 5)
    yield Case("other memory order", (fortran(x), fortran(h0), Wx, gappy(Wh), b), hidden=True)


SEQUENCE = register(
    Spec(
        name="rnn_forward",
        reference=rnn_layers.rnn_forward,
        inputs=("x", "h0", "Wx", "Wh", "b"),
        axes={"x": "N T D", "h0": "N H", "Wx": "D H", "Wh": "H H", "b": "H"},
        results={"h": "N T H"},
        make_cases=sequence_cases,
        section="sec:rnn-time",
        returns="out, cache",
        hints={
            "h": Hints(
                "Which state does step t start from, and where does the very first one come from?",
                "x[:, t] is (N, D), each state is (N, H), and all of them together are (N, T, H).",
                "h[:, t] = tanh(x[:, t] Wx + h[:, t-1] Wh + b), with h0 in place of h[:, -1].",
            )
        },
    )
)
THROUGH_TIME = "going from t = T-1 down to 0, da_t = (dh[:, t] + da_{t+1} Wh^T) (1 - h[:, t]^2)"
register(
    Spec(
        name="rnn_backward",
        reference=rnn_layers.rnn_backward,
        inputs=SEQUENCE.inputs,
        results={"dx": "N T D", "dh0": "N H", "dWx": "D H", "dWh": "H H", "db": "H"},
        make_cases=lambda rng: with_upstream(sequence_cases(rng), rnn_layers.rnn_forward, rng),
        section="sec:rnn-time",
        returns="gradients",
        forward=SEQUENCE,
        hints={
            "dx": Hints(
                "A state is read twice: by its own output and by the next step.",
                "dx is (N, T, D): one (N, D) gradient for each step, in the order of time.",
                f"With {THROUGH_TIME}: dx[:, t] = da_t Wx^T.",
            ),
            "dh0": Hints(
                "What does the very first step hand back to the state it started from?",
                "dh0 is (N, H), the dprev_h of step 0.",
                f"With {THROUGH_TIME}: dh0 = da_0 Wh^T.",
            ),
            "dWx": Hints(
                "The same weights are used at every step: what does each use add?",
                "Each step gives a (D, H) array; they all go into one dWx (D, H).",
                f"With {THROUGH_TIME}: dWx = sum over t of x[:, t]^T da_t.",
            ),
            "dWh": Hints(
                "The same weights are used at every step: what does each use add?",
                "Each step gives an (H, H) array; they all go into one dWh (H, H).",
                f"With {THROUGH_TIME}: dWh = sum over t of h[:, t-1]^T da_t, "
                "with h0 before the first step.",
            ),
            "db": Hints(
                "The same bias is used at every step and in every row.",
                "Each step gives an (H,) array; they all go into one db (H,).",
                f"With {THROUGH_TIME}: db = sum over t and n of da_t[n].",
            ),
        },
    )
)


def norms_cases(rng):
    one = np.array([[0.5]])
    yield Case("one unit, by hand", (np.array([[2.0]]), np.array([[0.5], [0.0]]), np.array([1.0])))
    yield Case("one step", (rng.normal(size=(3, 3)), np.tanh(rng.normal(size=(1, 3))), np.ones(3)))
    for T, H in ((5, 3), (12, 4)):
        h = np.tanh(rng.normal(size=(T, H)))
        yield Case(f"{T} steps", (rng.normal(size=(H, H)), h, rng.normal(size=H)))
    yield Case("a gradient of zero", (one, np.zeros((3, 1)), np.zeros(1)), hidden=True)


register(
    Spec(
        name="gradient_norms",
        reference=pieces.gradient_norms,
        inputs=("Wh", "h", "dlast"),
        axes={"Wh": "H H", "h": "T H", "dlast": "H"},
        results={"norms": "T"},
        make_cases=norms_cases,
        section="sec:vanishing",
        hints={
            "norms": Hints(
                "Note the norm first, then go one step back. Which factor comes first?",
                "dh is (H,), Wh is (H, H): a row times Wh transposed, or Wh times a column.",
                "norms[t] = |dh|; then dh = Wh (dh (1 - h[t]^2))",
            )
        },
    )
)
