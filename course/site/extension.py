"""What the course adds to Sphinx: formulas by KaTeX, and each script only on pages that need it."""

import re
from pathlib import Path

from sphinx.ext.mathjax import html_visit_displaymath, html_visit_math

from course.figures.element import scripts
from course.notebooks.progress import table_for_pages
from course.site.reference import link_names, mend_docstring

FORMULA = re.compile(r'class="[^"]*\bmath\b')
PROGRESS = '<div class="course-progress">'


def setup(app):
    # The markup that Sphinx writes for MathJax, \( and \[ within elements of the class "math", with
    # numbers and references; assets/js/formulas.js turns it into formulas.
    app.add_html_math_renderer("katex", (html_visit_math, None), (html_visit_displaymath, None))
    app.connect("builder-inited", write_scripts)
    app.connect("html-page-context", load_scripts)
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
    at_work = pagename.startswith("exercises/") or "tag_try" in body
    if at_work or "course-progress" in body:
        app.add_css_file("css/inpage.css")
        app.add_js_file("js/progress.js", loading_method="defer")
    if at_work:
        app.add_js_file("js/inpage.js", loading_method="defer")
