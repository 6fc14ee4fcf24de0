"""The headline figures of the README, by the recipes of the course."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import nbformat

from course import measure
from course.contract.inside import HOLDS
from course.contract.seed_run import Claim, SeedRun
from course.contract.sources import page_digest


class HeadlineFigure(NamedTuple):
    """A figure of ``course.measure``, what the README says of it, and what it has to keep."""

    key: str
    text: str
    sign: str
    bound: float


class Headline(NamedTuple):
    """A measurement and the figures that are told of it."""

    measure: Callable[[int, Any], dict[str, float]]
    options: dict[str, Any]
    figures: list[HeadlineFigure]

    @property
    def digest(self) -> str:
        """Changes when the recipes do, or the code of the networks."""
        cell = nbformat.v4.new_code_cell("from course import measure")
        return page_digest(nbformat.v4.new_notebook(cells=[cell]))

    def run(self, seed: int) -> SeedRun:
        """Scenes, first weights and batches follow ``seed``."""
        begun = time.perf_counter()
        found = self.measure(seed, SimpleNamespace(**self.options))
        claims = {
            f.key: Claim(
                round(found[f.key], 4), bool(HOLDS[f.sign](found[f.key], f.bound)), f.sign, f.bound
            )
            for f in self.figures
        }
        return SeedRun(claims, [], round(time.perf_counter() - begun, 1))


HEADLINES = {
    "measure scenes": Headline(
        measure.measure_scenes,
        {"verbose": False},
        [
            HeadlineFigure("test", "new pictures that the ConvNet names rightly", ">=", 0.9),
            HeadlineFigure("linear test", "the same by a linear classifier", "<", 0.7),
        ],
    ),
    "measure captions": Headline(
        measure.measure_captions,
        {"verbose": False},
        [
            HeadlineFigure(
                "true test", "captions of new pictures in which every statement is true", ">=", 0.7
            )
        ],
    ),
}
