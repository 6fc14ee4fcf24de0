"""What can be read off a learner's code without running it: true of it, whatever the numbers say.

An input that is never used, a result to which nothing is ever added, an array under a second name
that was meant to be a copy, a loop that starts anew in each round: half-finished code has no small
edit that mends it, and these tell where it stops. What the right code does as well is not told.
"""

import ast
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
    yield from ended_in_the_loop(node)
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
                "one before made, and the last one counts"
            )


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
