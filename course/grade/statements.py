"""A submission as a list of statements: what each one binds, changes and needs.

Nothing is run. A cell that is not valid Python gives the statements that can be read, and one
statement for each piece that cannot.
"""

import ast
import functools
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from course.grade import magics, syntax

KINDS = {
    "definition": "a function or a class",
    "import": "of what is installed, or is not",
    "own import": "of what another cell has written into a file, or a run of it",
    "file": "a whole cell that is written into a file",
    "other": "any other statement",
    "broken": "what is not valid Python",
}
FENCED = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*\n(.*?)^[ \t]*(?:```|~~~)", re.M | re.S)


@dataclass(frozen=True)
class Statement:
    """One statement at the top level of a cell."""

    text: str
    cell: int  # index in the notebook
    line: int  # in its cell, from 1
    is_code: bool  # it stood in a code cell, not in a text cell
    kind: str  # see KINDS
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
    body, is_code = magics.read(text), cell.kind == "code"
    found = [
        statement(node, part, index, line, is_code and body.stays)
        for node, part, line in syntax.pieces(body.python)
    ]
    return [file_of(text, body, index), *found] if body.file and is_code else found


def file_of(text, body, index):
    """The statement that a cell is which is written into a file: it needs what the file imports."""
    names, nothing = frozenset({file_name(body.file)}), frozenset()
    uses = files_imported(syntax.tree_of(body.python)) - names
    binds, changes = (nothing, names) if body.adds else (names, nothing)
    return Statement(text, index, 1, True, "file", binds, changes, nothing, frozenset(uses))


def file_name(path):
    """A file among the names of statements; a package is called like its folder."""
    place = PurePosixPath(path.replace("\\", "/"))
    is_package = place.name == "__init__.py" and place.parent.name
    return f"file {place.parent.name}.py" if is_package else f"file {place.name}"


def files_imported(tree):
    """The files that an import may mean, were they in the learner's folder."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {part for alias in node.names for part in alias.name.split(".")}
        elif isinstance(node, ast.ImportFrom):
            found |= {*(node.module or "").split("."), *(alias.name for alias in node.names)}
    return {f"file {part}.py" for part in found}


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
        frozenset(syntax.names_used(node) | files_imported(node)),
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
