"""A recurrent network through time, and how far its gradients reach."""

import numpy as np

from course.figures.element import Figure
from course.figures.numbers import compact
from course.figures.panels import curve, panels_stepper
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
    slope = 1 - np.array(h) ** 2
    data = {
        "x": compact(x), "h0": compact(h0), "Wx": compact(Wx), "Wh": compact(Wh), "b": compact(b),
        "h": compact(h), "fromX": compact(x @ Wx), "fromH": compact(before @ Wh),
        "a": compact(x @ Wx + before @ Wh + b), "dh": compact(dh), "slope": compact(slope),
        "strongest": compact(strongest),
        **{name: compact(array) for name, array in back.items()},
        "caption": caption or "Blue is positive, orange negative. Run it backward, then point at a "
        "cell of da, dWh or dWx to see where it comes from.",
    }  # fmt: skip
    summary = (
        f"A recurrent network with {len(h0)} hidden units unrolled over {len(x)} time steps: the "
        "states forward, then gradients backward, where each state's gradient is a sum of two."
    )
    return Figure("rnn", data, summary)


def rnn_backward_frames(dh, caches):
    """Gradients of each step, and sums of weight gradients, the last step first.

    ``carried`` (T + 1, H) is what each state gets from the step after it, ``da`` and ``dx`` belong
    to the steps, ``dWx``, ``dWh`` and ``db`` are what stands there after each step back.
    """
    T, H = dh.shape
    carried, da, dx, sums = np.zeros((T + 1, H)), np.zeros((T, H)), [None] * T, []
    for t in reversed(range(T)):
        total = dh[t] + carried[t + 1]
        dx_t, dprev_h, *shares = rnn_step_backward(total[None], caches[t])
        dx[t], carried[t], da[t] = dx_t[0], dprev_h[0], shares[2]  # of one sentence, db is da
        sums.append([a + b for a, b in zip(shares, sums[-1])] if sums else shares)
    dWx, dWh, db = (np.array(parts) for parts in zip(*sums))
    return {"carried": carried, "da": da, "dx": np.array(dx), "dWx": dWx, "dWh": dWh, "db": db}


NORMS = (
    "Step through the sizes and point at the chart. Below 1 the gradient that reaches early steps "
    "vanishes, above 1 it explodes, unless tanh saturates."
)


def gradient_norm_figure(
    sizes=(0.5, 0.8, 0.9, 1.0, 1.1, 1.25), *, T=20, H=16, seed=0, caption=None
):  # fmt: skip
    """How long the gradient of the last state is at each step before it, by the size of Wh.

    Wh is a number times an orthogonal matrix, so all its singular values are that number. Twice:
    with states near 0, where tanh is a straight line, and with states that saturate, where its
    slope shrinks every gradient.
    """
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(H, H)))[0]
    x, dh = rng.normal(size=(T, 1, H)), rng.normal(size=(1, H))
    dh /= np.linalg.norm(dh)
    frames = {}
    for label, scale in (("Small states", 1e-3), ("Large states", 1.0)):
        norms = {f"{s:g}": gradient_norms(scale * x, s * turn, dh)[::-1] for s in sizes}
        frames[label] = [norm_frame(norms, size) for size in norms]
    alt = (
        f"Norm of the gradient that the last of {T} hidden states sends back to each one, on a "
        f"logarithmic scale, for Wh with singular values from {min(sizes)} to {max(sizes)}."
    )
    return panels_stepper(frames, alt=alt, caption=caption or NORMS)


def norm_frame(norms, size):
    """All curves, one of them stressed, and how its gradient ends."""
    first = norms[size][-1]  # what reaches the first state
    fate = "as large as before"
    if first < 0.5:
        fate = f"smaller by a factor of {1 / first:.3g}"
    elif first > 2:
        fate = f"larger by a factor of {first:.3g}"
    back = len(norms[size]) - 1
    text = (
        f"Largest singular value {size}: {back} steps back, a gradient of 1 is {first:.2g}, {fate}."
    )
    panel = curve(
        norms, marked=size, xlabel="steps back from the last state", log=True,
        ylabel="norm of the gradient", ylim=(1e-10, 300),
    )  # fmt: skip
    return text, [panel]


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
