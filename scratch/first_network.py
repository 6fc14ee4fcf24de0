"""The smallest network that learns something by itself: thirty lines, and no calculus.

All numbers that training may change stand in one row ``p``. The slopes of the loss are measured, by
nudging; how to compute them is what the course is about.
"""

import numpy as np


def line(x, p):
    """A straight line: slope ``p[0]`` times ``x`` (N,), plus ``p[1]``."""
    return p[0] * x + p[1]


def network(x, p):
    """Scores (N,) of points ``x`` (N, 2); ``p`` holds 33 numbers."""
    w1, b1, w2, b2 = p[:16].reshape(2, 8), p[16:24], p[24:32], p[32]
    hidden = np.maximum(x @ w1 + b1, 0)  # (N, 8): eight sums, each cut off at zero
    return hidden @ w2 + b2


def squared_error(out, y):
    """The loss, one number: the mean of the squared differences between ``out`` and ``y`` (N,)."""
    return np.mean((out - y) ** 2)


def slopes(loss, p, nudge=1e-5):
    """How fast ``loss(p)`` rises with each number of ``p``: the gradient, measured."""
    gradient = np.zeros(len(p))
    for k in range(len(p)):
        up, down = p.copy(), p.copy()
        up[k] += nudge
        down[k] -= nudge
        gradient[k] = (loss(up) - loss(down)) / (2 * nudge)
    return gradient


def go_downhill(loss, p, rate, steps):
    """Step against the slopes ``steps`` times; -> the last ``p``, and the loss before each step."""
    losses = []
    for _ in range(steps):
        losses.append(loss(p))
        p = p - rate * slopes(loss, p)
    return p, losses
