"""The right function of altered inputs, or its results altered: mistakes told by what they do.

Only the first image, labels off by one, reshaped where it has to be transposed, a ReLU too many:
whoever writes that in whichever way gets the numbers of the right function of something else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from course.checks.observe import glimpse


@dataclass(frozen=True)
class Alteration:
    """``says`` fits after "when". ``of_case`` alters the inputs, ``of_results`` the results."""

    says: str
    of_case: Callable | None = None
    of_results: Callable | None = None


def outcome(spec, alteration, case):
    """What the right function does: -> an observation; None where nothing would change."""
    if alteration.of_case is not None:
        case = alteration.of_case(case)
        if case is None:
            return None
    seen = glimpse(spec, spec.reference, case)
    if seen.trouble is not None or alteration.of_results is None:
        return seen
    with np.errstate(all="ignore"):
        results = alteration.of_results(seen.results, case)
    return None if results is None else replace(seen, results=results)


def alterations(spec, case):
    """All that may be altered, judging by one case."""
    yield from of_options(spec, case)
    for position, (name, array) in enumerate(zip(spec.inputs, case.args)):
        if isinstance(array, np.ndarray) and array.ndim:
            yield from of_input(spec, name, position, array)
    if isinstance(case.dout, np.ndarray):
        yield from of_input(spec, spec.dout, None, case.dout)
    yield from of_pairs(spec, case)
    yield from of_results(spec, case)


# ---------------------------------------------------------------- inputs


def changed_input(position, change):
    """An alteration of one input; None where it changes nothing."""

    def of_case(case):
        args = dict(enumerate(case.args))
        old = case.dout if position is None else args.get(position)
        if not isinstance(old, np.ndarray):
            return None
        try:
            new = change(old)
        except (ValueError, IndexError):
            return None
        if new.shape == old.shape and np.array_equal(new, old):
            return None
        new = np.ascontiguousarray(new.astype(old.dtype))
        if position is None:
            return replace(case, dout=new)
        return replace(case, args=(*case.args[:position], new, *case.args[position + 1 :]))

    return of_case


def of_input(spec, name, position, array):
    def altered(says, change):
        return Alteration(says, changed_input(position, change))

    letters = spec.axes_of(name)
    if array.dtype.kind in "iub":
        yield from of_labels(altered, name)
    else:
        yield altered(f"`{name}` counts as 0", np.zeros_like)
        yield altered(f"`{name}` comes in with the wrong sign", np.negative)
        yield altered(f"`{name}` is not used: it counts as 1", np.ones_like)
        yield altered(f"`{name}` loses its sign", np.abs)
    for axis in range(array.ndim):
        word = axis_word(letters, axis)
        for index, which in ((0, "first"), (-1, "last")):
            yield altered(
                f"the {which} {word} of `{name}` is used for every {word}",
                lambda a, k=axis, i=index: np.repeat(a.take([i], k), a.shape[k], k),
            )
        yield altered(f"`{name}` is read backward, the last {word} first",
                      lambda a, k=axis: np.flip(a, k))  # fmt: skip
        for shift, way in ((1, "before"), (-1, "after")):
            yield altered(
                f"each {word} of `{name}` is taken for the one {way} it",
                lambda a, k=axis, s=shift: np.roll(a, s, k),
            )
    for i in range(array.ndim):
        for j in range(i + 1, array.ndim):
            both = f"{axis_word(letters, i)} and {axis_word(letters, j)}"
            yield altered(
                f"`{name}` is reshaped where {both} have to be transposed",
                lambda a, i=i, j=j: a.swapaxes(i, j).reshape(a.shape),
            )
            yield altered(
                f"{both} of `{name}` are exchanged",
                lambda a, i=i, j=j: a.swapaxes(i, j),
            )


def of_labels(altered, name):
    yield altered(f"each number in `{name}` is one too small", lambda a: a - 1)
    yield altered(f"each number in `{name}` is one too large", lambda a: a + 1)
    yield altered(f"`{name}` is not looked at: every number in it counts as 0", np.zeros_like)


def of_pairs(spec, case):
    """Two inputs of one shape taken for each other."""
    for i, first in enumerate(spec.inputs[: len(case.args)]):
        for j, second in list(enumerate(spec.inputs[: len(case.args)]))[i + 1 :]:

            def exchanged(case, i=i, j=j):
                args = list(case.args)
                if j >= len(args) or not isinstance(args[i], np.ndarray):
                    return None
                a, b = args[i], args[j]
                if np.shape(a) != np.shape(b):
                    return None
                args[i], args[j] = b, a
                return replace(case, args=tuple(args))

            yield Alteration(f"`{first}` and `{second}` are taken for each other", exchanged)


def of_options(spec, case):
    """One option ignored, or two of them exchanged."""
    for name, usual in spec.defaults().items():
        if name not in case.options and not isinstance(usual, (int, float)):
            continue

        def ignored(case, name=name):
            rest = {k: v for k, v in case.options.items() if k != name}
            return replace(case, options=rest) if name in case.options else None

        yield Alteration(f"`{name}` is ignored: its usual value is taken", ignored)


# ---------------------------------------------------------------- results


def of_results(spec, case):
    seen = glimpse(spec, spec.reference, case)
    for name, array in (seen.results or {}).items():
        if isinstance(array, np.ndarray) and array.dtype.kind == "f" and array.ndim:
            yield from of_result(spec, name, array)
    yield from exchanged_results(spec, seen.results or {})


def changed_result(name, change):
    def of_all(results, case):
        old = results.get(name)
        if old is None:
            return results
        try:
            new = np.asarray(change(old))
        except (ValueError, IndexError):
            return None
        return {**results, name: new.astype(old.dtype)}

    return of_all


def of_result(spec, name, array):
    def altered(says, change):
        return Alteration(says, of_results=changed_result(name, change))

    for letter in "NTCFDM":
        yield Alteration(f"`{name}` is divided by {letter}", of_results=divided(spec, name, letter))
    letters = spec.axes_of(name)
    once = f"`{name}` goes once more through"
    yield altered(f"{once} a ReLU", lambda a: np.maximum(a, 0))
    yield altered(f"{once} a tanh", np.tanh)
    yield altered(f"`{name}` loses its sign", np.abs)
    yield altered(f"the square of `{name}` is returned", np.square)
    yield altered(f"the root of `{name}` is returned", np.sqrt)
    yield altered(f"the exponential of `{name}` is returned", np.exp)
    yield altered(f"the logarithm of `{name}` is returned", np.log)
    yield altered(f"1 divided by `{name}` is returned", np.reciprocal)
    for axis in range(array.ndim):
        yield from along(altered, name, axis, axis_word(letters, axis))
    for i in range(array.ndim):
        for j in range(i + 1, array.ndim):
            both = f"{axis_word(letters, i)} and {axis_word(letters, j)}"
            yield altered(
                f"`{name}` is reshaped where {both} have to be transposed",
                lambda a, i=i, j=j: a.swapaxes(i, j).reshape(a.shape),
            )


def divided(spec, name, letter):
    """A result divided by the length of an axis of the inputs."""

    def of_all(results, case):
        size = size_of(spec, case, letter)
        if size is None or size == 1 or results.get(name) is None:
            return None
        return {**results, name: (results[name] / size).astype(results[name].dtype)}

    return of_all


def size_of(spec, case, letter):
    """The length of an axis by its letter; None where no input has it."""
    for name, array in zip(spec.inputs, case.args):
        letters = spec.axes_of(name)
        if letter in letters and isinstance(array, np.ndarray) and array.ndim:
            if len(letters) == array.ndim:
                return array.shape[letters.index(letter)]
            if letter == letters[0] == "N":
                return len(array)
    return None


def along(altered, name, axis, word):
    """What may happen to a result along one axis."""
    for index, which in ((0, "first"), (-1, "last")):
        alone = f"only the {which} {word} of `{name}`"
        yield altered(
            f"{alone} is worked out, the rest is left at 0", lambda a, i=index: only(a, axis, i)
        )
        yield altered(
            f"the {which} {word} of `{name}` is left at 0", lambda a, i=index: a - only(a, axis, i)
        )
        yield altered(f"{alone} is returned", lambda a, i=index: a.take(i, axis))
        yield altered(
            f"the {which} {word} of `{name}` is written to all of them",
            lambda a, i=index: np.repeat(a.take([i], axis), a.shape[axis], axis),
        )
    yield altered(f"`{name}` is added up along its {word} axis", lambda a: a.sum(axis))
    yield altered(f"`{name}` is averaged over its {word} axis", lambda a: a.mean(axis))
    yield altered(
        f"`{name}` is added up on the way along its {word} axis", lambda a: a.cumsum(axis)
    )
    yield altered(
        f"`{name}` is divided by its size along the {word} axis", lambda a: a / a.shape[axis]
    )


def only(array, axis, index):
    kept = np.zeros_like(array)
    place = [slice(None)] * array.ndim
    place[axis] = index
    kept[tuple(place)] = array[tuple(place)]
    return kept


def exchanged_results(spec, results):
    names = [name for name in spec.results if name in results]
    for i, first in enumerate(names):
        for second in names[i + 1 :]:

            def swapped(results, case, a=first, b=second):
                return {**results, a: results.get(b), b: results.get(a)}

            order = [{first: second, second: first}.get(name, name) for name in names]
            says = f"the results come back in another order: `{', '.join(order)}`"
            yield Alteration(says, of_results=swapped)


def axis_word(letters, axis):
    """ "image" for the axis N of images, or "place along axis 1" where nothing is known."""
    letter = letters[axis] if axis < len(letters) else ""
    if letter == "N":
        images = "image" if {"C", "F"} & set(letters) else "row"
        return "sequence" if "T" in letters else images if len(letters) > 2 else "row"
    if letter == "H" and "W" not in letters:
        return "unit"
    if letter == "C" and "H" not in letters:
        return "class"
    return AXIS_WORDS.get(letter, f"place along axis {axis}")


AXIS_WORDS = {
    "K": "row", "T": "step", "C": "channel", "F": "filter", "D": "feature", "M": "output",
    "V": "word", "H": "row", "W": "column", "H'": "row", "W'": "column",
    "E": "place in the vector",
    "HH": "row of the filter", "WW": "column of the filter",
}  # fmt: skip
