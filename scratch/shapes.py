"""Declared shapes, checked as the code runs: a clear sentence, not a broadcasting surprise."""

import re
from functools import cache

import numpy as np

DECLARATION = re.compile(r"(\w+) \(([^)]*)\)")


@cache
def parse(declaration):
    """``"x (N, D), b (D,)"`` -> ``(("x", ("N", "D")), ("b", ("D",)))``."""
    return tuple(
        (name, tuple(part.strip() for part in axes.split(",") if part.strip()))
        for name, axes in DECLARATION.findall(declaration)
    )


def check_shapes(declaration, *arrays):
    """Check arrays against a declaration and return the size of each letter, as they appear.

    ``N, D, M = check_shapes("x (N, D), w (D, M)", x, w)``: a letter stands for one size, the same
    wherever it appears; a number stands for itself; a leading ``...`` for any number of axes (and
    returns nothing). Raises ``ValueError`` naming the argument, what came and what was expected.
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
            wanted = int(axis) if axis.isdigit() else sizes.get(axis, size)
            fits = fits and size == known.setdefault(axis, wanted)
        if not fits:
            raise ValueError(complaint(name, shape, axes, sizes, origin))
        for axis in axes:
            if axis in known and axis not in sizes and not axis.isdigit():
                sizes[axis], origin[axis] = known[axis], name
    return tuple(sizes.values())


def complaint(name, shape, axes, sizes, origin):
    """The sentence that a failed check says."""
    wanted = "(" + ", ".join(axes) + ("," if len(axes) == 1 else "") + ")"
    bound = [f"{axis} = {sizes[axis]} as in {origin[axis]}" for axis in axes if axis in sizes]
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
