"""Checks that teach: is the learner's function right, and if not, what is wrong with it?

    from course.checks import check
    check(conv_backward)

A check is looked up by the function's name and is written once, as data (a ``Spec``): inputs to
try, the reference, hints, the section to read. To add one for a function of your own exercise:

    from course.checks import Case, Hints, Spec, register

    def mean_cases(rng):
        yield Case("three numbers, by hand", (np.array([1.0, 2, 6]),))
        yield Case("random numbers", (rng.normal(size=7),))

    register(Spec(name="mean", reference=np.mean, inputs=("x",), results={"mean": ""},
                  make_cases=mean_cases, section="sec:training",
                  hints={"mean": Hints("How many numbers?", "x is (K,).", "sum of x over K.")}))

Put it into the ``spec.py`` of a topic, see ``course.topics``. The same specs give inputs and
numbers to compare: ``spec("conv_backward").cases(seed)`` and ``.outputs(function, case)``.
"""

import difflib
import os

from course.checks.judge import judge
from course.checks.message import UNWRITTEN, WRONG, Report
from course.checks.newest import follow_cells, stale
from course.checks.spec import SPECS, Case, Hints, Spec, WrongKind, register
from course.notebooks.progress import goal, record
from course.notebooks.watch import watch_training
from course.topics import load_specs

__all__ = [
    "SPECS", "Case", "Hints", "Report", "Spec", "WrongKind", "check", "goal", "register", "spec"
]  # fmt: skip

load_specs()
follow_cells()
watch_training()  # whoever checks, trains: let it be seen


def spec(name):
    """The spec of the function called ``name``."""
    return SPECS[name]


def check(function, name=None, *, forward=None):
    """Say whether ``function`` is right: -> a ``Report``, which a notebook shows.

    ``name`` says what to check it as, if it is called something else. A backward function is given
    the cache of ``forward``: by default the learner's own, defined beside it, else the reference.
    """
    name = getattr(function, "__name__", str(function)) if name is None else name
    if name not in SPECS:
        near = difflib.get_close_matches(name, SPECS, 2)
        known = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(SPECS)}."
        return Report(name, WRONG, f"There is no check for `{name}`. {known}")
    if not callable(function):
        return Report(name, WRONG, f"This is a {type(function).__name__}, not a function.")
    if older := stale(function, name):
        return Report(name, WRONG, f"{older} Mend the cell and run it again.")
    report = judge(SPECS[name], function, forward)
    if report.verdict != UNWRITTEN:
        record(name, report.passed)
    if os.environ.get("NBGRADER_EXECUTION") and not report:
        raise AssertionError(str(report))  # by this nbgrader knows that a check has failed
    return report
