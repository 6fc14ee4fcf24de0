"""An image captioner: features of a picture start a recurrent network that writes words."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from scratch import fast as default_backend
from scratch.layers import log_softmax
from scratch.network import Layer
from scratch.shapes import check_shapes


class Cell(NamedTuple):
    """A recurrent cell: over a whole sequence both ways, and one step for sampling."""

    forward: Callable
    backward: Callable
    step_forward: Callable
    step_backward: Callable
    gates: int  # Wx is (D, gates H)
    has_c: bool = False  # does a step carry a cell state c beside h?

    def step(self, x, h, c, Wx, Wh, b):
        """One step without its cache, in the form that all cells share: -> next_h, next_c."""
        if self.has_c:
            return self.step_forward(x, h, c, Wx, Wh, b)[:2]
        return self.step_forward(x, h, Wx, Wh, b)[0], c


def rnn_cell(f):
    """The plain recurrent cell, made of the functions of a backend ``f``."""
    steps = f.rnn_step_forward, f.rnn_step_backward
    return Cell(f.rnn_forward, f.rnn_backward, *steps, gates=1)


def lstm_cell(f):
    """The LSTM, made of the functions of a backend ``f``."""
    steps = f.lstm_step_forward, f.lstm_step_backward
    return Cell(f.lstm_forward, f.lstm_backward, *steps, gates=4, has_c=True)


def gru_cell(f):
    """The GRU, made of the functions of a backend ``f``."""
    steps = f.gru_step_forward, f.gru_step_backward
    return Cell(f.gru_forward, f.gru_backward, *steps, gates=3)


CELLS = {"rnn": rnn_cell, "lstm": lstm_cell, "gru": gru_cell}


MOST_ROWS = 10**7  # of word vectors: more is a mistake in the indices


def special_words(word_to_idx):
    """The indices of <NULL>, <START> and <END>, and how many rows the word vectors need.

    Without <START> a network can be trained, but not write; without <END> it does not stop by
    itself. Both are None then. Indices that no word has are rows that stay as they are.
    """
    words = getattr(word_to_idx, "word_to_idx", word_to_idx)  # a Vocabulary will do
    indices = list(words.values()) if hasattr(words, "values") else ()
    whole = all(isinstance(i, (int, np.integer)) and i >= 0 for i in indices)
    if not indices or "<NULL>" not in words or not whole:
        raise ValueError(
            "word_to_idx is no vocabulary: expected a dict with an index, 0 or more, for each "
            "word, and with <NULL>, which fills short captions."
        )
    rows = max(len(words), max(indices) + 1)
    if rows > MOST_ROWS:
        raise ValueError(
            f"word_to_idx has {len(words)} words and indices up to {rows - 1}, each with a row of "
            "word vectors: number the words from 0 on, without gaps."
        )
    return words["<NULL>"], words.get("<START>"), words.get("<END>"), rows


class NextWordNetwork:
    """features -> h0; word vectors -> RNN -> a score for each word of the vocabulary.

    ``params``: ``W_proj b_proj`` (D, H) make the first hidden state, ``W_embed`` (V, E) holds the
    word vectors, ``Wx Wh b`` are the cell's, ``W_vocab b_vocab`` (H, V) score the next word.
    ``rng`` None means seed 0. ``backend`` holds the layer functions: a module like
    ``scratch.plain``, or any other object. Vinyals et al., "Show and tell" (CVPR 2015), with the
    features as first hidden state as in CS231n.
    """

    def __init__(
        self,
        word_to_idx,
        input_dim=512,
        wordvec_dim=128,
        hidden_dim=128,
        cell_type="rnn",
        dtype=np.float32,
        rng=None,
        backend=default_backend,
    ):
        if cell_type not in CELLS:
            raise ValueError(f"cell_type is {cell_type!r}, expected one of {', '.join(CELLS)}.")
        rng = np.random.default_rng(0) if rng is None else rng
        self.dtype, self.input_dim = dtype, input_dim
        self.cell = CELLS[cell_type](backend)
        self.fc = Layer(backend.fc_forward, backend.fc_backward)
        self.embedding = Layer(backend.word_embedding_forward, backend.word_embedding_backward)
        self.temporal_softmax_loss = backend.temporal_softmax_loss
        self.null, self.start, self.end, V = special_words(word_to_idx)
        G = self.cell.gates * hidden_dim
        params = self.first_params(input_dim, V, wordvec_dim, hidden_dim, G, rng)
        self.params = {name: w.astype(dtype) for name, w in params.items()}

    @staticmethod
    def first_params(D, V, E, H, G, rng):
        """Weights of size 1/sqrt(fan-in), small word vectors, biases 0; G: the columns of Wx."""
        shapes = {"W_proj": (D, H), "W_embed": (V, E), "Wx": (E, G), "Wh": (H, G)}
        shapes["W_vocab"] = (H, V)
        params = {k: rng.normal(size=shape) / np.sqrt(shape[0]) for k, shape in shapes.items()}
        params["W_embed"] = 0.1 * rng.normal(size=(V, E))
        zeros = {"b_proj": H, "b": G, "b_vocab": V}
        return params | {name: np.zeros(size) for name, size in zeros.items()}

    def forward(self, features, words):
        """Scores of the word after each: (N, D), (N, T) -> (scores (N, T, V), caches)."""
        check_words(words)
        check_shapes(f"features (N, {self.input_dim}), captions (N, T)", features, words)
        p = self.params
        h0, proj = self.fc.forward(np.asarray(features, self.dtype), p["W_proj"], p["b_proj"])
        vectors, embed = self.embedding.forward(words, p["W_embed"])  # (N, T, E)
        h, cell = self.cell.forward(vectors, h0, p["Wx"], p["Wh"], p["b"])  # (N, T, H)
        scores, vocab = self.fc.forward(h, p["W_vocab"], p["b_vocab"])
        return scores, (proj, embed, cell, vocab)

    def backward(self, dscores, caches):
        """Undo ``forward``: -> (dfeatures (N, D), gradient of each parameter by name)."""
        proj, embed, cell, vocab = caches
        g = {}
        dh, g["W_vocab"], g["b_vocab"] = self.fc.backward(dscores, vocab)
        dvectors, dh0, g["Wx"], g["Wh"], g["b"] = self.cell.backward(dh, cell)
        g["W_embed"] = self.embedding.backward(dvectors, embed)
        dfeatures, g["W_proj"], g["b_proj"] = self.fc.backward(dh0, proj)
        return dfeatures, g

    def accuracy(self, features, captions, block=250):
        """Share of next words (without <NULL>) predicted right, given the true words so far."""
        captions, right, total = np.asarray(captions), 0, 0
        for i in range(0, len(captions), block):
            words, targets = captions[i : i + block, :-1], captions[i : i + block, 1:]
            best = self.forward(features[i : i + block], words)[0].argmax(axis=2)
            right += int(((best == targets) & (targets != self.null)).sum())
            total += int((targets != self.null).sum())
        return right / max(total, 1)

    def first_state(self, features):
        """The state before the first word: (N, D) -> h (N, H), c (N, H)."""
        check_start(self.start)
        check_shapes(f"features (N, {self.input_dim})", features)
        p = self.params
        h = self.fc.forward(np.asarray(features, self.dtype), p["W_proj"], p["b_proj"])[0]
        return h, np.zeros_like(h)

    def next_scores(self, word, h, c):
        """Read one word (N,) and score each possible next one: -> scores (N, V), h, c."""
        p = self.params
        h, c = self.cell.step(p["W_embed"][word], h, c, p["Wx"], p["Wh"], p["b"])
        return self.fc.forward(h, p["W_vocab"], p["b_vocab"])[0], h, c

    def beam_search(self, features, beam_width=3, max_length=30):
        """The most probable caption among ``beam_width`` kept at each step: -> (N, max_length).

        A caption that reached <END> stays as it is and goes on competing. Width 1 is greedy.
        """
        if beam_width < 1:
            raise ValueError(f"beam_width is {beam_width}, expected at least 1.")
        N, B, V = len(features), beam_width, len(self.params["W_embed"])
        state = [np.repeat(part, B, axis=0) for part in self.first_state(features)]  # (N B, ...)
        word, captions = np.full(N * B, self.start), np.full((N * B, max_length), self.null)
        logp = np.tile([0.0] + [-np.inf] * (B - 1), N)  # (N B,): only one beam to start from
        first = np.repeat(np.arange(N) * B, B)  # (N B,): the first beam of the same picture
        for t in range(max_length):
            over = (captions == self.end).any(axis=1)
            scores, *state = self.next_scores(word, *state)
            nexts = log_softmax(scores.astype(np.float64))
            nexts[over] = np.where(np.arange(V) == self.null, 0, -np.inf)
            totals = (logp[:, None] + nexts).reshape(N, B * V)
            best = np.argsort(-totals, axis=1, kind="stable")[:, :B]  # (N, B)
            logp = np.take_along_axis(totals, best, axis=1).ravel()
            parent, word = first + best.ravel() // V, best.ravel() % V
            state, captions = [part[parent] for part in state], captions[parent]
            captions[:, t] = word
        return captions[::B]  # each picture's beams are sorted, best first


def teacher_forcing(captions, null):
    """Captions (N, T + 1) as a task: -> words, targets, mask, each (N, T).

    The network reads the true ``words`` and is asked for the word after each, ``targets``. ``mask``
    says which places count: not those where <NULL>, index ``null``, is asked for. Williams and
    Zipser, "A learning algorithm for continually running ..." (Neural Computation 1(2), 1989).
    """
    captions = np.asarray(captions)
    words, targets = captions[:, :-1], captions[:, 1:]
    return words, targets, targets != null


def pick_words(scores, temperature, rng):
    """The next word of each row: (N, V) -> (N,) indices.

    ``temperature`` 0 takes the best word. Above 0 a word is drawn with ``rng``, as probable as
    softmax(scores / temperature) says, in each row by itself.
    """
    if temperature < 0:
        raise ValueError(f"temperature is {temperature}, expected 0 (greedy) or more.")
    if temperature == 0:
        return scores.argmax(axis=1)
    # the Gumbel trick: the maximum of scores plus Gumbel noise is a draw from the softmax
    return (scores / temperature + rng.gumbel(size=scores.shape)).argmax(axis=1)


class CaptioningRNN(NextWordNetwork):
    """Learns next words from captions, and writes captions itself.

    It is made like ``NextWordNetwork``, with the same ``params``.
    """

    def loss(self, features, captions):
        """Loss and gradients of predicting each next word: (N, D), (N, T + 1) -> (loss, grads).

        ``teacher_forcing`` says what is read, what is asked for, and what counts.
        """
        words, targets, mask = teacher_forcing(captions, self.null)
        scores, caches = self.forward(features, words)
        loss, dscores = self.temporal_softmax_loss(scores, targets, mask)
        return loss, self.backward(dscores, caches)[1]

    def sample(self, features, max_length=30, *, temperature=0.0, rng=None):
        """Write captions word by word: (N, D) -> (N, max_length) word indices.

        ``temperature`` 0 is greedy, the best word each time; above 0 the word is drawn from
        softmax(scores / temperature), with ``rng``. After <END> a caption is filled with <NULL>.
        """
        rng = np.random.default_rng(0) if rng is None else rng
        state = self.first_state(features)
        N = len(features)
        word, going = np.full(N, self.start), np.ones(N, dtype=bool)
        captions = np.full((N, max_length), self.null)
        for t in range(max_length):
            scores, *state = self.next_scores(word, *state)
            word = pick_words(scores, temperature, rng)
            captions[going, t] = word[going]
            going &= word != self.end
            if not going.any():
                break
        return captions


def check_words(words):
    """Raise where captions without their last column have nothing to read."""
    if np.ndim(words) == 2 and np.shape(words)[1] == 0:
        raise ValueError("captions has one column, expected two or more: <START> and words.")


def check_start(start):
    """Raise where the vocabulary has no word to begin with."""
    if start is None:
        raise ValueError("The vocabulary has no <START>, so no caption can begin: add it.")
