"""The known mistakes of a function as a list on its chapter, each with the name the checks use."""

from dataclasses import dataclass

from course.checks.mistakes import of
from course.markup import inline


@dataclass(frozen=True)
class Mistakes:
    """All known mistakes of some functions; the last line of a cell shows them, folded up.

    Each entry is an anchor of the page: a report of a check links to ``PAGE#its-name``.
    """

    functions: tuple[str, ...]

    def __post_init__(self):
        without = [function for function in self.functions if not of(function)]
        if without:
            raise ValueError(f"There are no known mistakes of {', '.join(without)}.")

    def _repr_html_(self):
        return "".join(map(folded, self.functions))

    def __repr__(self):
        known = [m for function in self.functions for m in of(function)]
        return "\n".join(f"{m.id}: {m.sentence}" for m in known)


def folded(function):
    entries = of(function)
    rows = "".join(
        f'<li id="{m.id}"><code>{m.id}</code><br>{inline(m.sentence)}</li>' for m in entries
    )
    title = f"The {len(entries)} mistakes in <code>{function}</code> that the checks know"
    return f'<details class="course-mistakes"><summary>{title}</summary><ul>{rows}</ul></details>'
