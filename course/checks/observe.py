"""Run the learner's function on a case and note all that happened, whatever happens."""

import contextlib
import io
import linecache
import random
import warnings
from dataclasses import dataclass, field, replace

import numpy as np

from course.checks.trouble import Trouble, explain, is_learners


@dataclass(frozen=True)
class Observation:
    """What a function did with one case: results by name, or the trouble that it ran into.

    ``changed`` names the inputs that it wrote into; ``repeatable`` is False when the same call gave
    other results after a call with other inputs, or when that call changed the first results.
    ``cause`` is NumPy's first warning, such as "overflow encountered in exp": it tells one NaN from
    another. ``global_random`` says that the global random state was used, ``printed`` is what the
    first call printed.
    """

    results: dict | None = None
    trouble: Trouble | None = None
    changed: tuple[str, ...] = ()
    repeatable: bool = True
    cause: str = ""
    cause_at: str = field(default="", compare=False)  # the line that NumPy warned of
    global_random: bool = False
    missing: tuple[str, ...] = ()  # methods of a class that are not written yet
    printed: str = field(default="", compare=False)


def observe(spec, function, case, forward=None):
    """Call ``function`` on ``case``, twice, with another call in between: -> ``Observation``."""
    first, returned = first_call(spec, function, case, forward)
    if first.trouble is not None or first.changed:
        return first
    with quiet()[0]:
        try:
            call = spec.adapt(function)
            args, options = spec.prepare(case, forward)
            with contextlib.suppress(Exception):
                other, _ = spec.prepare(disturbed(case), forward)
                call(*other, **options)
            kept = spec.unpack(returned)  # what came back first must not change later
            again = spec.unpack(call(*args, **options))
        except (Exception, KeyboardInterrupt, SystemExit) as error:
            return replace(first, results=None, trouble=explain(error, function))
    pairs = [(first.results[k], other.get(k)) for other in (kept, again) for k in first.results]
    return replace(first, repeatable=all(equal(a, b) for a, b in pairs))


def glimpse(spec, function, case, forward=None):
    """Call ``function`` on ``case`` once: -> ``Observation``."""
    return first_call(spec, function, case, forward)[0]


def first_call(spec, function, case, forward):
    """-> (``Observation`` of one call, what came back)."""
    results = trouble = returned = None
    changed, state = (), random_state()
    context, heard, said = quiet()
    with context:
        try:
            call = spec.adapt(function)
            args, options = spec.prepare(case, forward)
            before = frozen(args)
            try:
                returned = call(*args, **options)
            finally:
                changed = changed_names(spec, args, before)
            results = spec.unpack(returned)
        except (Exception, KeyboardInterrupt, SystemExit) as error:
            trouble = explain(error, function)
    warned = [w for w in heard if issubclass(w.category, RuntimeWarning)]
    cause = cause_of(str(w.message) for w in warned)
    missing = getattr(returned, "missing", ())
    drawn = random_state() != state
    seen = Observation(results, trouble, changed, True, cause, line_of(warned), drawn, missing)
    return replace(seen, printed=said.getvalue()), returned


def line_of(warned):
    """The learner's line at which numbers first went wrong; "" where it was in a library's."""
    first = next((w for w in warned if "encountered" in str(w.message)), None)
    if first is None or not is_learners(first.filename):
        return ""
    return linecache.getline(first.filename, first.lineno).strip()


def cause_of(warned):
    """The first sentence of NumPy about numbers; what it says of freedom or slices comes before."""
    floating = [text.removesuffix(" (vectorized)") for text in warned if "encountered" in text]
    return floating[0] if floating else ""


def quiet():
    """Nothing reaches the learner's page: -> (context, the warnings that came, what was printed).

    The check says what is wrong; of what the function prints, one call is shown.
    """
    said, stack = io.StringIO(), contextlib.ExitStack()
    heard = stack.enter_context(warnings.catch_warnings(record=True))
    warnings.simplefilter("always")
    stack.enter_context(np.errstate(all="warn", under="ignore"))
    stack.enter_context(contextlib.redirect_stdout(said))
    return stack, heard, said


def random_state():
    """A digest of the global generators, which no function here may draw from."""
    state = np.random.get_state()  # noqa: NPY002
    return hash(state[1].tobytes()), state[2], hash(random.getstate())


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
            largest = np.abs(b[np.isfinite(b)]).max(initial=0)  # its rounding, elsewhere as well
            return bool(np.allclose(a, b, rtol=1e-12, atol=1e-15 * largest, equal_nan=True))
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
    return [spec.dout] if len(args) == 2 else [f"d{name}" for name in spec.forward.results]


def disturbed(case):
    """Another case of the same shapes: what a function must not remember."""

    def other(part):
        if isinstance(part, tuple):
            return tuple(map(other, part))
        is_float = isinstance(part, np.ndarray) and part.dtype.kind == "f"
        return -0.5 * part if is_float else part

    return replace(case, args=tuple(map(other, case.args)), dout=other(case.dout))
