"""What holds of a wrong answer in every case tried: no name for a mistake, but a trail to it.

Right where windows do not overlap, right for one step only, the last step right and the others
not, rows that should add up to 1 and do not: each is seen over all cases and says so. That another
input changes nothing is tried in one case, and says that. Nothing here is guessed, so nothing here
says why.
"""

from dataclasses import replace

import numpy as np

from course.checks.altered import axis_word
from course.checks.findings import agree, tolerance, wrong_elements
from course.checks.observe import glimpse
from course.checks.spec import own

MOST = 2  # are told
MANY = 20  # numbers, before something is taken for what always holds


def properties(spec, function, watched, cases, forward):
    """Sentences, those that tell most first."""
    if any(seen.trouble is not None and seen.trouble.kind == "stopped" for *_, seen, _ in watched):
        return []
    if any(seen.changed for *_, seen, _ in watched):  # what came out may come from that alone
        return []
    found = [*where_right(spec, watched), *exchanged_shapes(spec, watched),
             *along_axes(spec, watched), *at_labels(spec, watched), *left_at_zero(spec, watched),
             *alike(spec, watched), *sums(spec, watched)]  # fmt: skip
    told = [f"Over all cases: {says}." for says in dict.fromkeys(found)]
    if len(told) < MOST:
        told += unused(spec, function, watched, cases, forward)
    return told[:MOST]


# ---------------------------------------------------------------- which cases are right


def where_right(spec, watched):
    """Features that the right cases have and the wrong ones have not, or the other way round."""
    wrong = [bool(found) for *_, found in watched]
    if all(wrong):
        return
    grouped = {}
    for words, flags in features(spec, watched):
        grouped.setdefault(tuple(flags), []).append(words)
    for flags, words in grouped.items():
        words = " and ".join(words[:2])  # the same cases: no case tells them apart
        known = [(flag, bad) for flag, bad in zip(flags, wrong) if flag is not None]
        open_ = any(bad for flag, bad in zip(flags, wrong) if flag is None)
        if {flag for flag, _ in known} != {True, False} or open_:
            continue
        if all(flag != bad for flag, bad in known):
            yield f"right where {words}, wrong wherever not"
        elif all(flag == bad for flag, bad in known):
            yield f"wrong where {words}, right wherever not"


def same_value(one, other):
    """Are two options the same? An array may stand where the default is None."""
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.shape(one) == np.shape(other) and bool(np.array_equal(one, other))
    return bool(one == other)


def features(spec, watched):
    """Yields (words after "where", one flag for each case; None where it says nothing)."""
    cases = [case for case, *_ in watched]
    usual = spec.defaults() if callable_options(spec) else {}
    for name in dict.fromkeys(key for case in cases for key in case.options):
        default = usual.get(name)
        told = [same_value(case.options.get(name, default), default) for case in cases]
        yield f"`{name}` has its usual value", told
    windows = [window(spec, case) for case in cases]
    for k, words in enumerate(("windows do not overlap", "windows leave no rest",
                               "windows lie side by side and leave no rest")):  # fmt: skip
        yield words, [w and w[k] for w in windows]
    yield "the numbers are float32", [is_single(case) for case in cases]
    for position, name in enumerate(spec.inputs):
        some = [case.args[position] if position < len(case.args) else None for case in cases]
        if any(isinstance(a, np.ndarray) for a in some):
            yield f"no `{name}` is given", [a is None for a in some]
    dims = [np.ndim(case.args[0]) for case in cases]
    more = f" (it comes with {max(dims)}, too)" if max(dims) > min(dims) > 0 else ""
    yield f"{spec.inputs[0]} has {min(dims)} axes{more}", [d == min(dims) for d in dims]
    yield from features_of_sizes(spec, watched)


def callable_options(spec):
    return not isinstance(spec.reference, type)


def is_single(case):
    return any(isinstance(a, np.ndarray) and a.dtype == np.float32 for a in case.args)


def features_of_sizes(spec, watched):
    lengths = [sizes(spec, case, seen) for case, seen, *_ in watched]
    letters = list(dict.fromkeys(letter for one in lengths for letter in one))
    for letter in letters:
        yield f"{letter} is 1", [one[letter] == 1 if letter in one else None for one in lengths]
    for i, a in enumerate(letters):
        for b in letters[i + 1 :]:
            both = [one[a] == one[b] if a in one and b in one else None for one in lengths]
            yield f"{a} and {b} are equal", both


def sizes(spec, case, expected):
    """The lengths of the axes of inputs and results, by letter."""
    found = {}
    pairs = [*zip(spec.inputs, case.args), *(expected.results or {}).items()]
    for name, array in pairs:
        letters = spec.axes_of(name)
        if isinstance(array, np.ndarray) and len(letters) == array.ndim:
            found.update((k, n) for k, n in zip(letters, array.shape) if k.isalpha())
    return found


def window(spec, case):
    """-> (no overlap, no rest, both and no gap) of the windows of a case; None without windows."""
    pictures = case.args[0]
    if not ({"stride", "size"} & {*spec.defaults()} if callable_options(spec) else False):
        return None
    if np.ndim(pictures) < 2:
        return None
    size = case.options.get("size", spec.defaults().get("size"))
    if size is None and len(case.args) > 1 and np.ndim(case.args[1]) >= 2:
        size = case.args[1].shape[-2:]
    if size is None:
        return None
    size = size if isinstance(size, tuple) else (size, size)
    stride = case.options.get("stride", spec.defaults().get("stride")) or size
    stride = stride if isinstance(stride, tuple) else (stride, stride)
    pad = case.options.get("pad", 0)
    room = [n + 2 * pad - k for n, k in zip(pictures.shape[-2:], size)]
    apart = all(s >= k for s, k in zip(stride, size))
    fits = all(r % s == 0 for r, s in zip(room, stride))
    return apart, fits, apart and fits and tuple(stride) == tuple(size)


# ---------------------------------------------------------------- which elements are right


def along_axes(spec, watched):
    """Of one axis, always the same place is right, or wrong."""
    for name in () if spec.returns == "named" else wrong_names(watched):
        masks = [mask_of(name, *one) for one in watched if one[3]]
        masks = [m for m in masks if m is not None and m.any()]
        letters = spec.axes_of(name)
        for axis in range(min((m.ndim for m in masks), default=0)):
            bad = [m.any(axis=tuple(k for k in range(m.ndim) if k != axis)) for m in masks]
            bad = [b for b in bad if len(b) > 1]
            if len(bad) < 2:
                continue
            word = axis_word(letters, axis)
            for index, which in ((0, "first"), (-1, "last")):
                if all(not b[index] and b.sum() == len(b) - 1 for b in bad):
                    yield f"of `{name}` only the {which} {word} is right"
                if all(b[index] and b.sum() == 1 for b in bad):
                    yield f"of `{name}` only the {which} {word} is wrong"


def alike(spec, watched):
    """Along one axis the learner's numbers are all the same one, and the right ones are not."""
    for name in dict.fromkeys(f.result for *_, found in watched for f in found if f.result):
        pairs = [((seen.results or {}).get(name), expected.results.get(name))
                 for _, expected, seen, found in watched if found]  # fmt: skip
        pairs = [(a, b) for a, b in pairs if usable(a, b) and np.isfinite(a).all() and a.any()]
        letters = spec.axes_of(name)
        for axis in range(min((b.ndim for _, b in pairs), default=0)):
            long = [(a, b) for a, b in pairs if b.shape[axis] > 1]
            same = [np.ptp(a, axis=axis).max() <= 1e-9 * np.abs(a).max() for a, _ in long]
            differ = [np.ptp(b, axis=axis).max() > 1e-3 * np.abs(b).max() for _, b in long]
            if len(long) > 1 and all(same) and all(differ):
                word = axis_word(letters, axis)
                yield f"in `{name}` every {word} holds the same numbers, and they should differ"


def wrong_names(watched):
    return dict.fromkeys(f.result for *_, found in watched for f in found if f.result)


def exchanged_shapes(spec, watched):
    """Each of two results has the shape that the other should have."""
    for a in spec.results:
        for b in list(spec.results)[list(spec.results).index(a) + 1 :]:
            some = [[np.shape((of.results or {}).get(n)) for of in (seen, expected) for n in (a, b)]
                    for _, expected, seen, found in watched if found]  # fmt: skip
            if some and all(s[:2] == s[:1:-1] and s[0] != s[1] for s in some):
                yield (
                    f"what comes back as `{a}` has the shape that `{b}` should have, and the other "
                    "way round"
                )


def at_labels(spec, watched):
    """Wrong at the places only that an input of True and False marks, or that labels name."""
    for name in wrong_names(watched):
        pairs = [(mask_of(name, *one), one[0]) for one in watched if one[3]]
        pairs = [(wrong, case) for wrong, case in pairs if wrong is not None and wrong.any()]
        for position, which in enumerate(spec.inputs):
            some = [case.args[position] for case, *_ in watched if position < len(case.args)]
            is_mask = any(
                getattr(getattr(array, "dtype", None), "kind", "") == "b" for array in some
            )
            marked = [marks(case.args[position], wrong.shape, is_mask) for wrong, case in pairs
                      if position < len(case.args)]  # fmt: skip
            whole = len(marked) == len(pairs) > 1  # it comes in in each of the cases
            if not whole or any(m is None or m.all() or not m.any() for m in marked):
                continue
            true, false = (f"`{which}` is {word}" for word in ("True", "False")) if is_mask else (
                f"`{which}` points", f"`{which}` does not point")  # fmt: skip
            if not any((wrong & ~m).any() for m, (wrong, _) in zip(marked, pairs)):
                yield f"`{name}` is wrong only where {true}"
            elif not any((wrong & m).any() for m, (wrong, _) in zip(marked, pairs)):
                yield f"`{name}` is wrong only where {false}"


def marks(marked, shape, is_mask):
    """The places of a result that an input marks: a mask of its first axes, or labels."""
    if not isinstance(marked, np.ndarray) or shape[: marked.ndim] != marked.shape:
        return None
    if is_mask:
        more = (1,) * (len(shape) - marked.ndim)
        return np.broadcast_to(marked.astype(bool).reshape(marked.shape + more), shape)
    if marked.dtype.kind in "iu" and len(shape) == marked.ndim + 1 and marked.size:
        return marked[..., None] == np.arange(shape[-1])
    return None


def left_at_zero(spec, watched):
    """What is wrong is 0, and what is not 0 is right: a part was left out."""
    for name in wrong_names(watched):
        masks = [(mask_of(name, *one), one[2].results[name]) for one in watched
                 if one[3] and one[2].results and name in one[2].results]  # fmt: skip
        masks = [(wrong, mine) for wrong, mine in masks if wrong is not None and wrong.any()]
        zero = [not np.any(mine[wrong]) for wrong, mine in masks]
        right = [np.any(mine[~wrong]) for wrong, mine in masks]
        if len(masks) > 1 and all(zero) and all(right):
            yield f"wherever `{name}` is wrong, it is 0; what is not 0 in it is right"


def mask_of(name, case, expected, seen, found):
    mine, right = (seen.results or {}).get(name), expected.results.get(name)
    if mine is None or right is None or mine.shape != right.shape or not right.ndim:
        return None
    if right.dtype.kind in "bU":  # a row of verdicts has no axis
        return None
    return wrong_elements(mine, right, tolerance(*case.args))


# ---------------------------------------------------------------- what should always hold


def sums(spec, watched):
    """The right results add up to 0 or 1 along an axis, or are never negative; the wrong do not."""
    for name in dict.fromkeys(f.result for *_, found in watched for f in found if f.result):
        pairs = [(seen.results.get(name), expected.results.get(name), tolerance(*case.args))
                 for case, expected, seen, _ in watched if seen.results]  # fmt: skip
        pairs = [(a, b, t) for a, b, t in pairs if usable(a, b)]
        if len(pairs) < 2:
            continue
        letters = spec.axes_of(name)
        for axis in range(-min(b.ndim for _, b, _ in pairs), 0):
            for total in (0, 1):
                held = [adds_up(b, axis, total, t) for _, b, t in pairs]
                mine = [adds_up(a, axis, total, t) for a, _, t in pairs]
                if all(held) and sum(mine) < len(mine) / 2:
                    known = len(letters) >= -axis
                    along = f"its {axis_word(letters, axis)} axis" if known else f"axis {axis}"
                    yield f"`{name}` should add up to {total} along {along}; yours does not"
        many = sum(b.size for _, b, _ in pairs) >= MANY  # a few may be so by chance
        never = many and all((b >= 0).all() for _, b, _ in pairs)
        if never and any((a < 0).any() for a, _, _ in pairs):
            yield f"`{name}` is never negative; yours is"


def usable(mine, right):
    both = isinstance(mine, np.ndarray) and isinstance(right, np.ndarray)
    floats = both and mine.dtype.kind == right.dtype.kind == "f"
    return floats and mine.shape == right.shape and right.ndim > 0


def adds_up(array, axis, total, within):
    if not np.isfinite(array).all():
        return False
    scale = max(np.abs(array).max(initial=0), 1e-9)
    return bool((np.abs(array.sum(axis) - total) <= 100 * within * max(scale, total)).all())


# ---------------------------------------------------------------- what changes nothing


def unused(spec, function, watched, cases, forward):
    """Inputs that make a difference for the right results of a case and none for the learner's."""
    k = next((k for k, (case, _, seen, found) in enumerate(watched)
              if found and seen.results and "by hand" not in case.tests), None)  # fmt: skip
    if k is None:
        return
    _, expected, seen, _ = watched[k]
    for position, name in enumerate(spec.inputs[: len(cases[k].args)]):
        array = cases[k].args[position]
        if not (isinstance(array, np.ndarray) and array.dtype.kind == "f" and array.size):
            continue
        args = (*cases[k].args[:position], 0.5 * array - 0.25, *cases[k].args[position + 1 :])
        other = replace(cases[k], args=args)
        fresh = replace(other, args=own(args), dout=own(other.dout))
        right, mine = glimpse(spec, spec.reference, other), glimpse(spec, function, fresh, forward)
        for result in expected.results:
            if not (mine.results and right.results and result in seen.results):
                continue
            moved = not agree(right.results[result], expected.results[result])
            if moved and agree(mine.results.get(result), seen.results[result]):
                yield f"Tried in one case: another `{name}` left your `{result}` as it was."
