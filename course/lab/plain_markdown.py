"""A chapter as plain Markdown, for programs that know no MyST: JupyterLab's notebook is one.

Roles become links and words, boxes become quotations, included code is put in. What a code cell
holds stays to the letter.
"""

import ast
import re
from functools import cache

from course.env import ROOT

ROLE = re.compile(r"\{(ref|eq|cite|cite:t|term|doc)\}`([^`]+)`")
BOX = re.compile(r"^\s*:{3,}\{([\w-]+)\}\s*(.*)$")
BOX_END = re.compile(r"^\s*:{3,}\s*$")
FENCE = re.compile(r"^(`{3,})(?:\{([\w:-]+)\}\s*(.*))?")
LABEL = re.compile(r"^\(([\w:-]+)\)=\s*$")
EQUATION_END = re.compile(r"^(.*)\$\$\s*\(([\w:-]+)\)\s*$")


def plain_markdown(text, places=None):
    """The same chapter without MyST; ``places`` maps labels to (page, title)."""
    places = labels() if places is None else places
    lines, out, start = text.splitlines(), [], 0
    k = 0
    while k < len(lines):
        fence = FENCE.match(lines[k])
        if fence is None:
            k += 1
            continue
        end = closing(lines, k, fence[1])
        out += prose(lines[start:k], places)
        out += fenced(lines[k : end + 1], fence[2], fence[3], places)
        k = start = end + 1
    return "\n".join([*out, *prose(lines[start:], places)]) + "\n"


def prose(lines, places):
    """Lines outside of fences: roles as words, boxes as quotations, no labels."""
    text = ROLE.sub(lambda role: spoken(role[1], role[2], places), "\n".join(lines))
    out, boxes = [], 0
    for line in text.split("\n") if lines else []:
        boxes, shown = outside(line, boxes)
        out += shown
    return out


def closing(lines, start, ticks):
    """The line that closes the fence opened at ``start`` (the last one, if nothing does)."""
    for k in range(start + 1, len(lines)):
        if lines[k].rstrip() == ticks:
            return k
    return len(lines) - 1


def fenced(block, directive, argument, places):
    """What a fenced block becomes: code stays, included code is put in, others lose the fence."""
    if directive in (None, "code-cell"):
        return block
    if directive == "literalinclude":
        options = dict(re.findall(r"^:(\w+):\s*(.*)$", "\n".join(block), re.MULTILINE))
        return ["```python", *included(argument, options.get("pyobject")).splitlines(), "```"]
    return prose([line for line in block[1:-1] if not line.startswith(":")], places)


def included(path, name):
    """The source of ``name`` (dotted for a method) in a file named as chapters name it."""
    source = (ROOT / "book" / path).read_text(encoding="utf-8")
    if not name:
        return source
    body = ast.parse(source)
    for part in name.split("."):
        body = next(node for node in body.body if getattr(node, "name", None) == part)
    return ast.get_source_segment(source, body)


def outside(line, boxes):
    """One line of prose: -> (how many boxes are open then, the lines that it becomes)."""
    if LABEL.match(line):
        return boxes, []
    if box := BOX.match(line):
        return boxes + 1, [f"> **{box[2] or box[1].capitalize()}**", ">"]
    if BOX_END.match(line):
        return max(boxes - 1, 0), [""]
    if boxes and re.match(r"^\s*:[\w-]+:", line):  # an option of the box
        return boxes, []
    if equation := EQUATION_END.match(line):
        line = rf"{equation[1]}\tag{{{short(equation[2])}}}$$"
    return boxes, [f"> {line}" if boxes else line]


def short(label):
    """``eq:conv-dx`` -> ``conv-dx``"""
    return label.partition(":")[2] or label


def spoken(role, content, places):
    """A role as words, or as a link where it points to a page."""
    match = re.fullmatch(r"(?:(.*?)\s*(<))?([^<>]+)>?", content, re.DOTALL)
    said, _, label = match.groups() if match else (None, None, content)
    if role in ("ref", "doc"):
        page, title = places.get(label, (None, label))
        return f"[{said or title}]({page}.md)" if page else said or title
    if role == "eq":
        return f"({short(label)})"
    return said or label if role == "term" else f"[{label}]"


@cache
def labels():
    """Where each label of the book stands: ``{label: (page, title of its section)}``."""
    found = {}
    for path in sorted((ROOT / "book").glob("*.md")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for k, line in enumerate(lines):
            if label := LABEL.match(line):
                title = next((rest for rest in lines[k + 1 : k + 3] if rest.startswith("#")), "")
                found[label[1]] = (path.stem, title.lstrip("# ") or label[1])
    return found
