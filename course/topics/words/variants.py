"""Right, but written differently: turning sentences into numbers and numbers into vectors."""

import re

import numpy as np

from course.checks.variants import variant
from scratch import text


@variant("word_embedding_forward", "one-hot product")
def embed_one_hot(x, w):
    one_hot = (x[..., None] == np.arange(len(w))).astype(w.dtype)
    return one_hot @ w, one_hot


@variant("word_embedding_forward", "take")
def embed_take(x, w):
    return np.take(w, x, axis=0), {"x": x, "V": len(w)}


@variant("word_embedding_forward", "loops")
def embed_loops(x, w):
    out = np.empty((*x.shape, w.shape[1]), w.dtype)
    for n, t in np.ndindex(x.shape):
        out[n, t] = w[x[n, t]]
    return out, (x, w)


@variant("word_embedding_backward", "one-hot product", embed_one_hot)
def embed_backward_one_hot(dout, one_hot):
    return np.einsum("ntv,ntd->vd", one_hot, dout)


@variant("word_embedding_backward", "word by word", embed_take)
def embed_backward_words(dout, cache):
    rows = [dout[cache["x"] == v].sum(axis=0) for v in range(cache["V"])]
    return np.stack(rows)


@variant("word_embedding_backward", "loops", embed_loops)
def embed_backward_loops(dout, cache):
    x, w = cache
    dw = np.zeros_like(w)
    for n, t in np.ndindex(x.shape):
        dw[x[n, t]] += dout[n, t]
    return dw


@variant("tokenize", "character by character")
def tokenize_characters(sentence):
    words, word = [], ""
    for k, c in enumerate(sentence.lower() + " "):
        inside = c in "'’" and word and sentence[k + 1 : k + 2].isalnum()
        if c.isalnum() or inside:
            word += c
        else:
            words, word = words + [word] * bool(word), ""
    return words


@variant("tokenize", "replace, then split")
def tokenize_replace(sentence):
    kept = "".join(c if c.isalnum() or c in "'’" else " " for c in sentence)
    return [word.strip("'’") for word in kept.lower().split() if word.strip("'’")]


@variant("tokenize", "finditer")
def tokenize_iter(sentence):
    return [m.group().lower() for m in re.finditer(r"[a-zA-Z0-9]+(['’][a-zA-Z0-9]+)*", sentence)]


@variant("Vocabulary", "VocabularyArrays")
class VocabularyArrays(text.Vocabulary):
    def encode(self, sentences, length=None):
        rows = []
        for sentence in sentences:
            known = [w if w in self.word_to_idx else "<UNK>" for w in text.tokenize(sentence)]
            rows.append(["<START>", *known[: None if length is None else length - 2], "<END>"])
        T = length or max(map(len, rows))
        padded = [row + ["<NULL>"] * (T - len(row)) for row in rows]
        return np.array([[self.word_to_idx[w] for w in row] for row in padded])


@variant("Vocabulary", "VocabularyLoop")
class VocabularyLoop(text.Vocabulary):
    def decode(self, indices):
        if np.ndim(indices) == 2:
            return [self.decode(row) for row in np.asarray(indices)]
        said = []
        for i in np.asarray(indices).tolist():
            if i == 2:
                break
            said += [self.idx_to_word[i]] if i > 1 else []
        return " ".join(said)


@variant("Vocabulary", "VocabularySmall")
class VocabularySmall(text.Vocabulary):
    def encode(self, sentences, length=None):
        return super().encode(sentences, length).astype(np.int32)


@variant("word_embedding_forward", "short")
def word_embedding_short(x, w):
    out = w[x]
    return out, (x, w)


@variant("word_embedding_backward", "short", word_embedding_short)
def word_embedding_backward_short(dout, cache):
    x, w = cache
    dw = np.zeros(w.shape, dout.dtype)
    np.add.at(dw, x, dout)
    return dw
