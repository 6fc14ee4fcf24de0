"""Checks for the exercises (first, plain version): are the numbers those of the reference?"""

import numpy as np

from scratch import cnn_layers, layers, rnn_layers

REFERENCE = {
    name: function
    for module in (layers, cnn_layers, rnn_layers)
    for name, function in vars(module).items()
}


def draw(rng, *shapes):
    return [rng.normal(size=shape) for shape in shapes]


def cases(name, rng):
    """Arguments and options on which to try the function called ``name``."""
    words, mask = rng.integers(0, 6, size=(3, 4)), rng.random((3, 4)) < 0.7
    return {
        "conv": [
            (draw(rng, (2, 3, 7, 9), (4, 3, 3, 2), (4,)), {"stride": 2, "pad": 1}),
            (draw(rng, (2, 1, 6, 5), (2, 1, 3, 3)), {}),
        ],
        "max_pool": [
            (draw(rng, (2, 3, 6, 8)), {}),
            (draw(rng, (2, 2, 7, 5)), {"size": 3, "stride": 2}),
        ],
        "rnn_step": [(draw(rng, (3, 4), (3, 5), (4, 5), (5, 5), (5,)), {})],
        "rnn": [(draw(rng, (3, 4, 6), (3, 5), (6, 5), (5, 5), (5,)), {})],
        "word_embedding": [([words, *draw(rng, (6, 5))], {})],
        "temporal_softmax_loss": [([*draw(rng, (3, 4, 6)), words, mask], {})],
    }[name]


def check(function):
    """Say whether ``function`` gives the reference's numbers."""
    name, rng = function.__name__, np.random.default_rng(0)
    kind = name.removesuffix("_forward").removesuffix("_backward")
    try:
        right = all(same(function, args, options) for args, options in cases(kind, rng))
    except NotImplementedError:
        print(f"{name}: not written yet")
        return
    print(f"{name}: {'right' if right else 'not yet right'}")


def same(function, args, options):
    """Equal to the reference on these arguments?"""
    name = function.__name__
    if not name.endswith("_backward"):
        mine, ours = function(*args, **options), REFERENCE[name](*args, **options)
        pairs = zip(mine[:1], ours[:1]) if name.endswith("_forward") else zip(mine, ours)
        return all(np.allclose(a, b) for a, b in pairs)
    forward = name.replace("_backward", "_forward")
    out, cache = REFERENCE[forward](*args, **options)
    theirs = function.__globals__.get(forward, REFERENCE[forward])(*args, **options)[1]
    dout = np.random.default_rng(1).normal(size=out.shape)
    mine, ours = function(dout, theirs), REFERENCE[name](dout, cache)
    if not isinstance(ours, tuple):
        mine, ours = (mine,), (ours,)
    return all(b is None or np.allclose(a, b) for a, b in zip(mine, ours))
