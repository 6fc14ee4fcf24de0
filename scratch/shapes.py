"""Declared shapes, checked as the code runs: a clear sentence, not a broadcasting surprise."""

import re
from functools import cache

import numpy as np

DECLARATION = re.compile(r"(\w+) \(([^)]*)\)")
AXIS = re.compile(r"(\d*)([A-Za-z]\w*'*|)")  # "N", "3" or "4H"


@cache
def parse(declaration):
    """``"x (N, D), b (4D,)"`` -> ``(("x", ("N", "D")), ("b", ("4D",)))``."""
    return tuple(
        (name, tuple(part.strip() for part in axes.split(",") if part.strip()))
        for name, axes in DECLARATION.findall(declaration)
    )


@cache
def factors(axis):
    """``"4H"`` -> ``(4, "H")``, ``"H"`` -> ``(1, "H")``, ``"3"`` -> ``(3, "")``."""
    number, letter = AXIS.fullmatch(axis).groups()
    return int(number or 1), letter


def check_shapes(declaration, *arrays):
    """Check arrays against a declaration and return the size of each letter, as they appear.

    ``N, D, M = check_shapes("x (N, D), w (D, M)", x, w)``: a letter stands for one size, the same
    wherever it appears; a number stands for itself; ``4H`` for four times H; a leading ``...`` for
    any number of axes (and returns nothing). Raises ``ValueError`` naming the argument, what came
    and what was expected.
    """
    sizes, origin = {}, {}
    for (name, axes), array in zip(parse(declaration), arrays, strict=True):
        free = axes[:1] == ("...",)
        check_kind(name, array, needs_array=free)
        shape = np.shape(array)
        fits = len(shape) >= len(axes) - 1 if free else len(shape) == len(axes)
        known = {}
        for axis, size in zip(axes[::-1], shape[::-1]):
            if axis == "...":
                break
            times, letter = factors(axis)
            one = 1 if not letter else sizes.get(letter, known.setdefault(letter, size // times))
            fits = fits and size == times * one
        if not fits or 0 in shape:
            raise ValueError(complaint(name, shape, axes, sizes, origin))
        for letter in (factors(axis)[1] for axis in axes if axis != "..."):
            if letter in known and letter not in sizes:
                sizes[letter], origin[letter] = known[letter], name
    return tuple(sizes.values())


def check_kind(name, array, needs_array=False):
    """Raise where no numbers came, or a list where only an array will do."""
    kind, dtype = type(array).__name__, getattr(array, "dtype", None)
    if array is None or isinstance(array, str) or getattr(dtype, "kind", "f") not in "biufc":
        held = f"holds {dtype}" if dtype is not None else f"is a {kind}"
        raise ValueError(f"{name} {held}, expected an array of numbers.")
    if needs_array and dtype is None:
        raise ValueError(f"{name} is a {kind}, expected an array: np.array({name}) makes one.")


def complaint(name, shape, axes, sizes, origin):
    """The sentence that a failed check says, and what to do where that is plain."""
    wanted = "(" + ", ".join(axes) + ("," if len(axes) == 1 else "") + ")"
    wanted += " and not empty" if 0 in shape else ""
    letters = dict.fromkeys(factors(axis)[1] for axis in axes if axis != "...")
    bound = [f"{a} = {sizes[a]} as in {origin[a]}" for a in letters if a in sizes]
    said = f"{name} has shape {shape}, expected {wanted}"
    said += f" with {', '.join(bound)}." if bound else "."
    if "..." not in axes and len(shape) == len(axes) + 1 and name.startswith("y"):
        way = f"{name}[..., 0]" if shape[-1] == 1 else f"one-hot rows: {name}.argmax(axis=-1)"
        said += f" Drop the last axis ({way})."
    return said


def check_indices(name, indices, upper):
    """Raise unless ``indices`` are integers in 0 .. upper - 1 (negative ones would wrap around)."""
    indices = np.asarray(indices)
    if not np.issubdtype(indices.dtype, np.integer):
        raise ValueError(f"{name} has dtype {indices.dtype}, expected integers in 0..{upper - 1}.")
    if indices.size and not 0 <= indices.min() <= indices.max() < upper:
        low, high = indices.min(), indices.max()
        raise ValueError(f"{name} runs from {low} to {high}, expected integers in 0..{upper - 1}.")


def check_rows(name, array):
    """Raise unless there is a row to work on."""
    if len(array) == 0:
        raise ValueError(f"{name} has no row, expected at least one.")
