"""What IPython's magics make of a cell: what of it runs as Python, where, and what is written.

``%%time`` runs its body in the notebook; ``%%timeit`` and ``%%python`` run it elsewhere, so that
no name of it stays; ``%%writefile`` makes a file of it; under ``%%bash`` stands another language.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

TOO_MUCH = (SyntaxError, ValueError, RecursionError, MemoryError)  # what ast.parse may raise
CELL_MAGIC = re.compile(r"(?:[ \t]*\n)*[ \t]*%%(!|\w*)[ \t]*(.*)\n?")
WRITERS = {"writefile", "file"}
ELSEWHERE = {"timeit", "python", "python3", "pypy", "skip"}
NOT_RUN = {"false", "true", "echo", ":"}  # programs that `%%script` is given to skip a cell
OTHER_LANGUAGES = {
    *("!", "ai", "bash", "bigquery", "cmd", "cpp", "cuda", "go", "html", "java", "javascript"),
    *("js", "julia", "latex", "markdown", "md", "mermaid", "node", "octave", "perl", "python2"),
    *("r", "ruby", "rust", "sh", "shell", "sql", "svg", "sx", "system", "ts", "typescript"),
}
LINE_MAGIC = re.compile(r"(?:[%!?].*|[\w.]+\?{1,2}[ \t]*)")
CALLS = ("run_line_magic", "run_cell_magic", "system", "getoutput", "magic")


@dataclass(frozen=True)
class Body:
    """What stands below the magics of a cell."""

    python: str  # on the lines on which it stands in the cell; empty for another language
    stays: bool = True  # what it defines is there in the cells below
    file: str = ""  # where it is written to
    adds: bool = False  # behind what the file holds already


def read(source: str) -> Body:
    """A cell as IPython takes it. Where it is Python already, nothing is touched."""
    try:
        ast.parse(source)
    except TOO_MUCH:
        return read_magics(source)
    return Body(source)


@functools.lru_cache(maxsize=64)
def read_magics(source: str) -> Body:
    stays, file, adds, at = True, "", False, 0
    while match := CELL_MAGIC.match(source, at):
        name, options = match[1].lower(), match[2].split()
        at = match.end()
        if name == "script" and options:
            program = options[0].rpartition("/")[2]
            name = "python" if program.startswith("py") or program in NOT_RUN else "!"
        if name in OTHER_LANGUAGES:
            return Body("")
        stays &= name not in ELSEWHERE
        if name in WRITERS and options:
            file, adds = options[-1].strip("'\""), "-a" in options or "--append" in options
            break
    above = "\n" * source.count("\n", 0, at)
    if file:
        return Body(above + source[at:], False, file, adds)
    return Body(above + python_of(source[at:]), stays)


def without(source: str) -> str:
    """The Python of a cell, without its shell and magic lines."""
    return read(source).python


# ---------------------------------------------------------------- lines


def python_of(text: str) -> str:
    """What IPython would make of a text, without the calls of its own that stand for magics."""
    from IPython.core.inputtransformer2 import TransformerManager

    body = text.lstrip("\n")
    above = text[: len(text) - len(body)]  # IPython leaves out empty lines, and they count
    try:
        made = TransformerManager().transform_cell(body)
        tree = ast.parse(made)
    except TOO_MUCH:
        return "\n".join("" if LINE_MAGIC.fullmatch(line) else line for line in text.split("\n"))
    lines = [line.encode() for line in made.split("\n")]
    for statement, call in magic_calls(tree):
        put(lines, statement, instead(statement, call, inside=statement not in tree.body))
    return above + b"\n".join(lines).decode()


def magic_calls(tree: ast.Module) -> Iterator[tuple[ast.Expr | ast.Assign, ast.Call]]:
    """The statements that are a magic, with IPython's call for it: ``%time f()``, ``x = !ls``."""
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Expr, ast.Assign)) or not isinstance(node.value, ast.Call):
            continue
        function = node.value.func
        owner = getattr(getattr(function, "value", None), "func", None)
        if getattr(owner, "id", "") == "get_ipython" and getattr(function, "attr", "") in CALLS:
            yield node, node.value


def instead(statement: ast.Expr | ast.Assign, call: ast.Call, inside: bool) -> str | None:
    """What stands for a magic: the statement that it times; None where it may stay."""
    given = [getattr(argument, "value", None) for argument in call.args]
    name, text = (given + ["", ""])[:2]
    if name == "run":
        return None
    timed = text if name == "time" and isinstance(text, str) and is_python(text) else ""
    if isinstance(statement, ast.Expr):
        return timed or "pass" * inside
    targets = "".join(f"{ast.unparse(target)} = " for target in statement.targets)
    return targets + (timed or "None") if timed or inside else ""


def is_python(text: str) -> bool:
    try:
        return bool(ast.parse(text).body)
    except TOO_MUCH:
        return False


def put(lines: list[bytes], node: ast.stmt, text: str | None) -> None:
    """Write a text where a statement stands."""
    if text is None:
        return
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
    if not text and (before + after).strip():  # it shares its line with others
        text = "pass"
    lines[first : last + 1] = [before + text.encode() + after, *[b""] * (last - first)]
