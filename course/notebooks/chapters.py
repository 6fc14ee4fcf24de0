"""What stands at the head and at the end of every chapter, from one file: ``book/chapters.yml``.

A chapter calls ``head("name")`` under its title and ``ending("name")`` in its last cell. Both are
Markdown, so a page of the book and JupyterLab show them alike, with links that work in both.
"""

import re
from dataclasses import dataclass
from functools import cache

from course.env import ROOT
from course.files import read_yaml
from course.repository import report_link

BOOK = ROOT / "book"
DIFFICULTY = {1: "easy", 2: "medium", 3: "hard"}


@dataclass(frozen=True)
class Text:
    """Markdown that a cell shows."""

    markdown: str

    def _repr_markdown_(self):
        return self.markdown

    def __repr__(self):
        return self.markdown


@cache
def data():
    """``book/chapters.yml``: chapters and exercises by name."""
    return read_yaml(BOOK / "chapters.yml")


@cache
def parts():
    """The parts that hold chapters: caption -> names, in the order of ``_toc.yml``."""
    found = {}
    for part in read_yaml(ROOT / "_toc.yml")["parts"]:
        files = [chapter["file"] for chapter in part["chapters"]]
        names = [file.removeprefix("book/") for file in files if file.startswith("book/")]
        found[part["caption"]] = [name for name in names if name in data()["chapters"]]
    return {caption: names for caption, names in found.items() if names}


def order():
    """All chapters in the order in which they are read."""
    return [name for names in parts().values() for name in names]


@cache
def title(page):
    """The title of ``book/PAGE.md``."""
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    found = re.search(r"^# (?:\d+\. )?(.+)$", text, re.M)
    if found is None:
        raise ValueError(f"book/{page}.md has no title")
    return found.group(1)


def link(page):
    return f"[{title(page)}]({page}.md)"


def exercise_link(name):
    return f"[*{title(f'exercises/{name}')}*](../exercises/{name}.ipynb)"


def span(minutes):
    """``95 -> "1 h 35 min"``."""
    hours, rest = divmod(minutes, 60)
    return " ".join([f"{hours} h"] * bool(hours) + [f"{rest} min"] * bool(rest or not hours))


def reading_time(name):
    """Minutes to read a chapter, in fives: words, formulas, figures, code, and the quiz."""
    text = (BOOK / f"{name}.md").read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    cells = re.findall(r"^```\{code-cell\}.*?^```$", text, flags=re.M | re.S)
    figures = sum(bool(re.search(r"_stepper\(|live\(|figures\.|plt\.show", c)) for c in cells)
    shown = [c for c in cells if "hide-input" not in c and "remove-" not in c]
    lines = sum(c.count("\n") - 2 for c in shown) + 12 * text.count("show_source(")
    minutes = len(prose.split()) / 130 + prose.count("$$") / 2 + 1.5 * figures + lines / 10 + 3
    return 5 * round(minutes / 5)


def head(name):
    """Number, minutes, what a reader needs, and what they can do afterwards."""
    chapter = data()["chapters"][name]
    needs = ", ".join(map(link, chapter["needs"])) or chapter["needs_only"]
    optional = " · **optional**: nothing later needs it" if chapter.get("optional") else ""
    number = order().index(name) + 1
    lines = [
        f"**Chapter {number}** · about {reading_time(name)} minutes{optional} · you need: {needs}"
        " · [the letters](notation.md)",
        "",
        "After this you can",
        "",
        *(f"- {skill}" for skill in chapter["after"]),
    ]
    return Text("\n".join(lines))


def ending(name):
    """A summary to keep, what comes next, and where to report a problem."""
    chapter, names = data()["chapters"][name], order()
    lines = ["**To keep.**", "", *(f"- {line}" for line in chapter["keep"]), "", "**What next.**"]
    for exercise in chapter.get("exercises", []):
        told = data()["exercises"][exercise]
        lines.append(
            f"Write it yourself: {exercise_link(exercise)} "
            f"({told['minutes']} minutes, {DIFFICULTY[told['difficulty']]})."
        )
    at = names.index(name) + 1
    if at < len(names):
        lines.append(f"The next chapter is {link(names[at])}.")
    else:
        lines.append(f"This was the last chapter. {link('what_now')}")
    lines.append("After a day, and after a week, let [Practice](practice.md) ask you again.")
    lines += where_next(name)
    lines += ["", f"Something wrong or hard to follow? {report_link(name)}."]
    return Text("\n".join(lines))


def effort(exercise):
    """How long an exercise or a project takes and how hard it is; "" where that is not known."""
    told = (data()["exercises"] | data()["projects"]).get(exercise)
    if told is None:
        return ""
    return f"*About {span(told['minutes'])} · {DIFFICULTY[told['difficulty']]}*"


def where_next(name):
    """After the last chapter of a part: where one may go from here."""
    for caption, names in parts().items():
        if name == names[-1]:
            told = data()["parts"][caption]
            return ["", f"**The end of {caption.split(':')[0]}.** {told['where_next'].strip()}"]
    return []


def hours(caption):
    """-> (minutes of reading, minutes of exercises) of a part."""
    names = parts()[caption]
    exercises = {e for name in names for e in data()["chapters"][name].get("exercises", [])}
    reading = sum(reading_time(name) for name in names)
    return reading, sum(data()["exercises"][name]["minutes"] for name in exercises)


def timetable():
    """What each part takes, as a table."""
    rows = [f"| {part} | {' | '.join(map(span, hours(part)))} |" for part in parts()]
    return Text("\n".join(["| part | to read | to write |", "|---|---|---|", *rows]))


def how_long(whom):
    """A sentence that says for whom the book is, and one that says what all of it takes."""
    reading, writing = (sum(minutes) / 60 for minutes in zip(*map(hours, parts()), strict=True))
    return Text(
        f"{whom} About {reading:.0f} hours to read and {writing:.0f} to write, in "
        f"{len(parts())} parts; the first chapter takes {reading_time(order()[0])} minutes."
    )
