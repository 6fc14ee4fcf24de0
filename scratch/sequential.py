"""Networks put together from layers: some remember, some behave otherwise in training, some skip.

    block = residual(conv(16, 16, 3, pad=1), batchnorm(16), relu(), conv(16, 16, 3, pad=1))
    net = Sequential(
        conv(3, 16, 3, pad=1), batchnorm(16), relu(), max_pool(),
        block, batchnorm(16), relu(), flatten(), fc(16 * 16 * 16, 10),
    )

A layer learns ``params`` and may remember ``state``, such as running averages, which is saved but
never trained. ``conv(3, 16, 3)`` and its like are recipes: ``Sequential`` makes the layers, on the
functions of its backend. The parameters of layer k are called "k.W", "k.b" and so on.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from scratch import fast as default_backend
from scratch.metrics import accuracy
from scratch.network import flatten_backward, flatten_forward
from scratch.shapes import check_rows


class Mode(NamedTuple):
    """How the layers are to behave: as in training or not; where random numbers come from."""

    train: bool
    rng: np.random.Generator


class Part(NamedTuple):
    """A layer of a ``Sequential``.

    ``forward(x, params, state, mode) -> (out, cache, what to remember from now on)`` and
    ``backward(dout, cache) -> (dx, gradient of each parameter by name)``. ``params`` and ``state``
    hold the first values by name; a parameter's is drawn: ``params[name](rng)``.
    """

    forward: Callable
    backward: Callable
    params: dict = {}
    state: dict = {}


# ---------------------------------------------------------------- layers


def plain(forward, backward, params={}, **options):  # noqa: B006 (read, never written)
    """A layer of two pure functions, with ``params`` in the order in which ``forward`` takes them.

    It remembers nothing, and training is nothing special to it.
    """

    def run(x, values, state, mode):
        out, cache = forward(x, *(values[name] for name in params), **options)
        return out, cache, {}

    def undo(dout, cache):
        gradients = backward(dout, cache)
        dx, *dparams = gradients if params else (gradients,)
        return dx, dict(zip(params, dparams))

    return Part(run, undo, params)


def fc(D, M):
    """Fully connected: (..., D) -> (..., M)."""
    params = {"W": partial(he_normal, (D, M)), "b": partial(constant, M, 0)}
    return lambda f: plain(f.fc_forward, f.fc_backward, params)


def conv(C, F, size, *, stride=1, pad=0):
    """F filters of ``size`` x ``size``, without bias: (N, C, H, W) -> (N, F, H', W')."""
    params, options = {"W": partial(he_normal, (F, C, size, size))}, {"stride": stride, "pad": pad}
    return lambda f: plain(f.conv_forward, f.conv_backward, params, **options)


def relu():
    """``max(x, 0)``."""
    return lambda f: plain(f.relu_forward, f.relu_backward)


def max_pool(size=2):
    """The largest of each window: (N, C, H, W) -> (N, C, H', W')."""
    return lambda f: plain(f.max_pool_forward, f.max_pool_backward, size=size)


def flatten():
    """(N, C, H, W) -> (N, C H W)."""
    return lambda f: plain(flatten_forward, flatten_backward)


def mean_pool():
    """The mean of each map: (N, C, H, W) -> (N, C)."""
    return lambda f: plain(mean_pool_forward, mean_pool_backward)


def mean_pool_forward(x):
    """(N, C, H, W) -> (N, C)."""
    return x.mean(axis=(2, 3)), x.shape


def mean_pool_backward(dout, cache):
    """Gradient ``dx``: every place of a map has an equal share in its mean."""
    N, C, H, W = cache
    return np.broadcast_to(dout[:, :, None, None] / (H * W), cache)


def dropout(drop_prob):
    """Silence each element with probability ``drop_prob``, in training only."""

    def make(f):
        def run(x, values, state, mode):
            out, cache = f.dropout_forward(x, drop_prob=drop_prob, rng=mode.rng, train=mode.train)
            return out, cache, {}

        return Part(run, lambda dout, cache: (f.dropout_backward(dout, cache), {}))

    return make


def batchnorm(D, *, momentum=0.9):
    """Batch normalization of D features (N, D), or of D channels (N, D, H, W).

    In training it normalizes with mean and variance of the batch and remembers running averages,
    ``momentum`` times the old value each time; at test time it normalizes with these.
    """
    params = {"gamma": partial(constant, D, 1), "beta": partial(constant, D, 0)}
    state = {"mean": np.zeros(D), "var": np.ones(D)}

    def make(f):
        def run(x, values, state, mode):
            forward = f.batchnorm_forward if x.ndim == 2 else f.spatial_batchnorm_forward
            if not mode.train:
                return *forward(x, values["gamma"], values["beta"], **state), {}
            averages = f.running_averages if x.ndim == 2 else averages_of_channels(f)
            kept = averages(state["mean"], state["var"], x, momentum=momentum)
            kept = dict(zip(("mean", "var"), kept))
            return *forward(x, values["gamma"], values["beta"]), kept

        def undo(dout, cache):
            backward = f.batchnorm_backward if dout.ndim == 2 else f.spatial_batchnorm_backward
            dx, dgamma, dbeta = backward(dout, cache)
            return dx, {"gamma": dgamma, "beta": dbeta}

        return Part(run, undo, params, state)

    return make


def averages_of_channels(f):
    """Running averages of channels by a backend's ``running_averages``; ``fast`` has them tuned."""
    if f is default_backend:
        return f.spatial_running_averages

    def by_rows(mean, var, x, *, momentum):
        rows = x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])  # every place is a row
        return f.running_averages(mean, var, rows, momentum=momentum)

    return by_rows


# ---------------------------------------------------------------- layers made of layers


def chain(*layers):
    """Layers one after the other; with none it hands on what it gets."""
    return lambda f: chained([layer(f) for layer in layers])


def chained(parts):
    """Parts one after the other, as one part."""

    def run(x, values, state, mode):
        caches, kept = [], {}
        for k, part in enumerate(parts):
            x, cache, now = part.forward(x, below(k, values), below(k, state), mode)
            caches.append(cache)
            kept.update(above(k, now))
        return x, caches, kept

    def undo(dout, caches):
        grads = {}
        for k, part in reversed(list(enumerate(parts))):
            dout, g = part.backward(dout, caches[k])
            grads.update(above(k, g))
        return dout, grads

    params = joined({k: part.params for k, part in enumerate(parts)})
    return Part(run, undo, params, joined({k: part.state for k, part in enumerate(parts)}))


def residual(*layers, shortcut=()):
    """``F(x) + x``, F being ``layers`` one after the other: what comes in skips them, too.

    Where F changes the shape, ``shortcut`` lists the layers that give ``x`` the new one.
    """

    def make(f):
        branch, skip = chain(*layers)(f), chain(*shortcut)(f)

        def run(x, values, state, mode):
            out, cache, kept = branch.forward(x, below("F", values), below("F", state), mode)
            past, other, also = skip.forward(x, below("skip", values), below("skip", state), mode)
            return out + past, (cache, other), {**above("F", kept), **above("skip", also)}

        def undo(dout, caches):
            dx, g = branch.backward(dout, caches[0])
            dpast, h = skip.backward(dout, caches[1])
            return dx + dpast, {**above("F", g), **above("skip", h)}

        params = joined({"F": branch.params, "skip": skip.params})
        return Part(run, undo, params, joined({"F": branch.state, "skip": skip.state}))

    return make


def below(name, values):
    """The values of part ``name``, by the names that it knows: "3.W" -> "W" for part 3."""
    start = f"{name}."
    return {k.removeprefix(start): v for k, v in values.items() if k.startswith(start)}


def above(name, values):
    """The same names seen from outside: "W" -> "3.W"."""
    return {f"{name}.{k}": v for k, v in values.items()}


def joined(parts):
    """The dicts of several parts as one, by names from outside."""
    return {k: v for name, values in parts.items() for k, v in above(name, values).items()}


# ---------------------------------------------------------------- the network


def he_normal(shape, rng):
    """Normal weights of deviation sqrt(2 / fan-in): ReLUs keep the size of what passes through.

    He et al., "Delving deep into rectifiers" (ICCV 2015).
    """
    fan_in = shape[0] if len(shape) == 2 else int(np.prod(shape[1:]))
    return rng.normal(size=shape) * np.sqrt(2 / fan_in)


def constant(size, value, rng):
    """``size`` times the same value."""
    return np.full(size, float(value))


class Sequential:
    """A classifier of layers one after the other, on rows (N, D) or images (N, C, H, W).

    ``params`` is trained, ``state`` is remembered. There is no switch to forget: ``loss(X, y)``
    runs the layers as in training, everything else as at test time. ``rng`` draws the first weights
    and then what dropout silences; None means seed 0. ``backend`` holds the layer functions.
    """

    def __init__(self, *layers, dtype=np.float32, rng=None, backend=default_backend):
        self.rng = np.random.default_rng(0) if rng is None else rng
        self.dtype, self.softmax_loss = dtype, backend.softmax_loss
        self.parts = [layer(backend) for layer in layers]
        self.whole = chained(self.parts)
        draws = self.whole.params
        self.params = {name: draw(self.rng).astype(dtype) for name, draw in draws.items()}
        self.state = {name: value.astype(dtype) for name, value in self.whole.state.items()}

    def forward(self, X, *, train):
        """Run all layers: -> (scores, caches, the state from now on). Nothing is changed."""
        mode = Mode(train, self.rng)
        return self.whole.forward(np.asarray(X, self.dtype), self.params, self.state, mode)

    def backward(self, dout, caches):
        """Undo ``forward``: -> (dX, gradient of each parameter by name)."""
        return self.whole.backward(dout, caches)

    def loss(self, X, y=None):
        """Scores (N, K) as at test time; with labels ``y`` (N,), training's loss and gradients.

        With ``y`` the state moves on: the running averages take this batch in.
        """
        if y is None:
            return self.predict(X)
        scores, caches, kept = self.forward(X, train=True)
        self.state.update(kept)
        loss, dscores = self.softmax_loss(scores, y)
        return loss, self.backward(dscores, caches)[1]

    def predict(self, X, block=250):
        """Scores as at test time, in blocks that bound memory."""
        check_rows("X", X)
        starts = range(0, len(X), block)
        return np.concatenate([self.forward(X[i : i + block], train=False)[0] for i in starts])

    def accuracy(self, X, y):
        """Share of rows whose highest score is the right class."""
        return accuracy(self.predict(X).argmax(axis=1), y)
