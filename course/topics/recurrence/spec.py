"""Checks of the recurrent layers."""

import numpy as np

from course.checks.recurrent import any_step, random_step, sequence_cases
from course.checks.spec import Case, Hints, Spec, register, with_upstream
from scratch import pieces, rnn_layers


def step_cases(rng):
    x, prev_h = np.array([[1.0, 0]]), np.array([[0.5]])
    Wx, Wh, b = np.array([[0.5], [3.0]]), np.array([[-1.0]]), np.array([0.25])
    yield Case("one unit, by hand", (x, prev_h, Wx, Wh, b), dout=np.array([[2.0]]))
    yield from any_step(rng)
    random = random_step(rng)
    x, prev_h, *weights = random(3, 4, 2)
    yield Case("from a state of zeros", (x, np.zeros_like(prev_h), *weights))
    x, *others = random(3, 3, 4)
    x[1:] *= 50
    yield Case("saturated units", (x, *others), hidden=True)


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


def cases_of_sequences(rng):
    yield from sequence_cases(rng, (np.array([[0.5]]), np.array([[-1.0]]), np.array([0.25])))


SEQUENCE = register(
    Spec(
        name="rnn_forward",
        reference=rnn_layers.rnn_forward,
        inputs=("x", "h0", "Wx", "Wh", "b"),
        axes={"x": "N T D", "h0": "N H", "Wx": "D H", "Wh": "H H", "b": "H"},
        results={"h": "N T H"},
        make_cases=cases_of_sequences,
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
        make_cases=lambda rng: with_upstream(cases_of_sequences(rng), rnn_layers.rnn_forward, rng),
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
