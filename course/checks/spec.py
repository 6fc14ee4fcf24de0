"""A check as data: what a function is given, what it has to return, and how to run it."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

SPECS: dict[str, Any] = {}


class WrongKind(Exception):
    """The learner's function returned something of the wrong kind; the message says what."""


@dataclass(frozen=True)
class Case:
    """One input to try: ``tests`` says in a few words what it is there for."""

    tests: str
    args: tuple
    options: dict = field(default_factory=dict)
    dout: Any = None  # the upstream gradient of a layer's backward; a tuple, one for each output
    hidden: bool = False  # hidden cases are left out of what grading shows to learners


@dataclass(frozen=True)
class Hints:
    """Three degrees of help for one result: a nudge, the shapes involved, the formula."""

    nudge: str
    shapes: str
    formula: str


@dataclass(frozen=True)
class Seed:
    """Stands for a random generator among the options of a case: each call gets a fresh one."""

    number: int

    def __repr__(self):
        return f"default_rng({self.number})"


def fresh(options):
    """The options of a case as a function is called with them."""
    made = {k: np.random.default_rng(v.number) for k, v in options.items() if isinstance(v, Seed)}
    return {**options, **made}


def as_it_is(function):
    """What most functions need to be judged: nothing."""
    return function


@dataclass(frozen=True)
class Spec:
    """All that is known about one function of an exercise.

    ``inputs`` names the arguments in order, ``results`` the arrays that come back with the letters
    of their axes. ``make_cases(rng)`` yields the cases. ``forward`` is the spec of the forward
    function, for a backward one. ``adapt(function)`` turns what is checked (an update rule, a
    class) into a plain function of the case's arrays that returns the results; of a backward it
    also gets the ``case`` and the ``forward``, by these names. Where it hides what comes back,
    ``told`` says it for the stub.
    """

    name: str
    reference: Callable
    inputs: tuple[str, ...]
    results: dict[str, str]
    make_cases: Callable[[np.random.Generator], Iterable[Case]]
    section: str
    hints: dict[str, Hints] = field(default_factory=dict)
    returns: str = "results"  # or "out, cache" (a layer's forward), "gradients", "named" (a dict)
    forward: "Spec | None" = None
    tolerance: float | None = None  # relative; by default that of the dtype
    axes: dict[str, str] = field(default_factory=dict)  # of the inputs, as in ``results``
    adapt: Callable[[Callable], Callable] = as_it_is
    told: str = ""

    @property
    def returned(self):
        """What the function returns, in order; of what is adapted, what is ``told``."""
        if self.told or self.adapt is not as_it_is or self.returns == "named":
            return self.told
        return self.out_and_cache if self.returns == "out, cache" else ", ".join(self.results)

    def axes_of(self, name):
        """The letters of the axes of an input or a result; none where they are not known."""
        if self.forward is not None:
            first = next(iter(self.forward.results.values()))
            known = {**self.forward.axes, "dout": first, self.dout: first, **self.results}
        else:
            known = {**self.axes, **self.results}
        return known.get(name, "").split()

    def defaults(self):
        """The options of the function (of the forward, for a backward) and their usual values."""
        function = self.reference if self.forward is None else self.forward.reference
        parameters = inspect.signature(function).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}

    def cases(self, seed=0, *, hidden=True):
        """Fresh cases, all drawn from ``seed``; with ``hidden=False`` only the public ones."""
        made = apart(self.make_cases(np.random.default_rng(seed)))
        return [case for case in made if hidden or not case.hidden]

    def prepare(self, case, forward=None):
        """What the function is called with: -> (args, options)."""
        if self.forward is None:
            return case.args, fresh(case.options)
        forward = self.forward.reference if forward is None else forward
        returned = forward(*case.args, **fresh(case.options))
        if not (isinstance(returned, tuple) and len(returned) == 1 + len(self.forward.results)):
            raise WrongKind(f"{self.forward.name} must return `{self.forward.out_and_cache}`")
        upstream = case.dout if isinstance(case.dout, tuple) else (case.dout,)
        whole = {} if self.adapt is as_it_is else {"case": case, "forward": forward}
        return (*upstream, returned[-1]), whole

    @property
    def out_and_cache(self):
        """What a layer's forward returns, in words: "out, cache", or "next_h, next_c, cache"."""
        return f"{'out' if len(self.results) == 1 else ', '.join(self.results)}, cache"

    def unpack(self, returned):
        """What came back as a dict of arrays by name (None where None came)."""
        if self.returns == "named" and isinstance(returned, dict):
            return {name: as_array(name, part) for name, part in returned.items()}
        if self.returns == "out, cache":
            if not (isinstance(returned, tuple) and len(returned) == 1 + len(self.results)):
                came = kind(returned)
                raise WrongKind(f"{self.name} returned {came}, expected `{self.out_and_cache}`.")
            returned = returned[:-1]
        elif len(self.results) == 1:
            returned = returned if isinstance(returned, tuple) else (returned,)
        names = ", ".join(self.results)
        if not isinstance(returned, tuple):
            raise WrongKind(f"{self.name} returned {kind(returned)}, expected `{names}`.")
        if len(returned) != len(self.results):
            raise WrongKind(f"{self.name} returned {len(returned)} results, expected `{names}`.")
        return {name: as_array(name, part) for name, part in zip(self.results, returned)}

    def upstream(self, case):
        """The upstream gradients of a case by name: ``dout``, or one for each output."""
        if not isinstance(case.dout, tuple):
            return {self.dout: case.dout}
        return {f"d{name}": dout for name, dout in zip(self.forward.results, case.dout)}

    @cached_property
    def dout(self):
        """How a backward's signature calls its one upstream gradient, ``dh`` for example."""
        first = next(iter(inspect.signature(self.reference).parameters), "dout")
        return first if first.startswith("d") and self.adapt is as_it_is else "dout"

    def outputs(self, function, case, forward=None):
        """The results of ``function`` on a case, ``[(name, array or None), ...]``, for grading.

        Nothing is compared and nothing is caught.
        """
        args, options = self.prepare(case, forward)
        return list(self.unpack(self.adapt(function)(*args, **options)).items())

    def describe(self, case):
        """The case's inputs in one line: small arrays in full, else shapes."""
        parts = [describe_array(name, arg) for name, arg in zip(self.inputs, case.args)]
        for name, value in case.options.items():
            parts.append(f"{name}={value.__name__ if callable(value) else value}")
        if self.forward is not None:
            parts += [describe_array(*pair) for pair in self.upstream(case).items()]
        return ", ".join(part for part in parts if part)


def apart(cases):
    """The same cases with arrays of their own: a learner may write into what is handed in.

    No array is another one's, nor one that a module keeps for the next time.
    """
    for case in cases:
        yield replace(case, args=own(case.args), dout=own(case.dout))


def own(part):
    """Copies of all arrays in ``part``, laid out in memory as they were."""
    if isinstance(part, dict):
        return {name: own(value) for name, value in part.items()}
    if type(part) in (tuple, list):
        return type(part)(map(own, part))
    if not isinstance(part, np.ndarray):
        return part
    return part.copy(order="K") if part.flags.forc else gappy(part)


def as_array(name, part):
    """A copy of one result; anything that is not numbers is a mistake."""
    if part is None:
        return None
    if isinstance(part, (list, tuple)):
        raise WrongKind(f"{name} is {kind(part)}, expected an array.")
    array = np.array(part)
    if array.dtype.kind not in "biufU":
        came = f"of dtype {array.dtype}" if isinstance(part, np.ndarray) else kind(part)
        raise WrongKind(f"{name} is {came}, expected real numbers.")
    return array


def kind(value):
    """What ``value`` is, in words that fit after "returned"."""
    if value is None:
        return "None (is there a `return` at the end?)"
    if isinstance(value, tuple):
        return f"{len(value)} results"
    if isinstance(value, np.ndarray):
        return "a single array"
    if callable(value):
        return "a function"
    article = "an" if type(value).__name__[0] in "aeio" else "a"
    return f"{article} {type(value).__name__}"


def describe_array(name, array):
    if array is None:
        return f"no {name}"
    if callable(array):
        return f"{name} = {array.__name__}"
    if isinstance(array, tuple) and all(isinstance(part, np.ndarray) for part in array):
        return f"{name}: {len(array)} arrays {array[0].shape}"
    if isinstance(array, tuple):
        return f"{name} = {array}"
    if not isinstance(array, np.ndarray):
        return f"{name}={array!r}" if isinstance(array, (int, float, str)) else ""
    if array.size <= 9:
        return f"{name} = {compact(array)}"
    return f"{name} {array.shape}" + (" float32" if array.dtype == np.float32 else "")


def compact(array):
    """A small array in one line; leading axes of length 1 are told by the shape."""
    values = np.round(array.astype(float), 3) if array.dtype.kind == "f" else array
    inner = values.reshape(values.shape[-2:]) if values.ndim > 2 and outer(values) == 1 else values
    text = str(inner.tolist()).replace(".0,", ",").replace(".0]", "]").removesuffix(".0")
    return text if inner is values else f"{text} of shape {array.shape}"


def outer(array):
    return int(np.prod(array.shape[:-2]))


def register(spec):
    """Make a spec known under its name, so that ``check`` finds it: -> the spec."""
    SPECS[spec.name] = spec
    return spec


def with_upstream(cases, forward, rng):
    """The cases for a backward: give each an upstream gradient of the right shape, if it lacks one.

    Ones would hide mistakes, so it is drawn at random, in the dtype of the output.
    """
    for case in cases:
        if case.dout is None:
            *outs, _ = forward(*case.args, **fresh(case.options))
            douts = tuple(rng.normal(size=out.shape).astype(out.dtype) for out in outs)
            case = replace(case, dout=douts if len(douts) > 1 else douts[0])
        yield case


def fortran(array):
    """The same numbers, laid out in memory with the first axis fastest."""
    return np.asfortranarray(array)


def gappy(array):
    """The same numbers as a view with gaps in memory."""
    return np.repeat(array, 2, axis=-1)[..., ::2]


def single(*arrays):
    """The arrays in float32."""
    return tuple(array.astype(np.float32) for array in arrays)
