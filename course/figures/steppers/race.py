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


def optimizer_race(*, scales=(0.25, 0.5, 1, 2, 4), steps=50, start=(-4.0, 1.5), caption=None):
    """Four update rules race down a valley, 20 times as steep across as along, at several rates."""
    steepness = np.array([1.0, 20.0])
    races = [
        [race(rule, scale * rate, start, steepness, steps) for rule, rate in RACERS.values()]
        for scale in scales
    ]
    data = {
        "names": list(RACERS), "rates": [rate for _, rate in RACERS.values()],
        "scales": list(scales), "steepness": compact(steepness),
        "first": int(np.argmin(np.abs(np.log(scales)))),  # the rates that suit the valley
        "paths": np.round([[path for path, _ in field] for field in races], 2).tolist(),
        "losses": compact([[loss for _, loss in field] for field in races]),
        "caption": caption or "Let them run, then change the learning rate. Which rule is the "
        "first to diverge when it grows, and which one hardly moves when it shrinks?",
    }  # fmt: skip
    summary = (
        f"{', '.join(RACERS)} descend from {start} into a valley {steepness[1]:.0f} times as steep "
        f"across as along, {steps} steps, with learning rates scaled by {scales[0]} to "
        f"{scales[-1]}."
    )
    return Figure("race", data, summary)


def race(rule, learning_rate, start, steepness, steps):
    """The places (steps + 1, 2) a rule visits on ``0.5 sum(steepness w²)``, and its losses."""
    w, state = np.array(start), None
    path, losses = [], []
    for _ in range(steps + 1):
        path.append(w)
        losses.append(0.5 * (steepness * w**2).sum())
        if losses[-1] < DIVERGED:
            w, state = rule(w, steepness * w, state, learning_rate=learning_rate)
    return path, losses
