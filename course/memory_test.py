"""A test of memory: the first input is +1 or -1, noise follows, and at the end it is asked for.

Two chapters train recurrent cells on it. Guessing is right half of the time.
"""

import numpy as np

from scratch import plain
from scratch.layers import fc_backward, fc_forward, softmax_loss
from scratch.optim import adam, clip_gradients
from scratch.rnn import CELLS


def make_sequences(n, T, rng):
    """Noise (n, T, 2) after a marked +1 or -1, and which of the two it was (n,)."""
    x, y = rng.normal(size=(n, T, 2)), rng.integers(2, size=n)
    x[:, :, 1] = 0
    x[:, 0] = np.stack([2 * y - 1, np.ones(n)], axis=1)
    return x, y


def remember(cell_type, T, *, forget_bias=0.0, H=16, steps=250, seed=1, backend=plain):
    """Train a cell, made of the functions of ``backend``, to recall the first of T inputs.

    -> accuracy on new sequences.
    """
    rng, cell = np.random.default_rng(seed), CELLS[cell_type](backend)
    shapes = {"Wx": (2, cell.gates * H), "Wh": (H, cell.gates * H), "w": (H, 2)}
    p = {name: rng.normal(size=s) / np.sqrt(s[0]) for name, s in shapes.items()}
    p |= {"b": np.zeros(cell.gates * H), "b2": np.zeros(2)}
    p["b"][H : 2 * H] = forget_bias  # of an LSTM; nothing else has units there that forget
    states = dict.fromkeys(p)
    for _ in range(steps):
        x, y = make_sequences(32, T, rng)
        h, cache = cell.forward(x, np.zeros((32, H)), p["Wx"], p["Wh"], p["b"])
        scores, top = fc_forward(h[:, -1], p["w"], p["b2"])
        dscores = softmax_loss(scores, y)[1]
        dh = np.zeros_like(h)
        dh[:, -1], dw, db2 = fc_backward(dscores, top)  # only the last state was asked
        _, _, dWx, dWh, db = cell.backward(dh, cache)
        grads, _ = clip_gradients({"Wx": dWx, "Wh": dWh, "b": db, "w": dw, "b2": db2}, 1.0)
        for name, g in grads.items():
            p[name], states[name] = adam(p[name], g, states[name], learning_rate=0.01)
    x, y = make_sequences(1000, T, rng)
    h, _ = cell.forward(x, np.zeros((1000, H)), p["Wx"], p["Wh"], p["b"])
    return float((fc_forward(h[:, -1], p["w"], p["b2"])[0].argmax(axis=1) == y).mean())
