"""Checks of the loss of a sequence and of the captioner."""

import numpy as np

from course.checks.networks import (
    MethodResults,
    checked,
    loss_and_gradients,
    of_numbers,
    starting_weights,
    with_parameters,
)
from course.checks.spec import Case, Hints, Spec, WrongKind, fortran, register
from scratch import rnn, rnn_layers
from scratch.layers import softmax


def temporal_cases(rng):
    def random(N, T, V, keep=0.6, scale=1.0):
        mask = rng.random((N, T)) < keep
        return scale * rng.normal(size=(N, T, V)), rng.integers(0, V, size=(N, T)), mask

    even = [1.0, 1, 1, 1]  # probabilities of 1/4 each
    scores = np.log([[[1, 3, 2, 2], even, [5, 1, 1, 1]], [[3, 1, 2, 2], [7, 1, 4, 4], even]])
    y, mask = np.array([[1, 0, 2], [1, 0, 3]]), np.array([[True] * 3, [True, False, False]])
    yield Case("two sentences, by hand", (scores, y, mask))
    yield Case("nothing masked", random(3, 4, 5, keep=2))
    yield Case("random masks", random(3, 5, 6))
    scores, y, mask = random(4, 3, 5)
    mask[1] = False
    yield Case("one sentence all masked", (scores, y, mask))
    yield Case("everything masked", random(2, 3, 4, keep=-1))
    yield Case("one step (T = 1)", random(4, 1, 3))
    yield Case("one sentence", random(1, 5, 4))
    yield Case("as many steps as sentences", random(3, 3, 3), hidden=True)
    yield Case("scores in the thousands", random(3, 4, 5, scale=2e3))
    scores, y, mask = random(2, 4, 3)
    scores[~mask] = 1e4 * rng.normal(size=(int((~mask).sum()), 3))
    yield Case("wild scores where masked", (scores, y, mask), hidden=True)
    scores, y, mask = random(3, 4, 5)
    yield Case("a mask of numbers 0 and 1", (scores, y, mask.astype(np.int64)), hidden=True)
    yield Case("float32 stays float32", (scores.astype(np.float32), y, mask))
    scores, y, mask = random(3, 2, 4)
    yield Case("other memory order", (fortran(scores), fortran(y), fortran(mask)), hidden=True)


register(
    Spec(
        name="temporal_softmax_loss",
        reference=rnn_layers.temporal_softmax_loss,
        inputs=("scores", "y", "mask"),
        axes={"scores": "N T V", "y": "N T", "mask": "N T"},
        results={"loss": "", "dscores": "N T V"},
        make_cases=temporal_cases,
        section="sec:temporal-loss",
        hints={
            "loss": Hints(
                "Every position of every sentence is one softmax; which of them count?",
                "Reshape scores to (N T, V), y and mask to (N T,): one loss a position, times the "
                "mask; then add up and divide by the number of sentences.",
                "loss = -(1/N) sum over n, t of mask[n, t] log p[n, t, y[n, t]].",
            ),
            "dscores": Hints(
                "A position that does not count in the loss cannot have a gradient.",
                "The gradient of each position is (V,); dscores is (N, T, V).",
                "dscores[n, t, v] = mask[n, t] (p[n, t, v] - (1 if v == y[n, t] else 0)) / N.",
            ),
        },
    )
)


def as_numbers(function):
    """``teacher_forcing`` with its mask as 0 and 1, of whatever kind it is."""

    def run(captions, null):
        returned = function(captions, null)
        if not (isinstance(returned, tuple) and len(returned) == 3):
            raise WrongKind("`teacher_forcing` must return three arrays: `words, targets, mask`.")
        words, targets, mask = returned
        return words, targets, np.asarray(mask, dtype=np.int64)

    return run


def forcing_cases(rng):
    def random(N, T, longest, null=0):
        captions = rng.integers(1, 9, size=(N, T + 1)) + (null > 0) * null
        for row in captions:
            row[1 + rng.integers(1, longest) :] = null
        return captions, null

    yield Case("two captions, by hand", (np.array([[1, 5, 6, 2], [1, 7, 2, 0]]), 0))
    yield Case("random captions", random(4, 6, 6))
    yield Case("no <NULL> in any", (rng.integers(1, 9, size=(3, 5)), 0))
    yield Case("<NULL> has index 9", random(3, 5, 5, null=9))
    captions = np.array([[1, 7, 3, 2, 4], [1, 2, 9, 4, 4]])
    yield Case("<NULL> has index 4, and words come before and after it", (captions, 4))
    yield Case("one word to predict", (np.array([[1, 4], [1, 0]]), 0))
    yield Case("one caption", random(1, 5, 4), hidden=True)


register(
    Spec(
        name="teacher_forcing",
        told="words, targets, mask",
        reference=rnn.teacher_forcing,
        inputs=("captions", "null"),
        axes={"captions": "N T+1"},
        results={"words": "N T", "targets": "N T", "mask": "N T"},
        make_cases=forcing_cases,
        section="sec:captioning",
        adapt=as_numbers,
        hints={
            "words": Hints(
                "Of which word of a caption is nobody ever asked what comes after it?",
                "captions is (N, T + 1); words is (N, T), one column less.",
                "words[n, t] = captions[n, t] for t = 0, ..., T - 1.",
            ),
            "targets": Hints(
                "Which word of a caption is never asked for?",
                "captions is (N, T + 1); targets is (N, T), one column less.",
                "targets[n, t] = captions[n, t + 1] for t = 0, ..., T - 1.",
            ),
            "mask": Hints(
                "Does a place count because of the word that is read there, or that is asked for?",
                "mask is (N, T), like targets.",
                "mask[n, t] = 1 where targets[n, t] is not <NULL>, else 0.",
            ),
        },
    )
)


LAWS = {
    "softmax(scores / temperature)": lambda scores, T: softmax(scores / T),
    "softmax(scores * temperature)": lambda scores, T: softmax(scores * T),
    "softmax(scores)": lambda scores, T: softmax(scores),
    "all words alike": lambda scores, T: np.full_like(scores, 1 / len(scores)),
}
DRAWS = 1000  # from a row: a share is off by 0.016 (one standard deviation) at most


def law(words, scores, temperature, others):
    """Where words seem to be drawn from, in words: the nearest of ``LAWS``.

    ``others()`` gives the words of such rows by other generators.
    """
    if len(np.unique(words)) == 1 and softmax(scores / temperature).max() < 0.99:
        always = np.array_equal(np.unique([words, *others()]), [scores.argmax()])
        return "nothing, the best word comes each time" if always else "one word for all rows"
    share = np.bincount(words, minlength=len(scores))[: len(scores)] / len(words)
    off = {name: np.abs(share - f(scores, temperature)).max() for name, f in LAWS.items()}
    name = min(off, key=off.get)
    return name if off[name] < 0.08 else "something else"


def picking(function):
    """Turn ``pick_words`` into a function of scores: its best words, and how it draws others."""

    def drawn(scores, draws, temperature, seed):
        rows = np.tile(scores[[0, -1]], (draws, 1))  # two rows, which take turns
        words = np.asarray(function(rows, temperature, np.random.default_rng(seed)))
        if words.shape != (2 * draws,) or words.dtype.kind not in "iu":
            raise WrongKind(
                f"For scores {rows.shape} at temperature {temperature}, `pick_words` returned "
                f"{words.dtype} {words.shape}, expected integers ({2 * draws},)."
            )
        return words

    def laws(scores, temperature):
        """Where the words of the first and of the last row seem to be drawn from."""
        ends = scores[[0, -1]].astype(np.float64)
        words = drawn(scores, DRAWS, temperature, 1)

        def others(k):
            seeds = range(2, 12)
            return lambda: [drawn(scores, DRAWS, temperature, s)[k::2] for s in seeds]

        first, last = (law(words[k::2], ends[k], temperature, others(k)) for k in (0, 1))
        return first if first == last else f"{first} in the first row, {last} in the last"

    def run(scores):
        best = np.asarray(function(scores, 0.0, np.random.default_rng(0)))
        found = {"words at temperature 0": best}
        small = scores.dtype == np.float64 and np.abs(scores).max() < 100
        looks = small and 1 < len(scores) < 5  # it takes thousands of draws
        for temperature in (0.5, 2.0) if looks else ():
            found[f"drawn at temperature {temperature} from"] = np.array(laws(scores, temperature))
        words, again = (drawn(scores, 40, 2.0, 1) for _ in range(2))
        found["the same rng, the same words"] = np.array(np.array_equal(words, again))
        given = scores.copy()
        function(given, 2.0, np.random.default_rng(1))
        found["scores stay as they are"] = np.array(np.array_equal(given, scores))
        return found

    return run


def picking_cases(rng):
    yield Case("two rows, by hand", (np.array([[0.0, 2, 1], [3, 1, 2]]),))
    yield Case("random scores", (np.stack([[1.0, 0, -1, 1.5, 0.5], *rng.normal(size=(3, 5))]),))
    yield Case("more rows than words", (np.array([[1.0, 0.2], *rng.normal(size=(4, 2))]),))
    yield Case("one row", (np.array([[0.3, -1.0, 1.2]]),), hidden=True)
    yield Case("scores in the thousands", (2e3 * np.array([[0.5, 1, -1], [1, 0.2, 0]]),))
    yield Case("float32", (np.array([[0, 1, 2.0]], dtype=np.float32),), hidden=True)


DRAWN_HINTS = Hints(
    "What makes a likely word likelier, a large temperature or a small one? Which generator draws?",
    "Probabilities are (N, V), one distribution a row; each row draws a word of its own: (N,).",
    "P(word v in row n) = exp(scores[n, v] / temperature) / sum over k of exp(scores[n, k] / "
    "temperature). Subtract the largest score of the row first.",
)
register(
    Spec(
        name="pick_words",
        told="words",
        reference=rnn.pick_words,
        inputs=("scores",),
        axes={"scores": "N V"},
        results={"words at temperature 0": "N"},
        make_cases=picking_cases,
        section="sec:sampling",
        returns="named",
        adapt=picking,
        hints={
            "words at temperature 0": Hints(
                "Which word of a row is the best one?",
                "scores is (N, V), the words are (N,): along which axis do you compare?",
                "word[n] = the v at which scores[n, v] is largest.",
            ),
            "drawn at temperature 0.5 from": DRAWN_HINTS,
            "drawn at temperature 2.0 from": DRAWN_HINTS,
            "the same rng, the same words": DRAWN_HINTS,
            "scores stay as they are": Hints(
                "Whose array is `scores`?",
                "`scores / temperature` is a new array, `scores /= temperature` is the old one.",
                "The scores are as before when the function has come back.",
            ),
        },
    )
)


WORDS = ("<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "star", "circle")


def captioner(cls):
    """Turn a captioner class into a function of features, captions and parameters."""

    def run(features, captions, params):
        (D, H), (V, E) = params["W_proj"].shape, params["W_embed"].shape
        words = {word: i for i, word in enumerate(WORDS[:V])}
        sizes = {"input_dim": D, "wordvec_dim": E, "hidden_dim": H}

        def make(rng):
            return cls(words, **sizes, dtype=features.dtype.type, rng=rng)

        model = with_parameters(checked(make(np.random.default_rng(0)), params), params)
        found = MethodResults(starting_weights(make))
        with found.part("loss"):
            found |= loss_and_gradients(model, features, captions)
        with found.part("sample"):
            found |= sampled(model, features)
            found[OF_LSTM] = np.array(serves_lstm(cls, words, sizes, model, features))
        found["accuracy"] = of_numbers("accuracy(...)", model.accuracy(features, captions))
        return found

    return run


OF_LSTM = "an LSTM's captions, word for word"


def serves_lstm(cls, words, sizes, model, features):
    """Does ``sample`` write what it should with an LSTM, too? What steps by itself need not.

    A plain RNN has no cell state, so whoever loses it on the way is right with an RNN alone. Where
    the captions of an RNN are wrong, nothing more is asked.
    """
    calls, step = [], model.next_scores
    model.next_scores = lambda *args: calls.append(args) or step(*args)
    written(model, features[:1], 2)
    del model.next_scores
    return not calls or not writes_right(cls, words, sizes, "rnn") or \
        writes_right(cls, words, sizes, "lstm")  # fmt: skip


def writes_right(cls, words, sizes, cell_type):
    """Are greedy captions those of the right class, with random weights?"""
    options = {**sizes, "cell_type": cell_type, "dtype": np.float64}
    mine, right = (kind(words, **options) for kind in (cls, rnn.CaptioningRNN))
    rng = np.random.default_rng(5)
    for name, w in right.params.items():
        right.params[name] = mine.params[name] = rng.normal(size=w.shape)
    rows = rng.normal(size=(20, sizes["input_dim"]))
    return np.array_equal(written(mine, rows, 6), written(right, rows, 6))


def written(model, rows, length, **options):
    """What ``sample`` returns: word indices (N, length), or it is of the wrong kind."""
    captions = model.sample(rows, length, **options)
    if captions is None:
        raise WrongKind("sample returned None (is there a `return` at the end?).")
    captions = np.asarray(captions)
    if captions.shape != (len(rows), length) or captions.dtype.kind not in "iu":
        raise WrongKind(
            f"For {len(rows)} features and max_length {length} `sample` returned {captions.dtype} "
            f"{captions.shape}, expected integers ({len(rows)}, {length})."
        )
    return captions


def sampled(model, features):
    """What ``sample`` writes: greedily, at a temperature, and when every caption ends at once."""

    def drawn(rows, seed, length=3, temperature=1.5):
        rng = None if seed is None else np.random.default_rng(seed)
        return written(model, rows, length, temperature=temperature, rng=rng)

    found = {"greedy captions": written(model, features[:12], 6)}
    if features.dtype == np.float64 and len(features) > 3:  # once: it takes many draws
        rows = np.repeat(features[:1], 24, axis=0)
        once, again, other = drawn(rows, 1), drawn(rows, 1), drawn(rows, 2)
        found["the same rng, the same captions"] = np.array(np.array_equal(once, again))
        found["another rng, other captions"] = np.array(not np.array_equal(once, other))
        repeated = np.array_equal(drawn(rows, None), drawn(rows, None))
        found["no rng: the same captions again"] = np.array(repeated)
        found["first words as softmax(scores / temperature) says"] = first_words(model, rows, drawn)
    bias = model.params["b_vocab"].copy()
    model.params["b_vocab"][model.end] += 100
    found["captions that end at once"] = written(model, features[:2], 4)
    model.params["b_vocab"] = bias
    return found


def first_words(model, rows, drawn):
    """Are the first words drawn as the scores say?"""
    scores = model.next_scores(np.full(1, model.start), *model.first_state(rows[:1]))[0]
    expected = softmax(scores[0].astype(np.float64) / 1.5)
    first = drawn(np.repeat(rows[:1], 250, axis=0), 1, length=1)[:, 0]
    share = np.bincount(first, minlength=len(expected))[: len(expected)] / len(first)
    close = np.abs(share - expected).max() < 0.15  # 250 draws: more than four standard deviations
    return np.array(bool(close))


def caption_cases(rng):
    """Captions of random words; every second one is what the network would say itself."""
    words = {word: i for i, word in enumerate(WORDS)}

    def batch(N, T, dtype):
        sizes = {"input_dim": 5, "wordvec_dim": 4, "hidden_dim": 3}
        model = rnn.CaptioningRNN(words, **sizes, dtype=dtype, rng=rng)
        params = {
            k: (w + 0.5 * rng.normal(size=w.shape)).astype(dtype) for k, w in model.params.items()
        }
        features = rng.normal(size=(N, 5)).astype(dtype)
        captions = np.zeros((N, T), dtype=np.int64)
        captions[:, 0] = words["<START>"]
        for row in captions:
            said = [*rng.integers(4, len(WORDS), size=rng.integers(1, 5)), words["<END>"]]
            row[1 : len(said) + 1] = said[: T - 1]
        with_parameters(model, params)
        captions[::2, 1:] = model.sample(features[::2], max_length=T - 1)
        return features, captions, params

    yield Case("4 captions", batch(4, 7, np.float64))
    yield Case("one caption", batch(1, 6, np.float64), hidden=True)
    yield Case("one word to predict", batch(1, 2, np.float64), hidden=True)
    features, captions, params = batch(2, 5, np.float64)
    captions[:, 1:] = 0
    yield Case("captions with no words", (features, captions, params), hidden=True)
    yield Case("float32 stays float32", batch(4, 6, np.float32))
    yield Case("251 captions", batch(251, 4, np.float32), hidden=True)


CAPTION_NAMES = ("W_proj", "b_proj", "W_embed", "Wx", "Wh", "b", "W_vocab", "b_vocab")
CAPTION_HINTS = Hints(
    "The network reads each word and is asked for the next one. Which words does it read, and "
    "which is it asked for?",
    "captions (N, T) give words and targets (N, T-1); vectors (N, T-1, E), states (N, T-1, H), "
    "scores (N, T-1, V).",
    "words = captions[:, :-1], targets = captions[:, 1:], mask = targets != <NULL>; "
    "h0 = features W_proj + b_proj.",
)
SAMPLED = (
    "sample",
    "the same rng, the same captions",
    "another rng, other captions",
    "no rng: the same captions again",
    "first words as softmax(scores / temperature) says",
    "captions that end at once",
)
SAMPLE_HINTS = Hints(
    "Which word is said at temperature 0, and how is one drawn above it? What if no rng comes in?",
    "captions are (N, max_length), however early they end; each row draws one word a step.",
    "temperature 0: the best word; above 0: drawn from softmax(scores / temperature) with rng; "
    "after <END>: <NULL>.",
)
register(
    Spec(
        name="CaptioningRNN",
        reference=rnn.CaptioningRNN,
        inputs=("features", "captions", "parameters"),
        results={"greedy captions": "N T"},
        make_cases=caption_cases,
        section="sec:captioning",
        returns="named",
        adapt=captioner,
        hints={
            "accuracy": Hints(
                "Which positions count, and at how many of them is the best word the right one?",
                "The best word at each position is (N, T-1), like the targets and the mask.",
                "accuracy = number of right words where targets != <NULL>, divided by the number "
                "of such positions (0 when there is none).",
            ),
            **dict.fromkeys(SAMPLED, SAMPLE_HINTS),
            OF_LSTM: Hints(
                "What does one step hand to the next, and is all of it handed on?",
                "`next_scores` takes and gives h (N, H) and c (N, H); only an LSTM changes c.",
                "h_t and c_t come from the word and from h_(t-1) and c_(t-1), both of them.",
            ),
            "captions that end at once": Hints(
                "What does a caption hold at <END>, and what in the columns after it?",
                "A flag for each row, (N,), says whether its caption still goes on.",
                "captions[n, t] = the word, <END> included, as long as no earlier word of row n "
                "was <END>; else <NULL>.",
            ),
            **dict.fromkeys(("loss", *(f"gradient of {p}" for p in CAPTION_NAMES)), CAPTION_HINTS),
            "greedy captions": Hints(
                "What does the network read first, and what after its first word?",
                "One word for each row at each step: h (N, H), scores (N, V), word (N,).",
                "word = <START>; then h = step(W_embed[word], h), word = argmax of scores; after "
                "<END> a caption is filled with <NULL>.",
            ),
        },
    )
)
