"""How deep can a network be? With and without normalization and skips, on points and on pictures.

The chapters on batch normalization and residual connections show a seed of it; ``measure`` is run
over several by ``python -m course.results depth``.
"""

import numpy as np

from course import small_shapes
from scratch.sequential import (
    Sequential,
    batchnorm,
    conv,
    fc,
    max_pool,
    mean_pool,
    relu,
    residual,
)
from scratch.solver import Solver

DEPTHS, FACTORS = (2, 10, 20, 40), (0.5, 1.0, 2.0)
KINDS = {
    "plain": {},
    "batch norm": {"normalize": True},
    "skips": {"skips": True},
    "both": {"normalize": True, "skips": True},
}
SETTINGS = {
    "update_rule": "momentum",
    "optim_config": {"learning_rate": 0.02},
    "batch_size": 50,
    "verbose": False,
}


def bent_classes(seed=0, N=1500):
    """Points (N, 10) in four classes, told apart by bent borders, and 500 more to validate."""
    X = np.random.default_rng(seed).normal(size=(N + 500, 10)).astype(np.float32)
    y = 2 * (X[:, 0] * X[:, 1] > 0) + (X[:, 2] + X[:, 3] ** 2 > 1)
    return {"X_train": X[:N], "y_train": y[:N], "X_val": X[N:], "y_val": y[N:]}


def pairs_of(make, norm, count, normalize, skips):
    """``count`` pairs of layers, each normalized or not, each pair with a skip or none."""
    layers, own = [], (lambda: [norm()]) if normalize else (list)
    for _ in range(count):
        pair = [make(), *own(), relu(), make(), *own()]
        layers += [residual(*pair), relu()] if skips else [*pair, relu()]
    return layers


def deep_net(depth, *, normalize=False, skips=False, factor=1.0, width=40, seed=0):
    """fc - relu, then ``depth`` layers of ``width`` units in pairs, then four scores.

    All weights are multiplied with ``factor``; a branch without batch norm starts at 0.
    """
    own = [batchnorm(width)] if normalize else []
    pairs = pairs_of(
        lambda: fc(width, width), lambda: batchnorm(width), depth // 2, normalize, skips
    )
    layers = fc(10, width), *own, relu(), *pairs, fc(width, 4)
    return started(Sequential(*layers, rng=np.random.default_rng(seed)), factor, normalize)


def deep_convnet(depth, *, normalize=False, skips=False, channels=8, seed=0):
    """conv - pool, then ``depth`` convolutions of 8 x 8 maps in pairs, then ten scores."""

    def make():
        return conv(channels, channels, 3, pad=1)

    pairs = pairs_of(make, lambda: batchnorm(channels), depth // 2, normalize, skips)
    own = [batchnorm(channels)] if normalize else []
    layers = conv(1, channels, 3, pad=1), *own, relu(), max_pool(), *pairs, mean_pool()
    net = Sequential(*layers, fc(channels, 10), rng=np.random.default_rng(seed))
    return started(net, 1.0, normalize)


def started(net, factor, normalize):
    """The same network with its weights times ``factor``; branches start at 0 if not normalized."""
    for name, w in net.params.items():
        if name.endswith("W"):
            ends = name.endswith("F.2.W") and not normalize
            net.params[name] = w * w.dtype.type(0 if ends else factor)
    return net


def accuracy(net, data, seed=0, **options):
    """The best validation accuracy; that of guessing where the loss became infinite."""
    rng = np.random.default_rng(seed)
    solver = Solver(net, data, **{**SETTINGS, **options}, rng=rng)
    try:
        with np.errstate(all="ignore"):
            solver.train()
    except FloatingPointError:
        return np.bincount(data["y_val"]).max() / len(data["y_val"])
    return solver.best_val_acc


def measure(seed):
    """Validation accuracy by kind and depth, on points and on pictures, and by first weights."""
    points, found = bent_classes(seed), {}
    pictures = small_shapes.few_pictures(seed, 1500)
    for kind, options in KINDS.items():
        for depth in DEPTHS:
            net = deep_net(depth, **options, seed=seed)
            found[f"{kind}: {depth} layers"] = accuracy(net, points, seed)
        for factor in FACTORS if kind in ("plain", "batch norm") else ():
            net = deep_net(8, **options, factor=factor, seed=seed)
            found[f"{kind}: weights times {factor:g}"] = accuracy(net, points, seed)
        net = deep_convnet(12, **options, seed=seed)
        found[f"{kind}: pictures"] = accuracy(net, pictures, seed, num_epochs=5)
    return found
