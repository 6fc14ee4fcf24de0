"""A pytest plugin around nbval: fenced kernels, tolerant comparison, results kept in memory."""

import os
from dataclasses import dataclass

import nbval.plugin as nbval
import pytest

from course.grade import compare
from course.grade.kernel import FencedKernel, KernelTrouble

TRIES = 2  # checks of one answer that may end in trouble before the rest is not run


@dataclass
class CellRow:
    """What became of one cell."""

    role: str
    name: str
    passed: bool
    printed: str = ""
    error: str = ""  # name of the exception
    message: str = ""
    trouble: str = ""  # the kernel died, or had to be stopped
    seconds: float = 0.0


class GradePlugin:
    """Pass an instance to ``pytest.main``; ``rows`` has a ``CellRow`` for each cell that ran."""

    def __init__(self, session, place):
        self.checks = {check.id: check for check in session.checks}
        self.place, self.rows = place, []
        self.replay = []  # sources to run again in a fresh kernel
        self.troubled = {}  # answer id -> number of checks that ended in trouble
        nbval.RunningKernel = self.new_kernel
        nbval.IPyNbCell.compare_outputs = as_method(self.compare_outputs)

    def new_kernel(self, *_, **__):
        return FencedKernel(self.place)

    # ------------------------------------------------------------ pytest's hooks, in order

    def pytest_collection_finish(self, session):
        """From here on the expected numbers exist in this process only."""
        for path in {item.path for item in session.items}:
            os.unlink(path)

    def pytest_runtest_setup(self, item):
        role, name = role_of(item)
        if reason := self.not_needed(role, name):
            pytest.skip(reason)
        notebook = item.parent
        if notebook.kernel is not None and (notebook.timed_out or not notebook.kernel.is_alive()):
            self.restart(notebook)
        seconds = min(self.seconds(role, name), max(self.place.remaining, 0.1))
        item.config.option.nbval_cell_timeout = seconds

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item):
        item.parent.kernel.allow(item.config.option.nbval_cell_timeout)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        yield
        if call.when == "call" or call.excinfo is not None:
            self.rows.append(self.row(item, call))

    # ------------------------------------------------------------ what they need

    def not_needed(self, role, name):
        """Why a check is not run; empty for one that is."""
        if role not in ("check", "retry"):
            return ""
        check = self.checks[name]
        if self.place.remaining < 0:
            return "the time for the whole notebook was up"
        if any(self.troubled.get(answer, 0) >= TRIES for answer in check.answers):
            return "earlier checks of this function did not come to an end"
        if role == "check" and any(self.troubled.get(answer) for answer in check.leans_on):
            return "the forward pass did not come to an end"
        if role == "retry" and any(row.name == name and row.passed for row in self.rows):
            return "passed already"
        return ""

    def seconds(self, role, name):
        own = self.checks[name].timeout if role in ("check", "retry") else None
        return own or self.place.limits.cell_timeout

    def restart(self, notebook):
        """A fresh kernel with everything that had run, so that a crash costs only itself."""
        notebook.kernel.watchdog.stop()
        if hasattr(notebook.kernel, "km"):
            notebook.kernel.stop()
        notebook.kernel, notebook.timed_out = self.new_kernel(), False
        for text in self.replay:
            seconds = self.place.limits.cell_timeout
            notebook.kernel.allow(seconds)
            message = notebook.kernel.execute_cell_input(text)
            notebook.kernel.await_reply(message, timeout=seconds)
            notebook.kernel.await_idle(message, 5)

    def compare_outputs(self, item, test, reference):
        """nbval's verdict on a check: every number is the reference's."""
        item.comparison_traceback = ["the numbers differ"]
        check = self.checks[role_of(item)[1]]
        printed = stdout(test)
        return all(compare.right(n, check.expected, printed, check.rtol) for n in check.points)

    def row(self, item, call):
        role, name = role_of(item)
        row = CellRow(role, name, call.excinfo is None, seconds=call.duration)
        outputs = item.test_outputs or []
        row.printed = stdout(outputs)[-200_000:]
        errors = [output for output in outputs if output.output_type == "error"]
        if errors:
            row.error, row.message = str(errors[0].ename), str(errors[0].evalue)
        if call.excinfo is not None:
            row.trouble = trouble(call.excinfo.value, item.parent.timed_out)
        if call.when == "call" and not row.trouble and role != "given":
            self.probe(item.parent, row)
        if not row.trouble and role not in ("check", "retry"):
            self.replay.append(item.cell.source)
        if row.trouble:
            self.remember_trouble(role, name)
        return row

    def probe(self, notebook, row):
        """Code that breaks the kernel for others must not cost the others anything."""
        if not notebook.kernel.is_well():
            notebook.timed_out = True  # a fresh kernel for the next cell
            if row.role not in ("check", "retry"):
                row.trouble = "after this cell no other cell could be run"

    def remember_trouble(self, role, name):
        """Whose fault it may be: of a check that leans on another answer's cache, that answer's."""
        answers = [name]
        if role in ("check", "retry"):
            check = self.checks[name]
            answers = check.leans_on if role == "check" and check.retry else check.answers
        for answer in answers:
            self.troubled[answer] = self.troubled.get(answer, 0) + 1


def as_method(function):
    """A function that does not know its class, as a method of nbval's cells."""

    def compare_outputs(item, test, reference, skip_compare=None):
        return function(item, test, reference)

    return compare_outputs


def role_of(item):
    course = item.cell.metadata.get("course", {})
    return course.get("role", ""), course.get("name", "")


def stdout(outputs):
    texts = [o.text for o in outputs if o.output_type == "stream" and o.get("name") == "stdout"]
    return "".join(texts)


def trouble(error, timed_out):
    """What happened to the kernel, if that is why a cell failed."""
    if isinstance(error, KernelTrouble):
        return str(error)
    if isinstance(error, pytest.skip.Exception):
        return ""
    if timed_out:
        return "the time for this cell was up"
    if not isinstance(error, nbval.NbCellError):
        return "the kernel died"
    return ""
