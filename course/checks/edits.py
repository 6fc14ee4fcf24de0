"""Small edits of the learner's own code, each with what would then have been wrong with it.

The mirror of ``one_change``: there right code is spoilt, here wrong code is mended. A sentence says
where it is wrong and in what way. What has to stand there instead it leaves to the learner.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass

from course.checks import expressions
from course.checks.one_change import (
    OPERATORS,
    assigned,
    changed_in,
    kinds_of_names,
    places,
    put,
    short,
)


@dataclass(frozen=True)
class Edit:
    """``apply()`` edits the tree and gives a function that undoes it; early ranks come first."""

    rank: int
    says: str
    line: int
    apply: Callable


def edits(function, known=()):
    """All small edits of a function, an ``ast`` node, the likeliest first.

    ``known`` are names outside of it, with the parameters of each: {name: (parameter, ...)}.
    """
    scope = Scope(function, dict(known))
    found = []
    alike = {}  # the same edit at several places
    for parent, field, index, node in list(places(function)):
        for rank, new, says in of_node(node, parent, scope):
            apply = lambda p=parent, f=field, i=index, n=new: put(p, f, i, made(n))  # noqa: E731
            found.append(Edit(rank, says, line_of(node, parent), apply))
            if key := same_at_all_places(node, new, says):
                alike.setdefault(key, []).append(found[-1])
    found += [everywhere(some) for some in alike.values() if 1 < len(some) < 5]
    for body in bodies(function):
        for rank, line, new, says in of_statements(body, function):
            apply = lambda b=body, n=new: refilled(b, n)  # noqa: E731
            found.append(Edit(rank, says, line, apply))
    return sorted(found, key=lambda edit: edit.rank)


def same_at_all_places(node, new, says):
    """A key that edits of one kind share: they may be one mistake, made several times."""
    if isinstance(node, ast.Name) and isinstance(new, ast.Name):
        return says, new.id
    if isinstance(node, ast.Call) and isinstance(new, ast.Call):
        words = [ast.unparse(k) for k in new.keywords if k not in node.keywords]
        return (says, *words) if words else None
    return None


def everywhere(some):
    """The same edit at all of its places."""
    first = some[0]

    def apply():
        undos = [edit.apply() for edit in some]
        return lambda: [undo() for undo in reversed(undos)]

    others = "one more place" if len(some) == 2 else f"{len(some) - 1} more places"
    return Edit(1, f"{first.says}, here and in {others}", first.line, apply)


class Scope:
    """What may stand at a place: names by their kind."""

    def __init__(self, function, known):
        self.function, self.known = function, known
        self.kinds = kinds_of_names(function)
        self.options = [a.arg for a in function.args.kwonlyargs]
        self.kinds.pop("self", None)

    def others(self, name):
        """Names of the same kind."""
        kind = self.kinds.get(name)
        return [n for n, k in self.kinds.items() if k == kind != "list" and n != name]

    def names(self, *kinds):
        return [n for n, k in self.kinds.items() if k in kinds]


def made(new):
    return new() if callable(new) else new


def line_of(node, parent):
    return getattr(node, "lineno", getattr(parent, "lineno", 1))


def bodies(function):
    """Every list of statements."""
    for node in ast.walk(function):
        for field in ("body", "orelse"):
            body = getattr(node, field, None)
            if isinstance(body, list) and body:
                yield body


def refilled(body, new):
    """Put other statements into a list: -> a function that undoes it."""
    old = list(body)
    body[:] = new
    return lambda: body.__setitem__(slice(None), old)


def of_node(node, parent, scope):
    """Yields (rank, what stands there instead, what was wrong)."""
    kinds = {**expressions.KINDS, **STATEMENTS}
    return kinds.get(type(node), lambda *_: ())(node, parent, scope)


# ---------------------------------------------------------------- statements


def conditions(node, parent, scope):
    test = ast.UnaryOp(ast.Not(), node.test)
    says = f"the condition {short(node.test)} is the wrong way round"
    yield 0, ast.If(test, node.body, node.orelse), says
    yield 1, node.body, f"the condition {short(node.test)} keeps something from being done"


def additions(node, parent, scope):
    target = ast.unparse(node.target).partition("[")[0]
    swapped = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
    if other := swapped.get(type(node.op)):
        op = OPERATORS[type(node.op)]
        says = f"`{op}=` is the wrong operator for `{target}`"
        yield 0, ast.AugAssign(node.target, other(), node.value), says
    says = f"`{target}` should be set there and not be changed"
    yield 1, ast.Assign([node.target], node.value), says
    yield from missing_terms(node, node.value, scope, f"what goes into `{target}`")


def assignments(node, parent, scope):
    target = node.targets[0]
    if isinstance(target, (ast.Name, ast.Subscript)):
        name = ast.unparse(target).partition("[")[0]
        says = f"what is put into `{name}` replaces what was there: it has to be added up"
        yield 0, ast.AugAssign(target, ast.Add(), node.value), says
    if isinstance(node.value, ast.Name) and isinstance(target, ast.Name):
        copied = ast.Call(ast.Attribute(node.value, "copy", ast.Load()), [], [])
        says = f"`{target.id}` is no copy: it is the same array as `{node.value.id}`"
        yield 1, ast.Assign(node.targets, copied), says
    for part, value in assigned(node):
        name = ast.unparse(part).partition("[")[0]
        if not isinstance(part, ast.Tuple):
            yield from missing_terms(node, value, scope, f"`{name}`")


def returns(node, parent, scope):
    values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
    for value in values:
        if value is not None and not isinstance(value, (ast.Tuple, ast.Constant)):
            yield from missing_terms(node, value, scope, short(value))


def missing_terms(statement, value, scope, what):
    """The statement with its value negated, or with a name as one more factor or term."""

    def again(new):
        return lambda: replaced(statement, value, new)

    if isinstance(value, (ast.Constant, ast.List, ast.Dict)):
        return
    yield 1, again(ast.UnaryOp(ast.USub(), value)), f"{what} has the wrong sign"
    for wrap in ("np.tanh", "np.exp", "np.log", "np.sqrt", "np.square", "np.abs"):
        yield (
            3,
            again(ast.Call(expressions.parsed(wrap), [value], [])),
            f"{what} lacks a function around it",
        )
    said = {ast.Mult: "lacks a factor", ast.Div: "has to be divided by something",
            ast.Add: "lacks a term", ast.Sub: "lacks a term that is subtracted"}  # fmt: skip
    for other in scope.names("array", "size"):
        for op, says in said.items():
            yield 3, again(ast.BinOp(value, op(), ast.Name(other, ast.Load()))), f"{what} {says}"
    for other in scope.names("array"):
        size = ast.Call(ast.Name("len", ast.Load()), [ast.Name(other, ast.Load())], [])
        for op in (ast.Div, ast.Mult):
            yield 3, again(ast.BinOp(value, op(), size)), f"{what} {said[op]}"


def replaced(statement, old, new):
    """A copy of a statement in which one expression is another."""

    class Swap(ast.NodeTransformer):
        def visit(self, node):
            return new if node is old else self.generic_visit(shallow(node))

    return Swap().visit(statement)


def shallow(node):
    """The same node in a new object, its lists copied: the original stays as it is."""
    parts = {k: list(v) if isinstance(v, list) else v for k, v in ast.iter_fields(node)}
    return ast.copy_location(type(node)(**parts), node)


def of_statements(body, function):
    """Yields (rank, line, other statements, what was wrong)."""
    for k, node in enumerate(body):
        after = body[k + 1] if k + 1 < len(body) else None
        if after is not None and isinstance(after, ast.Return) is isinstance(node, ast.Return):
            new = [*body[:k], after, node, *body[k + 2 :]]
            yield 0, node.lineno, new, "this line and the next come in the wrong order"
        if len(body) > 1 and not isinstance(node, (ast.Return, ast.FunctionDef)):
            yield 2, node.lineno, [*body[:k], *body[k + 1 :]], "this line does not belong there"
        yield from exchanged_values(body, k)
        if isinstance(node, (ast.For, ast.If)) and len(node.body) > 1:
            yield from moved_out(body, k, node)
        simple = isinstance(after, ast.stmt) and not isinstance(after, (ast.Return, ast.For))
        if simple and isinstance(node, ast.For):
            new = [*body[:k], with_body(node, [*node.body, after]), *body[k + 2 :]]
            yield 1, after.lineno, new, "this line belongs inside the loop above it"


def exchanged_values(body, k):
    """What two lines work out, under each other's name."""
    first = body[k]
    for m in range(k + 1, len(body)):
        second = body[m]
        if is_plain(first) and is_plain(second):
            new = list(body)
            new[k] = ast.Assign(second.targets, first.value, lineno=first.lineno)
            new[m] = ast.Assign(first.targets, second.value, lineno=second.lineno)
            a, b = ast.unparse(first.targets[0]), ast.unparse(second.targets[0])
            yield 1, first.lineno, new, f"what goes into `{a}` and what into `{b}` is exchanged"


def is_plain(statement):
    return isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)


def moved_out(body, k, node):
    """The first or last statement of a loop (or an ``if``), before or behind it."""
    word = "loop" if isinstance(node, ast.For) else "`if`"
    first, last = node.body[0], node.body[-1]
    new = [*body[:k], with_body(node, node.body[:-1]), last, *body[k + 1 :]]
    says = f"this line stands inside the {word} and belongs behind it"
    yield 0, last.lineno, new, says
    if isinstance(first, ast.Assign) and isinstance(first.targets[0], ast.Name):
        says = f"this line stands inside the {word}"
        if first.targets[0].id in changed_in(with_body(node, node.body[1:])):
            says = f"`{first.targets[0].id}` starts anew in each round of the loop"
        new = [*body[:k], first, with_body(node, node.body[1:]), *body[k + 1 :]]
        yield 0, first.lineno, new, says


def with_body(node, body):
    new = shallow(node)
    new.body = list(body)
    return new


STATEMENTS = {
    ast.AugAssign: additions, ast.Assign: assignments, ast.If: conditions, ast.Return: returns,
}  # fmt: skip
