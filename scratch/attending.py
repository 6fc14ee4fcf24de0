"""A captioner that looks: before each word it asks a question, and reads the cells that answer."""

from functools import partial

import numpy as np

from scratch import fast as default_backend
from scratch.layers import softmax
from scratch.rnn import CaptioningRNN, check_start, check_words
from scratch.shapes import check_shapes


class AttendingRNN(CaptioningRNN):
    """features of L cells -> at each step a weighted mean of them -> RNN -> the next word.

    Beside the ``params`` of ``CaptioningRNN``: ``W_cells b_cells`` (D, A) make of each cell what is
    compared and read, ``Wq`` (H, A) makes the question of a state. ``W_proj b_proj`` (A, H) make
    the first state, of the mean of all cells; ``Wx`` is (E + A, G), for a word and what was seen.
    After Xu et al., "Show, attend and tell" (ICML 2015), with dot products.
    """

    def __init__(
        self, word_to_idx, input_dim=30, wordvec_dim=64, hidden_dim=128, attention_dim=64,
        cell_type="rnn", dtype=np.float32, rng=None, backend=default_backend,
    ):  # fmt: skip
        rng = np.random.default_rng(0) if rng is None else rng
        D, A, H, E = input_dim, attention_dim, hidden_dim, wordvec_dim
        super().__init__(word_to_idx, A, E, H, cell_type, dtype, rng, backend)
        self.input_dim, cell = D, self.cell
        states = 2 if cell.has_c else 1
        self.look_forward = backend.look_forward
        self.attend_forward = partial(backend.attend_forward, step=cell.step_forward, states=states)
        self.attend_backward = partial(
            backend.attend_backward, step=cell.step_backward, states=states
        )
        shapes = {"W_cells": (D, A), "Wq": (H, A), "Wx": (E + A, cell.gates * H)}
        for name, shape in shapes.items():
            self.params[name] = (rng.normal(size=shape) / np.sqrt(shape[0])).astype(dtype)
        self.params["b_cells"] = np.zeros(A, dtype)

    def read(self, features):
        """What there is to look at, and the first state: (N, L, D) -> cells (N, L, A), h0, cache.

        ``h0`` (N, H) comes from the mean of the cells: a glance at the whole picture.
        """
        check_shapes(f"features (N, L, {self.input_dim})", features)
        p = self.params
        cells, first = self.fc.forward(np.asarray(features, self.dtype), p["W_cells"], p["b_cells"])
        h0, proj = self.fc.forward(cells.mean(axis=1), p["W_proj"], p["b_proj"])
        return cells, h0, (first, proj)

    def forward(self, features, words):
        """Scores of the word after each: (N, L, D), (N, T) -> (scores (N, T, V), caches)."""
        check_words(words)
        check_shapes("features (N, L, D), captions (N, T)", features, words)
        p = self.params
        cells, h0, reading = self.read(features)
        vectors, embed = self.embedding.forward(words, p["W_embed"])  # (N, T, E)
        weights = (p[name] for name in ("Wq", "Wx", "Wh", "b"))
        h, attend = self.attend_forward(vectors, h0, cells, *weights)  # (N, T, H)
        scores, vocab = self.fc.forward(h, p["W_vocab"], p["b_vocab"])
        return scores, (reading, embed, attend, vocab, cells.shape[1])

    def backward(self, dscores, caches):
        """Undo ``forward``: -> (dfeatures (N, L, D), gradient of each parameter by name).

        The cells were used at every step, and once more for the first state.
        """
        (first, proj), embed, attend, vocab, L = caches
        g = {}
        dh, g["W_vocab"], g["b_vocab"] = self.fc.backward(dscores, vocab)
        dvectors, dh0, dcells, *dweights = self.attend_backward(dh, attend)
        g.update(zip(("Wq", "Wx", "Wh", "b"), dweights))
        g["W_embed"] = self.embedding.backward(dvectors, embed)
        dmean, g["W_proj"], g["b_proj"] = self.fc.backward(dh0, proj)
        dcells = dcells + dmean[:, None] / L  # each cell has a share of 1 / L in the mean
        dfeatures, g["W_cells"], g["b_cells"] = self.fc.backward(dcells, first)
        return dfeatures, g

    def looks(self, features, captions):
        """How much of each cell it reads before each word: (N, L, D), (N, T) -> (N, T - 1, L).

        ``looks(...)[:, t]`` are the weights of the step that reads ``captions[:, t]`` and writes
        ``captions[:, t + 1]``. They are at least 0 and add up to 1 over the cells.
        """
        p = self.params
        cells, h0, _ = self.read(features)
        vectors, _ = self.embedding.forward(captions[:, :-1], p["W_embed"])
        weights = (p[name] for name in ("Wq", "Wx", "Wh", "b"))
        h, _ = self.attend_forward(vectors, h0, cells, *weights)
        before = np.concatenate([h0[:, None], h[:, :-1]], axis=1)  # (N, T - 1, H): who asked
        queries = before @ p["Wq"]  # (N, T - 1, A)
        return softmax(np.einsum("nta,nla->ntl", queries, cells) / np.sqrt(cells.shape[2]))

    def first_state(self, features):
        """The state before the first word, and what to look at: -> h, c (N, H), cells (N, L, A)."""
        check_start(self.start)
        cells, h0, _ = self.read(features)
        return h0, np.zeros_like(h0), cells

    def next_scores(self, word, h, c, cells):
        """Look, read one word (N,), score each possible next one: -> scores (N, V), h, c, cells."""
        p = self.params
        looked, _ = self.look_forward(p["W_embed"][word], h, cells, p["Wq"])
        h, c = self.cell.step(looked, h, c, p["Wx"], p["Wh"], p["b"])
        return self.fc.forward(h, p["W_vocab"], p["b_vocab"])[0], h, c, cells
