"""Checks of the update rules, judged by the steps that they take."""

import numpy as np

from course.checks.spec import Case, Hints, Spec, WrongKind, register
from scratch import optim


def walk(rule):
    """Turn an update rule into a function ``(w, dws) -> steps``, one step a gradient in ``dws``.

    The steps are compared, not the weights, which a wrong rule moves by too little to see.
    """

    def steps(w, dws, **options):
        taken, state = [], None
        rates = options.pop("learning_rate", None)
        for k, dw in enumerate(dws):
            before = copied(state)
            if rates is not None:
                options["learning_rate"] = rates[k] if isinstance(rates, tuple) else rates
            returned = rule(w, dw, state, **options)
            if not (isinstance(returned, tuple) and len(returned) == 2):
                raise WrongKind(f"{rule.__name__} must return `next_w, next_state`.")
            next_w = np.array(returned[0])
            if next_w.shape != w.shape:
                raise WrongKind(f"next_w has shape {next_w.shape}, expected {w.shape}, that of w.")
            if not unchanged(before, copied(state)):
                raise WrongKind(
                    "The state that came in was changed in place. A rule is pure: make a new "
                    "array (`v = mu * state - ...`), else parameters may share one state."
                )
            if rule.__name__ == "sgd" and returned[1] is not None:
                raise WrongKind("sgd has no state: what it returns as `next_state` must be None.")
            taken.append(next_w - w)
            w, state = next_w, returned[1]
        return np.stack(taken)

    return steps


def copied(state):
    """A copy of a state, whatever it is made of."""
    if isinstance(state, (tuple, list)):
        return [copied(part) for part in state]
    if isinstance(state, dict):
        return [copied(part) for part in state.values()]
    return np.array(state, copy=True) if isinstance(state, np.ndarray) else state


def unchanged(a, b):
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(unchanged, a, b))
    return np.array_equal(a, b)


def rule_cases(first, *, others):
    """Cases for a rule: ``first`` are the options worked out by hand, ``others`` further ones."""

    def make_cases(rng):
        w, dws = np.array([1.0, -2.0]), np.array([[0.5, -1.0], [0.5, 2.0]])
        yield Case("two steps, by hand", (w, dws), first)
        yield Case("one step", (rng.normal(size=(3, 4)), rng.normal(size=(1, 3, 4))), first)
        yield Case("six steps", (rng.normal(size=(3, 2)), rng.normal(size=(6, 3, 2))), first)
        constant = np.repeat(rng.normal(size=(1, 4)), 8, axis=0)
        yield Case("the same gradient again and again", (rng.normal(size=4), constant), first)
        falling = {**first, "learning_rate": (0.1, 0.05, 0.01)}
        yield Case("a rate that falls", (rng.normal(size=3), rng.normal(size=(3, 3))), falling)
        yield Case("default settings", (rng.normal(size=5), rng.normal(size=(3, 5))))
        for options in others:
            said = ", ".join(f"{name} {value}" for name, value in options.items())
            args = (rng.normal(size=(2, 3)), rng.normal(size=(5, 2, 3)))
            yield Case(said, args, options, hidden=True)
        tiny = 1e-8 * rng.normal(size=(4, 5))
        yield Case("tiny gradients", (np.zeros(5), tiny), first)
        yield Case("gradients of 0", (rng.normal(size=3), np.zeros((3, 3))), first)
        w, dws = 0.1 * rng.normal(size=(2, 3)), rng.normal(size=(3, 2, 3))
        yield Case("float32 stays float32", (w.astype(np.float32), dws.astype(np.float32)), first)

    return make_cases


def register_rule(rule, hints, first, others=()):
    register(
        Spec(
            name=rule.__name__,
            told="next_w, next_state",
            reference=rule,
            inputs=("w", "dw of each step"),
            results={"step": "step ..."},
            make_cases=rule_cases(first, others=others),
            section="sec:optimizers",
            hints={"step": hints},
            adapt=walk,
        )
    )


register_rule(
    optim.sgd,
    Hints(
        "Downhill is against the gradient.",
        "w, dw and next_w all have one shape; there is no state, so return None for it.",
        "next_w = w - learning_rate dw.",
    ),
    {"learning_rate": 0.1},
    [{"learning_rate": 1.0}],
)

register_rule(
    optim.momentum,
    Hints(
        "The velocity remembers earlier steps; the weight moves by the velocity.",
        "The state is one array v like w; at the first step it is None, which stands for zeros.",
        "v = mu v - learning_rate dw; next_w = w + v; the new state is v.",
    ),
    {"learning_rate": 0.1, "mu": 0.5},
    [{"learning_rate": 0.2, "mu": 0.9}, {"learning_rate": 0.3, "mu": 0.0}],
)

register_rule(
    optim.rmsprop,
    Hints(
        "Each weight's step is divided by the size that its own gradient usually has.",
        "The state is one array like w, the running mean of dw^2; None stands for zeros.",
        "s = decay s + (1 - decay) dw^2; next_w = w - learning_rate dw / (sqrt(s) + epsilon).",
    ),
    {"learning_rate": 0.1, "decay": 0.75},
    [{"learning_rate": 0.2, "decay": 0.9, "epsilon": 0.1}],
)

register_rule(
    optim.adam,
    Hints(
        "Both running means start at 0, so at first they are too small. By which factor?",
        "The state is (m, v, t): two arrays like w, and the number of steps taken so far.",
        "t = t + 1; m = beta1 m + (1 - beta1) dw; v = beta2 v + (1 - beta2) dw^2; "
        "next_w = w - learning_rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).",
    ),
    {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.9},
    [{"learning_rate": 0.2, "beta1": 0.8, "beta2": 0.95, "epsilon": 0.1}],
)
