"""What the course adds to Sphinx: scripts, on the pages that need them."""

from pathlib import Path

from course.figures.element import scripts


def setup(app):
    app.connect("builder-inited", write_scripts)
    app.connect("html-page-context", load_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_scripts(app):
    """One file of all scripts: a page asks for it once."""
    if app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        static.mkdir(parents=True, exist_ok=True)
        (static / "figures.js").write_text(scripts(), encoding="utf-8", newline="\n")


def load_scripts(app, pagename, templatename, context, doctree):
    body = context.get("body", "")
    if "<course-figure" in body:
        app.add_js_file("figures.js")
    at_work = pagename.startswith("exercises/") or "tag_try" in body
    if at_work or "course-progress" in body:
        app.add_css_file("css/inpage.css")
        app.add_js_file("js/progress.js")
    if at_work:
        app.add_js_file("js/inpage.js")
