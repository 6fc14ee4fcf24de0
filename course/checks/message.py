"""What a check says: plain text, and HTML for notebooks, both made from the same sentences."""

import textwrap
from dataclasses import dataclass, field
from html import escape

from course.env import page_address
from course.markup import inline

RIGHT, WRONG, UNWRITTEN, STOPPED = "right", "not right yet", "not written yet", "stopped"
SIGNS = {RIGHT: ("✓", "#2e8b57"), WRONG: ("✗", "#d9534f")}  # color only repeats what the words say


def page_of(label):
    """The page of the book with this label: each page is called like its first label."""
    return label.removeprefix("sec:").replace("-", "_")


@dataclass
class Report:
    """The outcome of a check. The last line of a cell shows it; ``bool(report)`` is: right?"""

    name: str
    verdict: str
    summary: str = ""
    asked: str = ""  # the case that went wrong
    lines: list[str] = field(default_factory=list)  # what is wrong with it
    rows: tuple = ()  # index, yours, expected
    diagnosis: list[tuple[str, str]] = field(default_factory=list)  # misconception id, sentence
    partly: bool = False  # the diagnosis explains this case, but not all that is wrong
    sure: bool = True  # the learner's code shows it; else only the numbers say so
    hints: tuple[str, ...] = ()
    section: str = ""
    tried: list[tuple[str, str]] = field(default_factory=list)  # verdict, cases
    printed: str = ""  # by the learner's code, in the case that is told about

    @property
    def label(self):
        label = "Diagnosis of a part (there is more)" if self.partly else "Diagnosis"
        return label if self.sure else f"{label}, by the numbers"

    @property
    def passed(self):
        return self.verdict == RIGHT

    def __bool__(self):
        return self.passed

    def __str__(self):
        parts = [f"{self.name}: {self.verdict}" + (f". {self.summary}" if self.summary else "")]
        if self.asked:
            parts.append(f"  Asked: {self.asked}")
        parts += [f"  {line}" for line in self.lines]
        if self.rows:
            parts += [f"    {a}: yours {b}, expected {c}" for a, b, c in self.rows]
        parts += [f"  {self.label}: {text}{mark(name)}" for name, text in self.diagnosis]
        if self.hints:
            parts.append(f"  Hint: {self.hints[0]} (Say more: check(...).hint(2), then hint(3).)")
        if self.section:
            parts.append(f"  Read: book/{page_of(self.section)}.md")
        if self.tried:
            parts += [f"  Cases {how}: {names}" for how, names in self.tried]
        if self.printed:
            parts += ["  Your code printed:", *(f"    {line}" for line in self.said())]
        return "\n".join(line for part in parts for line in wrapped(part))

    def said(self, most=8):
        """The first lines that the learner's code printed."""
        lines = [line[:200] for line in self.printed.rstrip().splitlines()]
        return lines if len(lines) <= most else [*lines[:most], f"... {len(lines) - most} more"]

    __repr__ = __str__

    def hint(self, degree):
        """1: a nudge, 2: the shapes, 3: the formula."""
        return self.hints[degree - 1] if 0 < degree <= len(self.hints) else "There is no such hint."

    def _repr_html_(self):
        sign, color = SIGNS.get(self.verdict, ("…", "#c98a1b"))
        head = f"<strong>{sign} {escape(self.name)}: {escape(self.verdict)}</strong>"
        if self.summary:
            head += f". {inline(self.summary)}"
        parts = [f"<div>{head}</div>"]
        if self.asked:
            parts.append(f"<div>Asked: {escape(self.asked)}</div>")
        parts += [f"<div>{inline(line)}</div>" for line in self.lines]
        if self.rows:
            parts.append(table(("element", "yours", "expected"), self.rows))
        parts += [
            f"<div><strong>{self.label}:</strong> {inline(text)} <small>{mark(name)}</small></div>"
            for name, text in self.diagnosis
        ]
        parts += [hint(i, text) for i, text in enumerate(self.hints)]
        if self.section:
            page = page_of(self.section)
            parts.append(f"<div>Read: {page_link(page)}</div>")
        if self.tried:
            inside = table(("result", "cases"), self.tried)
            parts.append(f"<details><summary>What was tried</summary>{inside}</details>")
        if self.printed:
            text = escape("\n".join(self.said()))
            parts.append(f"<div>Your code printed:<pre>{text}</pre></div>")
        style = f"border-left: 4px solid {color}; padding: 0.3em 0.9em; line-height: 1.6"
        return f'<div style="{style}">' + "".join(parts) + "</div>"


def page_link(page):
    """A link to a page of the book that looks like one, whatever the theme makes of links."""
    place = escape(page_address(page))
    return f'<a href="{place}" style="text-decoration: underline">{page}</a>'


def wrapped(line, width=98):
    """A line in pieces that fit, those that follow indented a little further."""
    margin = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=f"{margin}  ",
        break_long_words=False,
        break_on_hyphens=False,
    ) or [line]


def mark(name):
    """The name of a known mistake in brackets; nothing for what has none."""
    return f" [{name}]" if name else ""


DEGREES = ("Hint 1 (nudge)", "Hint 2 (shapes)", "Hint 3 (formula)")


def hint(degree, text):
    """The nudge is shown, the further degrees wait behind a click."""
    if degree == 0:
        return f"<div><strong>{DEGREES[0]}:</strong> {inline(text)}</div>"
    return f"<details><summary>{DEGREES[degree]}</summary>{inline(text)}</details>"


def table(head, rows):
    def row(tag, cells):
        style = ' style="text-align: left; padding: 0.1em 0.9em 0.1em 0"'
        return "<tr>" + "".join(f"<{tag}{style}>{escape(c)}</{tag}>" for c in cells) + "</tr>"

    body = "".join(row("td", cells) for cells in rows)
    top = row("th", head)
    style = "margin: 0.3em 0; color: inherit"
    return f'<table style="{style}"><thead>{top}</thead><tbody>{body}</tbody></table>'
