"""Prove an assignment before it is handed out.

The reference gets full marks twice, with two seeds. Each stub loses exactly the points of the items
that need it. Every known wrong version loses points where it belongs, and nowhere else, unless the
rubric forgives it. No result is earned by a constant, an input, None, or the numbers of another
session.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch

from course.grade import compare, run, wrong
from course.grade.classroom import solved_notebook
from course.grade.nothing import earned_for_nothing
from course.grade.session import new_seed, prepare


@dataclass
class Proof:
    """One notebook to be graded, and what must come of it."""

    name: str
    raw: bytes
    session: object
    answer: str | None = None  # the one that is not the reference's
    stub: bool = False


def verify(assignment, limits, *, jobs=1, seed=None, only="", say=print):
    """Run all trials; -> problems, an empty list where the assignment is sound.

    ``only`` limits the trials of single answers to those whose id holds this word.
    """
    started = time.monotonic()
    first = prepare(assignment, new_seed() if seed is None else seed)
    second = prepare(assignment, first.seed + 1, diagnose=False)
    todo = list(trials(assignment, first, second, only))
    problems = [for_nothing(*found) for found in earned_for_nothing(assignment, first)]
    for problem in problems:
        say(problem)
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        graded = pool.map(lambda t: run.grade_one(t.session.to_json(), t.raw, limits), todo)
        for trial, result in zip(todo, graded):
            found = list(faults(trial, result))
            problems += found
            verdict = "; ".join(found) or f"as it should: {result['score']:g} points"
            say(f"{trial.name}: {verdict} ({result.get('seconds', 0)} s)")
    say(f"{len(todo)} trials, {len(problems)} problems, {time.monotonic() - started:.0f} s")
    return problems


def for_nothing(item, answer, what, results):
    """A problem in words: points that no work has earned."""
    return f"{item}: a {answer} that {what} earns {', '.join(results)}"


def trials(assignment, first, second, only):
    yield Proof("the reference", solved_notebook(assignment), first)
    yield Proof("the reference, another seed", solved_notebook(assignment), second)
    for answer in assignment.answers.values():
        if only not in answer.id:
            continue
        raw = solved_notebook(assignment, {answer.id: answer.stub})
        yield Proof(f"{answer.id} left as a stub", raw, first, answer.id, stub=True)
        for known in wrong.implementations(answer, assignment):
            if not forgiven(assignment, known.id):
                raw = solved_notebook(assignment, {answer.id: known.source})
                yield Proof(known.id, raw, first, answer.id)


def costless(assignment, session):
    """Known mistakes that no check notices, found without a kernel, and not forgiven."""
    lost = {}
    for check in session.checks:
        for known in check.wrongs:
            right = [
                name
                for name, worth in check.points.items()
                if not worth or compare.right(name, check.expected, known["printed"], check.rtol)
            ]
            lost[known["id"]] = lost.get(known["id"], False) or len(right) < len(check.points)
    return sorted(id_ for id_, some in lost.items() if not some and not forgiven(assignment, id_))


def forgiven(assignment, misconception):
    return any(fnmatch(misconception, pattern) for pattern in assignment.rubric.forgive)


def faults(trial, result):
    """What is wrong with a trial's result."""
    if result["status"] != "graded":
        yield f"{result['status']}: {'; '.join(result['notes'])}"
        return
    lost = [item for item in result["items"] if item["got"] < item["possible"]]
    if trial.answer is None:
        yield from (f"loses points in {item['id']}" for item in lost)
        return
    own = [item for item in result["items"] if trial.answer in item["answers"]]
    yield from (f"also loses points in {item['id']}" for item in lost if item not in own)
    if trial.stub:
        yield from (f"gets points in {item['id']}" for item in own if item["got"])
    elif not any(item in own for item in lost):
        yield "loses no points"
