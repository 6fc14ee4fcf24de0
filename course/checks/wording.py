"""What a small edit of the learner's code says about it: what the code does there now.

``edits`` knows that a place is wrong and of what kind. Here it is said in the words of the
exercise: over which axis a sum runs and which it leaves, which round a loop leaves out, whether
a name is something that came in. Each sentence speaks of the learner's own code as it stands; of
what belongs there it says no more than that it is something else.
"""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from course.checks.altered import axis_word
from course.checks.expressions import OPPOSITE, REDUCES, bare, called, is_numpy
from course.checks.one_change import OPERATORS, short
from course.checks.slips import loads

DOES = {  # what is called, in words that fit after "it"
    "max": "keeps only the largest number", "min": "keeps only the smallest number",
    "mean": "divides by how many numbers there are", "sum": "adds all of them up",
    "cumsum": "keeps every sum on the way", "argmax": "gives the place of the largest number",
    "argmin": "gives the place of the smallest number", "zeros": "gives zeros",
    "maximum": "takes the larger of two", "minimum": "takes the smaller of two",
    "ones": "gives ones", "zeros_like": "gives zeros", "ones_like": "gives ones",
    "exp": "is e to the power of it", "log": "is the logarithm", "sqrt": "is the root",
    "square": "is the square", "abs": "loses the sign", "var": "is the square of the spread",
    "std": "is the root of the variance", "floor": "rounds down", "ceil": "rounds up",
    "tanh": "lies between -1 and 1", "sigmoid": "lies between 0 and 1",
    "sort": "sorts the numbers", "argsort": "gives places in order",
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What is known of the names in the learner's code: axes, and shapes in one case.

    ``shapes`` and ``numbers`` go by the function and the name in it: two functions may each have
    an ``x``. Something is told of ``function``, an ``ast`` node.
    """

    axes_of: Callable
    sizes: dict
    shapes: dict
    numbers: set
    function: ast.FunctionDef

    def is_number(self, name):
        return (self.function.name, name) in self.numbers

    def letters(self, node):
        """The letters of the axes of an expression; "" for an axis that nothing tells.

        None at all of a name that is set anew: its axes are others from line to line.
        """
        name = ast.unparse(node)
        if set_anew(name, self.function):
            return []
        shape = self.shapes.get((self.function.name, name))
        known = self.axes_of(name)
        if known and (shape is None or len(known) == len(shape)):
            return known
        return [self.letter(size) for size in shape or ()]

    def letter(self, size):
        fits = [letter for letter, n in self.sizes.items() if n == size]
        return fits[0] if len(fits) == 1 and size > 1 else ""

    def word(self, node, axis):
        """ "axis 1 (channel, C)" """
        letters = self.letters(node)
        axis = axis + len(letters) if axis < 0 and letters else axis
        known = 0 <= axis < len(letters) and letters[axis]
        return f"axis {axis} ({axis_word(letters, axis)}, {known})" if known else f"axis {axis}"


def in_words(edit, facts):
    """The sentence on an edit, as much as can be said of it."""
    old, new = edit.old, edit.new() if callable(edit.new) else edit.new
    says = KINDS.get(type(old), lambda *_: "")(old, new, edit.parent, facts) if old else ""
    return re.sub(r"(axis \d) of `(\w+)`", lambda m: with_word(m, facts), says or edit.says)


def with_word(found, facts):
    axis, name = found.groups()
    return f"{facts.word(ast.Name(name), int(axis[-1]))} of `{name}`"


def listed(some):
    some = [str(part) for part in some]
    return " and ".join([", ".join(some[:-1]), some[-1]] if len(some) > 1 else some)


def number_of(node):
    """The whole number that is written there; None for anything else."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return None
    return value if type(value) is int else None


# ---------------------------------------------------------------- calls


def calls(old, new, parent, facts):
    name = called(old)
    if not isinstance(new, ast.Call):
        return ""
    if says := turned(old, new, facts):
        return says
    if name == "range" == called(new):
        return rounds(old, new, facts)
    if called(new) != name and name in DOES and called(new) in DOES:
        return f"`{name}` {DOES[name]}: that is not what belongs there"
    if name in REDUCES and called(new) == name:
        return of_axes(old, new, name, facts)
    return ""


TURNS = ("transpose", "swapaxes", "moveaxis")


def turned(old, new, facts):
    """Of two lines that order axes one may be right, and nobody knows which: "" for one alone."""
    moved = new.args is old.args or getattr(new.func, "value", None) is old
    if called(old) not in TURNS and not (called(old) == "reshape" and moved):
        return ""
    lines = {n.lineno for n in ast.walk(facts.function) if isinstance(n, ast.Call)
             and (called(n) in TURNS or (called(n) == "einsum" and len(n.args) == 2))}  # fmt: skip
    lines -= {old.lineno}
    others = listed(f"line {k - facts.function.lineno + 1}" for k in sorted(lines))
    says = "the order of the axes here does not go with the rest (axes are put in order in"
    return f"{says} {others}, too)" if lines else ""


def rounds(old, new, facts):
    """Which rounds of a loop are left out, or are too many."""
    was, now = ([ast.unparse(a) for a in call.args] for call in (old, new))
    text, of = f"`{bare(old)}`", looped_axis(old, facts)
    if len(was) == len(now) == 1:
        more = now[0] == f"{was[0]} + 1"
        return f"{text} {'leaves the last round out' if more else 'does a round too many'}{of}"
    if len(was) == 1:
        return f"{text} begins too early: its first round does not belong there{of}"
    if len(now) == 1:
        return f"{text} begins too late: rounds are left out{of}" if was[0] != "0" else ""
    step = number_of(old.args[2]) if len(old.args) > 2 else 1
    way = 1 if step is None or step > 0 else -1
    k = next(k for k in range(len(was)) if was[k] != now[k])
    up = way * (1 if now[k] == f"{was[k]} + 1" else -1)
    if k == 0:
        says = "begins too early: its first round does not belong there" if up > 0 else \
            "begins too late: it leaves the first round out"  # fmt: skip
    else:
        says = "leaves the last round out" if up > 0 else "does a round too many at its end"
    return f"{text} {says}{of}"


def looped_axis(call, facts):
    """ ", along axis 0 (row) of `out`" for the place that a loop counts."""
    loop = next((n for n in ast.walk(facts.function) if isinstance(n, ast.For)
                 and call in ast.walk(n.iter)), None)  # fmt: skip
    if loop is None or not isinstance(loop.target, ast.Name):
        return ""
    for node in ast.walk(loop):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            for k, part in enumerate(parts):
                if getattr(part, "id", "") == loop.target.id and facts.letters(node.value):
                    return f", along {facts.word(node.value, k)} of `{node.value.id}`"
    return ""


def of_axes(old, new, name, facts):
    """Over which axes a sum runs now."""
    kept = {k.arg for k in new.keywords} - {k.arg for k in old.keywords}
    by_numpy = is_numpy(getattr(old.func, "value", None)) and old.args
    base = old.args[0] if by_numpy else getattr(old.func, "value", None)
    axis, other = axis_of(old), axis_of(new)
    if kept == {"keepdims"}:
        return (
            f"`{name}` drops the axis that it runs over (there is no `keepdims`), so what is left "
            "lines up with another axis of the array: broadcasting goes from the last axis"
        )
    if base is None or (axis and other and ast.dump(axis) == ast.dump(other)):
        return ""  # it is something else than the axis
    if axis is None:
        letters = facts.letters(base)
        whole = [axis_word(letters, k) for k, letter in enumerate(letters) if letter]
        of = f" ({listed(whole)})" if letters and all(letters) else ""
        return f"`{name}` runs over everything{of}, down to one number: some axes have to stay"
    axes = [number_of(a) for a in (axis.elts if isinstance(axis, ast.Tuple) else [axis])]
    if None in axes:
        return ""
    left = [k for k in range(len(facts.letters(base))) if k not in axes]
    rest = f", and what is left is {listed(facts.word(base, k) for k in left)}" if left and \
        min(axes) >= 0 else ""  # fmt: skip
    told = listed(facts.word(base, a) for a in axes)
    return f"`{name}` runs over {told}{rest}: that is the wrong axis"


def axis_of(call):
    """What is given as the axis, with its name or without; None where nothing is."""
    named = next((k.value for k in call.keywords if k.arg == "axis"), None)
    is_method = isinstance(call.func, ast.Attribute) and not is_numpy(call.func.value)
    place = 0 if is_method else 1
    return call.args[place] if named is None and len(call.args) > place else named


# ---------------------------------------------------------------- names and numbers


def names(old, new, parent, facts):
    if isinstance(old.ctx, ast.Store) or not isinstance(new, ast.Name):
        return ""
    text = f"`{old.id}`"
    unused = new.id in given(facts.function) and not is_read(new.id, facts.function)
    never = f"; and `{new.id}`, which is handed in, is never used" if unused else ""
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mult):
        other = parent.left if parent.right is old else parent.right
        if getattr(other, "id", "") in loop_names(facts.function):
            return f"`{bare(parent)}` goes in steps of {text}, which is not the step"
    came_in = [name for name in given(facts.function) if not set_anew(name, facts.function)]
    if old.id in came_in and made_of(new.id, old.id, facts.function):
        return f"{text} is what came in, and not what the lines before made of it"
    if new.id in came_in and old.id not in given(facts.function):
        return f"{text} is not what belongs there: something that came in does{never}"
    if old.id in loop_names(facts.function) and new.id in loop_names(facts.function):
        return f"{text} counts along another axis than the one that is meant there"
    if facts.is_number(old.id) and facts.is_number(new.id) and not never:
        letter = measured(old.id, facts)
        length = f", the length {letter}," if letter and letter != old.id else ""
        return f"the size {text}{length} is not the one that belongs there"
    return f"{text} is not what belongs there{never}"


def measured(name, facts):
    """The letter of the axis whose length a name holds, as after ``N, C = x.shape``; or ""."""
    for line in ast.walk(facts.function):
        if isinstance(line, ast.Assign) and is_shape(line.value):
            parts = getattr(line.targets[0], "elts", [])
            for part, letter in zip(parts, facts.letters(line.value.value)):
                if getattr(part, "id", "") == name:
                    return letter
    return ""


def given(function):
    return [a.arg for a in (*function.args.args, *function.args.kwonlyargs)]


def set_anew(name, function):
    """Does it hold one thing in one line, and another one in another?"""
    kept = {id(part) for n in ast.walk(function) if keeps(n, name) for part in ast.walk(n)}
    sets = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name
            and isinstance(n.ctx, ast.Store) and id(n) not in kept]  # fmt: skip
    return len(sets) + (name in given(function)) > 1


def keeps(line, name):
    """``x += 1`` changes what is there, ``if x is None: x = 0`` puts something where nothing is."""
    filled = line if isinstance(line, ast.If) else getattr(line, "value", None)
    return isinstance(line, ast.AugAssign) or (
        isinstance(filled, (ast.If, ast.IfExp)) and name in loads(filled.test)
    )


def made_of(name, first, function):
    """Is a name worked out from another one, over some lines?"""
    found = {first}
    lines = [n for n in ast.walk(function) if isinstance(n, ast.Assign)]
    for line in sorted(lines, key=lambda line: line.lineno):
        if found & loads(line.value):
            found |= {n.id for target in line.targets for n in ast.walk(target)
                      if isinstance(n, ast.Name)}  # fmt: skip
    return name in found - {first}


def loop_names(function):
    """What loops over ``range`` or ``np.ndindex`` count with; others go through things."""
    targets = (n.target for n in ast.walk(function) if isinstance(n, ast.For) and counts(n))
    return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}


def counts(loop):
    made_of = {called(n) for n in ast.walk(loop.iter) if isinstance(n, ast.Call)}
    return bool(made_of & {"range", "ndindex"}) and not made_of & {"zip", "enumerate"}


def is_read(name, function):
    return any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
               for n in ast.walk(function))  # fmt: skip


def constants(old, new, parent, facts):
    """A number: of a length, of an index, or of an axis."""
    if type(old.value) is not int or not isinstance(new, (ast.Constant, ast.Name)):
        return ""
    if isinstance(parent, ast.Call) and called(parent) == "range" and len(parent.args) == 1:
        rounds = "one round" if old.value == 1 else f"{old.value} rounds"
        return f"`{bare(parent)}` always does {rounds}, whatever the sizes are" if isinstance(
            new, ast.Name) else ""  # fmt: skip
    if isinstance(parent, ast.Subscript) and is_shape(parent.value):
        array = parent.value.value
        return f"`{bare(parent)}` is the wrong size there: it is the length of " \
            f"{facts.word(array, old.value)} of `{bare(array)}`"  # fmt: skip
    where = indexed(old, facts)
    if where and isinstance(new, ast.Name):
        array, axis = where
        which = {0: "the first", -1: "the last"}.get(old.value, f"number {old.value}")
        return f"only {which} along {facts.word(array, axis)} of {short(array)} is read, each time"
    return ""


def is_shape(node):
    return isinstance(node, ast.Attribute) and node.attr == "shape"


def indexed(index, facts):
    """(array, axis) of what stands between the brackets of an array."""
    for node in ast.walk(facts.function):
        if isinstance(node, ast.Subscript) and not is_shape(node.value):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            for k, part in enumerate(parts):
                if part is index:
                    return node.value, k
    return None


def slices(old, new, parent, facts):
    """Which part of an axis is taken."""
    if not isinstance(new, ast.Slice):
        return ""
    where = indexed(old, facts)
    of = f" along {facts.word(where[0], where[1])} of {short(where[0])}" if where else ""
    text = f"`{ast.unparse(old)}`"
    was, now = ({p: ast.unparse(getattr(s, p)) if getattr(s, p) else "" for p in PARTS}
                for s in (old, new))  # fmt: skip
    changed = [p for p in PARTS if was[p] != now[p]]
    if len(changed) != 1:
        return f"{text} is not the right part{of}"
    part = changed[0]
    if part == "step":
        return f"{text} takes wrong steps{of}"
    if not now[part]:
        side = "after" if part == "upper" else "before"
        return f"{text} takes only a part{of}: what comes {side} is left out"
    if not was[part]:
        return f"{text} takes too much{of}"
    later = isinstance(getattr(new, part).op, ast.Add)
    word = "starts" if part == "lower" else "ends"
    return f"{text} {word} too {'early' if later else 'late'}{of}"


PARTS = ("lower", "upper", "step")


def signs(old, new, parent, facts):
    if isinstance(old.op, ast.USub) and isinstance(parent, ast.Slice) and parent.step is old:
        where = indexed(parent, facts)
        of = f"{facts.word(where[0], where[1])} of {short(where[0])}" if where else "the axis"
        return f"`{ast.unparse(parent)}` reads {of} backward, in reverse order"
    return ""


# ---------------------------------------------------------------- operators


def operations(old, new, parent, facts):
    op = OPERATORS.get(type(old.op), "")
    if isinstance(new, ast.BinOp) and new.left is old.left and new.right is old.right:
        return other_operator(old, new, op)
    if new is old.left and op == "/":
        return f"the division by {short(old.right)} does not belong there"
    if op == "+" and (new is old.left or new is old.right):
        gone = old.right if new is old.left else old.left
        target = getattr(getattr(parent, "targets", [None])[0], "id", None)
        if target and target == getattr(gone, "id", ""):
            loops = [n for n in ast.walk(facts.function) if isinstance(n, ast.For)]
            again = any(parent in ast.walk(loop) for loop in loops)
            so = ", so it piles up from round to round" if again else ""
            return f"`{target}` is added to what it was before{so}: the old one is one too many"
    return ""


def other_operator(old, new, op):
    if op == "*" and isinstance(new.op, ast.Div):
        after = ""
        bare_left = (old.lineno, old.col_offset) == (old.left.lineno, old.left.col_offset)
        if isinstance(old.left, ast.BinOp) and isinstance(old.left.op, ast.Div) and bare_left:
            after = ". Without brackets Python goes from left to right: first `/`, then `*`"
        return f"it is multiplied by {short(old.right)}, and that is the wrong operator{after}"
    if op == "/" and isinstance(new.op, ast.Mult):
        return f"it is divided by {short(old.right)}, and that is the wrong operator"
    return ""


def comparisons(old, new, parent, facts):
    text = f"`{ast.unparse(old)}`"
    pair = type(old.ops[0]), type(new.ops[0]) if isinstance(new, ast.Compare) else None
    if pair in ((ast.GtE, ast.Gt), (ast.LtE, ast.Lt)):
        return f"{text} is also true where both are equal, and there it must not be"
    if pair in ((ast.Gt, ast.GtE), (ast.Lt, ast.LtE)):
        return f"{text} is not true where both are equal, and there it has to be"
    if OPPOSITE.get(pair[0]) is pair[1]:
        return f"{text} is the wrong way round: it is true exactly where it should not be"
    return f"{text} is the wrong way round" if isinstance(new, ast.Compare) else ""


def tuples(old, new, parent, facts):
    """Names for the lengths of axes that are taken in the wrong order."""
    value = getattr(parent, "value", None)
    if not isinstance(new, ast.Tuple) or value is None or not is_shape(value):
        return ""
    moved = [k for k, (a, b) in enumerate(zip(old.elts, new.elts)) if a is not b]
    if len(moved) != 2 or len(old.elts) != len(new.elts):
        return ""
    axes = listed(facts.word(value.value, k) for k in moved)
    both = listed(short(old.elts[k]) for k in moved)
    return f"{both} are exchanged, in the wrong order: here they are the lengths of {axes}"


def rightly_unpacked(edit, facts):
    """Does it exchange ``H`` and ``W`` of ``x.shape``, which are the lengths of just these axes?"""
    old, new, value = edit.old, edit.new, getattr(edit.parent, "value", None)
    if not (isinstance(old, ast.Tuple) and isinstance(new, ast.Tuple) and is_shape(value)):
        return False
    letters = facts.letters(value.value)
    return len(letters) == len(old.elts) and all(
        getattr(a, "id", "") == letter for a, b, letter in zip(old.elts, new.elts, letters)
        if a is not b
    )  # fmt: skip


KINDS = {
    ast.Call: calls, ast.Name: names, ast.Constant: constants, ast.Slice: slices,
    ast.UnaryOp: signs, ast.BinOp: operations, ast.Compare: comparisons, ast.Tuple: tuples,
}  # fmt: skip
