"""Is a piece of HTML well nested?"""

from html.parser import HTMLParser


class Balance(HTMLParser):
    """Keeps the tags that are open."""

    open_tags = ()

    def handle_starttag(self, tag, attrs):
        self.open_tags += (tag,)

    def handle_endtag(self, tag):
        assert self.open_tags[-1:] == (tag,), f"</{tag}> where {self.open_tags} are open"
        self.open_tags = self.open_tags[:-1]


def assert_balanced(page):
    """Every tag is closed, the last opened first."""
    parser = Balance()
    parser.feed(page)
    assert parser.open_tags == ()
