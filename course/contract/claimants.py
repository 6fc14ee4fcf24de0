"""The pages that claim something, and one run of such a page with other random numbers."""

from __future__ import annotations

import json
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jupytext
import nbformat
import numpy as np
from nbclient import NotebookClient

from course.contract.claims import noting
from course.contract.seed_run import SeedRun, worst_of
from course.contract.sources import page_digest
from course.env import BUILD, ROOT, for_kernels
from course.notebooks.cells import woven
from course.notebooks.chapters import order

CELL_TIMEOUT = 3600  # seconds, on a machine that has other things to do
START = """\
import sys
sys.path.insert(0, {root!r})
from course.contract.inside import begin
begin({seed}, {notes!r})
"""


class Page(NamedTuple):
    """A page with the cells that it runs, and what they claim."""

    name: str  # "book/residual" or "solutions/19_residual"
    notebook: Any
    claims: list[str]

    @property
    def digest(self) -> str:
        """Changes when the page does, or the code that its numbers come from."""
        return page_digest(self.notebook)

    def run(self, seed: int) -> SeedRun:
        """Execute the page with all seeds shifted by ``seed``."""
        return run(self, seed)


@cache
def pages() -> dict[str, Page]:
    """The chapters and the solutions that claim something, by name."""
    templates = sorted((ROOT / "book" / "exercises").glob("[0-9]*.md"))
    found = [page_of(f"solutions/{path.stem}", woven(path, solved=True)) for path in templates]
    for name in order():
        text = (ROOT / "book" / f"{name}.md").read_text(encoding="utf-8")
        found.append(page_of(f"book/{name}", jupytext.reads(text, fmt="md:myst")))
    return {page.name: page for page in found if page.claims}


def page_of(name: str, notebook: Any) -> Page:
    """Keep the cells that run, changed so that they note their claims."""
    claims: list[str] = []
    kept = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or "check" in cell.metadata.get("tags", []):
            continue
        cell.source, found = noting(cell.source)
        claims += found
        kept.append(nbformat.v4.new_code_cell(cell.source))
    return Page(name, nbformat.v4.new_notebook(cells=kept), claims)


def run(page: Page, seed: int) -> SeedRun:
    """Execute a page with all seeds shifted by ``seed``; networks it trains are trained anew."""
    build = build_of(seed)
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "notes.jsonl"
        notes.touch()
        first = nbformat.v4.new_code_cell(START.format(root=str(ROOT), seed=seed, notes=str(notes)))
        notebook = nbformat.v4.new_notebook(cells=[first, *page.notebook.cells])
        place = {"metadata": {"path": str(ROOT / Path(page.name).parent)}}
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT, kernel_name="python3", allow_errors=True, resources=place,
        )  # fmt: skip
        begun = time.perf_counter()
        client.execute(env=for_kernels(build))
        seconds = time.perf_counter() - begun
        noted = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]
    return SeedRun(worst_of(noted), errors_of(notebook), round(seconds, 1))


def build_of(seed: int) -> Path:
    """Where the networks lie that the pages of one seed share."""
    return BUILD / "contract" / f"numpy-{np.__version__}" / f"seed-{seed}"


def errors_of(notebook: Any) -> list[str]:
    """What went wrong in the cells, a line each."""
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    failed = [output for output in outputs if output.output_type == "error"]
    return [f"{output.ename}: {output.evalue}"[:200] for output in failed]
