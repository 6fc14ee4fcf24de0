"""The book on paper: what moves, unfolds or answers on the page, as something that can be printed.

A post-transform of the LaTeX builder. A moving figure becomes its telling frames, a quiz its
questions with lettered options, and their answers stand together at the end of the book. Folded
text is open. Of a solved exercise only the answers are kept: its text stands with the exercise.
"""

import re
from pathlib import Path

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinxcontrib.bibtex.nodes import bibliography

from course.env import ROOT
from course.notebooks import chapters
from course.site import html_nodes
from course.site.html_nodes import soup

LEFT_OUT = {"book/practice", "book/instructor_guide", "book/contributing", "book/timings"}
LEFT_OUT |= {f"solutions/{name}" for name in chapters.data()["projects"]}  # no answers in them
REFERENCES = "book/bibliography"  # its list goes to the end of the book, without its page
DRAWN = "course-figure, .course-shapes, .course-showcase"  # by a browser, as on the page
WIDE = 1000  # pixels: three columns side by side
LETTERS = "abcdefgh"
PLAY = "Play with it"  # a section about a figure that was shown before: one frame is enough
COLUMN = 420  # pixels: what is not wider stands two in a row, a little smaller


def setup(app):
    app.add_post_transform(Printed)
    app.add_post_transform(Loose)
    app.connect("builder-inited", open_camera)
    app.connect("build-finished", close_camera)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def open_camera(app):
    if app.builder.format == "latex":
        from course.site.stills import camera

        app.course_camera = camera(Path(app.outdir))
        app.course_stills = app.course_camera.__enter__().stills


def close_camera(app, error):
    if camera := getattr(app, "course_camera", None):
        camera.__exit__(None, None, None)


STAY = r"\coursestay"  # no page may end here


def latex(text):
    return nodes.raw("", text, format="latex")


class Printed(SphinxPostTransform):
    """Before the output of a cell is chosen for the builder, and for LaTeX only."""

    default_priority = 3
    formats = ("latex",)

    def run(self, **kwargs):
        self.answers = []
        opening(self.document)
        for page in list(self.document.findall(addnodes.start_of_file)):
            self.page(page, page["docname"])
        for fold in list(self.document.findall(nodes.raw)):
            unfold(fold)
        self.cells(self.document, "")  # those of the first page
        if self.answers:
            last = list(self.document.findall(addnodes.start_of_file))[-1]
            last.parent.insert(last.parent.index(last) + 1, self.answers_page())

    # ---- pages

    def page(self, page, name):
        """What is printed of one page."""
        if name in LEFT_OUT:
            page.parent.remove(page)
            return
        if name == REFERENCES:
            page.replace_self(list(page.findall(bibliography)))
            return
        if name.startswith("solutions/"):
            only_answers(page)
        number(page, name)
        self.cells(page, name)

    def cells(self, page, name):
        """What the cells of a page show; the code of a figure is left to the screen."""
        for cell in list(page.findall(is_cell)):
            if "tag_hide-input" in cell["classes"]:
                drop(cell, "cell_input")
            for bundle in list(cell.findall(is_bundle)):
                self.output(bundle, name)

    def output(self, bundle, name):
        """An output that has nothing but HTML to show becomes nodes."""
        kinds = {child["mime_type"]: child for child in bundle}
        if "text/html" not in kinds or kinds.keys() & {"image/png", "text/markdown"}:
            return
        markup = soup(kinds["text/html"].children[0].astext())
        bundle.replace_self(list(self.printed(markup, name, title_above(bundle) == PLAY)))

    def printed(self, markup, name, played=False):
        """The nodes for the HTML of one output."""
        quiz = markup.select_one(".course-quiz")
        drawn = markup.select_one(DRAWN)
        if quiz:
            self.answers.append((name, quiz))
            yield from questions(quiz)
        elif drawn:
            width = {"width": WIDE} if "course-showcase" in drawn.get("class", ()) else {}
            stills = self.app.course_stills(str(drawn), **width)  # type: ignore[attr-defined]
            yield from figure(drawn, stills[-1:] if played else stills)
        else:
            yield from with_titles_kept(html_nodes.blocks(markup))

    def answers_page(self):
        """The right option of every question, with its reason."""
        section = nodes.section("", nodes.title("", "Answers to the quizzes"), ids=["quiz-answers"])
        for name, quiz in self.answers:
            title = nodes.strong("", chapters.title(name.removeprefix("book/")))
            section += [nodes.paragraph("", "", title), latex(STAY)]
            rows = nodes.enumerated_list(enumtype="arabic", prefix="", suffix=".")
            rows += [answer(question) for question in quiz.select(".cq-question")]
            section += rows
        return section


class Loose(SphinxPostTransform):
    """Links to pages that are not printed are plain text."""

    default_priority = 20  # links have their targets by then
    formats = ("latex",)

    def run(self, **kwargs):
        for link in list(self.document.findall(nodes.reference)):
            if link.get("refuri", "").lstrip("%").split("#")[0] in LEFT_OUT | {REFERENCES}:
                link.replace_self(link.children)


# ---- pages


def opening(document):
    """What stands on the first page, with its sections, becomes one chapter before all parts."""
    root = next(document.findall(nodes.section), None)
    if root is None or not list(root.findall(addnodes.start_of_file)):
        return
    own = [c for c in root.children[1:] if not list(c.findall(addnodes.start_of_file))]
    about = nodes.section("", nodes.title("", "About this book"), ids=["about-this-book"])
    for child in own:
        root.remove(child)
    about.extend(own)
    for grid in list(about.findall(is_grid)):  # buttons, and cards that lead where the contents do
        grid.parent.remove(grid)
    root.insert(1, about)


def is_grid(node):
    return isinstance(node, nodes.container) and "sd-container-fluid" in node["classes"]


def number(page, name):
    """The number of a chapter before its title, and the part that begins with this page."""
    title = next(page.findall(nodes.title), None)
    short = name.removeprefix("book/")
    if title is not None and short in chapters.order():
        title.insert(0, nodes.Text(f"{chapters.order().index(short) + 1}. "))
    if caption := parts().get(name):
        at = page.parent.index(page)
        page.parent.insert(at, latex(rf"\coursepart{{{caption}}}"))


def parts():
    """The first page of each part -> the part's caption."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    found = {}
    for part in toc["parts"]:
        files = [one["file"] for one in part["chapters"] if one["file"] not in LEFT_OUT]
        found[files[0]] = part["caption"]
    return found


def only_answers(page):
    """Of a solution: its title, and the cells that hold an answer."""
    section = next(page.findall(nodes.section))
    title = next(page.findall(nodes.title))
    answers = [c for c in page.findall(is_cell) if "tag_answer" in c["classes"]]
    section.children = []
    section.extend([title, *answers])


# ---- cells


def is_cell(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def is_bundle(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


def title_above(node):
    """The title of the section that a node stands in."""
    while node is not None and not isinstance(node, nodes.section):
        node = node.parent
    return "" if node is None else node.next_node(nodes.title).astext()


def drop(node, name):
    for child in [c for c in node.findall(nodes.container) if name in c["classes"]]:
        child.parent.remove(child)


FOLD = re.compile(r"<summary>(.*?)</summary>", re.S)


def unfold(raw):
    """``<details><summary>Hint</summary>`` in Markdown: what is folded up follows in any case."""
    if raw.get("format") == "html" and (found := FOLD.search(raw.astext())):
        title = html_nodes.all_inline(soup(found[1]))
        raw.replace_self([nodes.paragraph("", "", nodes.strong("", "", *title)), latex(STAY)])


def with_titles_kept(blocks):
    """Blocks; a paragraph that is a title stays with what it is the title of."""
    for node in blocks:
        yield node
        if isinstance(node, nodes.paragraph) and [*map(type, node)] == [nodes.strong]:
            yield latex(STAY)


# ---- figures


def figure(drawn, stills):
    """The stills of a figure, two in a row where they fit, each with its text."""
    summary = drawn.get("summary") or drawn.get("aria-label")
    tab = None
    yield latex(r"\begin{coursefigure}")
    if drawn.name == "course-figure" and summary:
        yield nodes.paragraph("", "", nodes.emphasis("", summary))
        yield latex(r"\nopagebreak")
    for still in stills:
        if still.tab != tab:
            tab = still.tab
            yield latex(r"\coursetab")
            yield nodes.paragraph("", "", nodes.strong("", tab))
            yield latex(r"\nopagebreak")  # its title stays with its first still
        column = "0.47" if still.width <= COLUMN else "1"
        yield latex(rf"\begin{{coursestill}}{{{column}}}{{{still.file}}}{sizes(still)}")
        if still.text:
            step, of = still.place
            place = [nodes.strong("", f"{step}/{of}"), nodes.Text(" ")] if of > 1 else []
            yield nodes.paragraph("", "", *place, *with_code(still.text))
        yield latex(r"\end{coursestill}")
    yield latex(r"\end{coursefigure}")


def sizes(still):
    """Its width, and what is cut off at the right and below, in points."""
    pixels = (still.width, still.sheet[0] - still.width, still.sheet[1] - still.height)
    return "".join(f"{{{0.75 * one:.1f}bp}}" for one in pixels)


def with_code(text):
    """Text in which `code` stands between backticks."""
    for k, part in enumerate(text.split("`")):
        if part:
            yield nodes.literal(part, part) if k % 2 else nodes.Text(part)


# ---- quizzes


def questions(quiz):
    rows = nodes.enumerated_list(enumtype="arabic", prefix="", suffix=".")
    for question in quiz.select(".cq-question"):
        ask = question.select_one(".cq-ask")
        if counter := ask.select_one(".cq-number"):
            counter.extract()
        options = nodes.enumerated_list(enumtype="loweralpha", prefix="", suffix=")")
        for option in question.select(".cq-option summary"):
            said = nodes.paragraph("", "", *html_nodes.all_inline(option))
            options += nodes.list_item("", said)
        asked = nodes.paragraph("", "", *html_nodes.all_inline(ask))
        rows += nodes.list_item("", asked, options)
    yield rows
    yield nodes.paragraph("", "", nodes.emphasis("", "The answers stand at the end of the book."))


def answer(question):
    options = question.select(".cq-option")
    at = next(k for k, option in enumerate(options) if "cq-right" in option["class"])
    why = options[at].select_one(".cq-reply")
    if verdict := why.select_one("strong"):
        verdict.extract()
    letter = nodes.strong("", f"{LETTERS[at]})")
    return nodes.list_item("", nodes.paragraph("", "", letter, *html_nodes.all_inline(why)))
