"""The book on paper: what moves, unfolds or answers on the page can be printed. TeX is not run."""

from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes
from sphinxcontrib.bibtex.nodes import bibliography

from course.env import ROOT
from course.figures import panels
from course.figures.shape_diagram import draw_shapes
from course.notebooks import chapters
from course.notebooks.quiz import in_some_order, names, quiz
from course.site import html_nodes, pdf, printed
from course.site.browser import NoBrowser
from course.site.stills import Still, camera, chosen, telling
from course.topics import mistakes
from scratch.layers import fc_forward


def cell(html, *classes):
    """A code cell as it comes out of a notebook, with an output that is HTML."""
    output = nodes.container("", nodes.raw("", html, format="html"), mime_type="text/html")
    plain = nodes.container("", nodes.literal_block("", "repr"), mime_type="text/plain")
    bundle = nodes.container("", output, plain, nb_element="mime_bundle")
    code = nodes.container("", nodes.literal_block("", "some_code()"), classes=["cell_input"])
    shown = nodes.container("", bundle, classes=["cell_output"])
    return nodes.container("", code, shown, nb_element="cell_code", classes=["cell", *classes])


def page(name, *content):
    section = nodes.section("", nodes.title("", f"Title of {name}"), *content)
    return addnodes.start_of_file("", section, docname=name)


STILLS = [
    Still("Forward", (k, 9), f"`x` at {k}", f"{k}.pdf", width, 200, (620, 900))
    for k, width in ((1, 300), (9, 600))
]


@pytest.fixture
def asked():
    """What the camera was asked for."""
    return []


@pytest.fixture
def on_paper(asked):
    """``on_paper(page, ...)`` -> the document of a book of these pages, as it is printed."""

    def camera(markup, **options):
        asked.append(markup)
        return STILLS

    def build(*pages):
        document = new_document("book")
        document.settings.env = SimpleNamespace(app=SimpleNamespace(course_stills=camera))
        title, hello = nodes.title("", "The book"), nodes.paragraph("", "Hello.")
        document += nodes.section("", title, hello, *pages)
        printed.Printed(document).run()
        return document

    return build


def words(document):
    """All text but what is meant for another kind of page."""
    texts = document.findall(nodes.Text)
    return " ".join(t for t in texts if not isinstance(t.parent, nodes.raw))


def tex(document):
    return [raw.astext() for raw in document.findall(nodes.raw) if raw["format"] == "latex"]


def test_a_moving_figure_becomes_its_stills_each_with_its_text(on_paper, asked):
    bars = panels.bars([1.0, 2.0], names=["a", "b"])
    figure = panels.panels_stepper([("one", [bars]), ("two", [bars])], alt="Two bars.")
    book = on_paper(page("book/softmax", cell(figure.element(), "tag_hide-input")))
    assert asked[0].startswith("<course-figure") and "Two bars." in asked[0]
    sheets = [line for line in tex(book) if "begin{coursestill}" in line]
    assert sheets == [
        r"\begin{coursestill}{0.47}{1.pdf}{225.0bp}{240.0bp}{525.0bp}",
        r"\begin{coursestill}{1}{9.pdf}{450.0bp}{15.0bp}{525.0bp}",
    ]
    assert sum("end{coursestill}" in line for line in tex(book)) == 2
    assert tex(book).count(r"\nopagebreak") == 2  # after the summary, and after the tab's title
    said = words(book)
    assert "Two bars." in said and "Forward" in said and "1/9" in said and "9/9" in said
    assert [literal.astext() for literal in book.findall(nodes.literal)] == ["x", "x"]
    assert "some_code" not in said and "repr" not in said  # its code is on the screen


def test_code_that_a_page_shows_is_printed(on_paper):
    book = on_paper(page("book/softmax", cell("<p>out</p>")))
    assert "some_code" in words(book) and "out" in words(book)


def test_shapes_are_drawn_too(on_paper, asked):
    on_paper(page("book/softmax", cell(draw_shapes(fc_forward)._repr_html_())))
    assert len(asked) == 1 and "course-shapes" in asked[0]


@pytest.mark.parametrize("name", names())
def test_a_quiz_asks_on_its_page_and_answers_at_the_end(name, on_paper):
    home = f"book/{name}"
    book = on_paper(page(home, cell(quiz(name)._repr_html_())), page("book/notation"))
    here = next(p for p in book.findall(addnodes.start_of_file) if p["docname"] == home)
    end = next(s for s in book.findall(nodes.section) if "quiz-answers" in s["ids"])
    asks, *options = here.findall(nodes.enumerated_list)
    replies = list(end.findall(nodes.enumerated_list))[0]
    questions = quiz(name).questions
    assert len(asks) == len(options) == len(replies) == len(questions)
    for question, shown, reply in zip(questions, options, replies):
        right = [bool(option.get("right")) for option in in_some_order(question)].index(True)
        assert len(shown) == len(question["options"])
        assert reply.astext().startswith(f"{printed.LETTERS[right]})")
        assert "Right" not in reply.astext().split()[:2]
    for formula in book.findall(nodes.math):
        assert formula.astext() and "\\(" not in formula.astext()
    assert "\\(" not in words(book) and "Right." not in words(here)


def test_folded_text_is_open_and_keeps_its_title(on_paper):
    fold = nodes.raw("", "<details><summary>Hint 1: <code>x</code></summary>", format="html")
    close = nodes.raw("", "</details>", format="html")
    book = on_paper(page("exercises/01_x", fold, nodes.paragraph("", "Think."), close))
    assert "Hint 1:  x Think." in words(book)
    (stay,) = (raw for raw in book.findall(nodes.raw) if raw.astext() == printed.STAY)
    assert stay.parent[stay.parent.index(stay) - 1].astext().startswith("Hint 1")
    known = on_paper(page("book/softmax", cell(mistakes("softmax_loss")._repr_html_())))
    assert [raw.astext() for raw in known.findall(nodes.raw)].count(printed.STAY) == 1
    assert "mistakes in" in words(known) and len(list(known.findall(nodes.list_item))) > 3


def test_of_a_solution_only_the_answers_are_printed(on_paper):
    prose = nodes.paragraph("", "The text of the exercise.")
    answer, check = cell("<p>a</p>", "tag_answer"), cell("<p>checked</p>", "tag_check")
    book = on_paper(page("solutions/01_x", prose, answer, check))
    assert words(book).endswith("Title of solutions/01_x some_code() a")


def test_the_first_page_is_a_chapter_before_the_parts_and_chapters_have_numbers(on_paper):
    name, *_ = chapters.order()
    second = next(iter(list(chapters.parts().values())[1]))
    grid = nodes.container("", nodes.paragraph("", "A button"), classes=["sd-container-fluid"])
    pages = page("book/practice", nodes.paragraph("", "cards")), page(f"book/{name}"), grid
    book = on_paper(*pages, page(f"book/{second}"))
    root = next(book.findall(nodes.section))
    assert root[1].astext() == "About this book\n\nHello."
    assert "A button" not in words(book) and "cards" not in words(book)
    titles = [title.astext() for title in book.findall(nodes.title)]
    assert f"1. Title of book/{name}" in titles
    assert f"{chapters.order().index(second) + 1}. Title of book/{second}" in titles
    captions = list(chapters.parts())[:2]
    assert tex(book) == [rf"\coursepart{{{caption}}}" for caption in captions]


def test_every_part_of_the_book_begins_on_a_page_that_is_printed():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    assert list(printed.parts().values()) == [part["caption"] for part in toc["parts"]]
    assert not printed.parts().keys() & printed.LEFT_OUT


@pytest.mark.parametrize(
    "html, expected",
    [
        ("<p>a <code>b</code></p>", "<paragraph>a <literal>b</literal></paragraph>"),
        ("loose <b>text</b>", "<paragraph>loose <strong>text</strong></paragraph>"),
        (
            "<ul><li>a</li><li>b</li></ul>",
            "<bullet_list><list_item><paragraph>a</paragraph></list_item>"
            "<list_item><paragraph>b</paragraph></list_item></bullet_list>",
        ),
        (
            r'<p><span class="math">\(x &lt; y\)</span></p>',
            "<paragraph><math>x < y</math></paragraph>",
        ),
        ("<div><button>press</button><script>1</script></div>", ""),
        (
            '<p><a href="https://x.org">a</a><a href="b.html">b</a></p>',
            '<paragraph><reference refuri="https://x.org">a</reference>b</paragraph>',
        ),
    ],
)
def test_html_becomes_nodes(html, expected):
    assert "".join(str(n) for n in html_nodes.blocks(html_nodes.soup(html))) == expected


def test_a_table_keeps_its_cells():
    html = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
    (table,) = html_nodes.blocks(html_nodes.soup(html))
    assert [e.astext() for e in table.findall(nodes.entry)] == ["a", "b", "1", "2"]
    assert len(list(table.findall(nodes.thead))) == 1


def test_frames_that_tell_a_figure():
    assert telling(["a"]) == [0] and telling(list("abcd")) == [0, 1, 2, 3]
    texts = ["x"] * 20
    texts[1], texts[9] = "the longest of all", "a longer one"
    assert telling(texts) == [0, 9, 19]
    for n in range(5, 40):
        first, middle, last = telling(["x"] * n)
        assert 0 == first < middle < last == n - 1


def test_of_many_tabs_only_the_first_is_told_from_its_beginning():
    long = {"texts": ["x"] * 20}
    assert len(list(chosen([long] * 4))) == 12
    assert list(chosen([long] * 5))[2:] == [(0, 19), (1, 19), (2, 19), (3, 19), (4, 19)]


def test_a_figure_to_play_with_was_shown_before_so_one_frame_is_enough(on_paper):
    figure = panels.panels_stepper([("one", [panels.bars([1.0], names=["a"])])], alt="A bar.")
    shown = cell(figure.element(), "tag_hide-input")
    section = nodes.section("", nodes.title("", printed.PLAY), shown)
    sheets = [
        line for line in tex(on_paper(page("book/softmax", section))) if "{coursestill}{" in line
    ]
    assert len(sheets) == 1 and "{9.pdf}" in sheets[0]


def test_a_still_ends_where_its_chart_ends(tmp_path):
    """A line that leaves its chart is cut off at the frame, on the page and on paper."""
    heights = []
    for far in (1, 100):
        line = {"line": np.array([[0, 0], [1, far]])}
        plane = panels.plane({}, lines=line, x_range=(0, 1), y_range=(0, 1))
        figure = panels.panels_stepper([("one", [plane])], alt="A line.")
        try:
            with camera(tmp_path) as at:
                heights.append(at.stills(figure.element())[0].height)
        except NoBrowser as missing:
            pytest.skip(f"no browser: {missing}")
    assert heights[0] == heights[1]


def test_the_list_of_references_is_printed_without_its_page(on_paper):
    book = on_paper(page("book/bibliography", bibliography("", ids=["references"])))
    assert len(list(book.findall(bibliography))) == 1
    assert "Title of book/bibliography" not in words(book)


def test_what_is_cited_and_not_listed_is_told():
    cited = r"see \hyperlink{cite.book/bibliography:id6}{37}"
    listed = r"\bibitem[37]{book/bibliography:id6}"
    assert pdf.loose_citations(cited + listed) == []
    (said,) = pdf.loose_citations(cited)
    assert "id6" in said


def test_what_a_reader_would_see_is_found_in_the_log():
    log = (
        "./book.tex:7: Undefined control sequence.\n"
        "Missing character: There is no \u2713 in font x!\n"
        "Overfull \\hbox (40.1pt too wide) in paragraph at lines 5--6\n"
        "Overfull \\hbox (2.1pt too wide) in paragraph at lines 7--8\n"
        "LaTeX Warning: Hyper reference `book/x::doc' on page 2 undefined\n"
    )
    assert len(pdf.problems(log)) == 4
    assert pdf.problems("Output written on book.pdf (3 pages).") == []


def test_without_latex_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda program: None)
    assert "apt-get install" in pdf.missing_programs()
