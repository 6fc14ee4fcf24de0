"""Find what a cell claims, and make the cell note it: source text in, source text out."""

from __future__ import annotations

import ast

NOTE = "_note_claim"  # what the cells call; the kernel holds it
SIGNS = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
ORDER = {"<", "<=", ">", ">="}


def noting(source: str) -> tuple[str, list[str]]:
    """A cell that notes its claims and goes on where one fails: -> (source, what is claimed)."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a notebook's magic
        return source, []
    finder = Finder()
    tree = ast.fix_missing_locations(finder.visit(tree))
    return (ast.unparse(tree), finder.found) if finder.found else (source, [])


class Finder(ast.NodeTransformer):
    """Puts a call around each comparison that is claimed; ``found`` lists their texts."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def visit_Assert(self, node: ast.Assert) -> ast.AST | list[ast.AST]:
        """``assert a > b and c`` -> a note of ``a > b``; the rest stays an assertion."""
        parts = parts_of(node.test)
        claimed = [c for c in parts if isinstance(c, ast.Compare) and set(signs(c)) <= ORDER]
        if not claimed:
            return node
        notes: list[ast.AST] = [ast.Expr(self.note(ast.unparse(c), c)) for c in claimed]
        return notes + [ast.Assert(part) for part in parts if part not in claimed]

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """``print("Nine of ten:", a > b)`` -> the same, and a note under that sentence.

        ``goal("name", "nine of ten", a > b)``, which prints it as a verdict, likewise.
        """
        self.generic_visit(node)
        is_print = is_call(node, "print") and len(node.args) == 2
        if not (is_print or (is_call(node, "goal") and len(node.args) == 3)):
            return node
        sentence, verdict = node.args[-2], without_bool(node.args[-1])
        text = str(sentence.value) if isinstance(sentence, ast.Constant) else ""
        if text.endswith(":") if is_print else text:
            node.args[-1] = self.noting(text.removesuffix(":"), verdict)
        return node

    def noting(self, text: str, verdict: ast.expr) -> ast.expr:
        """A verdict that notes itself; one of several parts notes each that is reached."""
        parts = parts_of(verdict)
        noted: list[ast.expr] = []
        for part in parts:
            if not isinstance(part, ast.Compare) or "" in signs(part):
                return verdict
            which = f"{text}: {ast.unparse(part)}" if len(parts) > 1 else text
            noted.append(self.note(which, part))
        return noted[0] if len(noted) == 1 else ast.BoolOp(ast.And(), noted)

    def note(self, text: str, comparison: ast.Compare) -> ast.Call:
        """The call that stands for a comparison."""
        self.found.append(text)
        last = comparison.comparators[-1]
        fixed = len(comparison.ops) == 1 and isinstance(last, ast.Constant)
        said = ast.Tuple([ast.Constant(sign) for sign in signs(comparison)], ast.Load())
        values = [comparison.left, *comparison.comparators]
        arguments = [ast.Constant(text), said, ast.Constant(fixed), *values]
        return ast.Call(ast.Name(NOTE, ast.Load()), arguments, [])


def parts_of(test: ast.expr) -> list[ast.expr]:
    """What must hold together: ``a and b`` -> [a, b]."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return test.values
    return [test]


def signs(comparison: ast.Compare) -> list[str]:
    """The signs between the values, "" for one such as ``in``."""
    return [SIGNS.get(type(op), "") for op in comparison.ops]


def without_bool(node: ast.expr) -> ast.expr:
    """``bool(a > b)`` -> ``a > b``."""
    if isinstance(node, ast.Call) and is_call(node, "bool") and len(node.args) == 1:
        return node.args[0]
    return node


def is_call(node: ast.Call, name: str) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == name
