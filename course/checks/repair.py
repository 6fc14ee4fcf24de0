"""Which small change of the learner's own code makes it right? Tried, not guessed.

Every small edit (``edits``) of the function, or of one of the learner's own helpers, is tried on
the smallest case that went wrong. One with which every case comes out right tells where the mistake
is and of what kind, in code of any style. Where one is not enough, the edits that bring the
results nearer are taken as a first one, and a second is looked for.
"""

import ast
import contextlib
import functools
import inspect
import re
import time
import types
from dataclasses import dataclass, replace

import numpy as np

from course.checks.confirm import text_of, theirs
from course.checks.edits import and_elsewhere, edits, made, together
from course.checks.expressions import ANOTHER_FUNCTION
from course.checks.findings import agree, findings, tolerance, wrong_elements
from course.checks.observe import glimpse, observe, quiet
from course.checks.spec import SPECS, own
from course.checks.traced import facts_of, sizes_of
from course.checks.wording import in_words, rightly_unpacked

MOST = 2500  # edits are tried: half a second for a function that is fast
SECONDS = 1.1  # of processor, for one that is not; as much again for two edits
MOST_PARTLY = 20  # edits that mend the first case are tried on the others
FIRST = 12  # edits that bring the results nearer are tried with a second one
FAR = 10**9  # how wrong a case is that stops
SLOW = 1e-3  # seconds of a case that is not tried with every edit


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

    def told(self, name, node, edit, facts=None):
        """What is said of an edit; ``facts`` on the names in it let it say more."""
        lines = self.lines[name]
        line = lines[edit.line - 1].strip() if edit.line <= len(lines) else ""
        where, first = name, 1
        if isinstance(self.trees[name], ast.ClassDef):
            where, first = f"{name}.{node.name}", node.lineno
        says = edit.says
        if facts is not None:
            better = in_words(edit, replace(facts, function=node))
            more = and_elsewhere(len(edit.parts))
            says = better if better.endswith(more) else better + more
        return Repair(where, edit.line - first + 1, line, says)


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
    return helper.__name__ in SPECS and is_right(SPECS[helper.__name__], helper)


def is_right(spec, function, *more):
    from course.checks.judge import passes  # which looks for repairs

    with quiet()[0], contextlib.suppress(Exception):
        return passes(spec, function, *more)
    return False


def leans_on_wrong(spec, function, forward, seed):
    """The one function of a check of its own that is wrong, with which right all would be right.

    -> its name; "" where the mistake is elsewhere, too.
    """
    if not inspect.isfunction(function):
        return ""
    called = [one for one in helpers(function) if one is not forward and one.__name__ in SPECS]
    for helper in called:
        if not is_known_right(helper):
            space = dict(function.__globals__)
            for other in helpers(function):
                space[other.__name__] = rebound(other, space)
            space[helper.__name__] = SPECS[helper.__name__].reference
            if is_right(spec, rebound(function, space), forward, seed):
                return helper.__name__
    return ""


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
        self.prepared, self.other_dtypes = {}, False  # of what was mended
        self.order = sorted(range(len(watched)), key=self.rank)
        self.order = sorted(self.order, key=lambda k: k != self.quick())
        self.all = []  # edits, once they are asked for
        self.nearer = []  # (how wrong the first case still is, rank, number of the edit)
        self.partial = []  # edits with which the first case is right, and not every one
        self.stops = set()  # edits with which code stops that did not: none is one of two

    def rank(self, k):
        """First a case of which much is wrong, not by chance right, and small."""
        case, expected, seen, found = self.watched[k]
        stopped = seen.trouble is not None
        share = 0 if stopped or not found else self.share_wrong(k)
        return (not found, stopped, "by hand" in case.tests, -round(share, 1), self.size(k), k)

    def quick(self):
        """The case with which edits are sorted out: where the first one takes long, a small one."""
        first, *others = [k for k in self.order if self.watched[k][3]]
        started = time.process_time()
        with contextlib.suppress(Exception, SystemExit):
            self.run(self.parts.function, first)
        if time.process_time() - started < SLOW:
            return first
        several = [k for k in (first, *others) if self.stopped(k) or sum(self.wrong_in(k)) > 1]
        return min(several or [first], key=self.size)

    def size(self, k):
        args = self.watched[k][0].args
        return sum(np.size(part) for part in args if isinstance(part, np.ndarray))

    def wrong_in(self, k):
        """How many elements of each result are wrong, as the learner's code stands."""
        _, expected, seen, _ = self.watched[k]
        return [self.how_wrong(seen.results.get(n), expected.results[n], k) for n in self.asked(k)]

    def share_wrong(self, k):
        expected = self.watched[k][1]
        sizes = [max(1, np.size(expected.results[n])) for n in self.asked(k)]
        return sum(map(min, self.wrong_in(k), sizes)) / max(1, sum(sizes))

    def one(self):
        """A single ``Repair`` with which every case comes out right; [] where none is found.

        Of several, one where it went wrong, and that does more than take another name.
        """
        culprits = self.culprits()
        found = self.parts.edits()
        self.all = [one for one in found if one[1].name in culprits] if culprits else found
        base, *_ = self.errors_of_first(self.parts.function)
        weak, ends = [], min(self.ends, time.process_time() + SECONDS)
        for number, function in self.tried([], ends):
            edit = self.all[number][2]
            wrong, spoilt = self.errors_of_first(function)
            if wrong == (0, 0) and not self.is_right(function):
                self.partial.append(number)
            elif wrong == (0, 0):
                if self.at_the_place(number):
                    return [self.told(self.smallest(self.plainer(number)))]
                weak = weak or [number]
                ends = min(ends, time.process_time() + SECONDS / 4)
            if weak and time.process_time() > ends:
                break
            if wrong == (FAR, FAR) > base:
                self.stops.add(number)
            if (0, 0) < wrong < base and not spoilt and self.is_likely(number):
                self.nearer.append((wrong, edit.rank, number))
        return [self.told(self.smallest(number)) for number in weak]

    def partly(self):
        """The edit that mends most of the wrong cases and spoils none: -> (``Repair``, how many).

        None where none mends three in four of them; each has to come out right as a whole.
        """
        wrong = [k for k in self.order
                 if self.watched[k][3] and (self.stopped(k) or any(self.wrong_in(k)))]  # fmt: skip
        best = None
        if any(seen.changed or not seen.repeatable for *_, seen, _ in self.watched):
            return None  # what comes out may come from that alone
        of_code = [n for n in self.partial if "is not what belongs" not in self.all[n][2].says]
        for number in of_code[:MOST_PARTLY]:  # another name may fit by accident
            function = self.with_edit([], *self.all[number])
            right = [k for k in self.order if self.comes_right(function, k)]
            mended = sum(k in right for k in wrong)
            spoilt = any(k not in right for k in self.order if not self.watched[k][3])
            enough = 2 < mended < len(wrong) <= 4 * mended / 3 and not spoilt
            if enough and (best is None or mended > best[1]) and self.at_the_place(number):
                best = number, mended
        return best and (self.told(self.smallest(best[0])), best[1], len(wrong))

    def comes_right(self, function, k):
        expected = self.watched[k][1]
        try:
            results = self.run(function, k)
        except (Exception, SystemExit):
            return False
        return not any(self.how_wrong(results.get(n), expected.results[n], k)
                       for n in self.asked(k))  # fmt: skip

    def plainer(self, number):
        """Of an axis that mends, another function in another line that mends as well; else itself.

        A sum over all axes makes an average of what is left a number by itself, and hides that.
        """
        first = self.all[number][2]
        if "runs over" not in first.says:
            return number
        for other, (name, node, edit) in enumerate(self.all):
            if edit.line != first.line and edit.says.endswith(ANOTHER_FUNCTION):
                function = self.with_edit([], name, node, edit)
                right = function is not None and self.errors_of_first(function)[0] == (0, 0)
                if right and self.is_right(function) and self.at_the_place(other):
                    return other
        return number

    def is_likely(self, number):
        """May it be one of two slips? A term that is lacking only where it is used nowhere else."""
        _, node, edit = self.all[number]
        if edit.rank < 3 or "lacks a term" not in edit.says:
            return True
        more = {n.id for n in ast.walk(made(edit.new)) if isinstance(n, ast.Name)}
        return bool(more - {n.id for n in ast.walk(node) if isinstance(n, ast.Name)
                            and isinstance(n.ctx, ast.Load)})  # fmt: skip

    def culprits(self):
        """Of a class, the methods to blame alone: with the right one instead, all is right.

        [] where there are none: then the mistakes are in several.
        """
        cls, right = self.parts.function, self.spec.reference
        if not (inspect.isclass(cls) and inspect.isclass(right)):
            return []
        found = []
        for name in [node.name for _, node in self.parts.functions() if hasattr(right, node.name)]:
            other = type(cls.__name__, (cls,), {name: vars(right).get(name, getattr(right, name))})
            if self.errors_of_first(other)[0] == (0, 0):
                found.append(name)
        return found

    def smallest(self, number):
        """Of an edit at several places, those at which it is needed: (name, node, edit)."""
        name, node, edit = self.all[number]
        needed = list(edit.parts)
        for part in edit.parts if len(edit.parts) > 1 else ():
            fewer = [one for one in needed if one is not part]
            function = self.with_edit([], name, node, together(fewer)) if fewer else None
            if function is not None and self.is_right(function):
                needed = fewer
        if len(needed) == len(edit.parts):
            return name, node, edit
        return name, node, needed[0] if len(needed) == 1 else together(needed)

    def told(self, one):
        return self.parts.told(*one, self.facts)

    @functools.cached_property
    def facts(self):
        """What the names in the learner's code hold, in a case of many sizes that differ."""
        drawn = [k for k in self.order if "by hand" not in self.watched[k][0].tests]
        k = max(drawn or self.order, key=lambda k: len(set(self.sizes(k).values())))
        nodes = [node for _, node in self.parts.functions()]
        case, expected = self.fresh(self.cases[k]), self.watched[k][1]
        return facts_of(self.spec, self.parts.function, nodes, case, self.forward, expected)

    def sizes(self, k):
        return sizes_of(self.spec, self.watched[k][0], self.watched[k][1])

    def at_the_place(self, number):
        """Does an edit stand where it went wrong: in the line that stopped, in what is returned if
        that is of a wrong kind, or else in the function that is checked and not in a helper of it?

        One that only takes another name is a weaker reason, but for a name that is returned; and
        so is one that goes against names which are the letters of their axes.
        """
        name, node, edit = self.all[number]
        if rightly_unpacked(edit, replace(self.facts, function=node)):
            return False
        trouble = self.watched[self.order[0]][2].trouble
        if trouble is None:
            return name == self.parts.name and not edit.name
        if trouble.kind == "returned":
            lines = [range(n.lineno, n.end_lineno + 1) for n in ast.walk(node)
                     if isinstance(n, ast.Return)]  # fmt: skip
            here = name == self.parts.name and trouble.method in ("", node.name)
            return here and any(edit.line in some for some in lines)
        told = self.parts.told(name, node, edit)
        here = trouble.line.startswith(f"In line {told.number} of {node.name}:")
        return not edit.name and (here or not trouble.line)

    def two(self):
        """An edit that brings the results nearer, and one more."""
        ends = min(self.ends, time.process_time() + SECONDS)
        apart = {wrong: first for wrong, _, first in sorted(self.nearer, reverse=True)}
        for _, first in sorted(apart.items())[:FIRST]:
            name, node, edit = self.all[first]
            undo = edit.apply()
            try:
                for other, function in self.tried([(name, node)], ends, most=2):
                    right = self.errors_of_first(function)[0] == (0, 0)
                    if right and self.is_right(function):
                        undo()
                        undo = lambda: None  # noqa: E731
                        return [self.told(self.all[n]) for n in (first, other)]
            finally:
                undo()
        return []

    def tried(self, changed, ends, most=3):
        """Yields (number, the edited function) until the time is over."""
        for number, (name, node, edit) in enumerate(self.all):
            if number >= MOST or time.process_time() > ends or edit.rank > most:
                return
            if number in self.stops:
                continue
            function = self.with_edit(changed, name, node, edit)
            if function is not None:
                yield number, function

    def with_edit(self, changed, name, node, edit):
        """The function with one more edit; None where that is no code."""
        undo = edit.apply()
        try:
            return self.parts.build([*changed, (name, node)])
        except Exception:
            return None
        finally:
            undo()

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
        return how_wrong(mine, right, self.limit(k), self.loose or self.stopped(k))

    def stopped(self, k):
        """Did the learner's code stop in a case? Then nobody has seen a dtype there."""
        return self.watched[k][2].trouble is not None

    def is_right(self, function):
        """Every case, looked at as closely as the learner's own code was; and others like them."""
        if not all(self.comes_right(function, k) for k in self.order):
            return False
        for k, (case, (_, expected, *_)) in enumerate(zip(self.cases, self.watched)):
            seen = observe(self.spec, function, self.fresh(case), self.forward)
            if self.wrong(case, seen, expected, self.stopped(k)):
                return False
        stopped = any(map(self.stopped, self.order))
        others = self.spec.cases(self.seed + 1)
        return not any(
            self.wrong(case, glimpse(self.spec, function, self.fresh(case), self.forward),
                       glimpse(self.spec, self.spec.reference, self.fresh(case)), stopped)
            for case in others
        )  # fmt: skip

    def wrong(self, case, seen, expected, loose):
        found = findings(self.spec, case, seen, expected, {})
        dtypes = [f for f in found if f.kind == "dtype"]
        self.other_dtypes |= bool(dtypes)
        return [] if (self.loose or loose) and len(dtypes) == len(found) else found

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
