"""Figures with controls: recomputed when a control moves, still where no kernel is running."""

import json

import numpy as np
import pytest

from course import figures
from course.figures.live import live

X = np.arange(16.0).reshape(4, 4)


def pool(size, stride):
    return figures.max_pool_stepper(X, size=size, stride=stride)


@pytest.fixture
def notebook(monkeypatch):
    """As in a notebook with a kernel, whose output is thrown away."""
    pytest.importorskip("ipywidgets")
    monkeypatch.setattr("course.figures.live.in_live_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda *_: None)


def outputs(element):
    data = element.split(" data='")[1].split("'")[0]
    return json.loads(data)["out"]


def test_without_a_kernel_the_first_values_are_shown():
    figure = live(pool, size=(2, 3), stride=(1, 3))
    assert figure.kind == pool(2, 1).kind
    assert figure.data["out"] == pool(2, 1).data["out"]
    assert "controls for size and stride" in figure.data["caption"]


def test_a_slider_may_start_elsewhere(notebook):
    assert live(pool, size=(1, 3, 2), stride=(1, 3)).children[0].children[0].value == 2


def test_without_a_kernel_it_starts_there_too():
    assert live(pool, size=(1, 3, 2), stride=(1, 3)).data["out"] == pool(2, 1).data["out"]


def test_a_control_recomputes_the_figure(notebook):
    box = live(pool, size=(2, 3), stride=(1, 3))
    row, stage = box.children
    size, stride = row.children
    assert outputs(stage.value) == pool(2, 1).data["out"]
    size.value, stride.value = 3, 1
    assert outputs(stage.value) == pool(3, 1).data["out"]


def test_a_menu_names_its_values(notebook):
    box = live(lambda image: figures.max_pool_stepper(image), image={"up": X, "down": -X})
    (menu,), stage = box.children[0].children, box.children[1]
    menu.value = "down"
    assert outputs(stage.value) == figures.max_pool_stepper(-X).data["out"]


def test_what_does_not_fit_is_told_in_place_of_the_figure(notebook):
    box = live(lambda size: figures.max_pool_stepper(X, size=size), size=(4, 6))
    row, stage = box.children
    row.children[0].value = 6
    assert "does not fit" in stage.value and "course-figure" not in stage.value
