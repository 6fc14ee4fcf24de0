"""A grading session: inputs drawn from its seed, and what the reference prints for them.

The reference runs here, in the grader's own process. What goes to a learner's kernel is the source
of each check, which holds inputs only.
"""

import ast
import base64
import contextlib
import hashlib
import io
import json
import pickle
import secrets
import sys
import textwrap
import types
import warnings
import zlib
from dataclasses import asdict, dataclass, field

import numpy as np

from course.grade import tools, wrong
from course.grade.library import library
from course.grade.syntax import fingerprint


class SessionError(Exception):
    """The reference itself does not pass: a fault of the assignment, never of a learner."""


@dataclass(frozen=True)
class Check:
    """One graded check: what runs in the kernel, and what only the grader knows."""

    id: str
    title: str
    answers: list
    hidden: bool
    training: bool
    section: str
    points: dict
    rtol: float
    timeout: float | None
    source: str
    retry: str  # with the reference's cache instead of the learner's; empty where there is none
    leans_on: list  # answers that the learner's cache comes from
    expected: str
    needs: dict = field(default_factory=dict)  # result -> what must be right for it to count
    wrongs: list = field(default_factory=list)  # {"id", "title", "section", "printed"}


@dataclass(frozen=True)
class Session:
    """All that it takes to grade one submission, as plain data: it can travel to other machines."""

    assignment: str
    title: str
    seed: int
    digest: str
    cells: list  # {"id", "source", "answer"}
    answers: dict  # id -> {"cell_id", "names", "stub", "solution"}
    official: list
    checks: list
    library: dict
    release: dict = field(default_factory=dict)  # what a notebook of today says of itself

    @property
    def total(self):
        total = sum(sum(check.points.values()) for check in self.checks)
        return round(total, 4)  # as a score is rounded

    def to_json(self):
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text):
        data = json.loads(text)
        return cls(**{**data, "checks": [Check(**check) for check in data["checks"]]})


def new_seed():
    """A seed that nobody can know beforehand."""
    return secrets.randbelow(2**31)


def prepare(assignment, seed, *, diagnose=True):
    """Draw the inputs and let the reference (and the known wrong versions) print their numbers."""
    sys.modules["graded"] = tools
    files = library(assignment)
    digest = hashlib.sha256(json.dumps([assignment.digest, files], sort_keys=True).encode())
    return Session(
        assignment=assignment.name,
        title=assignment.title,
        seed=seed,
        digest=digest.hexdigest()[:16],
        cells=[asdict(cell) for cell in assignment.cells],
        answers={
            answer.id: {
                "cell_id": answer.cell_id,
                "names": list(answer.names),
                "stub": answer.stub,
                "solution": fingerprint(answer.solution)["digest"],
            }
            for answer in assignment.answers.values()
        },
        official=sorted(assignment.official),
        checks=make_checks(assignment, seed, diagnose),
        library=files,
        release=assignment.release,
    )


def make_checks(assignment, seed, diagnose):
    reference = namespace(assignment)
    wrongs = {
        answer.id: [
            (known, namespace(assignment, {answer.id: known.source}))
            for known in (wrong.implementations(answer, assignment) if diagnose else [])
        ]
        for answer in assignment.answers.values()
    }
    return [make_check(item, seed, reference, wrongs) for item in assignment.rubric.items]


def make_check(item, seed, reference, wrongs):
    inputs = draw(item, seed)
    source, retry = program_of(item, inputs), ""
    if item.cache:
        _, cache = eval(item.cache, dict(reference), dict(inputs))
        retry = program_of(item, {**inputs, "cache": cache}, own_cache=False)
    expected, error = run(retry or source, reference)
    if error is not None:
        raise SessionError(f"the reference fails in {item.id!r}: {type(error).__name__}: {error}")
    known = [] if item.training else [pair for a in item.answers for pair in wrongs.get(a, [])]
    return Check(
        id=item.id,
        title=item.title or item.id.replace("-", " "),
        answers=list(item.answers),
        hidden=item.hidden,
        training=item.training,
        section=item.section,
        points=item.points,
        rtol=item.rtol,
        timeout=item.timeout,
        source=source,
        retry=retry,
        leans_on=[answer for answer in wrongs if answer.split("-")[0] in names_used(item.cache)],
        expected=expected,
        needs={name: list(others) for name, others in item.needs.items()},
        wrongs=[
            {"id": w.id, "title": w.title, "section": w.section, "printed": run(source, names)[0]}
            for w, names in known
        ],
    )


def names_used(code):
    return {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}


def namespace(assignment, replaced=None):
    """The official notebook's names, with the reference's answers or some replaced ones."""
    names = {"__name__": "__graded__"}
    for cell in assignment.cells:
        text = cell.source
        if cell.answer:
            text = (replaced or {}).get(cell.answer) or assignment.answers[cell.answer].solution
        try:
            exec(compile(text, f"<{cell.id}>", "exec"), names)
        except Exception as error:
            raise SessionError(f"cell {cell.id!r}: {type(error).__name__}: {error}") from error
    return names


def run(text, names):
    """What a check prints with these names, and the error that it ended in (or None)."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # wrong code may deserve them; the grader's reader does not
        try:
            exec(text, dict(names))
        except Exception as error:
            return said.getvalue(), error
    return said.getvalue(), None


def draw(item, seed):
    """The inputs of an item: everything that its ``inputs`` names."""
    rng = np.random.default_rng([seed, zlib.crc32(item.id.encode())])
    given = {
        "np": np,
        "rng": rng,
        "normal": lambda *shape: rng.normal(size=shape),
        "integers": lambda high, *shape: rng.integers(high, size=shape),
    }
    names = dict(given)
    exec(item.inputs, names)
    drop = {"__builtins__", *given}
    modules = (types.ModuleType, types.FunctionType)
    return {k: v for k, v in names.items() if k not in drop and not isinstance(v, modules)}


def program_of(item, inputs, *, own_cache=True):
    """The check as it runs in the learner's kernel, with its inputs inside."""
    own = [f"_, cache = {item.cache.strip()}"] if item.cache and own_cache else []
    shown = ", ".join(f"{name}={name}" for name in item.points)
    body = "\n".join([*own, item.run.strip(), f"graded.show({shown})"])
    return (
        f"# CHECK {item.id}\nimport graded\n\n\n"
        f"def _check({', '.join(inputs)}):\n{textwrap.indent(body, '    ')}\n\n\n"
        f"_check(*graded.unpack({pack(tuple(inputs.values()))!r}))"
    )


def pack(value):
    return base64.b64encode(pickle.dumps(value, protocol=4)).decode()
