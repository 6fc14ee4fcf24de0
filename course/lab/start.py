"""The start page: a map of the course with what is done, as a notebook of the learner's own."""

import nbformat

from course.env import BUILD, ROOT
from course.files import write_whole
from course.notebooks.progress import progress

PAGE = "my_start.ipynb"


def write_start_page(root=ROOT, *, book=None):
    """Write ``exercises/my_start.ipynb``; ``book`` is the address of the built book, if it is."""
    cells = [nbformat.v4.new_markdown_cell(text, id=id) for id, text in sections(root, book)]
    cells.append(nbformat.v4.new_code_cell(PROGRESS, id="progress"))
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


def sections(root, book):
    """(id, Markdown) of the cells above the progress."""
    yield "welcome", welcome(book)
    yield "map", map_of(root)


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
        "New here? Begin at the top. When something works, `course.portfolio()` writes a page of "
        "your own from it, to keep."
    )


def map_of(root):
    """A table of the exercises with links to the copies and how many checks have passed."""
    lines = ["| exercise | checks passed |", "|---|---|"]
    for name, done, todo in progress(root / "exercises").rows:
        path = root / "exercises" / f"my_{name}.ipynb"
        label = f"[{title_of(path)}](my_{name}.ipynb)" if path.exists() else name
        lines.append(f"| {label} | {bar(len(done), len(done) + len(todo))} |")
    return "\n".join(lines)


def bar(done, of):
    """``3 of 4 ■■■□``"""
    return f"{done} of {of} {'■' * done}{'□' * (of - done)}"


def title_of(path):
    cells = nbformat.read(path, as_version=4).cells
    heading = next((c.source for c in cells if c.source.startswith("# ")), path.stem)
    return heading.splitlines()[0].removeprefix("# ")


def built_book(build=BUILD):
    """The folder of the built book, or None."""
    folder = build / "html"
    return folder if (folder / "index.html").exists() else None
