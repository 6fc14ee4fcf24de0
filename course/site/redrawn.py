"""A wide plot and its narrow redrawing as one picture: the screen picks the one that fits.

``course/figures/narrow.py`` puts the narrow one beside the wide one into the output of a cell.
"""

import base64
import json
from hashlib import sha256
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.osutil import relative_uri

from course.figures.narrow import MARK
from course.files import write_whole
from course.site.html_nodes import soup

PHONE = "(max-width: 600px)"  # as in assets/css/book.css


def setup(app):
    app.connect("source-read", unpack)
    app.add_post_transform(Both)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def unpack(app, docname, source):
    """Of a stored notebook: what ``course/figures/narrow_kept.py`` put into the metadata."""
    if MARK not in source[0] or not source[0].lstrip().startswith("{"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            kept = output.get("metadata", {}).get("image/png", {})
            if png := kept.pop(MARK, None):
                output["data"]["text/html"] = f'<{MARK} data="{png.strip()}"></{MARK}>'
    source[0] = json.dumps(notebook)


class Both(SphinxPostTransform):
    """Before one of the two is chosen, and for pages only: paper has room for the wide one."""

    default_priority = 2
    formats = ("html",)

    def run(self, **kwargs):
        for mark in list(self.document.findall(nodes.raw)):
            if mark.astext().startswith(f"<{MARK} "):
                self.join(mark)

    def join(self, mark):
        bundle = mark.parent.parent
        wide = next(image for image in bundle.findall(nodes.image))
        png = base64.b64decode(soup(mark.astext()).find(MARK)["data"])
        file = f"narrow-{sha256(png).hexdigest()[:16]}.png"
        write_whole(Path(self.app.outdir) / self.app.builder.imagedir / file, png)
        builder = self.app.builder
        page = builder.get_target_uri(self.env.docname)
        source = f"{relative_uri(page, builder.imagedir)}/{file}"
        begin = f'<picture><source media="{PHONE}" srcset="{source}" />'
        wide["classes"].append("has-narrow")
        bundle.replace_self([raw(begin), wide, raw("</picture>")])


def raw(text):
    return nodes.raw("", text, format="html")
