"""The rubric: what is graded and for how many points, as data beside the exercise's template.

``book/exercises/NN_name.rubric.yml`` holds a list of items:

    withhold: [layers.cross_entropy]     # besides the answers: absent from the graded kernel
    forgive: ["*-float64"]               # known mistakes that cost nothing here
    shown: ["h = step(x, h)"]            # lines of solutions that the text gives on purpose
    items:
      - id: fc-backward
        answers: fc_backward             # or a list: the one that it is about, what that needs
        inputs: |                        # drawn afresh for every session, by the grader
          x, w, b, dout = normal(3, 5), normal(5, 4), normal(4), normal(3, 4)
        cache: fc_forward(x, w, b)       # the learner's own; also the reference's, if it fails
        run: |                           # what happens in the learner's kernel
          dx, dw, db = fc_backward(dout, cache)
        points: {dx: 1, dw: 1, db: 0.5}  # each of these is printed, and compared

Optional in an item: ``title``, ``hidden`` (learners are not shown what it tried), ``training`` (it
trains), ``section`` (the label of a section of the book), ``rtol`` (relative tolerance),
``timeout`` (seconds), ``needs`` (``{unchanged: out}``: that an input was left alone counts only
for who gets ``out`` right, for a constant leaves it alone, too). ``inputs`` may use ``rng``,
``np``, ``normal`` and ``integers``.
``items_from: [06_conv_forward]`` takes over the items of other rubrics; ``also_needed: {answer:
[item, ...]}`` says which of them need another answer in this notebook, where it is no longer given.
"""

import ast
import re
from dataclasses import asdict, dataclass, field

import yaml

KNOWN = {"id", "answers", "title", "inputs", "cache", "run", "points", "hidden", "training"}
KNOWN |= {"section", "rtol", "timeout", "needs"}
LISTS = ("withhold", "forgive", "shown")


class RubricError(Exception):
    """A rubric that cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Item:
    """One graded check. ``points`` maps each number that is printed to what it is worth."""

    id: str
    answers: tuple[str, ...]
    run: str
    points: dict[str, float]
    title: str = ""
    inputs: str = ""
    cache: str = ""
    hidden: bool = False
    training: bool = False
    section: str = ""
    rtol: float = 1e-4
    timeout: float | None = None
    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def total(self):
        return round(sum(self.points.values()), 4)


@dataclass(frozen=True)
class Rubric:
    items: tuple[Item, ...]
    withhold: tuple[str, ...] = ()
    forgive: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()

    @property
    def total(self):
        return round(sum(item.total for item in self.items), 4)  # as a score is rounded

    def as_data(self):
        """Plain data, to be hashed or sent."""
        return asdict(self)


def read_rubric(path, answers=None):
    """The rubric in a file, with the items that it takes from others.

    Of others it takes items whose first answer is among ``answers``, without their training.
    """
    try:
        return make_rubric(with_others(load(path), path, answers))
    except (RubricError, yaml.YAMLError, OSError) as error:
        raise RubricError(f"{path.name}: {error}") from None


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def with_others(data, path, answers):
    """Put what the rubrics named in ``items_from`` hold before a rubric's own."""
    if not isinstance(data, dict) or "items_from" not in data:
        return data
    merged = {}
    for name in data["items_from"]:
        other = load(path.with_name(f"{name}.rubric.yml"))
        append(merged, {**other, "items": borrowed(other["items"], answers)})
    own = {k: v for k, v in data.items() if k not in ("items_from", "also_needed")}
    append(merged, {**own, "items": [*own.get("items", ())]})
    for answer, ids in data.get("also_needed", {}).items():
        if missing := set(ids) - {item["id"] for item in merged["items"]}:
            raise RubricError(f"also_needed: there is no item {', '.join(sorted(missing))}")
        for item in merged["items"]:
            if item["id"] in ids:
                item["answers"] = [*listed(item["answers"]), answer]
    return merged


def borrowed(items, answers):
    """Items about these answers. What else they took there stands in the notebook already here."""
    for item in items:
        names = listed(item["answers"])
        if answers is None or (names[0] in answers and not item.get("training")):
            yield {**item, "answers": [n for n in names if answers is None or n in answers]}


def listed(names):
    return [names] if isinstance(names, str) else list(names)


def append(merged, data):
    for key, values in data.items():
        merged.setdefault(key, []).extend(values)


def make_rubric(data):
    """Check a rubric's data and say clearly what is wrong with it."""
    if not isinstance(data, dict) or not data.keys() <= {"items", *LISTS}:
        raise RubricError(f"a rubric has `items` and, if need be, {', '.join(LISTS)}")
    if not isinstance(data.get("items"), list) or not data["items"]:
        raise RubricError("`items` must be a list with at least one item")
    items = tuple(make_item(entry) for entry in data["items"])
    ids = [item.id for item in items]
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise RubricError(f"two items are called {', '.join(twice)}")
    return Rubric(items, **{name: tuple(data.get(name, ())) for name in LISTS})


def make_item(entry):
    where = f"item {entry.get('id', entry)!r}" if isinstance(entry, dict) else f"item {entry!r}"
    if not isinstance(entry, dict) or not {"id", "answers", "run", "points"} <= entry.keys():
        raise RubricError(f"{where}: needs id, answers, run and points")
    if unknown := sorted(entry.keys() - KNOWN):
        raise RubricError(f"{where}: does not know {', '.join(unknown)}")
    if not re.fullmatch(r"[\w-]+", str(entry["id"])):
        raise RubricError(f"{where}: an id has letters, digits, - and _ only")
    made = {"answers": tuple(listed(entry["answers"])), "points": check_points(entry, where)}
    return Item(**{**entry, **made, "needs": check_needs(entry, where)})


def check_needs(entry, where):
    needs = {name: tuple(listed(others)) for name, others in entry.get("needs", {}).items()}
    named = {*needs, *(other for others in needs.values() for other in others)}
    if unknown := named - entry["points"].keys():
        raise RubricError(f"{where}: `needs` names {', '.join(sorted(unknown))}, without points")
    return needs


def check_points(entry, where):
    points = entry["points"]
    if not isinstance(points, dict) or not points:
        raise RubricError(f"{where}: points look like {{dx: 1, dw: 2}}")
    for name, value in points.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise RubricError(f"{where}: {name} has {value!r} points")
    for part in ("inputs", "cache", "run"):
        try:
            ast.parse(entry.get(part, ""))
        except (SyntaxError, TypeError) as error:
            raise RubricError(f"{where}: {part}: {error}") from None
    if missing := points.keys() - names_assigned(entry["run"]):
        raise RubricError(f"{where}: `run` never sets {', '.join(sorted(missing))}")
    return {name: float(value) for name, value in points.items()}


def names_assigned(source):
    """Every name that a piece of code stores to, reads or loops over."""
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
