"""Compare results with what is expected and say where and how they differ."""

import inspect
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations

import numpy as np

# A sum of K products, done in another order, differs by about sqrt(K) roundings of its largest
# term. With K up to a few thousand that is 1e-14 in float64 and 1e-5 in float32. A recurrence
# multiplies it a little; a wrong formula is off by far more. An element that is small because
# large terms cancel carries their rounding, so errors are measured against the largest element.
TOLERANCE = {np.dtype(np.float64): 1e-9, np.dtype(np.float32): 2e-4}


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be."""

    kind: str  # "trouble", "missing", "shape", "finite", "values", "dtype", "changed", "memory"
    result: str
    says: str
    spread: str = ""
    rows: tuple[tuple[str, str, str], ...] = ()  # index, yours, expected


def tolerance(*arrays):
    """The tolerance of the least precise of some arrays."""
    dtypes = [array.dtype for array in arrays if isinstance(array, np.ndarray)] or [np.float64]
    return max(TOLERANCE.get(dtype, TOLERANCE[np.dtype(np.float64)]) for dtype in dtypes)


def wrong_elements(yours, expected, within):
    """A mask of the elements that are too far off."""
    if (yours.dtype.kind == "U") != (expected.dtype.kind == "U"):
        return np.ones(expected.shape, dtype=bool)  # words where numbers should be
    if expected.dtype.kind in "biuU":
        return np.asarray(yours != expected)
    a, b = yours.astype(np.float64), expected.astype(np.float64)
    scale = np.abs(b).max(initial=0.0)
    with np.errstate(all="ignore"):
        fits = np.abs(a - b) <= within * (scale if scale > 0 else 1e-6)
    return ~fits


def agree(yours, expected, within=None):
    """Same shape and same numbers? (None agrees with None only.)"""
    if yours is None or expected is None:
        return yours is expected
    if yours.shape != expected.shape:
        return False
    within = tolerance(expected, yours) if within is None else within
    wrong = wrong_elements(yours, expected, within)
    if expected.dtype.kind == "f" and yours.dtype.kind == "f":
        wrong &= ~(np.isnan(yours) & np.isnan(expected)) & (yours != expected)
    return not wrong.any()


def findings(spec, case, seen, expected, sizes):
    """All that is wrong in one observation, results in order."""
    if seen.trouble is not None:
        return [Finding("trouble", "", seen.trouble.reason)]
    found, within = [], spec.tolerance or tolerance(*case.args)
    for name, right in expected.results.items():
        if seen.missing and name not in seen.results:
            continue  # of a method that is not written yet
        axes = spec.results.get(name, "")
        finding = of_result(name, seen.results.get(name), right, within, axes, sizes)
        if finding is not None:
            found.append(finding)
    if seen.changed:
        names = " and ".join(seen.changed)
        verb = "belongs" if len(seen.changed) == 1 else "belong"
        says = f"The function changed {names}, which {verb} to the caller: make a copy first."
        found.append(Finding("changed", "", says))
    if seen.global_random:
        handed_in = "rng" in inspect.signature(spec.reference).parameters
        mend = "draw from the generator that is handed in"
        if not handed_in:
            mend = "make a generator with a seed, `np.random.default_rng(0)`, and draw from it"
        says = (
            "It draws from the global random generator (`np.random...` or `random...`), so no run "
            f"can be repeated: {mend}."
        )
        found.append(Finding("random", "", says))
    elif not seen.repeatable:
        says = (
            "A call with other inputs changed what the first call gave, or what it gives when "
            "repeated: something is kept between calls (a global, a default argument, an array "
            "that is used again)."
        )
        found.append(Finding("memory", "", says))
    return found


def of_result(name, yours, expected, within, axes, sizes):
    """What is wrong with one result; None when it is right."""
    if expected is None:
        says = f"{name} should be None here: there is nothing that it could be the gradient of."
        return None if yours is None else Finding("missing", name, says)
    if yours is None:
        return Finding("missing", name, f"{name} is None, expected an array {expected.shape}.")
    if yours.shape != expected.shape:
        return wrong_shape(name, yours, expected, axes)
    wrong = wrong_elements(yours, expected, within)
    if wrong.any():
        kind = "finite" if not_all_finite(yours[wrong]) else "values"
        spread = describe_spread(name, yours, expected, wrong, within, axes, sizes)
        says = values_sentence(wrong)
        if expected.dtype.kind == "b" and expected.ndim == 0:
            says = "this has to hold, and it does not" if expected else "this holds and should not"
        return Finding(kind, name, says, spread, sample(name, yours, expected, wrong))
    if expected.ndim and expected.dtype.kind == "f" and yours.dtype != expected.dtype:
        why = (
            "The numbers are right, but float32 in means float32 out. `np.zeros(shape)` makes "
            "float64, and so does a product with a NumPy number such as `np.sqrt(2.0)`."
        )
        says = f"{name} is {yours.dtype}, expected {expected.dtype}."
        return Finding("dtype", name, says, why)
    return None


def turned_axes(axes, names):
    """Which axes stand in each other's place, in words."""
    moved = [k for k, axis in enumerate(axes) if k != axis]
    if len(moved) != 2 or not names:
        return f"their axes are in another order (yours: {axes})"
    a, b = (f"{WORDS.get(names[k], 'axis')} ({names[k]})" for k in moved)
    return f"the axes of {a} and {b} are exchanged"


def wrong_dtypes(seen, expected):
    """A sentence on each result that is float64 where float32 came in, whatever its numbers are."""
    pairs = [(n, (seen.results or {}).get(n), right) for n, right in expected.results.items()]
    return [
        f"{name} is {yours.dtype}, expected {right.dtype}."
        for name, yours, right in pairs
        if yours is not None and right is not None and yours.shape == right.shape != ()
        and (yours.dtype, right.dtype) == (np.float64, np.float32)
    ]  # fmt: skip


def wrong_shape(name, yours, expected, names=""):
    says = f"{name} has shape {yours.shape}, expected {expected.shape}."
    spread = ""
    if yours.ndim == 0 and expected.ndim and yours == 0:
        return Finding("shape", name, says, "It is still the number 0, with nothing added to it.")
    for axes in permutations(range(yours.ndim)) if yours.ndim == expected.ndim else ():
        turned = yours.transpose(axes)
        if yours.ndim > 1 and agree(turned, expected):
            spread = f"Your numbers are right, but {turned_axes(axes, letters(names, yours.ndim))}."
            break
    else:
        if yours.size == expected.size > 1 and agree(yours.reshape(expected.shape), expected):
            spread = "Your numbers are right and only have to be reshaped."
    return Finding("shape", name, says, spread)


def values_sentence(wrong):
    if wrong.ndim == 0:
        return "wrong value"
    if wrong.all():
        return "its only element is wrong" if wrong.size == 1 else f"all {wrong.size} are wrong"
    count = int(wrong.sum())
    return f"{count} of {wrong.size} elements {'is' if count == 1 else 'are'} wrong"


def sample(name, yours, expected, wrong, count=3):
    """The first wrong elements as table rows."""
    if wrong.ndim == 0:
        return ((name, *told_apart(yours, expected)),)
    indices = np.argwhere(wrong)[:count].tolist()
    return tuple(
        (f"{name}{index}", *told_apart(yours[tuple(index)], expected[tuple(index)]))
        for index in indices
    )


def told_apart(yours, expected):
    """Both as text, with as many digits as it takes to see that they differ."""
    for digits in (6, 9, 12, 17):
        both = number(yours, digits), number(expected, digits)
        if both[0] != both[1]:
            break
    return both


def number(value, digits):
    return f"{float(value):.{digits}g}" if np.asarray(value).dtype.kind == "f" else str(value)


# ---------------------------------------------------------------- how an error is spread


def describe_spread(name, yours, expected, wrong, within, axes, sizes):
    """One sentence on the pattern of an error; empty when there is none to see."""
    if not_all_finite(yours[wrong]):
        return not_finite(yours)
    if expected.dtype.kind != "f" or yours.dtype.kind not in "biuf":
        return ""
    a, b = yours.astype(np.float64), expected.astype(np.float64)
    within = 10 * within
    with np.errstate(all="ignore"):
        return (
            all_zero(name, a, b)
            or by_factor(a, b, within, sizes)
            or by_offset(a, b, within)
            or reordered(a, b, within, letters(axes, a.ndim))
            or where(wrong, letters(axes, a.ndim))
        )


def not_all_finite(array):
    return array.dtype.kind == "f" and not np.isfinite(array).all()


def not_finite(yours):
    if np.isnan(yours).any():
        return "There are NaNs: an overflow, 0/0, or log of 0."
    return "There are infinities: an overflow, a division by 0, or log of 0."


def all_zero(name, a, b):
    if not a.any() and b.any():
        return f"All of {name} is 0."
    return ""


def by_factor(a, b, within, sizes):
    """Is everything off by one factor? Then say which, and what it may be."""
    scale = np.vdot(b, b)
    if scale == 0:
        return ""
    factor = float(np.vdot(b, a) / scale)
    if not agree(a, factor * b, within) or min(abs(factor), abs(factor - 1)) < within:
        return ""
    subject = "Every element" if a.size > 1 else "It"
    if abs(factor + 1) < 1e-6:
        return f"{subject} has the wrong sign."
    if not (meaning(abs(factor), sizes) or (np.count_nonzero(b) > 1 and is_simple(factor))):
        return ""
    sign = f"{subject} has the wrong sign and is" if factor < 0 else f"{subject} is"
    size = abs(factor)
    return f"{sign} {size:.6g} times the expected one{meaning(size, sizes)}."


def is_simple(factor):
    """A whole number, or a fraction of small whole numbers: others mean nothing to a reader."""
    if not np.isfinite(factor) or not factor:
        return False
    near = Fraction(abs(factor)).limit_denominator(12)
    return 0 < near < 1000 and near != 1 and abs(float(near) / abs(factor) - 1) < 1e-6


CONSTANTS = {
    1 / np.log(2): "1 / ln 2, as of a logarithm to the base 2",
    1 / np.log(10): "1 / ln 10, as of a logarithm to the base 10",
}


def meaning(factor, sizes):
    """What a factor may be, in the case's own sizes."""
    for letters_, size in sorted(sizes.items(), key=lambda item: item[0] != "N"):  # N first
        if size > 1 and abs(factor - size) < 1e-6 * size:
            return f" ({size} is {letters_} here)"
        if size > 1 and abs(factor * size - 1) < 1e-6:
            return f" (1/{size}, and {size} is {letters_} here)"
    for value, words in CONSTANTS.items():
        if abs(factor / value - 1) < 1e-6:
            return f" ({words})"
    for one, other in permutations([k for k in sizes if " " not in k and sizes[k] > 1], 2):
        if sizes[one] != sizes[other] and abs(factor * sizes[other] / sizes[one] - 1) < 1e-6:
            return f" ({one} is {sizes[one]} here and {other} is {sizes[other]})"
    return ""


def pattern(spread):
    """What a sentence on a spread suggests, apart from the numbers of its case; "" for a fact."""
    if "times the expected" in spread:
        inside = re.search(r"\((.*)\)", spread)
        if inside and "logarithm" in inside[1]:
            return f"factor {inside[1]}"
        return " ".join(["factor", *re.findall(r"1/|[A-Z]+'?", inside[1] if inside else "")])
    for words in ("Right numbers", "The right numbers", "off by the same amount"):
        if words in spread:
            return re.sub(r"\d+", "", spread)
    return ""


def settled(finding, others):
    """A finding without what its spread suggests, where other cases go against that.

    ``others`` are the findings on the same result in the other cases. Two sizes agree by chance
    in one case, and in one case right numbers may stand in each other's place.
    """
    suggests = pattern(finding.spread)
    if not suggests or not others or any(pattern(o.spread) == suggests for o in others):
        return finding
    if suggests.startswith("factor ") and all(pattern(o.spread)[:6] == "factor" for o in others):
        return replace(finding, spread=re.sub(r" \([^)]*\)\.$", ".", finding.spread))
    return replace(finding, spread="")


def by_offset(a, b, within):
    if a.ndim == 0 or a.size < 3:
        return ""
    offset = float((a - b).mean())
    if agree(a - offset, b, within) and abs(4 * offset - round(4 * offset)) < 1e-6 and offset:
        return f"Every element is off by the same amount, {offset:+.6g}."
    return ""


def reordered(a, b, within, names):
    """Right numbers in the wrong order: axes exchanged, or an axis read backward."""
    if a.ndim < 1 or a.size < 3:
        return ""
    for axis in range(a.ndim):
        if a.shape[axis] > 1 and agree(np.flip(a, axis), b, within):
            return f"Right numbers, but backward along axis {axis}{named(names, axis)}."
    if a.ndim >= 2 and agree(a[..., ::-1, ::-1], b, within):
        return "Right numbers, but turned by 180 degrees in the last two axes."
    for axes in list(permutations(range(a.ndim)))[1:]:
        turned = a.transpose(axes)
        if turned.shape == b.shape and agree(turned, b, within):
            return "Right numbers, but transposed: two axes are exchanged."
    for axis in range(a.ndim):
        for shift in {1, -1}:
            if a.shape[axis] > 2 and agree(np.roll(a, shift, axis), b, within):
                return f"Right numbers, but shifted by one along axis {axis}{named(names, axis)}."
    if agree(np.sort(a, axis=None), np.sort(b, axis=None), within):
        return "The right numbers in the wrong places."
    return ""


def where(wrong, names):
    """Where the wrong elements lie, if they keep to some part of the array."""
    if wrong.ndim == 0 or wrong.size < 2 or wrong.sum() == 1:  # the table shows a single one
        return ""
    for axis in range(wrong.ndim):
        others = tuple(k for k in range(wrong.ndim) if k != axis)
        bad = np.flatnonzero(wrong.any(axis=others))
        size = wrong.shape[axis]
        if size > 1 and len(bad) == 1:
            return f"Wrong only at index {bad[0]} of axis {axis}{named(names, axis)}."
        if size > 2 and len(bad) == size - 1 and wrong.sum() == wrong.size // size * (size - 1):
            good = next(k for k in range(size) if k not in bad)
            return f"Right only at index {good} of axis {axis}{named(names, axis)}."
    if wrong.ndim >= 3 and min(wrong.shape[-2:]) > 2:
        if not wrong[..., 1:-1, 1:-1].any():
            return "Wrong only at the border; the inside is right."
        border = wrong.copy()
        border[..., 1:-1, 1:-1] = False
        if not border.any():
            return "Wrong only inside; the border is right."
    return ""


WORDS = {
    "N": "batch", "T": "time", "C": "channel", "F": "filter", "D": "input feature", "H": "row",
    "E": "place in the word vector",
    "W": "column", "HH": "row of the filter", "WW": "column of the filter", "H'": "row",
    "W'": "column", "M": "output feature", "V": "word",
}  # fmt: skip


def letters(axes, ndim):
    """The letters of the axes, or nothing when there are not as many as axes."""
    parts = axes.split()
    return parts if len(parts) == ndim else []


def named(names, axis):
    """ " (channel C)" for an axis whose letter is known."""
    if axis >= len(names):
        return ""
    letter = names[axis]
    word = "unit" if letter == "H" and "W" not in names else WORDS.get(letter, "")
    return f" ({word} {letter})" if word else f" ({letter})"
