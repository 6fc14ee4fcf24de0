"""What the course adds to Sphinx: the figures' scripts, on the pages that need them."""

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
    if "<course-figure" in context.get("body", ""):
        app.add_js_file("figures.js")
