"""Every page of the built book is open to everyone: axe finds nothing serious, in both themes."""

from pathlib import Path

import pytest

SERIOUS = {"serious", "critical"}
AXE = "axe.run(document, { resultTypes: ['violations'] })"


@pytest.fixture(scope="session")
def axe():
    """axe-core, as a script."""
    package = pytest.importorskip("axe_playwright_python", reason="no axe: make browser")
    return Path(package.__file__).with_name("axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def paths(site):
    """All pages but the one that only leads to the first."""
    found = [path.relative_to(site) for path in sorted(site.rglob("*.html"))]
    return [
        path.as_posix()
        for path in found
        if path.parts[0] not in ("_static", "lite") and path.as_posix() != "index.html"
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(theme, browser, book, paths, axe):
    page, found = browser.new_page(color_scheme=theme), []
    page.add_init_script(f"for (const key of ['mode', 'theme']) localStorage[key] = '{theme}'")
    for path in paths:
        page.goto(f"{book}/{path}")
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        page.evaluate(axe)
        for violation in page.evaluate(AXE)["violations"]:
            if violation["impact"] in SERIOUS:
                nodes = [node["html"][:100] for node in violation["nodes"]]
                found.append(f"{path}: {violation['id']}, {len(nodes)} times, as in {nodes[0]}")
    page.close()
    assert found == []


def test_no_formula_is_a_tab_stop_and_none_fails(browser, book, paths):
    page = browser.new_page()
    for path in paths:
        page.goto(f"{book}/{path}")
        assert page.locator(".katex [tabindex], .katex[tabindex]").count() == 0, path
        assert page.locator(".katex-error").count() == 0, path
    page.close()
