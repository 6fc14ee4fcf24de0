"""Self-attention in numbers: every step asks all steps up to itself, then the way back."""

import numpy as np

from course.figures import panels
from scratch.rnn_layers import attention_backward, self_attention_forward


def self_attention_stepper(x, Wq, Wk, Wv, dout):
    """One sequence x (T, D), matrices (D, A), (D, A), (D, M), then back from dout (T, M)."""
    x, Wq, Wk, Wv, dout = (np.asarray(a, dtype=float) for a in (x, Wq, Wk, Wv, dout))
    out, cache = self_attention_forward(x[None], Wq, Wk, Wv)
    looks, T = cache[4], len(x)
    now = {"weights": np.full((T, T), np.nan), "out": np.full_like(dout, np.nan)}
    now |= {"dkeys": np.full((T, Wk.shape[1]), np.nan), "dvalues": np.full_like(dout, np.nan)}
    now |= {"dquery": np.full((T, Wq.shape[1]), np.nan)}
    frames, steps = [], [f"t = {t}" for t in range(T)]

    def frame(text, t=None, made=True):
        row = [] if t is None else [t]
        read = [] if t is None else range(t + 1)
        names = {"query": x @ Wq, "keys": x @ Wk, "values": x @ Wv}
        marks = {"query": row, "keys": read, "values": read, "weights": row, "out": row}
        marks |= {"dquery": row, "dkeys": read, "dvalues": read}
        shown = {k: a if made else np.full_like(a, np.nan) for k, a in names.items()} | now
        grids = [panels.grid(x, title="x", rows=steps)]
        for name, array in shown.items():
            cells = [(i, j) for i in marks[name] for j in range(array.shape[1])]
            cells = [(i, j) for i, j in cells if not np.isnan(array[i, j])]
            grids.append(panels.grid(array.copy(), title=name, rows=steps, mark=cells))
        frames.append((text, grids))

    frame(
        f"A sequence of {T} steps. There is no state, and no loop from one step to the next.",
        made=False,
    )
    frame("From each step three things are made: what it asks, what it is known by, what it says.")
    for t, look in enumerate(looks):
        now["weights"][t, : t + 1], now["out"][t] = look[3][0], out[0, t]
        who = "itself alone" if t == 0 else f"the steps 0 to {t}"
        shares = ", ".join(f"{w:.2f}" for w in look[3][0])
        frame(f"Step {t} asks {who}. The weights: {shares}. It reads ({numbers(out[0, t])}).", t)
    for t, look in enumerate(looks):
        dquery, dkeys, dvalues = (d[0] for d in attention_backward(dout[None, t], look))
        now["dquery"][t] = dquery
        for name, share in (("dkeys", dkeys), ("dvalues", dvalues)):
            now[name][: t + 1] = np.nan_to_num(now[name][: t + 1]) + share
        told = "its own key and value" if t == 0 else f"the keys and values of steps 0 to {t}"
        frame(f"Back: the look of step {t} tells its query, and adds to {told}.", t)
    dx = now["dquery"] @ Wq.T + now["dkeys"] @ Wk.T + now["dvalues"] @ Wv.T
    told = "; ".join(f"({numbers(row)})" for row in dx)
    frame(f"x was used three times. dx = dquery Wqᵀ + dkeys Wkᵀ + dvalues Wvᵀ, row by row: {told}.")
    alt = f"Self-attention over {T} steps: queries, keys, values, weights, and the gradients back."
    return panels.panels_stepper(frames, alt=alt)


def numbers(values):
    return ", ".join(f"{v:.2f}" for v in values)
