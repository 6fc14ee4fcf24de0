"""Attention in numbers, both ways; and where a captioner looked, word by word."""

import numpy as np

from course.figures import panels
from scratch.layers import softmax_backward
from scratch.rnn_layers import attention_backward, attention_forward


def attention_stepper(query, keys, values, dout):
    """One query (D,) over L cells, keys (L, D), values (L, M), then back from dout (M,)."""
    arrays = [np.asarray(a, dtype=float)[None] for a in (query, keys, values)]
    out, cache = attention_forward(*arrays)
    weights, scale = cache[3][0], float(cache[4])
    scores = keys @ query * scale
    dquery, dkeys, dvalues = (
        d[0] for d in attention_backward(np.asarray(dout, float)[None], cache)
    )
    dweights = values @ dout
    dscores = softmax_backward(dweights, weights)
    L, frames = len(keys), []
    cells = [f"cell {k}" for k in range(L)]
    table = np.full((L, 3), np.nan)
    back = np.full((L, 3), np.nan)
    read, returned = np.full(values.shape[1], np.nan), np.full((L, values.shape[1]), np.nan)

    def frame(text, marks=(), backmarks=()):
        forward = ["q · key", "score", "weight"]
        backward = ["dweight", "dscore", "÷ √D"]
        frames.append((text, [
            panels.grid(keys, title="keys", rows=cells),
            panels.grid(values, title="values", rows=cells),
            panels.grid(table.copy(), title="forward", cols=forward, rows=cells, mark=marks),
            panels.grid(read.copy(), title="what is read"),
            panels.grid(back.copy(), title="backward", cols=backward, rows=cells, mark=backmarks),
            panels.grid(returned.copy(), title="dvalues", rows=cells),
        ]))  # fmt: skip

    asked = ", ".join(f"{v:g}" for v in query)
    frame(f"The question is q = ({asked}). Each cell has a key, to be compared, and a value.")
    table[:, 0] = keys @ query
    frame("How well does each key fit the question? Multiply and add up.", column(0, L))
    table[:, 1] = scores
    frame(f"Divided by the root of D = {len(query)}, these are the scores.", column(1, L))
    table[:, 2] = weights
    frame("A softmax makes them weights: above 0, and they add up to 1.", column(2, L))
    read[:] = out[0]
    frame("What is read: each value as much as its weight says.", column(2, L))
    returned[:] = dvalues
    frame("Backward. Each value gets dout times its weight.", column(2, L))
    back[:, 0] = dweights
    frame("A weight was multiplied with its value: dweight = dout · value.", (), column(0, L))
    back[:, 1] = dscores
    mean = weights @ dweights
    text = f"The softmax: weight times (dweight minus their weighted mean, {mean:.2f})."
    frame(f"{text} The column adds up to 0.", column(2, L), column(1, L))
    back[:, 2] = dscores * scale
    text = (
        f"Divided by the root of D. The query gets {rounded(dquery)}: this column times the keys."
    )
    frame(text, (), column(2, L))
    alt = f"Attention over {L} cells: scores, weights, what is read, and the gradients back."
    return panels.panels_stepper(frames, alt=alt)


def column(j, rows):
    return [(i, j) for i in range(rows)]


def rounded(numbers):
    return "(" + ", ".join(f"{v:.2f}" for v in numbers) + ")"


def looking_stepper(image, words, looks, gradients, *, side=5, step=4, window=16):
    """Word by word: where the network looked to write it, and which cells moved its score.

    ``image`` (3, H, W), ``looks`` and ``gradients`` (words, L), both of cells in ``side`` rows.
    """
    frames = []
    for t, word in enumerate(words):
        best, strongest = int(looks[t].argmax()), int(gradients[t].argmax())
        top, left = step * (best // side), step * (best % side)
        share = gradients[t] / max(gradients[t].sum(), 1e-12)
        text = f"To write `{word}` it read this window most: {looks[t, best]:.0%} of its look."
        if strongest == best:
            text += " The gradient of the word's score is largest there, too."
        else:
            text += f" The gradient of its score is largest in row {strongest // side}, "
            text += f"column {strongest % side}."
        frames.append((text, [
            panels.picture(image, box=(top, left, window, window), title="the picture"),
            panels.words(words, mark=[t], faint=range(t + 1, len(words)), title="the caption"),
            panels.grid(looks[t].reshape(side, side), title="where it looked", scale=1,
                        mark=[divmod(best, side)]),
            panels.grid(share.reshape(side, side), title="the gradient that came back", scale=1,
                        mark=[divmod(strongest, side)]),
        ]))  # fmt: skip
    alt = f'A caption, "{" ".join(words)}", with the cells that were read for each word.'
    return panels.panels_stepper(frames, alt=alt)
