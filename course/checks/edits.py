"""Small edits of the learner's own code, each with what would then have been wrong with it.

The mirror of ``one_change``: there right code is spoilt, here wrong code is mended. A sentence says
where it is wrong and in what way. What has to stand there instead it leaves to the learner.
"""

import ast
import copy
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from course.checks import expressions, slips
from course.checks.one_change import (
    OPERATORS,
    assigned,
    changed_in,
    kinds_of_names,
    located,
    places,
    put,
    short,
)
from course.checks.slips import replaced, shallow


@dataclass(frozen=True)
class Edit:
    """``apply()`` edits the tree and gives a function that undoes it; early ranks come first."""

    rank: int
    says: str
    line: int
    apply: Callable
    name: str = ""  # the name, or the names, of which others take the place
    old: ast.AST | None = None  # the node that another one takes the place of
    new: object = None  # that one, or what makes it
    parent: ast.AST | None = None
    parts: tuple = ()  # of an edit at several places, those at each of them


def edits(function, known=(), cache=(), own=(), constants=()):
    """All small edits of a function, an ``ast`` node, the likeliest first.

    ``known`` are names outside of it, with the parameters of each: {name: (parameter, ...)};
    ``cache`` the names that its forward packs into the cache, in order, where they are known;
    ``own`` what an object of its class holds; ``constants`` names of words or numbers outside.
    """
    scope = Scope(function, dict(known), cache, own)
    scope.kinds |= dict.fromkeys(constants, "constant")
    found = []
    alike = {}  # the same edit at several places
    for parent, field, index, node in list(places(function)):
        for rank, new, says, plainly in of_node(node, parent, scope):
            apply = lambda p=parent, f=field, i=index, n=new: put(p, f, i, made(n))  # noqa: E731
            name = node.id if isinstance(node, ast.Name) and isinstance(new, ast.Name) else ""
            old = node if plainly else None
            line = line_of(node, parent)
            found.append(Edit(rank, says, line, apply, name, old, new, parent))
            if key := same_at_all_places(node, new, says):
                alike.setdefault(key, []).append(found[-1])
    for some in alike.values():
        lines = {}
        for edit in some:
            lines.setdefault(edit.line, []).append(edit)
        parts = [part for part in lines.values() if 1 < len(part) < len(some)]
        found += [everywhere(part, scope) for part in parts]
        if 1 < len(some) < 7:
            found.append(everywhere(some, scope))
    for body in bodies(function):
        for rank, line, apply, says in exchanged_names(body, scope):
            found.append(Edit(rank, says, line, apply, says))
        for rank, line, new, says in of_statements(body, function, scope):
            apply = lambda b=body, n=new: refilled(b, n)  # noqa: E731
            found.append(Edit(rank, says, line, apply))
    return sorted(found, key=lambda edit: edit.rank)


def same_at_all_places(node, new, says):
    """A key that edits of one kind share: they may be one mistake, made several times."""
    if hasattr(new, "alike"):
        return new.alike
    if isinstance(node, ast.Name) and isinstance(new, ast.Name):
        return says, node.id, new.id
    if isinstance(node, ast.Call) and isinstance(new, ast.Call):
        words = [ast.unparse(k) for k in new.keywords if k not in node.keywords]
        words += [ast.unparse(k) for k in node.keywords if k not in new.keywords]
        return (re.sub(r"^`\w+` runs", "", says), *words) if words else None
    if isinstance(node, (ast.UnaryOp, ast.Attribute)) or isinstance(new, ast.UnaryOp):
        return says, ast.unparse(new)
    if isinstance(node, ast.BinOp):
        return says, type(getattr(new, "op", None)), new is node.left
    return None


def everywhere(some, scope):
    """The same edit at all of its places."""
    both = together(some)
    if made := scope.made_of(some):  # each use of a name: so it is what the name holds
        says = f"`{made.name}` does not hold what belongs there"
        return Edit(1, says, made.line, both.apply, parts=tuple(some))
    return both


def together(some):
    """Several edits of one kind as one; it is told of the first place."""
    first, places = some[0], len(some)

    def apply():
        undos = [edit.apply() for edit in some]
        return lambda: [undo() for undo in reversed(undos)]

    return Edit(1, f"{first.says}{and_elsewhere(places)}", first.line, apply, "", first.old,
                first.new, first.parent, tuple(some))  # fmt: skip


def and_elsewhere(places):
    others = "one more place" if places == 2 else f"{places - 1} more places"
    return f", here and in {others}" if places > 1 else ""


class Scope:
    """What may stand at a place: names by their kind."""

    def __init__(self, function, known, cache=(), own=()):
        self.function, self.known, self.cache, self.own = function, known, cache, own
        self.kinds = kinds_of_names(function)
        self.of_texts = "re" in {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
        self.options = [a.arg for a in function.args.kwonlyargs]
        self.kinds.pop("self", None)

    def others(self, name):
        """Names of the same kind."""
        kind = self.kinds.get(name)
        return [n for n, k in self.kinds.items()
                if k == kind != "list" and n != name and not n.startswith("_")]  # fmt: skip

    def names(self, *kinds):
        return [n for n, k in self.kinds.items() if k in kinds]

    def made_of(self, some):
        """Where a name is set, when some edits are all of its uses: -> ``Made``, or None."""
        name = some[0].name
        uses = [n for n in ast.walk(self.function) if isinstance(n, ast.Name) and n.id == name]
        sets = [n for n in uses if isinstance(n.ctx, ast.Store)]
        whole = name and len(sets) == 1 and len(uses) == len(some) + 1
        return Made(name, sets[0].lineno) if whole else None


class Made(NamedTuple):
    name: str
    line: int


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
    located(new)
    body[:] = new
    return lambda: body.__setitem__(slice(None), old)


def of_node(node, parent, scope):
    """Yields (rank, what stands there instead, what was wrong, is it one change of one node?)."""
    kinds = {**expressions.KINDS, **STATEMENTS}
    for edit in kinds.get(type(node), lambda *_: ())(node, parent, scope):
        yield *edit, True
    for edit in slips.of_node(node, parent, scope):
        yield *edit, False


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
    if isinstance(node.target, ast.Name) and scope.kinds.get(target) == "array":
        for place in scope.names("place"):
            whole = ast.Name(target, ast.Load())
            part = ast.Subscript(whole, ast.Name(place, ast.Load()), ast.Store())
            says = f"all of `{target}` is changed in each round, and not a part of it"
            yield 1, ast.AugAssign(part, node.op, node.value), says
    says = f"`{target}` should be set there and not be changed"
    yield 1, ast.Assign([node.target], node.value), says
    yield from missing_terms(node, node.value, scope, f"what goes into `{target}`")


def assignments(node, parent, scope):
    target = node.targets[0]
    if isinstance(target, (ast.Name, ast.Subscript)) and not is_blank(node.value):
        name = ast.unparse(target).partition("[")[0]
        says = f"what is put into `{name}` replaces what was there: it has to be added up"
        yield 0, ast.AugAssign(target, ast.Add(), node.value), says
    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Call):
        yield from added_up(node, target)
    if isinstance(target, ast.Name) and not is_blank(node.value) and again_set(target.id, scope):
        says = f"what `{target.id}` starts with, {short(node.value)}, does not belong there"
        start = ast.Call(expressions.parsed("np.zeros_like"), [node.value], [])
        yield 2, ast.Assign(node.targets, start), says
    if isinstance(node.value, ast.Compare) and isinstance(target, ast.Name):
        says = f"`{target.id}` is set anew: what it was before no longer counts"
        yield 0, ast.AugAssign(target, ast.BitAnd(), node.value), says
    if isinstance(node.value, ast.Name) and isinstance(target, ast.Name):
        copied = ast.Call(ast.Attribute(node.value, "copy", ast.Load()), [], [])
        says = f"`{target.id}` is no copy: it is the same array as `{node.value.id}`"
        new = ast.Assign(node.targets, copied)
        new.alike = "copy"
        yield 1, new, says
    yield from other_sizes(node, scope)
    for part, value in assigned(node):
        name = ast.unparse(part).partition("[")[0]
        if not isinstance(part, ast.Tuple):
            yield from missing_terms(node, value, scope, f"`{name}`")


def added_up(node, target):
    """What one of several results of a call replaces, where both are to be added."""
    for part in target.elts:
        if isinstance(part, (ast.Name, ast.Subscript)):
            before = ast.Name("what_was_there", ast.Store())
            read, kept = copy.deepcopy(part), ast.Name("what_was_there", ast.Load())
            read.ctx = ast.Load()
            total = ast.BinOp(read, ast.Add(), kept)
            lines = [ast.Assign([before], read), node, ast.Assign([part], total)]
            for line in lines:
                line.lineno = node.lineno
            says = f"what comes back as {short(part)} replaces what was there: it has to be added"
            yield 1, lines, says


def again_set(name, scope):
    """Is a name set in more than one line?"""
    return sum(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)
               for n in ast.walk(scope.function)) > 1  # fmt: skip


def is_blank(value):
    return isinstance(value, (ast.Constant, ast.List, ast.Dict)) or "zeros" in ast.unparse(value)


def other_sizes(node, scope):
    """Of lines that work out sizes: an option that is left out."""
    pairs = [(part, value) for part, value in assigned(node) if isinstance(part, ast.Name)]
    if not pairs or not all(of_sizes(value, scope) for _, value in pairs):
        return
    told = " and ".join(f"`{part.id}`" for part, _ in pairs)
    for option in scope.options:
        for form in FORMS:
            new = [expressions.parsed(form.format(ast.unparse(v), option)) for _, v in pairs]
            value = new[0] if len(new) == 1 else ast.Tuple(new, ast.Load())
            line = ast.Assign(node.targets, value)
            line.alike = "size", option, form
            yield 2, line, f"`{option}` does not come into {told} as it has to"


def of_sizes(value, scope):
    """Is it worked out, and from sizes alone?"""
    text = ast.unparse(value)
    names = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
    arrays = {n for n in names if scope.kinds.get(n) != "size" and f"{n}.shape" not in text}
    return isinstance(value, ast.BinOp) and not arrays - {"len"}


FORMS = ("({0} - 1) // {1} + 1", "({0}) // {1}", "{0} + 2 * {1}", "{0} - 2 * {1}", "({0}) * {1}",
         "({0} + {1} - 1) // {1}")  # fmt: skip


def returns(node, parent, scope):
    values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
    for value in values:
        if value is not None and not isinstance(value, (ast.Tuple, ast.Constant)):
            yield from missing_terms(node, value, scope, short(value))


def missing_terms(statement, value, scope, what):
    """The statement with its value negated, or with a name as one more factor or term."""

    def again(new):
        return lambda: replaced(statement, value, new)

    if isinstance(value, (ast.Constant, ast.List, ast.Dict, ast.Starred)):
        return
    target = getattr(getattr(statement, "targets", [None])[0], "id", "")
    of_size = scope.kinds.get(target) == "size"  # a length has no sign
    yield 3 * of_size or 1, again(ast.UnaryOp(ast.USub(), value)), f"{what} has the wrong sign"
    for wrap in ("np.tanh", "np.exp", "np.log", "np.sqrt", "np.square", "np.abs"):
        yield (
            3,
            again(ast.Call(expressions.parsed(wrap), [value], [])),
            f"{what} lacks a function around it",
        )
    if of_size or (
        isinstance(value, ast.Call) and expressions.called(value) in ("max", "min", "len")
    ):
        for op, more in itertools.product((ast.Add(), ast.Sub()), (1, 2)):
            new = again(ast.BinOp(value, op, ast.Constant(more)))
            yield 2, new, f"{what} is too {'small' if isinstance(op, ast.Add) else 'large'}"
    for op in (ast.Mult(), ast.Div()):
        new = again(ast.BinOp(value, op, ast.Constant(2)))
        yield 3, new, f"{what} is off by a constant factor"
    for axis in (-1, 0, 1):
        form = f"({ast.unparse(value)}).sum(axis={axis}, keepdims=True)"
        total = ast.BinOp(value, ast.Div(), expressions.parsed(form))
        yield 3, again(total), f"{what} is not divided by its sum"
    said = {ast.Mult: "lacks a factor", ast.Div: "has to be divided by something",
            ast.Add: "lacks a term", ast.Sub: "lacks a term that is subtracted"}  # fmt: skip
    for other in scope.names("array", "size"):
        for op, says in said.items():
            yield 3, again(ast.BinOp(value, op(), ast.Name(other, ast.Load()))), f"{what} {says}"
    for other in scope.names("array"):
        size = ast.Call(ast.Name("len", ast.Load()), [ast.Name(other, ast.Load())], [])
        for op in (ast.Div, ast.Mult):
            yield 3, again(ast.BinOp(value, op(), size)), f"{what} {said[op]}"


def of_statements(body, function, scope):
    """Yields (rank, line, other statements, what was wrong)."""
    for k, node in enumerate(body):
        yield from slips.loops(body, k, scope)
        after = body[k + 1] if k + 1 < len(body) else None
        alike = isinstance(after, ast.Return) is isinstance(node, ast.Return)
        if after is not None and alike and is_read(node, body[k + 2 :], body, function):
            new = [*body[:k], after, node, *body[k + 2 :]]
            yield 0, node.lineno, new, wrong_order(node, after)
        if len(body) > 1 and not isinstance(node, (ast.Return, ast.FunctionDef)):
            yield 2, node.lineno, [*body[:k], *body[k + 1 :]], "this line does not belong there"
        yield from exchanged_values(body, k)
        yield from moved(body, k, function)
        yield from slips.not_reset(body, k)
        yield from slips.terms_in_loops(body, k)
        if isinstance(node, (ast.For, ast.If)) and len(node.body) > 1:
            yield from moved_out(body, k, node)
        simple = isinstance(after, ast.stmt) and not isinstance(after, (ast.Return, ast.For))
        if simple and isinstance(node, ast.For):
            new = [*body[:k], with_body(node, [*node.body, after]), *body[k + 2 :]]
            yield 1, after.lineno, new, "this line belongs inside the loop above it"


def wrong_order(first, second):
    """Two lines that follow, each in the other's place: what one makes of what the other reads."""
    says = "this line and the next come in the wrong order"
    for name in written(first):
        if name in loads(second):
            return f"{says}: the next one reads `{name}`, as it was before this line"
    for name in written(second):
        if name in loads(first):
            return f"{says}: it reads `{name}`, which only the next line sets"
    return says


def written(line):
    """The names that a line sets or writes into."""
    targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
    return [n.id for t in targets if t is not None for n in ast.walk(t) if isinstance(n, ast.Name)
            and not isinstance(t, ast.Call)]  # fmt: skip


def is_read(line, rest, body, function):
    """Is it read in the lines behind it what a line sets? Else it would be left out there.

    In a loop the next round may read it, or what comes behind the loop.
    """
    sets = set(written(line))
    return body is not function.body or not sets or bool(sets & {n for r in rest for n in loads(r)})


def moved(body, k, function):
    """One line further up or down than the next."""
    line = body[k]
    if isinstance(line, (ast.Return, ast.FunctionDef)):
        return
    rest = [*body[:k], *body[k + 1 :]]
    last = len(rest) - isinstance(rest[-1], ast.Return) if rest else 0
    for m in range(last + 1):
        if abs(m - k) > 1 and (m < k or is_read(line, rest[m:], body, function)):
            says = f"this line comes too {'late' if m < k else 'early'}"
            yield 0, line.lineno, [*rest[:m], line, *rest[m:]], says


SIMPLE = (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)


def exchanged_names(body, scope):
    """Two names of a kind, each in the other's place: in one line, or in two that follow."""
    lines = [(line, loads(line) if isinstance(line, SIMPLE) else {}) for line in body]
    for k, (line, here) in enumerate(lines):
        after = lines[k + 1][1] if k + 1 < len(lines) else {}
        for a, b in itertools.combinations(scope.kinds, 2):
            if scope.kinds[a] != scope.kinds[b] or scope.kinds[a] == "list":
                continue
            both = f"`{a}` and `{b}` are exchanged"
            if a in here and b in here:
                yield 1, line.lineno, renamed(here[a], b, here[b], a), both
            for x, y in ((a, b), (b, a)):
                if x in here and y in after and x not in after and y not in here:
                    says = f"{both}, in this line and in the next"
                    yield 1, line.lineno, renamed(here[x], y, after[y], x), says


def loads(line):
    """The places at which a line reads a name: {name: [node, ...]}."""
    found = {}
    for node in ast.walk(line):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.setdefault(node.id, []).append(node)
    return found


def renamed(some, one, others, other):
    """An edit that calls ``some`` names ``one`` and ``others`` ``other``."""

    def apply():
        old = [(node, node.id) for node in (*some, *others)]
        for node in some:
            node.id = one
        for node in others:
            node.id = other
        return lambda: [setattr(node, "id", name) for node, name in old]

    return apply


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
