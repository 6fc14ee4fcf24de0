"""Run the learner's function on a case and note all that happened, whatever happens."""

import contextlib
import difflib
import linecache
import os
import re
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from course.checks.spec import WrongKind

HERE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Trouble:
    """An exception, told in sentences: what happened, and in which line of the learner's code."""

    kind: str  # "unwritten", "returned", "stopped" or the name of the exception
    reason: str
    line: str = ""
    shapes: str = ""


@dataclass(frozen=True)
class Observation:
    """What a function did with one case: results by name, or the trouble that it ran into.

    ``changed`` names the inputs that it wrote into; ``repeatable`` is False when the same call gave
    other results after a call with other inputs, or when that call changed the first results.
    """

    results: dict | None = None
    trouble: Trouble | None = None
    changed: tuple[str, ...] = ()
    repeatable: bool = True


def observe(spec, function, case, forward=None):
    """Call ``function`` on ``case``, twice, with another call in between: -> ``Observation``."""
    try:
        with quiet():
            call = spec.adapt(function)
            args, options = spec.prepare(case, forward)
            before = frozen(args)
            returned = call(*args, **options)
            results = spec.unpack(returned)
            changed = changed_names(spec, args, before)
            if changed:
                return Observation(results, changed=changed)
            args, options = spec.prepare(case, forward)
            with contextlib.suppress(Exception):
                other, _ = spec.prepare(disturbed(case), forward)
                call(*other, **options)
            kept = spec.unpack(returned)  # what came back first must not change later
            again = spec.unpack(call(*args, **options))
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        return Observation(trouble=explain(error, function))
    same = all(equal(results[k], again[k]) and equal(results[k], kept[k]) for k in results)
    return Observation(results, repeatable=same)


@contextlib.contextmanager
def quiet():
    """No warnings of NumPy's on the learner's page: the check says what is wrong."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def frozen(thing):
    """Copies of all arrays in ``thing``, however they are nested."""
    if isinstance(thing, np.ndarray):
        return thing.copy()
    if isinstance(thing, dict):
        return {key: frozen(part) for key, part in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [frozen(part) for part in thing]
    return None


def equal(a, b):
    """Are two (nested) things of arrays the same, number by number?"""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.shape != b.shape:
            return False
        if a.dtype.kind in "fc":
            return bool(np.allclose(a, b, rtol=1e-12, atol=0, equal_nan=True))
        return np.array_equal(a, b)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(equal, a, b))
    return isinstance(a, np.ndarray) == isinstance(b, np.ndarray)


def changed_names(spec, args, before):
    names = spec.inputs if spec.forward is None else (*upstream_names(spec, args), "the cache")
    pairs = zip(names, args, before)
    return tuple(name for name, now, then in pairs if not equal(frozen(now), then))


def upstream_names(spec, args):
    """How the upstream gradients are called that a backward was given."""
    return ["dout"] if len(args) == 2 else [f"d{name}" for name in spec.forward.results]


def disturbed(case):
    """Another case of the same shapes: what a function must not remember."""

    def other(part):
        if isinstance(part, tuple):
            return tuple(map(other, part))
        is_float = isinstance(part, np.ndarray) and part.dtype.kind == "f"
        return -0.5 * part if is_float else part

    return replace(case, args=tuple(map(other, case.args)), dout=other(case.dout))


# ---------------------------------------------------------------- exceptions


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
    return Trouble(type(error).__name__, reason + advice(error, frame), line, shapes(line, frame))


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
    if filename.startswith("<frozen") or "-packages" in filename:
        return False
    library = os.path.dirname(os.__file__)
    ours = (str(HERE / "course"), str(HERE / "scratch"))
    return not filename.startswith((library, *ours))


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
