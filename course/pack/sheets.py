"""Sheets for the desk: the rubric of every assignment, plans of a term, open questions."""

from pathlib import Path

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from course.env import ROOT
from course.grade import assignment
from course.notebooks.chapters import data, reading_time, span
from course.notebooks.quiz import marked

TEACHING = ROOT / "book/teaching"
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template, **values):
    """A page of the pack from one of its templates."""
    return TEMPLATES.get_template(template).render(**values)


def read(name):
    """One file of ``book/teaching/`` as data."""
    return yaml.safe_load((TEACHING / f"{name}.yml").read_text(encoding="utf-8"))


def rubric_sheet():
    """Every item of every assignment, what it is worth, and boxes to fill in by hand."""
    return page("rubric.html", assignments=[assignment.load(name) for name in assignment.names()])


def plans(titles):
    """The two ways through the course; ``titles`` says what each file is called in the book."""
    return page(
        "plans.html", plans=read("plans"), titles=titles,
        at_home=lambda session: span(minutes_at_home(session)),
    )  # fmt: skip


def minutes_at_home(session):
    """What reading the chapters of a session and doing its exercises takes."""
    reading = sum(reading_time(name) for name in session["chapters"])
    return reading + sum(data()["exercises"][name]["minutes"] for name in session["exercises"])


def open_questions(titles):
    """The open questions, each with its sample answers."""
    return page("open_questions.html", questions=read("open_questions"), titles=titles, say=marked)


def titles():
    """The title of each chapter and exercise template by the name of its file."""
    files = [*ROOT.glob("book/*.md"), *ROOT.glob("book/exercises/*.md")]
    return {path.stem: title(path) for path in files}


def title(path):
    """The first heading of a Markdown file; a file without one goes by its name."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((line[2:] for line in lines if line.startswith("# ")), path.stem)
