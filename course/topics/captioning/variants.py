"""Right, but written differently: the loss of a sequence and of the captioner."""

import numpy as np

from course.checks.variants import variant
from scratch import layers, rnn


@variant("temporal_softmax_loss", "position by position")
def temporal_loops(scores, y, mask):
    loss, dscores = 0.0, np.zeros_like(scores)
    for n, t in np.ndindex(y.shape):
        if mask[n, t]:
            one, dscores[n, t : t + 1] = layers.softmax_loss(scores[n, t : t + 1], y[n, t : t + 1])
            loss += one
    return loss / len(y), dscores / len(y)


@variant("temporal_softmax_loss", "only the rows that count")
def temporal_selected(scores, y, mask):
    keep = np.asarray(mask, bool)
    dscores = np.zeros_like(scores)
    if not keep.any():
        return 0.0, dscores
    loss, rows = layers.softmax_loss(scores[keep], y[keep])
    share = keep.sum() / len(y)
    dscores[keep] = rows * share
    return loss * share, dscores


@variant("temporal_softmax_loss", "step by step in time")
def temporal_steps(scores, y, mask):
    N, T, V = scores.shape
    loss, steps = 0.0, []
    for t in range(T):
        logp = scores[:, t] - np.logaddexp.reduce(scores[:, t], axis=1)[:, None]
        on = mask[:, t].astype(scores.dtype)
        loss -= (logp[np.arange(N), y[:, t]] * on).sum() / N
        target = np.eye(V, dtype=scores.dtype)[y[:, t]]
        steps.append((np.exp(logp) - target) * on[:, None] / N)
    return loss, np.stack(steps, axis=1)


@variant("CaptioningRNN", "CaptionerByRow")
class CaptionerByRow(rnn.CaptioningRNN):
    """One caption at a time."""

    def loss(self, features, captions):
        total, grads = 0.0, {name: np.zeros_like(w) for name, w in self.params.items()}
        for k in range(len(features)):
            loss, one = super().loss(features[k : k + 1], captions[k : k + 1])
            total += loss / len(features)
            for name in grads:
                grads[name] += one[name] / len(features)
        return total, grads

    def sample(self, features, max_length=30, *, temperature=0.0, rng=None):
        if rng is None:  # one for all rows: each draws its own words
            rng = np.random.default_rng(0)
        options = {"temperature": temperature, "rng": rng}
        one = super().sample
        return np.array([one(f[None], max_length, **options)[0] for f in features])


@variant("CaptioningRNN", "CaptionerShort")
class CaptionerShort(rnn.CaptioningRNN):
    """Without the steps in which every caption is <NULL>."""

    def loss(self, features, captions):
        longest = max(2, 1 + int((captions[:, 1:] != self.null).sum(axis=1).max()))
        used = captions[:, : longest + 1] if captions[:, longest:].any() else captions[:, :longest]
        return super().loss(features, used if (captions[:, 1:] != 0).any() else captions)


@variant("CaptioningRNN", "CaptionerWordByWord")
class CaptionerWordByWord(rnn.CaptioningRNN):
    """Sampling with plain NumPy and a loop over the rows."""

    def sample(self, features, max_length=30, *, temperature=0.0, rng=None):
        rng = np.random.default_rng(0) if rng is None else rng
        p, out = self.params, np.zeros((len(features), max_length), dtype=int) + self.null
        for row, feature in zip(out, features):
            h, word = feature @ p["W_proj"] + p["b_proj"], self.start
            for t in range(max_length):
                h = np.tanh(p["W_embed"][word] @ p["Wx"] + h @ p["Wh"] + p["b"])
                scores = h @ p["W_vocab"] + p["b_vocab"]
                word = row[t] = drawn(scores, temperature, rng) if temperature else scores.argmax()
                if word == self.end:
                    break
        return out


def drawn(scores, temperature, rng):
    """A word from softmax(scores / temperature): the first whose summed share passes a number."""
    shares = np.cumsum(np.exp((scores - scores.max()) / temperature))
    return np.searchsorted(shares, rng.random() * shares[-1], side="right")


@variant("teacher_forcing", "place by place")
def forcing_loops(captions, null):
    N, T = len(captions), len(captions[0]) - 1
    words, targets, mask = (np.zeros((N, T), dtype=int) for _ in range(3))
    for n, t in np.ndindex(N, T):
        words[n, t], targets[n, t] = captions[n][t], captions[n][t + 1]
        mask[n, t] = captions[n][t + 1] != null
    return words, targets, mask


@variant("teacher_forcing", "a mask of floats")
def forcing_floats(captions, null):
    targets = np.delete(captions, 0, axis=1)
    return np.delete(captions, -1, axis=1), targets, np.where(targets == null, 0.0, 1.0)


@variant("pick_words", "row by row with choice")
def pick_by_choice(scores, temperature, rng):
    if temperature == 0:
        return np.argmax(scores, axis=-1)
    p = layers.softmax(scores.astype(np.float64) / temperature)
    return np.array([rng.choice(len(row), p=row) for row in p])


@variant("pick_words", "summed shares")
def pick_by_sums(scores, temperature, rng):
    if temperature == 0:
        return scores.argmax(1)
    shares = layers.softmax(scores.astype(np.float64) / temperature).cumsum(axis=1)
    return (shares < rng.random((len(scores), 1)) * shares[:, -1:]).sum(axis=1)


@variant("temporal_softmax_loss", "short")
def temporal_softmax_loss_short(scores, y, mask):
    N, T, V = scores.shape
    n, t = np.arange(N)[:, None], np.arange(T)
    shifted = scores - scores.max(axis=2, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    losses = -logp[n, t, y]
    losses = losses * mask
    loss = losses.sum() / N
    dscores = np.exp(logp)
    dscores[n, t, y] -= 1
    dscores[mask == 0] = 0
    dscores /= N
    return loss, dscores
