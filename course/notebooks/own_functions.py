"""The functions that a learner has written in all exercises, for a network that trains with them.

    mine = own_functions("conv_forward", "conv_backward", "Solver")
    mine.conv_forward(x, w)

They are read from the learner's copies, ``exercises/my_*.ipynb``: imports, definitions and plain
constants; no other line is run. Of what was answered twice the later exercise counts. What is not
written, or not right by its own check, is the course's, and that is said. Tests, builds and grading
find nothing of a learner's.
"""

import ast
import difflib
import re
from html import escape
from types import SimpleNamespace

import nbformat

from course.checks import SPECS
from course.checks.judge import passes
from course.env import ROOT
from course.notebooks.progress import is_learner
from course.notebooks.projects import own_copies
from course.source import PLAIN, tree_of_cell
from scratch import augment, cnn, layers, optim, pieces, plain, rnn, solver, text

OWN = "Yours: "
COURSE = (plain, cnn, rnn, solver, optim, augment, text, layers, pieces)
KINDS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


class OwnFunctions(SimpleNamespace):
    """Functions and classes by name; shown, it says whose each of them is."""

    def __init__(self, functions, origins):
        super().__init__(**functions)
        self.origins = origins  # name -> (exercise or None, why it is not the learner's)

    def __repr__(self):
        mine = [f"{name} ({told(of)})" for name, (of, _) in self.origins.items() if of]
        lines = [OWN + ", ".join(mine)] if mine else []
        for why in ("not written yet", "not right yet"):
            names = [n for n, (of, reason) in self.origins.items() if not of and reason == why]
            lines += [f"The course's, as yours are {why}: {', '.join(names)}"] if names else []
        if not lines:
            lines = [f"The course's: {', '.join(self.origins)}"]
        return "\n".join(lines)

    def _repr_html_(self):
        return "".join(f"<div>{escape(line)}</div>" for line in repr(self).splitlines())


def told(exercise):
    """``"06_conv_forward" -> "06"``: enough to find the notebook."""
    return exercise.partition("_")[0]


def own_functions(*names, root=ROOT):
    """The functions and classes called so, the learner's where they are right: an object.

    Raises ``ValueError`` for a name that the course does not know.
    """
    functions = {name: of_the_course(name) for name in names}
    if not is_learner():
        return OwnFunctions(functions, dict.fromkeys(names, (None, "")))
    answered = list(answers(root))
    origins = {}
    for name in names:
        origins[name] = (None, "not written yet")
        for exercise, written, space in reversed(answered):
            if name in written and name in space:
                if name not in SPECS or passes(SPECS[name], space[name]):
                    functions[name], origins[name] = space[name], (exercise, "")
                    break
                origins[name] = (None, "not right yet")
    return OwnFunctions(functions, origins)


def of_the_course(name):
    """The course's own, in the plain form."""
    for module in COURSE:
        if hasattr(module, name):
            return getattr(module, name)
    known = {key for module in COURSE for key in vars(module) if not key.startswith("_")}
    near = difflib.get_close_matches(name, known, 1)
    raise ValueError(
        f"The course has no function {name!r}" + (f": did you mean {near[0]!r}?" if near else ".")
    )


def answers(root):
    """(exercise, names that its answers define, the namespace of its definitions), in order."""
    for path in own_copies(root / "exercises"):
        try:
            notebook = nbformat.read(path, as_version=4)
        except Exception:  # damaged, or of another kind: then there is nothing to find
            continue
        written = set()
        for cell in notebook.cells:
            if is_answer(cell) and "raise NotImplementedError" not in cell.source:
                written |= {node.name for node in parsed(cell.source) if hasattr(node, "name")}
        if written:
            yield path.stem.removeprefix("my_"), written, defined(notebook, path.stem)


def is_answer(cell):
    """By its metadata, or by its first line where an editor has lost them."""
    marked = re.match(r"#\s*ANSWER\s", cell.source)
    return cell.cell_type == "code" and bool(
        marked or cell.metadata.get("nbgrader", {}).get("solution")
    )


def parsed(source):
    """The statements of a cell; none where it is no Python."""
    try:
        return tree_of_cell(source).body
    except (SyntaxError, ValueError):
        return []


def defined(notebook, name):
    """Run the imports and definitions of a notebook, and nothing else of it: -> its names."""
    space = {"__name__": name}
    for cell in notebook.cells:
        for node in parsed(cell.source) if cell.cell_type == "code" else ():
            if defines(node):
                try:
                    exec(compile(ast.Module([node], []), f"<{name}>", "exec"), space)
                except Exception:  # what needs it will not be right, and that is said
                    continue
    return space


def defines(node):
    """Is this an import, a function, a class, or a name for something plain?"""
    return isinstance(node, KINDS) or (isinstance(node, ast.Assign) and is_plain(node.value))


def is_plain(value):
    """Is nothing called to make this value? What a lambda holds waits until it is used."""
    return isinstance(value, ast.Lambda) or (
        isinstance(value, PLAIN) and all(is_plain(part) for part in ast.iter_child_nodes(value))
    )
