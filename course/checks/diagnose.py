"""Which known mistake gives exactly the learner's numbers?"""

from copy import deepcopy
from functools import lru_cache
from itertools import combinations

import numpy as np

from course.checks.findings import agree, not_all_finite
from course.checks.mistakes import of
from course.checks.observe import observe
from course.checks.spec import SPECS
from course.checks.storeys import compiled, right_forward

MISSHAPEN = ("ValueError", "IndexError", "returned", "ZeroDivisionError")


def diagnose(spec, watched, seed):
    """The misconceptions behind what went wrong: -> (a list, do they explain everything?).

    One that explains everything comes first; else one for each wrong result; else two at once;
    else the one that explains most, among them the first wrong case. ``watched`` holds (case,
    expected, seen, findings) of every case tried.
    """
    known = of(spec.name)
    troubled = any(seen.trouble is not None for _, _, seen, _ in watched)
    for lenient in (False, True) if troubled else (False,):
        for vague in (False, True):
            for mistake in known:
                if explains(spec, (mistake,), watched, seed, lenient, vague=vague):
                    return [mistake], True
        found = one_for_each(spec, known, watched, seed, lenient)
        found = found or two_at_once(spec, known, watched, seed, lenient)
        if found:
            return found, True
    return most_likely(spec, known, watched, seed), False


def most_likely(spec, known, watched, seed):
    """The one mistake that fits the first wrong case and more of the others than any other.

    Unfinished work has several mistakes at once; this is the one to mend first. It must be right
    wherever the learner is right.
    """
    first = next(k for k, (*_, found) in enumerate(watched) if found)
    if watched[first][2].trouble is not None or not all(o.repeatable for _, _, o, _ in watched):
        return []
    scores = {}
    for mistake in known:
        fits = [
            alike(seen, theirs, expected, exact=False)
            for k, (_, expected, seen, _) in enumerate(watched)
            if (theirs := outcome(spec.name, (mistake,), k, seed)) is not None
        ]
        right = [fit for fit, (*_, found) in zip(fits, watched) if not found]
        if all(right) and fits[first] and differs(spec, mistake, watched[first], first, seed):
            scores[mistake.id] = sum(fits) - len(right)
    if max(scores.values(), default=0) < 2:  # one case alone may agree by chance
        return []
    best = [m for m in known if scores.get(m.id) == max(scores.values())]
    return best if len(best) == 1 else []


def differs(spec, mistake, watched, k, seed):
    """Does the mistake itself go wrong in this case?"""
    case, expected, seen, found = watched
    theirs = outcome(spec.name, (mistake,), k, seed)
    if seen.changed:
        return theirs.changed == seen.changed
    wrong = [finding.result for finding in found if finding.kind != "dtype"]
    return bool(wrong) and spoils(theirs, expected, wrong)


def explains(spec, mistakes, watched, seed, lenient, results=None, vague=False):
    """Does an implementation with these mistakes do what the learner's did, in every case?

    With ``results`` only these are looked at, and one of them must come out wrong. ``vague`` means
    that where both overflow only what is finite has to agree: in which result the NaN lands hangs
    on how the same mistake was written. Of a function that keeps something between calls the
    numbers depend on the past: that it does is compared.
    """
    order = sorted(range(len(watched)), key=lambda k: not watched[k][3])  # wrong cases first
    remembers = any(not seen.repeatable for _, _, seen, _ in watched)
    agreed = spoiled = 0
    for k in order:
        case, expected, seen, found = watched[k]
        if lenient and seen.trouble is not None:
            continue
        theirs = outcome(spec.name, mistakes, k, seed)
        if theirs is not None and not found and overflows(theirs):
            continue  # the learner's code has a guard there, such as one against 0/0
        if theirs is None or (remembers and seen.repeatable != theirs.repeatable):
            return False
        if not remembers and not alike(seen, theirs, expected, results, vague=vague):
            return False
        agreed += bool(found) and (seen.trouble is None or seen.trouble == theirs.trouble)
        spoiled += results is None or spoils(theirs, expected, results)
    some_right = any(not found for *_, found in watched)
    return spoiled > 0 and (agreed >= 2 or (not lenient and (agreed == 1 or some_right)))


def overflows(seen):
    return not all(finite(array) for array in (seen.results or {}).values())


def spoils(theirs, expected, results):
    return theirs.trouble is None and not all(
        agree(theirs.results[name], expected.results[name]) for name in results
    )


@lru_cache(maxsize=4096)
def outcome(name, mistakes, k, seed):
    """What the plain implementation with these mistakes does with case number ``k``."""
    spec = SPECS[name]
    try:
        function = built(mistakes)  # afresh: it may keep something
    except (ValueError, SyntaxError):  # two mistakes that do not go together
        return None
    case = deepcopy(untouched_cases(name, seed)[k])  # some mistakes write into their inputs
    return observe(spec, function, case, right_forward(name, mistakes[0].of))


@lru_cache(maxsize=64)
def untouched_cases(name, seed):
    return SPECS[name].cases(seed)


def built(mistakes):
    if len(mistakes) == 1:
        return mistakes[0].build()
    if any(mistake.methods for mistake in mistakes) or len({m.of for m in mistakes}) > 1:
        raise ValueError("these two cannot be joined")
    patches = sum((mistake.change for mistake in mistakes), ())
    return compiled(mistakes[0].function, mistakes[0].of, patches)


def alike(seen, theirs, expected, results=None, exact=True, vague=False):
    """The same results (or the named ones), the same kind of trouble, the same side effects?"""
    if seen.trouble is not None or theirs.trouble is not None:
        kinds = [o.trouble.kind for o in (seen, theirs) if o.trouble is not None]
        same_count = len(kinds) == 2 and (kinds[0] == "returned") == (kinds[1] == "returned")
        return same_count and all(kind in MISSHAPEN for kind in kinds)
    names = results or expected.results
    if results is None and seen.changed != theirs.changed:
        return False
    if vague and overflows(seen) and overflows(theirs):
        names = [n for n in names if finite(seen.results[n]) and finite(theirs.results[n])]
    return all(same(seen.results[n], theirs.results[n], expected.results[n], exact) for n in names)


def finite(array):
    return array is None or not not_all_finite(array)


def same(mine, theirs, right, exact=True):
    """The same numbers, to within rounding; where numbers overflow, that both do is enough."""
    if mine is None or theirs is None:
        return mine is theirs
    if mine.shape != theirs.shape:
        return False
    matters = exact and right is not None and mine.ndim > 0  # a loss may have any dtype
    if matters and (mine.dtype == right.dtype) != (theirs.dtype == right.dtype):
        return False
    bad = [not_all_finite(a) for a in (mine, theirs)]
    if any(bad):
        return all(bad)
    within = 1e-3 if right is not None and right.dtype == np.float32 else 1e-7
    return agree(mine, theirs, within)


def wrong_results(watched):
    return list(dict.fromkeys(f.result for *_, found in watched for f in found if f.result))


def one_for_each(spec, known, watched, seed, lenient):
    """A mistake for each wrong result: only when every wrong result has one."""
    wrong = wrong_results(watched)
    if len(spec.results) == 1 or any(seen.changed for _, _, seen, _ in watched):
        return []
    found = []
    for result in wrong:
        fits = (
            mistake
            for mistake in known
            if explains(spec, (mistake,), watched, seed, lenient, (result,))
        )
        mistake = next(fits, None)
        if mistake is None:
            return []
        found.append(mistake)
    return list(dict.fromkeys(found))


def two_at_once(spec, known, watched, seed, lenient):
    for pair in combinations(known, 2):
        if explains(spec, pair, watched, seed, lenient):
            return list(pair)
    return []
