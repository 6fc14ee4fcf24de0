"""Is the function that is checked the one that stands in the notebook?

A cell that ends in an error leaves the older function in place, and so does one that defines a
misspelt name: the check would speak of code that nobody sees any more. A cell is known by its
marker, by the name that it defines, or, where the notebook tells, as the one that was run before.
"""

import ast
import inspect
import linecache
import re
import sys

PLACES: dict[int, str] = {}  # which cell was run as number so and so, where the notebook tells


def follow_cells():
    """Note from now on which cell of the notebook is run, each time that one is."""
    ipython = sys.modules.get("IPython")
    shell = getattr(ipython, "get_ipython", lambda: None)()
    if shell is not None:
        shell.events.register("post_run_cell", note_place)


def note_place(result):
    """A cell has run, to its end or not."""
    place = getattr(result.info, "cell_id", None)
    if place and result.execution_count is not None:
        PLACES[result.execution_count] = place


def stale(function, name):
    """What to say when a newer cell was meant to define ``name`` and did not; else ""."""
    cells = history()
    meant = [k for k, text in enumerate(cells) if means(text, name)]
    meant += run_again(function, cells)
    if not meant:
        return ""
    newest = cells[max(meant)]
    try:
        tree = ast.parse(without_magics(newest))
    except SyntaxError as error:
        return (
            f"Your newest cell for `{name}` does not run: {error.msg} in its line {error.lineno}. "
            "What is there is still an older version."
        )
    defined = {n.name for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    if name not in defined:
        said = f" (it defines {', '.join(sorted(defined))})" if defined else ""
        return (
            f"Your newest cell for `{name}` does not define it{said}. What is there is still an "
            "older version."
        )
    cell = cell_of(function)
    if cell is not None and cell.strip() != newest.strip() and cell in cells:
        return (
            f"Your newest cell for `{name}` ended in an error before it was done. What is there "
            "is still an older version."
        )
    return ""


def run_again(function, cells):
    """The later runs of the cell in which ``function`` stands, by their numbers."""
    own = (cell_of(function) or "").strip()
    runs = [k for k, text in enumerate(cells) if own and text.strip() == own and k in PLACES]
    if not runs:
        return []
    return [k for k in range(runs[-1] + 1, len(cells)) if PLACES.get(k) == PLACES[runs[-1]]]


def history():
    """The source of each cell that was run in this notebook; none outside a notebook."""
    try:
        from IPython import get_ipython
    except ImportError:
        return []
    shell = get_ipython()
    return list(shell.user_ns.get("In", [])) if shell is not None else []


def means(text, name):
    """Is a cell the one for ``name``: by its marker, or because it defines it?"""
    marker = re.search(r"^#\s*ANSWER\s+(\S+)", text, re.MULTILINE)
    if marker and marker[1].split("-")[0] == name:
        return True
    return bool(re.search(rf"^(?:def|class)\s+{re.escape(name)}\b", text, re.MULTILINE))


def without_magics(text):
    lines = text.splitlines()
    return "\n".join("pass" if line.lstrip().startswith(("%", "!")) else line for line in lines)


def cell_of(function):
    """The text of the cell in which a function stands."""
    try:
        file = inspect.getsourcefile(function) or inspect.getfile(function)
    except (TypeError, OSError):
        return None
    return "".join(linecache.getlines(file)) or None
