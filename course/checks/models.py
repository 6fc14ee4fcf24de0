"""Checks of the networks and of the training loop."""

import numpy as np

from course.checks.spec import Case, Hints, Mistake, Spec, register
from scratch import cnn, mlp, rnn

# ---------------------------------------------------------------- classifiers


def checked(model, wanted):
    """The model, once the names and shapes of its parameters are right."""
    params = getattr(model, "params", None)
    if not isinstance(params, dict):
        raise Mistake("The model has no dict `params` of its parameters.")
    if params.keys() != wanted.keys():
        names, expected = ", ".join(map(str, params)), ", ".join(wanted)
        raise Mistake(f"`params` holds {names or 'nothing'}, expected {expected}.")
    for name, value in wanted.items():
        if np.shape(params[name]) != value.shape:
            raise Mistake(f"{name} has shape {np.shape(params[name])}, expected {value.shape}.")
    return model


def with_parameters(model, given):
    """Put given parameters into a model."""
    model.params.update({name: value.copy() for name, value in given.items()})
    return model


def loss_and_gradients(model, *batch):
    """The loss and the gradients of a model as results by name."""
    returned = model.loss(*batch)
    if not (isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], dict)):
        raise Mistake("`loss(X, y)` must return `loss, grads`, grads being a dict.")
    loss, grads = returned
    missing = [name for name in model.params if name not in grads]
    if missing:
        raise Mistake(f"grads has no {', '.join(missing)}.")
    gradients = {f"gradient of {name}": np.asarray(grads[name]) for name in model.params}
    return {"loss": np.asarray(loss, float), **gradients}


def starting_weights(make):
    """What can be said about first weights without knowing in which order they were drawn."""

    def drawn(seed):
        return make(None if seed is None else np.random.default_rng(seed)).params

    first, same, other = drawn(3), drawn(3), drawn(4)
    found = {f"dtype of {name}": np.array(str(w.dtype)) for name, w in first.items()}
    for name, w in first.items():
        if np.ndim(w) == 1:
            found[f"{name} starts at 0"] = np.array(not w.any())
    large = [name for name, w in first.items() if np.ndim(w) > 1]
    pairs = {"the same rng, the same weights": same, "another rng, other weights": other}
    for says, params in pairs.items():
        found[says] = np.array([np.array_equal(first[name], params[name]) for name in large])
    once, again = drawn(None), drawn(None)
    found["no rng: the same weights again"] = np.array(
        [np.array_equal(once[name], again[name]) for name in large]
    )
    return found


def uniform_weights(model):
    """Do the weights reach to ±1/sqrt(fan-in)? One flag for each that is not a bias."""
    found = {}
    for name, w in model.params.items():
        if w.ndim > 1:
            fan_in = w.shape[0] if w.ndim == 2 else int(np.prod(w.shape[1:]))
            reach = np.abs(w).max() * np.sqrt(fan_in)
            fits = 0.6 < reach <= 1 + 1e-6 and w.min() < 0 < w.max()
            found[f"{name} starts in ±1/sqrt(fan-in)"] = np.array(bool(fits))
    return found


def classifier(make, extras=()):
    """Turn a classifier class into a function of images, labels and parameters."""

    def adapt(cls):
        def run(X, y, params):
            model = checked(make(cls, X, params, np.random.default_rng(0)), params)
            found = starting_weights(lambda rng: make(cls, X, params, rng))
            found |= uniform_weights(model)
            with_parameters(model, params)
            found["scores"] = np.asarray(model.loss(X))
            found |= loss_and_gradients(model, X, y)
            for name in extras:
                found[name] = np.asarray(getattr(model, name)(X))
            return found | {"accuracy": np.asarray(float(model.accuracy(X, y)))}

        return run

    return adapt


def make_convnet(cls, X, params, rng):
    F1, _, K, _ = params["W1"].shape
    return cls(
        input_dim=X.shape[1:],
        num_filters_1=F1,
        num_filters_2=len(params["W2"]),
        filter_size=K,
        hidden_dim=len(params["b3"]),
        num_classes=len(params["b4"]),
        dtype=X.dtype.type,
        rng=rng,
    )


def make_two_layer(cls, X, params, rng):
    M, C = params["W2"].shape
    D = X[0].size
    return cls(D, M, C, dtype=X.dtype.type, rng=rng)


def classifier_cases(reference, image, settings):
    """Batches of random images; half of the labels are what the network would say."""

    def make_cases(rng):
        for N, dtype in ((3, np.float64), (1, np.float64), (2, np.float32)):
            model = reference(**settings, dtype=dtype, rng=rng)
            params = {  # biases that are not 0, so that each has something to say
                k: (w + 0.1 * rng.normal(size=w.shape)).astype(dtype)
                for k, w in model.params.items()
            }
            X = rng.normal(size=(N, *image)).astype(dtype)
            y = rng.integers(0, settings["num_classes"], size=N)
            y[::2] = with_parameters(model, params).loss(X).argmax(axis=1)[::2]
            tests = f"{N} image{'s' if N > 1 else ''}, {np.dtype(dtype).name}"
            yield Case(tests, (X, y, params), hidden=N == 1)

    return make_cases


LOSS_HINTS = Hints(
    "Follow the batch through the layers and keep every cache; then go back, last layer first.",
    "Each gradient in `grads` has the name and the shape of its parameter.",
    "scores, caches = forward(X); loss, dscores = softmax_loss(scores, y); "
    "then dout, *gradients = backward(dout, cache) for each layer from the last to the first.",
)


ACCURACY_HINTS = Hints(
    "Out of all images, how many have their highest score at the right class?",
    "scores are (N, C); the best class of each image is (N,), like y; the accuracy is one number.",
    "accuracy = (1/N) sum over n of (1 if argmax of scores[n] == y[n] else 0).",
)
LAYER_HINTS = Hints(
    "After which layer should you stop?",
    "`features` are (N, hidden_dim); `feature_maps` are (N, F2, H'', W'').",
    "features: all layers but the last; feature_maps: up to the second pooling.",
)


def model_hints(*names):
    return {
        **dict.fromkeys(names, LOSS_HINTS),
        **dict.fromkeys(("features", "feature_maps"), LAYER_HINTS),
        "accuracy": ACCURACY_HINTS,
    }


CONVNET = {
    "input_dim": (2, 12, 14),
    "num_filters_1": 3,
    "num_filters_2": 4,
    "filter_size": 3,
    "hidden_dim": 5,
    "num_classes": 4,
}
register(
    Spec(
        name="ConvNet",
        reference=cnn.ConvNet,
        inputs=("X", "y", "parameters"),
        results={"scores": "N C", "features": "N M", "feature_maps": "N F H' W'"},
        make_cases=classifier_cases(cnn.ConvNet, CONVNET["input_dim"], CONVNET),
        section="sec:convnet",
        returns="named",
        adapt=classifier(make_convnet, ("features", "feature_maps")),
        hints=model_hints("scores", "loss", *map("gradient of {}".format, cnn.ConvNet().params)),
    )
)

register(
    Spec(
        name="TwoLayerNet",
        reference=mlp.TwoLayerNet,
        inputs=("X", "y", "parameters"),
        results={"scores": "N C"},
        make_cases=classifier_cases(
            mlp.TwoLayerNet, (6,), {"input_dim": 6, "hidden_dim": 5, "num_classes": 4}
        ),
        section="sec:training",
        returns="named",
        adapt=classifier(make_two_layer),
        hints=model_hints(
            "scores", "loss", *(f"gradient of {p}" for p in ("W1", "b1", "W2", "b2"))
        ),
    )
)

# ---------------------------------------------------------------- the captioner

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
        found = starting_weights(make)
        found |= loss_and_gradients(model, features, captions)
        found["greedy captions"] = np.asarray(model.sample(features, max_length=6))
        return found | {"accuracy": np.asarray(float(model.accuracy(features, captions)))}

    return run


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
