"""Run the cells of a page: Python's side of an exercise that is done in the browser.

The page sends its code cells and says which one was pressed (``PageSession.press``). What that cell
needs and what has changed since runs first, in the order of the page. All that happens goes back
through ``send(cell_id, kind, content)``, with these kinds:

    begin   it starts                      text     printed, as it comes
    html    a table, a figure, a report    image    a picture: base64 of a PNG, words for it
    error   (reason, line, shapes)         progress one line on a training that is running
    curve   its losses so far, as HTML
    blocked it did not run, because that cell (an id) above it failed
    end     True or False: did it run through?
    checks  the progress file's text, after a check

It runs in a worker (``assets/js/inpage``), and it knows nothing of it: tests run it as it is.
"""

import ast
import contextlib
import hashlib
import importlib.util
import io
import linecache
import logging
import os
import symtable
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from course.checks.observe import explain

MOST_TEXT = 50_000  # characters that one cell may print
AT_ONCE = 1_000  # the first of them are shown line by line
BETWEEN = 0.1  # seconds between two messages of a cell that prints all the time
PLOTS = "module://course.site.session_plots"


@dataclass(frozen=True)
class PageCell:
    """A code cell of the page. ``kind`` is "answer", "check", "try" or "code"."""

    id: str
    kind: str
    code: str


def cells_of(rows):
    """Cells from rows of (id, kind, code)."""
    return [PageCell(*row) for row in rows]


# ---------------------------------------------------------------- what must run


def names(code):
    """The global names that a cell binds, and those that it reads: -> two sets."""
    try:
        top = symtable.symtable(code, "<cell>", "exec")
    except SyntaxError:
        return set(), set()
    symbols = top.get_symbols()
    binds = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    reads = {s.get_name() for s in symbols if s.is_referenced()}
    return binds, reads | inner_reads(top)


def inner_reads(table):
    """The global names that functions and classes inside of ``table`` read."""
    found = set()
    for inner in table.get_children():
        found |= {s.get_name() for s in inner.get_symbols() if s.is_global()}
        found |= inner_reads(inner)
    return found


def dependencies(cells):
    """For each cell the places of the cells above it whose names it reads."""
    bound, found = {}, []
    for place, cell in enumerate(cells):
        binds, reads = names(cell.code)
        found.append({bound[name] for name in reads if name in bound})
        bound.update(dict.fromkeys(binds, place))
    return found


def states(cells):
    """For each cell a digest of its code and of all code that it depends on."""
    found = []
    for cell, needs in zip(cells, dependencies(cells)):
        parts = [cell.code, *(found[place] for place in sorted(needs))]
        found.append(hashlib.sha256("\0".join(parts).encode()).hexdigest())
    return found


def needed(cells, pressed):
    """Places of the cells above ``pressed`` that have to have run before it does.

    A check needs the answers above it, and what these and it read; a cell to try needs what it
    reads: neither waits for a training that another part of the page asks for. Any other cell needs
    all that stands above it, as in a notebook.
    """
    above = range(pressed)
    if cells[pressed].kind == "code":
        return [place for place in above if cells[place].kind != "check"]
    reads = dependencies(cells)
    wanted = set(reads[pressed])
    if cells[pressed].kind == "check":
        wanted |= {place for place in above if cells[place].kind == "answer"}
    for place in reversed(above):
        if place in wanted:
            wanted |= reads[place]
    return sorted(wanted)


# ---------------------------------------------------------------- running


class PageSession:
    """The names of one page, and which of its cells have run in which state.

    ``load`` is awaited with code that is about to run: it brings the packages that it imports.
    """

    current: "PageSession"  # whose cell runs

    def __init__(self, send, load=None):
        self.send, self.load = send, load
        self.names = {"__name__": "__main__", "display": self.show}
        self.ran = {}  # id -> state
        self.at = None  # id of the cell that is running
        os.environ["MPLBACKEND"] = PLOTS
        logging.getLogger("matplotlib").setLevel(logging.ERROR)  # not what it does with fonts
        follow_training(self.tell)

    async def press(self, cells, pressed):
        """Run the cell at place ``pressed`` and what it needs; None runs all that has changed."""
        state = states(cells)
        places = range(len(cells)) if pressed is None else [*needed(cells, pressed), pressed]
        for place in places:
            cell = cells[place]
            if place != pressed and self.ran.get(cell.id) == state[place]:
                continue
            done = await self.run(cell)
            self.ran[cell.id] = state[place] if done else None
            if not done and pressed is not None and place != pressed:
                self.send(cells[pressed].id, "blocked", cell.id)
                return

    async def run(self, cell):
        """Run one cell: -> did it run through?"""
        self.at, PageSession.current = cell.id, self
        self.send(cell.id, "begin", None)
        try:
            if self.load is not None:
                await self.load(cell.code)
            try:
                self.execute(cell)
            except ModuleNotFoundError as error:
                if not await self.brought(error.name):
                    raise
                self.execute(cell)
        except BaseException as error:
            self.tell("error", told(error))
            self.send(cell.id, "end", False)
            return False
        if cell.kind == "check" or "goal(" in cell.code:
            self.tell_checks()
        self.send(cell.id, "end", True)
        return True

    def execute(self, cell):
        """Run the code; what it prints, the value of its last line and its plots go to the page."""
        file = f"<{cell.id}>"
        lines = cell.code.splitlines(True)
        linecache.cache[file] = len(cell.code), None, lines, file  # for messages that quote a line
        body = ast.parse(cell.code, file).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        with printing(SentText(self.tell)):
            exec(compile(ast.Module(body, []), file, "exec"), self.names)
            if last is not None:
                self.show(eval(compile(ast.Expression(last.value), file, "eval"), self.names))
            self.show_plots()

    async def brought(self, name):
        """Bring a package that a module of the course imports: -> is it there now?"""
        if self.load is None or name is None:
            return False
        await self.load(f"import {name}")
        importlib.invalidate_caches()
        return importlib.util.find_spec(name.partition(".")[0]) is not None

    def tell(self, kind, content):
        self.send(self.at, kind, content)

    def show(self, value):
        """Show a value as a notebook does."""
        if value is None:
            return
        if hasattr(value, "_repr_html_"):
            self.tell("html", value._repr_html_())
        else:
            print(repr(value))

    def show_plots(self):
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].show()

    def tell_checks(self):
        """The progress file, as the check that has just run has left it."""
        path = Path(os.environ.get("COURSE_PROGRESS", ""))
        with contextlib.suppress(OSError, ValueError):
            self.tell("checks", path.read_text(encoding="utf-8"))


@contextlib.contextmanager
def printing(stream):
    """Within, what is printed goes to ``stream``, to its last letter."""
    try:
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            yield
    finally:
        stream.flush()


class SentText(io.TextIOBase):
    """Sends what is printed, a few times a second; what is too much is left out, and that is said.

    A loop that prints without end would otherwise bury the page and its Stop button.
    """

    def __init__(self, send):
        self.send, self.waiting, self.sent = send, [], 0
        self.last = time.monotonic()

    def write(self, text):
        room, self.sent = MOST_TEXT - self.sent, self.sent + len(text)
        if room >= 0:
            self.waiting.append(text if self.sent <= MOST_TEXT else text[:room] + "\n… and more")
            few = self.sent < AT_ONCE and text.endswith("\n")
            if few or time.monotonic() - self.last > BETWEEN:
                self.flush()
        return len(text)

    def flush(self):
        if self.waiting:
            self.send("text", "".join(self.waiting))
            self.waiting, self.last = [], time.monotonic()


# ---------------------------------------------------------------- what a training says


def follow_training(tell):
    """Let every ``Solver`` say how far it is, a few times a second, whether verbose or not.

    That of the course shows the curve of its losses; one that a learner writes has its line.
    """
    from course.notebooks.watch import LiveCurve
    from scratch import solver

    def progress(batches, epoch, num_epochs, verbose):
        last = 0.0
        for number, batch in enumerate(batches, 1):
            yield batch
            if time.monotonic() - last > 2 * BETWEEN:
                last = time.monotonic()
                step = f"step {number} of {len(batches)}"
                tell("progress", f"epoch {epoch + 1} of {num_epochs}, {step}")

    solver.progress = progress
    curve = LiveCurve(lambda html, handle: tell("curve", html))
    solver.Solver.watch = curve  # type: ignore[assignment]


# ---------------------------------------------------------------- errors


def told(error):
    """An exception in sentences: (reason, the learner's line, shapes of the arrays in it)."""
    if isinstance(error, SyntaxError):
        text = (error.text or "").strip()
        where = f"line {error.lineno}: `{text}`" if text else f"line {error.lineno}"
        return f"{type(error).__name__}: {error.msg}.", where, ""
    if isinstance(error, NotImplementedError) and str(error).startswith("your turn: "):
        name = str(error).removeprefix("your turn: ")
        return f"`{name}` is not written yet.", "", ""
    trouble = explain(error, told)
    line = trouble.line.replace(" of <module>", "")
    reason = trouble.reason
    if isinstance(error, NotImplementedError):
        reason = "".join(traceback.format_exception_only(error)).strip()
    return reason, line, trouble.shapes
