"""Checks of the loss of a sequence and of the captioner."""

import numpy as np

from course.checks.networks import (
    Results,
    checked,
    loss_and_gradients,
    starting_weights,
    with_parameters,
)
from course.checks.spec import Case, Hints, Spec, fortran, register
from scratch import rnn, rnn_layers
from scratch.layers import softmax


def temporal_cases(rng):
    def random(N, T, V, keep=0.6, scale=1.0):
        mask = rng.random((N, T)) < keep
        return scale * rng.normal(size=(N, T, V)), rng.integers(0, V, size=(N, T)), mask

    scores = np.log(np.array([[[1.0, 3], [1, 1]], [[3, 1], [7, 1]]]))
    y, mask = np.array([[1, 0], [1, 0]]), np.array([[True, True], [True, False]])
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


WORDS = ("<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "star", "circle")


def captioner(cls):
    """Turn a captioner class into a function of features, captions and parameters."""

    def run(features, captions, params):
        (D, H), (V, W) = params["W_proj"].shape, params["W_embed"].shape
        words = {word: i for i, word in enumerate(WORDS[:V])}
        sizes = {"input_dim": D, "wordvec_dim": W, "hidden_dim": H}

        def make(rng):
            return cls(words, **sizes, dtype=features.dtype.type, rng=rng)

        model = with_parameters(checked(make(np.random.default_rng(0)), params), params)
        found = Results(starting_weights(make))
        with found.part("loss"):
            found |= loss_and_gradients(model, features, captions)
        with found.part("sample"):
            found |= sampled(model, features)
        found["accuracy"] = np.asarray(float(model.accuracy(features, captions)))
        return found

    return run


def sampled(model, features):
    """What ``sample`` writes: greedily, at a temperature, and when every caption ends at once."""

    def drawn(rows, seed, temperature=1.5):
        rng = None if seed is None else np.random.default_rng(seed)
        return np.asarray(model.sample(rows, 3, temperature=temperature, rng=rng))

    found = {"greedy captions": np.asarray(model.sample(features, max_length=6))}
    rows = np.repeat(features[:1], 400, axis=0)
    once, again, other = drawn(rows, 1), drawn(rows, 1), drawn(rows, 2)
    found["shape of drawn captions"] = np.array(once.shape)
    found["the same rng, the same captions"] = np.array(np.array_equal(once, again))
    found["another rng, other captions"] = np.array(not np.array_equal(once, other))
    repeated = np.array_equal(drawn(rows, None), drawn(rows, None))
    found["no rng: the same captions again"] = np.array(repeated)
    scores = model.next_scores(np.full(1, model.start), *model.first_state(features[:1]))[0]
    expected = softmax(scores[0].astype(np.float64) / 1.5)
    share = np.bincount(once[:, 0], minlength=len(expected))[: len(expected)] / len(once)
    close = np.abs(share - expected).max() < 0.12  # 400 draws: five standard deviations
    found["first words as softmax(scores / temperature) says"] = np.array(bool(close))
    bias = model.params["b_vocab"].copy()
    model.params["b_vocab"][model.end] += 100
    found["captions that end at once"] = np.asarray(model.sample(features[:2], max_length=4))
    model.params["b_vocab"] = bias
    return found


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
    "captions (N, T) give words and targets (N, T-1); vectors (N, T-1, W), states (N, T-1, H), "
    "scores (N, T-1, V).",
    "words = captions[:, :-1], targets = captions[:, 1:], mask = targets != <NULL>; "
    "h0 = features W_proj + b_proj.",
)
SAMPLED = (
    "shape of drawn captions",
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
