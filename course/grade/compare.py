"""Numbers as a check prints them, and whether two lines of them are the same.

A check prints one line per result, ``= dx (2, 3) | 0.25 -1 ...``: its name, its shape, its numbers.
Whatever else the learner's code prints is not looked at.
"""

import math
import re

LINE = re.compile(r"^= ([A-Za-z_]\w*) (\([\d, ]*\)|None) \| ?(.*)$", re.M)
MAX_NUMBERS = 1000


def parse(text):
    """What a check printed: {name: [(shape, numbers), ...]} in order."""
    found = {}
    for name, shape, numbers in LINE.findall(text):
        words = numbers.split(maxsplit=MAX_NUMBERS)
        try:
            values = [float(word) for word in words]
        except ValueError:
            continue
        found.setdefault(name, []).append((shape, values))
    return found


def same(ours, theirs, rtol=1e-4):
    """Equal shapes, and numbers that agree relative to their own size or to the line's largest."""
    (shape, expected), (their_shape, values) = ours, theirs
    if shape != their_shape or len(expected) != len(values):
        return False
    finite = [abs(v) for v in expected if math.isfinite(v)]
    atol = max(1e-9, 0.01 * rtol * max(finite, default=0.0))
    return all(near(a, b, rtol, atol) for a, b in zip(expected, values))


def near(a, b, rtol, atol):
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or math.isclose(a, b, rel_tol=rtol, abs_tol=atol)


def counted(right_names, needs):
    """Of results that are right, those that count: ``needs`` says what must be right besides."""
    return {name for name in right_names if set(needs.get(name, ())) <= right_names}


def right(name, expected, printed, rtol=1e-4):
    """Is the last line called ``name`` what the reference printed?"""
    ours, theirs = parse(expected).get(name), parse(printed).get(name)
    return bool(ours and theirs) and same(ours[-1], theirs[-1], rtol)
