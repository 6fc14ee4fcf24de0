"""Which known mistake gives exactly the learner's numbers?"""

from functools import lru_cache
from itertools import combinations

import numpy as np

from course.checks.compare import agree
from course.checks.observe import observe
from course.misconceptions import of, plain_forward
from course.misconceptions.registry import compiled

MISSHAPEN = ("ValueError", "IndexError", "returned", "ZeroDivisionError")


def diagnose(spec, watched, seed):
    """The misconceptions that explain all that went wrong: a list, empty when none does.

    One that explains everything comes first; else one for each wrong result; else two at once.
    ``watched`` holds (case, expected, seen, findings) of every case tried.
    """
    known = of(spec.name)
    if not known:
        return []
    for lenient in (False, True):
        for mistake in known:
            if explains(spec, mistake.patches, watched, seed, lenient):
                return [mistake]
        found = one_for_each(spec, known, watched, seed, lenient)
        found = found or two_at_once(spec, known, watched, seed, lenient)
        if found:
            return found
    return []


def explains(spec, patches, watched, seed, lenient, results=None):
    """Does an implementation with these patches do what the learner's did, in every case?

    With ``results`` only these are looked at, and one of them must come out wrong. Of a function
    that keeps something between calls the numbers depend on the past: that it does is compared.
    """
    order = sorted(range(len(watched)), key=lambda k: not watched[k][3])  # wrong cases first
    remembers = any(not seen.repeatable for _, _, seen, _ in watched)
    agreed = spoiled = 0
    for k in order:
        case, expected, seen, found = watched[k]
        if lenient and seen.trouble is not None:
            continue
        theirs = outcome(spec.name, patches, k, seed)
        if theirs is None or (remembers and seen.repeatable != theirs.repeatable):
            return False
        if not remembers and not alike(seen, theirs, expected, results):
            return False
        agreed += bool(found) and seen.trouble is None
        spoiled += results is None or spoils(theirs, expected, results)
    some_right = any(not found for *_, found in watched)
    return spoiled > 0 and (agreed >= 2 or (not lenient and (agreed == 1 or some_right)))


def spoils(theirs, expected, results):
    return theirs.trouble is None and not all(
        agree(theirs.results[name], expected.results[name]) for name in results
    )


@lru_cache(maxsize=4096)
def outcome(name, patches, k, seed):
    """What the plain implementation with these patches does with case number ``k``."""
    from course.checks.spec import SPECS

    spec = SPECS[name]
    try:
        function = compiled(name, patches)  # afresh: it may keep something
    except (ValueError, SyntaxError):  # two patches that do not go together
        return None
    return observe(spec, function, spec.cases(seed)[k], plain_forward(name))


def alike(seen, theirs, expected, results=None):
    """The same results (or the named ones), the same kind of trouble, the same side effects?"""
    if seen.trouble is not None or theirs.trouble is not None:
        kinds = [o.trouble.kind for o in (seen, theirs) if o.trouble is not None]
        same_count = len(kinds) == 2 and (kinds[0] == "returned") == (kinds[1] == "returned")
        return same_count and all(kind in MISSHAPEN for kind in kinds)
    names = results or expected.results
    if results is None and seen.changed != theirs.changed:
        return False
    return all(same(seen.results[n], theirs.results[n], expected.results[n]) for n in names)


def same(mine, theirs, right):
    """The same numbers, to within rounding; where numbers overflow, that both do is enough."""
    if mine is None or theirs is None:
        return mine is theirs
    if mine.shape != theirs.shape:
        return False
    if right is not None and (mine.dtype == right.dtype) != (theirs.dtype == right.dtype):
        return False
    bad = [not np.isfinite(a).all() for a in (mine, theirs)]
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
            if explains(spec, mistake.patches, watched, seed, lenient, (result,))
        )
        mistake = next(fits, None)
        if mistake is None:
            return []
        found.append(mistake)
    return list(dict.fromkeys(found))


def two_at_once(spec, known, watched, seed, lenient):
    for pair in combinations(known, 2):
        patches = pair[0].patches + pair[1].patches
        if explains(spec, patches, watched, seed, lenient):
            return list(pair)
    return []
