"""A figure that moves on the page, with no kernel: Python computes every number, a script draws.

As the last line of a cell a ``Figure`` shows itself. A page of the book with a figure on it loads
the scripts of ``assets/js/figures``; in a live notebook a figure brings them along.
"""

import html
import json
from dataclasses import dataclass

from course.env import ROOT, in_live_notebook

# In the order in which they build on one another.
SCRIPTS = (
    *("tools", "grid", "player", "chart", "bar", "windows"),
    *("fully_connected", "convolution", "im2col", "pooling", "recurrence"),
    *("graph", "softmax", "race", "looking"),
    *("panels", "panel_grid", "panel_bars", "panel_picture", "panel_curve", "panel_words"),
    "panel_plane",
    "element",
)
MAX_BYTES = 30_000  # a figure embedded in a page weighs no more than a small picture


@dataclass(frozen=True)
class Figure:
    """One moving figure: its kind, its numbers, and a sentence for those who cannot see it."""

    kind: str
    data: dict
    summary: str

    def _repr_html_(self):
        return assets_for_notebook() + self.element()

    def element(self, place=""):
        """The HTML element; figures of the same ``place`` follow each other and keep their step."""
        data = json.dumps(self.data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        follows = f" place='{quote(place)}'" if place else ""
        element = (
            f"<course-figure kind='{quote(self.kind)}'{follows} "
            f"summary='{quote(self.summary)}' data='{quote(data)}'>"
            f"<p>{html.escape(self.summary)}</p></course-figure>"
        )
        size = len(element.encode())
        if size > MAX_BYTES:
            raise ValueError(
                f"This figure takes {size} bytes, more than {MAX_BYTES}: show it on smaller arrays "
                "or in fewer steps."
            )
        return element

    def __repr__(self):
        return f"[{self.summary}]"


def quote(text):
    """``text`` for a single-quoted HTML attribute; double quotes, frequent in JSON, stay short."""
    return html.escape(text, quote=False).replace("'", "&#39;")


def assets():
    """The figures' style sheet and scripts, for a page that does not load them by itself."""
    css = (ROOT / "assets/css/figures.css").read_text(encoding="utf-8")
    return f"<style>{css}</style><script>{scripts()}</script>"


def scripts():
    """All scripts of the figures as one: each file registers what it offers with the next ones."""
    folder = ROOT / "assets/js/figures"
    return "".join((folder / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)


def assets_for_notebook():
    """The assets where a reader runs the cell, nothing in the book, whose pages load them.

    Every figure of a live notebook brings them: which of its cells will be run again, and whether
    the page was reloaded in between, nobody knows. The script ignores a second coming.
    """
    return assets() if in_live_notebook() else ""
