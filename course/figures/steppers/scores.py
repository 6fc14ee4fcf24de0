"""Softmax and its gradient under sliders."""

import numpy as np

from course.figures.element import Figure
from course.figures.numbers import compact
from scratch.layers import softmax_loss


def softmax_slider(scores, y, *, names=None, caption=None):
    """Sliders over the scores (K,) of one example: probabilities, loss and gradient answer at once.

    The script computes softmax itself here, since nobody can store every answer; a test holds it
    to ``scratch.layers.softmax_loss``.
    """
    scores = np.asarray(scores, dtype=float)
    names = [f"class {k}" for k in range(len(scores))] if names is None else list(names)
    loss, _ = softmax_loss(scores[None], np.array([y]))
    data = {
        "scores": compact(scores), "y": int(y), "names": names,
        "caption": caption or "Move one score: every part of the gradient moves, and its bars "
        "still sum to zero. Then let a wrong class win by far: the loss grows without end, the "
        "gradient never passes 1.",
    }  # fmt: skip
    summary = (
        f"Sliders for the scores of {len(scores)} classes ({', '.join(names)}; right: {names[y]}) "
        f"with the probability and gradient of each, and the loss, {loss:.2f} at the start."
    )
    return Figure("softmax", data, summary)
