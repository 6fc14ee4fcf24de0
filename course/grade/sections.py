"""Labels of the book, so that a report can say where to read."""

import re

from course.env import ROOT

LABELED = re.compile(r"^\((?P<label>[\w:-]+)\)=\s*\n+#+ (?P<title>.+)$", re.M)


def sections(book_url=None, root=ROOT):
    """``{label: (title, address or None)}`` for every labeled heading of the book."""
    found = {}
    for path in sorted((root / "book").glob("*.md")):
        for match in LABELED.finditer(path.read_text(encoding="utf-8")):
            anchor = match["label"].replace(":", "-").lower()
            address = book_url and f"{book_url.rstrip('/')}/book/{path.stem}.html#{anchor}"
            found[match["label"]] = (match["title"].strip(), address)
    return found
