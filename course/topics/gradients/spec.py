"""Checks of gradient checking."""

import numpy as np

from course.checks.spec import Case, Hints, Spec, WrongKind, register
from scratch import gradcheck, layers, pieces


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
    a, b = rng.normal(size=(2, 3, 4))
    a[0], b[0] = 1e-5, -1e-5
    yield Case("small numbers beside large ones", (a, b))
    yield Case("tiny numbers", (1e-11 * a[1:], 1e-11 * b[1:]))
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


def all_doubled(dout, cache):
    x, w = cache
    return 2 * dout @ w.T, 2 * x.T @ dout


def square_layer(x):
    return x**2, x


def a_percent_off(dout, cache):
    x, w = cache
    return 1.01 * dout @ w.T, x.T @ dout


def right_for_ones(dout, cache):
    return 2 * cache * dout.mean()


def wrong_shape(dout, cache):
    x, w = cache
    return (dout @ w.T).sum(axis=0), x.T @ dout


def shifted(x, b):
    return x + b, None


def kept_axis(dout, cache):
    return dout, dout.sum(axis=0, keepdims=True)


def square_right(dout, cache):
    return 2 * cache * dout


def square_of_matrix(x):
    return x**2, x


def turned(dout, cache):
    return (2 * cache * dout).T


def one_element_off(dout, cache):
    grad = 2 * cache * dout
    grad[-1, -1] *= 1 + 5e-4
    return grad


def wrong_cases(rng):
    args = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
    right = (layers.fc_forward, layers.fc_backward, *args, rng.normal(size=2))
    yield Case("a layer that is right", right)
    yield Case("the second gradient is wrong", (product, half_right, *args))
    yield Case("a gradient of the wrong shape", (product, wrong_shape, *args))
    off = (product, a_percent_off, *args)
    yield Case("a percent off, and more is allowed", off, {"tolerance": 0.1})
    small = (product, half_right, 1e-3 * args[0], 1e-3 * args[1])
    yield Case("small numbers", small, hidden=True)
    yield Case("two gradients are wrong", (product, all_doubled, *args))
    hidden = (square_layer, right_for_ones, rng.normal(size=(3, 4)))
    yield Case("wrong, but right where every upstream gradient is 1", hidden)
    bare = (layers.relu_forward, layers.relu_backward, rng.normal(size=(3, 4)))
    yield Case("a bare gradient", bare)
    yield Case("the right numbers in another shape", (shifted, kept_axis, args[0], args[0][0]))
    yield Case("a gradient that is turned round", (square_of_matrix, turned, bare[2]))
    large = 1e4 * (1 + rng.random(size=(3, 4)))
    yield Case("large numbers, right", (square_layer, square_right, large), hidden=True)
    many = (square_layer, one_element_off, 1 + rng.random(size=(20, 20)))
    yield Case("one element of many is a little off", many)
    doubled = (layers.relu_forward, lambda dout, cache: 2 * dout * (cache > 0), bare[2])
    yield Case("a bare gradient, wrong", doubled)


def as_flags(function):
    """Positions -> a flag for each input, so that lists of any length can be compared."""

    def call(forward, backward, *inputs, **options):
        found = function(forward, backward, *inputs, **options)
        if not isinstance(found, (list, tuple, np.ndarray)):
            raise WrongKind(f"wrong_gradients returned {found!r}, expected a list of positions.")
        return np.array([k in list(found) for k in range(len(inputs))])

    return call


register(
    Spec(
        name="wrong_gradients",
        told="positions",
        reference=pieces.wrong_gradients,
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
