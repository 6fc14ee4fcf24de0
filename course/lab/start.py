"""The start page: a map of the course with what is done, as a notebook of the learner's own."""

import nbformat

from course.env import BUILD, ROOT
from course.files import write_whole
from course.notebooks.progress import links_to_notebooks, progress

PAGE = "my_start.ipynb"


def write_start_page(root=ROOT, *, book=None):
    """Write ``exercises/my_start.ipynb``; ``book`` is the address of the built book, if it is."""
    cells = [
        nbformat.v4.new_markdown_cell(welcome(book), id="welcome"),
        nbformat.v4.new_code_cell(PROGRESS, id="progress", outputs=[shown(map_of(root))]),
        nbformat.v4.new_markdown_cell(
            AFTERWARDS.format(*projects(root), what_now(book)), id="afterwards"
        ),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    write_whole(root / "exercises" / PAGE, nbformat.writes(notebook) + "\n")
    return root / "exercises" / PAGE


METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
PROGRESS = """\
import sys

sys.path.insert(0, "..")

import course

course.progress()  # run this cell to see where you are now"""
AFTERWARDS = """\
**On real data**, beside these: two projects, [photographs in ten classes]({}) and \
[captions of photographs]({}). They train what you wrote here, and need a download each.

**When something works**, run `course.portfolio("your name")` in a cell: it makes a page of your
own of it, to keep. When all works, read {}."""


def welcome(book):
    where = (
        f"The book is open at [{book}]({book})."
        if book
        else "The book is not built yet: `make book` in a terminal builds it, then `make lab` "
        "again links it here. Until then its chapters open from the folder `book` on the left."
    )
    return (
        "# Start here\n\n"
        "Each exercise below is your own copy: write in it, run it, break it. The files of the "
        f"course open read-only, so nothing that you do here can hurt them. {where}\n\n"
        "Each row below is an exercise, with a square for each check, full where you have passed "
        "it, and how often you have tried. New here? Begin at the top."
    )


def projects(root):
    """The learner's copies of the projects, or the notebooks where there are none."""
    for name in ("project_photographs", "project_captions"):
        mine = f"my_{name}.ipynb"
        yield mine if (root / "exercises" / mine).exists() else f"{name}.ipynb"


def what_now(book):
    """The last chapter, as a link."""
    place = f"{book}book/what_now.html" if book else "../book/what_now.md"
    return f"[What now?]({place})"


def map_of(root):
    """The exercises with links to the copies and how many checks have passed."""
    found = progress(root / "exercises")
    found.links = links_to_notebooks(root / "exercises")
    return found


def shown(value):
    """The output of a cell that ends in ``value``."""
    data = {"text/html": value._repr_html_(), "text/plain": repr(value)}
    return nbformat.v4.new_output("execute_result", data, execution_count=None)


def built_book(build=BUILD):
    """The folder of the built book, or None."""
    folder = build / "html"
    return folder if (folder / "index.html").exists() else None
