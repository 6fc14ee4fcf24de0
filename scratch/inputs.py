"""What people pass as data, made arrays, or refused in one sentence."""

import numpy as np

KEYS = ("X_train", "y_train", "X_val", "y_val")
BLOCK = 1000  # rows that are looked at together


def as_data(data):
    """``data`` with its four entries as arrays, X and y of equal length; the rest as it is."""
    missing = [key for key in KEYS if key not in data]
    if missing:
        raise ValueError(
            f"data has no {', '.join(missing)}: expected the keys X_train, y_train, X_val "
            f"and y_val, got {', '.join(map(str, data))}."
        )
    arrays = {key: as_array(key, data[key]) for key in KEYS}
    for part in ("train", "val"):
        X, y = len(arrays[f"X_{part}"]), len(arrays[f"y_{part}"])
        if y != X or X == 0:
            raise ValueError(
                f"X_{part} has {X} rows and y_{part} {y}: expected as many, at least one."
            )
    return {**data, **arrays}


def as_array(name, value):
    """``value`` as an array of numbers; rows count by their place, not by a label of their own.

    Lists, and the tables of pandas, become arrays. What holds no numbers, or none in a row, raises.
    """
    kind = type(value).__name__
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(f"{name} is masked in places: fill or drop these rows first.")
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O" and not odd_ones(array):  # columns of several kinds of numbers
            array = np.asarray(array.tolist())
    except Exception as error:  # what is no array says so in every way there is
        said = str(error).splitlines()[0]
        raise ValueError(f"{name} is a {kind} that makes no array ({said}).") from None
    if array.ndim == 0:
        raise ValueError(f"{name} is a {kind}, expected an array with a row for each example.")
    if array.dtype.kind not in "biuf":
        advice = NUMBERED if name.startswith("y") and len(array) else ""
        raise ValueError(f"{name} holds {describe(array)}, expected numbers.{advice}")
    check_finite(name, array)
    return array


NUMBERED = " `names, y = np.unique(y, return_inverse=True)` numbers the names of classes."


def describe(array):
    """What an array without numbers holds, and for instance which."""
    odd = odd_ones(array)
    return f"{array.dtype} such as {odd[0]!r}" if odd else str(array.dtype)


def odd_ones(array):
    """What in an array is no number, in its order."""
    return [part for part in array.flat if not isinstance(part, (int, float, np.number))]


def check_finite(name, array):
    """Raise where an array holds NaN or infinity: every loss would be NaN, too."""
    if array.dtype.kind != "f":
        return
    for start in range(0, len(array), BLOCK):
        rows = array[start : start + BLOCK]
        bad = ~np.isfinite(rows).reshape(len(rows), -1).all(axis=1)
        if bad.any():
            row = start + int(bad.argmax())
            raise FloatingPointError(
                f"{name} holds NaN or infinity in row {row}: drop such rows, or put numbers there."
            )


def as_rng(rng):
    """A generator of random numbers: ``rng`` itself, or for None one with the seed 0."""
    if rng is None:
        return np.random.default_rng(0)
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng is {rng!r}, expected a generator such as np.random.default_rng(0).")
    return rng


def why_not_finite(loss, solver):
    """What is to blame for a loss that is no number; at the first step no rate has acted yet."""
    step, rate = len(solver.loss_history), solver.config.get("learning_rate")
    X = solver.data["X_train"]
    largest = max(float(X.max()), -float(X.min()))
    kinds = {w.dtype for w in solver.model.params.values() if w.dtype.kind == "f"}
    limits = [float(np.finfo(kind).max) for kind in kinds]
    narrow = min(limits, default=np.inf)
    if largest > narrow:
        return (
            f"The loss is {loss} at step {step}: the inputs go up to {largest:g}, the model's "
            f"numbers to {narrow:.3g} only. Scale the inputs to a deviation of about 1."
        )
    if step == 1:
        return (
            f"The loss is {loss} at step 1, before any update: the inputs (up to {largest:g}) or "
            "the first weights are too large. Scale the inputs to a deviation of about 1."
        )
    advice = "smaller steps" if rate is None else f"a smaller learning rate than {rate:g}"
    return f"The loss is {loss} at step {step}: training diverged. Try {advice}."
