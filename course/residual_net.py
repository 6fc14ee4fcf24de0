"""The residual network for real pictures, and what is kept of it once it is trained.

``course.photos`` trains it. A narrow one with weights of eight bits comes with the course.
"""

from functools import partial

import numpy as np

from course.deep import pairs_of, started
from course.env import BUILD, ROOT
from scratch import fast as default_backend
from scratch.checkpoints import check_params, read_checkpoint, write_atomically
from scratch.sequential import Sequential, batchnorm, conv, fc, max_pool, mean_pool, relu

WIDTH, DIGITS_WIDTH, POCKET_WIDTH = 24, 8, 10  # channels of the first layer; the last: 4 times

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


def network(channels=3, width=WIDTH, *, seed=0, backend=default_backend, **parts):
    """A classifier of pictures (N, channels, H, W), of any size from 8 x 8, in ten classes.

    After He et al., "Deep residual learning for image recognition" (CVPR 2016), small and wide.
    ``normalize`` and ``skips`` (True) leave batch norm and skips out; see ``layers_of``.
    """
    layers = layers_of(channels, width, **parts)
    net = Sequential(*layers, rng=np.random.default_rng(seed), backend=backend)
    return started(net, 1.0, parts.get("normalize", True))


def eyes_of(net, end=-2):
    """A trained ``network`` up to its last maps, which ``predict`` gives: (N, F, H', W').

    ``end`` says where to stop, as in a slice of its layers; 4 gives the maps of the first ones.
    """
    width, channels = net.params["0.W"].shape[:2]
    eyes = Sequential(*layers_of(channels, width)[:end], dtype=net.dtype)
    eyes.params = {name: net.params[name] for name in eyes.params}
    eyes.state = {name: net.state[name] for name in eyes.state}
    return eyes


def saliency(net, image, label):
    """Size of a score's gradient at each pixel of (C, H, W), the largest of its channels: (H, W).

    Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks" (ICLR workshop 2014).
    """
    scores, caches, _ = net.forward(image[None], train=False)
    dscores = np.zeros_like(scores)
    dscores[0, label] = 1
    dX, _ = net.backward(dscores, caches)  # (1, C, H, W)
    return np.abs(dX[0]).max(axis=0)


# ---------------------------------------------------------------- what is kept

KEPT = BUILD / "real" / "photos.npz"
POCKET = ROOT / "book" / "results" / "pocket.npz"  # comes with the course


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
            f"{path} is not there: `python -m course.results photos --seeds 1` trains the network "
            "and puts it there, in half an hour."
        )
    saved, net = read_checkpoint(path, ("params", "state", "mean", "std")), network()
    for own, found in ((net.params, saved["params"]), (net.state, saved["state"])):
        check_params(path, found, own)
        own.update(found)
    return net, saved["mean"], saved["std"]


def in_bytes(net):
    """Weights as whole numbers from -127 to 127 with a scale for each filter; the rest as it is."""
    weights = {name: w for name, w in net.params.items() if w.ndim > 1}
    scales = {name: scale_of(w) for name, w in weights.items()}
    whole = [np.round(w / scales[name]).astype(np.int8).ravel() for name, w in weights.items()]
    vectors = [v for v in net.params.values() if v.ndim == 1] + list(net.state.values())
    rest = [part.ravel() for part in (*scales.values(), *vectors)]
    return {"weights": np.concatenate(whole), "rest": np.concatenate(rest).astype(np.float32)}


def keep_small(small, data):
    """Put what ``in_bytes`` gave, and what pictures are scaled by, where ``at_hand`` finds it."""
    POCKET.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(POCKET, {**small, "mean": data["mean"], "std": data["std"]})


def scale_of(w):
    """What 1 of 127 stands for, for each filter (F, ...) or each column (D, M) of ``w``."""
    axes = 0 if w.ndim == 2 else tuple(range(1, w.ndim))
    return np.maximum(np.abs(w).max(axis=axes, keepdims=True), 1e-12) / 127


def restored(small):
    """The network that ``in_bytes`` made small."""
    net = network(3, POCKET_WIDTH)
    weights = [name for name, w in net.params.items() if w.ndim > 1]
    taken, rest = {"weights": 0, "rest": 0}, "rest"

    def take(which, like):
        start = taken[which]
        taken[which] += like.size
        return small[which][start : taken[which]].reshape(like.shape)

    scales = {name: take(rest, scale_of(net.params[name])) for name in weights}
    for name in weights:
        net.params[name] = take("weights", net.params[name]) * scales[name]
    for name, v in net.params.items():
        if v.ndim == 1:
            net.params[name] = take(rest, v)
    net.state = {name: take(rest, v) for name, v in net.state.items()}
    if any(len(small[which]) != count for which, count in taken.items()):
        raise ValueError(f"{POCKET} was made from another network: fetch the course's file again.")
    return net


def at_hand():
    """The best network that is here: -> net, mean, std. The narrow one comes with the course."""
    return kept() if KEPT.exists() else pocket()


def pocket():
    """The narrow network that comes with the course: -> net, mean, std."""
    if not POCKET.exists():
        raise FileNotFoundError(
            f"{POCKET} is not there. It comes with the course: fetch it again, or train the "
            "network yourself, `python -m course.results photos --seeds 1`."
        )
    small = read_checkpoint(POCKET, ("weights", "rest", "mean", "std"))
    return restored(small), small["mean"], small["std"]
