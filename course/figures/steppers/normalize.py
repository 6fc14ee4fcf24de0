"""Batch normalization of one column in numbers, forward and backward."""

import numpy as np

from course.figures import panels
from scratch.layers import batchnorm_backward, batchnorm_forward


def batchnorm_stepper(x, gamma, beta, dout, eps=1e-5):
    """One feature of N rows: x (N,), dout (N,), gamma and beta numbers; then the way back."""
    x, dout = np.asarray(x, float), np.asarray(dout, float)
    column = x[:, None], np.array([gamma]), np.array([beta])
    out, cache = batchnorm_forward(*column, eps=eps)
    dx, dgamma, dbeta = (d[..., 0] for d in batchnorm_backward(dout[:, None], cache))
    xhat, deviation = cache[0][:, 0], 1 / cache[2][0]
    dxhat = dout * gamma
    constant, along = dxhat.mean(), (dxhat * xhat).mean()
    N, frames = len(x), []
    rows = [f"row {n}" for n in range(N)]
    forward, backward = np.full((N, 4), np.nan), np.full((N, 4), np.nan)

    def frame(text, ahead=None, back=None):
        marks = [(n, ahead) for n in range(N)] if ahead is not None else ()
        others = [(n, back) for n in range(N)] if back is not None else ()
        names = ["x", "x − mean", "xhat", "out"], ["dout", "dxhat", "two roads off", "dx"]
        frames.append((text, [
            panels.grid(forward.copy(), title="forward", rows=rows, cols=names[0], mark=marks),
            panels.grid(backward.copy(), title="backward", rows=rows, cols=names[1], mark=others),
        ]))  # fmt: skip

    forward[:, 0] = x
    frame(f"One feature of {N} rows. Its mean is {x.mean():.2f}, its variance {x.var():.2f}.", 0)
    forward[:, 1] = x - x.mean()
    frame("Subtract the mean: the column adds up to 0.", 1)
    forward[:, 2] = xhat
    frame(f"Divide by the deviation, {deviation:.2f}: mean 0, variance 1, whatever x was.", 2)
    forward[:, 3] = out[:, 0]
    frame(f"Scale by gamma = {gamma:g}, shift by beta = {beta:g}: these two are learned.", 3)
    backward[:, 0] = dout
    text = (
        f"Backward. dbeta is the sum of dout, {dbeta:.2f}; dgamma that of dout xhat, {dgamma:.2f}."
    )
    frame(text, 2, 0)
    backward[:, 1] = dxhat
    frame(f"xhat met gamma: dxhat = {gamma:g} dout.", 2, 1)
    backward[:, 2] = dxhat - constant - xhat * along
    text = (
        f"Off goes the mean of dxhat, {constant:.2f}, for shifting the column changes nothing. Off "
        f"goes xhat times {along:.2f}, for stretching it changes nothing either."
    )
    frame(text, 2, 2)
    backward[:, 3] = dx
    text = f"Divide by the deviation. dx adds up to {abs(dx.sum()):.2f}, dx times xhat to "
    frame(f"{text}{abs(dx @ xhat):.2f}.", 2, 3)
    alt = f"A column of {N} numbers is normalized, and its gradient comes back with two parts off."
    return panels.panels_stepper(frames, alt=alt)
