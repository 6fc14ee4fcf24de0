"""A task that can be learned by heart: a few noisy pictures of ten shapes, 16 x 16 pixels, gray.

The chapter on regularization and its exercise train on it. A run of sixty epochs takes some
seconds.
"""

import numpy as np

from scratch import fast
from scratch.augment import random_shift
from scratch.data.scene_pictures import mask_table
from scratch.sequential import Sequential, conv, dropout, fc, flatten, max_pool, relu
from scratch.solver import Solver

SIZE, SHAPE = 16, 11  # of a picture and of the window that a shape fills, in pixels
SETTINGS = {
    "update_rule": "adam",
    "optim_config": {"learning_rate": 2e-3},
    "num_epochs": 60,
    "batch_size": 40,
    "verbose": False,
}


def draw(N, rng, noise=0.3):
    """N shapes, each somewhere in a noisy picture: -> X (N, 1, 16, 16), y (N,) in 0 .. 9."""
    y = rng.integers(10, size=N)
    margin = (mask_table().shape[-1] - SHAPE) // 2
    window = slice(margin, margin + SHAPE)
    masks = mask_table()[y, 0, rng.integers(8, size=N), window, window]  # (N, SHAPE, SHAPE)
    X = noise * rng.normal(size=(N, 1, SIZE, SIZE))
    corners = rng.integers(0, SIZE - SHAPE + 1, size=(N, 2))
    for x, mask, (i, j) in zip(X[:, 0], masks, corners):
        x[i : i + SHAPE, j : j + SHAPE] += mask
    return X.astype(np.float32), y


def few_pictures(seed=0, N=300):
    """Data for the Solver: N pictures to learn from, 1000 others to validate."""
    rng = np.random.default_rng(seed)
    X, y = draw(N, rng)
    X_val, y_val = draw(1000, rng)
    mean = X.mean()
    return {"X_train": X - mean, "y_train": y, "X_val": X_val - mean, "y_val": y_val}


def small_convnet(drop_prob=0.0, *, seed=0, backend=fast):
    """Two convolutions and a hidden layer of 128 units, of which dropout silences a share."""
    return Sequential(
        conv(1, 8, 3, pad=1), relu(), max_pool(),
        conv(8, 16, 3, pad=1), relu(), max_pool(), flatten(),
        fc(16 * 4 * 4, 128), relu(), *([dropout(drop_prob)] if drop_prob else []), fc(128, 10),
        rng=np.random.default_rng(seed), backend=backend,
    )  # fmt: skip


# ---------------------------------------------------------------- what each ingredient changes


WAYS = {
    "nothing": {},
    "dropout": {"drop_prob": 0.5},
    "weight decay": {"weight_decay": 1.0},
    "moved pictures": {"augment": random_shift},
    "early stopping": {"patience": 8},
    "moved pictures and weight decay": {"augment": random_shift, "weight_decay": 0.3},
    "the first three": {"augment": random_shift, "weight_decay": 0.3, "drop_prob": 0.3},
    "four times as many pictures": {"N": 1200, "num_epochs": 15},
}


def train(*, seed=0, N=300, drop_prob=0.0, backend=fast, **options):
    """Train ``small_convnet`` on ``few_pictures``, all drawn by ``seed``: -> the Solver.

    ``options`` are those of the Solver, beside or in place of ``SETTINGS``.
    """
    net, rng = small_convnet(drop_prob, seed=seed, backend=backend), np.random.default_rng(seed)
    solver = Solver(net, few_pictures(seed, N), **{**SETTINGS, **options}, rng=rng)
    solver.train()
    return solver


def measure(seed):
    """Accuracy after the last epoch, training and validation, and the share of steps it took."""
    found = {}
    for way, options in WAYS.items():
        solver = train(seed=seed, **options)
        found[f"{way}: training"] = solver.train_acc_history[-1]
        found[f"{way}: validation"] = solver.val_acc_history[-1]
        found[f"{way}: best validation"] = solver.best_val_acc
        found[f"{way}: epochs used"] = solver.epoch / solver.num_epochs
    return found
