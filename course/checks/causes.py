"""What may be behind a learner's results: known mistakes, altered inputs, one small change."""

import inspect
from dataclasses import dataclass
from functools import lru_cache

from course.checks.altered import Alteration, alterations
from course.checks.altered import outcome as altered_outcome
from course.checks.mistakes import KnownMistake, of
from course.checks.one_change import changed_text, one_changes
from course.checks.spec import SPECS
from course.checks.storeys import (
    LOOPS,
    PLAIN,
    changed_source,
    compiled,
    home,
    methods_source,
    right_source,
    ways,
)
from course.topics import TOPIC_OF

WHEN = "These are the numbers that you get when {}."


@dataclass(frozen=True, eq=False)
class Suspect:
    """One explanation to be tried: a function to be run, or an alteration of the right one."""

    key: str
    function: str
    sentence: str
    of: str = "plain"
    mistake: KnownMistake | None = None
    change: tuple = ()
    alteration: Alteration | None = None
    code: object = None
    number: int = 0
    mended: bool = False  # the learner's own code comes out right without it
    blames: str = ""  # another function of the learner's, which has a check of its own

    @property
    def known(self):
        return self.alteration is None and self.code is None

    @property
    def id(self):
        return self.mistake.id if self.mistake else ""

    def build(self):
        if self.code is not None:
            namespace = {**vars(home(self.function, self.of))}
            exec(self.code, namespace)
            return namespace[self.function]
        if self.change:
            return compiled(self.function, self.of, self.change)
        return self.mistake.build()

    def outcome(self, spec, case):
        return altered_outcome(spec, self.alteration, case)

    def sources(self):
        """(the right code, the changed code), to be held against the learner's; None: no code."""
        if self.alteration is not None:
            return None
        right = right_source(self.function, self.of)
        if self.code is not None:
            return right, changed_text(right, self.number)
        if self.mistake.methods:
            return methods_source(self.function, self.mistake.methods), self.mistake.methods
        return right, changed_source(self.function, self.of, self.mistake.change)


@lru_cache(maxsize=4096)
def registered(mistake):
    return Suspect(mistake.id, mistake.function, mistake.sentence, mistake.of, mistake)


@lru_cache(maxsize=4096)
def joined(one, other):
    """Two known mistakes in one function; None where they do not go together."""
    if one.of != other.of or one.mistake.methods or other.mistake.methods:
        return None
    change = (*one.mistake.change, *other.mistake.change)
    try:
        changed_source(one.function, one.of, change)
    except ValueError:
        return None
    return Suspect(f"{one.key}+{other.key}", one.function, "", one.of, one.mistake, change)


@lru_cache(maxsize=64)
def altered(name, seed):
    """The right function of altered inputs, as suspects; none for a class."""
    spec = SPECS[name]
    if inspect.isclass(spec.reference):
        return ()
    cases = [case for case in spec.cases(seed) if "by hand" not in case.tests] or spec.cases(seed)
    found = {}
    for case in cases[:6]:  # options come in some cases only
        for alteration in alterations(spec, case):
            found.setdefault(alteration.says, alteration)
    return tuple(
        Suspect(f"altered: {says}", name, WHEN.format(says), alteration=alteration)
        for says, alteration in found.items()
    )


def written_in(name):
    """Plain, in loops, and as the known mistakes have it."""
    looped = [LOOPS] if LOOPS in ways(name) else []
    return dict.fromkeys([PLAIN, *looped, *(m.of for m in of(name))])


@lru_cache(maxsize=64)
def one_change(name):
    """Right code with one small change, as suspects; none for a class or an author's own check."""
    if inspect.isclass(SPECS[name].reference) or name not in TOPIC_OF:
        return ()
    found = []
    for way in written_in(name):
        for change in one_changes(right_source(name, way)):
            key = f"{way} {change.number}: {change.says}"
            sentence = WHEN.format(change.says)
            found.append(Suspect(key, name, sentence, way, code=change.code, number=change.number))
    return tuple(found)
