"""A submission as a list of statements: what each one binds, changes and needs.

Nothing is run. A cell that is not valid Python gives the statements that can be read, and one
statement for each piece that cannot.
"""

import ast
import functools
import re
from dataclasses import dataclass

from course.grade import syntax

FENCED = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*\n(.*?)^[ \t]*(?:```|~~~)", re.M | re.S)


@dataclass(frozen=True)
class Statement:
    """One statement at the top level of a cell."""

    text: str
    cell: int  # index in the notebook
    line: int  # in its cell, from 1
    is_code: bool  # it stood in a code cell, not in a text cell
    kind: str  # "definition", "import", "other", or "broken" where it is not valid Python
    binds: frozenset
    changes: frozenset  # names whose object it changes without binding them
    acts_on: frozenset  # names of which it calls a method
    uses: frozenset
    node: ast.AST | None = None

    @property
    def place(self):
        """Names the statement in rows and copies: two at one place have the same text."""
        return f"{self.cell}:{self.line}:{self.text[:30]}"

    @property
    def where(self):
        return f"cell {self.cell + 1}, line {self.line}"

    @functools.cached_property
    def at_once(self):
        """Names that must be there when the statement is run: not those in a function's body."""
        return self.changes | (syntax.read_at_once(self.node) if self.node else frozenset())

    @property
    def is_everywhere(self):
        """Imports of all names of a module, and of Python's future, concern all that follows."""
        return self.kind == "import" and (
            "*" in self.binds or getattr(self.node, "module", "") == "__future__"
        )


def statements_of(index, cell):
    """The statements of one cell of a submission."""
    text = cell.source if cell.kind == "code" else code_in_text(cell.source)
    return [
        statement(node, part, index, line, cell.kind == "code")
        for node, part, line in syntax.pieces(text)
    ]


def code_in_text(text):
    """The fenced code of a text cell; the whole cell where there is none."""
    fenced = FENCED.findall(text)
    return "\n".join(fenced) if fenced else text


def statement(node, text, cell, line, is_code):
    if node is None:
        names = frozenset(syntax.names_announced(text))
        nothing = frozenset()
        return Statement(text, cell, line, is_code, "broken", names, nothing, nothing, nothing)
    return Statement(
        text,
        cell,
        line,
        is_code,
        kind_of(node),
        frozenset(syntax.names_bound(node)),
        frozenset(syntax.set_inside(syntax.at_module_level(node))),
        frozenset(syntax.called_on(syntax.at_module_level(node))),
        frozenset(syntax.names_used(node)),
        node,
    )


def kind_of(node):
    if isinstance(node, syntax.DEFINITIONS):
        return "definition"
    return "import" if isinstance(node, syntax.IMPORTS) else "other"


def providers(name, user, statements):
    """The statements that make ``name`` what it is for the statement ``user``, in their order.

    Variables are what they were made above the cell that needs them, or in it: experiments further
    down do not count, unless nothing stands above. Functions and classes count wherever they stand.
    """
    found = [s for s in statements if name in s.binds | s.changes]
    found = [s for s in found if s.is_code] or found
    if any(s.kind == "other" and name in s.binds for s in found):
        found = [s for s in statements if s in found or name in s.acts_on]
    above = [s for s in found if s.cell <= user.cell]
    lasting = [s for s in found if s.kind == "definition" and s.cell > user.cell]
    return [*above, *lasting] if above else found
