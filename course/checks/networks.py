"""What the checks of whole networks share: how a model is made, run and taken apart."""

import contextlib

import numpy as np

from course.checks.spec import Case, Hints, WrongKind, kind


class MethodResults(dict):
    """Results by name of a class of which some methods may not be written yet."""

    def __init__(self, *args, **named):
        super().__init__(*args, **named)
        self.missing = ()

    def __ior__(self, other):  # type: ignore[misc]  # dict's own | is never used here
        self.update(other)
        return self

    @contextlib.contextmanager
    def part(self, method):
        """What a method gives; when it is still a stub, the others are judged all the same."""
        try:
            yield
        except NotImplementedError:
            self.missing = (*self.missing, method)


def checked(model, wanted):
    """The model, once the names and shapes of its parameters are right."""
    params = getattr(model, "params", None)
    if not isinstance(params, dict):
        raise WrongKind("The model has no dict `params` of its parameters.")
    if params.keys() != wanted.keys():
        names, expected = ", ".join(map(str, params)), ", ".join(wanted)
        raise WrongKind(f"`params` holds {names or 'nothing'}, expected {expected}.")
    for name, value in wanted.items():
        if np.shape(params[name]) != value.shape:
            raise WrongKind(f"{name} has shape {np.shape(params[name])}, expected {value.shape}.")
    return model


def with_parameters(model, given):
    """Put given parameters into a model."""
    model.params.update({name: value.copy() for name, value in given.items()})
    return model


def of_numbers(call, returned):
    """What a method returned, as an array of numbers."""
    if returned is None:
        raise WrongKind(f"`{call}` returned None (is there a `return` at the end?).")
    several = isinstance(returned, (tuple, dict))
    array = np.zeros(0, object) if several else np.asarray(returned)
    if array.dtype.kind not in "biuf":
        came = kind(returned)
        if isinstance(returned, tuple):
            came += f" (a tuple: {', '.join(map(kind, returned))})"
        raise WrongKind(f"`{call}` returned {came}, expected one array of numbers.")
    return array.astype(float) if array.ndim == 0 else array


def in_words(returned):
    """What came back; of two things what each of them is."""
    if isinstance(returned, tuple) and len(returned) == 2:
        return f"{kind(returned[0])} and {kind(returned[1])}"
    return kind(returned)


def loss_and_gradients(model, *batch):
    """The loss and the gradients of a model as results by name."""
    returned = model.loss(*batch)
    if not (isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], dict)):
        raise WrongKind(
            f"`loss(X, y)` returned {in_words(returned)}, expected `loss, grads`, grads being a "
            "dict."
        )
    loss, grads = returned
    missing = [name for name in model.params if name not in grads]
    if missing:
        raise WrongKind(f"grads has no {', '.join(missing)}.")
    gradients = {
        f"gradient of {name}": of_numbers(f"grads[{name!r}]", grads[name]) for name in model.params
    }
    return {"loss": of_numbers("loss", loss), **gradients}


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


OF_WHOLE = "dtype of the scores of whole numbers"


def classifier(make, extras=(), of_any_dtype=False):
    """Turn a classifier class into a function of images, labels and parameters.

    ``of_any_dtype``: it also takes images of whole numbers.
    """

    def adapt(cls):
        def run(X, y, params):
            model = checked(make(cls, X, params, np.random.default_rng(0)), params)
            found = starting_weights(lambda rng: make(cls, X, params, rng))
            found |= uniform_weights(model)
            with_parameters(model, params)
            found["scores"] = of_numbers("loss(X)", model.loss(X))
            found |= loss_and_gradients(model, X, y)
            for name in extras:
                found[name] = np.asarray(getattr(model, name)(X))
            if of_any_dtype:
                whole = model.forward(np.rint(9 * X).astype(np.int64))[0]
                found[OF_WHOLE] = np.array(str(np.asarray(whole).dtype))
            return found | {"accuracy": of_numbers("accuracy(X, y)", model.accuracy(X, y))}

        return run

    return adapt


def classifier_cases(reference, image, settings):
    """Batches of random images; every second label is what the network would say."""

    def make_cases(rng):
        for N, dtype in ((4, np.float64), (1, np.float64), (2, np.float32)):
            model = reference(**settings, dtype=dtype, rng=rng)
            params = {  # biases that are not 0, so that each has something to say
                k: (w + 0.1 * rng.normal(size=w.shape)).astype(dtype)
                for k, w in model.params.items()
            }
            X = rng.normal(size=(N, *image)).astype(dtype)
            y = with_parameters(model, params).loss(X).argmax(axis=1)
            y[N % 2 :: 2] = (y[N % 2 :: 2] + 1) % settings["num_classes"]
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
    "scores are (N, K); the best class of each image is (N,), like y; the accuracy is one number.",
    "accuracy = (1/N) sum over n of (1 if argmax of scores[n] == y[n] else 0).",
)
WHOLE_HINTS = Hints(
    "Pictures come in any dtype, often as whole numbers. In which does the network compute?",
    "The pictures keep their shape; only their dtype becomes that of the network.",
    "Before the first layer, X becomes an array of `self.dtype`.",
)
LAYER_HINTS = Hints(
    "After which layer should you stop?",
    "`features` are (N, hidden_dim); `feature_maps` are (N, F2, H'', W'').",
    "features: all layers but the last; feature_maps: up to the second pooling.",
)


def model_hints(*names):
    return {
        **dict.fromkeys((*names, "forward", "backward"), LOSS_HINTS),
        **dict.fromkeys(("features", "feature_maps"), LAYER_HINTS),
        "accuracy": ACCURACY_HINTS,
        OF_WHOLE: WHOLE_HINTS,
    }
