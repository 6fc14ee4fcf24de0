"""While it runs: a curve of the loss that grows, where a person sits in front of the notebook.

``watch_training()`` lets every ``Solver`` show it, in JupyterLab and in VS Code. Tests, builds and
grading see nothing of it: there is no live notebook. In the page of the book the session shows the
same curve by its own means.
"""

import sys
import time

import numpy as np

from course.env import in_live_notebook
from course.notebooks.ticker import show, start_ticker

BETWEEN = 0.5  # seconds from one drawing to the next
POINTS = 200  # a curve has so many at most
WIDTH, HEIGHT, MARGIN = 420, 120, 6


class LiveCurve:
    """Called after each step of a ``Solver``; draws its losses so far, now and then."""

    def __init__(self, display=None, clock=time.monotonic):
        self.display, self.clock = display or show, clock
        self.solver = self.handle = None
        self.last = -np.inf

    def __call__(self, solver):
        now = self.clock()
        if solver is not self.solver:
            self.solver, self.handle, self.last = solver, None, now  # short runs show nothing
            return
        if now - self.last < BETWEEN:
            return
        self.last = now
        self.handle = self.display(picture(solver), self.handle)

    def forget(self):
        """Begin anew: another cell runs."""
        self.solver, self.last = None, -np.inf

    def finish(self):
        """Draw the last step too, where anything was drawn."""
        if self.solver is not None and self.handle is not None:
            self.display(picture(self.solver), self.handle)


def picture(solver):
    """The losses so far as SVG, with one line in words below."""
    losses = np.asarray(solver.loss_history, dtype=float)
    epoch, of = solver.epoch + 1, solver.num_epochs
    words = f"epoch {min(epoch, of)} of {of}, step {len(losses)}: loss {losses[-1]:.3f}"
    if len(solver.val_acc_history) > 1:
        words += f", validation {solver.val_acc_history[-1]:.3f}"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" aria-label="{words}">'
        f'<polyline points="{points(losses)}" fill="none" stroke="#0072B2" stroke-width="2"/>'
        f"</svg><div>{words}</div>"
    )


def points(losses):
    """``x,y`` of each mean of a few losses, from the left to the right, 0 at the bottom."""
    means = [part.mean() for part in np.array_split(losses, min(POINTS, len(losses)))]
    top = max(max(means), 1e-12)
    across = np.linspace(MARGIN, WIDTH - MARGIN, max(len(means), 2))
    up = [HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * mean / top for mean in means]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, up))


def watch_training():
    """Let every ``Solver`` of this notebook show its losses, if a person is watching."""
    from scratch.solver import Solver

    if in_live_notebook() and "IPython" in sys.modules:
        curve = LiveCurve()
        setattr(Solver, "watch", curve)  # noqa: B010  scratch/ says only that it may be None
        if (ticker := start_ticker()) is not None:
            ticker.curve = curve
            shell = sys.modules["IPython"].get_ipython()
            shell.events.register("post_run_cell", lambda *_: curve.finish())
