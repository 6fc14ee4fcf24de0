"""Looking at Python source without running it."""

import ast
import re

MAGIC = re.compile(r"^[ \t]*(?:[%!?].*|[\w.]+\?{1,2}[ \t]*)$", re.M)  # lines that are not Python
TOO_MUCH = (SyntaxError, ValueError, RecursionError, MemoryError)  # what ast.parse may raise


def parse(source):
    """The statements of a cell, magics left out; none where it is not Python."""
    try:
        return ast.parse(without_magic(source)).body
    except TOO_MUCH:
        return []


def is_python(source):
    try:
        ast.parse(without_magic(source))
    except TOO_MUCH:
        return False
    return True


def names_defined(source):
    """Functions and classes that a cell defines, found even where it does not parse."""
    if is_python(source):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return {node.name for node in parse(source) if isinstance(node, kinds)}
    return set(re.findall(r"^(?:def|class)[ \t]+(\w+)", source, re.M))


def names_bound(node):
    """Every name that a statement binds at the top level."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    return {node.name} if hasattr(node, "name") else set()


def is_definition(node):
    """Imports, functions, classes and constants: statements that only name something."""
    if isinstance(node, ast.ImportFrom):
        return node.module != "__future__"
    if isinstance(node, (ast.Import, ast.FunctionDef, ast.ClassDef)):
        return True
    if not isinstance(node, ast.Assign) or not all(isinstance(t, ast.Name) for t in node.targets):
        return False
    return isinstance(node.value, ast.Lambda) or is_constant(node.value)


def is_constant(value):
    """Literals, arithmetic on them, and names in NumPy such as ``np.float32``."""
    names = [node.id for node in ast.walk(value) if isinstance(node, ast.Name)]
    kinds = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.BinOp)
    kinds += (ast.Attribute, ast.Name, ast.operator, ast.unaryop, ast.expr_context)
    return set(names) <= {"np"} and all(isinstance(node, kinds) for node in ast.walk(value))


def definitions(source, *, without=frozenset()):
    """The defining statements of a cell, as written, except those of names in ``without``."""
    lines = without_magic(source).splitlines()
    kept = []
    for node in parse(source):
        if is_definition(node) and not (names_bound(node) & set(without)):
            start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            kept.append("\n".join(lines[start - 1 : node.end_lineno]))
    return "\n".join(kept)


def without_magic(source):
    """A cell without its shell and magic lines. Where it is Python already, nothing is touched."""
    try:
        ast.parse(source)
    except TOO_MUCH:
        return MAGIC.sub("", source)
    return source


def plain(source):
    """A cell without comments, blank lines and trailing space: is it still the stub?"""
    lines = [line.rstrip() for line in source.splitlines()]
    return "\n".join(line for line in lines if line and not line.lstrip().startswith("#"))


def renamed(source):
    """A dump of the code in which no name of the author's own choice is left, and its size."""
    try:
        tree = ast.parse(source)
    except TOO_MUCH:
        return "", 0
    order = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:] or [ast.Pass()]
    for node in ast.walk(tree):
        for attribute in ("id", "arg", "name"):
            if isinstance(getattr(node, attribute, None), str):
                old = getattr(node, attribute)
                setattr(node, attribute, order.setdefault(old, f"v{len(order)}"))
    return ast.dump(tree), sum(1 for _ in ast.walk(tree))
