"""The smaller tasks that pages give instead of long training: with the solution they end green."""

import contextlib
import io
import json

import matplotlib
import pytest

from course.env import ROOT
from course.site.smaller import half_size

NAMES = sorted(
    path.stem
    for path in (ROOT / "exercises").glob("[0-9]*.ipynb")
    if '"page": {' in path.read_text(encoding="utf-8")
)


def code_of(folder, name):
    cells = json.loads((ROOT / folder / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def on_the_page(name):
    """The code that a page runs when every answer is the solution's."""
    for exercise, solution in zip(code_of("exercises", name), code_of("solutions", name)):
        assert exercise["id"] == solution["id"]
        yield exercise["metadata"].get("page", {}).get("code") or "".join(solution["source"])


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_smaller_task_ends_green(name, monkeypatch):
    monkeypatch.chdir(ROOT / "exercises")
    matplotlib.use("agg")
    names, said = {"__name__": "__main__"}, io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        for source in on_the_page(name):
            exec(compile(source, f"<{name}>", "exec"), names)
    verdicts = [
        line for line in said.getvalue().splitlines() if line.endswith((": True", ": False"))
    ]
    assert len(verdicts) >= 2 and not [line for line in verdicts if line.endswith("False")]


def test_half_size_takes_the_mean_of_each_block(rng):
    data = {"X_train": rng.normal(size=(2, 3, 4, 6)), "y_train": rng.integers(9, size=2)}
    half = half_size(data)
    assert half["X_train"].shape == (2, 3, 2, 3) and half["y_train"] is data["y_train"]
    block = data["X_train"][1, 2, 2:4, 4:6]
    assert abs(half["X_train"][1, 2, 1, 2] - block.mean()) < 1e-12
