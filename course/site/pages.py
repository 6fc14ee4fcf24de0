"""What is done to each finished page: lighter than the theme makes it, and described to others."""

import itertools
import re
from html import escape, unescape

SCRIPT = re.compile(r'\s*<script\b[^>]*\bsrc="[^"]*?/?([\w.-]+\.js)[^"]*"[^>]*></script>')
SEARCH = {"searchtools.js", "language_data.js", "searchindex.js"}  # the search page has its own
HEAVY = {"fontawesome.js"}  # draws icons anew that the theme's font shows already
LONGEST = 160  # what search engines show of a description


# Names that hide what a control says from those who hear or speak it.
MISNAMED = re.compile(
    r'(<summary) aria-label="Toggle hidden content"|'
    r'(<button class="[^"]*search-button__button[^"]*"[^>]*?) aria-label="Search"'
)


# Roles of the bibliography that the standard has given up, and heads of columns with no name.
OUTDATED = re.compile(
    r' role="(?:list|doc-biblioentry)"(?= class="citation)|(?<=") role="doc-biblioentry"'
)
NAMELESS = re.compile(r'<th class="(head[^"]*)">(?:<p></p>)?</th>')


def mend(page):
    """Controls are called what they say, and the sidebar is a landmark."""
    page = MISNAMED.sub(lambda tag: tag[1] or tag[2], page)
    page = NAMELESS.sub(r'<td class="\1"></td>', OUTDATED.sub("", page))
    bare = '<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar">'
    return page.replace(bare, f'{bare[:-1]} role="complementary" aria-label="The book">')


def lighten(page, *, is_search=False):
    """A page without scripts that it does not need."""
    unneeded = HEAVY if is_search else HEAVY | SEARCH

    def keep(tag):
        return "" if tag[1] in unneeded else tag[0]

    return SCRIPT.sub(keep, page)


def plain_text(markup):
    """The words of a piece of HTML."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", markup)).split())


def description(paragraphs):
    """What a page is about: its first prose, cut at the end of a sentence or else of a word."""
    prose = (text for text in paragraphs if len(text) > 40)
    text = " ".join(itertools.islice(prose, 4))
    if len(text) <= LONGEST:
        return text
    sentences = text[:LONGEST].rpartition(". ")[0]
    return f"{sentences}." if len(sentences) > 60 else text[:LONGEST].rpartition(" ")[0] + " …"


def metatags(title, about, baseurl=""):
    """Tags by which search engines and chats describe a page."""
    tags = {"description": about}
    shared = {"og:type": "article", "og:title": title, "og:description": about}
    if baseurl:  # a preview needs a whole address
        shared["og:image"] = f"{baseurl.rstrip('/')}/_static/preview.png"
        tags["twitter:card"] = "summary_large_image"
    lines = [f'<meta name="{name}" content="{escape(text)}" />' for name, text in tags.items()]
    lines += [
        f'<meta property="{name}" content="{escape(text)}" />' for name, text in shared.items()
    ]
    return "\n".join(lines) + "\n"
