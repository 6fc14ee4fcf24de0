"""Chapters as a reader meets them: by keyboard, on a phone, found by the search, light to load."""

from urllib.parse import quote

import pytest
import yaml

from course.env import ROOT
from course.notebooks import chapters

PHONE = {"width": 390, "height": 844}
PAGES = [f"book/{name}.html" for name in chapters.order()]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
OTHERS = [chapter["file"] for part in TOC["parts"] for chapter in part["chapters"]]
OTHERS = sorted({f"{name}.html" for name in [*OTHERS, "search", "genindex", "404"]} - {*PAGES})
NAMES_CUT = """() => [...document.querySelectorAll("course-figure .cf-line-name")].filter((name) =>
    name.getBoundingClientRect().right > name.closest("svg").getBoundingClientRect().right + 1
  ).map((name) => name.textContent)"""

WIDE_PLOTS = """() => [...document.querySelectorAll("article .cell_output > img")]
  .filter((image) => image.naturalWidth > 420).map((image) => image.alt)"""
# What goes on to the right without saying so, or says so without going on.
UNTOLD = """() => [...document.querySelectorAll(
    "article :is(table, .katex-display, .cf-scroll, .cf-planes, .cell_output:has(> img))"
  )].filter((box) => box.checkVisibility({ visibilityProperty: true }) && box.clientWidth)
  .filter((box) => {
    const style = getComputedStyle(box, "::after");
    const told = style.opacity === "1" && style.content.includes("→");
    return told !== box.scrollWidth > box.clientWidth + 1;
  }).map((box) => box.textContent.trim().slice(0, 60))"""
LINKS_CUT = """() => [...document.querySelectorAll(".prev-next-area a")]
  .filter((link) => link.scrollWidth > link.clientWidth + 1 || link.clientHeight < 20)
  .map((link) => link.textContent.trim())"""


@pytest.fixture
def tab(browser):
    opened = []

    def open_tab(**options):
        context = browser.new_context(**options)
        opened.append(context)
        return context.new_page()

    yield open_tab
    for context in opened:
        context.close()


def test_a_stepper_obeys_the_keyboard(tab, book):
    page = tab()
    page.goto(f"{book}book/conv_backward.html")
    stage = page.locator(".cf-stage").first
    counter = page.locator(".cf-counter").first
    stage.focus()
    last = int(counter.inner_text().split("/")[1])
    for key, expected in (("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("End", last)):
        page.keyboard.press(key)
        assert counter.inner_text() == f"{expected} / {last}"
    page.keyboard.press("Home")
    assert counter.inner_text() == f"1 / {last}"
    page.keyboard.press("Shift+Tab")  # back to the tabs, and the second of them
    assert page.evaluate("document.activeElement.parentElement.className") == "cf-tabs"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"


def test_a_quiz_obeys_the_keyboard(tab, book):
    page = tab()
    page.goto(f"{book}book/conv_backward.html")
    option = page.locator(".cq-option").first
    option.locator("summary").focus()
    assert not option.locator(".cq-reply").is_visible()
    page.keyboard.press("Enter")
    assert option.locator(".cq-reply").is_visible()


def test_practice_obeys_the_keyboard(tab, book):
    page = tab()
    page.goto(f"{book}book/practice.html")
    boxes = page.locator(".cp-boxes input")
    for box in boxes.all():
        box.uncheck()
    boxes.first.focus()
    page.keyboard.press("Space")
    card = page.locator(".cp-card:visible").first
    summary = card.locator("summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert card.locator(".cq-reply:visible").count() == 1


@pytest.mark.parametrize("path", ["book/index.html", "book/practice.html", *PAGES])
def test_a_phone_shows_the_page_without_scrolling_sideways_and_narrow_plots(path, tab, book):
    page = tab(viewport=PHONE, color_scheme="light")
    page.goto(book + path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    plots = page.locator("article picture img")
    for plot in plots.all():
        plot.scroll_into_view_if_needed()
        plot.evaluate("image => image.decode()")
        assert "/narrow-" in plot.evaluate("image => image.currentSrc")
        box = plot.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
        drawn = plot.evaluate("image => image.naturalWidth") / 1.6  # pixels at 100 to an inch
        assert box["width"] > 0.8 * drawn, "letters are much smaller than they were drawn"
    assert page.evaluate(WIDE_PLOTS) == []  # each wide plot has a narrow redrawing
    assert page.evaluate(NAMES_CUT) == []
    assert page.evaluate(UNTOLD) == []


@pytest.mark.parametrize("path", ["book/what_now.html", "book/words.html", "book/notation.html"])
def test_a_name_in_a_table_stays_whole_on_a_phone(path, tab, book):
    page = tab(viewport=PHONE)
    page.goto(book + path)
    names = page.locator("article td code .pre")
    assert names.count() > 3
    assert names.evaluate_all("all => all.filter((one) => one.getClientRects().length > 1)") == []


@pytest.mark.parametrize("path", OTHERS)
def test_no_page_around_the_chapters_scrolls_sideways_on_a_phone(path, tab, book):
    page = tab(viewport=PHONE)
    page.goto(book + path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(WIDE_PLOTS) == []
    assert page.evaluate(UNTOLD) == []


@pytest.mark.parametrize("path", [*PAGES, *OTHERS])
def test_the_links_to_the_next_page_and_the_one_before_are_whole_on_a_phone(path, tab, book):
    page = tab(viewport=PHONE)
    page.goto(book + path)
    assert page.evaluate(LINKS_CUT) == []


@pytest.mark.parametrize("path", ["book/what_now.html", "book/regularization.html"])
def test_tables_and_steppers_fit_a_phone(path, tab, book):
    page = tab(viewport=PHONE)
    page.goto(book + path)
    boxes = page.locator("article :is(table, .cf-scroll)")
    assert boxes.count()
    assert boxes.evaluate_all("all => all.filter((b) => b.scrollWidth > b.clientWidth + 1)") == []


def test_the_table_of_the_longest_names_fits_a_wide_screen(tab, book):
    page = tab(viewport={"width": 1280, "height": 900})
    page.goto(f"{book}book/contributing.html")
    tables = page.locator("article table")
    assert tables.count() > 2
    assert tables.evaluate_all("all => all.filter((b) => b.scrollWidth > b.clientWidth + 1)") == []


def test_the_first_screen_says_what_for_whom_how_long_and_where_to_begin(tab, book):
    page = tab(viewport={"width": 1280, "height": 900})
    page.goto(f"{book}book/index.html")
    first = page.get_by_role("link", name="Start: a network in thirty lines")
    said = (page.get_by_text(words) for words in ("For you, if you know", "hours to read"))
    exercise = page.get_by_role("link", name="Do an exercise now")
    parts = (first, exercise, *said, page.locator(".course-showcase"))
    for part in parts:
        box = part.first.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 900
    assert page.locator("h1:visible").count() == 1
    assert (
        page.title() == "CNNs and RNNs from scratch in NumPy"
    )  # once, and not as a part of itself


def test_a_wide_screen_shows_the_wide_plot(tab, book):
    page = tab(viewport={"width": 1280, "height": 900})
    page.goto(f"{book}book/activations.html")
    plot = page.locator("article picture img").first
    plot.scroll_into_view_if_needed()
    plot.evaluate("image => image.decode()")
    assert "/narrow-" not in plot.evaluate("image => image.currentSrc")


@pytest.mark.parametrize(
    "words, chapter",
    [
        ("softmax", "softmax"),
        ("convolution backward", "conv_backward"),
        ("momentum", "optimizers"),
        ("max pooling", "max_pool"),
        ("embedding", "embedding"),
        ("batch normalization", "batchnorm"),
        ("LSTM", "lstm"),
        ("gradient check", "gradient_checking"),
    ],
)
def test_the_search_puts_the_chapter_first_and_solutions_last(words, chapter, tab, book):
    page = tab()
    page.goto(f"{book}search.html?q={quote(words)}")
    page.wait_for_function(
        "() => /found/.test(document.querySelector('.search-summary')?.innerText)"
    )
    page.locator("ul.search li a").first.wait_for()
    links = page.locator("ul.search li > a").evaluate_all("all => all.map((a) => a.pathname)")
    assert links[0].endswith(f"/book/{chapter}.html"), links[:5]
    solved = [k for k, link in enumerate(links) if "/solutions/" in link]
    others = [k for k, link in enumerate(links) if "/book/" in link]
    assert not solved or min(solved) > max(others[:3])


def test_a_chapter_is_light_to_load(tab, book, site):
    page = tab()
    sizes = {}
    page.on("response", lambda r: sizes.update({r.url: len(r.body())}) if r.ok else None)
    page.goto(f"{book}book/first_network.html")
    page.wait_for_load_state("networkidle")
    total = sum(sizes.values())
    assert total < 2_000_000, sorted(sizes.items(), key=lambda item: -item[1])[:8]


def test_the_first_number_that_a_reader_computes(visit):
    """From the first page: start, try it, run; then with another number."""
    page = visit("book/index.html")
    page.tab.get_by_role("link", name="Start: a network in thirty lines").click()
    page.tab.get_by_role("button", name="Try it").first.click()
    cell = page.tab.locator("div.tag_try").first
    field = cell.locator(".inpage-field")
    field.wait_for()
    assert "11.8" in page.press(cell)
    field.fill("print(loss(np.array([2.0, 3.0])))")
    assert "0.4" in page.press(cell)
