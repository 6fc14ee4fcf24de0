"""Answers that do no work, to prove that none of them earns a point.

Each stands in for the reference's function and gives back something of the right form: zeros, ones,
None, one of its own inputs, or what the reference gave in another session.
"""

import copy
import types

import numpy as np

from course.grade import compare
from course.grade.session import draw, namespace, program_of, run

OTHER_SEEDS = 3


def earned_for_nothing(assignment, session):
    """``[(item id, answer id, what the answer does, names of results that it earns)]``."""
    found = []
    for item, check in zip(assignment.rubric.items, session.checks):
        seeds = range(session.seed + 1, session.seed + 1 + OTHER_SEEDS)
        others = [recorded(item, seed, assignment) for seed in seeds]
        for answer_id in item.answers:
            by_heart = others if answer_id == item.answers[0] else []
            for what, names in stand_ins(answer_id, assignment, by_heart):
                earned = sorted(earns(check, names))
                if earned:
                    found.append((item.id, answer_id, what, earned))
    return found


def earns(check, names):
    """The results that count for these names, tried with either cache."""
    good = set()
    for source in filter(None, (check.source, check.retry)):
        said, _ = run(source, names)
        right = {n for n in check.points if compare.right(n, check.expected, said, check.rtol)}
        good |= {n for n in compare.counted(right, check.needs) if check.points[n]}
    return good


def stand_ins(answer_id, assignment, others):
    """``(what it does, the reference's names with this answer replaced)``."""
    for what, make in (
        ("gives zeros", lambda result, given: filled(result, 0)),
        ("gives ones", lambda result, given: filled(result, 1)),
        ("gives None", lambda result, given: None),
        ("gives None for each result", lambda result, given: nones(result)),
        ("gives its first input", lambda result, given: given[0] if given else None),
        ("gives inputs of the right shapes", inputs_like),
    ):
        yield what, replaced(answer_id, assignment, make)
    for calls in others:
        results = {name: iter(kept) for name, kept in calls.items()}
        yield "gives another session's numbers", replaced(answer_id, assignment, None, results)


def replaced(answer_id, assignment, make, results=None):
    """The reference's names, with an answer's functions and methods doing something else."""
    names = namespace(assignment)  # anew: functions see what stands in the names they came from
    for blank in assignment.answers[answer_id].blanks:
        owner, _, method = blank.partition(".")
        known = names[owner]
        if not method:
            names[owner] = stand_in(blank, known, make, results)
        else:
            setattr(known, method, stand_in(blank, getattr(known, method), make, results))
    return names


def stand_in(blank, function, make, results):
    def instead(*given, **named):
        if results is not None:
            return next(results.get(blank, iter(())), None)
        own = copy.deepcopy((given, named))
        result = settled(function(*own[0], **own[1]))
        return make(result, [*given, *named.values()])

    return instead


def settled(result):
    """A result; of a generator all that it gives."""
    return list(result) if isinstance(result, types.GeneratorType) else result


def recorded(item, seed, assignment):
    """What each function gave, call by call, when an item was checked with another seed."""
    calls, names = {}, namespace(assignment)
    inputs = draw(item, seed)
    if item.cache:
        inputs["cache"] = eval(item.cache, dict(names), dict(inputs))[1]
    for answer in assignment.answers.values():
        for blank in answer.blanks:
            owner, _, method = blank.partition(".")
            known = names[owner]
            if not method:
                names[owner] = recorder(blank, known, calls)
            else:
                setattr(known, method, recorder(blank, getattr(known, method), calls))
    run(program_of(item, inputs, own_cache=False), names)
    return calls


def recorder(name, function, calls):
    def instead(*given, **named):
        result = settled(function(*given, **named))
        calls.setdefault(name, []).append(copy.deepcopy(result))
        return result

    return instead


# ---------------------------------------------------------------- results of the same form


def mapped(result, change):
    """A result with every array, number and text in it changed."""
    if isinstance(result, dict):
        return {key: mapped(value, change) for key, value in result.items()}
    if isinstance(result, tuple):
        values = [mapped(value, change) for value in result]
        return type(result)(*values) if hasattr(result, "_fields") else tuple(values)
    if isinstance(result, (np.ndarray, np.generic, int, float, complex, str, list)):
        return change(result)
    if callable(result):  # such as an update rule: what it gives is changed when it is called
        return lambda *given, **named: mapped(result(*given, **named), change)
    return result


def filled(result, value):
    """Zeros or ones in the result's form; its texts and lists without what took work to find."""

    def change(old):
        if isinstance(old, (str, list)):
            return type(old)()
        new = np.full_like(np.asarray(old), value)
        return new if isinstance(old, np.ndarray) else new.item()

    return mapped(result, change)


def nones(result):
    return tuple(None for _ in result) if isinstance(result, tuple) else [None]


def inputs_like(result, given):
    """Each array replaced by an input of its shape, where there is one."""
    arrays = [np.array(value) for value in given if isinstance(value, np.ndarray)]

    def change(old):
        fitting = [] if isinstance(old, (str, list)) else arrays
        fitting = [array for array in fitting if array.shape == np.shape(old)]
        return fitting[0] if fitting else filled(old, 0)

    return mapped(result, change)
