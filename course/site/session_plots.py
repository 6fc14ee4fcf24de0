"""Matplotlib's backend in the page: ``plt.show()`` sends each open figure as a picture."""

import base64
import io

import matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg

from course.site.runner import PageSession

FigureCanvas = FigureCanvasAgg


def show(*args, **kwargs):
    """Send all open figures to the page, and close them."""
    for number in plt.get_fignums():
        figure = plt.figure(number)
        file = io.BytesIO()
        figure.savefig(file, format="png", bbox_inches="tight")
        picture = base64.b64encode(file.getvalue()).decode()
        PageSession.current.tell("image", (picture, described(figure)))
    plt.close("all")


def described(figure):
    """What stands over the figure and its axes, for those who cannot see it."""
    titles = [figure.get_suptitle(), *(axes.get_title() for axes in figure.axes)]
    titles = list(dict.fromkeys(title.replace("\n", " ") for title in titles if title))
    return "Plot: " + "; ".join(titles[:6]) if titles else "A plot"
