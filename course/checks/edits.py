"""Small edits of the learner's own code, each with what would then have been wrong with it.

The mirror of ``one_change``: there right code is spoilt, here wrong code is mended. A sentence says
where it is wrong and in what way. What has to stand there instead it leaves to the learner.
"""

import ast
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from course.checks.one_change import (
    COMPARED,
    OPERATORS,
    SIGNS,
    assigned,
    changed_in,
    kinds_of_names,
    places,
    put,
    short,
)

INSTEAD = {
    ast.Mult: (ast.Div, ast.Add, ast.MatMult), ast.Div: (ast.Mult, ast.Sub), ast.Add: (ast.Mult,),
    ast.MatMult: (ast.Mult,), ast.Pow: (ast.Mult,), ast.FloorDiv: (ast.Mod,),
    ast.Mod: (ast.FloorDiv,),
}  # fmt: skip
KIN = (
    ("sum", "mean", "max", "cumsum"), ("max", "min", "sum"), ("argmax", "argmin", "max"),
    ("maximum", "minimum"), ("zeros", "ones"), ("zeros_like", "ones_like"), ("exp", "log"),
    ("sqrt", "square"), ("floor", "ceil"), ("tanh", "sigmoid"), ("var", "std"),
)  # fmt: skip
REDUCES = ("sum", "mean", "max", "min", "argmax", "argmin", "var", "std", "prod")
AXES = ("0", "1", "2", "-1", "(0, 1)", "(0, 2)", "(0, 2, 3)", "(1, 2)", "(2, 3)", "(1, 2, 3)")
ORDERS = (
    "(1, 0)", "(1, 0, 2)", "(0, 2, 1)", "(2, 0, 1)", "(1, 2, 0)", "(1, 0, 2, 3)", "(0, 2, 3, 1)",
    "(1, 2, 3, 0)", "(0, 3, 1, 2)", "(0, 2, 1, 3)", "(1, 0, 3, 2)", "(2, 0, 1, 3)", "(3, 0, 1, 2)",
    "(1, 3, 0, 2)", "(0, 1, 3, 2)",
)  # fmt: skip


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
    kinds = {
        ast.BinOp: operations, ast.Call: calls, ast.Compare: comparisons, ast.Slice: slices,
        ast.Constant: constants, ast.AugAssign: additions, ast.Assign: assignments,
        ast.Subscript: subscripts, ast.UnaryOp: signs, ast.Name: names, ast.Attribute: attributes,
        ast.Tuple: tuples, ast.IfExp: choices, ast.If: conditions, ast.Return: returns,
    }  # fmt: skip
    return kinds.get(type(node), lambda *_: ())(node, parent, scope)


def parsed(text):
    return ast.parse(text, mode="eval").body


# ---------------------------------------------------------------- operators


def operations(node, parent, scope):
    left, right, op = node.left, node.right, OPERATORS.get(type(node.op), "?")
    if op in "+-":
        other = ast.Sub() if op == "+" else ast.Add()
        yield 0, ast.BinOp(left, other, right), f"the sign before {short(right)} is wrong"
    for other in INSTEAD.get(type(node.op), ()):
        says = f"the operator `{op}` before {short(right)} is the wrong one"
        yield 1, ast.BinOp(left, other(), right), says
    if op in ("-", "/", "//", "@", "**"):
        yield 0, ast.BinOp(right, node.op, left), f"the two sides of `{op}` are exchanged"
    word = {"+": "term", "-": "term", "*": "factor", "@": "factor"}.get(op)
    much = f"the {word} {short(right)} is one too many" if word else f"`{op} {plain(right)}` is " \
        "one step too many"  # fmt: skip
    yield 1, left, much
    if op in "+*@":
        yield 1, right, f"the {word} {short(left)} is one too many"
    if op == "-":
        yield 1, ast.UnaryOp(ast.USub(), right), f"the term {short(left)} is one too many"
    if isinstance(left, ast.BinOp):
        moved = ast.BinOp(left.left, left.op, ast.BinOp(left.right, node.op, right))
        yield 1, moved, "the brackets are wrong: look at what is computed first"
    if isinstance(right, ast.BinOp):
        moved = ast.BinOp(ast.BinOp(left, node.op, right.left), right.op, right.right)
        yield 1, moved, "the brackets are wrong: look at what is computed first"
    if op in ("@", "*"):
        for new, turned in ((ast.BinOp(turn(left), node.op, right), left),
                            (ast.BinOp(left, node.op, turn(right)), right)):  # fmt: skip
            yield 0, new, f"{short(turned)} stands the wrong way round (transposed or not)"


def plain(node):
    return short(node).strip("`")


def turn(node):
    """Transposed, or no longer."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def comparisons(node, parent, scope):
    if len(node.ops) == 1:
        was = SIGNS.get(type(node.ops[0]))
        for other in COMPARED.get(type(node.ops[0]), ()):
            new = ast.Compare(node.left, [other()], node.comparators)
            yield 0, new, f"the comparison `{was}` is the wrong one"


def signs(node, parent, scope):
    if isinstance(node.op, (ast.USub, ast.Not)):
        sign = "minus" if isinstance(node.op, ast.USub) else "`not`"
        yield 0, node.operand, f"the {sign} before {short(node.operand)} is wrong"


def choices(node, parent, scope):
    exchanged = ast.IfExp(node.test, node.orelse, node.body)
    yield 0, exchanged, f"the two sides of `if {plain(node.test)}` are exchanged"


def conditions(node, parent, scope):
    test = ast.UnaryOp(ast.Not(), node.test)
    says = f"the condition {short(node.test)} is the wrong way round"
    yield 0, ast.If(test, node.body, node.orelse), says
    yield 1, node.body, f"the condition {short(node.test)} keeps something from being done"


# ---------------------------------------------------------------- calls


def called(node):
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def calls(node, parent, scope):
    name = called(node)
    yield from other_functions(node, name)
    yield from other_axes(node, name)
    yield from other_arguments(node, name)
    yield from handed_on(node, name, scope)
    yield from other_order_of_axes(node, name)
    if name == "range":
        yield from ranges(node)
    if name == "reversed" and node.args:
        yield 0, node.args[0], "the loop runs in the wrong direction"
    lone = isinstance(node.func, ast.Name) or name in ("tanh", "exp", "log", "sqrt", "abs")
    if lone and len(node.args) == 1 and name not in ("range", "len", "int", "float", "list"):
        yield 1, node.args[0], f"`{name}` is taken once too often"
    if name in ("zeros_like", "zeros") and isinstance(parent, (ast.Call, ast.BinOp, ast.Tuple)):
        for other in scope.names("array"):
            says = "zeros stand where a value that you have is needed"
            yield 2, ast.Name(other, ast.Load()), says


def other_functions(node, name):
    for group in KIN:
        for other in group if name in group[:2] else ():
            if other == name:
                continue
            if isinstance(node.func, ast.Attribute):
                func = ast.Attribute(node.func.value, other, ast.Load())
            else:
                func = ast.Name(other, ast.Load())
            says = f"`{name}` is not the function that belongs there"
            yield 0, ast.Call(func, node.args, node.keywords), says


def with_keywords(node, keywords):
    return ast.Call(node.func, node.args, keywords)


def other_axes(node, name):
    for k, keyword in enumerate(node.keywords):
        rest = [*node.keywords[:k], *node.keywords[k + 1 :]]
        if keyword.arg == "axis":
            for axis in AXES:
                new = [*rest, ast.keyword("axis", parsed(axis))]
                yield 0, with_keywords(node, new), f"`{name}` runs over the wrong axis"
            yield 1, with_keywords(node, rest), f"`{name}` should not run over one axis only"
        else:
            says = f"the argument `{keyword.arg}={plain(keyword.value)}` is wrong"
            yield 1, with_keywords(node, rest), says
    if name in REDUCES and not any(k.arg == "axis" for k in node.keywords):
        is_method = isinstance(node.func, ast.Attribute) and not is_numpy(node.func.value)
        place = 0 if is_method else 1
        for axis in AXES:
            if len(node.args) > place:
                args = [*node.args[:place], parsed(axis), *node.args[place + 1 :]]
                new, says = ast.Call(node.func, args, node.keywords), "runs over the wrong axis"
            else:
                new = with_keywords(node, [*node.keywords, ast.keyword("axis", parsed(axis))])
                says = "runs over everything, not along one axis"
            yield 0, new, f"`{name}` {says}"
    if name in REDUCES and not any(k.arg == "keepdims" for k in node.keywords):
        kept = ast.keyword("keepdims", ast.Constant(True))
        says = f"`{name}` drops an axis, so the shapes line up in another way than you mean"
        yield 0, with_keywords(node, [*node.keywords, kept]), says


def is_numpy(node):
    return isinstance(node, ast.Name) and node.id in ("np", "numpy")


def other_arguments(node, name):
    for a, b in itertools.combinations(range(len(node.args)), 2):
        args = list(node.args)
        args[a], args[b] = args[b], args[a]
        says = f"{short(node.args[a])} and {short(node.args[b])} are exchanged in `{name}`"
        yield 0, ast.Call(node.func, args, node.keywords), says


def handed_on(node, name, scope):
    """A call that leaves out options which the function itself was given."""
    given = {k.arg for k in node.keywords}
    wanted = [p for p in scope.known.get(name, ())[len(node.args) :] if p not in given]
    missing = [p for p in wanted if p in scope.options or p in scope.kinds]
    for some in dict.fromkeys([tuple(missing), *((p,) for p in missing)]):
        if some:
            new = [*node.keywords, *(ast.keyword(p, ast.Name(p, ast.Load())) for p in some)]
            told = " and ".join(f"`{p}`" for p in some)
            verb = "is" if len(some) == 1 else "are"
            yield 0, with_keywords(node, new), f"{told} {verb} not handed on to `{name}`"


def other_order_of_axes(node, name):
    if name == "reshape" and isinstance(node.func, ast.Attribute):
        for order in ORDERS:
            base = ast.Call(ast.Attribute(node.func.value, "transpose", ast.Load()),
                            [parsed(order)], [])  # fmt: skip
            func = ast.Attribute(base, "reshape", ast.Load())
            says = "`reshape` mixes what belongs apart: its axes have to be transposed first"
            yield 1, ast.Call(func, node.args, node.keywords), says
        for order in ORDERS[:6]:
            turned = ast.Call(ast.Attribute(node, "transpose", ast.Load()), [parsed(order)], [])
            yield 2, turned, "after `reshape` the axes are in the wrong order"
    if name in ("transpose", "swapaxes") and isinstance(node.func, ast.Attribute):
        for order in ORDERS:
            func = ast.Attribute(node.func.value, "transpose", ast.Load())
            says = f"`{name}` brings the axes into the wrong order"
            yield 1, ast.Call(func, [parsed(order)], []), says


def ranges(node):
    args, one = node.args, ast.Constant(1)
    rounds = f"`{plain(node)}` does not go through the right rounds"

    def again(*new):
        return ast.Call(node.func, list(new), [])

    says = "the loop runs in the wrong direction"
    yield 0, ast.Call(ast.Name("reversed", ast.Load()), [node], []), says
    if len(args) == 1:
        yield 1, again(one, args[0]), rounds
        yield 1, again(ast.BinOp(args[0], ast.Sub(), one)), rounds
        yield 1, again(ast.BinOp(args[0], ast.Add(), one)), rounds
    elif len(args) >= 2:
        for k, op in itertools.product((0, 1), (ast.Sub(), ast.Add())):
            new = list(args)
            new[k] = ast.BinOp(args[k], op, one)
            yield 1, again(*new), rounds
        yield 1, again(args[1]), rounds


# ---------------------------------------------------------------- names, numbers, places


def names(node, parent, scope):
    if not isinstance(node.ctx, ast.Load):
        for other in scope.others(node.id):
            says = f"the result does not belong under the name `{node.id}`"
            yield 2, ast.Name(other, ast.Store()), says
        return
    called = getattr(getattr(parent, "func", None), "id", "")
    if isinstance(parent, ast.For) or called in ("zip", "enumerate"):
        backward = ast.Subscript(node, parsed("a[::-1]").slice, ast.Load())
        yield 0, backward, f"`{node.id}` is gone through in the wrong direction"
    if scope.kinds.get(node.id) == "array" and isinstance(parent, (ast.BinOp, ast.Tuple)):
        squared = ast.BinOp(node, ast.Pow(), ast.Constant(2))
        yield 2, squared, f"`{node.id}` comes in with the wrong power"
    for other in scope.others(node.id):
        yield 1, ast.Name(other, ast.Load()), f"`{node.id}` is not what belongs there"


def attributes(node, parent, scope):
    if node.attr == "T":
        yield 0, node.value, f"`{plain(node.value)}` must not be transposed there"


def constants(node, parent, scope):
    value = node.value
    if isinstance(value, bool):
        yield 1, ast.Constant(not value), f"`{value}` is wrong there"
    elif isinstance(value, int):
        for other in dict.fromkeys((value + 1, value - 1, 0, 1, 2)):
            if other != value:
                yield 1, ast.Constant(other), f"the number `{value}` is wrong"
        if isinstance(parent, (ast.Call, ast.Subscript, ast.Tuple, ast.BinOp)):
            kinds = ("place", "size") if isinstance(parent, ast.Subscript) else ("size", "array")
            for other in scope.names(*kinds):
                says = f"the number `{value}` stands where something that varies is needed"
                yield 2, ast.Name(other, ast.Load()), says


def slices(node, parent, scope):
    says = "the slice starts or ends at the wrong place"
    parts = {k: getattr(node, k) for k in ("lower", "upper", "step")}
    for part in ("lower", "upper"):
        old = parts[part]
        for new in shifted(old) if old else (ast.Constant(1), ast.Constant(-1)):
            yield 1, ast.Slice(**{**parts, part: new}), says
        if old:
            yield 1, ast.Slice(**{**parts, part: None}), says
    if parts["step"]:
        yield 1, ast.Slice(**{**parts, "step": None}), "the slice takes wrong steps"


def shifted(node):
    one = ast.Constant(1)
    return ast.BinOp(node, ast.Add(), one), ast.BinOp(node, ast.Sub(), one)


def subscripts(node, parent, scope):
    index = node.slice
    if ast.unparse(index) == "::-1":
        yield 0, node.value, f"{short(node.value)} is turned round, and should not be"
    parts = list(index.elts) if isinstance(index, ast.Tuple) else [index]
    for k, part in enumerate(parts):
        if isinstance(part, (ast.Name, ast.BinOp)):
            for new in shifted(part):
                changed = [*parts[:k], new, *parts[k + 1 :]]
                slot = ast.Tuple(changed, ast.Load()) if isinstance(index, ast.Tuple) else new
                says = f"the index {short(part)} of {short(node.value)} is off by one"
                yield 1, ast.Subscript(node.value, slot, node.ctx), says


def tuples(node, parent, scope):
    for a, b in itertools.combinations(range(len(node.elts)), 2):
        if ast.dump(node.elts[a]) == ast.dump(node.elts[b]):
            continue
        elts = list(node.elts)
        elts[a], elts[b] = elts[b], elts[a]
        first, second = short(node.elts[a]), short(node.elts[b])
        yield 0, ast.Tuple(elts, node.ctx), f"{first} and {second} are in the wrong order"
    if isinstance(node.ctx, ast.Load) and all(isinstance(e, ast.Tuple) for e in node.elts):
        for a, b in itertools.permutations(range(len(node.elts)), 2):
            elts = list(node.elts)
            elts[a] = elts[b]
            says = f"{short(node.elts[a])} is wrong for axis {a} in {short(node)}"
            yield 1, ast.Tuple(elts, node.ctx), says


# ---------------------------------------------------------------- statements


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
        yield 3, again(ast.Call(parsed(wrap), [value], [])), f"{what} lacks a function around it"
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
