"""The known wrong implementations of an answer, from ``course.misconceptions``."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    """A known wrong version of an answer: a whole answer cell."""

    id: str
    title: str
    section: str
    source: str


def implementations(answer):
    """Wrong versions of an answer; none where the course knows none."""
    from course.checks import SPECS
    from course.misconceptions import of

    return [
        Wrong(known.id, known.sentence, getattr(SPECS.get(name), "section", ""), known.source())
        for name in answer.names
        for known in of(name)
    ]
