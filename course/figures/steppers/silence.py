"""Dropout of one layer in numbers: mask after mask, and their mean; then the way back."""

import numpy as np

from course.figures import panels
from scratch.layers import dropout_backward, dropout_forward


def dropout_stepper(x, dout, drop_prob=0.5, masks=4, seed=1):
    """Units x (D,) under several masks, drawn one after the other, and at test time.

    ``dout`` (D,) is the gradient that comes back through the last of the masks.
    """
    x, dout, rng = np.asarray(x, float), np.asarray(dout, float), np.random.default_rng(seed)
    D, keep, frames = len(x), 1 - drop_prob, []
    units = [f"unit {d}" for d in range(D)]
    forward, back, outs = np.full((4, D), np.nan), np.full((3, D), np.nan), []
    forward[0] = x

    def frame(text, mark=None, behind=None):
        names = ["x", "mask", "out", "mean of out"], ["dout", "mask", "dx"]
        marks = [[(row, d) for d in range(D)] if row is not None else () for row in (mark, behind)]
        frames.append((text, [
            panels.grid(forward.copy(), title="forward", rows=names[0], cols=units, mark=marks[0]),
            panels.grid(back.copy(), title="backward", rows=names[1], cols=units, mark=marks[1]),
        ]))  # fmt: skip

    frame(f"A layer of {D} units. In training each is silenced with probability {drop_prob:g}.", 0)
    for k in range(masks):
        out, cache = dropout_forward(x, drop_prob=drop_prob, rng=rng)
        outs.append(out)
        forward[1], forward[2], forward[3] = cache, out, np.mean(outs, axis=0)
        told = f"Step {k + 1}: {named([d for d in range(D) if cache[d] == 0])}."
        frame(f"{told} Who is left is multiplied with 1 / {keep:g} = {1 / keep:.3g}.", 2)
    while len(outs) < 1000:
        outs.append(dropout_forward(x, drop_prob=drop_prob, rng=rng)[0])
    shown, forward[3] = forward[3].copy(), np.mean(outs, axis=0)
    frame("After 1000 masks the mean of out is nearly x. That is why survivors are scaled up.", 3)
    forward[3] = shown
    back[0], back[1] = dout, cache
    frame("Backward, through the last mask, which the forward pass has kept.", 1, 1)
    back[2] = dropout_backward(dout, cache)
    frame("dx is dout times the same mask. Who was silent had no say in the loss.", 1, 2)
    forward[1], forward[2], back[:] = np.nan, x, np.nan
    frame("At test time nobody is silenced, nothing is scaled, and nothing is drawn: out = x.", 2)
    alt = f"{D} units under random masks: some are silent, the others louder, and the mean stays."
    return panels.panels_stepper(frames, alt=alt)


def named(silent):
    """Who is silent, in words."""
    units = ", ".join(map(str, silent))
    if len(silent) < 2:
        return f"unit {units} is silent" if silent else "nobody is silent"
    return f"units {units} are silent"
