"""The curve that grows while a network trains: seldom drawn, true, and silent in tests."""

import re
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from jupyter_client.manager import run_kernel

from course.env import ROOT, for_kernels
from course.notebooks import watch
from course.notebooks.ticker import Ticker
from course.notebooks.watch import LiveCurve, picture, points, watch_training
from scratch.mlp import TwoLayerNet
from scratch.solver import Solver


def solver(**options):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)), rng.integers(0, 2, size=40)
    data = {"X_train": X, "y_train": y, "X_val": X[:10], "y_val": y[:10]}
    model = TwoLayerNet(3, hidden_dim=4, num_classes=2)
    return Solver(model, data, num_epochs=3, batch_size=10, verbose=False, **options)


@pytest.fixture
def clock():
    """Each look at the clock is a fifth of a second later."""
    ticks = iter(np.arange(0, 100, 0.2))
    return lambda: next(ticks)


def test_it_is_called_after_each_step_and_draws_now_and_then(clock):
    drawn = []
    run = solver()
    run.watch = LiveCurve(lambda html, handle: drawn.append((html, handle)) or "handle", clock)
    run.train()
    assert len(run.loss_history) == 12
    assert len(drawn) == 3  # 12 looks at the clock: every third is half a second later
    assert [handle for _, handle in drawn] == [None, "handle", "handle"]


def test_in_the_end_the_last_step_is_drawn_too(clock):
    drawn = []
    run = solver()
    run.watch = LiveCurve(lambda html, handle: drawn.append((html, handle)) or "handle", clock)
    run.watch.finish()
    run.train()
    run.watch.finish()
    assert len(drawn) == 4 and "step 12:" in drawn[-1][0] and drawn[-1][1] == "handle"
    short = solver()
    run.watch(short)
    run.watch.finish()
    assert len(drawn) == 4, "a run too short for a curve"


def test_another_training_starts_another_curve(clock):
    drawn = []
    curve = LiveCurve(lambda html, handle: drawn.append(handle) or "handle", clock)
    for run in (solver(), solver()):
        run.watch = curve
        run.train()
    assert drawn.count(None) == 2


def test_watching_changes_no_number():
    watched, alone = solver(), solver()
    watched.watch = lambda solver: None
    watched.train(), alone.train()
    assert watched.loss_history == alone.loss_history


def test_the_picture_says_where_it_is_and_draws_the_losses():
    run = solver()
    run.loss_history, run.val_acc_history, run.epoch = [4.0, 2.0, 1.0], [0.1, 0.5], 1
    html = picture(run)
    assert "epoch 2 of 3, step 3: loss 1.000, validation 0.500" in html
    heights = [float(y) for y in re.findall(r",([\d.]+)", points(np.array([4.0, 2.0, 1.0])))]
    bottom, top = watch.HEIGHT - watch.MARGIN, watch.MARGIN
    np.testing.assert_allclose(
        heights, [top, bottom - (bottom - top) / 2, bottom - (bottom - top) / 4]
    )


@pytest.mark.parametrize("losses", [[1.0], [0.0, 0.0], list(np.linspace(3, 1, 1000))])
def test_points_stay_on_the_picture(losses):
    pairs = [tuple(map(float, pair.split(","))) for pair in points(np.array(losses)).split()]
    assert len(pairs) <= watch.POINTS
    assert all(0 <= x <= watch.WIDTH and 0 <= y <= watch.HEIGHT for x, y in pairs)


def test_nobody_watches_where_no_person_sits(monkeypatch):
    monkeypatch.setattr(Solver, "watch", None)
    monkeypatch.setattr(watch, "in_live_notebook", lambda: False)
    watch_training()
    assert Solver.watch is None
    monkeypatch.setattr(watch, "in_live_notebook", lambda: True)
    monkeypatch.setitem(sys.modules, "IPython", object())
    watch_training()
    assert isinstance(Solver.watch, LiveCurve)


def ticking(curve, shown, silent=0.0):
    """A ``Ticker`` that appends to ``shown``, and an event for its first line."""
    said = threading.Event()

    def display(html, handle):
        shown.append((html, handle))
        said.set()
        return "handle"

    return Ticker(curve, display, silent=silent, between=0.0), said


def test_a_silent_cell_says_that_it_runs_and_takes_the_line_back():
    shown = []
    ticker, said = ticking(LiveCurve(), shown)
    ticker.begin()
    assert said.wait(60)
    ticker.end()
    assert re.fullmatch(r"running for \d+ s", shown[0][0]) and shown[0][1] is None
    assert shown[-1] == ("", "handle")
    before = len(shown)
    ticker.end()
    assert len(shown) == before and not ticker.thread.is_alive()


def test_a_short_cell_and_one_that_shows_a_curve_say_nothing():
    shown, curve = [], LiveCurve()
    ticker, _ = ticking(curve, shown, silent=60.0)
    ticker.begin()
    ticker.end()
    ticker, _ = ticking(curve, shown)
    ticker.done = threading.Event()
    curve.last = np.inf  # a curve was drawn just now
    thread = threading.Thread(target=ticker.tick, args=(ticker.done, 0.0))
    thread.start()
    ticker.done.set()
    thread.join()
    assert shown == []


def test_a_curve_that_stands_still_is_not_silence():
    """While a network is tried on all pictures no step is done."""
    shown, curve = [], LiveCurve()
    ticker, said = ticking(curve, shown, silent=0.01)
    ticker.done, curve.last = threading.Event(), time.monotonic()  # drawn once, and not again
    thread = threading.Thread(target=ticker.tick, args=(ticker.done, curve.last - 1))
    thread.start()
    assert said.wait(60)
    ticker.done.set()
    thread.join()
    assert shown[0][0].startswith("running for") and shown[-1] == ("", "handle")


def test_a_cell_begins_with_a_curve_of_its_own():
    curve = LiveCurve()
    curve.solver, curve.last = object(), 5.0
    ticker, _ = ticking(curve, [], silent=60.0)
    ticker.begin()
    ticker.end()
    assert curve.solver is None and curve.last == -np.inf


SLOW_FIRST_CELL = """
import course
import time
time.sleep(2.2)
print("imported")
"""


def said_by_a_first_cell(live):
    """What a new kernel shows, in order, while ``SLOW_FIRST_CELL`` runs."""
    place = {"JPY_SESSION_NAME": "a notebook"} if live else {}
    environment = {k: v for k, v in for_kernels().items() if k != "JPY_SESSION_NAME"} | place
    said = []

    def hear(message):
        content = message["content"]
        shown = content.get("text"), content.get("data", {}).get("text/html")
        said.extend(text for text in shown if text is not None)

    with run_kernel(kernel_name="python3", cwd=ROOT, env=environment) as client:
        client.execute_interactive(SLOW_FIRST_CELL, timeout=60, output_hook=hear)
    return said


def test_the_first_cell_says_that_it_runs_before_it_has_imported_much():
    first, *_, words, last = said_by_a_first_cell(live=True)
    assert re.fullmatch(r"running for \d s", first) and (words, last) == ("imported\n", "")
    assert said_by_a_first_cell(live=False) == ["imported\n"]


def test_what_a_first_cell_imports_before_it_can_say_so_is_little():
    code = "import sys, course; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
