"""What Solver adds to a training step: batching, bookkeeping, progress bar, checks."""

import os
from contextlib import redirect_stderr, redirect_stdout

import numpy as np

from scratch.cnn import ConvNet
from scratch.solver import Solver
from tests.bench.worker import CLOCK


class NoEvaluation(Solver):
    """Solver without the accuracies between epochs, which are work of their own."""

    def evaluate(self):
        self.train_acc_history.append(0.0)
        self.val_acc_history.append(0.0)


class Watched:
    """A function that adds up the time spent in it."""

    def __init__(self, function):
        self.function, self.seconds = function, 0.0

    def __call__(self, *arrays, **options):
        start = CLOCK()
        result = self.function(*arrays, **options)
        self.seconds += CLOCK() - start
        return result


def epoch(data):
    """Milliseconds of a step: (in all, of which in the model and the update rule)."""
    model = ConvNet((3, 32, 32), 6, 16, 5, 100)
    solver = NoEvaluation(model, data, update_rule="adam", batch_size=25, num_epochs=1)
    solver.rule, model.loss = Watched(solver.rule), Watched(model.loss)
    start = CLOCK()
    solver.train()
    total, steps = CLOCK() - start, len(solver.loss_history)
    return 1e3 * total / steps, 1e3 * (solver.rule.seconds + model.loss.seconds) / steps


def report(rounds=15):
    """A sentence."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((500, 3, 32, 32), dtype=np.float32), rng.integers(0, 10, 500)
    data = {"X_train": X, "y_train": y, "X_val": X[:2], "y_val": y[:2]}
    with open(os.devnull, "w") as void, redirect_stdout(void), redirect_stderr(void):
        total, inside = np.median([epoch(data) for _ in range(rounds)], axis=0)
    return (
        f"Solver around the small ConvNet's step: {total - inside:.2f} ms of {total:.2f} ms, "
        f"{100 * (total / inside - 1):.1f} % on top."
    )
