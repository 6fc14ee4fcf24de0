"""Exceptions in the learner's code, told in sentences."""

import ast
import difflib
import linecache
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course.checks.spec import SPECS, WrongKind

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
    meaning: str = ""

    @property
    def method(self):
        """In which function, or method of a class, it happened."""
        returned = re.search(r"(\w+)(\([^)]*\))?`? returned", self.reason)
        if self.kind == "returned" and returned:
            return returned[1]
        return self.line.partition(" of ")[2].partition(":")[0]

    @property
    def says_it_all(self):
        """Is there no need to look for what is behind it?"""
        of_call = self.kind == "TypeError" and not self.line
        nothing = self.kind == "returned" and "returned None" in self.reason
        return (
            self.kind in ("NameError", "UnboundLocalError", "RecursionError") or of_call or nothing
        )


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
    dot = re.search(r"not aligned: (\d+) \(dim \d+\) != (\d+) \(dim \d+\)", reason)
    if inner or dot:
        left, right = dot.groups() if dot else inner.groups()[::-1]
        reason = f"a matrix product of rows of length {left} with columns of length {right}."
    reason = f"{type(error).__name__}: {reason}"
    told = reason + advice(error, frame)
    return Trouble(
        type(error).__name__,
        told,
        line,
        shapes(line, frame),
        family(error),
        " ".join(
            filter(
                None,
                (
                    unpacked(error, line) or meaning(error) or nones(error, line, frame),
                    next(filter(None, (rows_taken(*one) for one in lines_of(error))), ""),
                ),
            )
        ),
    )


FAMILIES = {  # what stands in the messages of NumPy and Python
    "product": r"matmul|not aligned|shape-mismatch for sum|inconsistent with|einsum",
    "broadcast": r"could not be broadcast|operands could not|non-broadcastable",
    "assignment": r"could not broadcast input array|setting an array element",
    "reshape": r"cannot reshape|axes don't match|into shape",
    "index": r"out of bounds|too many indices|out of range|shape mismatch: indexing",
    "division": r"division by zero|modulo by zero",
    "unpack": r"values to unpack|cannot unpack",
}


def family(error):
    """Which operation an exception comes from; empty when it is not one of the usual ones."""
    text = str(error)
    return next((name for name, words in FAMILIES.items() if re.search(words, text)), "")


NUDGES = {
    "product": "Write both shapes under each other: which two axes does a product sum over?",
    "broadcast": "Write both shapes under each other, the last axes in line. Which pair differs?",
    "assignment": "Which shape has the place that you write to, and which what you put there?",
    "reshape": "How many numbers are there, and how many does the new shape hold?",
    "index": "Which is the largest index that this axis has, and when do you go beyond it?",
    "division": "When can that be 0, and what should come out then?",
    "unpack": "Where was it put together: how many parts, in which order? And on the first call?",
}


def nudge_for(trouble):
    """The first hint after an exception: what to look at, by the operation it comes from."""
    if trouble.kind == "returned":
        return "What should come back, and what does your last line hand back?"
    return NUDGES.get(trouble.family, "")


SHAPE = r"\((\d+(?:,\s?\d*)*)\)"


def meaning(error):
    """What NumPy's sentence means, in the numbers of this call; "" where it says it all."""
    text = str(error)
    if found := re.search(rf"cannot reshape array of size (\d+) into shape {SHAPE}", text):
        holds = int(np.prod([int(n) for n in re.findall(r"\d+", found[2])]))
        return f"There are {found[1]} numbers; the shape that you ask for has room for {holds}."
    if found := re.search(r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)", text):
        holds = f"has the indices 0 to {int(found[3]) - 1}" if int(found[3]) else "is empty"
        return f"Axis {found[2]} {holds}; your code asks for {found[1]}."
    if found := re.search(r"(too many|not enough) values to unpack", text):
        side = "more" if found[1] == "too many" else "fewer"
        return (
            f"There are {side} parts than names to take them. (A single array is taken apart row "
            "by row.)"
        )
    if "truth value of an array" in text:
        return "`if`, `and` and `not` want one True or False; here stands an array of several."
    if "setting an array element with a sequence" in text:
        return "The place that you write to takes one number; what you put there is a whole array."
    if isinstance(error, KeyError) and error.args:
        return f"There is no entry {error.args[0]!r}."
    if found := re.search(rf"could not broadcast input array from shape {SHAPE} into shape {SHAPE}",
                          text):  # fmt: skip
        return f"What you put in has shape ({found[1]}), the place it goes to ({found[2]})."
    if found := re.search(rf"operands could not be broadcast together with shapes {SHAPE} {SHAPE}",
                          text):  # fmt: skip
        return unlike(*(tuple(map(int, re.findall(r"\d+", found[k]))) for k in (1, 2)))
    return ""


def nones(error, line, frame):
    """Which names of a line are None, where that is what went wrong."""
    if frame is None or "NoneType" not in str(error):
        return ""
    words = dict.fromkeys(re.findall(r"\b[A-Za-z_]\w*", line.partition(": ")[2]))
    found = [n for n in words if n in frame.f_locals and frame.f_locals[n] is None]
    names = " and ".join(f"`{n}`" for n in found)
    return f"{names} {'is' if len(found) == 1 else 'are'} None here." if found else ""


def unpacked(error, line):
    """How many parts a function of the exercises gives back, where more or fewer names wait."""
    count = re.search(r"values to unpack \(expected (\d+)", str(error))
    call = re.search(r" = (?:\w+\.)?(\w+)\(", line)
    spec = SPECS.get(call[1]) if count and call else None
    if spec is None or not spec.returned:
        return ""
    parts = ast.parse(spec.returned, mode="eval").body
    several = len(parts.elts) if isinstance(parts, ast.Tuple) else 1
    if several == int(count[1]):  # then it is the learner's own that gives back something else
        return ""
    told = f"{several} parts, {spec.returned}" if several > 1 else f"one thing, {spec.returned}"
    return f"`{spec.name}` gives back {told}; there are {count[1]} names for it here."


def rows_taken(line, frame):
    """Was a single array taken apart row by row, as if it were several results?

    ``dout, *rest = f(...)``, where ``f`` gives one array back: the first row goes on as ``dout``.
    """
    found = re.match(r"(\w+), \*(\w+) = ", line.partition("`")[2])
    if frame is None or not found:
        return ""
    first, rest = (frame.f_locals.get(name) for name in found.groups())
    if (
        isinstance(first, np.ndarray)
        and isinstance(rest, list)
        and rest
        and all(isinstance(part, np.ndarray) and part.shape == first.shape for part in rest)
    ):
        return (
            f"In the round before, `{found[1]}` and `{found[2]}` were the rows of a single array: "
            "what came back was no tuple, and was taken apart row by row."
        )
    return ""


def lines_of(error):
    """(line, frame) of each of the learner's functions that an exception went through."""
    trace = error.__traceback__
    while trace is not None:
        if is_learners(trace.tb_frame.f_code.co_filename):
            yield source_line(trace.tb_frame, trace.tb_lineno), trace.tb_frame
        trace = trace.tb_next


def unlike(a, b):
    """Which axes of two shapes do not go together."""
    for k in range(1, min(len(a), len(b)) + 1):
        if a[-k] != b[-k] and 1 not in (a[-k], b[-k]):
            which = "last axis" if k == 1 else f"axis {k} from the end"
            return f"Seen from the end, the {which} is {a[-k]} in one and {b[-k]} in the other."
    return ""


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
    if filename.startswith("<frozen") or "-packages" in filename or filename.endswith(".pyx"):
        return False  # compiled libraries name their source by the path that it had when built
    library = os.path.dirname(os.__file__)
    ours = (str(HERE / "course"), str(HERE / "scratch"))
    real = filename if filename.startswith("<") else os.path.realpath(filename)
    return not (filename.startswith(library) or real.startswith((library, *ours)))


def source_line(frame, number):
    text = linecache.getline(frame.f_code.co_filename, number).strip()
    while frame.f_code.co_name.startswith("<") and frame.f_back is not None:
        if not is_learners(frame.f_back.f_code.co_filename):
            break
        frame = frame.f_back  # around a comprehension or a lambda
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


def like(name, frame):
    """Names that a misspelt one may stand for: of the function, else of the notebook or Python."""
    near = difflib.get_close_matches(name, [n for n in frame.f_locals if n != name], 2, 0.6)
    ours = [n for n in (*frame.f_globals, *frame.f_builtins) if n != name and n[0] not in "_."]
    return near or difflib.get_close_matches(name, ours, 2, 0.8)


def advice(error, frame):
    """What a learner could look at, for the commonest exceptions."""
    if isinstance(error, NameError) and frame is not None:
        if isinstance(error, UnboundLocalError):
            return ". It is read before the line that sets it has run."
        name = getattr(error, "name", None) or "".join(re.findall(r"'(\w+)'", str(error))[:1])
        near = like(name, frame)
        return f". Did you mean {' or '.join(near[:2])}?" if near else "."
    if isinstance(error, TypeError) and re.search("unexpected keyword|positional arg", str(error)):
        if frame is None:  # the check's own call
            return ". Keep the signature of the stub: the check passes the options by name."
        return ". The call and the first line of that function do not fit together."
    if isinstance(error, RecursionError):
        return ". The function calls itself without end."
    if isinstance(error, (TypeError, AttributeError)) and "NoneType" in str(error):
        return ". Something is None: a function without `return`, or an argument that may be None."
    return ""
