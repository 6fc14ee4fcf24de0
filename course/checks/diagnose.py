"""What is behind wrong results? Numbers propose; the learner's own source confirms.

Four layers: known mistakes (``mistakes.yml``), the learner's own code mended by a small edit
(``repair.py``), the right function of altered inputs (``altered.py``), right code with one small
change (``one_change.py``). A suspect is believed when it gives the learner's results in every case,
the right ones included. What the code does is said only where the code shows it; else it is said
that the numbers are those of the mistake. Without a name, ``properties.py`` says what can be seen.
"""

import contextlib
import inspect
import re
import time
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import combinations

import numpy as np

from course.checks.causes import Suspect, altered, joined, one_change, registered
from course.checks.confirm import confirms, methods_of, says_unused, source_of
from course.checks.findings import agree, not_all_finite, tolerance, wrong_dtypes, wrong_elements
from course.checks.mistakes import of
from course.checks.observe import glimpse, observe, quiet
from course.checks.repair import leans_on_wrong, search
from course.checks.spec import SPECS, own
from course.checks.storeys import right_forward

NAME = re.compile(r"[A-Za-z_]\w*")
SECONDS = 0.4  # of processor, for one way to search
ALL = 1.4  # for all of them together
LAST = 0.3  # for the last resort, the likeliest one of those that explain a part


class Diagnosis:
    """The suspects that were believed; ``whole``: they explain all; ``sure``: the code says so.

    ``loose``: they explain the numbers, and a wrong dtype is told apart from them.
    """

    def __init__(self, suspects=(), whole=True, sure=False, loose=False):
        self.suspects, self.whole, self.sure = list(suspects), whole, sure
        self.loose = loose


def diagnose(spec, function, watched, seed, forward=None, unfinished=False):
    """The mistakes behind what went wrong, as a ``Diagnosis``.

    ``watched`` holds (case, expected, seen, findings) of every case tried. In ``unfinished`` code
    only known mistakes are looked for: no small edit writes what is not there.
    """
    bench = Bench(spec, function, watched, seed, forward)
    if found := wrong_helper(bench):
        return Diagnosis(found, True, True)
    if found := whole(bench):
        return Diagnosis(found, True, all(map(bench.confirmed, found)))
    if unfinished:
        return Diagnosis()
    bench.loosen()
    for way in (whole, other_order, stops_alike, mended, against_the_code, for_each_known, pairs,
                mended_twice, whole_generated, for_each):  # fmt: skip
        bench.start()
        if found := way(bench):
            return Diagnosis(found, True, all(map(bench.confirmed, found)), bench.loose)
    found = but_for_the_dtype(bench) or one_result(bench) or mended_partly(bench)
    found = found or most_likely(bench)
    sure = bool(found) and all(map(bench.confirmed, found))
    return Diagnosis(found, False, sure, bench.loose)


def without_dtypes(watched):
    """The same cases without what was found of dtypes, where something else is wrong as well."""
    told = [(*one, [f for f in found if f.kind != "dtype"]) for *one, found in watched]
    return told if any(found for *_, found in told) else watched


def wrong_helper(bench):
    """A function of another check that this one calls, where it is right but for that."""
    with quiet()[0]:
        name = leans_on_wrong(bench.spec, bench.function, bench.forward, bench.seed)
    if not name:
        return []
    says = (
        f"{bench.spec.name} calls your `{name}`, which is not right yet. With the right one in its "
        "place every case comes out right: mend that one first."
    )
    return [Suspect(f"calls {name}", bench.spec.name, says, mended=True, blames=name)]


def whole(bench):
    """One known mistake that explains everything; one that the code confirms comes first."""
    shown = [s for s in bench.known if bench.confirmed(s) or not bench.only_stops]
    fits = [s for s in shown if bench.explains(s)]
    fits += [] if fits else [s for s in shown if bench.explains(s, vague=True)]
    fits += [] if fits else [s for s in shown if bench.explains(s, lenient=True)]
    return sorted(fits, key=lambda s: not bench.confirmed(s))[:1]


def stops_alike(bench):
    """A known mistake that ends in the very same sentence of Python, though the code is another.

    Of too many parts to unpack there are too many causes.
    """
    if not bench.only_stops:
        return []
    fits = (s for s in bench.known if bench.explains(s) and bench.says_the_same(s))
    return [s for s in [next(fits, None)] if s is not None]


def other_order(bench):
    """All results are right, but not in the order in which they are asked for."""
    names = list(bench.spec.results)
    wrong = [one for one in bench.watched if one[3]]
    if len(names) < 2 or any(seen.trouble is not None for *_, seen, _ in wrong):
        return []
    order = []
    for name in names:
        fits = [other for other in names if other not in order and all(
            agree(seen.results.get(name), expected.results.get(other))
            for _, expected, seen, _ in wrong)]  # fmt: skip
        order += fits[:1]
    if len(order) < len(names) or order == names:
        return []
    moved = [(name, other) for name, other in zip(names, order) if name != other]
    says = "; ".join(f"what comes back as `{name}` is the right `{other}`" for name, other in moved)
    much = "the two are exchanged" if len(moved) == 2 else "right results in the wrong order"
    says = f"{says[0].upper()}{says[1:]}: {much}."
    return [Suspect("another order", bench.spec.name, says, mended=True)]


def mended(bench):
    """A small edit of the learner's own code with which every case comes out right."""
    with quiet()[0], contextlib.suppress(SyntaxError, RecursionError):  # code that no edit takes
        found = bench.trial.one() if bench.trial else []
        return told_as_mended(bench, found, "That alone mended")
    return []


def mended_twice(bench):
    """Two such edits, where one brings the results nearer."""
    with quiet()[0]:
        found = bench.trial.two() if bench.trial else []
    return told_as_mended(bench, found, "With both mended")


def mended_partly(bench):
    """A small edit with which most of the wrong cases come out right, and none that was right goes
    wrong: a part of what is wrong.
    """
    with quiet()[0]:
        found = bench.trial.partly() if bench.trial else None
    if found is None:
        return []
    repair, mended, wrong = found
    text = (
        f"{repair.sentence} With that mended, {mended} of the {wrong} wrong cases come out right, "
        "and the others do not."
    )
    return [Suspect(f"mended in part: {text}", bench.spec.name, text, mended=True)]


def told_as_mended(bench, found, then):
    numbers = bench.loose or (bench.trial and bench.trial.other_dtypes)
    ends = f"{then}, {'all numbers come' if numbers else 'every case comes'} out right."
    said = [one.sentence for one in found]
    said[-1:] = [f"{text} {ends}" for text in said[-1:]]
    return [Suspect(f"mended: {text}", bench.spec.name, text, mended=True) for text in said]


def against_the_code(bench):
    """A known mistake with the very numbers, though the code does not look like it."""
    return [s for s in bench.contradicted if bench.explains(s)][:1]


def whole_generated(bench):
    """One small change, or an altered input, that explains everything: as the code says."""
    if bench.only_stops:  # no numbers that could agree
        return []
    told = (s for s in bench.in_time(bench.one_change) if bench.knows_the_words_of(s))
    changed = [s for s in told if bench.explains(s)]
    shown = [s for s in changed if bench.confirmed(s)]
    if shown:
        return shown[:1]
    fits = (s for s in bench.in_time(bench.altered) if bench.explains(s))
    return [s for s in [next(fits, None), *changed] if s is not None][:1]


def for_each_known(bench):
    return one_for_each(bench, (lambda: bench.known,))


def for_each(bench):
    return one_for_each(bench, (lambda: bench.known, bench.altered, bench.one_change))


def one_for_each(bench, layers):
    """A suspect for each wrong result: only when every wrong result has one."""
    wrong = bench.wrong_results()
    if len(bench.watched[0][1].results) == 1 or not wrong or bench.changes_inputs:
        return []
    found = []
    for result in wrong:
        tried = (s for layer in layers for s in bench.in_time(layer) if bench.knows_the_words_of(s))
        fits = (s for s in tried if bench.explains(s, (result,)))
        suspect = next(fits, None)
        if suspect is None:
            return []
        found.append(suspect)
    return list({s.key: s for s in found}.values())


def pairs(bench):
    """Two known mistakes at once."""
    for one, other in combinations(bench.known, 2):
        if time.process_time() > bench.ends or bench.only_stops:
            return []
        both = joined(one, other)
        if both is not None and bench.explains(both):
            return [one, other]
    return []


def but_for_the_dtype(bench):
    """A known mistake that gives the learner's numbers, if not their dtype."""
    offered = [*bench.known, *bench.contradicted]
    return [s for s in offered if bench.explains(s, exact=False)][:1]


def one_result(bench):
    """A known mistake that explains one of several wrong results in every case."""
    wrong = bench.wrong_results()
    if len(wrong) < 2 or bench.changes_inputs:
        return []
    known = [s for s in bench.known if bench.believable(s)]
    fits = (s for result in wrong for s in known if bench.explains(s, (result,)))
    return [s for s in [next(fits, None)] if s is not None]


def most_likely(bench):
    """The one known mistake that fits the first wrong case and more of the others than any other.

    Unfinished work has several mistakes at once; this is the one to mend first. It must be right
    wherever the learner is right.
    """
    watched = bench.watched
    first = next(k for k, (*_, found) in enumerate(watched) if found)
    if watched[first][2].trouble is not None or bench.remembers or bench.changes_inputs:
        return []
    scores = {}
    for suspect in bench.known:
        if not bench.believable(suspect) or time.process_time() > bench.deadline + LAST:
            continue
        fits = [bench.fits_case(suspect, k, exact=False) for k in range(len(watched))]
        right = [fit for fit, (*_, found) in zip(fits, watched) if not found]
        drawn = [fit and (not found or not one_number(seen, found))
                 for fit, (case, _, seen, found) in zip(fits, watched)
                 if "by hand" not in case.tests]  # fmt: skip
        if all(right) and fits[first] and any(drawn) and bench.spoils_case(suspect, first):
            scores[suspect.key] = sum(fits) - len(right)
    if max(scores.values(), default=0) < 2:  # one case alone may agree by chance
        return []
    best = [s for s in bench.known if scores.get(s.key) == max(scores.values())]
    return best if len(best) == 1 else []


class Bench:
    """One wrong answer, and what suspects do with the same cases."""

    def __init__(self, spec, function, watched, seed, forward=None):
        self.spec, self.watched, self.seed = spec, watched, seed
        self.function, self.forward = function, forward
        self.deadline = time.process_time() + ALL
        self.loose = False  # dtypes do not count
        self.start()
        self.source = source_of(function)
        self.remembers = any(not seen.repeatable for _, _, seen, _ in watched)
        self.changes_inputs = any(seen.changed for _, _, seen, _ in watched)
        offered = [registered(m) for m in of(spec.name) if self.may_be(m)]
        offered = [s for s in offered if not self.untrue(s)]
        self.contradicted = [s for s in offered if self.verdict(s) is False]
        self.known = [s for s in offered if s not in self.contradicted]

    def start(self):
        """A search begins: it has some time, as long as there is any."""
        self.ends = min(self.deadline, time.process_time() + SECONDS)

    def loosen(self):
        """From now on dtypes do not count, where other things are wrong than these."""
        self.loose = any(f.kind != "dtype" for *_, found in self.watched for f in found) and any(
            wrong_dtypes(seen, expected) for _, expected, seen, _ in self.watched
        )
        self.watched = without_dtypes(self.watched)

    @cached_property
    def trial(self):
        """Edits of the learner's own code; None where that is not at hand."""
        return search(self.spec, self.function, self.watched, self.forward, self.seed,
                      self.deadline, self.loose)  # fmt: skip

    def may_be(self, mistake):
        """Does the source allow it? ``needs`` and ``unless`` are patterns of the mistake."""
        if not self.source:
            return True
        has_needed = not mistake.needs or re.search(mistake.needs, self.source)
        return has_needed and not (mistake.unless and re.search(mistake.unless, self.source))

    def in_time(self, layer):
        """The suspects of a layer, until the time of this search is over."""
        for suspect in layer():
            if time.process_time() > self.ends:
                return
            yield suspect

    def altered(self):
        return altered(self.spec.name, self.seed)

    def one_change(self):
        return one_change(self.spec.name)

    def verdict(self, suspect):
        """Does the learner's source confirm (True) or contradict (False) it? None: neither."""
        texts = self.texts(suspect)
        return confirms(*texts) if texts else None

    def untrue(self, suspect):
        """Does it say that something is not used which the learner's source uses?"""
        texts = self.texts(suspect)
        return bool(texts) and says_unused(*texts)

    def texts(self, suspect):
        """(the learner's source, the right one, the wrong one); None where one is not at hand."""
        try:
            pair = suspect.sources() if self.source else None
        except ValueError:  # its lines do not fit: a test tells the author, not a learner
            return None
        if pair is None:
            return None
        mine = self.source
        if suspect.mistake and suspect.mistake.methods:  # the rest of the class is given
            mine = methods_of(mine, pair[1])
        return mine, *pair

    def believable(self, suspect):
        """May it be named where it explains only a part?

        Where a check compares a few verdicts and no arrays, many mistakes agree on a part of them
        by chance: then the code has to show it, too.
        """
        return self.spec.returns != "named" or self.confirmed(suspect)

    def knows_the_words_of(self, suspect):
        """Does a generated sentence name only what the learner's code or the task names, too?

        It is made from the plain version, whose inner names a learner never saw.
        """
        if suspect.code is None or not self.source:
            return True
        spec = self.spec
        task = (*spec.inputs, *spec.results, *inspect.signature(spec.reference).parameters)
        known = {*NAME.findall(self.source), *NAME.findall(" ".join(task)), "np", "len", "range"}
        quoted = re.findall("`([^`]*)`", suspect.sentence)
        signs = [text for text in quoted if not re.search(r"\w", text)]
        if signs and f" {signs[0]} " not in self.source:  # the first one is said to stand there
            return False
        return set(NAME.findall(" ".join(quoted))) <= known

    def confirmed(self, suspect):
        return suspect.mended or self.verdict(suspect) is True

    @property
    def only_stops(self):
        """Is an exception all that went wrong? Then there are no numbers to compare."""
        return all(seen.trouble is not None for *_, seen, found in self.watched if found)

    def says_the_same(self, suspect):
        """Does it stop with the same words, in each case that stopped?"""
        for k, (*_, seen, found) in enumerate(self.watched):
            theirs = self.outcome(suspect, k)
            if found and (theirs is None or theirs.trouble is None
                          or theirs.trouble.reason != seen.trouble.reason
                          or seen.trouble.family == "unpack"):  # fmt: skip
                return False
        return True

    def wrong_results(self):
        names = (f.result for *_, found in self.watched for f in found if f.result)
        return list(dict.fromkeys(names))

    # ------------------------------------------------------------ does it fit?

    def explains(self, suspect, results=None, vague=False, lenient=False, exact=True):
        """Does it give what the learner's code gives, in every case?

        With ``results`` only these are looked at; what else the learner has right must come out
        right. ``vague``: where both overflow for the same reason, only what is finite has to
        agree. ``lenient``: cases in which the learner's code stopped do not count.
        """
        order = sorted(range(len(self.watched)), key=self.rank)
        agreed, elements, exact = 0, 0, exact and not self.loose
        if not suspect.known and (self.all_trivial or self.spec.returns == "named"):
            return False  # of a few verdicts, many changes give the same
        for k in order:
            _, expected, seen, found = self.watched[k]
            if lenient and seen.trouble is not None:
                continue
            if not self.fits_case(suspect, k, results, exact, vague=vague):
                return False
            if found and seen.trouble is None:
                wrong = self.spoils_case(suspect, k, results)
                agreed, elements = agreed + bool(wrong), elements + wrong
            elif found:
                agreed += 1
        stopped = all(s.trouble is not None for *_, s, found in self.watched if found)
        if (stopped or lenient) and self.verdict(suspect) is False:
            return False
        some_right = any(not found for *_, found in self.watched)
        if not self.enough_numbers() and not self.confirmed(suspect):
            return False
        if suspect.known:
            return agreed >= 2 or (agreed == 1 and not lenient and some_right)
        return (agreed >= 2 and elements >= 6) or (agreed == 1 and some_right and elements >= 4)

    def enough_numbers(self):
        """Is there a wrong number that is one, or are most cases right? All NaN is like all NaN."""
        wrong = [one for one in self.watched if one[3]]
        if 2 * len(wrong) < len(self.watched) or any(s.trouble or s.changed for *_, s, _ in wrong):
            return True
        told = [(f, s.results.get(f.result), r.results.get(f.result))
                for _, r, s, found in wrong for f in found]  # fmt: skip
        return any(f.kind != "finite" or some_finite(mine, right) for f, mine, right in told)

    @property
    def all_trivial(self):
        """Is all that is wrong one number for all, such as 0? Many mistakes give that."""
        wrong = [
            np.ravel(seen.results[f.result])
            for *_, seen, found in self.watched if seen.trouble is None
            for f in found if f.result and seen.results.get(f.result) is not None
            and seen.results[f.result].dtype.kind in "fiu" and seen.results[f.result].size
        ]  # fmt: skip
        return bool(wrong) and np.ptp(np.concatenate(wrong)) == 0

    def rank(self, k):
        """Wrong cases first, drawn ones before those by hand, and those that stop last."""
        case, _, seen, found = self.watched[k]
        size = sum(np.size(part) for part in case.args if isinstance(part, np.ndarray))
        return (not found, seen.trouble is not None, "by hand" in case.tests, size, k)

    def fits_case(self, suspect, k, results=None, exact=True, vague=False):
        """The same results, or the same kind of trouble, and the same side effects?"""
        case, expected, seen, found = self.watched[k]
        theirs = self.outcome(suspect, k)
        if theirs is None:
            return not found if not suspect.known else False
        if not found and overflows(theirs) and suspect.known:
            return True  # the learner's code has a guard there, such as one against 0/0
        if seen.global_random or theirs.global_random:  # then luck decides what is repeated
            return seen.global_random == theirs.global_random
        if self.remembers:  # the past counts too
            alike = seen.changed == theirs.changed and same_shapes(seen, theirs)
            return alike and (theirs.repeatable or not seen.repeatable)
        if seen.trouble is not None or theirs.trouble is not None:
            return same_trouble(seen.trouble, theirs.trouble)
        if results is None and seen.changed != theirs.changed:
            return False
        both = seen.results.keys() & theirs.results.keys()
        names = [n for n in results or expected.results if n in both]
        if not found:  # all is right here, to within rounding: so must the suspect's be
            limit = self.spec.tolerance or tolerance(*case.args)
            return all(right_too(theirs.results[n], expected.results[n], limit) for n in names)
        within = 1e-3 if any(is_single(a) for a in case.args) else 1e-7
        if vague and overflows(seen) and overflows(theirs) and seen.cause == theirs.cause:
            names = [n for n in names if finite(seen.results[n]) and finite(theirs.results[n])]
        elif (overflows(seen) or overflows(theirs)) and not one_cause(seen, theirs):
            return False
        if not all(
            same(seen.results[n], theirs.results[n], expected.results[n], within, exact)
            for n in names
        ):
            return False
        others = [n for n in expected.results if results and n not in self.wrong_results()]
        return all(agree(theirs.results.get(n), expected.results[n]) for n in others)

    def spoils_case(self, suspect, k, results=None):
        """How many elements of a case come out wrong by the suspect alone?"""
        expected, theirs = self.watched[k][1], self.outcome(suspect, k)
        if theirs is None or theirs.trouble is not None:
            return 0
        if theirs.global_random:  # a fault by itself, whatever was drawn
            return 9
        if self.remembers or theirs.changed:
            return 9 * (not theirs.repeatable or bool(theirs.changed))
        return sum(
            count_wrong(theirs.results.get(n), right)
            for n, right in expected.results.items()
            if results is None or n in results
        )

    def outcome(self, suspect, k):
        return outcome(self.spec.name, suspect, k, self.seed, self.remembers)


@lru_cache(maxsize=20000)
def outcome(name, suspect: Suspect, k, seed, twice):
    """What a suspect does with case number ``k``; None where it says nothing."""
    spec = SPECS[name]
    case = untouched_case(name, seed, k)
    if suspect.alteration is not None:
        return suspect.outcome(spec, case)
    try:
        function = suspect.build()  # afresh: it may keep something
    except (ValueError, SyntaxError):  # two mistakes that do not go together
        return None
    look = observe if twice else glimpse
    return look(spec, function, case, right_forward(name, suspect.of))


def untouched_case(name, seed, k):
    """Case number ``k`` with arrays of its own: what one suspect writes, no other one reads."""
    case = drawn_cases(name, seed)[k]
    return replace(case, args=own(case.args), dout=own(case.dout))


@lru_cache(maxsize=64)
def drawn_cases(name, seed):
    return SPECS[name].cases(seed)


# ---------------------------------------------------------------- the same?


def is_single(array):
    return isinstance(array, np.ndarray) and array.dtype == np.float32


def same_trouble(mine, theirs):
    """An exception of the same type from the same kind of operation, or the same wrong return."""
    if mine is None or theirs is None or mine.kind != theirs.kind:
        return False
    if mine.kind == "returned":
        return mine.reason == theirs.reason
    if "unexpected keyword" in mine.reason:  # the signature: it says nothing of the rest
        return False
    return mine.family == theirs.family and bool(mine.family or mine.reason == theirs.reason)


def overflows(seen):
    return not all(finite(array) for array in (seen.results or {}).values())


def one_cause(seen, theirs):
    """Could the NaNs of both come from the same? Code that silences NumPy gives no cause."""
    return seen.cause == theirs.cause or "" in (seen.cause, theirs.cause)


def same_shapes(seen, theirs):
    """Have the results of two calls the same shapes? True where one of them stopped."""
    if seen.results is None or theirs.results is None:
        return True
    return all(np.shape(part) == np.shape(theirs.results.get(name))
               for name, part in seen.results.items())  # fmt: skip


def some_finite(mine, right):
    """Is there a wrong element that is a finite number?"""
    wrong = wrong_elements(mine, right, 1e-3)
    return bool((wrong & np.isfinite(mine)).any())


def finite(array):
    return array is None or not not_all_finite(array)


def right_too(theirs, right, within):
    """As right as the learner's, and of the right dtype?"""
    if not agree(theirs, right, within):
        return False
    return right is None or right.ndim == 0 or theirs.dtype == right.dtype


def same(mine, theirs, right, within, exact=True):
    """The same numbers, to within rounding, and NaN or infinite at the same elements."""
    if mine is None or theirs is None:
        return mine is theirs
    if mine.shape != theirs.shape or (mine.dtype.kind == "U") != (theirs.dtype.kind == "U"):
        return False
    matters = exact and right is not None and mine.ndim > 0  # a loss may have any dtype
    if matters and (mine.dtype == right.dtype) != (theirs.dtype == right.dtype):
        return False
    if mine.dtype.kind not in "fiu" or theirs.dtype.kind not in "fiu":
        return bool(np.array_equal(mine, theirs))
    a, b = mine.astype(np.float64), theirs.astype(np.float64)
    with np.errstate(all="ignore"):
        odd = ~np.isfinite(a) | ~np.isfinite(b)
        if not np.array_equal(a[odd], b[odd], equal_nan=True):
            return False
        known = [np.abs(c[np.isfinite(c)]).max(initial=0) for c in (b, as_floats(right))]
        least = 1e-3 if right is not None and right.ndim == 0 else 1e-7  # below that: rounding
        limit = within * max(*known, least)
        return bool((np.abs(a - b)[~odd] <= limit).all())


def one_number(seen, found):
    """Is all that is wrong in a case one number, such as 0?"""
    wrong = [np.ravel(seen.results[f.result]) for f in found
             if f.result and seen.results and seen.results.get(f.result) is not None]  # fmt: skip
    wrong = [w for w in wrong if w.dtype.kind == "f" and w.size > 1]
    return bool(wrong) and all(np.ptp(w) == 0 for w in wrong)


def as_floats(array):
    return np.zeros(1) if array is None or array.dtype.kind == "U" else array.astype(np.float64)


def count_wrong(theirs, right):
    if theirs is None or right is None or theirs.shape != right.shape:
        return 0 if theirs is right else 9
    if agree(theirs, right):
        return 9 * (theirs.dtype != right.dtype and right.ndim > 0)
    with np.errstate(all="ignore"):
        return int((theirs != right).sum())
