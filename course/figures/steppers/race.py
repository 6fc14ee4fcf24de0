"""Update rules racing down a valley."""

import numpy as np

from course.figures.element import Figure
from course.figures.numbers import compact
from scratch.optim import adam, momentum, rmsprop, sgd

# Learning rates that suit the valley of ``optimizer_race``; the figure lets a reader scale them.
RACERS = {
    "SGD": (sgd, 0.05),
    "Momentum": (momentum, 0.02),
    "RMSProp": (rmsprop, 0.05),
    "Adam": (adam, 0.15),
}
DIVERGED = 1e6  # a loss from which no rule comes back: its path ends there


LEVELS = (0.5, 2, 5, 10, 20, 40)  # losses whose contours are drawn


def optimizer_race(
    *, turn=0, scales=(0.25, 0.5, 1, 2, 4), steps=50, start=(-4.0, 1.5), caption=None
):  # fmt: skip
    """Four update rules race down a valley, 20 times as steep across as along, at several rates.

    ``turn`` degrees turn the valley and the start with it, so that it no longer lies along an axis.
    """
    steepness, turned = np.array([1.0, 20.0]), rotation(turn)
    A = turned @ np.diag(steepness) @ turned.T
    races = [
        [race(rule, scale * rate, turned @ start, A, steps) for rule, rate in RACERS.values()]
        for scale in scales
    ]
    ranges = [(-4.6, 2.6), (-4.6, 2.6)] if turn else [(-4.6, 2.6), (-2, 2)]
    data = {
        "names": list(RACERS), "rates": [rate for _, rate in RACERS.values()],
        "scales": list(scales), "turn": turn, "range": ranges,
        "ticks": [[-4, -2, 0, 2], [-4, -2, 0, 2] if turn else [-1, 0, 1]],
        "levels": [contour(loss, steepness, turned) for loss in LEVELS],
        "first": int(np.argmin(np.abs(np.log(scales)))),  # the rates that suit the valley
        "paths": np.round([[path for path, _ in field] for field in races], 2).tolist(),
        "losses": compact([[loss for _, loss in field] for field in races]),
        "caption": caption or "Let them run, then change the learning rate. Which rule is the "
        "first to diverge when it grows, and which one hardly moves when it shrinks?",
    }  # fmt: skip
    where = f" turned by {turn} degrees" if turn else ""
    summary = (
        f"{', '.join(RACERS)} descend from {start} into a valley {steepness[1]:.0f} times as steep "
        f"across as along{where}, {steps} steps, with learning rates scaled by {scales[0]} to "
        f"{scales[-1]}."
    )
    return Figure("race", data, summary)


def rotation(degrees):
    """The matrix (2, 2) that turns a column by some degrees."""
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[cos, -sin], [sin, cos]])


def contour(loss, steepness, turned, points=32):
    """Places (points, 2) where ``0.5 sum(steepness w²)`` has this value, turned."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    along = np.stack([np.cos(angle), np.sin(angle)]) * np.sqrt(2 * loss / steepness)[:, None]
    return np.round((turned @ along).T, 2).tolist()


def race(rule, learning_rate, start, A, steps):
    """The places (steps + 1, 2) a rule visits on ``0.5 w A w``, and its losses."""
    w, state = np.array(start), None
    path, losses = [], []
    for _ in range(steps + 1):
        path.append(w)
        losses.append(0.5 * w @ A @ w)
        if losses[-1] < DIVERGED:
            w, state = rule(w, A @ w, state, learning_rate=learning_rate)
    return path, losses
