"""What a woven notebook's outputs depend on, and how to store them so that they never move."""

import ast
import base64
import hashlib
import re
import struct

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from course.env import ROOT, quiet_kernels

NOTEBOOK = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
CELL_TIMEOUT = 1200  # seconds, on a machine that has other things to do
MAY_VARY = "nbval-ignore-output"  # cells with this tag may write to stderr, e.g. a progress bar


class WeaveError(Exception):
    """A template or a notebook that cannot be woven; the message says where and why."""


def sha256(*texts):
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def code_only(source):
    """``source`` without docstrings, comment lines, blank lines: none of them changes an output."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a notebook's magic
        return source
    docstrings, strings = set(), set()
    for node in ast.walk(tree):
        documented = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        if documented and ast.get_docstring(node):
            docstrings.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
        elif isinstance(node, (ast.Constant, ast.JoinedStr)):
            strings.update(range(node.lineno, node.end_lineno + 1))
    kept = []
    for number, line in enumerate(source.splitlines(), 1):
        inside = number in strings and number not in docstrings
        if inside or (number not in docstrings and not re.match(r"\s*(#|$)", line)):
            kept.append(line.rstrip())
    return "\n".join(kept)


def imported_names(source):
    """Dotted names that the import statements of ``source`` may stand for."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a notebook's magic
        code = "\n".join(line for line in source.splitlines() if not re.match(r"\s*[%!]", line))
        tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_modules(source, root):
    """Paths of the modules of ``scratch/`` and ``course/`` that ``source`` imports.

    Of a package inside them all modules count, however it imports them.
    """
    for name in imported_names(source):
        top, *parts = name.split(".")
        if top not in ("scratch", "course"):
            continue
        yield from root.glob(f"{top}/__init__.py")
        for end in range(1, len(parts) + 1):
            path = root.joinpath(top, *parts[:end])
            if path.is_dir():
                yield from path.rglob("*.py")
            elif path.with_suffix(".py").exists():
                yield path.with_suffix(".py")


def inputs_digest(notebook, root=ROOT):
    """Digest of all code that a notebook's outputs come from: its cells and what they import."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    todo = {path for source in cells for path in imported_modules(source, root)}
    code = {}
    while todo:
        path = todo.pop()
        source = path.read_text(encoding="utf-8")
        code[path.relative_to(root).as_posix()] = code_only(source)
        found = set(imported_modules(source, root))
        todo |= {path for path in found if path.relative_to(root).as_posix() not in code}
    return sha256(*map(code_only, cells), *(f"{name}\n{code[name]}" for name in sorted(code)))


def execute(notebook, folder):
    """Run a notebook in ``folder`` and keep outputs that are the same in every run."""
    quiet_kernels()
    folder.mkdir(exist_ok=True)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise WeaveError(f"a cell fails:\n{error}") from None
    except CellTimeoutError:
        raise WeaveError(f"a cell takes more than {CELL_TIMEOUT} s") from None
    except (DeadKernelError, AssertionError):  # nbclient's cleanup asserts after a kernel's death
        raise WeaveError("the kernel died: out of memory, or stopped from outside") from None
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            cell.outputs = list(steady(cell))
    number_cells(notebook)
    notebook.metadata.pop("widgets", None)
    notebook.metadata.update(nbformat.from_dict(NOTEBOOK))  # the kernel adds its own version


def number_cells(notebook):
    """Count the code cells as if run in order: nbval refuses outputs of a cell that was not run."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):
        cell.execution_count = number


def steady(cell):
    """A cell's outputs without what moves from run to run, adjacent pieces of stdout joined."""
    last = None
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            if MAY_VARY not in cell.metadata.get("tags", []):
                raise WeaveError(f"a cell writes to stderr: {output.text!r}\n{cell.source}")
            continue
        if output.output_type == "stream" and last is not None and last.output_type == "stream":
            last.text += output.text
            continue
        if "execution_count" in output:
            output["execution_count"] = None
        data = output.get("data", {})
        data.pop("application/vnd.jupyter.widget-state+json", None)
        if data.pop("application/vnd.jupyter.widget-view+json", None):
            continue  # shows nothing without its kernel
        if "image/png" in data:
            data["image/png"] = plain_png(data["image/png"])
        text = output.get("text", "") or str(data.get("text/plain", ""))
        if re.search(r"\bat 0x[0-9a-f]+", text):
            raise WeaveError(f"a cell shows a memory address: {text!r}\n{cell.source}")
        last = output
        yield output


def plain_png(encoded):
    """A PNG without the chunks that name a program, its version or a date."""
    data = base64.b64decode(encoded)
    kept, position = [data[:8]], 8
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        end = position + length + 12
        if data[position + 4 : position + 8] not in (b"tEXt", b"zTXt", b"iTXt", b"tIME"):
            kept.append(data[position:end])
        position = end
    return base64.b64encode(b"".join(kept)).decode() + "\n"
