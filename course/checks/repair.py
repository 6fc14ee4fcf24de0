"""Which small change of the learner's own code makes it right? Tried, not guessed.

Every small edit (``edits``) of the function, or of one of the learner's own helpers, is tried on
the smallest case that went wrong. One with which every case comes out right tells where the mistake
is and of what kind, in code of any style. Where one is not enough, the edits that bring the
results nearer are taken as a first one, and a second is looked for.
"""

import ast
import contextlib
import inspect
import re
import time
import types
from dataclasses import dataclass, replace

import numpy as np

from course.checks.confirm import text_of, theirs
from course.checks.edits import edits
from course.checks.findings import agree, findings, tolerance, wrong_elements
from course.checks.observe import glimpse, observe, quiet
from course.checks.spec import SPECS, own

MOST = 2500  # edits are tried: half a second for a function that is fast
SECONDS = 1.1  # of processor, for one that is not; as much again for two edits
FIRST = 12  # edits that bring the results nearer are tried with a second one
FAR = 10**9  # how wrong a case is that stops


@dataclass(frozen=True)
class Repair:
    """``says`` what is wrong at a line of the function ``where``, whose text is ``line``."""

    where: str
    number: int
    line: str
    says: str

    @property
    def sentence(self):
        text = self.line if len(self.line) <= 70 else f"{self.line[:67]}..."
        return f"In line {self.number} of {self.where}, `{text}`: {self.says}."


def search(spec, function, watched, forward, seed, ends, loose=False):
    """A ``Trial`` of a wrong answer; None where its code is not at hand.

    It is over when the processor's time is ``ends``. ``loose``: dtypes do not count.
    """
    cache = cache_of(forward or (spec.forward and spec.forward.reference))
    parts = Parts.of(function, cache, given_by(spec.reference))
    if parts is None:
        return None
    return Trial(spec, parts, watched, forward, seed, ends, loose)


# ---------------------------------------------------------------- the code


class Parts:
    """The learner's function and helpers as trees that can be edited and built again."""

    def __init__(self, function, trees, lines, cache=(), given=()):
        self.function, self.trees, self.lines, self.cache = function, trees, lines, cache
        self.given = given
        self.name = function.__name__
        self.space = globals_of(function)

    @classmethod
    def of(cls, function, cache=(), given=()):
        """None where there is no source, or one that cannot be built again."""
        trees, lines = {}, {}
        for thing in [function, *(one for one in helpers(function) if not is_known_right(one))]:
            found = tree_of(thing)
            if found is None and thing is function:
                return None
            if found is not None:
                trees[thing.__name__], lines[thing.__name__] = found
        return cls(function, trees, lines, cache, given)

    def functions(self):
        """(name of the part, the function in it): a class has one for each method.

        Methods that are given, as the right class has them, are not the learner's.
        """
        for name, tree in self.trees.items():
            inside = tree.body if isinstance(tree, ast.ClassDef) else [tree]
            nodes = [n for n in inside if isinstance(n, ast.FunctionDef) and not endless(n)]
            theirs = [n for n in nodes if ast.dump(n) not in self.given]
            yield from ((name, node) for node in theirs or nodes)

    def edits(self):
        """(name of the part, edit) of every small edit, the likeliest first."""
        scope = self.parameters(), self.cache, held(self.function), self.constants()
        found = [(name, node, edit) for name, node in self.functions()
                 for edit in edits(node, *scope)]  # fmt: skip
        return sorted(found, key=lambda one: one[2].rank)

    def constants(self):
        """Words and numbers of the notebook that the code could name, such as ``NULL``."""
        plain = {n: v for n, v in self.space.items() if n.isupper() and isinstance(v, (str, int))}
        used = [n.id for tree in self.trees.values() for n in ast.walk(tree)
                if isinstance(n, ast.Name) and n.id in plain]  # fmt: skip
        kinds = {type(plain[name]) for name in used}
        return [name for name, value in plain.items() if type(value) in kinds]

    def parameters(self):
        """The parameters of all functions that the code could call."""
        called = {n.id for tree in self.trees.values() for n in ast.walk(tree)
                  if isinstance(n, ast.Name)}  # fmt: skip
        found = {}
        for name in called & self.space.keys():
            if inspect.isfunction(self.space[name]):
                found[name] = tuple(inspect.signature(self.space[name]).parameters)
        return found

    def build(self, changed):
        """The function (or class) with changed parts, (name, function in it), as they now are."""
        space, names = dict(self.space), {name for name, _ in changed}
        for name in self.trees:
            if name not in names and isinstance(thing := self.thing(name), types.FunctionType):
                space[name] = rebound(thing, space)
        for name in names:
            nodes = [node for other, node in changed if other == name]
            space[name] = self.rebuilt(name, nodes, space)
        return space[self.name]

    def rebuilt(self, name, nodes, space):
        """One part: a function, or the learner's class with some of its methods changed."""
        tree, whole = self.trees[name], self.thing(name)
        if not isinstance(tree, ast.ClassDef) or any("super" in ast.dump(n) for n in nodes):
            exec(compile(ast.Module([tree], []), "<repair>", "exec"), space)
            return space[name]
        made = dict(space)
        exec(compile(ast.Module(list(nodes), []), "<repair>", "exec"), made)
        return type(name, (whole,), {node.name: made[node.name] for node in nodes})

    def thing(self, name):
        return self.function if name == self.name else self.space.get(name)

    def told(self, name, node, edit):
        lines = self.lines[name]
        line = lines[edit.line - 1].strip() if edit.line <= len(lines) else ""
        where, first = name, 1
        if isinstance(self.trees[name], ast.ClassDef):
            where, first = f"{name}.{node.name}", node.lineno
        return Repair(where, edit.line - first + 1, line, edit.says)


def held(thing):
    """What an object of a class holds, by name: what its methods call ``self.name``."""
    if not inspect.isclass(thing):
        return ()
    found = {}
    for part in thing.__mro__[:-1]:
        for method in vars(part).values():
            with contextlib.suppress(OSError, TypeError):
                found.update(dict.fromkeys(re.findall(r"\bself\.(\w+)", inspect.getsource(method))))
    return [name for name in found if not hasattr(thing, name)]


def globals_of(function):
    if inspect.isclass(function):
        methods = [m for m in vars(function).values() if inspect.isfunction(m)]
        return methods[0].__globals__ if methods else {}
    return function.__globals__


def helpers(function):
    """The learner's own functions that a function leads to, of the same notebook."""
    space, found, todo = globals_of(function), [], [function]
    while todo and len(found) < 8:
        thing = todo.pop(0)
        code = [thing.__code__] if inspect.isfunction(thing) else \
            [m.__code__ for m in vars(thing).values() if inspect.isfunction(m)]  # fmt: skip
        for name in dict.fromkeys(n for c in code for n in c.co_names):
            other = space.get(name)
            if inspect.isfunction(other) and theirs(other) and other not in [function, *found]:
                found.append(other)
                todo.append(other)
    return found


def is_known_right(helper):
    """Does a helper have a check of its own that it passes? Then the mistake is not in it."""
    from course.checks.judge import passes  # which looks for repairs

    spec = SPECS.get(helper.__name__)
    with quiet()[0], contextlib.suppress(Exception):
        return spec is not None and passes(spec, helper)
    return False


def given_by(reference):
    """The methods of the right class, as ``ast.dump`` shows them."""
    found = tree_of(reference) if inspect.isclass(reference) else None
    return {ast.dump(node) for node in found[0].body} if found else set()


def cache_of(forward):
    """The names that a forward packs into its cache, in order; () where they are not plain."""
    found = tree_of(forward) if inspect.isfunction(forward) else None
    for node in ast.walk(found[0]) if found else ():
        tuples = [node.value] if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            tuples = node.value.elts[-1:]
        for packed in tuples:
            is_cache = isinstance(node, ast.Return) or \
                getattr(node.targets[0], "id", "") == "cache"  # fmt: skip
            if is_cache and isinstance(packed, ast.Tuple):
                return tuple(getattr(part, "id", "") for part in packed.elts)
    return ()


def tree_of(thing):
    """(tree, lines) of a plain function or class; None for another thing."""
    if getattr(thing, "__closure__", None) or not hasattr(thing, "__name__"):
        return None
    try:
        text = text_of(thing)
        node = ast.parse(text).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return None
    plain = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.decorator_list
    return (node, text.splitlines()) if plain and node.name == thing.__name__ else None


def endless(function):
    """Could an edit make it run for ever?"""
    return any(isinstance(node, ast.While) for node in ast.walk(function))


def rebound(function, space):
    """The same function, which reads its globals from ``space``."""
    new = types.FunctionType(
        function.__code__, space, function.__name__, function.__defaults__, function.__closure__
    )
    new.__kwdefaults__ = function.__kwdefaults__
    return new


# ---------------------------------------------------------------- the search


class Trial:
    """Edits tried on one wrong answer."""

    def __init__(self, spec, parts, watched, forward, seed, ends, loose=False):
        self.spec, self.parts, self.watched, self.forward = spec, parts, watched, forward
        self.seed, self.ends, self.loose = seed, ends, loose
        self.cases = spec.cases(seed)  # those in ``watched`` the learner may have written into
        self.order = sorted(range(len(watched)), key=self.rank)
        self.prepared = {}
        self.all = []  # edits, once they are asked for
        self.nearer = []  # (how wrong the first case still is, rank, number of the edit)

    def rank(self, k):
        """First a case of which much is wrong, not by chance right, and small."""
        case, expected, seen, found = self.watched[k]
        size = sum(np.size(part) for part in case.args if isinstance(part, np.ndarray))
        stopped = seen.trouble is not None
        share = 0 if stopped or not found else self.share_wrong(k)
        return (not found, stopped, "by hand" in case.tests, -round(share, 1), size, k)

    def share_wrong(self, k):
        _, expected, seen, _ = self.watched[k]
        pairs = [(seen.results.get(n), expected.results[n]) for n in self.asked(k)]
        sizes = [max(1, np.size(right)) for _, right in pairs]
        wrong = [min(self.how_wrong(mine, right, k), n)
                 for (mine, right), n in zip(pairs, sizes)]  # fmt: skip
        return sum(wrong) / max(1, sum(sizes))

    def one(self):
        """A single ``Repair`` with which every case comes out right; [] where none is found.

        Of several, one where it went wrong, and that does more than take another name.
        """
        self.all = self.parts.edits()
        base, *_ = self.errors_of_first(self.parts.function)
        weak, ends = [], min(self.ends, time.process_time() + SECONDS)
        for number, function, told in self.tried([], ends):
            edit = self.all[number][2]
            wrong, spoilt = self.errors_of_first(function)
            if wrong == (0, 0) and self.is_right(function):
                if not edit.name and self.at_the_place(number, told):
                    return [told]
                weak = weak or [told]
                ends = min(ends, time.process_time() + SECONDS / 4)
            if weak and time.process_time() > ends:
                break
            if (0, 0) < wrong < base and not spoilt:
                self.nearer.append((wrong, edit.rank, number))
        return weak

    def at_the_place(self, number, told):
        """Does an edit stand where it went wrong: in the line that stopped, the method whose result
        is of a wrong kind, or else in the function that is checked and not in a helper of it?
        """
        name, node, _ = self.all[number]
        trouble = self.watched[self.order[0]][2].trouble
        if trouble is None or trouble.kind == "returned":
            return name == self.parts.name and (
                trouble is None or trouble.method in ("", node.name)
            )
        return not trouble.line or trouble.line.startswith(f"In line {told.number} of {node.name}:")

    def two(self):
        """An edit that brings the results nearer, and one more."""
        ends = min(self.ends, time.process_time() + SECONDS)
        apart = {wrong: first for wrong, _, first in sorted(self.nearer, reverse=True)}
        for _, first in sorted(apart.items())[:FIRST]:
            name, node, edit = self.all[first]
            undo = edit.apply()
            told = self.parts.told(name, node, edit)
            try:
                for _, function, other in self.tried([(name, node)], ends, most=2):
                    right = self.errors_of_first(function)[0] == (0, 0)
                    if right and self.is_right(function):
                        return [told, other]
            finally:
                undo()
        return []

    def tried(self, changed, ends, most=3):
        """Yields (number, the edited function, what was wrong) until the time is over."""
        for number, (name, node, edit) in enumerate(self.all):
            if number >= MOST or time.process_time() > ends or edit.rank > most:
                return
            undo = edit.apply()
            try:
                function = self.parts.build([*changed, (name, node)])
            except Exception:
                function = None
            finally:
                undo()
            if function is not None:
                yield number, function, self.parts.told(name, node, edit)

    def errors_of_first(self, function):
        """-> (how wrong the first case is, was something right before that is wrong now?).

        How wrong: the number of elements, and by how much, in all.
        """
        k = self.order[0]
        _, expected, seen, found = self.watched[k]
        try:
            results = self.run(function, k)
        except (Exception, SystemExit):
            return (FAR, FAR), True
        was_wrong = {f.result for f in found} if seen.trouble is None else {*expected.results}
        count, gap, spoilt = 0, 0.0, False
        for name in self.asked(k):
            mine, right = results.get(name), expected.results[name]
            wrong = self.how_wrong(mine, right, k)
            count += wrong
            gap += distance(mine, right) if wrong else 0
            spoilt |= bool(wrong) and name not in was_wrong
        return (count, gap), spoilt

    def how_wrong(self, mine, right, k):
        return how_wrong(mine, right, self.limit(k), self.loose)

    def is_right(self, function):
        """Every case, looked at as closely as the learner's own code was; and others like them."""
        for k in self.order:
            expected = self.watched[k][1]
            try:
                results = self.run(function, k)
            except (Exception, SystemExit):
                return False
            if any(self.how_wrong(results.get(n), expected.results[n], k) for n in self.asked(k)):
                return False
        for case, (_, expected, *_) in zip(self.cases, self.watched):
            seen = observe(self.spec, function, self.fresh(case), self.forward)
            if self.wrong(case, seen, expected):
                return False
        others = self.spec.cases(self.seed + 1)
        return not any(
            self.wrong(case, glimpse(self.spec, function, self.fresh(case), self.forward),
                       glimpse(self.spec, self.spec.reference, self.fresh(case)))
            for case in others
        )  # fmt: skip

    def wrong(self, case, seen, expected):
        found = findings(self.spec, case, seen, expected, {})
        return [f for f in found if not (self.loose and f.kind == "dtype")]

    def asked(self, k):
        """The results to look at: of a class, not those of methods that are not written yet."""
        _, expected, seen, _ = self.watched[k]
        return [n for n in expected.results if not seen.missing or n in seen.results]

    def fresh(self, case):
        return replace(case, args=own(case.args), dout=own(case.dout))

    def limit(self, k):
        return self.spec.tolerance or tolerance(*self.watched[k][0].args)

    def run(self, function, k):
        if k not in self.prepared:
            self.prepared[k] = self.spec.prepare(self.fresh(self.cases[k]), self.forward)
        args, options = self.prepared[k]
        return self.spec.unpack(self.spec.adapt(function)(*own(args), **options))


def how_wrong(mine, right, within, loose=False):
    """How many elements are wrong."""
    if mine is None or right is None:
        return 0 if mine is right else 10**6
    if mine.shape != right.shape:
        return 10**6
    if agree(mine, right, within):
        matters = right.ndim > 0 and right.dtype.kind == "f" and not loose
        return int(matters and mine.dtype != right.dtype)
    return max(1, int(wrong_elements(mine, right, within).sum()))


def distance(mine, right):
    """How far the numbers are from the right ones, in units of their size; 1 if they are none."""
    if mine is None or right is None or mine.shape != right.shape or mine.dtype.kind == "U":
        return 1.0
    with np.errstate(all="ignore"):
        off = np.abs(mine.astype(float) - right).sum() / (np.abs(right * 1.0).sum() + 1e-12)
    return float(off) if np.isfinite(off) else FAR
