"""Checks of the small steps: the rungs of the ladder, gradient checking, training loop, words."""

import inspect

import numpy as np

from course.checks.spec import Case, Hints, Mistake, Spec, register, with_upstream
from scratch import cnn_layers, gradcheck, layers, solver, steps, text


def output_size_cases(rng):
    yield Case("7 pixels, a window of 3, by hand", (7, 3, 1, 0))
    yield Case("the same in steps of 2", (7, 3, 2, 0))
    yield Case("padding", (7, 3, 1, 2))
    yield Case("a rest that fills no window", (8, 3, 2, 0))
    yield Case("a window as large as the image", (5, 5, 3, 0))
    yield Case("everything at once", (11, 4, 3, 2), hidden=True)


def refuses(function):
    """``function`` as it is, but it must refuse what cannot be."""

    def call(*args):
        for wrong in ((3, 4, 1, 0), (5, 2, 0, 0), (5, 2, 1, -1)):
            try:
                returned = function(*wrong)
            except ValueError:
                continue
            raise Mistake(
                f"size {wrong[0]}, window {wrong[1]}, stride {wrong[2]}, pad {wrong[3]} is "
                f"impossible, but output_size returned {returned!r}. Raise a ValueError."
            )
        return function(*args)

    return call


register(
    Spec(
        name="output_size",
        reference=cnn_layers.output_size,
        inputs=("size", "window", "stride", "pad"),
        results={"size": ""},
        make_cases=output_size_cases,
        section="sec:conv-forward",
        adapt=refuses,
        hints={
            "size": Hints(
                "Where does the first window end, and how many pixels are left to move over?",
                "Integers in, an integer out: // rounds down.",
                "1 + (size + 2 pad - window) // stride",
            )
        },
    )
)

IMAGE, FILTER = np.array([[1.0, 2, 0], [0, 1, 3]]), np.array([[1.0, 0], [-1, 2]])


def correlate_cases(rng):
    yield Case("one 2 x 3 image, by hand", (IMAGE, FILTER))
    yield Case("an oblong image", (rng.normal(size=(5, 7)), rng.normal(size=(2, 3))))
    yield Case("a filter as large as the image", (rng.normal(size=(3, 4)), rng.normal(size=(3, 4))))
    yield Case("a 1 x 1 filter", (rng.normal(size=(3, 2)), rng.normal(size=(1, 1))), hidden=True)


def strided_cases(rng):
    def random(x, w):
        return rng.normal(size=x), rng.normal(size=w)

    yield Case("no stride, no padding, by hand", (IMAGE, FILTER))
    yield Case("stride", random((7, 6), (3, 2)), {"stride": 2})
    yield Case("padding", random((4, 5), (3, 2)), {"pad": 1})
    yield Case("both, with a rest", random((6, 9), (3, 2)), {"stride": 2, "pad": 1})
    yield Case("gaps between windows", random((8, 7), (2, 2)), {"stride": 3}, hidden=True)


def channels_cases(rng):
    def random(C, F):
        x, w = rng.normal(size=(C, 6, 5)), rng.normal(size=(F, C, 3, 2))
        return x, w, rng.normal(size=F)

    yield Case("one channel, one filter", random(1, 1))
    yield Case("three channels, one filter", random(3, 1))
    yield Case("one channel, four filters", random(1, 4))
    yield Case("stride and padding", random(3, 4), {"stride": 2, "pad": 1})


def correlation(name, reference, inputs, result, make_cases, hints):
    register(
        Spec(
            name=name,
            reference=reference,
            inputs=inputs,
            results={"out": result},
            make_cases=make_cases,
            section="sec:conv-forward",
            hints={"out": Hints(*hints)},
        )
    )


correlation(
    "correlate",
    steps.correlate,
    ("x", "w"),
    "H' W'",
    correlate_cases,
    (
        "Write down for one output which rows and columns of x it reads.",
        "The window is (HH, WW), the result (H - HH + 1, W - WW + 1).",
        "out[i, j] = sum over u, v of x[i + u, j + v] w[u, v]",
    ),
)
correlation(
    "correlate_strided",
    steps.correlate_strided,
    ("x", "w"),
    "H' W'",
    strided_cases,
    (
        "Pad first and forget the padding. Where does the window of output (i, j) start?",
        "The padded image is (H + 2 pad, W + 2 pad).",
        "out[i, j] = sum over u, v of padded[i stride + u, j stride + v] w[u, v]",
    ),
)
correlation(
    "correlate_channels",
    steps.correlate_channels,
    ("x", "w", "b"),
    "F H' W'",
    channels_cases,
    (
        "How do the results of the single channels become one map?",
        "x[c] is (H, W), w[f, c] is (HH, WW), and each filter gives one map (H', W').",
        "out[f] = b[f] + sum over c of correlate(x[c], w[f, c])",
    ),
)


def gradient_cases(rng):
    def random(x, w):
        return rng.normal(size=x), rng.normal(size=w)

    image, upstream = np.arange(1.0, 10).reshape(1, 1, 3, 3), np.array([[1.0, -1], [2, 3]])
    args = (image, FILTER.reshape(1, 1, 2, 2))
    yield Case("one 3 x 3 image, by hand", args, dout=upstream.reshape(1, 1, 2, 2))
    yield Case("batch, channels, filters", random((2, 3, 5, 7), (4, 3, 3, 2)))
    yield Case("stride", random((2, 2, 7, 5), (3, 2, 3, 3)), {"stride": 2})
    yield Case("padding", random((2, 2, 4, 6), (3, 2, 3, 3)), {"pad": 1})
    args = random((2, 3, 6, 9), (2, 3, 3, 2))
    yield Case("stride and padding with a rest", args, {"stride": 2, "pad": 1})
    yield Case("gaps between windows", random((1, 2, 8, 7), (3, 2, 2, 2)), {"stride": 3})


def upstream_first(rng):
    """The same cases as plain arguments: ``dout, x, w``."""
    for case in with_upstream(gradient_cases(rng), cnn_layers.conv_forward, rng):
        yield Case(case.tests, (case.dout, *case.args), case.options)


def bias_cases(rng):
    for case in upstream_first(rng):
        yield Case(case.tests, case.args[:1])


def gradient(name, reference, result, axes, inputs, make_cases, hints):
    register(
        Spec(
            name=name,
            reference=reference,
            inputs=inputs,
            results={result: axes},
            make_cases=make_cases,
            section="sec:conv-backward",
            hints={result: Hints(*hints)},
        )
    )


gradient(
    "conv_db",
    steps.conv_db,
    *("db", "F", ("dout",), bias_cases),
    (
        "One bias is added to how many outputs?",
        "dout is (N, F, H', W') and db is (F,): three axes have to go.",
        "db[f] = sum over n, i, j of dout[n, f, i, j]",
    ),
)
gradient(
    "conv_dw",
    steps.conv_dw,
    *("dw", "F C HH WW", ("dout", "x", "w"), upstream_first),
    (
        "A filter weight is used at every place of every image: what does each use add?",
        "dout[n, f, i, j] is a number, and the window that it came from is (C, HH, WW).",
        "dw[f] += dout[n, f, i, j] times the window of the padded x at row i stride",
    ),
)
gradient(
    "conv_dx",
    steps.conv_dx,
    *("dx", "N C H W", ("dout", "x", "w"), upstream_first),
    (
        "Which outputs did one pixel take part in? Each of them sends something back.",
        "Collect in an array like the padded x; each dout[n, f, i, j] touches one window of it.",
        "the window of dxpad at row i stride += dout[n, f, i, j] w[f]; then cut the padding off",
    ),
)


def norms_cases(rng):
    one = np.array([[0.5]])
    yield Case("one unit, by hand", (np.array([[2.0]]), np.array([[0.5], [0.0]]), np.array([1.0])))
    yield Case("one step", (rng.normal(size=(3, 3)), np.tanh(rng.normal(size=(1, 3))), np.ones(3)))
    for T, H in ((5, 3), (12, 4)):
        h = np.tanh(rng.normal(size=(T, H)))
        yield Case(f"{T} steps", (rng.normal(size=(H, H)), h, rng.normal(size=H)))
    yield Case("a gradient of zero", (one, np.zeros((3, 1)), np.zeros(1)), hidden=True)


register(
    Spec(
        name="gradient_norms",
        reference=steps.gradient_norms,
        inputs=("Wh", "h", "dlast"),
        results={"norms": "T"},
        make_cases=norms_cases,
        section="sec:rnn-time",
        hints={
            "norms": Hints(
                "Note the norm first, then go one step back. Which factor comes first?",
                "dh is (H,), Wh is (H, H): a row times Wh transposed, or Wh times a column.",
                "norms[t] = |dh|; then dh = Wh (dh (1 - h[t]^2))",
            )
        },
    )
)


def square(x):
    return x**2


def mix(x):
    return np.array([x.sum() ** 2, np.sin(x).sum(), x.ravel()[0] * x.ravel()[-1]])


def itself(x):
    return x


def numeric_cases(rng):
    yield Case("squares of 1, 2 and 3, by hand", (square, np.array([1.0, 2, 3]), np.ones(3)))
    yield Case("an upstream gradient", (square, rng.normal(size=(2, 3)), rng.normal(size=(2, 3))))
    yield Case("every output reads every input", (mix, rng.normal(size=(3, 2)), rng.normal(size=3)))
    yield Case("f returns x itself", (itself, rng.normal(size=4), rng.normal(size=4)))
    yield Case("a single number", (np.exp, np.array(0.5), 1.0))
    yield Case("whole numbers", (square, np.array([[1, 2], [3, 4]]), np.ones((2, 2))), hidden=True)
    args = (mix, rng.normal(size=(2, 3)), rng.normal(size=3))
    yield Case("a step so large that every slip shows", args, {"eps": 0.25})


register(
    Spec(
        name="numeric_gradient",
        reference=gradcheck.numeric_gradient,
        inputs=("f", "x", "dout"),
        results={"grad": ""},
        make_cases=numeric_cases,
        tolerance=1e-6,  # with eps = 1e-6 rounding alone leaves about 1e-9
        section="sec:gradient-checking",
        hints={
            "grad": Hints(
                "One element at a time: up, down, and back to where it was.",
                "grad has the shape of x; dout has the shape of what f returns.",
                "grad[k] = sum(dout (f(x + eps) - f(x - eps))) / (2 eps), only x[k] being moved",
            )
        },
    )
)


def relative_cases(rng):
    yield Case("two numbers, by hand", (np.array([1.0, 2.0]), np.array([1.0, 6.0])))
    yield Case("nearly zero beside one", (np.array([1.0, 1e-12]), np.array([1.0, 0.0])))
    yield Case("random numbers", (rng.normal(size=(3, 4)), rng.normal(size=(3, 4))))
    yield Case("all zero", (np.zeros(3), np.zeros(3)))
    yield Case("negative numbers", (-1 - rng.random(5), -1 - rng.random(5)), hidden=True)


register(
    Spec(
        name="relative_error",
        reference=gradcheck.relative_error,
        inputs=("a", "b"),
        results={"error": ""},
        make_cases=relative_cases,
        section="sec:gradient-checking",
        hints={
            "error": Hints(
                "Which maximum is between two numbers, and which is over the whole array?",
                "error has the shape of a and b; the floor is a single number.",
                "|a - b| / max(|a| + |b|, floor), floor = max(1e-3 max(|a| + |b|), 1e-9)",
            )
        },
    )
)


def half_right(dout, cache):
    x, w = cache
    return dout @ w.T, (x.T @ dout) / len(x)


def product(x, w):
    return x @ w, (x, w)


def wrong_shape(dout, cache):
    x, w = cache
    return (dout @ w.T).sum(axis=0), x.T @ dout


def wrong_cases(rng):
    args = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
    right = (layers.fc_forward, layers.fc_backward, *args, rng.normal(size=2))
    yield Case("a layer that is right", right)
    yield Case("the second gradient is wrong", (product, half_right, *args))
    yield Case("a gradient of the wrong shape", (product, wrong_shape, *args))
    small = (product, half_right, 1e-3 * args[0], 1e-3 * args[1])
    yield Case("small numbers", small, hidden=True)
    bare = (layers.relu_forward, layers.relu_backward, rng.normal(size=(3, 4)))
    yield Case("a bare gradient", bare)
    doubled = (layers.relu_forward, lambda dout, cache: 2 * dout * (cache > 0), bare[2])
    yield Case("a bare gradient, wrong", doubled)


def as_flags(function):
    """Positions -> a flag for each input, so that lists of any length can be compared."""

    def call(forward, backward, *inputs):
        found = function(forward, backward, *inputs)
        if not isinstance(found, (list, tuple, np.ndarray)):
            raise Mistake(f"wrong_gradients returned {found!r}, expected a list of positions.")
        return np.array([k in list(found) for k in range(len(inputs))])

    return call


register(
    Spec(
        name="wrong_gradients",
        reference=steps.wrong_gradients,
        inputs=("forward", "backward", "x", "w", "b"),
        results={"is_wrong": ""},
        make_cases=wrong_cases,
        section="sec:gradient-checking",
        adapt=as_flags,
        hints={
            "is_wrong": Hints(
                "For each input, a function of that input alone. What may it return?",
                "forward returns (out, cache): only out is differentiated; dout has its shape.",
                "k is wrong if max(relative_error(grads[k], numeric)) > tolerance",
            )
        },
    )
)


def score_cases(rng):
    yield Case("two equal scores, by hand", (np.array([[1.0, 1.0]]),))
    yield Case("random numbers", (rng.normal(size=(4, 3)),))
    yield Case("scores of a thousand", (1000 * rng.normal(size=(3, 5)),))
    far_apart = rng.normal(size=(2, 3)) + np.array([[400.0], [-400.0]])
    yield Case("rows that are far apart", (far_apart,))
    yield Case("more axes", (rng.normal(size=(2, 3, 4)),))
    yield Case("float32 stays float32", (rng.normal(size=(3, 4)).astype(np.float32),))


register(
    Spec(
        name="softmax",
        reference=layers.softmax,
        inputs=("scores",),
        results={"p": ""},
        make_cases=score_cases,
        section="sec:softmax",
        hints={
            "p": Hints(
                "Which number may you subtract from a whole row without changing any ratio?",
                "The maximum and the sum of each row keep their axis, to broadcast.",
                "p = exp(s - max) / sum of exp(s - max), over the last axis",
            )
        },
    )
)


def cross_entropy_cases(rng):
    yield Case("two equal scores, by hand", (np.array([[1.0, 1.0]]), np.array([0])))
    yield Case("random numbers", (rng.normal(size=(5, 4)), rng.integers(0, 4, size=5)))
    yield Case("scores of a thousand", (1e3 * rng.normal(size=(4, 3)), rng.integers(0, 3, size=4)))
    yield Case("one row", (rng.normal(size=(1, 6)), np.array([5])))
    single = rng.normal(size=(3, 4)).astype(np.float32)
    yield Case("float32 stays float32", (single, rng.integers(0, 4, size=3)))


register(
    Spec(
        name="cross_entropy",
        reference=layers.cross_entropy,
        inputs=("scores", "y"),
        results={"losses": "K", "dscores": "K C"},
        make_cases=cross_entropy_cases,
        section="sec:softmax",
        hints={
            "losses": Hints(
                "Put the softmax into the logarithm and simplify on paper.",
                "The score of the right class is one number a row; losses are (K,).",
                "loss = log(sum of exp(s - max)) - (s[y] - max)",
            ),
            "dscores": Hints(
                "What does the probability of the right class lack, and the others have too much?",
                "dscores is (K, C), like the scores; each row sums to 0.",
                "dscores = p, minus 1 at the right class",
            ),
        },
    )
)


class Line:
    """A model small enough to follow by hand: scores ``X w + b``, half the mean squared error."""

    def __init__(self, w, b):
        self.params = {"w": w.copy(), "b": b.copy()}

    def loss(self, X, y):
        gap = X @ self.params["w"] + self.params["b"] - y
        grads = {"w": X.T @ gap / len(X), "b": np.array([gap.mean()])}
        return float((gap**2).mean() / 2), grads

    def accuracy(self, X, y):
        return 0.0


def solver_cases(rng):
    for tests, N, size in (("10 rows, batches of 4", 10, 4), ("one batch holds all", 6, 8)):
        X, y = rng.normal(size=(N, 3)), rng.normal(size=N)
        yield Case(tests, (X, y, rng.normal(size=3), np.zeros(1)), {"batch_size": size})


def run_solver(Class):
    """A solver class -> what its ``batches`` and two of its ``step`` calls do."""
    if not inspect.isclass(Class):
        raise Mistake("Solver is not a class any more. Run its cell again.")

    def call(X, y, w, b, *, batch_size):
        data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
        model, options = Line(w, b), {"learning_rate": 0.1, "mu": 0.9}
        it = Class(
            model,
            data,
            update_rule="momentum",
            optim_config=options,
            batch_size=batch_size,
            verbose=False,
            rng=np.random.default_rng(1),
        )
        batches = it.batches()
        if batches is None:
            raise Mistake("batches returned None (is there a `return` at the end?).")
        sizes = np.array([len(batch) for batch in batches])
        rows = np.concatenate([np.asarray(batch) for batch in batches])
        for k in (0, 1):
            it.step(np.arange(k, len(X), 2))
        params = it.model.params
        return (sizes, np.sort(rows), (rows == np.arange(len(rows))).all()) + (
            np.array(it.loss_history),
            params["w"],
            params["b"],
        )

    return call


register(
    Spec(
        name="Solver",
        reference=solver.Solver,
        inputs=("X_train", "y_train", "w", "b"),
        results={
            "batch_sizes": "",
            "rows_of_one_epoch_sorted": "",
            "unshuffled": "",
            "loss_history": "",
            "w": "",
            "b": "",
        },
        make_cases=solver_cases,
        section="sec:training",
        adapt=run_solver,
        hints={
            "batch_sizes": Hints(
                "The last batch holds what is left.",
                "order is (N,), a batch is a slice of it.",
                "order[i : i + batch_size] for i = 0, batch_size, 2 batch_size, ...",
            ),
            "rows_of_one_epoch_sorted": Hints(
                "In one epoch every row comes once: none twice, none left out.",
                "The batches together hold N row numbers.",
                "a permutation of 0 .. N-1, cut into pieces",
            ),
            "unshuffled": Hints(
                "The order has to be random, drawn from self.rng.",
                "The numbers 0 to N - 1 in random order are (N,).",
                "self.rng.permutation(N)",
            ),
            "loss_history": Hints(
                "Each step appends the loss of its batch, taken before the update.",
                "A loss is one number.",
                "the mean over the rows in batch only",
            ),
            "w": Hints(
                "Does each parameter get its own gradient and its own state, kept for next time?",
                "grads and self.states are dicts with the names of params.",
                "params[name], states[name] = rule(params[name], grads[name], states[name])",
            ),
            "b": Hints(
                "Does each parameter get its own gradient and its own state, kept for next time?",
                "grads and self.states are dicts with the names of params.",
                "params[name], states[name] = rule(params[name], grads[name], states[name])",
            ),
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


def numbered(function):
    """Words -> their positions in the right answer, -1 for a word that is not in it."""

    def call(sentence):
        right = text.tokenize(sentence)
        words = function(sentence)
        if not isinstance(words, list):
            raise Mistake(f"tokenize returned {words!r}, expected a list of words.")
        return np.array([right.index(word) if word in right else -1 for word in words], dtype=int)

    return call


register(
    Spec(
        name="tokenize",
        reference=text.tokenize,
        inputs=("sentence",),
        results={"words": ""},
        make_cases=tokenize_cases,
        section="sec:words",
        adapt=numbered,
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
SENTENCES = ("a red star", "a purple circle above a red star", "star", "a a a a a a a a")


def vocabulary_cases(rng):
    yield Case("as long as the longest", (SENTENCES[:3], None))
    yield Case("more room than needed", (SENTENCES[:2], 12))
    yield Case("less room than needed", (SENTENCES, 5))
    yield Case("room for no word", (SENTENCES[:1], 2), hidden=True)


def round_trip(Class):
    """A vocabulary class -> what ``encode`` gives, and what ``decode`` makes of it, as indices."""

    def call(sentences, length):
        words = Class(KNOWN)
        indices = words.encode(list(sentences), length)
        if indices is None:
            raise Mistake("encode returned None (is there a `return` at the end?).")
        decoded = words.decode(np.asarray(indices))
        if not isinstance(decoded, list) or not all(isinstance(s, str) for s in decoded):
            raise Mistake(f"decode returned {decoded!r}, expected a list of sentences.")
        if not isinstance(words.decode(np.asarray(indices)[0]), str):
            raise Mistake("decode of one row (T,) must be one sentence, not a list.")
        decoded.append(words.decode(np.array([1, 4, 5])))  # cut off before its <END>
        decoded.append(words.decode(np.array([1, 4, 2, 5, 6])))  # and with words after it
        rows = [[words.word_to_idx.get(w, -1) for w in s.split()] + [-2] for s in decoded]
        return np.asarray(indices), np.array(sum(rows, []))

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
