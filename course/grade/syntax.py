"""Looking at Python source without running it."""

import ast
import hashlib
import re

from course.grade import magics
from course.grade.magics import TOO_MUCH
from course.source import PLAIN

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
SCOPES = (*DEFINITIONS, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
IMPORTS = (ast.Import, ast.ImportFrom)
FRESH_LINE = re.compile(r"[^\s)\]}#]")  # what a statement at the top level may begin with
GOES_ON = re.compile(r"(else|elif|except|finally)\b")
REACH = 60  # lines at the top level that one statement may take, where a cell is not valid Python


# ---------------------------------------------------------------- statements


def parse(source):
    """The statements of a cell, magics left out; none where it is not Python."""
    return tree_of(magics.without(source)).body


def tree_of(source):
    """The syntax tree of a text, an empty one where it is not Python."""
    try:
        return ast.parse(source)
    except TOO_MUCH:
        return ast.Module(body=[], type_ignores=[])


def is_python(source):
    return syntax_error(source) is None


def syntax_error(source):
    """What is wrong with the syntax of a cell, with its line; None where nothing is."""
    try:
        ast.parse(magics.without(source))
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except TOO_MUCH as error:
        return str(error) or type(error).__name__
    return None


def pieces(source):
    """``[(statement or None, text, line)]``: a cell, statement by statement, as it was written.

    Where the cell is not valid Python, what can be read is read; the rest has None for a statement.
    """
    text = magics.without(source)
    try:
        return [(node, segment(text, node), node.lineno) for node in ast.parse(text).body]
    except TOO_MUCH:
        return recovered(text)


def segment(text, node):
    """The text of a statement at the top level, with its decorators."""
    lines = [line.encode() for line in text.split("\n")]  # not splitlines: U+2028 ends no line here
    decorators = getattr(node, "decorator_list", [])
    first, column = node.lineno, node.col_offset
    if decorators:
        first, column = decorators[0].lineno, 0
    taken = lines[first - 1 : node.end_lineno]
    taken[-1] = taken[-1][: node.end_col_offset]
    taken[0] = taken[0][column:]
    return b"\n".join(taken).decode()


def recovered(text):
    """The pieces of a text that is not valid Python as a whole."""
    chunks, found, at = top_level_chunks(text), [], 0
    while at < len(chunks):
        line, text = chunks[at]
        part, end = longest_start(chunks, at)
        for node in tree_of(part).body:
            found.append((node, segment(part, node), line + node.lineno - 1))
        if end == at:
            found += [(None, text, line)] if text.strip() else []
        at = max(end, at + 1)
    return found


def longest_start(chunks, at):
    """The fewest chunks from this one on that are Python together: -> (text, the next chunk)."""
    for end in range(at + 1, min(at + REACH, len(chunks)) + 1):
        part = "\n".join(chunk for _, chunk in chunks[at:end])
        if tree_of(part).body:
            return part, end
    return "", at


def top_level_chunks(text):
    """``[(line, text)]``: a text cut before each line that may begin a statement."""
    chunks = []
    for number, line in enumerate(text.split("\n"), 1):
        goes_on = not FRESH_LINE.match(line) or GOES_ON.match(line)
        decorated = bool(chunks) and chunks[-1][1].lstrip().startswith("@")
        if chunks and (goes_on or (decorated and "def " not in chunks[-1][1])):
            chunks[-1][1] += "\n" + line
        else:
            chunks.append([number, line])
    return [tuple(chunk) for chunk in chunks]


# ---------------------------------------------------------------- names


def names_defined(source):
    """Functions and classes that a cell defines, found even where it does not parse."""
    if is_python(source):
        return {node.name for node in parse(source) if isinstance(node, DEFINITIONS)}
    return names_announced(source)


def names_announced(text):
    """Names behind ``def`` and ``class`` at the beginning of a line."""
    return set(re.findall(r"^(?:async[ \t]+def|def|class)[ \t]+(\w+)", text, re.M))


def at_module_level(node):
    """A statement and all that it runs at once: not what stands inside functions and classes."""
    todo = [node]
    while todo:
        inner = todo.pop()
        yield inner
        if not isinstance(inner, SCOPES):
            todo += ast.iter_child_nodes(inner)


def names_bound(node):
    """Every name that a statement binds at the top level; ``*`` for an import of everything."""
    found = set()
    for inner in at_module_level(node):
        if isinstance(inner, IMPORTS):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in inner.names}
        elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            found.add(inner.id)
        elif isinstance(inner, DEFINITIONS):
            found.add(inner.name)
    return found


def names_used(node):
    """Every name that a statement reads, now or when its functions are called.

    A name that a function declares global counts: ``calls += 1`` reads it, too.
    """
    declared = (inner.names for inner in ast.walk(node) if isinstance(inner, ast.Global))
    return names_read(node).union(*declared)


def names_read(node):
    """Names of which a statement uses the value, now or later."""
    return {
        inner.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)
    }


def read_at_once(node):
    """Names of which a statement uses the value while it is run, also by its decorators."""
    parts = [node]
    if isinstance(node, DEFINITIONS):
        parts = [*node.decorator_list, *getattr(node, "bases", [])]
        arguments = getattr(node, "args", None)
        parts += [*arguments.defaults, *filter(None, arguments.kw_defaults)] if arguments else []
    return {
        inner.id
        for part in parts
        for inner in at_module_level(part)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)
    }


def set_inside(nodes):
    """Names of which an attribute or element is set: ``Net.loss = f``, ``t[0] = 1``."""
    found = set()
    for inner in nodes:
        if isinstance(inner, (ast.Attribute, ast.Subscript)) and not isinstance(
            inner.ctx, ast.Load
        ):
            found.add(base_name(inner))
        if isinstance(inner, ast.Call) and getattr(inner.func, "id", "") == "setattr":
            found |= {base_name(argument) for argument in inner.args[:1]}
    return found - {None}


def called_on(nodes):
    """Names of which a method is called for its effect: ``table.append(1)``."""
    calls = [
        inner.value.func
        for inner in nodes
        if isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Call)
    ]
    return {base_name(call) for call in calls if isinstance(call, ast.Attribute)} - {None}


def base_name(node):
    """``a`` of ``a.b[0].c``; None where something else stands there."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


# ---------------------------------------------------------------- definitions of official cells


def is_definition(node):
    """Imports, functions, classes and constants: statements that only name something."""
    if isinstance(node, ast.ImportFrom):
        return node.module != "__future__"
    if isinstance(node, (ast.Import, *DEFINITIONS)):
        return True
    targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
    if not targets or not all(isinstance(target, ast.Name) for target in targets):
        return False
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return False
    return isinstance(node.value, ast.Lambda) or is_constant(node.value)


def is_constant(value):
    """Literals, arithmetic on them, and names in NumPy such as ``np.float32``."""
    names = [node.id for node in ast.walk(value) if isinstance(node, ast.Name)]
    return set(names) <= {"np"} and all(isinstance(node, PLAIN) for node in ast.walk(value))


def definitions(source, *, without=frozenset()):
    """The defining statements of a cell, as written, except those of names in ``without``."""
    return "\n".join(
        text
        for node, text, _ in pieces(source)
        if node is not None and is_definition(node) and not names_bound(node) & set(without)
    )


# ---------------------------------------------------------------- comparing


def shape(node):
    """What a statement says, whatever its comments and spacing; None where that is too deep."""
    try:
        return ast.dump(node)
    except RecursionError:
        return None


def renamed(source):
    """A dump of the code in which no name of the author's own choice is left, and its size."""
    try:
        tree = ast.parse(source)
        drop_docstrings(tree)
        number_names(tree)
        return ast.dump(tree), sum(1 for _ in ast.walk(tree))
    except TOO_MUCH:
        return "", 0


def fingerprint(text):
    """What stays of an answer when its names are changed, and how long it is; None for None."""
    if text is None:
        return None
    dump, size = renamed(text)
    return {"digest": hashlib.sha256(dump.encode()).hexdigest()[:16], "size": size}


def drop_docstrings(tree):
    for node in ast.walk(tree):
        if isinstance(node, (*DEFINITIONS, ast.Module)) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]


def number_names(tree):
    order = {}
    for node in ast.walk(tree):
        for attribute in ("id", "arg", "name"):
            if isinstance(getattr(node, attribute, None), str):
                old = getattr(node, attribute)
                setattr(node, attribute, order.setdefault(old, f"v{len(order)}"))
