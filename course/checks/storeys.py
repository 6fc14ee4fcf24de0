"""The right code of a function and what becomes of it when some of its lines are replaced."""

import ast
import builtins
import inspect
import sys
import textwrap
from functools import cache

from course.checks.spec import SPECS
from course.misconceptions import plain

PLAIN, LOOPS = "plain", "loops"
STOREYS = (PLAIN, LOOPS)


def right(function, of=PLAIN):
    """The right function (or class) in one storey of ``scratch/``: plain, or written in loops."""
    return getattr(plain, function, None) or SPECS[function].reference


def right_forward(function, of=PLAIN):
    """The right forward whose cache the right backward reads; None for other functions."""
    forward = SPECS[function].forward
    return right(forward.name, of) if forward is not None else None


def written_as(function, of):
    """The name that the right code has where it stands."""
    return right(function, of).__name__


@cache
def right_source(function, of):
    return inspect.getsource(right(function, of))


def methods_source(function, methods):
    """The right methods of a class that stand for some changed ones."""
    tree = ast.parse(textwrap.dedent(methods))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    own = [getattr(right(function), name, None) for name in names]
    return "\n".join(textwrap.dedent(inspect.getsource(method)) for method in own if method)


def changed_source(function, of, change):
    """The right source with lines replaced; a change that does not fit exactly once raises."""
    source = right_source(function, of)
    for old, new in change:
        try:
            source = replaced(source, old, new)
        except ValueError as error:
            raise ValueError(f"{function} ({of}): {error}") from None
    return source


def replaced(source, old, new):
    """Replace a part of one line or, if ``old`` ends with a line break, whole lines.

    The whole lines may stand further in than ``old`` says: what replaces them moves along.
    """
    if not old.endswith("\n"):
        if source.count(old) != 1:
            raise ValueError(f"{old!r} stands there {source.count(old)} times, not once")
        return source.replace(old, new)
    lines, wanted = source.splitlines(keepends=True), old.splitlines()
    places = [k for k in range(len(lines)) if dedented(lines[k : k + len(wanted)]) == wanted]
    if len(places) != 1:
        raise ValueError(f"the lines {old!r} stand there {len(places)} times, not once")
    first = lines[places[0]]
    margin = first[: len(first) - len(first.lstrip())]
    lines[places[0] : places[0] + len(wanted)] = [textwrap.indent(new, margin)]
    return "".join(lines)


def dedented(lines):
    return textwrap.dedent("".join(lines)).splitlines()


def compiled(function, of=PLAIN, change=()):
    """The changed code as a function or a class."""
    namespace = {**vars(home(function, of))}
    exec(compile(changed_source(function, of, change), f"<{function}>", "exec"), namespace)
    return namespace[function]


def home(function, of):
    """The module in which the right code stands."""
    return sys.modules[right(function, of).__module__]


def answer_cell(function, of=PLAIN, change=()):
    """A whole cell for a notebook: imports, the forward of a backward, the changed code."""
    forward = right_forward(function, of)
    parts = [inspect.getsource(forward)] if forward else []
    parts.append(changed_source(function, of, change))
    return "\n\n\n".join([imports(function, of, *parts), *parts])


def methods_cell(function, methods):
    """A whole cell with a class that overrides methods of the right one."""
    body = textwrap.indent(textwrap.dedent(methods).strip("\n"), "    ")
    source = f"class {function}(Right):\n{body}\n"
    own = f"from {home(function, PLAIN).__name__} import {function} as Right"
    return f"{imports(function, PLAIN, source)}\n{own}\n\n\n{source}"


def imports(function, of, *sources):
    """Import statements for all that some code takes from the module in which it stood."""
    module = home(function, of)
    trees = [ast.parse(source) for source in sources]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    made = {n.name for n in nodes if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    used = {n.id for n in nodes if isinstance(n, ast.Name)} - made
    lines, names = ["import numpy as np"], []
    for name in sorted(used & vars(module).keys() - vars(builtins).keys()):
        value = vars(module)[name]
        if inspect.ismodule(value):
            alias = "" if value.__name__ == name else f" as {name}"
            lines.append(f"import {value.__name__}{alias}")
        else:
            names.append(name)
    own = [f"from {SPECS[function].reference.__module__} import {', '.join(names)}"]
    return "\n".join([*dict.fromkeys(lines), *(own if names else [])])
