"""Known mistakes: read from the files of the topics, and made into functions that can be run.

    from course.checks.mistakes import known, of
    [mistake.id for mistake in of("conv_backward")]
    known()["conv-backward-dx-assigned"].source()  # a whole answer cell that makes this mistake
    known()["conv-backward-dx-assigned"].build()   # the function

A mistake is a small change of the right code in ``scratch/``. It stands in the ``mistakes.yml`` of
its topic; CONTRIBUTING.md shows one. The tests ask of each that its check catches and names it.
"""

import json
import re
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from course.checks.spec import SPECS
from course.checks.storeys import PLAIN, answer_cell, compiled, methods_cell, ways
from course.topics import HERE, TOPIC_OF, topics

TEXTS = ("id", "function", "spoils", "sentence", "nudge")  # every mistake has these


class BadEntry(ValueError):
    """An entry of a ``mistakes.yml`` that cannot be used: the message says where and why."""


@dataclass(frozen=True)
class KnownMistake:
    """A known wrong implementation, as replaced lines of the right one.

    ``spoils`` is the result that comes out wrong first: it tells which hints to give. ``sentence``
    is what the learner reads, ``nudge`` the first hint; shapes and formula come from the spec.
    ``change`` holds pairs (lines, what stands there instead) of the code written as ``of`` says;
    for a class, ``methods`` may hold whole methods that override the right ones.
    """

    id: str
    function: str
    spoils: str
    sentence: str
    nudge: str
    change: tuple[tuple[str, str], ...] = ()
    methods: str = ""
    of: str = PLAIN
    needs: str = ""  # a pattern that the learner's code must have, where it is at hand
    unless: str = ""  # one that it must not have

    def source(self):
        """A whole answer cell that makes this mistake (with the right forward, for a backward)."""
        if self.methods:
            return methods_cell(self.function, self.methods)
        return answer_cell(self.function, self.of, self.change)

    def build(self):
        """The wrong implementation as a function or a class."""
        if not self.methods:
            return compiled(self.function, self.of, self.change)
        namespace = {"__name__": "known_mistake"}
        exec(compile(self.source(), f"<{self.function}>", "exec"), namespace)
        return namespace[self.function]


@cache
def known():
    """All known mistakes by their ids."""
    found = {}
    for topic in topics():
        for mistake in of_topic(topic):
            if mistake.id in found:
                raise BadEntry(f"two known mistakes are called {mistake.id!r}")
            found[mistake.id] = mistake
    return found


def of(function):
    """All known mistakes of a function; none for one that is no topic's."""
    topic = TOPIC_OF.get(function)
    return [m for m in of_topic(topic) if m.function == function] if topic else []


@cache
def of_topic(topic):
    """The known mistakes in the file of a topic, in order."""
    path = HERE / topic / "mistakes.yml"
    return tuple(from_entries(read(path), path))


def read(path):
    """What a file of mistakes holds.

    Where PyYAML is not installed (in a browser), ``mistakes.json`` beside it is read, the same
    entries as JSON: ``python -m course.topics --json FOLDER`` writes them.
    """
    try:
        import yaml
    except ImportError:
        beside = path.with_suffix(".json")
        return json.loads(beside.read_text("utf-8")) if beside.exists() else []
    if not path.exists():
        return []
    try:
        return yaml.load(path.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise BadEntry(f"{place(path)} is not YAML: {' '.join(str(error).split())}") from None


# ---------------------------------------------------------------- one clear error


def from_entries(entries, path):
    """Entries of a file -> mistakes. The first one that cannot be used raises ``BadEntry``."""
    if not isinstance(entries or [], list):
        raise BadEntry(f"{place(path)}: expected a list of entries, each of which begins with `-`.")
    for number, entry in enumerate(entries or [], 1):
        yield from_entry(entry, path, number)


def from_entry(entry, path, number):
    def refuse(field, why):
        name = entry.get("id") if isinstance(entry, dict) else None
        called = f"entry {number}" + (f" ({name})" if name else "")
        raise BadEntry(f"{place(path)}, {called}, field `{field}`: {why}")

    if not isinstance(entry, dict):
        refuse("id", f"an entry is fields with values, not {type(entry).__name__}.")
    for field in TEXTS:
        if not isinstance(entry.get(field), str) or not entry[field].strip():
            refuse(field, "a text is missing (quote it, if it looks like a number or a list).")
    allowed = [field.name for field in fields(KnownMistake)]
    for field in entry:
        if field not in allowed:
            refuse(field, f"there is no such field. Known are: {', '.join(allowed)}.")
    spec = SPECS.get(entry["function"])
    if spec is None or TOPIC_OF.get(spec.name) != Path(path).parent.name:
        refuse("function", f"{entry['function']} has no check in the spec.py of this topic.")
    if not entry["id"].startswith(slug(spec.name, "")):
        refuse("id", f"it has to begin with `{slug(spec.name, '')}`.")
    if entry["spoils"] not in {*spec.results, *spec.hints}:
        refuse("spoils", f"{spec.name} has no result {entry['spoils']!r}.")
    if entry.get("of", PLAIN) not in ways(spec.name):
        refuse("of", f"expected one of {', '.join(ways(spec.name))}.")
    if bool(entry.get("change")) == bool(entry.get("methods")):
        refuse("change", "either lines to be changed or (for a class) whole `methods` are needed.")
    change = entry.get("change", [])
    pairs = [(c.get("from"), c.get("to")) for c in change if isinstance(c, dict)]
    if len(pairs) != len(change) or not all(isinstance(t, str) for pair in pairs for t in pair):
        refuse("change", "each change has a text `from` and a text `to`.")
    return KnownMistake(**{**entry, "change": tuple(pairs)})


def place(path):
    return Path(path).relative_to(HERE.parents[1]).as_posix()


def slug(name, short):
    """``("CaptioningRNN", "no-mask")`` -> ``"captioning-rnn-no-mask"``."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).replace("_", "-")
    return f"{words.lower()}-{short}"
