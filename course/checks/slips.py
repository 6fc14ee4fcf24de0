"""Slips that take more than one place of the code, as edits: a window, a loop's axis, a sum.

The same form as in ``expressions``: from a node, its parent and the ``Scope`` of the learner's
function, yields of (rank, what stands there instead, what was wrong).
"""

import ast
import copy
import itertools

from course.checks.expressions import REDUCES, bare, called, is_numpy, parsed
from course.checks.one_change import short

TURNED = "is the wrong way round (what is 1 in it, and what is 0?)"
SHARED = ("abs", "exp", "log", "tanh", "sqrt", "square", "sigmoid")  # taken of a sum, or of each


def loads(node):
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def stores(node):
    return {
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }


def with_name(node, name, new):
    """A copy in which a name is an expression."""

    class Swap(ast.NodeTransformer):
        def visit_Name(self, part):
            return copy.deepcopy(new) if part.id == name else part

    return ast.fix_missing_locations(Swap().visit(copy.deepcopy(node)))


def named(name):
    return ast.Name(name, ast.Load())


def replaced(statement, old, new):
    """A copy of a statement in which one expression is another."""

    class Swap(ast.NodeTransformer):
        def visit(self, node):
            return new if node is old else self.generic_visit(shallow(node))

    return Swap().visit(statement)


def shallow(node):
    """The same node in a new object, its lists copied: the original stays as it is."""
    parts = {k: list(v) if isinstance(v, list) else v for k, v in ast.iter_fields(node)}
    new = type(node)(**parts)
    if hasattr(node, "lineno"):
        new.lineno = node.lineno  # and no column: ``located`` looks for new nodes inside
    return new


# ---------------------------------------------------------------- windows


def windows(node, parent, scope):
    """Both ends of a slice: another counter, or a counter that lacks a factor."""
    if node.lower is None or node.upper is None:
        return
    for place in scope.names("place"):
        if place not in loads(node.lower) & loads(node.upper):
            continue
        text = f"the window `{ast.unparse(node)}`"
        for other in scope.names("place"):
            if other != place:
                says = f"{text} is taken at `{place}`, which counts along another axis"
                yield 1, with_name(node, place, named(other)), says
        if isinstance(node.lower, ast.Name):
            for size in scope.names("size"):
                new = with_name(node, place, parsed(f"{place} * {size}"))
                new.alike = "window", size
                says = f"{text} starts at `{place}` itself: a factor on `{place}` is missing"
                if size in scope.options:
                    says = f"{text} starts at `{place}` itself: `{size}` does not come into it"
                yield 1, new, says


def steps(node, parent, scope):
    """``i * size``: a place that is multiplied by the wrong step, wherever it is."""
    if not isinstance(node.op, ast.Mult):
        return
    for place, size in ((node.left, node.right), (node.right, node.left)):
        kinds = [scope.kinds.get(getattr(part, "id", "")) for part in (place, size)]
        if kinds == ["place", "size"]:
            for other in scope.names("size"):
                if other != size.id:
                    new = ast.BinOp(place, node.op, named(other))
                    new.alike = "step", place.id, other
                    says = f"`{bare(node)}` goes in steps of `{size.id}`, which is not the step"
                    yield 1, new, says


# ---------------------------------------------------------------- sums and functions


def sums(node, parent, scope):
    """Something that is added inside a sum, and so once for each of its elements."""
    if called(node) not in REDUCES[:2]:
        return
    is_method = isinstance(node.func, ast.Attribute) and not is_numpy(node.func.value)
    inside = node.func.value if is_method else node.args[0] if node.args else None
    if not isinstance(inside, ast.BinOp) or not isinstance(inside.op, (ast.Add, ast.Sub)):
        return
    for kept, moved in ((inside.left, inside.right), (inside.right, inside.left)):
        if isinstance(inside.op, ast.Sub) and kept is inside.right:
            continue
        if is_method:
            less = ast.Call(ast.Attribute(kept, node.func.attr, ast.Load()), node.args,
                            node.keywords)  # fmt: skip
        else:
            less = ast.Call(node.func, [kept, *node.args[1:]], node.keywords)
        says = f"{short(moved)} stands inside `{called(node)}`: it comes in once for each element"
        yield 1, ast.BinOp(less, inside.op, moved), says


def shared(node, parent, scope):
    """``f(a + b)`` and ``f(a) + f(b)``."""
    if isinstance(node, ast.Call) and called(node) in SHARED and len(node.args) == 1:
        inside = node.args[0]
        if isinstance(inside, ast.BinOp) and isinstance(inside.op, (ast.Add, ast.Sub)):
            parts = [ast.Call(node.func, [side], []) for side in (inside.left, inside.right)]
            for op in {type(inside.op), ast.Add}:
                says = f"`{called(node)}` is taken of {short(inside)} as a whole"
                yield 1, ast.BinOp(parts[0], op(), parts[1]), f"{says}, and not of each part"
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        both = node.left, node.right
        alone = [isinstance(b, ast.Call) and called(b) in SHARED and len(b.args) == 1 for b in both]
        if all(alone) and called(both[0]) == called(both[1]):
            yield 1, merged(node), f"`{called(both[0])}` is taken of each part, not of the whole"


def merged(node):
    """``f(a) + f(b)`` -> ``f(a + b)``"""
    whole = ast.BinOp(node.left.args[0], node.op, node.right.args[0])
    return ast.Call(node.left.func, [whole], node.left.keywords)


def products(node, parent, scope):
    """A product of two sums where the sum of the products is meant."""
    both = node.left, node.right
    if isinstance(node.op, ast.Mult) and all(
        isinstance(b, ast.Call) and called(b) == "sum" for b in both
    ):
        says = f"{short(node)} multiplies two sums: the sum of the products is something else"
        (a, first), (b, second) = map(summed, both)
        args, words = first or second or ([], [])
        yield 1, ast.Call(parsed("np.sum"), [ast.BinOp(a, ast.Mult(), b), *args], words), says


def summed(call):
    """(what a call of ``sum`` adds up, its other arguments or ())."""
    is_method = isinstance(call.func, ast.Attribute) and not is_numpy(call.func.value)
    inside = call.func.value if is_method else call.args[0]
    rest = call.args if is_method else call.args[1:]
    return inside, ((rest, call.keywords) if rest or call.keywords else ())


def means(node, parent, scope):
    """A mean whose number is not the one of what it is taken of."""
    if called(node) != "mean":
        return
    func = node.func
    func = ast.Attribute(func.value, "sum", ast.Load()) if isinstance(func, ast.Attribute) else func
    total = ast.Call(func, node.args, node.keywords)
    says = "`mean` divides by how many numbers there are, and that is not the number to divide by"
    given = [named(a.arg) for a in scope.function.args.args if a.arg != "self"]
    lengths = [ast.Call(named("len"), [name], []) for name in given]
    for size in (*map(named, scope.names("size")), *lengths):
        yield 2, ast.BinOp(total, ast.Div(), size), says


def stretched(node, parent, scope):
    """An array that lacks an axis, so that it lines up with other axes than it should."""
    beside = isinstance(parent, ast.AugAssign) or (
        isinstance(parent, ast.BinOp) and not isinstance(parent.op, (ast.MatMult, ast.Pow))
    )
    if beside and isinstance(node.ctx, ast.Load) and scope.kinds.get(node.id) == "array":
        says = f"`{node.id}` lacks an axis: as it stands it lines up with the wrong ones"
        for index in ("..., None", ":, None", "..., None, None"):
            yield 1, parsed(f"{node.id}[{index}]"), says


def unsummed(node, parent, scope):
    """A product that should have been added up."""
    ends = isinstance(parent, (ast.Assign, ast.AugAssign, ast.Return))
    if isinstance(node.op, ast.Mult) and ends:
        says = f"{short(node)} is an array of products that are not added up"
        yield 1, ast.Call(parsed("np.sum"), [node], []), says
        for axis in (-1, 0, 1):
            yield 2, parsed(f"np.sum({ast.unparse(node)}, axis={axis})"), says


def complements(node, parent, scope):
    """``1 - m`` for ``m``, and the other way round."""
    if isinstance(node.op, ast.Sub) and getattr(node.left, "value", None) == 1:
        yield 1, node.right, f"{short(node)} {TURNED}"
    if isinstance(node.op, ast.Mult):
        for side in ("left", "right"):
            part = getattr(node, side)
            if isinstance(part, ast.Name) and scope.kinds.get(part.id) == "array":
                new = ast.BinOp(node.left, node.op, node.right)
                setattr(new, side, ast.BinOp(ast.Constant(1), ast.Sub(), part))
                yield 3, new, f"`{part.id}` {TURNED}"
        both = isinstance(node.left, ast.Name) and isinstance(node.right, ast.Name)
        if both and scope.kinds.get(node.right.id) in ("array", "size"):
            says = f"`{bare(node)}` is a product: the operator `*` is the wrong one"
            yield 2, ast.BinOp(node.left, ast.Pow(), node.right), says


def doubled(node, parent, scope):
    """A size that has to come in twice, such as a margin on both sides."""
    is_term = isinstance(parent, ast.BinOp) and isinstance(parent.op, (ast.Add, ast.Sub))
    if isinstance(node.ctx, ast.Load) and is_term and scope.kinds.get(node.id) == "size":
        twice = ast.BinOp(ast.Constant(2), ast.Mult(), node)
        twice.alike = "twice", node.id
        yield 2, twice, f"`{node.id}` comes in once: it has to come in more than that"


# ---------------------------------------------------------------- indices and arguments


def parts(node, parent, scope):
    """A part of an array where the whole is meant, or columns where one of each row is."""
    if not isinstance(node.ctx, ast.Load):
        return
    if isinstance(parent, (ast.Return, ast.Assign, ast.Tuple)) and isinstance(node.value, ast.Name):
        says = f"{short(node)} is only a part of `{node.value.id}`"
        yield 2, node.value, says
    index = node.slice
    for k, part in enumerate(index.elts if isinstance(index, ast.Tuple) else [index]):
        if isinstance(part, (ast.Constant, ast.Name)) and isinstance(node.value, ast.Name):
            says = f"{short(node)} takes one place along axis {k} of `{node.value.id}`, not all"
            yield 2, with_part(node, k, ast.Slice()), says
    columns = index.elts[1] if isinstance(index, ast.Tuple) and len(index.elts) == 2 and \
        ast.unparse(index.elts[0]) == ":" else index  # fmt: skip
    if isinstance(columns, ast.Name) and scope.kinds.get(columns.id) == "array":
        word = "columns" if columns is not index else "rows"
        says = f"{short(node)} takes whole {word}, and not one number from each row"
        one = f"{ast.unparse(node.value)}[np.arange(len({columns.id})), {columns.id}]"
        yield 1, parsed(one), says


def columns(node, parent, scope):
    """``x[t]`` where t counts along another axis than the first one."""
    place = getattr(node.slice, "id", "")
    if scope.kinds.get(place) == "place" and isinstance(node.value, ast.Name):
        new = ast.Subscript(node.value, parsed(f"a[:, {place}]").slice, node.ctx)
        new.alike = "column", place
        says = f"{short(node)} takes place `{place}` along axis 0 of `{node.value.id}`"
        yield 1, new, f"{says}, and another axis is meant"


def with_part(node, k, new):
    """A subscript with another index for one axis."""
    if not isinstance(node.slice, ast.Tuple):
        return ast.Subscript(node.value, new, node.ctx)
    elts = [*node.slice.elts[:k], new, *node.slice.elts[k + 1 :]]
    return ast.Subscript(node.value, ast.Tuple(elts, ast.Load()), node.ctx)


def lowered(node, parent, scope):
    """A text whose capitals count."""
    if isinstance(node.ctx, ast.Load) and isinstance(parent, (ast.Call, ast.Attribute)) and \
            scope.of_texts and scope.kinds.get(node.id) == "array":  # fmt: skip
        says = f"`{node.id}` is taken as it is written: capitals count as other letters"
        yield 2, ast.Call(ast.Attribute(node, "lower", ast.Load()), [], []), says


def places(node, parent, scope):
    """A counter as an index where what stands at its place is needed."""
    if scope.kinds.get(node.id) != "place" or not isinstance(parent, (ast.Subscript, ast.Tuple)):
        return
    others = [p for p in scope.names("place") if p != node.id]
    says = f"`{node.id}` is a place: what stands at that place is needed"
    for array in scope.names("array"):
        for some in [(node.id,), *((other, node.id) for other in others)]:
            yield 3, parsed(f"{array}[{', '.join(some)}]"), says


def results(node, parent, scope):
    """All that a call gives back, where one of its results is meant."""
    if isinstance(parent, (ast.Tuple, ast.Return)) and not is_numpy(getattr(node.func, "value", 0)):
        says = f"{short(node)} gives back several results, and only one of them belongs there"
        for k in (0, 1):
            yield 2, ast.Subscript(node, ast.Constant(k), ast.Load()), says


def masked(node, parent, scope):
    """Every place is written to where a mask says which."""
    if node.lower or node.upper or node.step or not isinstance(parent, ast.Tuple):
        return
    for name in scope.names("array"):
        yield 3, named(name), "`:` takes every place, and only some of them are meant"


def arguments(node, parent, scope):
    """An expression handed on where something is meant that came in."""
    given = [a.arg for a in scope.function.args.args if a.arg != "self"]
    for k, argument in enumerate(node.args):
        if isinstance(argument, (ast.Call, ast.BinOp, ast.Subscript)):
            for name in given:
                args = [*node.args[:k], named(name), *node.args[k + 1 :]]
                says = f"{short(argument)} is handed on to `{called(node)}` where something that " \
                    "came in belongs"  # fmt: skip
                yield 2, ast.Call(node.func, args, node.keywords), says


def ends(node, parent, scope):
    """``[1:]`` and ``[:-1]``."""
    shapes = {"1:": ":-1", ":-1": "1:"}
    if other := shapes.get(ast.unparse(node)):
        says = f"`{ast.unparse(node)}` leaves out the wrong end"
        yield 0, parsed(f"a[{other}]").slice, says


# ---------------------------------------------------------------- loops


def loops(body, k, scope):
    """A loop over the rows of an array that is meant to go over its columns: of axis 0, of 1.

    Yields (rank, line, other statements, what was wrong).
    """
    loop = body[k]
    if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name):
        return
    for array in sorted(loads(loop.iter) - {"range", "len", "reversed", "enumerate"}):
        new = copy.deepcopy(loop)
        counted = ast.unparse(loop.iter).replace(f"len({array})", f"{array}.shape[1]")
        new.iter = parsed(counted.replace(f"{array}.shape[0]", f"{array}.shape[1]"))
        read = Columns(array, loop.target.id)
        new = ast.fix_missing_locations(read.visit(new))
        if read.found and ast.unparse(new.iter) != ast.unparse(loop.iter):
            says = f"the loop goes along axis 0 of `{array}`, which is not the axis that is meant"
            yield 1, loop.lineno, [*body[:k], new, *body[k + 1 :]], says
        if isinstance(loop.iter, ast.Name):
            new = copy.deepcopy(loop)
            new.iter = ast.fix_missing_locations(parsed(f"np.swapaxes({array}, 0, 1)"))
            says = f"the loop goes along axis 0 of `{array}`, which is not the axis that is meant"
            yield 1, loop.lineno, [*body[:k], new, *body[k + 1 :]], says


def bounds(node, loop, scope):
    """A loop that ends at the length of another axis than the one along which it counts."""
    place = getattr(getattr(loop, "target", None), "id", "")
    if not place or called(node) != "range" or not isinstance(loop, ast.For):
        return
    if len(node.args) != 1 or not isinstance(node.args[0], ast.Name):
        return
    was = node.args[0].id
    for part in ast.walk(loop):
        if isinstance(part, ast.Subscript) and isinstance(part.value, ast.Name):
            index = part.slice.elts if isinstance(part.slice, ast.Tuple) else [part.slice]
            for k in [k for k, one in enumerate(index) if getattr(one, "id", "") == place]:
                array = part.value.id
                new = parsed(f"range({array}.shape[{k}])")
                new.alike = "bounds", array
                says = f"`range({was})` ends at `{was}`, and not where axis {k} of `{array}` does"
                yield 1, new, f"{says}, along which `{place}` counts"


def not_reset(body, k):
    """A sum that starts before a loop and should start in it.

    Yields (rank, line, other statements, what was wrong).
    """
    line = body[k]
    if not (isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)):
        return
    if not isinstance(line.value, (ast.Constant, ast.List)) and "zeros" not in ast.unparse(line):
        return
    name = line.targets[0].id
    for m in range(k + 1, len(body)):
        for depth, loop in enumerate(nested(body[m])):
            if name in {n.id for n in ast.walk(loop) if isinstance(n, ast.Name)}:
                inside = with_start(body[m], depth, line)
                says = f"`{name}` goes on from round to round of this loop: it is never set back"
                yield 1, loop.lineno, [*body[:m], inside, *body[m + 1 :]], says


def nested(line):
    """A loop, and the loops that stand in it, one in the other."""
    while isinstance(line, ast.For):
        yield line
        line = next((part for part in line.body if isinstance(part, ast.For)), None)


def with_start(loop, depth, line):
    """Nested loops, with a line at the start of one of them."""
    new, inner = shallow(loop), list(nested(loop))[1:2]
    if depth:
        new.body = [with_start(part, depth - 1, line) if part in inner else part
                    for part in loop.body]  # fmt: skip
    else:
        new.body = [line, *loop.body]
    return new


def terms_in_loops(body, k):
    """``total = total + a + b`` in a loop, where b belongs behind it.

    Yields (rank, line, other statements, what was wrong).
    """
    loop = body[k]
    if not isinstance(loop, ast.For):
        return
    made = stores(loop)
    for line in ast.walk(loop):
        target, value = piled_up(line)
        for term in terms(value) if target is not None else ():
            if loads(term) & made or not loads(term) or ast.dump(term) == ast.dump(value):
                continue
            new = replaced(loop, value, without(value, term))
            behind = ast.AugAssign(ast.Name(target, ast.Store()), ast.Add(), term)
            says = f"{short(term)} is added in each round of the loop"
            yield 1, line.lineno, [*body[:k], new, behind, *body[k + 1 :]], says


def piled_up(line):
    """(name, what is added to it) of ``name += value`` and of ``name = name + value``."""
    if isinstance(line, ast.AugAssign) and isinstance(line.op, ast.Add):
        return getattr(line.target, "id", None), line.value
    if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
        name = line.targets[0].id
        if any(getattr(part, "id", "") == name for part in terms(line.value)):
            return name, line.value
    return None, None


def terms(value):
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return [*terms(value.left), *terms(value.right)]
    return [value]


def without(value, term):
    """A sum without one of its terms."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        if ast.dump(value.right) == ast.dump(term):
            return value.left
        if ast.dump(value.left) == ast.dump(term):
            return value.right
        left, right = without(value.left, term), without(value.right, term)
        return ast.BinOp(left, value.op, right)
    return value


class Columns(ast.NodeTransformer):
    """``x[t]`` becomes ``x[:, t]``."""

    def __init__(self, array, place):
        self.array, self.place, self.found = array, place, False

    def visit_Subscript(self, node):
        self.generic_visit(node)
        here = getattr(node.value, "id", "") == self.array
        if here and getattr(node.slice, "id", "") == self.place:
            self.found = True
            return ast.Subscript(node.value, parsed(f"a[:, {self.place}]").slice, node.ctx)
        return node


KINDS = {
    ast.Slice: (windows, ends, masked),
    ast.BinOp: (steps, shared, products, unsummed, complements),
    ast.Call: (sums, shared, arguments, results, means, bounds),
    ast.Name: (doubled, places, lowered, stretched), ast.Subscript: (parts, columns),
}  # fmt: skip


def of_node(node, parent, scope):
    return itertools.chain(*(kind(node, parent, scope) for kind in KINDS.get(type(node), ())))
