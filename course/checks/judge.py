"""Hold a learner's function against its spec: -> a ``Report``."""

import inspect

from course.checks import report as say
from course.checks.compare import findings
from course.checks.observe import observe


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
    tried = [(case.tests, findings(spec, seen, expected, sizes(spec, case, expected)))
             for case, expected, seen in watched]  # fmt: skip
    for (case, _, seen), (_, found) in zip(watched, tried):
        if found:
            return failure(spec, case, seen, found, watched, tried)
    return say.Report(spec.name, say.RIGHT, praise(spec, tried))


def expectations(spec, seed):
    """What the reference does with the same cases."""
    seen = [observe(spec, spec.reference, case) for case in spec.cases(seed)]
    for outcome in seen:
        if outcome.trouble is not None:  # never the learner's fault
            raise RuntimeError(f"the reference {spec.name} failed: {outcome.trouble.reason}")
    return seen


def praise(spec, tried):
    names = ", ".join(what for what, _ in tried)
    return f"{len(tried)} cases tried: {names}."


def find_forward(spec, function, forward, seed):
    """The forward whose cache a backward reads: the learner's own, from the same notebook.

    -> (function or None for the reference, a report when it is not right itself).
    """
    if spec.forward is None:
        return None, None
    if forward is None:
        namespace = getattr(inspect.unwrap(function), "__globals__", {})
        forward = namespace.get(spec.forward.name)
    if forward is None or forward is spec.forward.reference:
        return None, None
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


def sizes(spec, case, expected):
    """The length of each axis by its letter, and of pairs of letters: what a factor may mean."""
    known = {}
    axes = dict(spec.results)
    arrays = dict(expected.results or {})
    if spec.forward is not None:
        axes["dout"], arrays["dout"] = next(iter(spec.forward.results.values())), case.dout
    for name, array in arrays.items():
        parts = axes[name].split()
        if array is not None and len(parts) == array.ndim:
            known.update(zip(parts, array.shape))
    pairs = [("N", "T"), ("H'", "W'"), ("N", "H'", "W'"), ("HH", "WW"), ("N", "C")]
    for letters in pairs:
        if all(letter in known for letter in letters):
            product = 1
            for letter in letters:
                product *= known[letter]
            known[" ".join(letters)] = product
    return known


def failure(spec, case, seen, found, watched, tried):
    """The report on the first case that went wrong."""
    first = found[0]
    if seen.trouble is not None:
        return trouble(spec, case, seen.trouble, tried)
    lines = []
    for finding in found[:3]:
        lines.append(
            f"{finding.result}: {finding.says}" if finding.kind == "values" else finding.says
        )
        if finding.spread:
            lines[-1] += f". {finding.spread}" if finding.kind == "values" else f" {finding.spread}"
    hints = spec.hints.get(first.result)
    return say.Report(
        spec.name,
        say.WRONG,
        asked=f"{case.tests}: {spec.describe(case)}",
        lines=lines,
        rows=first.rows,
        hints=(hints.nudge, hints.shapes, hints.formula) if hints else (),
        section=spec.section,
        tried=verdicts(tried),
    )


def trouble(spec, case, problem, tried):
    if problem.kind == "unwritten":
        if problem.reason == spec.name:
            return say.Report(spec.name, say.UNWRITTEN)
        summary = f"It calls `{problem.reason}`, which is not written yet."
        return say.Report(spec.name, say.UNWRITTEN, summary)
    lines = [problem.reason]
    if problem.line:
        lines.append(f"In {problem.line}")
    if problem.shapes:
        lines.append(f"Shapes in that line: {problem.shapes}.")
    return say.Report(
        spec.name,
        say.STOPPED if problem.kind == "stopped" else say.WRONG,
        asked=f"{case.tests}: {spec.describe(case)}",
        lines=lines,
        section="" if problem.kind == "stopped" else spec.section,
        tried=verdicts(tried),
    )


def verdicts(tried):
    """Which cases came out right, which did not."""
    groups = {"right": [], "not right": []}
    for what, found in tried:
        groups["not right" if found else "right"].append(what)
    return [(how, ", ".join(names)) for how, names in groups.items() if names]
