"""What can be read off a learner's code without running it: true of it, whatever the numbers say.

An input that is never used, a result to which nothing is ever added, an array under a second name
that was meant to be a copy, a loop that starts anew in each round: half-finished code has no small
edit that mends it, and these tell where it stops. What the right code does as well is not told.
"""

import ast
import builtins
import inspect
import re

from course.checks.confirm import text_of
from course.checks.repair import tree_of

MOST = 2  # are told


def remarks(spec, function):
    """Sentences on a learner's function, or on the methods of a class that they wrote."""
    found = tree_of(function)
    if found is None:
        return []
    right = {node.name: node for node in functions_of(spec.reference)}
    only = next(iter(right.values()), None) if len(right) == 1 else None
    said = []
    for node in functions_in(found[0]):
        twin = right.get(node.name, only)
        if twin is not None and ast.dump(twin) == ast.dump(node):
            continue  # given, not the learner's
        same = {anywhere(text) for text in of_function(twin)} if twin is not None else set()
        where = f"`{node.name}`" if isinstance(found[0], ast.ClassDef) else "your code"
        mine = (text for text in of_function(node, twin) if anywhere(text) not in same)
        said += [f"In {where}: {text}." for text in mine]
    return list(dict.fromkeys(said))[:MOST]


def anywhere(text):
    """A sentence without the number of its line."""
    return re.sub(r"line \d+", "a line", text)


def functions_of(thing):
    try:
        return functions_in(ast.parse(text_of(thing)).body[0])
    except (OSError, TypeError, SyntaxError, IndexError):
        return []


def functions_in(tree):
    """A function, or each method of a class."""
    inside = tree.body if isinstance(tree, ast.ClassDef) else [tree]
    return [node for node in inside if isinstance(node, ast.FunctionDef)]


def of_function(node, twin=None):
    yield from unused_inputs(node, twin)
    yield from left_as_made(node)
    yield from set_in_each_round(node)
    yield from made_anew(node)
    yield from zeros_in_each_round(node)
    yield from nothing_carried(node, twin)
    yield from sums_multiplied(node)
    yield from written_in_part(node)
    yield from thinned_first(node)
    yield from function_missing(node, twin)
    yield from ended_in_the_loop(node)
    yield from ended_by_one(node, twin)
    yield from carried_on(node, twin)
    yield from second_names(node)
    yield from kept_nowhere(node)
    yield from never_used(node)
    yield from tiny_in_a_log(node)


def names(node, context=ast.Load):
    """The names that are read (or set) in a piece of code, once for each time."""
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, context)]


def told(some):
    """ "`a`, `b` and `c`" """
    quoted = [f"`{name}`" for name in some]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def parameters(node):
    return [a.arg for a in (*node.args.args, *node.args.kwonlyargs) if a.arg != "self"]


def unused_inputs(node, twin):
    """Inputs that the right code reads and this code does not."""
    needed, used = (used_names(one) if one is not None else set() for one in (twin, node))
    unused = [p for p in parameters(node) if p in needed - used]
    for name in parameters(node):
        if name in needed & used and replaced_first(node, name):
            yield f"what comes in as `{name}` is never used"
    if unused and not is_stub(node):
        yield f"{told(unused)} {'is' if len(unused) == 1 else 'are'} never used"


def replaced_first(node, name):
    """Is a parameter set to something else before it is read?"""
    for line in node.body:
        if name in names(line):
            return False
        if name in names(line, ast.Store):
            return isinstance(line, ast.Assign)
    return False


def used_names(node):
    """The names that are read; what is only kept in the cache does not count."""
    kept = []
    for line in ast.walk(node):
        if isinstance(line, ast.Return) and isinstance(line.value, ast.Tuple):
            kept += [part for part in line.value.elts[-1:] if isinstance(part, ast.Tuple)]
        kept += [value for target, value in pairs(line) if getattr(target, "id", "") == "cache"]
    everything = names(node)
    for name in (name for part in kept for name in names(part)):
        everything.remove(name)
    return set(everything)


def is_stub(node):
    return any(isinstance(part, ast.Raise) for part in node.body)


def unfinished(spec, function, wrong):
    """Is each wrong result returned as it was made?"""
    found = tree_of(function)
    nodes = functions_in(found[0]) if found and not inspect.isclass(function) else []
    left = {name for node in nodes for name, *_ in blanks(node)}
    return bool(wrong) and set(wrong) <= left


def left_as_made(node):
    for name, lineno, value in blanks(node):
        what = ", all zeros" if "zeros" in ast.unparse(value) else ""
        yield (
            f"`{name}` is still what line {line_in(node, lineno)} made it{what}: nothing is ever "
            "put into it"
        )


def blanks(node):
    """(name, line, value) of what is returned as it was made: a number, None, zeros."""
    made = {}
    for line in ast.walk(node):
        for target, value in pairs(line):
            made.setdefault(getattr(target, "id", None), []).append((line.lineno, value))
    read, handed_back = names(node), names(node.body[-1])
    for name in dict.fromkeys(returned(node)):
        once = made.get(name, [])
        alone = len(once) == 1 == names(node, ast.Store).count(name)
        untouched = read.count(name) == handed_back.count(name)
        if alone and is_blank(once[0][1]) and untouched:
            yield name, *once[0]


def line_in(node, lineno):
    return lineno - node.lineno + 1


def pairs(line):
    """(target, value) of each assignment; ``a = b = 0`` has two."""
    if not isinstance(line, ast.Assign):
        return
    for target in line.targets:
        if isinstance(target, ast.Tuple) and isinstance(line.value, ast.Tuple):
            yield from zip(target.elts, line.value.elts)
        elif isinstance(target, ast.Name):
            yield target, line.value


def name_of(part):
    """The name that a line writes into or changes."""
    target = part.target if isinstance(part, (ast.AugAssign, ast.For)) else part
    while isinstance(target, (ast.Subscript, ast.Attribute, ast.Starred)):
        target = target.value
    return getattr(target, "id", "")


def changes(part):
    if isinstance(part, (ast.AugAssign, ast.For)):
        return True
    return isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store)


def is_blank(value):
    """A number, None, an empty list, or zeros."""
    if isinstance(value, (ast.List, ast.Dict)):
        return not ast.unparse(value).strip("[]{}")
    called = getattr(getattr(value, "func", None), "attr", "")
    return isinstance(value, ast.Constant) or called in ("zeros", "zeros_like", "empty")


def returned(node):
    """The names in the last ``return``: on their own, in a tuple, in a list that is joined."""
    last = node.body[-1]
    if not isinstance(last, ast.Return) or last.value is None:
        return []
    lists = [n for n in ast.walk(last.value) if isinstance(n, (ast.Tuple, ast.List))]
    parts = [last.value, *(part for some in lists for part in some.elts)]
    return [part.id for part in parts if isinstance(part, ast.Name)]


def set_in_each_round(node):
    """Names that a loop sets in each round and never reads, and that are read behind it."""
    for k, loop in enumerate(node.body):
        if not isinstance(loop, ast.For):
            continue
        after = {n for line in node.body[k + 1 :] for n in names(line)}
        kept = {name_of(part) for part in ast.walk(loop) if changes(part)}
        inside = [n for line in loop.body for n in plainly_set(line)]
        lost = [n for n in dict.fromkeys(inside) if n in after and n not in names(loop)]
        if lost := [n for n in lost if n not in kept]:
            what = "is" if len(lost) == 1 else "are"
            yield (
                f"{told(lost)} {what} set anew in each round of the loop: no round reads what the "
                "one before made, nothing is added up, and the last one counts"
            )


def loops_in(node):
    return [part for part in ast.walk(node) if isinstance(part, ast.For)] if node else []


def made_anew(node):
    """A list or a dict that begins empty before a loop, and that the loop replaces."""
    empty = {getattr(target, "id", "") for line in node.body for target, value in pairs(line)
             if isinstance(value, (ast.List, ast.Dict)) and is_blank(value)}  # fmt: skip
    for loop in loops_in(node):
        for line in ast.walk(loop):
            for target, value in pairs(line):
                name = getattr(target, "id", "")
                if name in empty and name not in names(value):
                    yield (
                        f"line {line_in(node, line.lineno)} makes a new `{name}` in each round of "
                        "the loop: what the rounds before put there is lost"
                    )


def zeros_in_each_round(node):
    """What a loop hands to a call, and sets to zeros before that in each round."""
    for loop in loops_in(node):
        inside = [n for n in ast.walk(loop) if isinstance(n, (ast.AugAssign, ast.Subscript))]
        changed = {name_of(n) for n in inside if changes(n)}
        stored = names(loop, ast.Store)
        handed = {name for call in ast.walk(loop) if isinstance(call, ast.Call)
                  for part in call.args for name in names(part)}  # fmt: skip
        for line in loop.body:
            for target, value in pairs(line):
                name = getattr(target, "id", "")
                once = stored.count(name) == 1 and name in handed - changed
                if once and "np.zeros" in ast.unparse(value):
                    yield (
                        f"`{name}` is zeros in each round of the loop: nothing of the round before "
                        "comes into it"
                    )


def nothing_carried(node, twin):
    """Rounds that are independent, where in the right code one round reads what the last made."""
    mine, right = loops_in(node), loops_in(twin)
    states = [carried(loop) - kept_as_it_is(loop) for loop in right]
    if mine and right and all(states) and not any(map(carried, mine)):
        yield "no round of a loop reads what another one made: nothing is carried on"


def carried(loop):
    """Names that a loop sets, and reads before that in the next round."""
    stored, found, made = {*names(loop, ast.Store)}, set(), {*names(loop.target, ast.Store)}
    stored |= {name_of(n) for n in ast.walk(loop) if changes(n)}
    stored |= {name_of(n.func) for n in ast.walk(loop) if isinstance(n, ast.Call)
               and getattr(n.func, "attr", "") in ("append", "insert", "update")}  # fmt: skip
    for line in loop.body:
        targets = [t for n in ast.walk(line) if isinstance(n, ast.Assign) for t in n.targets]
        beside = {id(n) for t in targets for n in ast.walk(t)
                  if isinstance(n, ast.Name) and n.id == name_of(t)}  # fmt: skip
        read = {n.id for n in ast.walk(line) if isinstance(n, ast.Name)
                and isinstance(n.ctx, ast.Load) and id(n) not in beside}  # fmt: skip
        augmented = {name_of(n) for n in ast.walk(line) if isinstance(n, ast.AugAssign)}
        found |= ((read | augmented) & stored) - made
        made |= {*names(line, ast.Store)} - augmented
    return found


def kept_as_it_is(loop):
    """Names that a loop adds to or writes into, and never sets to something else."""
    added = [n.target.id for n in ast.walk(loop) if isinstance(n, ast.AugAssign)
             and isinstance(n.target, ast.Name)]  # fmt: skip
    stored = names(loop, ast.Store)
    return {name for name in carried(loop) if stored.count(name) == added.count(name)}


def is_sum(value, sums):
    """A call of ``sum``, or the name of one."""
    called = getattr(getattr(value, "func", None), "attr", getattr(value, "id", ""))
    return called == "sum" if isinstance(value, ast.Call) else called in sums


def sums_multiplied(node):
    """Two sums multiplied, where the products may have to be added up."""
    sums, lines = set(), [n for n in ast.walk(node) if isinstance(n, (ast.Assign, ast.Return))]
    for line in sorted(lines, key=lambda line: line.lineno):
        for part in ast.walk(line.value) if line.value else ():
            both = multiplied(part)
            if len(both) > 1 and all(is_sum(one, sums) for one in both):
                yield (
                    f"line {line_in(node, line.lineno)} multiplies two sums, "
                    f"`{ast.unparse(both[0])}` and `{ast.unparse(both[1])}`: both were added up "
                    "before the product, and not the products"
                )
        for target, value in pairs(line):
            name = getattr(target, "id", "")
            sums = sums | {name} - {""} if is_sum(value, sums) else sums - {name}


def multiplied(part):
    """The factors of a product; () of anything else."""
    if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Mult, ast.MatMult)):
        return part.left, part.right
    called = getattr(getattr(part, "func", None), "attr", "")
    if called in ("outer", "dot", "matmul", "multiply", "tensordot"):
        return tuple(part.args[:2])
    return tuple(part.args[1:3]) if called == "einsum" else ()


def written_in_part(node):
    """What is returned, of which one place alone is ever written to, outside of any loop."""
    inside = {id(n) for loop in loops_in(node) for n in ast.walk(loop)}
    parts = [n for n in ast.walk(node) if isinstance(n, ast.Subscript)
             and isinstance(n.ctx, ast.Store)]  # fmt: skip
    made = {getattr(t, "id", ""): (line.lineno, value) for line in ast.walk(node)
            for t, value in pairs(line)}  # fmt: skip
    for part in parts:
        name = name_of(part)
        alone = [name_of(p) for p in parts].count(name) == 1 and id(part) not in inside
        whole = names(node, ast.Store).count(name) == 1 and name in made
        if not (alone and whole and name in names(node.body[-1])):
            continue
        lineno, value = made[name]
        index = part.slice.elts if isinstance(part.slice, ast.Tuple) else [part.slice]
        one_place = any(isinstance(i, ast.Constant) and type(i.value) is int for i in index)
        picked = one_place or (len(index) > 1 and any(isinstance(i, ast.Name) for i in index))
        if one_place or (picked and is_blank(value) and name in returned(node)):
            yield (
                f"of `{name}` only `{ast.unparse(part)}` is written to, in line "
                f"{line_in(node, part.lineno)}: the rest stays as line {line_in(node, lineno)} "
                "made it"
            )


WRITTEN = {  # how a function is written
    "logarithm": ("log", "log2", "log10", "log1p", "logaddexp"),
    "exponential": ("exp", "exp2", "expm1", "logaddexp", "power", "e"),
    "tanh": ("tanh", "exp"),
}


def function_missing(node, twin):
    """An elementary function that the right code takes and this code, all by itself, does not."""
    if twin is None:
        return
    words, right = ({getattr(n, "attr", getattr(n, "id", "")) for n in ast.walk(one)}
                    for one in (node, twin))  # fmt: skip
    calls = {n.func.id for n in ast.walk(node) if isinstance(n, ast.Call)
             and isinstance(n.func, ast.Name)}  # fmt: skip
    if calls - set(dir(builtins)):  # then another function may take it
        return
    for word, ways in WRITTEN.items():
        if right & set(ways) and not words & set(ways):
            yield f"{word if word == 'tanh' else f'the {word}'} is taken of nothing"


def thinned_first(node):
    """``x[::stride, ::stride]`` of a picture that came in, or of its padded copy."""
    pictures = set(parameters(node))
    for line in sorted((n for n in ast.walk(node) if hasattr(n, "lineno")), key=lambda n: n.lineno):
        if isinstance(line, ast.Subscript):
            index = line.slice.elts if isinstance(line.slice, ast.Tuple) else []
            steps = [i.step.id for i in index if isinstance(i, ast.Slice) and not i.lower
                     and not i.upper and isinstance(i.step, ast.Name)]  # fmt: skip
            if len(steps) > 1 and comes_of(line.value, pictures):
                yield (
                    f"line {line_in(node, line.lineno)} takes every `{steps[0]}`-th row and column "
                    "of the picture itself, before any window is cut from it"
                )
        for target, value in pairs(line):
            if comes_of(value, pictures):
                pictures = pictures | {getattr(target, "id", "")}


def comes_of(value, pictures):
    """Is it a picture, or the padded copy of one?"""
    called = getattr(getattr(value, "func", None), "attr", getattr(value, "func", None))
    called = getattr(called, "id", called)
    if called in ("pad", "pad_images", "asarray", "array", "copy") and value.args:
        value = value.args[0]
    return getattr(value, "id", "") in pictures


def carried_on(node, twin):
    """What one round of a loop leaves to the next, where the right code has a loop and no such."""
    loops = [part for part in ast.walk(node) if isinstance(part, ast.For) and not counts(part)]
    right = [part for part in ast.walk(twin) if isinstance(part, ast.For)] if twin else []
    if not right or any(left_over(loop) for loop in right):
        return
    for loop in loops:
        for name in left_over(loop):
            yield (
                f"`{name}` goes on from one round of the loop to the next: each round starts with "
                "what the one before left there"
            )


def counts(loop):
    """Does it count, as from step to step? One that goes through names or pairs has no before."""
    return "range" in names(loop.iter)


def left_over(loop):
    """Names that one call gives back beside others, and takes again in the next round of a loop."""
    found, made = [], set(names(loop.target, ast.Store))
    for line in loop.body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Tuple):
            handed = [n.id for n in getattr(line.value, "args", []) if isinstance(n, ast.Name)]
            found += [name for name in plainly_set(line) if name in handed and name not in made]
        made |= set(plainly_set(line))
    return found


def plainly_set(line):
    """Names that a line sets as a whole."""
    for target in line.targets if isinstance(line, ast.Assign) else ():
        for part in target.elts if isinstance(target, ast.Tuple) else [target]:
            if isinstance(part, ast.Name):
                yield part.id


def ended_in_the_loop(node):
    for loop in (part for part in ast.walk(node) if isinstance(part, ast.For)):
        goes_on = any(isinstance(part, ast.Continue) for part in ast.walk(loop))
        if not goes_on and any(isinstance(part, ast.Return) for part in loop.body):
            yield "`return` stands inside the loop: the function ends in its first round"


def ended_by_one(node, twin):
    """A loop that one place ends for all of them, where the right code does not end its loops."""
    right = {"any" in test for test, _ in ends_of_loops(twin)}
    for test, end in ends_of_loops(node) if loops_in(twin) else ():
        if right and ("any" not in test or True in right):
            continue
        word = "return" if isinstance(end, ast.Return) else "break"
        once = "for one of them" if "any" in test else "once"
        yield (
            f"`{word}` in line {line_in(node, end.lineno)} ends the loop as soon as its condition "
            f"holds {once}: what comes after is not looked at"
        )


def ends_of_loops(node):
    """(the names in its condition, the ``break`` or ``return``) of what may end a loop early."""
    for loop in loops_in(node):
        for part in [n for n in ast.walk(loop) if isinstance(n, ast.If)]:
            called = {getattr(n, "attr", getattr(n, "id", "")) for n in ast.walk(part.test)}
            for end in part.body:
                if isinstance(end, (ast.Return, ast.Break)):
                    yield called, end


def second_names(node):
    """``up = p``, and then something is written into one of the two."""
    written = {name_of(part) for part in ast.walk(node)
               if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store)}  # fmt: skip
    stored = [*names(node, ast.Store), *parameters(node)]
    for line in ast.walk(node):
        for target, value in pairs(line):
            both = getattr(target, "id", ""), getattr(value, "id", "")
            once = all(stored.count(name) == 1 for name in both)
            if all(both) and once and written & set(both):
                yield f"`{both[0]}` is the same array as `{both[1]}`, not a copy of it"


def kept_nowhere(node):
    """A line that works something out and does nothing with it."""
    for line in ast.walk(node):
        if isinstance(line, ast.Expr) and isinstance(line.value, (ast.BinOp, ast.Compare)):
            yield f"what line {line_in(node, line.lineno)} works out is kept nowhere"


def never_used(node):
    """What is worked out, or comes back from a call, and then is not used."""
    for line in ast.walk(node):
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Call) and not of_self(line):
            several = [n for t in line.targets if isinstance(t, ast.Tuple) for n in plain_names(t)]
            lost = [n for n in several if n not in {*names(node), *declared(node)}]
            if lost:
                where, verb = line_in(node, line.lineno), "is" if len(lost) == 1 else "are"
                yield f"{told(lost)}, which line {where} gets, {verb} never used"
        for target, value in pairs(line):
            name = getattr(target, "id", "_")
            worked_out = isinstance(value, (ast.BinOp, ast.Call)) and not name.startswith("_")
            if worked_out and name not in {*names(node), *declared(node)}:
                where = line_in(node, line.lineno)
                yield f"`{name}`, worked out in line {where}, is never used"


def tiny_in_a_log(node):
    """``np.log(p + 1e-8)``: where p is 0, the logarithm is that of the tiny number."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and getattr(part.func, "attr", "") == "log" and part.args:
            for inside in ast.walk(part.args[0]):
                value = getattr(inside, "value", None)
                if isinstance(value, float) and 0 < value <= 1e-3:
                    yield (
                        f"line {line_in(node, part.lineno)} puts the small number `{value}` inside "
                        "the logarithm: where a probability is smaller than that, the log is not "
                        "that of the probability"
                    )


def of_self(line):
    """Is it a call of a method of its own, which gives more than each caller wants?"""
    return getattr(getattr(line.value.func, "value", None), "id", "") == "self"


def plain_names(target):
    """The names of an unpacking that do not say themselves that they are not wanted."""
    names = [getattr(part, "id", "_") for part in target.elts]
    return [name for name in names if not name.startswith("_")]


def declared(node):
    """Names of outside that the function may set for others."""
    outer = [n for n in ast.walk(node) if isinstance(n, (ast.Global, ast.Nonlocal))]
    return {name for part in outer for name in part.names}
