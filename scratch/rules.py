"""Update rules as ``Solver`` uses them: found by name, with options, and with checked results."""

import inspect
from functools import wraps

import numpy as np

from scratch.optim import RULES


def find_rule(update_rule):
    """The update rule as a function: what a name stands for, or the function itself; checked."""
    if callable(update_rule) and not inspect.isclass(update_rule):
        return checked(update_rule)
    if not isinstance(update_rule, str) or update_rule not in RULES:
        raise ValueError(
            f"update_rule is {update_rule!r}, expected one of {', '.join(RULES)}, or a function "
            "(w, dw, state) -> (next_w, next_state)."
        )
    return checked(RULES[update_rule])


def name_of(rule):
    """What a rule is called, a ``functools.partial`` like its function."""
    rule = getattr(rule, "func", rule)
    return getattr(rule, "__name__", type(rule).__name__)


def complete_config(rule, config):
    """The rule's default hyperparameters, overridden by ``config``; an unknown name raises.

    A rule ``(w, dw, state, ...)`` takes as hyperparameters whatever follows the first three.
    """
    named = list(inspect.signature(rule).parameters.values())
    options = [p for p in named[3:] if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names, name = [p.name for p in options], name_of(rule)
    unknown = [key for key in config if key not in names]
    if unknown and not any(p.kind is p.VAR_KEYWORD for p in named):
        raise ValueError(
            f"{name} has no option {', '.join(map(repr, unknown))}; "
            f"it has {', '.join(names) or 'none'}."
        )
    config = {key: as_number(value) for key, value in config.items()}
    defaults = {p.name: p.default for p in options if p.default is not p.empty}
    lacking = [key for key in names if key not in {**defaults, **config}]
    if lacking:
        raise ValueError(f"{name} needs {', '.join(lacking)}: set it in optim_config.")
    rate = config.get("learning_rate", 0)
    if not is_size(rate):
        raise ValueError(f"learning_rate is {rate!r}, expected a finite number, at least 0.")
    return {**defaults, **config}


def is_size(value):
    """Is this a finite number, 0 or more?"""
    try:
        return 0 <= float(value) < float("inf") and not isinstance(value, (str, bytes))
    except (TypeError, ValueError):
        return False


def as_number(value):
    """A NumPy number as a Python one: times that, float32 arrays stay float32."""
    return value.item() if isinstance(value, np.generic) else value


def check_rate(rule, config, changes):
    """Raise if one of ``changes`` ({name: whether it does}) needs a rate that the rule lacks."""
    asked = [name for name, value in changes.items() if value]
    if "learning_rate" not in config and asked:
        raise ValueError(
            f"{name_of(rule)} has no option learning_rate, but {' and '.join(asked)} needs it."
        )


def checked(rule):
    """The same rule: what it returns must be a pair, and the parameter keeps its shape and dtype.

    Half precision is too coarse for running means of squares, so float16 is updated in float32.
    """

    @wraps(rule)
    def update(w, dw, state=None, **hyperparameters):
        half = w.dtype == np.float16
        wide = (w.astype(np.float32), np.asarray(dw, np.float32)) if half else (w, dw)
        result = rule(*wide, state, **hyperparameters)
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            raise ValueError(
                f"{name_of(rule)} returned a {type(result).__name__}, expected a pair, "
                "(next_w, next_state)."
            )
        next_w, state = result
        if np.shape(next_w) != w.shape:
            raise ValueError(
                f"{name_of(rule)} returned a parameter of shape {np.shape(next_w)}, expected "
                f"{w.shape}, that of w."
            )
        return np.asarray(next_w, w.dtype), state

    update.__name__ = name_of(rule)
    return update
