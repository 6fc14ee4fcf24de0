"""Checks of the training loop and of a first network."""

import inspect

import numpy as np

from course.checks.networks import MethodResults, classifier, classifier_cases, model_hints
from course.checks.spec import Case, Hints, Spec, WrongKind, register
from scratch import mlp, solver


class Line:
    """A model small enough to follow by hand: scores ``X w + b``, half the mean squared error."""

    def __init__(self, w, b):
        self.params = {"w": w.copy(), "b": b.copy()}

    def loss(self, X, y):
        gap = X @ self.params["w"] + self.params["b"] - y
        grads = {"w": X.T @ gap / len(X), "b": np.array([gap.mean()])}
        return float((gap**2).mean() / 2), grads

    def accuracy(self, X, y):
        return 0.0


def solver_cases(rng):
    sizes = {
        "10 rows, batches of 4": (10, 4),
        "12 rows, batches of 4": (12, 4),
        "one batch holds all": (6, 8),
    }
    for tests, (N, size) in sizes.items():
        X, y = rng.normal(size=(N, 3)), rng.normal(size=N)
        yield Case(tests, (X, y, rng.normal(size=3), np.zeros(1)), {"batch_size": size})


def run_solver(Class):
    """A solver class -> what its ``batches`` and two of its ``step`` calls do."""
    if not inspect.isclass(Class):
        raise WrongKind("Solver is not a class any more. Run its cell again.")

    def call(X, y, w, b, *, batch_size):
        data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
        options = {"learning_rate": 0.1, "mu": 0.7}  # not the mu of momentum by itself

        def made(seed):
            return Class(
                Line(w, b),
                data,
                update_rule="momentum",
                optim_config=options,
                batch_size=batch_size,
                verbose=False,
                rng=np.random.default_rng(seed),
            )

        found = MethodResults()
        with found.part("batches"):
            found |= one_epoch(made)
        with found.part("step"):
            it = made(1)
            for k in (0, 1):
                it.step(np.arange(k, len(X), 2))
                it.config["learning_rate"] *= 0.5  # as after an epoch
            found["loss_history"] = np.array(it.loss_history)
            found |= it.model.params
            for name, loss in NOT_FINITE.items():
                found[name] = np.array(raised_by_step(made(1), loss))
        return found

    return call


NOT_FINITE = {"a loss of NaN": np.nan, "an infinite loss": np.inf}


def raised_by_step(it, loss):
    """What a step with such a loss raises, and whether it moved the parameters before that."""
    grads = it.model.loss(it.data["X_train"], it.data["y_train"])[1]
    before = {name: w.copy() for name, w in it.model.params.items()}
    it.model.loss = lambda X, y=None: (loss, grads)
    try:
        it.step(np.arange(2))
    except NotImplementedError:
        raise
    except Exception as error:
        kept = all(np.array_equal(w, it.model.params[name]) for name, w in before.items())
        return type(error).__name__ + ("" if kept else ", after an update")
    return "no error"


def one_epoch(made):
    """What the batches of one epoch are like; ``made(seed)`` makes a solver."""
    first, again, other = (rows_of(made(seed).batches()) for seed in (1, 1, 2))
    rows = np.concatenate([np.zeros(0, int), *first])
    alike = same_rows(first, again)
    return {
        "batch_sizes": np.array([len(batch) for batch in first]),
        "rows_of_one_epoch_sorted": np.sort(rows),
        "unshuffled": (rows == np.arange(len(rows))).all(),
        "order_hangs_on_self.rng": np.array([alike, not same_rows(first, other)]),
    }


def rows_of(batches):
    if batches is None:
        raise WrongKind("batches returned None (is there a `return` at the end?).")
    found = [np.asarray(batch) for batch in batches]  # a list, or a generator
    for batch in found:
        if batch.ndim != 1 or batch.size and batch.dtype.kind not in "iu":
            raise WrongKind(
                f"A batch of batches() is {batch.dtype} {batch.shape}, expected integers (k,): "
                "the numbers of its rows."
            )
    return [batch.astype(int) for batch in found]


def same_rows(some, others):
    pairs = zip(some, others)
    return len(some) == len(others) and all(np.array_equal(a, b) for a, b in pairs)


EPOCH_HINTS = Hints(
    "In one epoch every row comes once: none twice, none left out.",
    "The batches together hold N row numbers.",
    "a permutation of 0 .. N-1, cut into pieces",
)
STEP_HINTS = Hints(
    "Does each parameter get its own gradient and its own state, kept for next time?",
    "grads and self.states are dicts with the names of params.",
    "params[name], states[name] = rule(params[name], grads[name], states[name])",
)
register(
    Spec(
        name="Solver",
        reference=solver.Solver,
        inputs=("X_train", "y_train", "w", "b"),
        results={
            "batch_sizes": "",
            "rows_of_one_epoch_sorted": "",
            "unshuffled": "",
            "order_hangs_on_self.rng": "",
            "loss_history": "",
            "w": "",
            "b": "",
            **dict.fromkeys(NOT_FINITE, ""),
        },
        make_cases=solver_cases,
        section="sec:training",
        returns="named",
        adapt=run_solver,
        hints={
            "batch_sizes": Hints(
                "The last batch holds what is left.",
                "order is (N,), a batch is a slice of it.",
                "order[i : i + batch_size] for i = 0, batch_size, 2 batch_size, ...",
            ),
            **dict.fromkeys(("rows_of_one_epoch_sorted", "batches"), EPOCH_HINTS),
            "unshuffled": Hints(
                "The order has to be random, drawn from self.rng.",
                "The numbers 0 to N - 1 in random order are (N,).",
                "self.rng.permutation(N)",
            ),
            "order_hangs_on_self.rng": Hints(
                "Who draws the order? Two solvers with the same rng must go through the same rows.",
                "The numbers 0 to N - 1 in random order are (N,).",
                "self.rng.permutation(N)",
            ),
            "loss_history": Hints(
                "Each step appends the loss of its batch, taken before the update.",
                "A loss is one number.",
                "the mean over the rows in batch only",
            ),
            **dict.fromkeys(
                NOT_FINITE,
                Hints(
                    "What can be learned from a loss that is no number?",
                    "The loss is one number: finite, infinite, or NaN.",
                    "FloatingPointError where np.isfinite(loss) is False, before any update",
                ),
            ),
            **dict.fromkeys(("w", "b", "step"), STEP_HINTS),
        },
    )
)


def make_two_layer(cls, X, params, rng):
    M, K = params["W2"].shape
    D = X[0].size
    return cls(D, M, K, dtype=X.dtype.type, rng=rng)


register(
    Spec(
        name="TwoLayerNet",
        reference=mlp.TwoLayerNet,
        inputs=("X", "y", "parameters"),
        results={"scores": "N K"},
        make_cases=classifier_cases(
            mlp.TwoLayerNet, (6,), {"input_dim": 6, "hidden_dim": 5, "num_classes": 4}
        ),
        section="sec:training",
        returns="named",
        adapt=classifier(make_two_layer),
        hints=model_hints(
            "scores", "loss", *(f"gradient of {p}" for p in ("W1", "b1", "W2", "b2"))
        ),
    )
)
