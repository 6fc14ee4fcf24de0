"""The learner's function run once while somebody looks on: which shapes its arrays have."""

import contextlib
import sys

import numpy as np

from course.checks.spec import own
from course.checks.wording import Facts


def facts_of(spec, function, nodes, case, forward, expected):
    """``Facts`` on the arrays of a function and of its helpers, whose ``nodes`` these are."""
    shapes, numbers, names = {}, set(), {node.name for node in nodes}

    def look(frame, event, _):
        if event == "return" and frame.f_code.co_name in names:
            for name, part in frame.f_locals.items():
                if isinstance(part, np.ndarray):
                    shapes[frame.f_code.co_name, name] = part.shape
                elif isinstance(part, int):
                    numbers.add((frame.f_code.co_name, name))

    with contextlib.suppress(Exception, SystemExit):
        args, options = spec.prepare(case, forward)
        call = spec.adapt(function)
        before = sys.getprofile()
        sys.setprofile(look)
        try:
            call(*own(args), **options)
        finally:
            sys.setprofile(before)
    return Facts(spec.axes_of, sizes_of(spec, case, expected), shapes, numbers, nodes[0])


def sizes_of(spec, case, expected):
    """The length of each axis that has a letter, in one case."""
    arrays = dict(zip(spec.inputs, case.args)) | dict(expected.results or {})
    arrays |= spec.upstream(case) if spec.forward is not None and case.dout is not None else {}
    known = {}
    for name, array in arrays.items():
        letters = spec.axes_of(name)
        if isinstance(array, np.ndarray) and len(letters) == array.ndim:
            known.update((a, n) for a, n in zip(letters, array.shape) if a[0].isupper())
    return known
