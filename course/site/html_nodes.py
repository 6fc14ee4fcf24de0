"""What a cell shows as HTML, as nodes that can be printed: a small part of HTML, and what is in it.

Not a browser: an element that it does not know counts for what it holds, buttons and scripts for
nothing, and ``details`` are open.
"""

import re

from bs4 import BeautifulSoup, NavigableString, Tag
from docutils import nodes

SILENT = {"button", "input", "script", "style", "template"}
BLOCKS = {"p", "div", "section", "ul", "ol", "details", "summary", "figure", "figcaption", "table"}
BLOCKS |= {"h1", "h2", "h3", "h4", "h5", "h6", "pre", "li"}
INLINE = {
    "code": nodes.literal,
    "b": nodes.strong,
    "strong": nodes.strong,
    "i": nodes.emphasis,
    "em": nodes.emphasis,
    "u": nodes.emphasis,
}
FORMULA = re.compile(r"^\\\((.*)\\\)$", re.S)


def soup(text):
    return BeautifulSoup(text, "html.parser")


def blocks(tag):
    """The children of a tag as block nodes; loose text becomes paragraphs."""
    found, loose = [], []

    def flush():
        if any(node.astext().strip() for node in loose):
            found.append(nodes.paragraph("", "", *loose))
        loose.clear()

    for child in tag.children:
        if isinstance(child, Tag) and (child.name in BLOCKS or child.find(BLOCKS)):
            flush()
            found += block(child)
        else:
            loose.extend(inline(child))
    flush()
    return found


def block(tag):
    """One element that stands by itself."""
    if tag.name in SILENT:
        return []
    if tag.name in ("ul", "ol"):
        kind = nodes.bullet_list if tag.name == "ul" else nodes.enumerated_list
        items = [nodes.list_item("", *blocks(li)) for li in tag.find_all("li", recursive=False)]
        return [kind("", *items)]
    if tag.name == "pre":
        return [nodes.literal_block(tag.get_text(), tag.get_text(), language="text")]
    if tag.name == "table":
        return [table(tag)]
    if tag.name == "summary" or re.fullmatch("h[1-6]", tag.name):
        return [nodes.paragraph("", "", nodes.strong("", "", *all_inline(tag)))]
    if tag.name == "p":
        return [nodes.paragraph("", "", *all_inline(tag))]
    return blocks(tag)


def all_inline(tag):
    return [node for child in tag.children for node in inline(child)]


def inline(child):
    """Text and what stands within a line, as nodes."""
    if isinstance(child, NavigableString):
        text = re.sub(r"\s+", " ", str(child))
        return [nodes.Text(text)] if type(child) is NavigableString and text else []
    if child.name in SILENT:
        return []
    if child.name == "br":
        return [nodes.raw("", "\\\\{}", format="latex")]
    formula = FORMULA.match(child.get_text().strip())
    if formula and "math" in child.get("class", ()):
        return [nodes.math("", formula[1])]
    if child.name == "code":
        return [nodes.literal(child.get_text(), child.get_text())]
    if child.name in INLINE:
        return [INLINE[child.name]("", "", *all_inline(child))]
    if child.name == "a" and re.match("https?:", child.get("href", "")):
        return [nodes.reference("", "", *all_inline(child), refuri=child["href"])]
    return all_inline(child)


def table(tag):
    """A table with its head, each column as wide as any other."""
    rows = [row.find_all(["th", "td"]) for row in tag.find_all("tr")]
    columns = max(map(len, rows))
    group = nodes.tgroup(cols=columns)
    group += [nodes.colspec(colwidth=1) for _ in range(columns)]
    head = [row for row in rows if all(cell.name == "th" for cell in row)]
    for part, some in ((nodes.thead(), head), (nodes.tbody(), [r for r in rows if r not in head])):
        for row in some:
            cells = [nodes.entry("", nodes.paragraph("", "", *all_inline(cell))) for cell in row]
            part += nodes.row("", *cells)
        if some:
            group += part
    return nodes.table("", group)
