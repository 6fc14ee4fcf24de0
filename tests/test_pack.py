"""The instructor's pack: what comes out can be read by others and says what the course says."""

import re
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from course.env import ROOT
from course.grade import assignment
from course.notebooks.chapters import data
from course.notebooks.quiz import names, quiz
from course.pack import bank, sheets, slides
from course.pack.__main__ import chapters

QTI = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
PAGE = """
<html><head><script src="../_static/figures.js"></script><link rel="stylesheet" href="x.css">
<link rel="icon" href="../_static/css/icon.svg"></head><body><article>
<section><h1>Pooling<a class="headerlink" href="#p">#</a></h1>
<p>A lead with a <a href="other.html">link</a>.</p>
<section><h2>See it</h2><course-figure kind="pool" data="{}"></course-figure></section>
<section><h2>An example, by hand</h2><table><tr><td>42</td></tr></table></section>
<section><h2>Quiz</h2><div class="cq-question"><p>Why?</p></div></section></section>
</article></body></html>
"""


def unescaped(text):
    """GIFT as a reader of the format takes it: a backslash lets the next sign stand for itself."""
    return re.sub(r"\\(.)", r"\1", text)


def parse_gift(text):
    """(name, ask, [(right, say, why)]) of each question, by the signs that are not escaped."""
    for block in re.split(r"\n(?=::)", text):
        match = re.match(r"::(.*?)(?<!\\)::\[html\](.*?)(?<!\\)\{\n(.*?)\n\}", block, re.DOTALL)
        if match is None:
            continue
        choices = []
        for line in match[3].splitlines():
            sign, say, why = re.fullmatch(
                r"\t([=~])\[html\](.*?)(?<!\\)#\[html\](.*)", line
            ).groups()
            choices.append((sign == "=", unescaped(say), unescaped(why)))
        yield unescaped(match[1]), unescaped(match[2]), choices


@pytest.fixture(scope="module")
def questions():
    return bank.questions()


def test_the_bank_holds_every_question_with_one_right_choice(questions):
    assert len(questions) == sum(len(quiz(name).questions) for name in names())
    for question in questions:
        assert [choice.right for choice in question.choices].count(True) == 1, question.id


def test_gift_says_what_the_bank_says(questions):
    read = list(parse_gift(bank.gift(questions)))
    assert len(read) == len(questions)
    for (name, ask, choices), question in zip(read, questions):
        assert (name, ask) == (question.id, " ".join(question.ask.split()))
        assert choices == [
            (c.right, " ".join(c.say.split()), " ".join(c.why.split())) for c in question.choices
        ]


def test_qti_says_what_the_bank_says_and_scores_the_right_choice(questions, tmp_path):
    bank.write_qti(questions, tmp_path / "bank.zip", "Questions")
    with zipfile.ZipFile(tmp_path / "bank.zip") as package:
        root = ET.fromstring(package.read("questions.xml"))
        assert b'href="questions.xml"' in package.read("imsmanifest.xml")
    items = root.findall(f".//{QTI}item")
    assert [item.get("ident") for item in items] == [question.id for question in questions]
    for item, question in zip(items, questions):
        says = [e.text for e in item.findall(f".//{QTI}response_label/{QTI}material/{QTI}mattext")]
        assert says == [choice.say for choice in question.choices]
        scored = [
            int(c.find(f".//{QTI}varequal").text)
            for c in item.findall(f".//{QTI}respcondition")
            if c.find(f"{QTI}setvar") is not None
        ]
        assert [question.choices[k].right for k in scored] == [True]


def test_equal_banks_make_equal_packages(questions, tmp_path):
    for name in ("a.zip", "b.zip"):
        bank.write_qti(questions[:3], tmp_path / name, "Questions")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


class Cells(HTMLParser):
    def __init__(self):
        super().__init__()
        self.text = ""

    def handle_data(self, data):
        self.text += data


def test_the_rubric_sheet_lists_every_item_with_its_points():
    cells = Cells()
    cells.feed(sheets.rubric_sheet())
    for name in assignment.names():
        rubric = assignment.load(name).rubric
        assert f"({rubric.total:g} points)" in cells.text
        for item in rubric.items:
            assert (item.title or item.id) in cells.text


@pytest.mark.parametrize("plan", sheets.read("plans"), ids=lambda plan: plan["id"])
def test_a_plan_names_files_that_exist_once_each_and_no_exercise_before_its_chapter(plan):
    known, told, done = sheets.titles(), [], []
    for session in plan["sessions"]:
        told += session["chapters"]
        done += session["exercises"]
        assert all(name in known for name in told + done)
        for exercise in session["exercises"]:
            taught = [
                c
                for c, about in data()["chapters"].items()
                if exercise in about.get("exercises", [])
            ]
            assert any(chapter in told for chapter in taught), exercise
    assert len(told) == len(set(told)) and len(done) == len(set(done))
    assert plan["title"] in sheets.plans(known)


def test_the_long_plan_leaves_nothing_out_and_keeps_the_order_and_the_hours():
    plan = sheets.read("plans")[0]
    told = [name for session in plan["sessions"] for name in session["chapters"]]
    done = [name for session in plan["sessions"] for name in session["exercises"]]
    assert set(told) - {"how_to_use"} == set(data()["chapters"])
    assert set(done) == set(data()["exercises"])
    for name, about in data()["chapters"].items():
        assert all(told.index(needed) < told.index(name) for needed in about["needs"]), name
    for session in plan["sessions"]:
        assert sheets.minutes_at_home(session) <= plan["home"], session["when"]


def test_open_questions_have_three_grades_and_a_chapter():
    for question in sheets.read("open_questions"):
        earned = [sample["earns"] for sample in question["samples"]]
        assert (ROOT / "book" / f"{question['chapter']}.md").exists()
        assert len(earned) == 3 and earned[0] == question["points"]
        assert earned == sorted(earned, reverse=True) and len(set(earned)) == 3


def test_open_questions_state_right_numbers():
    text = " ".join((sheets.TEACHING / "open_questions.yml").read_text(encoding="utf-8").split())
    assert f"= {16 * 3 * 5 * 5:,} weights" in text
    assert f"{3 * 32 * 32:,} inputs times 16 · 32 · 32 = {16 * 32 * 32:,} outputs" in text
    assert f"{3 * 32 * 32 * 16 * 32 * 32:,} weights" in text


def test_a_deck_takes_figure_table_and_question_from_a_page():
    from bs4 import BeautifulSoup

    deck = slides.read_deck("pool", BeautifulSoup(PAGE, "html.parser"))
    assert deck.title == "Pooling"
    assert deck.lead == "<p>A lead with a link.</p>"
    assert 'kind="pool"' in deck.figure and "42" in deck.table and "Why?" in deck.question
    assert "figures.js" in deck.head and "x.css" not in deck.head and "icon" not in deck.head


def test_decks_are_written_with_what_they_load(tmp_path, monkeypatch):
    site = tmp_path / "site"
    (site / "book").mkdir(parents=True)
    (site / "_static").mkdir(parents=True)
    (site / "_static/figures.js").write_text("new")
    (tmp_path / "pack/_static").mkdir(parents=True)
    (tmp_path / "pack/_static/figures.js").write_text("of an older pack")
    (site / "book/pool.html").write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr(slides.shutil, "which", lambda name: None)
    said = []
    made = slides.write_decks(site, tmp_path / "pack", ["pool", "missing"], say=said.append)
    assert [path.name for path in made] == ["pool.html"]
    assert (tmp_path / "pack/_static/figures.js").read_text() == "new"
    assert "PDF" in said[0]


def test_chapters_come_in_the_order_of_the_book():
    order = chapters()
    assert order.index("conv_forward") < order.index("conv_backward") < order.index("rnn_step")


def test_a_printed_figure_is_as_small_as_its_slide_needs(tmp_path, monkeypatch):
    """At the zooms 1.4 and 1 the figure runs over onto a second page."""
    path, tried = tmp_path / "deck.html", []
    path.write_text('<section class="slide">a</section><section class="slide">b</section>')

    def print_once(browser, path, zoom):
        tried.append(zoom)
        page = b"<< /Type /Page /Parent 1 0 R >>\n"
        path.with_suffix(".pdf").write_bytes(b"<< /Type /Pages >>" + page * (2 + (zoom >= 1)))

    monkeypatch.setattr(slides, "print_once", print_once)
    slides.print_pdf("a browser", path)
    assert tried == [1.4, 1.0, 0.8] and slides.pages_of(path.with_suffix(".pdf").read_bytes()) == 2
