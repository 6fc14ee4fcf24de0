"""Gated cells in numbers: the lanes of an LSTM, the four roads of a GRU, there and back."""

import numpy as np

from course.figures import panels
from scratch.rnn_layers import gru_gate_gradient, gru_gates, lstm_gate_gradient, lstm_step_forward

FORWARD = ("f: keep", "i: write", "g: news", "c: the cell", "o: show", "h: shown")
BACKWARD = ("dh", "through h", "from the right", "dc: their sum", "to the left: dc f")


def lstm_stepper(x, Wx, Wh, b, dh):
    """One unit over T steps, forward and then backward: x (T,), Wx, Wh, b (4,), dh (T,)."""
    steps, T, frames = run_forward(x, Wx, Wh, b), len(x), []
    shown = np.full((len(FORWARD), T), np.nan)
    paid = np.full((len(BACKWARD), T), np.nan)

    def frame(text, lanes=(), roads=()):
        names = [f"t = {t}" for t in range(T)]
        look = {"cols": names, "scale": 1}
        forward = panels.grid(shown.copy(), title="forward", rows=FORWARD, mark=lanes, **look)
        backward = panels.grid(paid.copy(), title="backward", rows=BACKWARD, mark=roads, **look)
        frames.append((text, [forward, backward]))

    frame("An empty cell, c = 0, and a state of 0. The inputs are " + words(x) + ".")
    for t, (i, f, o, g, c, h) in enumerate(steps):
        shown[:3, t] = f, i, g
        before = 0.0 if t == 0 else steps[t - 1][4]
        shown[3, t] = c
        text = f"Step {t}: c = f c + i g = {f:.2f} · {before:.2f} + {i:.2f} · {g:.2f} = {c:.2f}."
        frame(text, lanes=[(0, t), (1, t), (2, t), (3, t)])
        shown[4:, t] = o, h
        frame(
            f"It shows h = o tanh(c) = {o:.2f} · {np.tanh(c):.2f} = {h:.2f}.",
            [(3, t), (4, t), (5, t)],
        )
    back = run_backward(steps, dh, Wh)
    for t in reversed(range(T)):
        total_h, through_h, right, dc, left = back[t]
        paid[:4, t] = total_h, through_h, right, dc
        text = (
            f"Back at step {t}. Two roads lead to its cell: {through_h:.2f} comes through h, "
            f"{right:.2f} from the right. They add up to {dc:.2f}."
        )
        frame(text, lanes=[(3, t), (4, t)], roads=[(1, t), (2, t), (3, t)])
        paid[4, t] = left
        where = "to the step before" if t else "to the empty cell at the start"
        text = f"{where.capitalize()} goes dc f = {dc:.2f} · {steps[t][1]:.2f} = {left:.2f}."
        frame(text, lanes=[(0, t)], roads=[(3, t), (4, t)])
    product = np.prod([f for _, f, *_ in steps])
    frame(f"The {T} forget gates multiply to {product:.2f}: so much of a gradient at c passes.")
    alt = f"An LSTM of one unit over {T} steps: gates, cell and state, then the gradient back."
    return panels.panels_stepper(frames, alt=alt)


def words(numbers):
    return ", ".join(f"{v:g}" for v in numbers)


def run_forward(x, Wx, Wh, b):
    """i, f, o, g, c, h of each step."""
    h = c = np.zeros((1, 1))
    steps = []
    for value in x:
        h, c, cache = lstm_step_forward(np.array([[value]]), h, c, Wx[None], Wh[None], b)
        steps.append([float(part[0, 0]) for part in (*cache[5], c, h)])
    return steps


def run_backward(steps, dh, Wh):
    """Of each step: dh in all, dc through h, dc from the right, their sum, dc to the left."""
    from_h = from_c = 0.0
    back = [None] * len(steps)
    for t in reversed(range(len(steps))):
        i, f, o, g, c, _ = steps[t]
        before = steps[t - 1][4] if t else 0.0
        total = dh[t] + from_h
        through = total * o * (1 - np.tanh(c) ** 2)
        one = [np.array([[v]]) for v in (total, from_c, before)]
        gates = [np.array([[v]]) for v in (i, f, o, g)]
        da, dprev_c = lstm_gate_gradient(*one, gates, np.array([[np.tanh(c)]]))
        back[t] = (total, through, from_c, through + from_c, float(dprev_c[0, 0]))
        from_h, from_c = float((da @ Wh[:, None])[0, 0]), float(dprev_c[0, 0])
    return back


ROADS = ("direct, past z", "through z", "through r", "through n")


def gru_stepper(prev_h, a, Wh, dh):
    """One unit, one step: the sums ``a`` (3,) and ``Wh`` (3,) in the order r, z, n, then back."""
    a, Wh = np.asarray(a, float), np.asarray(Wh, float)
    old = np.array([[float(prev_h)]])
    new, gates = gru_gates(a[None], old, Wh[None])
    _, dm, direct = (d[0] for d in gru_gate_gradient(np.array([[float(dh)]]), old, gates))
    r, z, n, memory = (float(gate[0, 0]) for gate in gates)
    shares = [float(direct[0]), *(float(dm[k] * Wh[k]) for k in (1, 0, 2))]
    frames, shown, paid = [], np.full((1, 5), np.nan), np.zeros(4)

    def frame(text, at=None, road=None):
        names = ["memory", "r", "z", "n", "new h"]
        frames.append((text, [
            panels.grid(shown.copy(), title="forward", cols=names, mark=[] if at is None else [at]),
            panels.bars(paid.copy(), names=ROADS, title="shares of dprev_h", mark=road),
        ]))  # fmt: skip

    frame(f"The old state is {prev_h:g}. Four roads lead from it to the new one.")
    for at, value, text in (
        (0, memory, f"The memory: h times the weight {Wh[2]:.2f} is {memory:.2f}."),
        (1, r, f"The reset gate, r = {r:.2f}: so much of the memory will be read."),
        (2, z, f"The update gate, z = {z:.2f}: so much of the old state stays."),
        (3, n, f"The news, n = tanh({a[2]:.2f} + {r:.2f} · {memory:.2f}) = {n:.2f}."),
        (4, float(new[0, 0]), f"z h + (1 - z) n = {z:.2f} · {prev_h:g} + {1 - z:.2f} · {n:.2f}."),
    ):
        shown[0, at] = value
        frame(text, at)
    told = (
        f"Backward, with {dh:g}. The direct road: h stands in the last line, times z.",
        f"Through z: it says how h and n are mixed, and it was made of h. Times {Wh[1]:.2f}.",
        f"Through r: it says how much memory is read, and it was made of h. Times {Wh[0]:.2f}.",
        f"Through n: the memory itself. Times r, times {Wh[2]:.2f}.",
    )
    for road, text in enumerate(told):
        paid[road] = shares[road]
        frame(text, None, road)
    frame(f"All four add up: dprev_h = {sum(shares):.3f}.")
    return panels.panels_stepper(
        frames, alt="One step of a GRU, and its gradient along four roads."
    )
