"""Python source, read without running it: what code outputs and numbers come from."""

import ast
import hashlib
import re

from course.env import ROOT

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)
PLAIN = (  # what a constant is made of
    *(ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.BinOp),
    *(ast.Attribute, ast.Name, ast.operator, ast.unaryop, ast.expr_context),
)


def names_bound(node):
    """The names that a statement defines."""
    if isinstance(node, ast.Assign):
        targets = [n for target in node.targets for n in ast.walk(target)]
        return {n.id for n in targets if isinstance(n, ast.Name)}
    if isinstance(node, ast.AnnAssign):
        return {getattr(node.target, "id", None)}
    return {getattr(node, "name", None)}


def sha256(*texts: str) -> str:
    """Sixteen letters that tell texts apart."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def code_only(source: str) -> str:
    """``source`` without docstrings, comment lines, blank lines: none of them changes an output."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a notebook's magic
        return source
    docstrings: set[int] = set()
    strings: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node):
            docstrings.update(lines_of(node.body[0]))
        elif isinstance(node, (ast.Constant, ast.JoinedStr)):
            strings.update(lines_of(node))
    kept = []
    for number, line in enumerate(source.splitlines(), 1):
        inside = number in strings and number not in docstrings
        if inside or (number not in docstrings and not re.match(r"\s*(#|$)", line)):
            kept.append(line.rstrip())
    return "\n".join(kept)


def lines_of(node: ast.stmt | ast.expr) -> range:
    """The numbers of the lines on which a statement or an expression stands."""
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def plain(source: str) -> str:
    """A cell without comments, blank lines and trailing space: is it still the stub?"""
    lines = [line.rstrip() for line in source.split("\n")]
    return "\n".join(line for line in lines if line and not line.lstrip().startswith("#"))


def tree_of_cell(source: str) -> ast.Module:
    """The syntax tree of a cell, without a notebook's magic."""
    try:
        return ast.parse(source)
    except SyntaxError:
        code = "\n".join(line for line in source.splitlines() if not re.match(r"\s*[%!]", line))
        return ast.parse(code)


def imported_names(source):
    """Dotted names that the import statements of ``source`` may stand for."""
    for node in ast.walk(tree_of_cell(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_modules(source, root):
    """Paths of the modules of ``scratch/`` and ``course/`` that ``source`` imports.

    Of a package inside them all modules count, however it imports them.
    """
    for name in imported_names(source):
        top, *parts = name.split(".")
        if top not in ("scratch", "course"):
            continue
        yield from root.glob(f"{top}/__init__.py")
        for end in range(1, len(parts) + 1):
            path = root.joinpath(top, *parts[:end])
            if path.is_dir():
                yield from path.rglob("*.py")
            elif path.with_suffix(".py").exists():
                yield path.with_suffix(".py")


def inputs_digest(notebook, root=ROOT, counts=None):
    """Digest of all code that a notebook's outputs come from: its cells and what they import.

    With ``counts`` only modules whose path, such as ``"scratch/cnn.py"``, it accepts are looked at.
    """
    return code_digest([c.source for c in notebook.cells if c.cell_type == "code"], root, counts)


def numbers_digest(sources, pattern, root=ROOT):
    """Digest of the code that numbers come from: what ``sources`` import, as far as paths match."""
    return code_digest(sources, root, lambda name: bool(pattern.fullmatch(name)))


def code_digest(sources, root=ROOT, counts=None):
    """The same of some source texts: they, and what they import, and what that imports."""
    counts = counts or (lambda name: True)
    todo = {path for source in sources for path in imported_modules(source, root)}
    code = {}
    while todo:
        path = todo.pop()
        if not counts(path.relative_to(root).as_posix()):
            continue
        source = path.read_text(encoding="utf-8")
        code[path.relative_to(root).as_posix()] = code_only(source)
        found = set(imported_modules(source, root))
        todo |= {path for path in found if path.relative_to(root).as_posix() not in code}
    return sha256(*map(code_only, sources), *(f"{name}\n{code[name]}" for name in sorted(code)))
