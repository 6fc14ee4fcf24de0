"""Every page of the built book is open to everyone: axe finds nothing serious, in both themes.

Each page is loaded once. In the light theme axe asks all that it knows; in the dark one, whose
pages differ in their colors only, it asks its rules on color.
"""

import datetime
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

SERIOUS = {"serious", "critical"}
AXE = "(options) => axe.run(document, { resultTypes: ['violations'], preload: false, ...options })"
RULES_ON_COLOR = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
DARK = """() => {
  Object.assign(document.documentElement.dataset, { theme: "dark", mode: "dark" });
  return getComputedStyle(document.body).backgroundColor;
}"""


@dataclass(frozen=True)
class Found:
    """What is wrong with one page, as sentences."""

    light: list
    dark: list
    formulas: list
    pictures: list
    moving: list


@pytest.fixture(scope="session")
def axe():
    """axe-core, as a script."""
    package = pytest.importorskip("axe_playwright_python", reason="no axe: make browser")
    return Path(package.__file__).with_name("axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def paths(site, request):
    """All pages but the one that only leads to the first; with ``--each 3`` a dozen, drawn."""
    found = [path.relative_to(site) for path in sorted(site.rglob("*.html"))]
    found = [
        path.as_posix()
        for path in found
        if path.parts[0] not in ("_static", "lite") and path.as_posix() != "index.html"
    ]
    most = 4 * (request.config.getoption("--each") or len(found))
    today = random.Random(datetime.date.today().toordinal())
    return sorted(today.sample(found, min(most, len(found))))


@pytest.fixture(scope="session")
def survey(browser, book, paths, axe):
    """Page -> ``Found``, of all pages."""
    page = browser.new_page(color_scheme="light", reduced_motion="reduce")
    page.add_init_script("for (const key of ['mode', 'theme']) localStorage[key] = 'light'")
    page.set_default_timeout(120_000)
    found = {path: look_at(page, f"{book}/{path}", axe) for path in paths}
    page.close()
    return found


def look_at(page, address, axe):
    page.goto(address)
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    formulas = [
        f"{page.locator(selector).count()} of {selector}"
        for selector in (".katex [tabindex]", ".katex[tabindex]", ".katex-error")
        if page.locator(selector).count()
    ]
    pictures = page.evaluate(SILENT)
    moving = page.evaluate(MOVING)
    page.evaluate(axe)
    light = serious(page.evaluate(AXE, {}))
    white = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert page.evaluate(DARK) != white, "the page did not turn dark"
    dark = serious(page.evaluate(AXE, RULES_ON_COLOR))
    return Found(light, dark, formulas, pictures, moving)


# alt="" is a picture that only decorates; a picture within a figure is told by the figure.
SILENT = """() => [...document.querySelectorAll("article img, article course-figure")]
  .filter((node) => !node.parentElement.closest("[role=figure], [role=img]"))
  .filter((node) => !node.getAttribute("aria-label") && node.getAttribute("alt") === null)
  .map((node) => node.outerHTML.slice(0, 120))"""

# Who asks for less motion gets none: no element may take time to change.
MOVING = """() => {
  const shut = [...document.querySelectorAll("details:not([open])")];
  for (const node of shut) node.open = true; // what unfolds may move, too
  const found = new Set([...document.querySelectorAll("*")].flatMap((node) => {
    const style = getComputedStyle(node);
    const slow = (times) => times.split(",").some((time) => parseFloat(time) > 0);
    const moves = slow(style.transitionDuration) && style.transitionProperty !== "none";
    return moves || slow(style.animationDuration) ? [`${node.tagName}.${node.className}`] : [];
  }));
  for (const node of shut) node.open = false;
  return [...found].slice(0, 5);
}"""


def serious(result):
    """Sentences on what axe calls serious or critical."""
    return [
        f"{violation['id']}, {len(violation['nodes'])} times, as in "
        f"{violation['nodes'][0]['html'][:100]}"
        for violation in result["violations"]
        if violation["impact"] in SERIOUS
    ]


@pytest.mark.xdist_group("survey")  # in one process, which reads each page once
@pytest.mark.parametrize("what", ["light", "dark", "formulas", "pictures", "moving"])
def test_nothing_is_wrong_on_any_page(what, survey):
    wrong = {path: getattr(found, what) for path, found in survey.items()}
    assert {path: sentences for path, sentences in wrong.items() if sentences} == {}


def test_axe_finds_what_is_wrong(browser, axe):
    """A picture without words and gray letters on gray: else the test above would mean nothing."""
    page = browser.new_page()
    page.set_content(
        '<html lang="en"><title>t</title><main><h1>h</h1><img src="data:,">'
        '<p style="color: #999; background: #aaa">words</p></main></html>'
    )
    page.evaluate(axe)
    said = " ".join(serious(page.evaluate(AXE, {})))
    assert "image-alt" in said and "color-contrast" in said
    assert "color-contrast" in " ".join(serious(page.evaluate(AXE, RULES_ON_COLOR)))
    page.close()
