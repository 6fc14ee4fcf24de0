"""Formulas: KaTeX draws every one of the book, without a network, and none is a tab stop."""

import json
import re
import shutil
import subprocess

import pytest

from course.env import ROOT
from tests.browser import chromium

KATEX = ROOT / "assets/vendor/katex"
TEXTS = [*ROOT.glob("book/*.md"), *ROOT.glob("book/*/*.md"), *ROOT.glob("book/quizzes/*.yml")]


def formulas(text):
    """``[latex, is it displayed]`` of every formula in Markdown; code is no formula."""
    text = re.sub(r"^```\{math\}\n(.*?)^```$", r"$$\1$$", text, flags=re.M | re.S)
    text = re.sub(r"^(`{3,}).*?^\1$|`[^`\n]*`", "", text, flags=re.M | re.S)
    shown = re.findall(r"\$\$(.+?)\$\$", text, re.S)
    inside = re.findall(r"\$([^$\n]+)\$", re.sub(r"\$\$.+?\$\$", "", text, flags=re.S))
    return [[latex, True] for latex in shown] + [[latex, False] for latex in inside]


def test_script_style_and_fonts_belong_together():
    script = (KATEX / "katex.min.js").read_text(encoding="utf-8")
    style = (KATEX / "katex.min.css").read_text(encoding="utf-8")
    (version,) = re.findall(r'\.katex-version:after\{content:"([\d.]+)"\}', style)
    assert f'"{version}"' in script
    fonts = set(re.findall(r"url\(fonts/([\w-]+\.woff2)\)", style))
    assert fonts == {path.name for path in KATEX.glob("fonts/*")}


def test_every_formula_can_be_drawn():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: the formulas are not drawn")
    found = [[path.name, *one] for path in TEXTS for one in formulas(path.read_text("utf-8"))]
    program = (
        f"const katex = require({json.dumps(str(KATEX / 'katex.min.js'))});"
        f"for (const [page, latex, displayMode] of {json.dumps(found)})"
        "  try { katex.renderToString(latex, { displayMode, strict: 'error' }); }"
        "  catch (error) { console.log(`${page}: ${latex}: ${error.message}`); }"
    )
    run = subprocess.run([node], input=program, capture_output=True, text=True, check=True)
    assert len(found) > 500 and run.stdout == ""


PAGE = r"""<!doctype html><p>Let <span class="math">\(a &lt; b\)</span> be.</p>
<div class="math" id="eq"><span class="eqno">(1)<a class="headerlink" href="#eq">#</a></span>\[
\begin{split}p &amp;= 1\\ q &amp;= 2\end{split}\]</div>
<p class="math">no formula</p><p class="math">\(\nocommand\)</p>"""


def test_formulas_are_drawn_in_place_and_are_no_tab_stops():
    with chromium() as browser:
        page, errors = browser.new_page(), []
        page.on("pageerror", lambda error: errors.append(error))
        page.set_content(PAGE)
        for script in (KATEX / "katex.min.js", ROOT / "assets/js/formulas.js"):
            page.add_script_tag(path=script)
        assert page.locator("span.math annotation").text_content() == "a < b"
        assert page.locator("#eq .katex-display").count() == 1
        assert page.locator("#eq .eqno a").count() == 1  # the number and its link stay
        assert page.locator("p.math").first.inner_text() == "no formula"
        assert "color" in page.locator("p.math").last.inner_html()  # a mistake shows in red
        assert page.locator("[tabindex]").count() == 0
        assert errors == []
