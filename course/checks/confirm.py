"""What the learner's own code says: numbers propose a mistake, the source confirms it."""

import ast
import inspect
import linecache
import re
import textwrap
from functools import lru_cache

from course.checks.trouble import is_learners


def source_of(function):
    """The source of a learner's function, with those of their own that it calls; "" if unknown."""
    parts, todo, seen = [], [function], set()
    while todo:
        one = todo.pop(0)
        if id(one) in seen or len(seen) > 20:
            continue
        seen.add(id(one))
        text = own_source(one)
        parts.append(text)
        space = getattr(inspect.unwrap(one), "__globals__", {})
        names = dict.fromkeys(re.findall(r"\b[A-Za-z_]\w*", text))
        todo += [space[name] for name in names if theirs(space.get(name))]
    return "\n".join(part for part in parts if part)


def as_cell(source, name):
    """What a notebook's cell with this source defines under a name, its source in reach."""
    file = f"<cell {hash(source)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space = {"__name__": "__main__"}
    exec(compile(source, file, "exec"), space)
    return space[name]


def methods_of(source, some):
    """Of some code the functions that are called like those in ``some``; all, if there are none."""
    wanted = {n.name for n in ast.walk(ast.parse(textwrap.dedent(some)))
              if isinstance(n, ast.FunctionDef)}  # fmt: skip
    found = [n for n in ast.walk(ast.parse(source))
             if isinstance(n, ast.FunctionDef) and n.name in wanted]  # fmt: skip
    return "\n".join(map(ast.unparse, found)) or source


def theirs(thing):
    """A function that the learner wrote."""
    code = getattr(thing, "__code__", None)
    return code is not None and is_learners(code.co_filename)


def own_source(thing):
    """The source of one thing without comments and docstrings, as Python writes it."""
    try:
        tree = ast.parse(text_of(thing))
    except (OSError, TypeError, SyntaxError, IndexError):
        return ""
    return ast.unparse(without_docstrings(tree))


def text_of(thing):
    """The source text of a function or a class, not indented; raises OSError or TypeError.

    Python finds the source of a class by its module, and a notebook's cell has none: there the
    class is looked up around one of its methods.
    """
    if inspect.isclass(thing):
        methods = [m for m in vars(thing).values() if inspect.isfunction(m)]
        lines = linecache.getlines(methods[0].__code__.co_filename) if methods else []
        first = methods[0].__code__.co_firstlineno if methods else 0
        for node in ast.walk(ast.parse("".join(lines))):
            named = isinstance(node, ast.ClassDef) and node.name == thing.__name__
            if named and node.lineno <= first <= node.end_lineno:
                return textwrap.dedent("".join(lines[node.lineno - 1 : node.end_lineno]))
    return textwrap.dedent(inspect.getsource(thing))


def without_docstrings(tree):
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            is_text = isinstance(getattr(body[0], "value", None), ast.Constant)
            node.body = (body[1:] or [ast.Pass()]) if is_text else body
    return tree


# ---------------------------------------------------------------- is it in the code?


@lru_cache(maxsize=8192)
def features(source):
    """What is done in some code, piece by piece: operations with their operands, roughly.

    Names of variables do not count, apart from those that the signature gives.
    """
    nodes, given = nodes_and_parameters(source)
    return frozenset(filter(None, (piece(node, given) for node in nodes)))


@lru_cache(maxsize=256)
def nodes_and_parameters(source):
    """(all nodes, the names of all parameters in them); of what is no code, none."""
    try:
        nodes = list(ast.walk(ast.parse(textwrap.dedent(source))))
    except SyntaxError:
        nodes = []
    given = {arg.arg for node in nodes if isinstance(node, ast.arguments)
             for arg in [*node.args, *node.kwonlyargs]}  # fmt: skip
    return nodes, given


def piece(node, given):
    def head(part):
        return head_of(part, given)

    if isinstance(node, ast.BinOp):
        sides = [head(node.left), head(node.right)]
        return f"{type(node.op).__name__}({', '.join(sides)})"
    if isinstance(node, ast.AugAssign):
        return f"{type(node.op).__name__}= {type(node.target).__name__}"
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        return f"= {head(node.value)}"
    if isinstance(node, ast.Call):
        words = [f"{k.arg}={head(k.value)}" for k in node.keywords]
        return f"{head(node)}({', '.join([*map(head, node.args), *words])})"
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return f"{head(node.value)}.T"
    if isinstance(node, ast.Subscript):
        return f"{head(node.value)}[{head(node.slice)}]"
    if isinstance(node, ast.Compare):
        return f"{head(node.left)} {type(node.ops[0]).__name__} {head(node.comparators[0])}"
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        return f"return {', '.join(map(head, node.value.elts))}"
    return ""


def head_of(node, given):
    """One word for an operand."""
    if isinstance(node, ast.Name):
        return node.id if node.id in given else "v"
    if isinstance(node, ast.Constant):
        return repr(node.value)
    if isinstance(node, ast.Attribute):
        base = head_of(node.value, given)
        return f"{base}.T" if node.attr == "T" else f".{node.attr}"
    if isinstance(node, ast.Call):
        return f"{getattr(node.func, 'attr', getattr(node.func, 'id', 'call'))}()"
    if isinstance(node, ast.UnaryOp):
        return f"{type(node.op).__name__} {head_of(node.operand, given)}"
    if isinstance(node, ast.BinOp):
        return type(node.op).__name__
    if isinstance(node, ast.Tuple):
        return f"({', '.join(head_of(part, given) for part in node.elts)})"
    return type(node).__name__


def confirms(theirs, right, wrong):
    """Does the learner's code do what makes ``wrong`` differ from ``right``?

    True: it has something that only the wrong code has and lacks what only the right code has.
    False: the other way round. None: it says neither.
    """
    mine, good, bad = features(theirs), features(right), features(wrong)
    added, removed = bad - good, good - bad
    has, lacks = bool(added & mine), not removed & mine
    if has and lacks:
        return True
    if not added and removed and lacks:  # that something is missing is seen in like code only
        return True if 2 * len(bad & mine) >= len(bad) else None
    return False if removed & mine and not has else None


# ---------------------------------------------------------------- is it used?


@lru_cache(maxsize=4096)
def read_for_its_numbers(source):
    """The parameters of a piece of code whose numbers it reads, not their length or kind alone."""
    nodes, given = nodes_and_parameters(source)
    beside = {id(part) for node in nodes for part in only_looked_at(node)}
    return frozenset(n.id for n in nodes if isinstance(n, ast.Name) and n.id in given
                     and isinstance(n.ctx, ast.Load) and id(n) not in beside)  # fmt: skip


def only_looked_at(node):
    """``x`` in ``x.shape``, ``len(x)``, ``np.zeros_like(x)`` or ``x is None``."""
    if isinstance(node, ast.Attribute) and node.attr in ("shape", "dtype", "ndim", "size"):
        return [node.value]
    if isinstance(node, ast.Call):
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        return node.args if called in ("len", "zeros_like", "ones_like", "empty_like") else []
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Is, ast.IsNot)):
        return [node.left]
    return []


def says_unused(theirs, right, wrong):
    """Does ``wrong`` leave something unused that the learner's code does use?

    Then a sentence on it, such as "the mask was not used", would be untrue of that code, whatever
    the numbers say.
    """
    left = read_for_its_numbers(right) - read_for_its_numbers(wrong)
    return bool(left & read_for_its_numbers(theirs))
