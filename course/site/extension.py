"""What the course adds to Sphinx: formulas by KaTeX, each script only on pages that need it, what
follows from the repository's address, and pages that are light and say what they are about."""

import re
from pathlib import Path

from docutils import nodes
from sphinx.ext.mathjax import html_visit_displaymath, html_visit_math

from course.figures.element import scripts
from course.notebooks.progress import script_for_pages, table_for_pages
from course.repository import address
from course.site.pages import description, lighten, mend, metatags, plain_text
from course.site.reference import link_names, mend_docstring

FORMULA = re.compile(r'class="[^"]*\bmath\b')
UNUSED = re.compile("thebe")  # cells run in Python on the page, see course/site/inpage.py
PROGRESS = '<div class="course-progress">'
PICTURE = '<div class="course-picture">'


def setup(app):
    # The markup that Sphinx writes for MathJax, \( and \[ within elements of the class "math", with
    # numbers and references; assets/js/formulas.js turns it into formulas.
    app.add_html_math_renderer("katex", (html_visit_math, None), (html_visit_displaymath, None))
    app.connect("config-inited", point_at_repository)
    app.connect("builder-inited", write_scripts)
    app.connect("html-collect-pages", wrong_address)
    app.connect("html-page-context", load_scripts)
    app.connect("html-page-context", launch_what_opens, priority=502)  # the theme's: 501
    app.connect("html-page-context", describe, priority=900)
    app.connect("build-finished", finish_pages)
    app.connect("autodoc-process-docstring", mend_docstring)
    app.connect("doctree-resolved", link_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_scripts(app):
    """One file of all the figures' scripts: a page asks for it once."""
    if app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        static.mkdir(parents=True, exist_ok=True)
        (static / "figures.js").write_text(scripts(), encoding="utf-8", newline="\n")


def load_scripts(app, pagename, templatename, context, doctree):
    body = context.get("body", "")
    if PROGRESS in body:  # at the end: the notebooks change without the page
        body = context["body"] = body.replace(PROGRESS, f"{PROGRESS}{table_for_pages()}")
    if "<course-figure" in body:
        app.add_js_file("figures.js", loading_method="defer")
    if "<course-practice" in body:
        app.add_js_file("js/practice.js", loading_method="defer")
    if FORMULA.search(body):
        app.add_css_file("vendor/katex/katex.min.css")
        app.add_js_file("vendor/katex/katex.min.js", loading_method="defer")
        app.add_js_file("js/formulas.js", loading_method="defer")
    at_work = pagename.startswith("exercises/") or "tag_try" in body or PICTURE in body
    if at_work or "course-progress" in body:
        app.add_css_file("css/inpage.css")
        app.add_js_file(None, body=script_for_pages())
        app.add_js_file("js/progress.js", loading_method="defer")
    if at_work:
        app.add_js_file("js/inpage.js", loading_method="defer")


BUTTONS = ("use_repository_button", "use_issues_button", "use_edit_page_button")
LAUNCH = {
    "notebook_interface": "jupyterlab",
    "binderhub_url": "https://mybinder.org",
    "colab_url": "https://colab.research.google.com",
}


def point_at_repository(app, config):
    """Buttons that lead to the repository, if it has an address."""
    options = config.html_theme_options
    options.update({"repository_url": address(), **dict.fromkeys(BUTTONS, bool(address()))})
    if address().startswith("https://github.com/"):
        options["launch_buttons"] = LAUNCH


def launch_what_opens(app, pagename, templatename, context, doctree):
    """Colab opens notebooks, not the Markdown of chapters: no button there."""
    if app.env.doc2path(pagename).endswith(".ipynb"):
        return
    for group in context.get("header_buttons", []):
        if group.get("label") == "launch-buttons":
            group["buttons"] = [one for one in group["buttons"] if one["text"] != "Colab"]


NOT_FOUND = """<h1>This page is not here</h1>
<p>The address may have a mistake, or the page has moved. From the <a href="index.html">first
page</a> every chapter and exercise is one click away, and the search at the left finds words on
all of them.</p>"""


def wrong_address(app):
    """``404.html``, which hosts show where there is no page."""
    yield "404", {"title": "This page is not here", "body": NOT_FOUND}, "page.html"


def describe(app, pagename, templatename, context, doctree):
    """Meta tags, one title on the first page, and no scripts of what the site does not use."""
    title = plain_text(context.get("title", ""))
    base = app.config.html_baseurl
    tags = metatags(title, description(prose(doctree)), base)
    context["metatags"] = context.get("metatags", "") + tags
    if pagename == "404" and base:  # shown at any depth, so its links begin at the site's root
        context["metatags"] += f'<base href="{base.rstrip("/")}/" />\n'
    if pagename == app.config.root_doc or title == context.get("docstitle"):
        context["docstitle"] = ""
    for files in ("script_files", "css_files"):
        context[files] = [f for f in context.get(files, []) if not UNUSED.search(str(f))]


def prose(doctree):
    """The paragraphs of a page's sections, without formulas: none of a cell, a list or a box."""
    paragraphs = doctree.findall(nodes.paragraph) if doctree is not None else ()
    own = (one for one in paragraphs if isinstance(one.parent, nodes.section))
    return [" ".join(one.astext().split()) for one in own if not any(one.findall(nodes.math))]


def finish_pages(app, error):
    """Take from each page what it does not need, and mend what the theme gets wrong."""
    if error or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        lighter = mend(lighten(page, is_search=path.name == "search.html"))
        if lighter != page:
            path.write_text(lighter, encoding="utf-8", newline="\n")
