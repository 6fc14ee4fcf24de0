"""JupyterLite beside the book: its links lead to the book, and where it is built, cells run."""

import pytest
from workpage import START

from course.env import ROOT
from course.site import serve
from course.site.lite import lead_to_the_book

PAGE = """<html><head></head><body>
<a data-commandlinker-command="docmanager:open" href="../files/book/words.md#a">chapter</a>
<a href="../files/exercises/07_conv_backward.ipynb">exercise</a>
<a href="#heading">heading</a> <a href="https://example.org/book/words.md">elsewhere</a>
</body></html>"""


@pytest.fixture
def lite_page(tmp_path, browser):
    """A page of JupyterLite, with the links that it makes of a notebook's."""
    for folder in ("lite/notebooks", "_static/js"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "_static/js/lite.js").write_bytes((ROOT / "assets/js/lite.js").read_bytes())
    (tmp_path / "lite/notebooks/index.html").write_text(PAGE)
    lead_to_the_book(tmp_path / "lite/notebooks/index.html")
    serving, address = serve.in_background(tmp_path)
    page = browser.new_page()
    page.goto(f"{address}lite/notebooks/index.html?path=x")
    yield page, address
    page.close()
    serving.shutdown()


@pytest.mark.parametrize(
    "words, place",
    [("chapter", "book/words.html#a"), ("exercise", "exercises/07_conv_backward.html")],
)
def test_a_link_of_a_notebook_opens_the_page_of_the_book_in_another_tab(lite_page, words, place):
    page, address = lite_page
    link = page.get_by_role("link", name=words)
    with page.context.expect_page() as opened:
        link.click()
    assert opened.value.url == address + place
    opened.value.close()
    assert page.url.endswith("?path=x") and not link.get_attribute("data-commandlinker-command")


def test_other_links_stay(lite_page):
    page, _ = lite_page
    for words, place in (
        ("heading", "#heading"),
        ("elsewhere", "https://example.org/book/words.md"),
    ):
        link = page.get_by_role("link", name=words)
        link.focus()
        assert link.get_attribute("href") == place and not link.get_attribute("target")


@pytest.fixture
def notebook(site, book, pyodide, browser):
    """``notebook(path)``: opens one in JupyterLite, by the link on its page."""
    if not (site / "lite" / "notebooks" / "index.html").is_file():
        pytest.skip("no JupyterLite beside the book: make lite")
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    asked = []
    context.on("request", lambda request: asked.append(request.url))

    def settings(route):
        """Those of the build, with Pyodide where the tests have it."""
        answer = route.fetch()
        content = answer.json()
        plugins = content.get("jupyter-config-data", {}).get("litePluginSettings", {})
        for kernel in plugins.values():
            kernel["pyodideUrl"] = f"{pyodide}pyodide.js"
        route.fulfill(json=content)

    context.route("**/lite/jupyter-lite.json*", settings)

    def open_notebook(path):
        page = context.new_page()
        page.set_default_timeout(START)
        page.goto(f"{book}{path}.html")
        page.get_by_role("link", name="Open as a notebook").click()
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
        return page

    yield open_notebook
    context.close()
    assert not [url for url in asked if not url.startswith((book, pyodide, "data:", "blob:"))]


@pytest.mark.slow
def test_a_cell_of_ones_own_runs_and_a_check_names_a_slip(notebook):
    page = notebook("exercises/07_conv_backward")
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    for code in (
        "def conv_db(dout):\nreturn dout.sum(axis=(2, 3))",  # the editor indents
        "check(conv_db)",
    ):
        for key in ("Escape", "b", "Enter"):
            page.keyboard.press(key)
        page.keyboard.type(code)
        page.keyboard.press("Shift+Enter")
    page.get_by_text("[conv-db-batch-not-summed]").first.wait_for()


@pytest.mark.slow
def test_a_chapter_shows_its_head_and_a_figure(notebook):
    page = notebook("book/conv_forward")
    page.locator(".jp-CodeCell .cm-content").first.click()
    for _ in range(14):
        page.keyboard.press("Shift+Enter")
    page.get_by_text("After this you can").first.wait_for(state="attached")  # scrolled away
    page.locator("course-figure .cf-body").first.wait_for(state="attached")
    assert page.locator(".jp-OutputArea", has_text="Traceback").count() == 0
