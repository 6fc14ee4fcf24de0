"""How much would the checks notice? Figures on everything that they are supposed to catch.

    python -m tests.mutants            one table: known mistakes, correct variants, mutants
    python -m tests.mutants --list     the mutants that survive as well, with the reason
    python -m tests.mutants conv fc    only functions whose names start so

A mutant is the reference with one small change: another operator, constant, axis, slice or
keyword, a statement left out. It is caught when a check of any function that uses the changed
line says "not right". Lines that only refuse wrong input (``raise``, ``check_shapes``) are left
out: the checks hand in right input, and tests/test_*.py cover refusals.
"""

import argparse
import ast
import contextlib
import copy
import importlib
import inspect
import io
import re
import signal
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from course.checks import SPECS
from course.checks.confirm import as_cell
from course.checks.judge import judge, passes
from course.checks.mistakes import known, of
from course.topics import load_variants
from tests import held_out

MODULES = (
    "layers", "cnn_layers", "rnn_layers", "optim", "gradcheck", "pieces", "text", "solver", "mlp",
    "cnn", "rnn", "augment",
)  # fmt: skip
REFUSALS = ("check_shapes", "check_indices", "check_words", "check_start")
SECONDS = 20  # for one mutant; it counts as caught when it takes longer

# Code that no exercise asks for, so that no check is about it; tests/test_*.py are.
NOT_ASKED = {
    "beam_search", "check_counts", "check_gradients", "check_model", "complete_config", "find_rule",
    "progress", "write_atomically", "write_tree", "read_tree", "gru_forward",
    "gru_backward", "lstm_cell", "gru_cell", "special_words", "check_words",
    "check_start", "as_sentences", "random_flip", "copies", "rng_state_of",
}  # fmt: skip

ASKED = {  # classes of which an exercise asks for some methods only
    "Solver": {"batches", "step"},
    "Vocabulary": {"encode", "decode"},
}

# Why a survivor is no worse than the original: function ("": any), pattern of the change, reason.
EQUIVALENT = (
    ("", "finfo|errstate", "matters in float16, or for scores near the largest number"),
    ("", r"reshape\(.*-2\b", "for `reshape`, any negative size means: the rest"),
    ("", r"mean\(dtype=np.float64\).*mean\(\)", "only a rounding in float32"),
    ("", r"sum\(dtype=np.float64\).*sum\(\)", "only a rounding in float32"),
    ("pad_images", "-> return np.pad", "padding by 0 gives the image itself"),
    ("", r"\+ 3 \* pad", "zeros beyond the crop"),
    ("max_pool_backward", r"-> dx = np.zeros_like\(x\)", "dout has the dtype of x"),
    ("temporal_softmax_loss", "astype", "written into an array that is float32 already"),
    ("", r"^(norms|out)\b.*np.ones|-> (norms|out)\b.*np.ones", "every element is written later"),
    ("numeric_gradient", "ones_like", "every element is written later"),
    ("relative_error", "errstate", "only a warning about infinities"),
    ("relative_error", r"1\.10*1?e-09", "numbers of about 1e-9 count as 0 either way"),
    ("relative_error", "initial=", "the largest of no numbers: nobody compares empty arrays"),
    ("Vocabulary.encode", "default=", "the longest of no sentences: nobody encodes none"),
    ("Solver.step", "check_gradients", "a wrong shape is refused with a clearer message"),
    ("Solver.step", "print|^0 -> ", "what is printed is not checked"),
    ("wrong_gradients", "-> relative_error", "the numbers differ as well as the shape"),
    ("wrong_gradients", ">= tolerance", "no error is exactly the tolerance"),
    ("wrong_gradients", r"default_rng\(1\)", "any random numbers do"),
    ("ConvNet.backward", "", "all layers are run, so there are as many caches"),
    ("ConvNet.predict", "", "blocks of 250 images: tests/test_cnn.py has more than that"),
    ("", r"rng = np.random.default_rng\(1\) if rng is None", "any fixed seed can be repeated"),
    ("NextWordNetwork.first_params", r"rng.normal\(size", "the scale of its first weights is free"),
    ("CaptioningRNN.sample", "rng", "greedy sampling draws nothing"),
    ("CaptioningRNN.sample", "going.any", "stopping early only saves time"),
    ("softmax_backward", "axis=1", "the exercise has rows of one axis only, (N, L)"),
    ("dropout_forward", r"-> .*drop_prob\) /", "a flag divided by a float32 is one"),
    ("dropout_forward", r">= drop_prob.*> drop_prob", "no number drawn is the probability itself"),
    (
        "attend_backward",
        r"-> step = rnn_step_backward$|dstate\[-1\]|dstate\[2:\]",
        "the step of an LSTM: tests/test_attending.py",
    ),
    ("NextWordNetwork.first_state", "ones_like", "a vanilla RNN has no cell state"),
)


@dataclass(frozen=True)
class Mutant:
    """One changed module: where, what the line was and what it became."""

    module: str
    function: str
    before: str
    after: str
    tree: ast.Module


# ---------------------------------------------------------------- changes

BINARY = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Pow: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
COMPARE = {
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
CALLS = {
    "max": "min", "maximum": "minimum", "argmax": "argmin", "zeros": "ones", "sum": "mean",
    "mean": "sum", "zeros_like": "ones_like", "ones_like": "zeros_like", "tanh": "sin",
    "exp": "exp2", "log": "log2", "sqrt": "square", "concatenate": "stack", "empty": "zeros",
}  # fmt: skip


def changes(node):
    """Every small change of one node: yields replacement nodes (None: leave the statement out)."""
    if isinstance(node, ast.BinOp):
        for other in BINARY.get(type(node.op), ()):
            yield ast.BinOp(node.left, other(), node.right)
        if isinstance(node.op, ast.MatMult):
            yield ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.AugAssign):
        for other in BINARY.get(type(node.op), ()):
            yield ast.AugAssign(node.target, other(), node.value)
        yield ast.Assign([node.target], node.value)
        yield None
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in COMPARE.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [other()], node.comparators)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Constant):
        yield from constants(node.value)
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.BoolOp):
        yield from node.values
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    elif isinstance(node, ast.Slice):
        yield from slices(node)
    elif isinstance(node, ast.Call):
        yield from calls(node)
    elif isinstance(node, ast.Expr):
        yield None
    elif isinstance(node, ast.If):
        yield ast.If(ast.Constant(True), node.body, node.orelse)
        yield ast.If(ast.Constant(False), node.body, node.orelse)


def constants(value):
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield from (ast.Constant(value + 1), ast.Constant(value - 1))
    elif isinstance(value, float):
        yield ast.Constant(value * 1.1)


def slices(node):
    for part in ("lower", "upper", "step"):
        if getattr(node, part) is not None:
            parts = {k: getattr(node, k) for k in ("lower", "upper", "step")} | {part: None}
            yield ast.Slice(**parts)


def calls(node):
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if name in CALLS and isinstance(node.func, ast.Attribute):
        func = ast.Attribute(node.func.value, CALLS[name], ast.Load())
        yield ast.Call(func, node.args, node.keywords)
    if name == "reversed":
        yield node.args[0]
    if isinstance(node.func, ast.Attribute) and name in ("copy", "astype", "transpose", "ravel"):
        yield node.func.value
    for keyword in node.keywords:
        yield ast.Call(node.func, node.args, [k for k in node.keywords if k is not keyword])


def refuses(node):
    """Is this a line that only turns wrong input away?"""
    if isinstance(node, ast.Raise):
        return True
    if isinstance(node, ast.If):
        return all(isinstance(part, ast.Raise) for part in node.body)
    call = node.value if isinstance(node, (ast.Expr, ast.Assign)) else node
    return isinstance(call, ast.Call) and getattr(call.func, "id", "") in REFUSALS


def places(function):
    """``(parent, field, index, node)`` of everything in a function that may be changed."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    todo = [(function, "body", function.body.index(node), node) for node in body]
    while todo:
        parent, field, index, node = todo.pop(0)
        if refuses(node):
            continue
        yield parent, field, index, node
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            if isinstance(value, ast.AST):
                todo.append((node, name, None, value))
            elif isinstance(value, list):
                pairs = enumerate(value)
                todo += [(node, name, k, part) for k, part in pairs if isinstance(part, ast.AST)]


def functions(tree):
    """Functions and methods of a module by their dotted names."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    yield f"{node.name}.{part.name}", part


def mutants(module, wanted):
    """Every mutant of the wanted functions of a module."""
    tree = ast.parse(inspect.getsource(importlib.import_module(f"scratch.{module}")))
    for name, function in functions(tree):
        top, _, method = name.partition(".")
        if top not in wanted or method not in ASKED.get(top, {method}):
            continue
        if (method or top) in NOT_ASKED:
            continue
        for parent, field, index, node in list(places(function)):
            for new in changes(node):
                old = getattr(parent, field)
                before = line_of(function, node)
                put(parent, field, index, old, new)
                changed = copy.deepcopy(tree)
                after = line_of(function, node if new is None else new, node)
                setattr(parent, field, old)
                yield Mutant(module, name, before, after, ast.fix_missing_locations(changed))


def put(parent, field, index, old, new):
    """Put a new node into its place (for a while)."""
    if index is None:
        setattr(parent, field, new)
    else:
        changed = list(old)
        changed[index : index + 1] = [ast.Pass()] if new is None else [new]
        setattr(parent, field, changed)


def line_of(function, node, original=None):
    """The statement around a node, as text."""
    for statement in ast.walk(function):
        if isinstance(statement, ast.stmt) and not isinstance(
            statement, (ast.FunctionDef, ast.For, ast.If, ast.With)
        ):
            inside = list(ast.walk(statement))
            if any(part is node for part in inside):
                return ast.unparse(ast.fix_missing_locations(copy.deepcopy(statement)))
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))
    return "left out" if original is node else text.splitlines()[0]


# ---------------------------------------------------------------- who notices?


def uses(module):
    """For each function of a module: the names of the module's functions that it leads to."""
    tree = ast.parse(inspect.getsource(importlib.import_module(f"scratch.{module}")))
    direct = defaultdict(set)
    tops = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    names = {node.name for node in tops}
    for node in tops:
        found = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        direct[node.name] = found & names - {node.name}
    reach = {}
    for name in names:
        todo, seen = [name], set()
        while todo:
            if (one := todo.pop()) not in seen:
                seen.add(one)
                todo += direct[one]
        reach[name] = seen
    return reach


def checks_of(module):
    """Which specs a change of a function can spoil: ``{function: [spec, ...]}``."""
    reach, found = uses(module), defaultdict(list)
    for spec in SPECS.values():
        if getattr(spec.reference, "__module__", "") != f"scratch.{module}":
            continue
        involved = set(reach[spec.reference.__name__])
        if spec.forward is not None:
            involved |= reach[spec.forward.name]
        for name in involved:
            found[name].append(spec)
    return found


class TooSlow(BaseException):
    """An endless loop; no ``except Exception`` catches it."""


@contextlib.contextmanager
def in_time(seconds):
    """Stop with ``TooSlow`` what takes longer; on Windows nothing is stopped."""

    def stop(*_):
        raise TooSlow

    alarm = getattr(signal, "alarm", lambda _: None)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, stop)
    alarm(seconds)
    try:
        yield
    finally:
        alarm(0)


def caught(mutant, specs):
    """Does any of the checks say that it is not right?"""
    namespace = {"__name__": f"scratch.{mutant.module}"}
    try:
        with in_time(SECONDS), contextlib.redirect_stdout(io.StringIO()):
            exec(compile(mutant.tree, f"<{mutant.function}>", "exec"), namespace)
            return not all(passes(spec, namespace[spec.reference.__name__]) for spec in specs)
    except (Exception, TooSlow):
        return True


def run_mutants(prefixes=(), modules=MODULES, say=None):
    """``{function: [(mutant, caught), ...]}`` over all modules."""
    outcome = defaultdict(list)
    for module in modules:
        found = checks_of(module)
        wanted = {name for name in found if not prefixes or name.startswith(tuple(prefixes))}
        for mutant in mutants(module, wanted):
            noticed = caught(mutant, found[mutant.function.split(".")[0]])
            outcome[f"{module}.{mutant.function.split('.')[0]}"].append((mutant, noticed))
        if say:
            say(f"{module} done")
    return outcome


def reason(mutant):
    """Why a survivor behaves like the original, if somebody has looked at it."""
    change = f"{mutant.before} -> {mutant.after}"
    for function, pattern, why in EQUIVALENT:
        if function in ("", mutant.function) and re.search(pattern, change):
            return why
    return ""


# ---------------------------------------------------------------- the table


def table(prefixes=(), say=print):
    """Known mistakes caught and named, correct variants passed, mutants caught, by function."""
    names = [n for n in SPECS if not prefixes or n.startswith(tuple(prefixes))]
    outcome = run_mutants(prefixes)
    by_name = {key.split(".")[1]: pairs for key, pairs in outcome.items()}
    head = f"{'function':26} {'mistakes':>14} {'named':>6} {'variants':>9} {'passed':>7}"
    say(f"{head} {'mutants':>8} {'caught':>7} {'explained':>9}")
    total = np.zeros(7, int)
    for name in [*names, *(n for n in by_name if n not in names)]:
        row = [*mistake_figures(name), *variant_figures(name)]
        row += mutant_figures(by_name.get(name, []))
        total += row
        say("{:26} {:>14} {:>6} {:>9} {:>7} {:>8} {:>7} {:>9}".format(name, *row))
    say("{:26} {:>14} {:>6} {:>9} {:>7} {:>8} {:>7} {:>9}".format("all", *total))
    every, noticed, explained = total[4:]
    say(
        f"\n{noticed} of {every} mutants are caught ({100 * noticed / max(every, 1):.1f} %). Of "
        f"the {every - noticed} others {explained} are explained (--list): they compute the same, "
        "or change something that no exercise asks for."
    )
    return outcome


def held_out_table(prefixes=(), say=print):
    """The same of functions that no check was written for (tests/held_out), apart from the rest."""
    counts, seconds = Counter(), {"wrong": [], "right": []}
    for entry in held_out.entries():
        if not prefixes or entry.function.startswith(tuple(prefixes)):
            started = time.process_time()
            counts[held_out.outcome(entry)[0]] += 1
            seconds["wrong" if entry.what else "right"].append(time.process_time() - started)
    wrong = sum(counts.values()) - counts["right"] - counts["false alarm"]
    say(
        f"\nHeld out: {wrong} wrong functions, {wrong - counts['missed']} caught, "
        f"{counts['named']} named, {counts['wrong name']} with a diagnosis that does not hold the "
        f"words asked for; {counts['right'] + counts['false alarm']} right ones, "
        f"{counts['false alarm']} false alarms."
    )
    for kind, spent in seconds.items():
        if spent:
            say(f"Seconds of processor for a {kind} one: median {np.median(spent):.2f}, "
                f"longest {max(spent):.2f}.")  # fmt: skip


def mistake_figures(name):
    some = of(name)
    reports = [judge(SPECS[name], as_cell(m.source(), name)) for m in some]
    return len(some), sum([i for i, _ in r.diagnosis] == [m.id] for r, m in zip(reports, some))


def variant_figures(name):
    variants = load_variants().get(name, {})
    right = sum(judge(SPECS[name], f, g).passed for f, g in variants.values())
    return len(variants), right


def mutant_figures(pairs):
    alive = [mutant for mutant, noticed in pairs if not noticed]
    return len(pairs), len(pairs) - len(alive), sum(bool(reason(mutant)) for mutant in alive)


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--list", action="store_true", help="list the survivors")
    parser.add_argument("prefixes", nargs="*", help="only functions whose names start so")
    args = parser.parse_args(argv)
    held_out_table(args.prefixes)
    outcome = table(args.prefixes)
    unexplained = 0
    for pairs in outcome.values():
        for mutant, noticed in pairs:
            if noticed:
                continue
            unexplained += not reason(mutant)
            if args.list or not reason(mutant):
                print(f"\n{mutant.module}.{mutant.function}: {reason(mutant) or 'NOT EXPLAINED'}")
                print(f"  - {mutant.before}\n  + {mutant.after}")
    print(f"\n{len(known())} known mistakes; {unexplained} survivors are not explained.")
    sys.exit(bool(unexplained))


if __name__ == "__main__":
    main()
