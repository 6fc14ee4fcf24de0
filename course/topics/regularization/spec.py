"""Checks of dropout, weight decay, a random shift and early stopping."""

import numpy as np

from course.checks.spec import (
    Case,
    Hints,
    Seed,
    Spec,
    WrongKind,
    register,
    single,
    with_upstream,
)
from course.topics.optimizers.spec import walk
from course.topics.regularization.draws import of_dropout, of_dropout_backward, of_shift
from scratch import augment, layers, optim, solver

# ---------------------------------------------------------------- dropout


def dropout_cases(rng):
    def options(drop_prob, seed, **others):
        return {"drop_prob": drop_prob, "rng": Seed(seed), **others}

    def random(*shape):
        return (rng.normal(size=shape),)

    behind_relu = np.maximum(rng.normal(size=(40, 60)), 0)
    yield Case("1, 2, 3 and 4", (np.array([[1.0, 2], [3, 4]]),), options(0.5, 3))
    yield Case("one of five is silenced", random(120, 100), options(0.2, 4))
    yield Case("two of three are silenced", random(50, 7, 9), options(2 / 3, 5))
    yield Case("the usual drop_prob", random(60, 50), {"rng": Seed(6)})
    yield Case("behind a ReLU", (behind_relu,), options(0.3, 7))
    yield Case("nothing is silenced", random(4, 5), options(0.0, 8))
    yield Case("at test time", random(5, 6), options(0.4, 9, train=False))
    yield Case("float32 stays float32", single(*random(30, 80)), options(0.4, 10))
    yield Case("pictures", random(6, 5, 8, 10), options(0.25, 11), hidden=True)


AT_TEST = Hints(
    "At test time nothing is silenced, and what was done in training has made up for that already.",
    "x, out, dout and dx all have one shape.",
    "train=False: out = x, and so dx = dout.",
)
SCALE = Hints(
    "The mean of out over all masks has to be x. What does a survivor have to make up for?",
    "mask, x and out have one shape. A mask holds two different numbers only.",
    "out = x m, with m = 0 with probability drop_prob, else m = 1 / (1 - drop_prob).",
)
CHANCES = Hints(
    "How often should an element be silenced, and does its neighbor know of it?",
    "As many random numbers as x has elements: an array of x.shape.",
    "u uniform in [0, 1) for each element; it is silenced where u < drop_prob.",
)
WHO_DRAWS = Hints(
    "Who draws? The generator that is handed in, and nobody else.",
    "As many random numbers as x has elements: an array of x.shape.",
    "u uniform in [0, 1) for each element, drawn by rng.",
)

DROPOUT = register(
    Spec(
        name="dropout_forward",
        told="out, cache",
        reference=layers.dropout_forward,
        inputs=("x",),
        results={"out": "..."},
        make_cases=dropout_cases,
        section="sec:regularization",
        returns="named",
        adapt=of_dropout,
        hints={
            "out": AT_TEST,
            "out / x of the survivors": SCALE,
            "out is x times a mask": SCALE,
            "share that is silenced": CHANCES,
            "rows have masks of their own": CHANCES,
            "columns have masks of their own": CHANCES,
            "the same rng, the same mask": WHO_DRAWS,
            "another rng, another mask": WHO_DRAWS,
        },
    )
)

PASSED_BACK = Hints(
    "Forward, each element was multiplied with one number. With which, and where is it now?",
    "The mask in the cache has the shape of dout, and so has dx.",
    "dx = dout m, with the m of the forward pass.",
)
register(
    Spec(
        name="dropout_backward",
        told="dx",
        reference=layers.dropout_backward,
        inputs=DROPOUT.inputs,
        results={"dx": "..."},
        make_cases=lambda rng: with_upstream(dropout_cases(rng), layers.dropout_forward, rng),
        section="sec:regularization",
        returns="named",
        forward=DROPOUT,
        adapt=of_dropout_backward,
        hints={
            "dx": AT_TEST,
            "dx / dout of the survivors": PASSED_BACK,
            "dx / dout of the silenced": PASSED_BACK,
        },
    )
)

# ---------------------------------------------------------------- weight decay


def decayed_walk(function):
    """``with_weight_decay`` -> the steps of the rule that it makes."""

    def run(w, dws, rule, *, weight_decay, **options):
        made = function(rule, weight_decay)
        if not callable(made):
            raise WrongKind(
                "with_weight_decay must return a rule: a function (w, dw, state, ...), such as "
                "came in."
            )
        return walk(made)(w, dws, **options)

    return run


def decay_cases(rng):
    def random(K, *shape):
        return rng.normal(size=shape), rng.normal(size=(K, *shape))

    by_hand = np.array([[1.0, -2.0]]), np.array([[[0.5, 0.0]]])
    usual = {"weight_decay": 0.5, "learning_rate": 0.1}
    yield Case("one step of SGD, by hand", (*by_hand, optim.sgd), usual)
    yield Case("SGD, three steps", (*random(3, 3, 4), optim.sgd), usual)
    yield Case("momentum", (*random(5, 2, 3), optim.momentum), {**usual, "mu": 0.8})
    yield Case("Adam", (*random(4, 4, 3), optim.adam), usual)
    yield Case("a bias", (*random(3, 4), optim.momentum), usual)
    yield Case("filters", (*random(3, 2, 3, 2, 2), optim.rmsprop), usual)
    yield Case("gradients of 0", (rng.normal(size=(2, 3)), np.zeros((3, 2, 3)), optim.sgd), usual)
    falling = {**usual, "learning_rate": (0.2, 0.1, 0.02)}
    yield Case("a rate that falls", (*random(3, 3, 2), optim.sgd), falling)
    yield Case("no decay", (*random(3, 3, 2), optim.adam), {**usual, "weight_decay": 0.0})
    yield Case("float32 stays float32", (*single(*random(3, 3, 2)), optim.momentum), usual)
    others = {"weight_decay": 0.05, "learning_rate": 0.4, "beta1": 0.5}
    yield Case("other settings", (*random(4, 3, 3), optim.adam), others, hidden=True)


register(
    Spec(
        name="with_weight_decay",
        told="rule",
        reference=optim.with_weight_decay,
        inputs=("w", "dw of each step", "rule"),
        results={"step": "step ..."},
        make_cases=decay_cases,
        section="sec:regularization",
        adapt=decayed_walk,
        hints={
            "step": Hints(
                "First the weight shrinks, then the rule takes its step as always. What shrinks, "
                "by how much, and what does not shrink at all?",
                "w, dw and next_w have one shape. A bias has one axis, a weight has two or more.",
                "next_w, state = rule((1 - learning_rate weight_decay) w, dw, state, ...) where w "
                "has more than one axis; else as rule does.",
            )
        },
    )
)

# ---------------------------------------------------------------- a random shift


def shift_cases(rng):
    def random(N, C, H, W):
        return (rng.normal(size=(N, C, H, W)),)

    yield Case("pictures, moved by up to 2", random(360, 2, 6, 7), {"rng": Seed(3)})
    yield Case("moved by up to 1", random(150, 1, 6, 5), {"rng": Seed(4), "most": 1})
    yield Case("moved by up to 3", random(30, 1, 9, 9), {"rng": Seed(5), "most": 3})
    yield Case("not moved at all", random(3, 2, 4, 5), {"rng": Seed(6), "most": 0})
    yield Case("float32 stays float32", single(*random(40, 1, 8, 7)), {"rng": Seed(7)})
    yield Case("one color picture", random(1, 3, 6, 8), {"rng": Seed(8)}, hidden=True)


MOVES = Hints(
    "Which moves are there, 0 among them, and who draws one for each picture?",
    "Two whole numbers for each picture: (N, 2).",
    "down and right each from -most, ..., most, drawn by rng, for each picture anew.",
)
FILLING = Hints(
    "What stands outside of a picture? The same as in a padded convolution.",
    "Padded by most on each side, a picture is (C, H + 2 most, W + 2 most).",
    "out[c, i, j] = x[c, i - down, j - right], and 0 where that lies outside.",
)
OWN = Hints(
    "Is each picture still in its row, with its channels together, and whole but for its border?",
    "X and what comes out are (N, C, H, W). The last two axes are moved along.",
    "out[n, c, i, j] = X[n, c, i - down[n], j - right[n]].",
)
register(
    Spec(
        name="random_shift",
        told="out",
        reference=augment.random_shift,
        inputs=("X",),
        results={"each picture is its own, moved": ""},
        make_cases=shift_cases,
        section="sec:regularization",
        returns="named",
        adapt=of_shift,
        hints={
            "dtype": Hints(
                "float32 in, float32 out.",
                "An array made like X has the dtype of X.",
                "dtype of what comes out = dtype of X.",
            ),
            "each picture is its own, moved": OWN,
            "zeros moved in": FILLING,
            "the border again moved in": FILLING,
            "the other side moved in": FILLING,
            "different moves in the batch": MOVES,
            "furthest moves down": MOVES,
            "furthest moves right": MOVES,
            "the same rng, the same moves": MOVES,
            "another rng, other moves": MOVES,
        },
    )
)

# ---------------------------------------------------------------- early stopping


def epoch_by_epoch(function):
    """``should_stop`` -> its answer after each epoch of a history."""

    def run(history, *, patience):
        answers = [asked(history[: k + 1].tolist(), patience) for k in range(len(history))]
        return np.array(answers)

    def asked(so_far, patience):
        try:
            answer = function(list(so_far), patience)
        except (IndexError, ValueError, TypeError) as error:
            error.args = (f"{error} (asked with history = {so_far})",)
            raise
        if not isinstance(answer, (bool, np.bool_)):
            raise WrongKind(f"should_stop returned {answer!r}, expected True or False.")
        return answer

    return run


def stop_cases(rng):
    def case(tests, history, patience, **others):
        return Case(tests, (np.array(history, float),), {"patience": patience}, **others)

    yield case("up, then down", [0.1, 0.5, 0.7, 0.6, 0.65, 0.6, 0.5], 3)
    yield case("a new best in time", [0.1, 0.5, 0.4, 0.45, 0.6, 0.5, 0.55, 0.5], 3)
    yield case("up and down below the best", [0.2, 0.8, 0.5, 0.6, 0.5, 0.7, 0.6, 0.75], 4)
    yield case("equal to the best", [0.3, 0.6, 0.6, 0.6, 0.6, 0.6], 2)
    yield case("always better", np.linspace(0.1, 0.9, 8), 2)
    yield case("never better", np.linspace(0.9, 0.1, 8), 3)
    yield case("a patience of 1", [0.1, 0.2, 0.3, 0.25, 0.4], 1)
    yield case("random numbers", rng.random(12), 4)
    yield case("more random numbers", np.sort(rng.random(15)) + 0.2 * rng.random(15), 2)
    yield case("others", np.round(rng.random(20), 1), 3, hidden=True)


register(
    Spec(
        name="should_stop",
        told="stop",
        reference=solver.should_stop,
        inputs=("history",),
        results={"answer": "epoch"},
        make_cases=stop_cases,
        section="sec:regularization",
        adapt=epoch_by_epoch,
        hints={
            "answer": Hints(
                "When was the best value, and how many have come since? One that only equals it "
                "does not beat it.",
                "history is a list of E numbers, the last of them from now; the answer is one "
                "True or False.",
                "best = the first e with history[e] = max(history); stop if "
                "E - 1 - best >= patience.",
            )
        },
    )
)
