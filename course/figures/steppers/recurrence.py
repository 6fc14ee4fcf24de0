"""A recurrent network through time, and how far its gradients reach."""

import numpy as np

from course.figures.element import Figure
from course.figures.numbers import compact
from scratch.rnn_layers import rnn_step_backward, rnn_step_forward


def rnn_stepper(x, h0, Wx, Wh, b, *, dh=None, caption=None):
    """An RNN unrolled: states forward, then gradients backward with dh and dWh adding up.

    ``x`` is (T, D), ``h0`` is (H,), ``dh`` (T, H) is the gradient of each state from its own loss.
    """
    x, h0, Wx, Wh, b = (np.asarray(a, dtype=float) for a in (x, h0, Wx, Wh, b))
    h, caches, state = [], [], h0[None]
    for x_t in x:
        state, step = rnn_step_forward(x_t[None], state, Wx, Wh, b)
        h.append(state[0])
        caches.append(step)
    dh = (
        np.resize([1.0, 0.5, -1.0, 0.0], (len(x), len(h0))) if dh is None else np.asarray(dh, float)
    )
    back = rnn_backward_frames(dh, caches)
    before = np.array([h0, *h[:-1]])  # (T, H): the state that each step started from
    strongest = max(np.abs(a).max() for a in (x, dh, *back.values()))
    data = {
        "x": compact(x), "h0": compact(h0), "Wx": compact(Wx), "Wh": compact(Wh), "b": compact(b),
        "h": compact(h), "fromX": compact(x @ Wx), "fromH": compact(before @ Wh),
        "a": compact(x @ Wx + before @ Wh + b), "dh": compact(dh), "strongest": compact(strongest),
        **{name: compact(array) for name, array in back.items()},
        "caption": caption or "Blue is positive, orange negative. Run it backward, then point at a "
        "cell of dWh: it collects a term from every time step.",
    }  # fmt: skip
    summary = (
        f"A recurrent network with {len(h0)} hidden units unrolled over {len(x)} time steps: the "
        "states forward, then gradients backward, where each state's gradient is a sum of two."
    )
    return Figure("rnn", data, summary)


def rnn_backward_frames(dh, caches):
    """``carried`` (T + 1, H), what each state gets from the step after it; then da, dx, dWh."""
    T, H = dh.shape
    carried, da, dx, dWh = np.zeros((T + 1, H)), np.zeros((T, H)), [None] * T, []
    for t in reversed(range(T)):
        total = dh[t] + carried[t + 1]
        dx_t, dprev_h, _, dWh_t, da[t] = rnn_step_backward(total[None], caches[t])  # db is da here
        dx[t], carried[t] = dx_t[0], dprev_h[0]
        dWh.append(dWh_t + dWh[-1] if dWh else dWh_t)
    return {"carried": carried, "da": da, "dx": np.array(dx), "dWh": np.array(dWh)}


def gradient_norm_figure(
    radii=(0.5, 0.8, 0.9, 1.0, 1.1, 1.25), *, T=20, H=16, seed=0, caption=None
):  # fmt: skip
    """How long the gradient of the last state is at each step before it, by spectral radius of Wh.

    Wh is a radius times an orthogonal matrix. Twice: with states near 0, where tanh is a straight
    line, and with states that saturate, where its slope shrinks every gradient.
    """
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(H, H)))[0]
    x, dh = rng.normal(size=(T, 1, H)), rng.normal(size=(1, H))
    dh /= np.linalg.norm(dh)
    norms = [
        [gradient_norms(scale * x, radius * turn, dh) for radius in radii] for scale in (1e-3, 1.0)
    ]
    data = {
        "radii": compact(radii), "norms": compact(norms), "names": ["Small states", "Large states"],
        "caption": caption or "Step through the radii and point at a time step. Below 1 the "
        "gradient that reaches early steps vanishes, above 1 it explodes, unless tanh saturates.",
    }  # fmt: skip
    summary = (
        f"Norm of the gradient that the last of {T} hidden states sends back to each one, on a "
        f"logarithmic scale, for spectral radii of Wh from {min(radii)} to {max(radii)}."
    )
    return Figure("norms", data, summary)


def gradient_norms(x, Wh, dh):
    """The norm of the gradient of the last state with respect to each state, first to last."""
    eye, zero = np.eye(len(Wh)), np.zeros(len(Wh))
    state, caches = zero[None], []
    for x_t in x:
        state, step = rnn_step_forward(x_t, state, eye, Wh, zero)
        caches.append(step)
    norms = [np.linalg.norm(dh)]
    for step in reversed(caches[1:]):
        dh = rnn_step_backward(dh, step)[1]
        norms.append(np.linalg.norm(dh))
    return norms[::-1]
