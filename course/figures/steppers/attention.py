"""Attention in numbers, both ways; and where a captioner looked, word by word."""

import numpy as np

from course.figures import panels
from course.figures.element import Figure
from course.figures.numbers import png
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


def looking_figure(image, words, looks, gradients, names, *, step=4, window=16, most=3):
    """Point at a word: where the network looked. Point at a cell: the gradient that came back.

    ``image`` (3, H, W); ``looks`` (words, L) are the weights as each word was written,
    ``gradients`` (words, L, D) those of each word's score; ``names`` say what the D numbers of a
    cell stand for.
    Cells lie in as many rows as columns, a window of ``window`` pixels every ``step`` pixels.
    """
    looks, gradients = np.float64(looks), np.float64(gradients)  # short when they are rounded
    sizes = np.linalg.norm(gradients, axis=2)  # (words, L)
    back = sizes / np.maximum(sizes.sum(axis=1, keepdims=True), 1e-12)
    strongest = np.argsort(-np.abs(gradients), axis=2, kind="stable")[:, :, :most]
    told = [
        [[[int(i), float(row[i])] for i in top] for row, top in zip(of_word, tops)]
        for of_word, tops in zip(np.round(gradients, 2), strongest)
    ]
    data = {
        "picture": png(image),
        "across": image.shape[1],
        "step": step,
        "window": window,
        "side": round(len(looks[0]) ** 0.5),
        "words": [str(word) for word in words],
        "names": [str(name) for name in names],
        "looks": np.round(looks, 3).tolist(),
        "back": np.round(back, 3).tolist(),
        "told": [[[pair for pair in top if pair[1]] for top in of_word] for of_word in told],
        "caption": "Point at a word, or step with the arrow keys. Point at a cell, on either "
        "picture, and press to keep it. The frame is the window that a cell is told of.",
    }
    said = " ".join(data["words"])
    alt = f'A picture and its caption, "{said}", with the share of the look that each cell got for '
    return Figure("looking", data, alt + "each word, and the share of the gradient that came back.")
