"""Exceptions in the learner's code, told in sentences."""

import difflib
import linecache
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course.checks.spec import WrongKind

HERE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Trouble:
    """An exception, told in sentences: what happened, and in which line of the learner's code.

    ``family`` is what went wrong in it ("product", "broadcast", "index" ...): two exceptions of one
    type and one family may have the same cause.
    """

    kind: str  # "unwritten", "returned", "stopped" or the name of the exception
    reason: str
    line: str = ""
    shapes: str = ""
    family: str = ""


def explain(error, function):
    """Turn an exception into sentences."""
    frame, number = learners_frame(error)
    line = source_line(frame, number) if frame else ""
    if isinstance(error, WrongKind):
        return Trouble("returned", str(error))
    if isinstance(error, KeyboardInterrupt):
        reason = "You stopped it. If it ran for long, look for a loop that does not end."
        return Trouble("stopped", reason, line)
    if isinstance(error, NotImplementedError):
        name = frame.f_code.co_name if frame else function.__name__
        return Trouble("unwritten", name)
    if isinstance(error, SystemExit):
        return Trouble("SystemExit", "the function ended Python (`exit`): return instead.", line)
    reason = re.sub(r"\bat 0x[0-9a-fA-F]+", "", str(error)).strip() or "no further message"
    inner = re.search(r"matmul: .*\(size (\d+) is different from (\d+)\)", reason)
    if inner:
        right, left = inner.groups()
        reason = f"a matrix product of rows of length {left} with columns of length {right}."
    reason = f"{type(error).__name__}: {reason}"
    told = reason + advice(error, frame)
    return Trouble(type(error).__name__, told, line, shapes(line, frame), family(error))


FAMILIES = {  # what stands in the messages of NumPy and Python
    "product": r"matmul|not aligned|shape-mismatch for sum|inconsistent with|einsum",
    "broadcast": r"could not be broadcast|operands could not|non-broadcastable",
    "assignment": r"could not broadcast input array|setting an array element",
    "reshape": r"cannot reshape|axes don't match|into shape",
    "index": r"out of bounds|too many indices|out of range|shape mismatch: indexing",
    "division": r"division by zero|modulo by zero",
}


def family(error):
    """Which operation an exception comes from; empty when it is not one of the usual ones."""
    text = str(error)
    return next((name for name, words in FAMILIES.items() if re.search(words, text)), "")


def learners_frame(error):
    """The innermost frame in code that is neither the course's nor a library's: -> (frame, line).

    Where there is none, for example because ``scratch`` refused the inputs, (None, 0).
    """
    found, number, trace = None, 0, error.__traceback__
    while trace is not None:
        if is_learners(trace.tb_frame.f_code.co_filename):
            found, number = trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next
    return found, number


def is_learners(filename):
    """A cell's or a file of the learner's own, not the course's, ``scratch``'s or a library's."""
    if filename.startswith("<frozen") or "-packages" in filename:
        return False
    library = os.path.dirname(os.__file__)
    ours = (str(HERE / "course"), str(HERE / "scratch"))
    real = filename if filename.startswith("<") else os.path.realpath(filename)
    return not (filename.startswith(library) or real.startswith((library, *ours)))


def source_line(frame, number):
    text = linecache.getline(frame.f_code.co_filename, number).strip()
    first = frame.f_code.co_firstlineno
    where = f"line {number - first + 1} of {frame.f_code.co_name}"
    return f"{where}: `{text}`" if text else where


def shapes(line, frame):
    """Shapes of the arrays that a line names."""
    if frame is None:
        return ""
    names = dict.fromkeys(re.findall(r"\b[A-Za-z_]\w*", line.partition(": ")[2]))
    found = {name: frame.f_locals.get(name) for name in names}
    arrays = [f"{name} {a.shape}" for name, a in found.items() if isinstance(a, np.ndarray)]
    return ", ".join(arrays)


def advice(error, frame):
    """What a learner could look at, for the commonest exceptions."""
    if isinstance(error, NameError) and frame is not None:
        name = getattr(error, "name", None) or "".join(re.findall(r"'(\w+)'", str(error))[:1])
        known = [*frame.f_locals, *frame.f_globals, *frame.f_builtins]
        near = [other for other in difflib.get_close_matches(name, known, 3) if other != name]
        return f". Did you mean {' or '.join(near[:2])}?" if near else "."
    if isinstance(error, TypeError) and "unexpected keyword" in str(error):
        return ". Keep the signature of the stub: the check passes the options by name."
    if isinstance(error, RecursionError):
        return ". The function calls itself without end."
    if isinstance(error, (TypeError, AttributeError)) and "NoneType" in str(error):
        return ". Something is None: a function without `return`, or an argument that may be None."
    return ""
