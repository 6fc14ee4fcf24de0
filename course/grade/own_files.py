"""Files that a notebook writes and uses: ``%%writefile mine.py``, then ``from mine import *``.

Nothing is run. A file has a name of its own among those that statements bind and use, such as
``file mine.py``: what imports, runs or opens it needs the cell that writes it.
"""

import ast
from dataclasses import replace

from course.grade import magics, syntax
from course.grade.statements import Statement, file_name


def with_files(statements: list[Statement]) -> list[Statement]:
    """The same statements; those that use a file which another writes take its names along."""
    made = [s if s.node is None else writing(s) for s in statements]
    known = {name for s in made for name in s.binds | s.changes if name.startswith("file ")}
    if not known:
        return statements
    texts: dict[str, list[ast.Module]] = {name: [] for name in known}
    for s in made:
        for name in (s.binds | s.changes) & known:
            texts[name] += map(syntax.tree_of, texts_in(s))
    return [s if s.node is None else using(s, texts) for s in made]


def texts_in(statement: Statement) -> list[str]:
    """What a statement may write into its file."""
    if statement.kind == "file":
        return [magics.read(statement.text).python]
    inner = ast.walk(statement.node) if statement.node else ()
    texts = [node.value for node in inner if isinstance(node, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and "\n" in text]


def writing(statement: Statement) -> Statement:
    """A statement with the files that its calls write: ``open("mine.py", "w")``."""
    files = {written_by(call) for call in calls_in(statement.node)} - {""}
    return replace(statement, binds=statement.binds | files) if files else statement


def calls_in(node: ast.AST | None) -> list[ast.Call]:
    inner = syntax.at_module_level(node) if node else ()
    return [call for call in inner if isinstance(call, ast.Call)]


def written_by(call: ast.Call) -> str:
    """The file that a call writes as a whole, as far as that can be read; else an empty name."""
    if getattr(call.func, "id", "") == "open":
        options = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "mode")]
        modes = [str(getattr(option, "value", "")) for option in options]
        place = call.args[0] if set("wax") & set("".join(modes)) and call.args else None
    else:  # Path("mine.py").write_text(...)
        is_write = getattr(call.func, "attr", "") == "write_text"
        owner = getattr(call.func, "value", None) if is_write else None
        place = owner.args[0] if isinstance(owner, ast.Call) and owner.args else None
    text = getattr(place, "value", None)
    return file_name(text) if isinstance(text, str) and text else ""


def using(statement: Statement, texts: dict[str, list[ast.Module]]) -> Statement:
    """A statement with what it takes from files that the notebook writes."""
    words = set()
    for inner in ast.walk(statement.node) if statement.node else ():
        value = getattr(inner, "value", None)
        if isinstance(inner, ast.Constant) and isinstance(value, str) and len(value) < 200:
            words |= {file_name(word) for word in value.split()}
    uses = (statement.uses | words) & texts.keys() - statement.binds
    if not uses:
        return statement
    names = {name for file in uses for tree in texts[file] for name in names_bound(tree)}
    found = replace(statement, uses=statement.uses | uses)
    if statement.kind == "import":
        star = "*" in statement.binds and names
        binds = statement.binds - {"*"} | names if star else statement.binds
        return replace(found, kind="own import", binds=frozenset(binds))
    runs = any(is_run(call) for call in calls_in(statement.node))
    return replace(found, kind="own import", binds=found.binds | names) if runs else found


def names_bound(tree: ast.Module) -> set[str]:
    found = {name for node in tree.body for name in syntax.names_bound(node)}
    return {name for name in found if not name.startswith("_")} - {"*"}


def is_run(call: ast.Call) -> bool:
    """``exec(open("mine.py").read())``, and what IPython makes of ``%run mine.py``."""
    magic = getattr(call.func, "attr", "") == "run_line_magic" and call.args
    named = getattr(call.args[0], "value", "") if magic else ""
    return named == "run" or getattr(call.func, "id", "") == "exec"
