"""Plots for a phone: the same figure a second time, as wide as a phone can show.

While the book is built, the kernel of a page loads this module as an IPython extension. Each wide
figure then shows itself twice: as ever, and redrawn for narrow screens, with its panels below each
other and its letters as large as before. The page picks one of them (``course/site/redrawn.py``).
"""

import base64
import io
import pickle
import textwrap

from matplotlib.figure import Figure
from matplotlib.text import Annotation

WIDTH = 3.9  # inches, at 100 dots to an inch
WIDE = 4.0  # a figure that is not wider stays as it is
PLOT, PICTURE, CAPTIONED = 2.6, 0.9, 1.7  # inches that a column needs
TALLEST = 2.5  # inches of a plot that got a row of its own
LETTER, LINE = 0.0088, 0.018  # inches that a letter and a line take, for each point of their size
MARK = "course-narrow"


def load_ipython_extension(shell):
    shell.enable_matplotlib("inline")  # else the first plot does, and forgets how figures are shown
    shell.display_formatter.formatters["text/html"].for_type(Figure, narrow_html)


def narrow_html(figure):
    """The narrow drawing as HTML for ``course/site/redrawn.py``, or None where none is needed."""
    png = narrow_png(figure)
    return None if png is None else f'<{MARK} data="{png}"></{MARK}>'


def narrow_png(figure):
    """The narrow drawing as a PNG in base64, or None where none is needed."""
    if figure.get_size_inches()[0] <= WIDE:
        return None
    own = getattr(figure, "on_phone", None)
    figure = own or narrow(pickle.loads(pickle.dumps(figure)))  # the wide one is still to be drawn
    file = io.BytesIO()
    figure.savefig(file, dpi=160, facecolor=figure.get_facecolor())
    return base64.b64encode(file.getvalue()).decode()


def narrow(figure):
    """Change a wide figure into one for a phone: -> the figure."""
    width, height = figure.get_size_inches()
    axes = [axis for axis in figure.axes if axis.get_visible()]
    if len(axes) == 1 and not axes[0].axison:
        return turn(figure, axes[0])
    rows, columns = axes[0].get_gridspec().get_geometry()
    one_grid = len({id(axis.get_gridspec()) for axis in axes}) == 1
    now = columns
    if one_grid and (rows == 1 or getattr(figure, "flows", False)):
        now = fitting(axes, columns, width)
    lines = max([wrap(axis, WIDTH / now) for axis in axes])
    if now < columns:
        flow(figure, axes, now)
    each = height / rows
    if are_pictures(axes):
        each = WIDTH / now + lines + 0.12 if now < columns else each * WIDTH / width + lines
    elif now < columns:
        each = min(each, TALLEST)
    title = 0.3 if figure.get_suptitle() else 0
    figure.set_size_inches(WIDTH, each * -(-len(axes) // now) + title)
    return figure


def turn(figure, axis):
    """A drawing of boxes and arrows: what went from left to right goes down."""
    width, _ = figure.get_size_inches()
    (left, right), (low, high) = axis.get_xlim(), axis.get_ylim()
    for text in axis.texts:
        x, y = text.get_position()
        text.set_position((y, -x))
        if text.get_va() in ("baseline", "bottom"):  # what stood above stands at the right
            text.set(ha="left", va="center")
        if isinstance(text, Annotation):
            x, y = text.xy
            text.xy = (y, -x)
    axis.set(xlim=(low, high), ylim=(-right, -left))
    figure.set_size_inches(WIDTH, 0.75 * width)
    figure.get_layout_engine().set(w_pad=0.12)  # the frames of boxes reach beyond their words
    return figure


def are_pictures(axes):
    return not any(axis.axison and len(axis.get_xticks()) for axis in axes)


def fitting(axes, columns, width):
    """How many panels stand side by side, so that each can be read, and rows are about full."""
    texts = [text.get_text() for axis in axes for text in (axis.title, axis.xaxis.label)]
    captioned = CAPTIONED if max(map(len, texts)) > 8 else PICTURE
    least = min(width / columns, captioned if are_pictures(axes) else PLOT)
    fits = max(1, min(columns, int(WIDTH / least)))
    return -(-len(axes) // -(-len(axes) // fits))  # 2 + 2 rather than 3 + 1


def flow(figure, axes, columns):
    """Put the panels into a grid of so many columns, in reading order."""
    ratios = axes[0].get_gridspec().get_width_ratios()
    grid = figure.add_gridspec(-(-len(axes) // columns), columns)
    for k, axis in enumerate(axes):
        axis.set_subplotspec(grid[k // columns, k % columns])
        if len(set(ratios)) == 1 and axis.get_shared_y_axes().joined(axis, axes[0]):
            axis.tick_params(labelleft=k % columns == 0 and bool(axis.yaxis.get_ticklocs().size))


def wrap(axis, width):
    """Break what stands above and below a panel into lines that fit: -> their height in inches."""
    height = 0
    for text in (axis.title, axis.xaxis.label):
        words, letters = text.get_text().replace("\n", " "), int(width / LETTER / text.get_size())
        if words and "$" not in words:
            text.set_text(textwrap.fill(words, max(letters, 8)))
        height += (text.get_text().count("\n") + 1) * LINE * text.get_size() * bool(words)
    return height
