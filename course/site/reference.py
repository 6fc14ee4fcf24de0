"""The reference of ``scratch``: what Sphinx's autodoc reads, and links to it from the chapters."""

import re

from docutils import nodes

TWINS = re.compile(r"^scratch\.(loops|fast|plain)\.")  # hold the names of the layers once more

NO_WORDS = re.compile(r"Alias for field number \d+$")  # what Python says of each field of a tuple


def as_rst(lines):
    """A docstring as our editors write it, in reST: an indented block is code, so is `this`."""
    found, inside = [], False
    for line in lines:
        indented = line.startswith("    ")
        if indented and not inside and found and not found[-1]:
            found += [] if any(found) and last_words(found).endswith("::") else ["::", ""]
        inside = indented or (inside and not line)
        found.append(line if indented else re.sub(r"(?<![`:])`([^`]+)`(?![`_])", r"``\1``", line))
    return found


def last_words(lines):
    return next((line for line in reversed(lines) if line), "")


def mend_docstring(app, what, name, obj, options, lines):
    lines[:] = [] if lines[:1] and NO_WORDS.match(lines[0]) else as_rst(lines)


def places(objects):
    """``name -> (page, anchor)`` of functions and classes whose names are no ordinary words."""
    found = {}
    for path, entry in sorted(objects.items()):
        name = path.rpartition(".")[2]
        telling = "_" in name or name[:1].isupper()
        if entry.objtype in ("function", "class") and telling and not TWINS.match(path):
            found.setdefault(name, (entry.docname, entry.node_id))
    return found


def link_names(app, doctree, docname):
    """Where a page first names something of ``scratch`` as code, link it to the reference."""
    if not docname.startswith(("book/", "exercises/")) or app.builder.format != "html":
        return
    known, linked = places(app.env.get_domain("py").objects), set()
    for literal in list(doctree.findall(nodes.literal)):
        name = literal.astext().removesuffix("()")
        if name not in known or name in linked or inside_link(literal):
            continue
        page, anchor = known[name]
        if page == docname:
            continue
        linked.add(name)
        target = f"{app.builder.get_relative_uri(docname, page)}#{anchor}"
        link = nodes.reference("", "", internal=True, refuri=target, classes=["course-api"])
        literal.replace_self(link)
        link += literal


def inside_link(node):
    while node is not None:
        if isinstance(node, (nodes.reference, nodes.title)):
            return True
        node = node.parent
    return False
