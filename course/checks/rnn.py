"""Checks of the recurrent layers, the word embedding and the loss of a sequence."""

import numpy as np

from course.checks.spec import Case, Hints, Spec, fortran, gappy, register, single, with_upstream
from scratch import rnn_layers


def weights(rng, D, H, gates=1):
    """``Wx``, ``Wh`` and ``b``, of a size at which tanh is neither flat nor straight."""
    return (
        0.5 * rng.normal(size=(D, gates * H)),
        0.5 * rng.normal(size=(H, gates * H)),
        0.5 * rng.normal(size=gates * H),
    )


def step_cases(rng):
    def random(N, D, H):
        return rng.normal(size=(N, D)), rng.normal(size=(N, H)), *weights(rng, D, H)

    x, prev_h = np.array([[1.0, 0]]), np.array([[0.5]])
    Wx, Wh, b = np.array([[0.5], [3.0]]), np.array([[-1.0]]), np.array([0.25])
    yield Case("one unit, by hand", (x, prev_h, Wx, Wh, b), dout=np.array([[2.0]]))
    yield Case("random numbers", random(3, 4, 5))
    yield Case("as many inputs as units", random(4, 3, 3))
    yield Case("one row", random(1, 3, 2))
    yield Case("from a state of zeros", (random(3, 4, 2)[0], np.zeros((3, 2)), *weights(rng, 4, 2)))
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
        return rng.normal(size=(N, T, D)), rng.normal(size=(N, H)), *weights(rng, D, H)

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


def embedding_cases(rng):
    def random(N, T, V, D):
        return rng.integers(0, V, size=(N, T)), rng.normal(size=(V, D))

    W = np.array([[1.0, 2], [3, 4], [5, 6]])
    dout = np.array([[[1.0, 0], [0, 1]]])
    yield Case("two words, by hand", (np.array([[2, 0]]), W), dout=dout)
    yield Case("one word twice, by hand", (np.array([[1, 1]]), W), dout=dout)
    yield Case("random words", random(3, 4, 6, 5))
    yield Case("each word many times", random(4, 6, 2, 3))
    yield Case("most words never seen", random(2, 2, 12, 3))
    yield Case("one sentence of one word", random(1, 1, 4, 3), hidden=True)
    yield Case("vectors of one number", random(3, 2, 5, 1), hidden=True)
    x, W = random(2, 5, 7, 4)
    yield Case("float32 stays float32", (x, W.astype(np.float32)))
    x, W = random(3, 4, 5, 6)
    yield Case("other memory order", (fortran(x), gappy(W)), hidden=True)


EMBEDDING = register(
    Spec(
        name="word_embedding_forward",
        reference=rnn_layers.word_embedding_forward,
        inputs=("x", "W"),
        results={"out": "N T D"},
        make_cases=embedding_cases,
        section="sec:embedding",
        returns="out, cache",
        hints={
            "out": Hints(
                "A word is the number of a row.",
                "x holds (N, T) row numbers of W (V, D); out is (N, T, D).",
                "out[n, t] = W[x[n, t]].",
            )
        },
    )
)

register(
    Spec(
        name="word_embedding_backward",
        reference=rnn_layers.word_embedding_backward,
        inputs=EMBEDDING.inputs,
        results={"dW": "V D"},
        make_cases=lambda rng: with_upstream(
            embedding_cases(rng), rnn_layers.word_embedding_forward, rng
        ),
        section="sec:embedding",
        returns="gradients",
        forward=EMBEDDING,
        hints={
            "dW": Hints(
                "The same word may stand at several places. What reaches its vector then?",
                "dout is (N, T, D), dW is (V, D): each dout[n, t] is added to one row.",
                "dW[v] = sum of dout[n, t] over all (n, t) with x[n, t] = v.",
            )
        },
    )
)


def temporal_cases(rng):
    def random(N, T, V, keep=0.6, scale=1.0):
        mask = rng.random((N, T)) < keep
        return scale * rng.normal(size=(N, T, V)), rng.integers(0, V, size=(N, T)), mask

    scores = np.log(np.array([[[1.0, 3], [1, 1]], [[3, 1], [7, 1]]]))
    y, mask = np.array([[1, 0], [1, 0]]), np.array([[True, True], [True, False]])
    yield Case("two sentences, by hand", (scores, y, mask))
    yield Case("nothing masked", random(3, 4, 5, keep=2))
    yield Case("random masks", random(3, 5, 6))
    scores, y, mask = random(4, 3, 5)
    mask[1] = False
    yield Case("one sentence all masked", (scores, y, mask))
    yield Case("everything masked", random(2, 3, 4, keep=-1))
    yield Case("one step (T = 1)", random(4, 1, 3))
    yield Case("one sentence", random(1, 5, 4))
    yield Case("as many steps as sentences", random(3, 3, 3), hidden=True)
    yield Case("scores in the thousands", random(3, 4, 5, scale=2e3))
    scores, y, mask = random(2, 4, 3)
    scores[~mask] = 1e4 * rng.normal(size=(int((~mask).sum()), 3))
    yield Case("wild scores where masked", (scores, y, mask), hidden=True)
    scores, y, mask = random(3, 4, 5)
    yield Case("a mask of numbers 0 and 1", (scores, y, mask.astype(np.int64)), hidden=True)
    yield Case("float32 stays float32", (scores.astype(np.float32), y, mask))
    scores, y, mask = random(3, 2, 4)
    yield Case("other memory order", (fortran(scores), fortran(y), fortran(mask)), hidden=True)


register(
    Spec(
        name="temporal_softmax_loss",
        reference=rnn_layers.temporal_softmax_loss,
        inputs=("scores", "y", "mask"),
        results={"loss": "", "dscores": "N T V"},
        make_cases=temporal_cases,
        section="sec:temporal-loss",
        hints={
            "loss": Hints(
                "Every position of every sentence is one softmax; which of them count?",
                "Reshape scores to (N T, V), y and mask to (N T,): one loss a position, times the "
                "mask; then add up and divide by the number of sentences.",
                "loss = -(1/N) sum over n, t of mask[n, t] log p[n, t, y[n, t]].",
            ),
            "dscores": Hints(
                "A position that does not count in the loss cannot have a gradient.",
                "The gradient of each position is (V,); dscores is (N, T, V).",
                "dscores[n, t, v] = mask[n, t] (p[n, t, v] - (1 if v == y[n, t] else 0)) / N.",
            ),
        },
    )
)
