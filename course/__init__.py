"""What teaches: weave, checks, figures and grading. It may import `scratch`, never the reverse."""

from course.notebooks.progress import begin, progress, save_progress, take_progress
from course.notebooks.ticker import start_ticker

__all__ = ["begin", "portfolio", "progress", "save_progress", "take_progress", "try_on"]

start_ticker()  # in a notebook, so that its first cell is not silent while it imports


def portfolio(name=""):
    """Write a page of your own, ``exercises/my_portfolio.html``, from what you wrote so far."""
    from course.notebooks.portfolio import portfolio  # loads more than a check needs

    return portfolio(name)


def try_on(path):
    """Show what a network that learned photographs in ten classes makes of your own picture."""
    from course.figures.your_picture import try_on  # loads more than a check needs
    from course.notebooks.kept import eyes_at_hand

    try_on(path, eyes_at_hand())  # nothing is returned: a notebook shows the open figure by itself
