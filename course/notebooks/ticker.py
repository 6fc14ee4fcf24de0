"""A cell that takes long says for how long it has been running, the first one included.

``start_ticker()`` begins with the cell that runs: ``import course`` calls it, before that cell
imports what takes its time. Where no person sits in front of a notebook nothing is shown.
"""

import contextvars
import sys
import threading
import time
from functools import cache

from course.env import in_live_notebook

SILENT = 1.5  # seconds after which a cell says that it is still running


def show(html, handle):
    """Show ``html`` in the output of the running cell, in place of what ``handle`` shows."""
    from IPython.display import HTML, display

    if handle is None:
        return display(HTML(html), display_id=True)
    handle.update(HTML(html))
    return handle


class Ticker:
    """Says how long the running cell has been at it, while it shows no ``curve`` that grows.

    Once said it goes on until the cell ends, whatever the curve does: the page does not jump.
    """

    def __init__(self, curve=None, display=None, silent=SILENT, between=1.0):
        self.curve, self.display = curve, display or show
        self.silent, self.between = silent, between
        self.done = self.thread = None

    def begin(self, *_):
        """A cell begins to run. What the thread shows belongs to this cell: hence the context."""
        self.end()
        self.done = threading.Event()
        if self.curve is not None:
            self.curve.forget()
        context = contextvars.copy_context()
        arguments = (self.tick, self.done, time.monotonic())
        self.thread = threading.Thread(target=context.run, args=arguments, daemon=True)
        self.thread.start()

    def tick(self, done, start):
        handle, wait = None, self.silent
        while not done.wait(wait):
            wait, now = self.between, time.monotonic()
            silent = self.curve is None or now - self.curve.last > self.silent
            if handle is not None or silent:
                handle = self.display(f"running for {now - start:.0f} s", handle)
        if handle is not None:
            self.display("", handle)

    def end(self, *_):
        if self.done is not None and self.thread is not None:
            self.done.set()
            self.thread.join(timeout=1)


@cache
def start_ticker():
    """Begin with the cell that runs now: -> this notebook's ``Ticker``; None where nobody sits."""
    if not in_live_notebook() or sys.platform == "emscripten":  # there are no threads in a page
        return None
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        return None
    ticker = Ticker()
    shell.events.register("pre_run_cell", ticker.begin)
    shell.events.register("post_run_cell", ticker.end)
    ticker.begin()
    return ticker
