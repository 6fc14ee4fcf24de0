"""What a statement does beyond what it says: by a call, by a decorator, by ``exec``.

``setup()`` may make the global names that ``setup`` declares, ``@register("mm")`` may fill a table
that stands elsewhere. Nothing is run. A function that uses an answer sets nothing up: a call of it
is an experiment.
"""

import ast
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace

from course.grade import syntax
from course.grade.statements import Statement

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
NAMESPACES = ("globals", "locals", "vars")
ROUNDS = 8  # functions that call one another are followed this deep


@dataclass
class Effect:
    """What a call of a function, or of a class and its methods, leaves behind."""

    binds: set[str]  # global names
    changes: set[str]  # names whose objects it changes
    given: bool  # it changes what it is given


def with_effects(statements: list[Statement], answers: Set[str]) -> list[Statement]:
    """The same statements, each with all that it binds and changes."""
    texts = texts_named(statements)
    read = [s if s.node is None else spelled_out(s, texts) for s in statements]
    known = effects(read, answers)
    bound = {name for s in read for name in s.binds}
    own = {name for s in read if s.kind != "import" for name in s.binds}
    return [s if s.node is None else called(s, known, bound, own) for s in read]


# ---------------------------------------------------------------- names in texts


def texts_named(statements: list[Statement]) -> dict[str, str]:
    """Names that stand for a text, such as code for ``exec``."""
    found = {}
    for node in (s.node for s in statements if isinstance(s.node, ast.Assign)):
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found.update(dict.fromkeys(syntax.names_bound(node), node.value.value))
    return found


def spelled_out(statement: Statement, texts: dict[str, str]) -> Statement:
    """With the names that stand in texts: ``exec("def f ...")``, ``globals()["f"] = g``."""
    binds, uses = set(statement.binds), set(statement.uses)
    for node in syntax.at_module_level(statement.node):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            binds |= {text_of(node.slice, texts)} if is_namespace(node.value) else set()
        elif isinstance(node, ast.Call):
            binds |= set_by(node, texts)
            for inner in executed(node, texts):
                binds |= syntax.names_bound(inner)
                uses |= syntax.names_used(inner)
    return replace(statement, binds=frozenset(binds - {""}), uses=frozenset(uses))


def text_of(node: ast.AST, texts: dict[str, str]) -> str:
    """The text that an expression is, as far as that can be read; else an empty one."""
    value = texts.get(node.id) if isinstance(node, ast.Name) else getattr(node, "value", None)
    return value if isinstance(value, str) else ""


def is_namespace(node: ast.AST) -> bool:
    """``globals()`` and its like."""
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in NAMESPACES


def set_by(call: ast.Call, texts: dict[str, str]) -> set[str]:
    """Names that ``globals().update(f=g)`` or ``setattr(sys.modules[...], "f", g)`` sets."""
    if isinstance(call.func, ast.Attribute) and is_namespace(call.func.value):
        return {word.arg for word in call.keywords if word.arg}
    module = getattr(call.args[0], "value", None) if call.args else None
    if getattr(call.func, "id", "") == "setattr" and getattr(module, "attr", "") == "modules":
        return {text_of(call.args[1], texts)} if len(call.args) > 1 else set()
    return set()


def executed(call: ast.Call, texts: dict[str, str]) -> list[ast.stmt]:
    """The statements of the text that is given to ``exec``."""
    if getattr(call.func, "id", "") != "exec" or not call.args:
        return []
    return syntax.parse(text_of(call.args[0], texts))


# ---------------------------------------------------------------- what calls leave behind


def effects(statements: list[Statement], answers: Set[str]) -> dict[str, Effect]:
    """{name: its effect} for the learner's own functions and classes that use no answer."""
    found: dict[str, Effect] = {}
    reads: dict[str, set[str]] = {}
    for node in definitions_among(statements):
        found[node.name] = own_effect(node)
        reads[node.name] = syntax.names_read(node)
    for _ in range(ROUNDS):
        for name, effect in found.items():
            for other in reads[name] & found.keys():
                reads[name] = reads[name] | reads[other]
                effect.binds |= found[other].binds
                effect.changes |= found[other].changes
    return {name: e for name, e in found.items() if not answers & {name, *reads[name]}}


def definitions_among(statements: list[Statement]) -> Iterator[Definition]:
    for statement in statements:
        if statement.node is not None:
            for node in syntax.at_module_level(statement.node):
                if isinstance(node, syntax.DEFINITIONS):
                    yield node


def own_effect(node: Definition) -> Effect:
    """What its body says; a ``self`` that is changed is nobody's else."""
    inner = list(ast.walk(node))
    declared = {name for n in inner if isinstance(n, ast.Global) for name in n.names}
    parameters = {n.arg for n in inner if isinstance(n, ast.arg)}
    stored = {n.id for n in inner if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    stored |= {n.name for n in inner if isinstance(n, syntax.DEFINITIONS)} - {node.name}
    changed = syntax.set_inside(inner) | syntax.called_on(inner)
    if isinstance(node, ast.ClassDef) and "cls" in changed:
        changed.add(node.name)
    given = bool(changed & parameters - {"self", "cls"})
    return Effect(declared & stored, changed - parameters - (stored - declared), given)


def called(
    statement: Statement, known: dict[str, Effect], bound: Set[str], own: Set[str]
) -> Statement:
    """With what the functions that it calls leave behind."""
    binds, changes = set(statement.binds), set(statement.changes)
    for function, arguments, decorates in calls(statement.node):
        name = syntax.base_name(function)
        effect = known.get(name or "", Effect(set(), set(), False))
        binds |= effect.binds - bound
        changes |= effect.changes | (effect.binds & bound)
        if effect.given:
            changes |= {syntax.base_name(argument) for argument in arguments} & own
        if decorates and isinstance(function, ast.Attribute):  # @table.add: it is for the table
            changes |= {name} & own
    return replace(statement, binds=frozenset(binds), changes=frozenset(changes - binds))


def calls(node: ast.AST | None) -> Iterator[tuple[ast.expr, list[ast.expr], bool]]:
    """(function, arguments, is it a decorator) for all that a statement calls when it is run."""
    for inner in syntax.at_module_level(node) if node else ():
        if isinstance(inner, ast.Call):
            yield inner.func, given_to(inner), False
        for decorator in getattr(inner, "decorator_list", []):
            yield getattr(decorator, "func", decorator), given_to(decorator), True
        for base in getattr(inner, "bases", []):  # __init_subclass__
            yield base, [], False


def given_to(call: ast.expr) -> list[ast.expr]:
    """The arguments of a call; none where a decorator stands without any."""
    if not isinstance(call, ast.Call):
        return []
    return [*call.args, *(word.value for word in call.keywords)]
