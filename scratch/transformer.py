"""A transformer of one block, over characters: attention and a small network, each with a skip."""

import numpy as np

from scratch import fast as default_backend
from scratch.layers import softmax
from scratch.network import Layer
from scratch.rnn import pick_words
from scratch.shapes import check_shapes

ATTENTION = ("Wq", "Wk", "Wv")


class CharTransformer:
    """Reads up to ``length`` characters and scores each next one; ready for ``Solver``.

    ``params``: ``W_embed`` (V, D) holds a vector for each character, ``W_place`` (length, D) one
    for each place; ``Wq Wk`` (D, A) and ``Wv`` (D, D) are the attention's; ``W1 b1 W2 b2`` are a
    network with M hidden units, for each place alone; ``W_out b_out`` (D, V) score what comes next.
    ``rng`` None means seed 0. Vaswani et al., "Attention is all you need" (NeurIPS 2017), one block
    of the decoder with one head, without layer normalization.
    """

    def __init__(
        self, V, length=64, dim=64, attention_dim=32, hidden_dim=128, dtype=np.float32, rng=None,
        backend=default_backend,
    ):  # fmt: skip
        rng, f = np.random.default_rng(0) if rng is None else rng, backend
        D, A, M = dim, attention_dim, hidden_dim
        shapes = {"Wq": (D, A), "Wk": (D, A), "Wv": (D, D), "W1": (D, M), "W2": (M, D)}
        shapes |= {"W_out": (D, V)}
        params = {k: rng.normal(size=s) / np.sqrt(s[0]) for k, s in shapes.items()}
        params |= {"W_embed": 0.1 * rng.normal(size=(V, D))}
        params |= {"W_place": 0.1 * rng.normal(size=(length, D))}
        params |= {"b1": np.zeros(M), "b2": np.zeros(D), "b_out": np.zeros(V)}
        self.params = {name: w.astype(dtype) for name, w in params.items()}
        self.embedding = Layer(f.word_embedding_forward, f.word_embedding_backward)
        self.attention = Layer(f.self_attention_forward, f.self_attention_backward)
        self.fc, self.relu = (
            Layer(f.fc_forward, f.fc_backward),
            Layer(f.relu_forward, f.relu_backward),
        )
        self.temporal_softmax_loss = f.temporal_softmax_loss

    def check_length(self, x):
        """T of characters (N, T), at most as many as there are places."""
        _, T = check_shapes("x (N, T)", x)
        places = len(self.params["W_place"])
        if places < T:
            raise ValueError(f"x has {T} characters a row, expected at most length, {places}.")
        return T

    def forward(self, x):
        """Scores of the character after each: integers (N, T) -> (scores (N, T, V), caches)."""
        p, T = self.params, self.check_length(x)
        vectors, embed = self.embedding.forward(x, p["W_embed"])  # (N, T, D)
        placed = vectors + p["W_place"][:T]
        seen, look = self.attention.forward(placed, *(p[name] for name in ATTENTION))
        stream = placed + seen
        a, first = self.fc.forward(stream, p["W1"], p["b1"])
        active, relu = self.relu.forward(a)
        told, second = self.fc.forward(active, p["W2"], p["b2"])
        scores, out = self.fc.forward(stream + told, p["W_out"], p["b_out"])
        return scores, (embed, look, first, relu, second, out)

    def backward(self, dscores, caches):
        """Undo ``forward``: -> the gradient of each parameter by name."""
        (embed, look, first, relu, second, out), g = caches, {}
        dstream, g["W_out"], g["b_out"] = self.fc.backward(dscores, out)
        dactive, g["W2"], g["b2"] = self.fc.backward(dstream, second)
        dbranch, g["W1"], g["b1"] = self.fc.backward(self.relu.backward(dactive, relu), first)
        dstream = dstream + dbranch  # the skip's share and the branch's share
        dbranch, g["Wq"], g["Wk"], g["Wv"] = self.attention.backward(dstream, look)
        dplaced = dstream + dbranch
        g["W_embed"] = self.embedding.backward(dplaced, embed)
        g["W_place"] = np.zeros_like(self.params["W_place"])
        g["W_place"][: dplaced.shape[1]] = dplaced.sum(axis=0)
        return g

    def loss(self, x, y):
        """Mean loss a character and its gradients: integers (N, T), (N, T) -> (loss, grads)."""
        check_shapes("x (N, T), y (N, T)", x, y)
        scores, caches = self.forward(x)
        T = x.shape[1]
        loss, dscores = self.temporal_softmax_loss(scores, y, np.ones(y.shape))
        return loss / T, self.backward(dscores / T, caches)

    def accuracy(self, x, y):
        """Share of next characters guessed right."""
        check_shapes("x (N, T), y (N, T)", x, y)
        return float((self.forward(x)[0].argmax(axis=2) == y).mean())

    def looks(self, x):
        """How much of each place each place reads: (N, T) -> (N, T, T), 0 for what comes later."""
        p, T = self.params, self.check_length(x)
        placed = p["W_embed"][x] + p["W_place"][:T]
        scores = (placed @ p["Wq"]) @ (placed @ p["Wk"]).swapaxes(1, 2) / np.sqrt(p["Wq"].shape[1])
        return softmax(np.where(np.tri(T, dtype=bool), scores, -np.inf))

    def sample(self, start, count, *, temperature=0.0, rng=None):
        """Write ``count`` characters after ``start`` (T,): -> (T + count,) integers.

        It reads the last ``length`` characters each time. ``temperature`` as in ``CaptioningRNN``.
        """
        check_shapes("start (T,)", start)
        rng = np.random.default_rng(0) if rng is None else rng
        text, length = list(start), len(self.params["W_place"])
        for _ in range(count):
            scores, _ = self.forward(np.array([text[-length:]]))
            text.append(int(pick_words(scores[:, -1], temperature, rng)[0]))
        return np.array(text)
