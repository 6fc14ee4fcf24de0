"""Small edits of an expression: each yields (rank, what stands there instead, what was wrong).

Each function takes the node, its parent and the ``Scope`` of the learner's function.
"""

import ast
import itertools
import re

from course.checks.one_change import COMPARED, OPERATORS, SIGNS, short

INSTEAD = {
    ast.Mult: (ast.Div, ast.Add, ast.MatMult), ast.Div: (ast.Mult, ast.Sub), ast.Add: (ast.Mult,),
    ast.MatMult: (ast.Mult,), ast.Pow: (ast.Mult,), ast.FloorDiv: (ast.Mod,),
    ast.Mod: (ast.FloorDiv,),
}  # fmt: skip
KIN = (
    ("sum", "mean", "max", "cumsum"), ("max", "min", "sum"), ("argmax", "argmin", "max"),
    ("maximum", "minimum"), ("zeros", "ones"), ("zeros_like", "ones_like"), ("exp", "log"),
    ("sqrt", "square"), ("floor", "ceil"), ("tanh", "sigmoid"), ("var", "std"),
    ("abs", "square"), ("argsort", "sort"), ("any", "all"), ("prod", "sum"),
)  # fmt: skip
ANOTHER_FUNCTION = "is not the function that belongs there"
INSTEAD_OF = {"log2": "log", "log10": "log", "log1p": "log", "exp2": "exp", "expm1": "exp"}
REDUCED = ("argmax", "argmin", "any", "all", "sum", "mean", "max", "min", "round", "abs", "floor")
OPPOSITE = {
    ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
REDUCES = ("sum", "mean", "max", "min", "argmax", "argmin", "var", "std", "prod")
AXES = ("0", "1", "2", "-1", "(0, 1)", "(0, 2)", "(0, 2, 3)", "(1, 2)", "(2, 3)", "(1, 2, 3)")
ORDERS = (
    "(1, 0)", "(1, 0, 2)", "(0, 2, 1)", "(2, 0, 1)", "(1, 2, 0)", "(1, 0, 2, 3)", "(0, 2, 3, 1)",
    "(1, 2, 3, 0)", "(0, 3, 1, 2)", "(0, 2, 1, 3)", "(1, 0, 3, 2)", "(2, 0, 1, 3)", "(3, 0, 1, 2)",
    "(1, 3, 0, 2)", "(0, 1, 3, 2)",
)  # fmt: skip


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
    much = f"the {word} {short(right)} is one too many" if word else f"`{op} {bare(right)}` is " \
        "one step too many"  # fmt: skip
    yield 1, left, much
    if op in "+*@":
        yield 1, right, f"the {word} {short(left)} is one too many"
    if op == "-":
        yield 1, ast.UnaryOp(ast.USub(), right), f"the term {short(left)} is one too many"
        if getattr(left, "value", None) == 1:
            log = ast.Call(parsed("np.log"), [right], [])
            says = f"{short(node)} is a straight line in {short(right)}, and another function of it"
            yield 2, ast.UnaryOp(ast.USub(), log), f"{says} belongs there"
    if isinstance(left, ast.BinOp):
        moved = ast.BinOp(left.left, left.op, ast.BinOp(left.right, node.op, right))
        yield 1, moved, "the brackets are wrong: look at what is computed first"
    if isinstance(right, ast.BinOp):
        moved = ast.BinOp(ast.BinOp(left, node.op, right.left), right.op, right.right)
        yield 1, moved, "the brackets are wrong: look at what is computed first"
    if op == "@":
        says = f"the operator `@` (a product of matrices) before {short(right)} is the wrong one"
        for sides in ((turn(left), right), (left, turn(right))):
            yield 1, ast.BinOp(sides[0], ast.Mult(), sides[1]), says
    for inner, put_in in ((left, lambda a: ast.BinOp(a, node.op, right)),
                          (right, lambda a: ast.BinOp(left, node.op, a))):  # fmt: skip
        if isinstance(inner, ast.Call) and len(inner.args) == 1:
            moved = ast.Call(inner.func, [put_in(inner.args[0])], inner.keywords)
            yield 1, moved, f"the brackets are wrong: look at what `{called(inner)}` is taken of"
    if op in ("@", "*"):
        for new, turned in ((ast.BinOp(turn(left), node.op, right), left),
                            (ast.BinOp(left, node.op, turn(right)), right)):  # fmt: skip
            yield 0, new, f"{short(turned)} stands the wrong way round (transposed or not)"


def bare(node):
    return short(node).strip("`")


def turn(node):
    """Transposed, or no longer."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def comparisons(node, parent, scope):
    op = type(node.ops[0])
    first = node.left
    computed = isinstance(first, ast.BinOp) and type(first.op) in (ast.Mult, ast.Add)
    if len(node.ops) == 1 and computed:
        inside = ast.Compare(first.right, node.ops, node.comparators)
        signs = OPERATORS[type(first.op)], SIGNS.get(op)
        says = "`{}` comes before `{}`: without brackets {} is compared, and no number comes out"
        yield 0, ast.BinOp(first.left, first.op, inside), says.format(*signs, short(first))
    if len(node.ops) == 1 and op in OPPOSITE:
        was = SIGNS.get(op)
        for other in dict.fromkeys((*COMPARED[op], OPPOSITE[op])):
            new = ast.Compare(node.left, [other()], node.comparators)
            yield -1, new, f"the comparison `{was}` is the wrong one"


def signs(node, parent, scope):
    sign = {ast.USub: "minus", ast.Not: "`not`", ast.Invert: "`~`"}.get(type(node.op))
    if sign:
        yield 0, node.operand, f"the {sign} before {short(node.operand)} is wrong"


def choices(node, parent, scope):
    for part in ("body", "orelse"):
        value = getattr(node, part)
        if isinstance(value, ast.Call) and called(value) in ("max", "min", "len"):
            for op, more in itertools.product((ast.Add(), ast.Sub()), (1, 2)):
                sides = {"body": node.body, "orelse": node.orelse}
                new = {**sides, part: ast.BinOp(value, op, ast.Constant(more))}
                size = "small" if isinstance(op, ast.Add) else "large"
                yield 1, ast.IfExp(node.test, **new), f"{short(value)} is too {size}"
    exchanged = ast.IfExp(node.test, node.orelse, node.body)
    yield 0, exchanged, f"the two sides of `if {bare(node.test)}` are exchanged"


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
    yield from one_call_too_many(node, name)
    if name == "einsum":
        yield from other_letters(node)
    if name in ("dot", "matmul") and len(node.args) == 2:
        says = f"`{name}` is a product of matrices, and that is the wrong product"
        yield 1, ast.BinOp(node.args[0], ast.Mult(), node.args[1]), says
    if name == "len" and len(node.args) == 1:
        for other in (n for n, wanted in scope.known.items() if len(wanted) == 1):
            parts = ast.Call(named(other), node.args, [])
            says = f"{short(node)} counts {short(node.args[0])} as it stands, of a text its letters"
            yield 2, ast.Call(node.func, [parts], []), f"{says}: something else is to be counted"
    if name == "range":
        yield from ranges(node)
    widths = node.args[1] if len(node.args) > 1 else None
    if name == "pad" and isinstance(widths, (ast.Name, ast.Constant, ast.BinOp)):
        width = ast.unparse(node.args[1])
        for some in ("(0, 0), ", "(0, 0), (0, 0), "):
            widths = parsed(f"({some}({width}, {width}), ({width}, {width}))")
            says = f"`{bare(node)}` pads every axis, and not only rows and columns"
            yield 0, ast.Call(node.func, [node.args[0], widths], node.keywords), says
    if name == "default_rng" and not node.args:
        says = "a generator without a seed starts anywhere: no run can be repeated"
        yield 0, ast.Call(node.func, [ast.Constant(0)], []), says
    if name == "reversed" and node.args:
        yield 0, node.args[0], "the loop runs in the wrong direction"
    lone = isinstance(node.func, ast.Name) or name in ("tanh", "exp", "log", "sqrt", "abs")
    if lone and len(node.args) == 1 and name not in ("range", "len", "int", "float", "list"):
        yield 1, node.args[0], f"`{name}` is taken once too often"
    inside = node.args[0] if len(node.args) == 1 and name not in REDUCES else None
    if isinstance(inside, ast.BinOp):
        says = f"the brackets are wrong: look at what `{name}` is taken of"
        outside = ast.Call(node.func, [inside.left], node.keywords)
        yield 1, ast.BinOp(outside, inside.op, inside.right), says
        outside = ast.Call(node.func, [inside.right], node.keywords)
        yield 1, ast.BinOp(inside.left, inside.op, outside), says
    if name in ("zeros_like", "zeros") and isinstance(parent, (ast.Call, ast.BinOp, ast.Tuple)):
        for other in scope.names("array"):
            says = "zeros stand where a value that you have is needed"
            yield 2, ast.Name(other, ast.Load()), says


def other_letters(node):
    """``einsum`` with two letters of one array exchanged, or with a letter that is summed away."""
    text = getattr(node.args[0], "value", None) if node.args else None
    if not isinstance(text, str):
        return
    parts = re.split(r"(\w+)", text)
    for k, part in enumerate(parts):
        for a, b in itertools.combinations(range(len(part)), 2) if part.isalpha() else ():
            letters = list(part)
            letters[a], letters[b] = letters[b], letters[a]
            new = "".join([*parts[:k], *letters, *parts[k + 1 :]])
            says = (
                f"in `{text}` the letters `{part[a]}` and `{part[b]}` of `{part}` stand for each "
            )
            yield 1, ast.Call(node.func, [ast.Constant(new), *node.args[1:]], []), f"{says}other"


def one_call_too_many(node, name):
    """A maximum, a sum or a place where the numbers themselves are meant."""
    is_method = isinstance(node.func, ast.Attribute) and not is_numpy(node.func.value)
    if name in REDUCED and (is_method or node.args):
        inside = node.func.value if is_method else node.args[0]
        yield 2, inside, f"`{name}` is taken there, and that is one step too many"


def named(name):
    return ast.Name(name, ast.Load())


def other_functions(node, name):
    others = [INSTEAD_OF[name]] if name in INSTEAD_OF else []
    others += [f"{name}imum"] if name in ("max", "min") and len(node.args) == 2 else []
    for group in (*KIN, (name, name, *others)):
        for other in group if name in group[:2] else ():
            if other == name:
                continue
            if isinstance(node.func, ast.Attribute):
                func = ast.Attribute(node.func.value, other, ast.Load())
            else:
                func = ast.Name(other, ast.Load())
            says = f"`{name}` {ANOTHER_FUNCTION}"
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
            says = f"the argument `{keyword.arg}={bare(keyword.value)}` is wrong"
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
    rounds = f"`{bare(node)}` does not go through the right rounds"

    def again(*new):
        call = ast.Call(node.func, list(new), [])
        changed = [(k, ast.unparse(a).replace(ast.unparse(args[k]), "")) for k, a in enumerate(new)
                   if k < len(args) and a is not args[k]]  # fmt: skip
        call.alike = "range", len(args), len(new), *changed
        return call

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
        for op in (ast.Sub(), ast.Add()):
            both = [ast.BinOp(arg, op, one) for arg in args[:2]]
            yield 1, again(*both, *args[2:]), f"`{bare(node)}` begins and ends one off"


# ---------------------------------------------------------------- names, numbers, places


def names(node, parent, scope):
    if not isinstance(node.ctx, ast.Load):
        for other in scope.others(node.id) if not node.id.startswith("_") else ():
            says = f"the result does not belong under the name `{node.id}`"
            yield 2, ast.Name(other, ast.Store()), says
        return
    if isinstance(parent, (ast.Subscript, ast.Tuple)) and scope.kinds.get(node.id) == "array":
        says = f"`{node.id}` is the wrong way round there: what is True and what is False in it?"
        yield 2, ast.UnaryOp(ast.Invert(), node), says
    called = getattr(getattr(parent, "func", None), "id", "")
    if isinstance(parent, ast.For) or called in ("zip", "enumerate"):
        backward = ast.Subscript(node, parsed("a[::-1]").slice, ast.Load())
        yield 0, backward, f"`{node.id}` is gone through in the wrong direction"
    if scope.kinds.get(node.id) == "array" and isinstance(parent, (ast.BinOp, ast.Tuple)):
        squared = ast.BinOp(node, ast.Pow(), ast.Constant(2))
        yield 2, squared, f"`{node.id}` comes in with the wrong power"
    if scope.kinds.get(node.id) == "array" and is_taken(parent):
        for other in scope.names("array", "size"):
            if other != node.id:
                less = ast.BinOp(node, ast.Sub(), ast.Name(other, ast.Load()))
                yield 3, less, f"`{node.id}` lacks a term that is subtracted"
    for other in scope.others(node.id):
        yield 1, ast.Name(other, ast.Load()), f"`{node.id}` is not what belongs there"
    if scope.kinds.get(node.id) in ("array", "list") and isinstance(parent, (ast.Call, ast.BinOp)):
        for place in scope.names("place"):
            part = ast.Subscript(node, ast.Name(place, ast.Load()), ast.Load())
            yield 2, part, f"all of `{node.id}` stands where a part of it is needed"


def is_taken(parent):
    """Is something taken of a name: a power, or a function?"""
    power = isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Pow)
    return power or (isinstance(parent, ast.Call) and called(parent) in ("square", "abs", "exp"))


def attributes(node, parent, scope):
    if node.attr == "T":
        yield 0, node.value, f"`{bare(node.value)}` must not be transposed there"
    if getattr(node.value, "id", "") == "self" and node.attr in scope.own:
        for other in scope.own:
            if other != node.attr:
                says = f"`self.{node.attr}` is not what belongs there"
                yield 1, ast.Attribute(node.value, other, node.ctx), says


def constants(node, parent, scope):
    value = node.value
    if isinstance(value, bool):
        yield 1, ast.Constant(not value), f"`{value}` is wrong there"
    elif isinstance(value, str) and value in ("", " "):
        yield 0, ast.Constant(" " if not value else ""), f"the text {value!r} is wrong there"
    elif isinstance(value, int):
        for other in scope.names("constant") if isinstance(parent, ast.Call) else ():
            by_name = parsed(f"self.word_to_idx[{other}]")
            yield 2, by_name, f"the number `{value}` stands where another word belongs"
        for other in dict.fromkeys((value + 1, value - 1, 0, 1, 2)):
            if other != value:
                yield 1, ast.Constant(other), f"the number `{value}` is wrong"
        if isinstance(parent, (ast.Call, ast.Subscript, ast.Tuple, ast.BinOp)):
            kinds = ("place", "size") if isinstance(parent, ast.Subscript) else ("size", "array")
            kinds = ("place", *kinds) if isinstance(parent, ast.Tuple) else kinds
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
        for op in (ast.Add(), ast.Sub()) if old else ():
            yield 2, ast.Slice(**{**parts, part: ast.BinOp(old, op, ast.Constant(2))}), says
        if old:
            yield 1, ast.Slice(**{**parts, part: None}), says
    if parts["lower"] and parts["upper"]:
        upper = ast.BinOp(parts["lower"], ast.Add(), parts["upper"])
        yield 0, ast.Slice(**{**parts, "upper": upper}), says
    if parts["step"]:
        yield 1, ast.Slice(**{**parts, "step": None}), "the slice takes wrong steps"


def shifted(node):
    one = ast.Constant(1)
    return ast.BinOp(node, ast.Add(), one), ast.BinOp(node, ast.Sub(), one)


def subscripts(node, parent, scope):
    index = node.slice
    if isinstance(parent, ast.BinOp) and not isinstance(parent.op, ast.Pow):
        squared = ast.BinOp(node, ast.Pow(), ast.Constant(2))
        yield 2, squared, f"{short(node)} comes in with the wrong power"
    if isinstance(parent, (ast.Tuple, ast.Return)) and isinstance(node.ctx, ast.Load):
        for other in scope.names("array"):
            if other != getattr(node.value, "id", ""):
                yield 2, named(other), f"{short(node)} is not what belongs there"
    if ast.unparse(index) == "::-1":
        yield 0, node.value, f"{short(node.value)} is turned round, and should not be"
    parts = list(index.elts) if isinstance(index, ast.Tuple) else [index]
    for k, part in enumerate(parts):
        if scope.kinds.get(getattr(part, "id", "")) == "place":
            back = ast.BinOp(ast.Constant(-1), ast.Sub(), part)
            changed = [*parts[:k], back, *parts[k + 1 :]]
            slot = ast.Tuple(changed, ast.Load()) if isinstance(index, ast.Tuple) else back
            says = f"{short(node.value)} is gone through in the wrong direction"
            yield 1, ast.Subscript(node.value, slot, node.ctx), says
        if isinstance(part, (ast.Name, ast.BinOp)):
            for new in shifted(part):
                changed = [*parts[:k], new, *parts[k + 1 :]]
                slot = ast.Tuple(changed, ast.Load()) if isinstance(index, ast.Tuple) else new
                says = f"the index {short(part)} of {short(node.value)} is off by one"
                yield 1, ast.Subscript(node.value, slot, node.ctx), says


def tuples(node, parent, scope):
    if isinstance(parent, ast.Compare) and isinstance(parent.ops[0], (ast.In, ast.NotIn)):
        for k, part in enumerate(node.elts):
            rest = ast.Tuple([*node.elts[:k], *node.elts[k + 1 :]], ast.Load())
            yield 0, rest, f"{short(part)} does not belong in {short(node)}"
        for other in scope.names("constant"):
            more = ast.Tuple([*node.elts, ast.Name(other, ast.Load())], ast.Load())
            yield 1, more, f"something is missing in {short(node)}"
    for a, b in itertools.combinations(range(len(node.elts)), 2):
        if ast.dump(node.elts[a]) == ast.dump(node.elts[b]):
            continue
        elts = list(node.elts)
        elts[a], elts[b] = elts[b], elts[a]
        first, second = short(node.elts[a]), short(node.elts[b])
        rank = unpacking_rank(node, parent, scope) if isinstance(node.ctx, ast.Store) else 0
        if isinstance(node.ctx, ast.Store) and "`_" in first + second:
            rank = 2.5  # what is thrown away is seldom what is wanted
        yield rank, ast.Tuple(elts, node.ctx), f"{first} and {second} are in the wrong order"
    if isinstance(node.ctx, ast.Load) and all(isinstance(e, ast.Tuple) for e in node.elts):
        for a, b in itertools.permutations(range(len(node.elts)), 2):
            elts = list(node.elts)
            elts[a] = elts[b]
            says = f"{short(node.elts[a])} is wrong for axis {a} in {short(node)}"
            yield 1, ast.Tuple(elts, node.ctx), says


def unpacking_rank(node, parent, scope):
    """How likely is it that names are unpacked in the wrong order?

    Of a cache, not at all where they are the forward's own, in its order.
    """
    given = [a.arg for a in scope.function.args.args]
    if getattr(getattr(parent, "value", None), "id", None) not in given:
        return 0
    names = [getattr(part, "id", "") for part in node.elts]
    return 4 if names == list(scope.cache) else 0 if sorted(names) == sorted(scope.cache) else 3


KINDS = {
    ast.BinOp: operations, ast.Call: calls, ast.Compare: comparisons, ast.Slice: slices,
    ast.Constant: constants, ast.Subscript: subscripts, ast.UnaryOp: signs, ast.Name: names,
    ast.Attribute: attributes, ast.Tuple: tuples, ast.IfExp: choices,
}  # fmt: skip
