"""The network of the first chapter: short, right, and it learns from most starts."""

import ast

import numpy as np
import pytest

from course.env import ROOT
from scratch.first_network import go_downhill, line, network, slopes, squared_error
from scratch.gradcheck import numeric_gradient

SOURCE = (ROOT / "scratch/first_network.py").read_text(encoding="utf-8")


def test_without_its_explanations_it_has_fewer_than_thirty_lines():
    tree = ast.parse(SOURCE)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef)) and ast.get_docstring(node):
            node.body = node.body[1:]
    assert len(ast.unparse(tree).replace("\n\n", "\n").strip().splitlines()) < 30


def test_slopes_are_the_numeric_gradient(rng):
    x, y, p = rng.normal(size=(20, 2)), rng.normal(size=20), rng.normal(size=33)

    def loss(p):
        return squared_error(network(x, p), y)

    assert np.allclose(slopes(loss, p), numeric_gradient(loss, p), atol=1e-6)


def test_a_line_finds_the_lowest_point(rng):
    x = rng.uniform(0, 5, size=30)
    y = 2 * x + 3 + rng.normal(size=30)
    p, losses = go_downhill(lambda p: squared_error(line(x, p), y), np.zeros(2), 0.05, 2000)
    assert np.allclose(p, np.polyfit(x, y, 1), atol=1e-3)
    assert (np.diff(losses) < 1e-12).all()


def test_the_network_tells_the_middle_from_the_rest_from_most_starts():
    """The chapter and the exercise show one start; here are ten."""
    rng = np.random.default_rng(1)
    points = rng.uniform(-1, 1, size=(200, 2))
    y = np.where((points**2).sum(axis=1) < 0.6, 1.0, -1.0)

    def share(seed):
        start = np.random.default_rng(seed).normal(size=33)
        p, _ = go_downhill(lambda p: squared_error(network(points, p), y), start, 0.1, 400)
        return ((network(points, p) > 0) == (y > 0)).mean()

    assert np.median([share(seed) for seed in range(10)]) > 0.9


def test_nothing_is_changed_in_place(rng):
    p = rng.normal(size=33)
    before = p.copy()
    go_downhill(lambda p: (p**2).sum(), p, 0.1, 3)
    assert (p == before).all()


@pytest.mark.parametrize("steps", [0, 1, 5])
def test_one_loss_for_each_step(steps):
    _, losses = go_downhill(lambda p: (p**2).sum(), np.ones(2), 0.1, steps)
    assert len(losses) == steps
