"""The right code of a function and what becomes of it when some of its lines are replaced.

The right code stands in ``scratch/``, plain or in loops (``scratch.loops``), and in the
``variants.py`` of a topic, where it is called by its label.
"""

import ast
import builtins
import inspect
import io
import sys
import textwrap
import tokenize
from functools import cache

from course.checks.spec import SPECS
from course.checks.variants import VARIANTS
from course.topics import TOPIC_OF, load_variants
from scratch import loops

PLAIN, LOOPS = "plain", "loops"


def right(function, of=PLAIN):
    """The right function (or class): plain, written in loops, or a variant."""
    if of == PLAIN:
        return SPECS[function].reference
    return getattr(loops, function) if of == LOOPS else variant_of(function, of)[0]


def right_forward(function, of=PLAIN):
    """The right forward whose cache the right backward reads; None for other functions."""
    forward = SPECS[function].forward
    if forward is None:
        return None
    if of in (PLAIN, LOOPS):
        return right(forward.name, of)
    return variant_of(function, of)[1] or forward.reference


def variant_of(function, label):
    if function in TOPIC_OF:
        load_variants(TOPIC_OF[function])
    return VARIANTS[function][label]


def ways(function):
    """The ways in which the right code of a function is written: plain, loops, labels."""
    if function in TOPIC_OF:
        load_variants(TOPIC_OF[function])
    looped = [LOOPS] if hasattr(loops, function) and SPECS[function].reference is not None else []
    return [PLAIN, *looped, *VARIANTS[function]]


@cache
def right_source(function, of):
    """The right code without docstring and comments, under the function's own name."""
    return bare_source(right(function, of), function)


def bare_source(thing, name):
    text = textwrap.dedent(inspect.getsource(thing))
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node):
            text = without_lines(text, node.body[0])
    head = tree.body[0]
    lines = without_comments(text).splitlines(keepends=True)[head.lineno - 1 :]
    kind = "class" if isinstance(head, ast.ClassDef) else "def"
    lines[0] = lines[0].replace(f"{kind} {head.name}", f"{kind} {name}", 1)
    return "".join(line for line in lines if line.strip())


def without_lines(text, node):
    """The same number of lines, those of one statement empty."""
    lines = text.splitlines(keepends=True)
    lines[node.lineno - 1 : node.end_lineno] = ["\n"] * (node.end_lineno - node.lineno + 1)
    return "".join(lines)


def without_comments(text):
    lines = text.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip() + "\n"
    return "".join(lines)


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
    """A whole cell for a notebook: imports, what the code needs, its forward, the changed code."""
    parts = [changed_source(function, of, change)]
    if SPECS[function].forward is not None:
        forward = right_forward(function, of)
        parts.insert(0, bare_source(forward, SPECS[function].forward.name))
    module = home(function, of)
    parts = [*helpers(module, parts, function), *parts]
    return "\n\n".join([imports(function, module, *parts), *parts])


def helpers(module, parts, function):
    """Functions of a ``variants.py`` that some code calls: they come along."""
    if module.__name__.startswith("scratch."):
        return []
    found, todo = {}, list(parts)
    while todo:
        for name in sorted(used_names(todo.pop()) & vars(module).keys()):
            thing = vars(module)[name]
            own = inspect.isfunction(thing) and thing.__module__ == module.__name__
            if own and name not in found and name != function:
                found[name] = bare_source(thing, name)
                todo.append(found[name])
    return list(found.values())


def methods_cell(function, methods):
    """A whole cell with a class that overrides methods of the right one."""
    body = textwrap.indent(textwrap.dedent(methods).strip("\n"), "    ")
    source = f"class {function}(Right):\n{body}\n"
    module = home(function, PLAIN)
    own = f"from {module.__name__} import {function} as Right"
    return f"{imports(function, module, source)}\n{own}\n\n\n{source}"


def used_names(source):
    return {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)}


def imports(function, module, *sources):
    """Import statements for all that some code takes from the module in which it stood."""
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    made = {n.name for n in nodes if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    used = set().union(*map(used_names, sources)) - made
    lines = ["import numpy as np"]
    for name in sorted(used & vars(module).keys() - vars(builtins).keys()):
        value = vars(module)[name]
        if inspect.ismodule(value):
            alias = "" if value.__name__ == name else f" as {name}"
            lines.append(f"import {value.__name__}{alias}")
        else:
            made_by = inspect.isfunction(value) or inspect.isclass(value)
            origin = value.__module__ if made_by else module.__name__
            lines.append(f"from {origin} import {name}")
    return "\n".join(dict.fromkeys(lines))
