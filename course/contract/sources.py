"""What the numbers of a page come from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from course.env import ROOT
from course.source import numbers_digest

# The networks, their recipes and what measures them. How a check speaks, how a figure looks and
# how grading works changes no number, and measuring anew takes hours.
NUMBERS = re.compile(r"scratch/.*|course/\w+\.py")


def page_digest(notebook: Any, root: Path = ROOT) -> str:
    """A few letters that change when the numbers of ``notebook`` may."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return numbers_digest(cells, NUMBERS, root)
