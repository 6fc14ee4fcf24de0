"""Layers for the exercise on gradient checking: some have a bug in their backward pass.

Do not read on if you are doing that exercise: find the bugs by measuring, that is the point.
"""

import numpy as np


def scale_forward(x, s):
    """Scale each feature: (N, D), (D,) -> (N, D)."""
    return x * s, (x, s)


def scale_backward(dout, cache):
    x, s = cache
    return dout * s, (dout * x).mean(axis=0)


def square_forward(x):
    """Square each element: any shape -> same shape."""
    return x**2, x


def square_backward(dout, cache):
    return 2 * dout * cache


def softplus_forward(x):
    """A smooth ReLU, log(1 + exp(x)): any shape -> same shape."""
    return np.logaddexp(0, x), x


def softplus_backward(dout, cache):
    return dout / (1 + np.exp(cache))


def center_forward(x):
    """Subtract the mean of each row: (N, D) -> (N, D)."""
    return x - x.mean(axis=1, keepdims=True), None


def center_backward(dout, cache):
    return dout


def product_forward(x, y):
    """Matrix product: (N, K), (K, M) -> (N, M)."""
    return x @ y, (x, y)


def product_backward(dout, cache):
    x, y = cache
    return dout @ y.T, x.T @ dout


SUSPECTS = {
    "scale": (scale_forward, scale_backward, ((4, 3), (3,))),
    "square": (square_forward, square_backward, ((4, 3),)),
    "softplus": (softplus_forward, softplus_backward, ((4, 3),)),
    "center": (center_forward, center_backward, ((4, 3),)),
    "product": (product_forward, product_backward, ((4, 3), (3, 2))),
}


def suspects():
    """Name, forward, backward and float64 inputs of each layer under suspicion."""
    rng = np.random.default_rng(7)
    for name, (forward, backward, shapes) in SUSPECTS.items():
        yield name, forward, backward, [rng.normal(size=shape) for shape in shapes]
