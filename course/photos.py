"""Real pictures: a residual network that learns digits and photographs, and what each part buys.

``python -m course.results`` trains it: ``digits``, ``photos`` and, on a part of the photographs,
``ingredients``. What it has learned of the photographs is kept in ``_build``, for captions;
``pocket`` trains a narrow one that is small enough to come with the course.
"""

import numpy as np

from course import measure, recipes, residual_net
from course.outcomes import Outcome, limits, sheet, thinned, to_bytes, worst_mistakes
from course.residual_net import DIGITS_WIDTH, POCKET_WIDTH
from scratch.augment import random_flip, random_shift
from scratch.cnn import ConvNet
from scratch.metrics import confusion_matrix
from scratch.optim import cosine


def moved_or_mirrored(X, rng):
    """Each picture moved by up to 4 pixels, half of them mirrored: (N, C, H, W) -> the same."""
    return random_flip(random_shift(X, rng, most=4), rng)


SETTINGS = {
    "update_rule": "momentum",
    "optim_config": {"learning_rate": 0.1},
    "schedule": cosine,
    "weight_decay": 5e-3,
    "batch_size": 128,
}
DIGITS_TRAINING = {**SETTINGS, "augment": random_shift, "num_epochs": 6}
PHOTOS_TRAINING = {**SETTINGS, "augment": moved_or_mirrored, "num_epochs": 10}

# ---------------------------------------------------------------- what is measured

DIGITS = ("the ConvNet of the course", "with skips and moved pictures")
RATES = {  # the small ConvNet, batches of 25, three epochs
    "momentum, rate 0.001": {"optim_config": {"learning_rate": 1e-3}, "lr_decay": 1.0},
    "momentum, rate 0.005, then 0.7 of it each epoch": {},
}
FEW, FEW_EPOCHS, FEW_WIDTH = 10_000, 10, 12
INGREDIENTS = {
    "all of it": ({}, {}),
    "no batch norm": ({"normalize": False}, {}),
    "no skips": ({"skips": False}, {}),
    "no new pictures from old ones": ({}, {"augment": None}),
    "no weight decay": ({}, {"weight_decay": 0.0}),
    "one learning rate": ({}, {"schedule": None}),
}


def digits(data, seed, arm):
    """The ConvNet of the course or the residual network on pictures of 28 x 28: -> Outcome."""
    rng = np.random.default_rng(seed)
    if arm == DIGITS[0]:
        net, recipe = ConvNet(rng=rng), recipes.MNIST_TRAINING
    else:
        net, recipe = residual_net.network(1, DIGITS_WIDTH, seed=seed), DIGITS_TRAINING
    return outcome(
        measure.train(net, data, recipe, seed, verbose=False), arm, pictures=arm != DIGITS[0]
    )


def three_epochs(data, seed, arm):
    """A small ConvNet on the photographs, in three epochs, by one of ``RATES``: -> Outcome."""
    net = ConvNet(**recipes.CIFAR10_MODEL, rng=np.random.default_rng(seed))
    recipe = {**recipes.CIFAR10_TRAINING, **RATES[arm]}
    return outcome(measure.train(net, data, recipe, seed, verbose=False), arm, pictures=False)


def photographs(data, seed):
    """The residual network on all photographs: -> Outcome. The network of seed 0 is kept."""
    net = residual_net.network(seed=seed)
    solver = measure.train(net, data, PHOTOS_TRAINING, seed, verbose=True)  # half an hour
    if seed == 0:
        residual_net.keep(net, data)
    return outcome(solver, "all")


def pocket(data, seed):
    """A narrow network, and the same with weights of eight bits: -> Outcome. Seed 0 is kept."""
    net = residual_net.network(3, POCKET_WIDTH, seed=seed)
    found = outcome(
        measure.train(net, data, PHOTOS_TRAINING, seed, verbose=False), "all", pictures=False
    )
    small = residual_net.in_bytes(net)
    rounded = residual_net.restored(small).accuracy(data["X_test"], data["y_test"])
    figures = found.figures | {"eight bits: test": rounded}
    if seed == 0:
        residual_net.keep_small(small, data)
    return found._replace(figures=figures)


def ingredient(data, seed, arm):
    """A narrower network on fewer photographs, without one ingredient: -> Outcome."""
    parts, changes = INGREDIENTS[arm]
    net = residual_net.network(3, FEW_WIDTH, seed=seed, **parts)
    recipe = {**PHOTOS_TRAINING, "num_epochs": FEW_EPOCHS, **changes}
    try:
        with np.errstate(all="ignore"):
            return outcome(
                measure.train(net, data, recipe, seed, verbose=False), arm, pictures=False
            )
    except FloatingPointError:  # it diverged: what is left is to guess
        share = float(np.bincount(data["y_test"]).max() / len(data["y_test"]))
        return Outcome({f"{arm}: test": share, f"{arm}: diverged": 1.0})


def outcome(solver, arm, pictures=True):
    """What a trained classifier does on the test pictures, and how it came to that."""
    net, data = solver.model, solver.data
    scores = net.predict(data["X_test"])
    y, found = data["y_test"], scores.argmax(axis=1)
    figures = {
        f"{arm}: training": solver.train_acc_history[-1],
        f"{arm}: validation": solver.best_val_acc,
        f"{arm}: test": float((found == y).mean()),
    }
    curves = {
        f"{arm}: loss": thinned(solver.loss_history),
        f"{arm}: training": solver.train_acc_history,
        f"{arm}: validation": solver.val_acc_history,
    }
    if not pictures:
        return Outcome(figures, curves)
    wrong, filters = worst_mistakes(scores, y), first_filters(net)
    curves[f"{arm}: confusion"] = confusion_matrix(found, y, scores.shape[1]).ravel()
    curves[f"{arm}: mistaken"] = y[wrong]  # in the order of the pictures
    curves[f"{arm}: mistaken for"] = found[wrong]
    shown = to_bytes(data["X_test"][wrong] * data["std"] + data["mean"], 0, 1)
    enlarged = to_bytes(filters, *limits(filters)).repeat(6, axis=2).repeat(6, axis=3)
    return Outcome(figures, curves, {"mistakes": sheet(shown), "filters": sheet(enlarged, 16)})


def first_filters(net):
    """The filters that look at the picture itself: (F, C, HH, WW)."""
    return net.params["0.W" if "0.W" in net.params else "W1"]
