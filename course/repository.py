"""Where the repository is on the web: one address in ``_config.yml``, and what follows from it.

Without one nothing points to it: no buttons, no links, and no page says where to clone from.
"""

from functools import cache
from urllib.parse import quote

from course.env import ROOT
from course.files import read_yaml


@cache
def address() -> str:
    """``repository: url`` of ``_config.yml``, no slash at its end; empty where none is set."""
    config = read_yaml(ROOT / "_config.yml")
    return (config.get("repository", {}).get("url") or "").rstrip("/")


def report_link(page: str) -> str:
    """Markdown: where a reader reports a problem on a page, and how if there is no address.

    The former is HTML: in a Markdown link MyST escapes the ampersand twice.
    """
    if not address():
        return "[Report a problem on this page](contributing.md)"
    title = quote(f"[book] {page}: ")
    form = f"{address()}/issues/new?template=wrong_sentence.yml&amp;title={title}"
    return f'<a class="reference external" href="{form}">Report a problem on this page</a>'


def how_to_start() -> str:
    """Markdown: from nothing to the learner's desk."""
    if not address():
        return "In your copy of the repository, type\n\n```sh\nmake lab\n```"
    folder = address().rpartition("/")[2].removesuffix(".git")
    return f"In a terminal, type\n\n```sh\ngit clone {address()}\ncd {folder}\nmake lab\n```"
