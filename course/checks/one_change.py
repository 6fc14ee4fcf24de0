"""Every small change of right code, with a sentence for each kind of change.

What a learner gets wrong is often one thing in one line: an operand, an operator, an axis, an
index, a missing term, the order of the results. No list of known mistakes has them all.
"""

import ast
import contextlib
import itertools
from dataclasses import dataclass
from types import CodeType

OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//",
    ast.Pow: "**", ast.MatMult: "@", ast.Mod: "%", ast.BitAnd: "&", ast.BitOr: "|",
    ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
}  # fmt: skip
SWAPPED = {
    ast.Add: (ast.Sub, ast.Mult), ast.Sub: (ast.Add,), ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,), ast.FloorDiv: (ast.Mult,), ast.MatMult: (ast.Mult,),
}  # fmt: skip
CALLS = {
    "sum": ("mean", "max"), "mean": ("sum",), "max": ("min", "mean", "sum"), "argmax": ("argmin",),
    "maximum": ("minimum",), "tanh": ("sin",), "exp": ("square",), "log": ("log2", "log10"),
    "sqrt": ("square",), "zeros": ("ones",), "zeros_like": ("ones_like",),
}  # fmt: skip
COMPARED = {
    ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE), ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
SIGNS = {
    ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=",
    ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
REFUSALS = ("check_shapes", "check_indices")
LONGEST = 40  # of an expression that is quoted in a sentence


@dataclass(frozen=True)
class OneChange:
    """Compiled code with one change, and what it does: "when ..." fits before ``says``."""

    number: int
    says: str
    code: CodeType


def one_changes(source):
    """Every small change of a function's source, as a list of ``OneChange``."""
    found = []
    for number, (function, says) in enumerate(versions(source)):
        module = ast.Module([function], [])
        with contextlib.suppress(SyntaxError, ValueError):
            found.append(OneChange(number, says, compile(module, "<one change>", "exec")))
    return found


def changed_text(source, number):
    """The source of one change."""
    function, _ = next(itertools.islice(versions(source), number, None))
    return ast.unparse(function) + "\n"


def versions(source):
    """Yields (the function with a change in it, what the change does)."""
    function = next(n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef))
    for says in changed(function):
        yield function, says


def changed(function):
    """Make one change after the other in a function, an ``ast`` node: yields what each does.

    The next one undoes it.
    """
    kinds = kinds_of_names(function)
    for parent, field, index, node in list(places(function)):
        for new, says in changes(node, function, kinds):
            undo = put(parent, field, index, new)
            yield says
            undo()


def kinds_of_names(function):
    """Which names could be taken for each other: arrays, sizes, or places in an array."""
    kinds = {a.arg: "size" for a in function.args.kwonlyargs}
    kinds |= {a.arg: "array" for a in function.args.args}
    for node in ast.walk(function):
        if isinstance(node, ast.For):
            kinds |= {n.id: "place" for n in ast.walk(node.target) if isinstance(n, ast.Name)}
        for target, value in assigned(node):
            sized = ".shape" in ast.unparse(value) or ast.unparse(value).startswith("len(")
            kind = "list" if isinstance(value, (ast.List, ast.Dict)) else "array"
            for n in ast.walk(target):
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store):
                    kinds.setdefault(n.id, "size" if sized else kind)
    return kinds


def assigned(node):
    """Pairs (target, value) of an assignment; ``a, b = c, d`` has two."""
    if not isinstance(node, ast.Assign):
        return []
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts))
    return [(target, value)]


def put(parent, field, index, new):
    """Put nodes into a place: -> a function that undoes it."""
    old = getattr(parent, field)
    located(new)
    if index is None:
        setattr(parent, field, new)
    else:
        several = new if isinstance(new, list) else [new]
        setattr(parent, field, [*old[:index], *several, *old[index + 1 :]] or [ast.Pass()])
    return lambda: setattr(parent, field, old)


def located(new):
    """New nodes get a line, as ``compile`` wants it; what they hold of the old code has one."""
    todo = list(new) if isinstance(new, list) else [new]
    while todo:
        node = todo.pop()
        if "lineno" in node._attributes and not hasattr(node, "col_offset"):
            node.lineno = node.end_lineno = getattr(node, "lineno", 1)
            node.col_offset = node.end_col_offset = 0
        elif node._attributes:
            continue
        todo += ast.iter_child_nodes(node)


def places(function):
    """``(parent, field, index, node)`` of everything that may be changed."""
    todo = [(function, "body", k, node) for k, node in enumerate(function.body)]
    while todo:
        parent, field, index, node = todo.pop(0)
        if refuses(node):
            continue
        yield parent, field, index, node
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                todo.append((node, name, None, value))
            elif isinstance(value, list):
                todo += [(node, name, k, v) for k, v in enumerate(value) if isinstance(v, ast.AST)]


def refuses(node):
    """A line that only turns wrong input away, or says something."""
    if isinstance(node, (ast.Raise, ast.Assert)) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ):
        return True
    call = getattr(node, "value", node)
    return isinstance(call, ast.Call) and getattr(call.func, "id", "") in REFUSALS


def short(node):
    """An expression in a sentence, unless it is long."""
    text = ast.unparse(node)
    return f"`{text}`" if len(text) <= LONGEST else "a part"


def changes(node, function, kinds_of_names):
    """Small changes of one node: yields (what stands there instead, in words)."""
    kinds = {
        ast.BinOp: operations, ast.Attribute: attributes, ast.Call: calls,
        ast.Constant: constants, ast.Compare: comparisons, ast.AugAssign: additions,
        ast.Slice: slices, ast.For: loops, ast.Return: returns, ast.UnaryOp: signs,
        ast.Assign: assignments, ast.Subscript: subscripts, ast.IfExp: choices,
    }  # fmt: skip
    yield from kinds.get(type(node), lambda *_: ())(node, function)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        kind = kinds_of_names.get(node.id, "list")
        for other in [n for n, k in kinds_of_names.items() if k == kind != "list" and n != node.id]:
            yield ast.Name(other, node.ctx), f"`{other}` stands in the place of `{node.id}`"


def operations(node, function):
    left, right, op = node.left, node.right, OPERATORS.get(type(node.op), "?")
    for other in SWAPPED.get(type(node.op), ()):
        swapped = OPERATORS[other]
        yield (
            ast.BinOp(left, other(), right),
            f"`{swapped}` stands before {short(right)} where `{op}` belongs",
        )
    if op in ("-", "/", "//", "**", "@"):
        yield ast.BinOp(right, node.op, left), f"the two sides of `{op}` are exchanged"
    missing = {
        "+": f"{short(right)} is not added",
        "-": f"{short(right)} is not subtracted",
        "*": f"the factor {short(right)} is missing",
        "/": f"nothing is divided by {short(right)}",
        "//": f"nothing is divided by {short(right)}",
        "@": f"the product with {short(right)} is missing",
        "**": "the square is missing" if ast.unparse(right) == "2" else "the power is missing",
    }
    if op in missing:
        yield left, missing[op]
    if op in "+*@":
        words = {"+": "the term", "*": "the factor", "@": "the product with"}
        yield right, f"{words[op]} {short(left)} is missing"
    if op == "-":
        yield ast.UnaryOp(ast.USub(), right), f"the term {short(left)} is missing"
    if op in "*/" and len(op) == 1:
        yield (
            ast.BinOp(node, node.op, right),
            f"{short(right)} comes in twice: it is {'a factor' if op == '*' else 'divided by'} "
            "once too often",
        )
    if op == "**":
        yield ast.BinOp(left, ast.Mult(), right), f"`*` stands before {short(right)}, not `**`"
        if not isinstance(left, ast.Constant):
            yield ast.BinOp(node, ast.Pow(), right), "a square is taken twice"
    if isinstance(left, ast.BinOp) and type(left.op) is not type(node.op):
        moved = ast.BinOp(left.left, left.op, ast.BinOp(left.right, node.op, right))
        yield moved, f"the brackets around {short(left)} are missing"
    if isinstance(right, ast.BinOp):
        moved = ast.BinOp(ast.BinOp(left, node.op, right.left), right.op, right.right)
        yield moved, f"the brackets around {short(right)} are missing"


def attributes(node, function):
    if node.attr == "T":
        yield node.value, f"{short(node.value)} is used without its transpose being taken"
        turned = f"{ast.unparse(node.value)}.reshape({ast.unparse(node.value)}.shape[::-1])"
        yield (
            ast.parse(turned, mode="eval").body,
            f"{short(node.value)} is reshaped where it has to be transposed",
        )


def calls(node, function):
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if isinstance(node.func, ast.Attribute):
        for other in CALLS.get(name, ()):
            func = ast.Attribute(node.func.value, other, ast.Load())
            says = f"`{other}` stands where `{name}` belongs"
            yield ast.Call(func, node.args, node.keywords), says
        if name == "transpose" and node.args:
            base = ast.unparse(node.func.value)
            axes = ast.unparse(ast.Tuple(node.args, ast.Load()))
            text = f"{base}.reshape([{base}.shape[k] for k in {axes}])"
            yield (
                ast.parse(text, mode="eval").body,
                "the axes are brought in order by `reshape` where they have to be transposed",
            )
            yield node.func.value, "the axes are not transposed"
        if name in ("copy", "astype"):
            return
    if name == "reversed":
        yield node.args[0], "the loop runs forward"
    if name == "range" and len(node.args) == 1:
        yield from ranges(node)
    for keyword in node.keywords:
        rest = [k for k in node.keywords if k is not keyword]
        if keyword.arg == "axis":
            yield from other_axes(node, keyword)
        if keyword.arg in ("axis", "keepdims"):
            yield ast.Call(node.func, node.args, rest), f"`{keyword.arg}` is missing in `{name}`"
    if name in ("tanh", "exp", "log", "sqrt", "abs", "maximum", "sigmoid") and node.args:
        yield node.args[0], f"`{name}` is missing"
        if name in ("tanh", "sigmoid"):
            yield ast.Call(node.func, [node], []), f"`{name}` is taken twice"
    if len(node.args) == 2 and name in ("dot", "matmul", "outer", "maximum", "where"):
        yield ast.Call(node.func, node.args[::-1], node.keywords), "two arguments are exchanged"


def ranges(node):
    size = node.args[0]
    one = ast.Constant(1)
    call = lambda *args: ast.Call(node.func, list(args), [])  # noqa: E731
    yield call(ast.BinOp(size, ast.Sub(), one)), f"the loop over {short(size)} leaves the last out"
    yield call(one, size), f"the loop over {short(size)} leaves the first out"
    yield call(one), f"the loop over {short(size)} does the first only"


def constants(node, function):
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        yield from other_numbers(node.value)


def other_numbers(value):
    for other in (value + 1, value - 1):
        yield ast.Constant(other), f"`{other}` stands where `{value}` belongs"


def other_axes(call, keyword):
    """Another axis in ``sum(axis=0)``."""
    name = getattr(call.func, "attr", "")
    text = ast.unparse(keyword.value)
    for other in ("0", "1", "2", "-1", "(0, 1)"):
        if other != text:
            value = ast.parse(other, mode="eval").body
            rest = [ast.keyword("axis", value) if k is keyword else k for k in call.keywords]
            says = f"`{name}` runs over axis {other} and not over axis {text}"
            yield ast.Call(call.func, call.args, rest), says


def comparisons(node, function):
    if len(node.ops) == 1:
        was = SIGNS.get(type(node.ops[0]))
        for other in COMPARED.get(type(node.ops[0]), ()):
            new = ast.Compare(node.left, [other()], node.comparators)
            yield new, f"the comparison is `{SIGNS[other]}`, not `{was}`"


def additions(node, function):
    target = ast.unparse(node.target).partition("[")[0]
    says = f"each value put into `{target}` replaces the one before: they have to be added up"
    if not isinstance(node.op, ast.Add):
        says = f"{short(node.value)} is put into `{target}` in place of what was there"
    yield ast.Assign([node.target], node.value), says
    for other in SWAPPED.get(type(node.op), ())[:1]:
        was, now = OPERATORS[type(node.op)], OPERATORS[other]
        says = f"`{now}=` stands where `{was}=` belongs"
        yield ast.AugAssign(node.target, other(), node.value), says
    sign = OPERATORS[type(node.op)]
    yield ast.Pass(), f"the line that changes `{target}` with `{sign}=` is missing"


def slices(node, function):
    for part, word in (("lower", "start"), ("upper", "end"), ("step", "step")):
        if getattr(node, part) is not None:
            parts = {k: getattr(node, k) for k in ("lower", "upper", "step")} | {part: None}
            yield ast.Slice(**parts), f"a slice has lost its {word}, {short(getattr(node, part))}"


def loops(node, function):
    last = function.body[-1]
    if isinstance(last, ast.Return) and node in function.body:
        looped = ast.For(node.target, node.iter, [*node.body, last], node.orelse)
        yield looped, "`return` stands inside the loop: only its first round is done"
    if getattr(getattr(node.iter, "func", None), "id", "") == "range":
        backward = ast.Call(ast.Name("reversed", ast.Load()), [node.iter], [])
        yield ast.For(node.target, backward, node.body, node.orelse), "the loop runs backward"
    before = function.body[: function.body.index(node)] if node in function.body else []
    for made in before:
        if isinstance(made, ast.Assign) and isinstance(made.targets[0], ast.Name):
            name = made.targets[0].id
            if name in changed_in(node):
                inside = ast.For(node.target, node.iter, [made, *node.body], node.orelse)
                yield [made, inside], f"`{name}` starts anew in each round of the loop"


def changed_in(loop):
    """Names that a loop adds to or writes into."""
    found = set()
    for node in ast.walk(loop):
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        for target in targets if isinstance(node, (ast.Assign, ast.AugAssign)) else ():
            base = target
            while isinstance(base, ast.Subscript):
                base = base.value
            if isinstance(base, ast.Name):
                found.add(base.id)
    return found


def returns(node, function):
    value = node.value
    parts = value.elts if isinstance(value, ast.Tuple) else []
    for a in range(len(parts)):
        for b in range(a + 1, len(parts)):
            order = list(parts)
            order[a], order[b] = order[b], order[a]
            text = ", ".join(ast.unparse(part) for part in order)
            said = f" (`{text}`)" if len(text) <= 2 * LONGEST else ""
            says = f"the results come in another order{said}"
            yield ast.Return(ast.Tuple(order, ast.Load())), says


def signs(node, function):
    if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return
    if isinstance(node.op, (ast.USub, ast.Not)):
        sign = "a minus" if isinstance(node.op, ast.USub) else "a `not`"
        yield node.operand, f"{sign} is missing"


def assignments(node, function):
    target = node.targets[0]
    if isinstance(target, (ast.Name, ast.Subscript)):
        name = ast.unparse(target).partition("[")[0]
        again = sum(name in changed_in(part) for part in ast.walk(function)
                    if isinstance(part, (ast.Assign, ast.AugAssign)))  # fmt: skip
        if again > 1:
            yield ast.Pass(), f"a line that sets `{name}` is missing"
        if isinstance(target, ast.Name):
            yield (
                ast.Assign(node.targets, ast.UnaryOp(ast.USub(), node.value)),
                f"`{name}` has the wrong sign",
            )


def subscripts(node, function):
    index = node.slice
    if isinstance(node.ctx, ast.Load) and isinstance(index, (ast.Name, ast.BinOp)):
        for text, says in (("0", "the first"), ("-1", "the last")):
            new = ast.Subscript(node.value, ast.parse(text, mode="eval").body, node.ctx)
            yield new, f"{says} of {short(node.value)} is read each time"
        for op, says in ((ast.Add(), "late"), (ast.Sub(), "early")):
            new = ast.Subscript(node.value, ast.BinOp(index, op, ast.Constant(1)), node.ctx)
            yield new, f"{short(node.value)} is read one place too {says}"
    if isinstance(index, ast.Tuple):
        for k, part in enumerate(index.elts):
            if isinstance(part, ast.Name) and isinstance(node.ctx, ast.Load):
                for text, says in (("0", "the first"), ("-1", "the last")):
                    parts = list(index.elts)
                    parts[k] = ast.parse(text, mode="eval").body
                    new = ast.Subscript(node.value, ast.Tuple(parts, ast.Load()), node.ctx)
                    yield new, f"{says} of axis {k} of {short(node.value)} is read each time"


def choices(node, function):
    yield node.body, f"what holds when {short(node.test)} is done always"
    yield node.orelse, f"what holds unless {short(node.test)} is done always"
