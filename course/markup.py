"""Sentences of quizzes, checks and known mistakes as HTML. They are written in Markdown."""

from functools import cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt


def inline(text: str, *, formulas: bool = False) -> str:
    """One paragraph of Markdown as HTML without the ``<p>``; tags in it are shown, not obeyed.

    With ``formulas`` what stands between dollar signs becomes a formula, as in the chapters.
    """
    return renderer(formulas).renderInline(text.strip())


@cache
def renderer(formulas: bool) -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False})
    if formulas:
        from mdit_py_plugins.dollarmath import dollarmath_plugin  # not there where checks only run

        markdown.use(dollarmath_plugin, allow_space=False)
        markdown.add_render_rule("math_inline", formula)
    return markdown


def formula(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    r"""The markup that Sphinx gives to ``$x$`` in a chapter."""
    return rf'<span class="math notranslate nohighlight">\({escape(tokens[index].content)}\)</span>'
