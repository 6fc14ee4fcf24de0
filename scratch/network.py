"""What networks are put together from: layers as pairs of functions, and their first weights.

A network takes ``backend``, a module or any other object with the layer functions under the names
of ``scratch.plain``, and runs on these: ``scratch.fast`` unless told otherwise.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Layer(NamedTuple):
    """A forward/backward pair and the names of the parameters it reads."""

    forward: Callable
    backward: Callable
    params: tuple[str, ...] = ()


def flatten_forward(x):
    """(N, C, H, W) -> (N, C H W), or whatever follows the first axis."""
    return x.reshape(len(x), math.prod(x.shape[1:])), x.shape


def flatten_backward(dout, cache):
    """(N, C H W) -> (N, C, H, W)."""
    return dout.reshape(cache)


def uniform_fan_in(shape, rng):
    """Weights uniform in ±1/sqrt(fan-in), biases 0; fan-in: how many inputs feed one output."""
    if len(shape) == 1:
        return np.zeros(shape)
    fan_in = shape[0] if len(shape) == 2 else int(np.prod(shape[1:]))
    return rng.uniform(-1, 1, shape) / np.sqrt(fan_in)
