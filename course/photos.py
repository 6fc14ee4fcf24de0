"""Real pictures: a residual network that learns digits and photographs, and what each part buys.

``python -m course.results`` trains it: ``digits``, ``photos`` and, on a part of the photographs,
``ingredients``. What it has learned of the photographs is kept in ``_build``, for captions.
"""

from functools import partial

import numpy as np

from course import recipes
from course.deep import pairs_of, started
from course.env import BUILD
from course.outcomes import Outcome, limits, sheet, thinned, to_bytes, worst_mistakes
from scratch.augment import random_flip, random_shift
from scratch.checkpoints import read_tree, write_atomically
from scratch.cnn import ConvNet
from scratch.metrics import confusion_matrix
from scratch.optim import cosine
from scratch.sequential import Sequential, batchnorm, conv, fc, max_pool, mean_pool, relu
from scratch.solver import Solver

WIDTH, DIGITS_WIDTH = 24, 8  # channels of the first layer; the last has four times as many


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

# ---------------------------------------------------------------- the network


def layers_of(channels, width, *, normalize=True, skips=True):
    """Three convolutions, each pooled; behind the second and the third two more, with a skip."""

    def pooled(C, F):
        return [conv(C, F, 3, pad=1), max_pool(), *([batchnorm(F)] if normalize else []), relu()]

    def pair(F):
        same = partial(conv, F, F, 3, pad=1)
        return pairs_of(same, partial(batchnorm, F), 1, normalize, skips)

    return [
        *pooled(channels, width),
        *(*pooled(width, 2 * width), *pair(2 * width)),
        *(*pooled(2 * width, 4 * width), *pair(4 * width)),
        mean_pool(),
        fc(4 * width, 10),
    ]


def residual_net(channels=3, width=WIDTH, *, seed=0, **parts):
    """A classifier of pictures (N, channels, H, W), of any size from 8 x 8, in ten classes.

    After He et al., "Deep residual learning for image recognition" (CVPR 2016), small and wide.
    ``normalize`` and ``skips`` (True) leave batch norm and skips out; see ``layers_of``.
    """
    net = Sequential(*layers_of(channels, width, **parts), rng=np.random.default_rng(seed))
    return started(net, 1.0, parts.get("normalize", True))


def eyes_of(net, channels=3, width=WIDTH):
    """A trained ``residual_net`` up to its last maps, which ``predict`` gives: (N, F, H', W')."""
    eyes = Sequential(*layers_of(channels, width)[:-2], dtype=net.dtype)
    eyes.params = {name: net.params[name] for name in eyes.params}
    eyes.state = {name: net.state[name] for name in eyes.state}
    return eyes


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


def trained(net, data, recipe, seed):
    """Train ``net``: -> its Solver."""
    rng = np.random.default_rng(seed)
    solver = Solver(net, data, **{"verbose": False, **recipe}, rng=rng)
    solver.train()
    return solver


def digits(data, seed, arm):
    """The ConvNet of the course or the residual network on pictures of 28 x 28: -> Outcome."""
    rng = np.random.default_rng(seed)
    if arm == DIGITS[0]:
        net, recipe = ConvNet(rng=rng), recipes.MNIST_TRAINING
    else:
        net, recipe = residual_net(1, DIGITS_WIDTH, seed=seed), DIGITS_TRAINING
    return outcome(trained(net, data, recipe, seed), arm, pictures=arm != DIGITS[0])


def three_epochs(data, seed, arm):
    """A small ConvNet on the photographs, in three epochs, by one of ``RATES``: -> Outcome."""
    net = ConvNet(**recipes.CIFAR10_MODEL, rng=np.random.default_rng(seed))
    recipe = {**recipes.CIFAR10_TRAINING, **RATES[arm]}
    return outcome(trained(net, data, recipe, seed), arm, pictures=False)


def photographs(data, seed):
    """The residual network on all photographs: -> Outcome. The network of seed 0 is kept."""
    net = residual_net(seed=seed)
    solver = trained(net, data, {**PHOTOS_TRAINING, "verbose": True}, seed)  # half an hour
    if seed == 0:
        keep(net, data)
    return outcome(solver, "all")


def ingredient(data, seed, arm):
    """A narrower network on fewer photographs, without one ingredient: -> Outcome."""
    parts, changes = INGREDIENTS[arm]
    net = residual_net(3, FEW_WIDTH, seed=seed, **parts)
    recipe = {**PHOTOS_TRAINING, "num_epochs": FEW_EPOCHS, **changes}
    try:
        with np.errstate(all="ignore"):
            return outcome(trained(net, data, recipe, seed), arm, pictures=False)
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


# ---------------------------------------------------------------- what is kept

KEPT = BUILD / "real" / "photos.npz"


def keep(net, data):
    """Put the network, and what its pictures are scaled by, where ``kept`` finds it."""
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    scale = {name: data[name] for name in ("mean", "std")}
    write_atomically(KEPT, {"params": net.params, "state": net.state, **scale})


def kept(path=None):
    """The network that ``photographs`` trained, and the mean and deviation of its pictures."""
    path = KEPT if path is None else path
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is not there: `python -m course.results photos` trains the network and puts "
            "it there, in half an hour."
        )
    saved, net = read_tree(path), residual_net()
    net.params.update(saved["params"])
    net.state.update(saved["state"])
    return net, saved["mean"], saved["std"]
