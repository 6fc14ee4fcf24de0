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
        shape = np.shape(array)
        free = axes[:1] == ("...",)
        fits = len(shape) >= len(axes) - 1 if free else len(shape) == len(axes)
        known = {}
        for axis, size in zip(axes[::-1], shape[::-1]):
            if axis == "...":
                break
            times, letter = factors(axis)
            one = 1 if not letter else sizes.get(letter, known.setdefault(letter, size // times))
            fits = fits and size == times * one
        if not fits:
            raise ValueError(complaint(name, shape, axes, sizes, origin))
        for letter in (factors(axis)[1] for axis in axes if axis != "..."):
            if letter in known and letter not in sizes:
                sizes[letter], origin[letter] = known[letter], name
    return tuple(sizes.values())


def complaint(name, shape, axes, sizes, origin):
    """The sentence that a failed check says."""
    wanted = "(" + ", ".join(axes) + ("," if len(axes) == 1 else "") + ")"
    letters = dict.fromkeys(factors(axis)[1] for axis in axes if axis != "...")
    bound = [f"{a} = {sizes[a]} as in {origin[a]}" for a in letters if a in sizes]
    return f"{name} has shape {shape}, expected {wanted}" + (
        f" with {', '.join(bound)}." if bound else "."
    )


def check_indices(name, indices, upper):
    """Raise unless ``indices`` are integers in 0 .. upper - 1 (negative ones would wrap around)."""
    indices = np.asarray(indices)
    if not np.issubdtype(indices.dtype, np.integer):
        raise ValueError(f"{name} has dtype {indices.dtype}, expected integers in 0..{upper - 1}.")
    if indices.size and not 0 <= indices.min() <= indices.max() < upper:
        low, high = indices.min(), indices.max()
        raise ValueError(f"{name} runs from {low} to {high}, expected integers in 0..{upper - 1}.")
