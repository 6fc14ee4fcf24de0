"""Finished pages: lighter than the theme makes them, described, and with no dangling address."""

import re
from xml.etree import ElementTree

import pytest

from course import repository
from course.env import ROOT
from course.site.pages import description, lighten, mend, metatags

HEAD = """<head>
  <script defer src="../_static/scripts/fontawesome.js?digest=55c2"></script>
    <script src="../_static/searchtools.js"></script>
    <script src="../_static/language_data.js"></script>
    <script src="../searchindex.js"></script>
  <script defer src="../_static/figures.js?v=1"></script>
  <script>const a = "searchtools.js";</script>
</head>"""


def test_a_page_loses_the_scripts_that_it_does_not_need_and_no_other():
    lighter = lighten(HEAD)
    assert re.findall(r"[\w-]+\.js", lighter) == ["figures.js", "searchtools.js"]
    assert lighten(lighter) == lighter


def test_the_search_page_keeps_its_search():
    kept = lighten(HEAD, is_search=True)
    assert "searchindex.js" in kept and "language_data.js" in kept and "fontawesome" not in kept


SENTENCE = "Every output of a convolution reads a window of the input, and windows overlap."


def test_a_description_is_prose_and_ends_with_a_sentence():
    assert description(["Short.", SENTENCE]) == SENTENCE
    assert description([SENTENCE] * 3) == f"{SENTENCE} {SENTENCE}"
    assert description(["Nothing."]) == ""
    assert description(["word " * 60]).endswith("word …")


@pytest.mark.parametrize("name", ["logo.svg", "favicon.svg"])
def test_logo_and_icon_are_drawings_of_our_own_that_load_nothing(name):
    said = (ROOT / "_config.yml").read_text(encoding="utf-8")
    text = (ROOT / "assets" / name).read_text(encoding="utf-8")
    assert f"assets/{name}" in said and ElementTree.fromstring(text).tag.endswith("}svg")
    assert not re.search(r"href|url\(\s*['\"]?http|<image", text)


def test_tags_are_escaped_and_a_picture_needs_a_whole_address():
    tags = metatags('A "title"', "a < b")
    assert 'content="A &quot;title&quot;"' in tags and "a &lt; b" in tags and "og:image" not in tags
    assert "https://x.org/_static/preview.png" in metatags("A", "", "https://x.org/")


def test_controls_are_called_what_they_say():
    page = (
        '<summary aria-label="Toggle hidden content"><p>Show</p></summary>'
        '<button class="btn search-button__button" aria-label="Search" title="x">Search</button>'
        '<button aria-label="Search">kept</button>'
    )
    assert mend(page) == (
        "<summary><p>Show</p></summary>"
        '<button class="btn search-button__button" title="x">Search</button>'
        '<button aria-label="Search">kept</button>'
    )


def test_roles_that_the_standard_gave_up_go_and_a_column_without_a_name_has_no_head():
    work = '<div class="citation" id="id7" role="doc-biblioentry"><p>A</p></div>'
    heads = '<th class="head"></th><th class="head text-left"><p></p></th><th class="head">a</th>'
    assert mend(f'<div role="list" class="citation-list">{work}</div>{heads}') == (
        '<div class="citation-list"><div class="citation" id="id7"><p>A</p></div></div>'
        '<td class="head"></td><td class="head text-left"></td><th class="head">a</th>'
    )
    assert mend('<ul role="list"></ul>') == '<ul role="list"></ul>'


@pytest.fixture
def at(monkeypatch):
    def set_address(url):
        monkeypatch.setattr(repository, "address", lambda: url)

    return set_address


def test_without_an_address_nothing_points_to_one(at):
    at("")
    assert "http" not in repository.report_link("softmax") + repository.how_to_start()
    assert "(contributing.md)" in repository.report_link("softmax")


def test_with_an_address_everything_does(at):
    at("https://github.com/someone/course")
    assert "/issues/new?template=wrong_sentence.yml&amp;title=%5Bbook%5D%20softmax%3A%20" in (
        repository.report_link("softmax")
    )
    start = repository.how_to_start()
    assert "git clone https://github.com/someone/course\ncd course\nmake lab" in start
