"""Learners' copies of the exercises: made where they are missing, brought up to date, never lost.

A copy remembers, in its metadata, the official cells that it was made of. So it can be told apart
which cells a learner changed and which the course changed since.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date

import nbformat

from course.env import ROOT
from course.files import write_whole
from course.notebooks import projects
from course.notebooks.handed_out import KEY
from course.notebooks.own_functions import is_answer

NAME = rf"(?:\d|{projects.PREFIX})\w+"  # of a notebook of the course
NOTE = "note-what-changed"  # id of the cell that tells of a newer exercise


@dataclass
class Change:
    """What a newer exercise changed in a learner's copy, by the first line of each cell."""

    new: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    gone: list = field(default_factory=list)

    def __bool__(self):
        return bool(self.new or self.changed or self.gone)

    def __str__(self):
        parts = [("new", self.new), ("changed", self.changed), ("gone", self.gone)]
        return "; ".join(f"{word}: {', '.join(lines)}" for word, lines in parts if lines)


def refresh(root=ROOT, *, book=None, today=None):
    """Make the copies that are missing and bring old ones up to date: -> a line on each.

    ``book`` is the address of the built book, to which their links then lead.
    """
    for path in projects.official(root / "exercises"):
        line = refresh_one(path, path.with_name(f"my_{path.name}"), book, today or date.today())
        if line:
            yield f"my_{path.name}: {line}"


def refresh_one(official_path, path, book, today):
    """What ``refresh`` does for one exercise: -> a few words, or None when nothing was to do."""
    official = nbformat.read(official_path, as_version=4)
    if not path.exists():
        return made_anew(official, path, book, "made")
    try:
        mine = nbformat.read(path, as_version=4)
    except Exception as error:  # whatever an editor or a full disk left
        return f"left as it is, it cannot be read ({type(error).__name__})"
    if is_old(mine, official) and is_untouched(mine):
        return made_anew(official, path, book, "the exercise is newer now, you had not begun it")
    change = update(mine, official, today)
    if change:
        backup = path.with_name(f"{path.stem}.before-{today.isoformat()}.ipynb")
        if not backup.exists():
            write_whole(backup, path.read_bytes())
    if relink(mine, book) or change:
        write(path, mine)
    return f"the exercise is newer now, your answers are kept ({change})" if change else None


def made_anew(official, path, book, said):
    copy = fresh(official)
    relink(copy, book)
    write(path, copy)
    return said


def is_old(mine, official):
    """Was this copy made of other cells than the official notebook has now?"""
    known = known_cells(mine)
    return bool(known) and known != {cell.id: digest(cell) for cell in official.cells}


def is_untouched(mine):
    """Is every cell as the course gave it, and none added?"""
    cells = {cell.id: digest(cell) for cell in mine.cells if cell.id != NOTE}
    return cells == known_cells(mine)


def known_cells(mine):
    """The official cells that a copy was made of, id to digest; none where it was made by hand."""
    return mine.metadata.get("course", {}).get("cells") or {}


def relink(notebook, book):
    """Let links lead to the built book at ``book`` (None: to sources) and to copies: -> new?"""
    before = [cell.source for cell in notebook.cells]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = with_source_links(cell.source)
            cell.source = re.sub(rf"\]\(({NAME}\.ipynb)\)", r"](my_\1)", cell.source)
            if book:
                cell.source = re.sub(r"\.\./(book/\w+)\.md", rf"{book}\1.html", cell.source)
    return before != [cell.source for cell in notebook.cells]


def with_source_links(text):
    """``text`` with its links as the official notebook has them."""
    text = re.sub(rf"\]\(my_({NAME}\.ipynb)\)", r"](\1)", text)
    return re.sub(r"http://127\.0\.0\.1:\d+/(book/\w+)\.html", r"../\1.md", text)


def write(path, notebook):
    write_whole(path, nbformat.writes(notebook) + "\n")


def fresh(official):
    """A new copy of an official notebook."""
    copy = nbformat.from_dict(official)
    copy.metadata.pop("weave", None)
    remember(copy, official)
    return copy


def remember(copy, official):
    """Note in ``copy`` which official cells it is made of, and of which release."""
    copy.metadata["course"] = {"cells": {cell.id: digest(cell) for cell in official.cells}}
    if KEY in official.metadata:
        copy.metadata[KEY] = official.metadata[KEY]


def digest(cell):
    """A fingerprint of what a cell says, wherever its links to chapters lead."""
    text = f"{cell.cell_type}\n{with_source_links(cell.source)}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def update(mine, official, today):
    """Bring ``mine`` (in place) to the newer ``official``, keeping all that the learner wrote.

    -> the ``Change``; a copy that is up to date, or that was not made by ``fresh``, is left alone.
    """
    if not is_old(mine, official):
        return Change()
    known = known_cells(mine)
    change = what_changed(known, mine, official)
    own = own_cells(mine, known, official)
    by_id = {cell.id: cell for cell in mine.cells}
    cells = [note(change, today), *own.pop(None, [])]
    for cell in official.cells:
        cells += [*merged(cell, by_id.get(cell.id), known.get(cell.id)), *own.pop(cell.id, [])]
    mine.cells = cells
    remember(mine, official)
    return change


def what_changed(known, mine, official):
    """Compare the official cells of then and now.

    The id of a text comes from its words: one that was reworded is gone and new under one title.
    """
    now = {cell.id: cell for cell in official.cells}
    then = {cell.id: cell for cell in mine.cells}
    new = [title(cell) for key, cell in now.items() if key not in known]
    gone = [title(then[key]) for key in known if key not in now and key in then]
    changed = [title(c) for key, c in now.items() if key in known and known[key] != digest(c)]
    return Change(
        new=once(name for name in new if name not in gone),
        changed=once([*changed, *(name for name in new if name in gone)]),
        gone=once(name for name in gone if name not in new),
    )


def once(names):
    return list(dict.fromkeys(names))


def title(cell):
    """What a learner knows a cell by: the stub's name, or the first line that says something."""
    if cell.source.startswith("# ANSWER "):
        return f"the stub of {cell.source.splitlines()[0].removeprefix('# ANSWER ')}"
    if re.match(r"(import|from) ", cell.source) and "check" in cell.source:
        return "the imports"
    text = re.sub(r"</?\w+>", "", cell.source)
    lines = (line.strip("#* `") for line in text.splitlines())
    return next((f"“{line[:60]}”" for line in lines if line), "an empty cell")


def own_cells(mine, known, official):
    """What is the learner's alone, by the id of the official cell that it stands behind."""
    current, own, behind = {cell.id for cell in official.cells}, {}, None
    for cell in mine.cells:
        if cell.id in current:
            behind = cell.id
        elif cell.id != NOTE and known.get(cell.id) != digest(cell):  # else gone, never touched
            own.setdefault(behind, []).append(cell)
    return own


def merged(official, mine, known):
    """The cells that stand for one official cell: as it is now, and what the learner made of it."""
    if mine is None:
        return [official]
    touched = digest(mine) != known
    if known == digest(official) or (touched and is_answer(official)):
        return [mine]
    if not touched:
        return [official]
    kept = nbformat.v4.new_code_cell if mine.cell_type == "code" else nbformat.v4.new_markdown_cell
    return [official, kept(f"# Your version of the cell above, before it changed:\n{mine.source}")]


def note(change, today):
    """The cell on top that tells what is new."""
    what = str(change)
    text = (
        f"> **This exercise was brought up to date on {today.isoformat()}.** "
        f"{what[:1].upper()}{what[1:]}. Your answers are kept. The notebook "
        "as it was lies beside this one, with `before` in its name."
    )
    return nbformat.v4.new_markdown_cell(text, id=NOTE)
