"""What a kernel of the contract does beside the page: draw other numbers, note the claims."""

from __future__ import annotations

import builtins
import json
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from course.contract.claims import NOTE

HOLDS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
original = np.random.default_rng


def begin(seed: int, notes: str) -> None:
    """Shift all seeds from here on by ``seed`` (0: as printed); claims go to the file ``notes``."""
    if seed:
        setattr(np.random, "default_rng", shifted_by(seed))  # noqa: B010  mypy knows its type
    setattr(builtins, NOTE, Notes(Path(notes)))


def shifted_by(seed: int) -> Callable[..., np.random.Generator]:
    """``default_rng`` with other numbers for every seed; what is no seed passes as it is."""

    def default_rng(given: Any = None) -> np.random.Generator:
        if given is None or isinstance(given, (np.random.Generator, np.random.BitGenerator)):
            return original(given)
        return original([*np.atleast_1d(given).tolist(), seed])

    return default_rng


class Notes:
    """Called in place of a comparison: writes down how it came out and gives the verdict."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, text: str, signs: tuple[str, ...], fixed: bool, *values: Any) -> bool:
        pairs = list(zip(signs, values, values[1:]))
        holds = all(bool(HOLDS[sign](left, right)) for sign, left, right in pairs)
        value = number(values[0]) if fixed else None
        note = {"claim": text, "holds": holds, "sign": signs[0], "bound": None, "value": value}
        if value is not None:
            note["bound"] = values[1]
        else:
            note["value"] = min((margin(*pair) for pair in pairs), default=None)
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(note) + "\n")
        return holds


def margin(sign: str, left: Any, right: Any) -> float:
    """By how much an inequality holds, below 0 where it does not; 1 or 0 of what has no size."""
    a, b = number(left), number(right)
    if a is None or b is None or sign in ("==", "!="):
        return float(bool(HOLDS[sign](left, right)))
    return b - a if sign in ("<", "<=") else a - b


def number(value: Any) -> float | None:
    """A side of a comparison as a number, where it is one that can be written down."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if np.isfinite(found) else None
