"""Plots for a phone in notebooks that are stored: the narrow drawing goes along in the metadata.

A solution's outputs are not computed while the book is built. So the kernel that stores them loads
this module as an IPython extension, and each wide figure keeps its narrow redrawing beside it,
where neither JupyterLab nor a comparison of outputs looks. The page unpacks it
(``course/site/redrawn.py``).
"""

import sys

from matplotlib.figure import Figure

from course.figures.narrow import MARK, narrow_png


def load_ipython_extension(shell):
    shell.enable_matplotlib("inline")  # sets how a figure becomes a PNG
    formatter = shell.display_formatter.formatters["image/png"]
    wide = formatter.lookup_by_type(Figure)

    def both(figure):
        png, narrow = wide(figure), narrow_png(figure)
        return png if narrow is None else (png, {MARK: narrow})

    formatter.for_type(Figure, both)
    for name in list(sys.modules):  # the notebook's own may lie elsewhere
        if name.split(".")[0] in ("course", "scratch"):
            del sys.modules[name]
