"""The built book in a browser. Pyodide is served from another port; nothing else can be reached.

COURSE_SITE     the built site (default: _build/html), COURSE_PYODIDE the folder with Pyodide
"""

import os
from pathlib import Path

import pytest
from browser import chromium
from workpage import WorkPage

from course.env import BUILD, ROOT
from course.site import serve


@pytest.fixture(scope="session")
def site():
    """The folder of the built book."""
    folder = Path(os.environ.get("COURSE_SITE", BUILD / "html"))
    if not (folder / "_static" / "inpage.json").is_file():
        pytest.skip(f"no built book in {folder}: make book OPEN=0")
    return folder


@pytest.fixture(scope="session")
def book(site):
    """The address of the book."""
    serving, address = serve.in_background(site)
    yield address
    serving.shutdown()


@pytest.fixture(scope="session")
def pyodide():
    """The address of Pyodide, another than the book's."""
    folder = Path(os.environ.get("COURSE_PYODIDE", ROOT.parent / "shared" / "pyodide"))
    if not (folder / "pyodide-lock.json").is_file():
        pytest.skip(f"no Pyodide in {folder} (set COURSE_PYODIDE)")
    serving, address = serve.in_background(folder, shared=True)
    yield address
    serving.shutdown()


@pytest.fixture(scope="session")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser, book, pyodide):
    """``visit(path, width=1280, dark=False)`` -> ``WorkPage``, in a browser that knows nothing yet.

    ``python=False`` where none is needed: it is slow to load. After the test no page may have met
    an error, nor asked any host but the two that are served.
    """
    pages, contexts = [], []

    def open_page(path, width=1280, dark=False, context=None, python=pyodide):
        if context is None:
            scheme = "dark" if dark else "light"
            size = {"width": width, "height": 900}
            context = browser.new_context(viewport=size, color_scheme=scheme)
            contexts.append(context)
        where = python if python else f"{book}no-python/"
        pages.append(WorkPage(context, book, path, where))
        return pages[-1]

    yield open_page
    errors = [error for page in pages for error in page.errors]
    foreign = [url for page in pages for url in page.asked if not url.startswith((book, pyodide))]
    for context in contexts:
        context.close()
    assert not errors
    assert not foreign
