"""Checks of turning sentences into numbers and numbers into vectors."""

import numpy as np

from course.checks.spec import Case, Hints, Spec, WrongKind, fortran, gappy, register, with_upstream
from scratch import rnn_layers, text


def embedding_cases(rng):
    def random(N, T, V, E):
        return rng.integers(0, V, size=(N, T)), rng.normal(size=(V, E))

    w = np.arange(1.0, 13).reshape(4, 3)
    dout = np.array([[[1.0, 0, 2], [0, 1, 0]]])
    yield Case("two words, by hand", (np.array([[2, 0]]), w), dout=dout)
    yield Case("one word twice, by hand", (np.array([[1, 1]]), w), dout=dout)
    yield Case("random words", random(3, 4, 6, 5))
    yield Case("each word many times", random(4, 6, 2, 3))
    yield Case("most words never seen", random(2, 2, 12, 3))
    yield Case("one sentence of one word", random(1, 1, 4, 3), hidden=True)
    yield Case("vectors of one number", random(3, 2, 5, 1), hidden=True)
    x, w = random(2, 5, 7, 4)
    yield Case("float32 stays float32", (x, w.astype(np.float32)))
    x, w = random(3, 4, 5, 6)
    yield Case("other memory order", (fortran(x), gappy(w)), hidden=True)


EMBEDDING = register(
    Spec(
        name="word_embedding_forward",
        reference=rnn_layers.word_embedding_forward,
        inputs=("x", "w"),
        axes={"x": "N T", "w": "V E"},
        results={"out": "N T E"},
        make_cases=embedding_cases,
        section="sec:embedding",
        returns="out, cache",
        hints={
            "out": Hints(
                "A word is the number of a row.",
                "x holds (N, T) row numbers of w (V, E); out is (N, T, E).",
                "out[n, t] = w[x[n, t]].",
            )
        },
    )
)
register(
    Spec(
        name="word_embedding_backward",
        reference=rnn_layers.word_embedding_backward,
        inputs=EMBEDDING.inputs,
        results={"dw": "V E"},
        make_cases=lambda rng: with_upstream(
            embedding_cases(rng), rnn_layers.word_embedding_forward, rng
        ),
        section="sec:embedding",
        returns="gradients",
        forward=EMBEDDING,
        hints={
            "dw": Hints(
                "The same word may stand at several places. What reaches its vector then?",
                "dout is (N, T, E), dw is (V, E): each dout[n, t] is added to one row.",
                "dw[v] = sum of dout[n, t] over all (n, t) with x[n, t] = v.",
            )
        },
    )
)


def tokenize_cases(rng):
    for tests, sentence in {
        "a sentence": "A small red star.",
        "an apostrophe": "The dog's ball, isn't it?",
        "punctuation and numbers": "Two stars (2!) -- and one circle",
        "words that come twice": "A star above a star: above, above!",
        "an empty sentence": "",
    }.items():
        yield Case(tests, (sentence,))


def as_text(function):
    """Words -> one text that shows them."""

    def call(sentence):
        words = function(sentence)
        if not isinstance(words, list):
            raise WrongKind(f"tokenize returned {words!r}, expected a list of words.")
        return np.array(repr(words))

    return call


register(
    Spec(
        name="tokenize",
        told="words",
        reference=text.tokenize,
        inputs=("sentence",),
        results={"words": ""},
        make_cases=tokenize_cases,
        section="sec:words",
        adapt=as_text,
        hints={
            "words": Hints(
                "What has to happen to capitals before you look for words?",
                "A string in, a list of strings out.",
                "all matches of WORD in the lower-case sentence",
            )
        },
    )
)


KNOWN = ("a", "red", "star", "circle", "above")
SENTENCES = ("A red star.", "a purple circle above a red star", "star", "a a a a a a a a")


def vocabulary_cases(rng):
    yield Case("as long as the longest", (SENTENCES[:3], None))
    yield Case("more room than needed", (SENTENCES[:2], 12))
    yield Case("less room than needed", (SENTENCES, 5))
    yield Case("room for no word", (SENTENCES[:1], 2), hidden=True)


def round_trip(Class):
    """A vocabulary class -> what ``encode`` gives, and what ``decode`` makes of it, as texts."""

    def call(sentences, length):
        words = Class(KNOWN)
        indices = words.encode(list(sentences), length)
        if indices is None:
            raise WrongKind("encode returned None (is there a `return` at the end?).")
        indices = np.asarray(indices)
        if indices.ndim != 2 or indices.dtype.kind not in "iu":
            raise WrongKind(
                f"encode returned {indices.dtype} {indices.shape}, expected integers (N, T)."
            )
        decoded = words.decode(indices)
        if not isinstance(decoded, list) or not all(isinstance(s, str) for s in decoded):
            raise WrongKind(f"decode returned {decoded!r}, expected a list of texts.")
        if not isinstance(words.decode(indices[0]), str):
            raise WrongKind("decode of one row (T,) must be one sentence, not a list.")
        decoded.append(words.decode(np.array([1, 4, 5])))  # cut off before its <END>
        decoded.append(words.decode(np.array([1, 4, 2, 5, 6])))  # and with words after it
        decoded.append(words.decode(np.array([1, 4, 3, 5, 2, 0])))  # and with an unknown word
        decoded.append(words.decode(np.array([1, 4, 0, 5, 0])))  # and with <NULL>, but no <END>
        return indices, np.array([repr(sentence) for sentence in decoded])

    return call


register(
    Spec(
        name="Vocabulary",
        reference=text.Vocabulary,
        inputs=("sentences", "length"),
        results={"encoded": "N T", "decoded": ""},
        make_cases=vocabulary_cases,
        section="sec:words",
        adapt=round_trip,
        hints={
            "encoded": Hints(
                "Fill the array with <NULL> first. What if a sentence is too long?",
                "(N, T): at most T - 2 words stand between <START> and <END>.",
                "row: <START>, the first T - 2 words, <END>, then <NULL>",
            ),
            "decoded": Hints(
                "Cut first, then leave words out.",
                "(T,) gives one sentence, (N, T) a list of N.",
                "the words before the first <END>, without <START> and <NULL>",
            ),
        },
    )
)
