"""Hold a learner's function against its spec: -> a ``Report``."""

import inspect
import re

from course.checks import message as say
from course.checks.diagnose import Diagnosis, diagnose, without_dtypes
from course.checks.findings import findings, settled, wrong_dtypes
from course.checks.observe import observe
from course.checks.properties import properties
from course.checks.remarks import remarks, unfinished
from course.checks.spec import SPECS, Hints
from course.checks.trouble import nudge_for


def judge(spec, function, forward=None, seed=0):
    """Try every case, then tell about the first that went wrong."""
    forward, block = find_forward(spec, function, forward, seed)
    if block is not None:
        return block
    watched = []
    for case, expected in zip(spec.cases(seed), expectations(spec, seed)):
        seen = observe(spec, function, case, forward)
        watched.append((case, expected, seen))
        if seen.trouble is not None and seen.trouble.kind in ("unwritten", "stopped"):
            break
    watched = [
        (case, expected, seen, findings(spec, case, seen, expected, sizes(spec, case, expected)))
        for case, expected, seen in watched
    ]
    for case, _, seen, found in watched:
        if found:
            return failure(spec, function, forward, case, seen, found, watched, seed)
    printed = watched[0][2].printed
    if missing := watched[0][2].missing:
        names = " and ".join(f"`{name}`" for name in missing)
        done = "What is written is right. " if watched[0][2].results else ""
        return say.Report(spec.name, say.UNWRITTEN, f"{done}Not written yet: {names}.")
    return say.Report(spec.name, say.RIGHT, praise(watched), printed=printed)


def passes(spec, function, forward=None, seed=0):
    """Is it right? The same verdict as ``judge`` gives, without looking for a reason."""
    if spec.forward is not None:
        forward = forward or namespace_of(function).get(spec.forward.name)
        if forward is not None and not passes(spec.forward, forward, seed=seed):
            return False
    for case, expected in zip(spec.cases(seed), expectations(spec, seed)):
        seen = observe(spec, function, case, forward)
        if findings(spec, case, seen, expected, {}):
            return False
    return True


def namespace_of(function):
    """The names that a function sees: those of the notebook, for a learner's."""
    return getattr(inspect.unwrap(function), "__globals__", {})


def expectations(spec, seed):
    """What the reference does with the same cases."""
    seen = [observe(spec, spec.reference, case) for case in spec.cases(seed)]
    for outcome in seen:
        if outcome.trouble is not None:  # never the learner's fault
            raise RuntimeError(f"the reference {spec.name} failed: {outcome.trouble.reason}")
    return seen


def praise(watched):
    names = "; ".join(case.tests for case, *_ in watched)
    return f"{len(watched)} cases tried: {names}."


def find_forward(spec, function, forward, seed):
    """The forward whose cache a backward reads: the learner's own, from the same notebook.

    -> (function or None for the reference, a report when it is not right itself).
    """
    if spec.forward is None:
        return None, None
    if forward is None:
        forward = namespace_of(function).get(spec.forward.name)
    if forward is None or forward is spec.forward.reference:
        return None, None
    if is_stub(spec, function):
        return None, say.Report(spec.name, say.UNWRITTEN)
    outcome = judge(spec.forward, forward, seed=seed)
    if outcome.verdict == say.UNWRITTEN:
        return None, None
    if not outcome.passed:
        outcome.summary = (
            f"{spec.name} reads the cache of your {spec.forward.name}, so that has to be right "
            f"first. This is what the check says about it."
        )
        return forward, outcome
    return forward, None


def is_stub(spec, function):
    trouble = observe(spec, function, spec.cases()[0]).trouble
    return trouble is not None and (trouble.kind, trouble.reason) == ("unwritten", spec.name)


def sizes(spec, case, expected):
    """The length of each axis by its letter, and of pairs of letters: what a factor may mean."""
    known = {}
    axes = dict(spec.results)
    arrays = dict(expected.results or {})
    if spec.forward is not None:
        letters = spec.forward.results.values()
        for (name, dout), parts in zip(spec.upstream(case).items(), letters):
            axes[name], arrays[name] = parts, dout
    for name, array in arrays.items():
        parts = axes.get(name, "").split()
        if array is not None and len(parts) == array.ndim:
            letters = zip(parts, array.shape)  # "N", "H'"; not "step" or "..."
            known.update((letter, size) for letter, size in letters if letter[0].isupper())
    pairs = [("N", "T"), ("H'", "W'"), ("N", "H'", "W'"), ("HH", "WW"), ("N", "C")]
    for letters in pairs:
        if all(letter in known for letter in letters):
            product = 1
            for letter in letters:
                product *= known[letter]
            known[" ".join(letters)] = product
    return known


STUCK = Hints(  # after an exception in code that has several things to do
    "Take what the message names by itself: what is each part of it, and what should it be?",
    "Print the shapes and the kinds of everything in that line, just before it.",
    "The hints of the exercise's page go by function: see those of the one that is named above.",
)


SIDE_HINTS = {  # of what is no result, by the kind of the finding
    "changed": Hints(
        "Which of your lines writes into something that was handed in?",
        "`a -= b` and `a[...] = b` change the array where it lies; `a = a - b` makes a new one.",
        "Take a copy before you write into it, or let each step make a new array.",
    ),
    "random": Hints(
        "Which of your lines draws, and from which generator?",
        "`np.random.default_rng(seed)` makes a generator. Some functions get one, others make one.",
        "Everything that is drawn comes from the methods of that generator.",
    ),
    "memory": Hints(
        "What is still there when the function is called a second time?",
        "An array in a global name, in a default argument or in the state is the same one again.",
        "Whatever a call fills or changes, it makes anew, or copies first.",
    ),
}


def failure(spec, function, forward, case, seen, found, watched, seed):
    """The report on the first case that went wrong."""
    problem = seen.trouble
    found = [settled(f, elsewhere(f, found, watched)) for f in found]
    if problem is not None and problem.kind == "unwritten":
        summary = f"It calls `{problem.reason}`, which is not written yet."
        if inspect.isclass(spec.reference):
            summary = f"That is its method `{problem.reason}`."
        return say.Report(spec.name, say.UNWRITTEN, "" if problem.reason == spec.name else summary)
    stopped = problem is not None and problem.kind == "stopped"
    diagnosis, lines = Diagnosis(), all_lines(seen, found, False)
    if not stopped:
        diagnosis, lines = reasons(spec, function, forward, seen, found, watched, seed)
    return say.Report(
        spec.name,
        say.STOPPED if stopped else say.WRONG,
        asked=f"{case.tests}: {spec.describe(as_it_was(spec, case, seed))}",
        lines=lines,
        printed=seen.printed,
        rows=found[0].rows,
        diagnosis=[
            *((suspect.id, suspect.sentence) for suspect in diagnosis.suspects),
            *of_the_blamed(function, diagnosis, seed),
        ],
        partly=not diagnosis.whole,
        sure=diagnosis.sure,
        hints=hints_of(spec, None if stopped else problem, found, diagnosis),
        section="" if stopped else spec.section,
        tried=[] if stopped else verdicts(watched),
    )


def of_the_blamed(function, diagnosis, seed):
    """What its own check says about another function of the learner's that is behind it all."""
    told = []
    for name in filter(None, (suspect.blames for suspect in diagnosis.suspects)):
        inner = judge(SPECS[name], namespace_of(function)[name], seed=seed)
        how = "" if inner.sure else ", by the numbers"
        told += [(key, f"Its own check says{how}: {says}") for key, says in inner.diagnosis]
    return told


def elsewhere(finding, found, watched):
    """The findings on the same result in other cases that nobody worked out by hand."""
    return [f for case, *_, some in watched for f in some if "by hand" not in case.tests
            and some is not found and f.result == finding.result and f.kind != "dtype"]  # fmt: skip


def reasons(spec, function, forward, seen, found, watched, seed):
    """-> (the diagnosis, all that is said of the case that went wrong)."""
    wrong = {f.result for *_, some in watched for f in some}
    half = unfinished(spec, function, wrong) or (seen.trouble and seen.trouble.says_it_all)
    diagnosis = diagnose(spec, function, watched, seed, forward, half)
    read = [] if diagnosis.sure and diagnosis.whole else remarks(spec, function)
    if read and not any(suspect.known for suspect in diagnosis.suspects):
        diagnosis = Diagnosis()  # what the code says comes before what its numbers look like
    lines = all_lines(seen, found, bool(diagnosis.suspects))
    lines += dtype_lines(watched, found, diagnosis)
    if not (diagnosis.suspects and diagnosis.whole):
        apart = without_dtypes(watched)
        seen_of_all = []
        if not half:
            seen_of_all = properties(spec, function, apart, spec.cases(seed), forward)
        lines += [*read[:1], *seen_of_all, *read[1:]][:2]
    return diagnosis, lines


def hints_of(spec, problem, found, diagnosis):
    """Three degrees of help: of the mistake that was found, the method that stopped, the result."""
    mistake = next((s.mistake for s in diagnosis.suspects if s.mistake), None)
    hints = spec.hints.get(mistake.spoils if mistake else found[0].result)
    hints = hints or SIDE_HINTS.get(found[0].kind)
    nudge = mistake.nudge if mistake else hints and hints.nudge
    if problem is not None and not mistake:
        only = next(iter(spec.hints.values())) if len(spec.hints) == 1 else STUCK
        hints = spec.hints.get(problem.method) or hints or of_line(spec, problem) or only
        nudge = nudge_for(problem) or hints.nudge
    return (nudge, hints.shapes, hints.formula) if hints else ()


def of_line(spec, problem):
    """The hints on the result that is worked out in the line that stopped; of several, the first.

    Of a class none: there they go by its methods.
    """
    if inspect.isclass(spec.reference):
        return None
    target = problem.line.partition("`")[2].partition("=")[0]
    named = [name for name in spec.hints if re.search(rf"\b{re.escape(name)}\b", target)]
    return spec.hints[(named or list(spec.hints))[0]] if spec.hints else None


def as_it_was(spec, case, seed):
    """A case before the learner's code had it: that may have written into its arrays."""
    fresh = (other for other in spec.cases(seed) if other.tests == case.tests)
    return next(fresh, case)


def all_lines(seen, found, diagnosed):
    """What is wrong, in sentences: the trouble or the first results, and what was changed."""
    lines = finding_lines(found, diagnosed)
    first_bad = seen.trouble is not None or any(f.kind == "finite" for f in found)
    bad_line = [f"NumPy warned first at `{seen.cause_at}`: {seen.cause}."]
    if seen.trouble is not None:
        lines = trouble_lines(seen.trouble)
        if seen.changed:
            lines.append(f"Before that it changed {' and '.join(seen.changed)}.")
    return lines + (bad_line if first_bad and seen.cause_at else [])


def dtype_lines(watched, told, diagnosis):
    """A wrong dtype in another case, where the diagnosis is about the numbers."""
    if not diagnosis.loose:
        return []
    others = [says for _, expected, seen, found in watched if found is not told
              for says in wrong_dtypes(seen, expected)]  # fmt: skip
    return [f"Besides, where float32 comes in: {others[0]}"] if others else []


def finding_lines(found, diagnosed):
    results = [f for f in found if f.result]
    lines = []
    for finding in [*results[:3], *(f for f in found if not f.result)]:
        says = f"{finding.result}: {finding.says}." if finding.rows else finding.says
        told = finding.kind == "dtype" and diagnosed  # the diagnosis says it already
        lines.append(says if told else f"{says} {finding.spread}".strip())
    return lines


def trouble_lines(problem):
    lines = [problem.reason, *([problem.meaning] if problem.meaning else [])]
    if problem.line:
        lines.append(f"In {problem.line}")
    if problem.shapes:
        lines.append(f"Shapes in that line: {problem.shapes}.")
    return lines


def verdicts(watched):
    """Which cases came out right, which did not."""
    groups = {"right": [], "not right": []}
    for case, _, _, found in watched:
        groups["not right" if found else "right"].append(case.tests)
    if not groups["right"]:
        return [("not right", f"all {len(watched)}")]
    return [(how, "; ".join(names)) for how, names in groups.items()]
