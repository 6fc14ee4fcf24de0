"""Weave each exercise template with ``scratch/`` into an exercise and a solution notebook.

A template (``book/exercises/NN_name.md``, MyST) holds prose, set-up cells and check cells. A code
cell that reads ``# weave: cnn_layers.conv_forward`` stands for that definition in ``scratch/``:

    solutions/NN_name.ipynb   holds its source, verbatim; the notebook is executed, outputs stored
    exercises/NN_name.ipynb   holds signature and docstring, the body ``raise NotImplementedError``

``# weave: cnn.ConvNet.loss,predict`` shows the whole class with only these methods left to write.
``# weave: cnn_layers.conv_forward by conv_forward_im2col`` solves the stub of the first function
with the body of the second, which does the same in a way that the chapter derives.
With a trailing word ``given`` the source stands in both; such a cell may hold several anchors. A
cell with the tag ``check`` (and ``:points: 2``) is graded. Both folders are generated: edit the
template or ``scratch/``, never them.

    python -m course.weave                     write what is stale, executing only what must be
    python -m course.weave --only 15_convnet   the templates whose names start so
    python -m course.weave --force             execute all, overwrite notebooks edited by hand
    python -m course.weave --check             fail if anything on disk is stale or orphaned
"""

import argparse
import ast
import io
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat

from course.env import ROOT
from course.outputs import (
    NOTEBOOK,
    WeaveError,
    execute,
    inputs_digest,
    number_cells,
    sha256,
)

ANCHOR = re.compile(
    r"#\s*weave:\s*(\w+)\.(\w+)((?:\.\w+(?:\s*,\s*\w+)*)?)"
    r"(?:\s+by\s+(\w+))?(\s+given)?\s*"
)


@dataclass(frozen=True)
class Anchor:
    """One ``# weave:`` line: a definition in ``scratch/`` and what of it the learner writes."""

    module: str
    name: str
    methods: tuple[str, ...] = ()
    by: str | None = None
    given: bool = False

    @property
    def id(self):
        return "-".join([self.name, *self.methods])

    @property
    def blanks(self):
        """Dotted paths of the functions that the learner writes."""
        return [] if self.given else [f"{self.name}.{m}" for m in self.methods] or [self.name]


# ---------------------------------------------------------------- definitions in scratch/


def read_anchors(source):
    """The anchors of a code cell; an empty list for a cell that has none."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    if not any(re.match(r"#\s*weave:", line) for line in lines):
        return []
    anchors = []
    for line in lines:
        match = ANCHOR.fullmatch(line)
        if match is None:
            raise WeaveError(
                f"cannot read {line!r}: an anchor looks like `# weave: cnn_layers.conv_forward`, "
                "`# weave: cnn.ConvNet.loss` or `# weave: cnn.ConvNet given`, alone in its cell"
            )
        module, name, methods, by, given = match.groups()
        methods = tuple(re.findall(r"\w+", methods))
        anchors.append(Anchor(module, name, methods, by, bool(given)))
        if methods and (given or by) or given and by:
            word = "given" if given else "by"
            raise WeaveError(f"{line!r}: `{word}` shows a whole definition, so it names no method")
    if len(anchors) > 1 and not all(anchor.given for anchor in anchors):
        raise WeaveError(f"a cell with several anchors must have `given` on each: {lines}")
    return anchors


def names_bound(node):
    """The names that a statement defines."""
    if isinstance(node, ast.Assign):
        targets = [n for target in node.targets for n in ast.walk(target)]
        return {n.id for n in targets if isinstance(n, ast.Name)}
    if isinstance(node, ast.AnnAssign):
        return {getattr(node.target, "id", None)}
    return {getattr(node, "name", None)}


def find(body, name, where):
    """The one statement of ``body`` that defines ``name``."""
    found = [node for node in body if name in names_bound(node)]
    if len(found) != 1:
        known = sorted(filter(None, set().union(*map(names_bound, body)))) if body else []
        problem = "defines no" if not found else f"defines {len(found)} times"
        raise WeaveError(f"{where} {problem} {name!r}; it has: {', '.join(known)}")
    return found[0]


def definition(anchor, *, solved, root=ROOT):
    """Source of the definition; unless solved, what the learner writes is left blank."""
    path = root / "scratch" / f"{anchor.module}.py"
    if not path.exists():
        raise WeaveError(f"scratch/{anchor.module}.py does not exist")
    source = path.read_text(encoding="utf-8")
    lines, tree = source.splitlines(), ast.parse(source)
    shown = find(tree.body, anchor.name, f"scratch/{anchor.module}.py")
    if anchor.by and solved:
        body = find(tree.body, anchor.by, f"scratch/{anchor.module}.py")
        return "\n".join([*head(lines, shown), *lines[body.body[0].end_lineno : body.end_lineno]])
    targets = [shown]
    if anchor.methods:
        where = f"{anchor.name} in scratch/{anchor.module}.py"
        targets = [find(shown.body, method, where) for method in anchor.methods]
    start = min([shown.lineno, *(d.lineno for d in getattr(shown, "decorator_list", []))])
    end = shown.end_lineno
    if not solved and not anchor.given:
        blanks = sorted(zip(targets, anchor.blanks), key=lambda pair: -pair[0].lineno)
        for target, blank in blanks:  # from the last one up, so that line numbers stay true
            end -= leave_blank(lines, target, blank)
    return "\n".join(lines[start - 1 : end])


def head(lines, function):
    """Signature and docstring of a function, as lines."""
    return lines[function.lineno - 1 : function.body[0].end_lineno]


def leave_blank(lines, node, path):
    """Replace a function's body in ``lines`` by a stub; return how many lines fewer it has."""
    if not isinstance(node, ast.FunctionDef):
        raise WeaveError(f"{path} is not a function: add `given`, or name the methods to write")
    if ast.get_docstring(node) is None:
        raise WeaveError(f"{path} needs a docstring: it is all that the learner will see")
    docstring = node.body[0]
    stub = " " * docstring.col_offset + f'raise NotImplementedError("your turn: {path}")'
    gone = node.end_lineno - docstring.end_lineno
    lines[docstring.end_lineno : node.end_lineno] = [stub]
    return gone - 1


# ---------------------------------------------------------------- cells


def graded(grade_id, *, grade=False, solution=False, points=None):
    """Cell metadata by which nbgrader knows an answer (solution) or a check (grade)."""
    nbgrader = {
        "cell_type": "code",
        "grade": grade,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        nbgrader["points"] = points
    return nbgrader


def answer_cell(cell, anchor, *, solved, root):
    """The learner's cell. Its first line says which answer it is, even when metadata get lost."""
    source = definition(anchor, solved=solved, root=root)
    cell.source = f"# ANSWER {anchor.id}\n{source}"
    cell.metadata["nbgrader"] = graded(anchor.id, solution=True)
    tag(cell, "answer")
    return f"answer-{anchor.id}"


def check_cell(cell, *, solved):
    """A graded cell, named after what it checks."""
    points = cell.metadata.pop("points", 1)
    if not isinstance(points, (int, float)) or isinstance(points, bool) or points < 0:
        raise WeaveError(f"points are {points!r} in the check cell {cell.source!r}")
    grade_id = cell.metadata.pop("grade_id", None)
    if grade_id is None:
        names = re.findall(r"\bcheck\w*\(\s*([A-Za-z_]\w*)", cell.source)
        if not names:
            raise WeaveError(f"give the check cell {cell.source!r} a `:grade_id:`")
        grade_id = "check-" + "-".join(names)
    cell.metadata["nbgrader"] = graded(grade_id, grade=True, points=points)
    if not solved:
        cell.metadata.update(deletable=False, editable=False)
    return grade_id


def tag(cell, *tags):
    cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), *tags})


def weave_cell(cell, *, solved, root):
    """Turn a template's cell into a notebook's; return the id by which it is known from now on."""
    points = cell.metadata.get("points")
    if cell.cell_type == "code":
        anchors = read_anchors(cell.source)
        if anchors and not anchors[0].given:
            return answer_cell(cell, anchors[0], solved=solved, root=root)
        if anchors:
            cell.source = "\n\n\n".join(definition(a, solved=solved, root=root) for a in anchors)
            return "given-" + anchors[0].id
        if "check" in cell.metadata.get("tags", []):
            return check_cell(cell, solved=solved)
    if points is not None:
        raise WeaveError(f"only a cell with the tag `check` has points: {cell.source!r}")
    kind = "text" if cell.cell_type == "markdown" else "code"
    return f"{kind}-{sha256(cell.source)[:8]}"


def read_template(path):
    text = path.read_text(encoding="utf-8")
    header = text.partition("\n---")[0]
    if "format_name: myst" not in header or "kernelspec:" not in header:
        raise WeaveError("the header needs both `jupytext:` (format_name: myst) and `kernelspec:`")
    return jupytext.reads(text, fmt="md:myst")


def weave(template, *, solved, root=ROOT):
    """The notebook for one template, without outputs."""
    notebook = read_template(template)
    seen = {}
    for cell in notebook.cells:
        cell_id = re.sub(r"[^\w-]", "-", weave_cell(cell, solved=solved, root=root))[:60]
        seen[cell_id] = seen.get(cell_id, 0) + 1
        if seen[cell_id] > 1:
            if "nbgrader" in cell.metadata:
                raise WeaveError(f"two cells are called {cell_id!r}: give one a `:grade_id:`")
            cell_id += f"-{seen[cell_id]}"
        cell["id"] = cell_id
    if solved:
        mark_title(notebook)
        number_cells(notebook)
    digest = cells_digest(notebook)
    origin = template.relative_to(root).as_posix()
    notebook.metadata = nbformat.from_dict({**NOTEBOOK, "weave": {"cells": digest, "from": origin}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def mark_title(notebook):
    """Say in the title that this is the solution."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and re.search(r"^# ", cell.source, re.M):
            cell.source = re.sub(r"^# (.*)$", r"# \1 (solution)", cell.source, count=1, flags=re.M)
            return


def cells_digest(notebook):
    """Digest of all sources: tells whether somebody has edited a generated notebook."""
    return sha256(*(f"{cell.cell_type}\n{cell.source}" for cell in notebook.cells))


# ---------------------------------------------------------------- files


def without_outputs(notebook):
    """Everything of a solution that can be compared without executing it."""
    bare = nbformat.from_dict(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    return text_of(bare)


def text_of(notebook):
    stream = io.StringIO()
    nbformat.write(notebook, stream)
    return stream.getvalue().rstrip("\n") + "\n"


@dataclass
class Pair:
    """A template's two notebooks, as they should be and as they are on disk."""

    template: Path
    root: Path

    def __post_init__(self):
        self.name = self.template.stem
        try:
            self.exercise = weave(self.template, solved=False, root=self.root)
            self.solution = weave(self.template, solved=True, root=self.root)
            digest = inputs_digest(self.solution, self.root)
        except (WeaveError, SyntaxError) as error:
            raise WeaveError(f"{self.template.relative_to(self.root)}: {error}") from None
        self.solution.metadata["weave"]["inputs"] = digest

    @property
    def exercise_path(self):
        return self.root / "exercises" / f"{self.name}.ipynb"

    @property
    def solution_path(self):
        return self.root / "solutions" / f"{self.name}.ipynb"

    def stale(self):
        """Paths of this pair's notebooks that are not what they should be."""
        if read_text(self.exercise_path) != text_of(self.exercise):
            yield self.exercise_path
        kept = load(self.solution_path)
        same = kept is not None and without_outputs(kept) == without_outputs(self.solution)
        if not same or read_text(self.solution_path) != text_of(kept):
            yield self.solution_path

    def keep_outputs(self):
        """Take over stored outputs if all code that they come from is the same: -> taken over?"""
        kept = load(self.solution_path)
        if kept is None or kept.metadata.get("weave", {}).get("inputs") != self.inputs:
            return False
        new, old = (
            [cell for cell in notebook.cells if cell.cell_type == "code"]
            for notebook in (self.solution, kept)
        )
        if len(new) != len(old) or edited(kept):
            return False
        for cell, before in zip(new, old):
            cell.outputs = before.outputs
        return True

    @property
    def inputs(self):
        return self.solution.metadata["weave"]["inputs"]

    def write(self, *, force):
        """Write both notebooks, executing the solution if need be: -> what was done."""
        if not force and not any(self.stale()):
            return "up to date"
        for path in (self.exercise_path, self.solution_path):
            kept = load(path)
            if not force and kept is not None and edited(kept):
                raise WeaveError(
                    f"{path.relative_to(self.root)} was edited by hand; weaving would overwrite "
                    "that: save a copy as exercises/my_NAME.ipynb, or use --force"
                )
        write_text(self.exercise_path, text_of(self.exercise))
        started, done = time.monotonic(), "outputs kept"
        if force or not self.keep_outputs():
            try:
                execute(self.solution, self.solution_path.parent)
            except WeaveError as error:
                raise WeaveError(f"{self.name}: {error}") from None
            done = f"executed in {time.monotonic() - started:.0f} s"
        write_text(self.solution_path, text_of(self.solution))
        return done


def read_text(path):
    return path.read_text(encoding="utf-8") if path.exists() else None


def write_text(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def load(path):
    """The notebook on disk; None when there is none or when it cannot be read."""
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except Exception:  # missing, not JSON, not a notebook: weaving mends all of them
        return None


def edited(notebook):
    """Has somebody changed this notebook's cells since it was woven? (Yes if it never was.)"""
    return notebook.metadata.get("weave", {}).get("cells") != cells_digest(notebook)


def orphans(root):
    """Notebooks in the generated folders of no template, but for learners' copies: ``my_*``."""
    names = {path.stem for path in (root / "book" / "exercises").glob("*.md")}
    for folder in ("exercises", "solutions"):
        for path in sorted((root / folder).glob("*.ipynb")):
            if path.stem not in names and not path.name.startswith("my_"):
                yield path


def pairs(root, only=None):
    """One ``Pair`` a template, or those whose names start with ``only``."""
    templates = sorted((root / "book" / "exercises").glob("*.md"))
    chosen = [path for path in templates if path.stem.startswith(only or "")]
    if not chosen:
        names = ", ".join(path.stem for path in templates) or "none"
        raise WeaveError(f"no template starts with {only!r}; there are: {names}")
    return [Pair(path, root) for path in chosen]


def check(root=ROOT, only=None):
    """Paths that are stale or orphaned."""
    wrong = [path for pair in pairs(root, only) for path in pair.stale()]
    return wrong if only else wrong + list(orphans(root))


def write(root=ROOT, only=None, *, force=False, say=print):
    """Write what is stale; remove orphans that were woven, leave the rest alone."""
    chosen = pairs(root, only)
    for number, pair in enumerate(chosen, 1):
        say(f"[{number}/{len(chosen)}] {pair.name} ... ", end="", flush=True)
        say(pair.write(force=force))
    for path in [] if only else orphans(root):
        kept = load(path)
        if kept is None or edited(kept):
            say(f"{path.relative_to(root)} has no template and was not woven: left alone")
        else:
            path.unlink()
            say(f"{path.relative_to(root)} has no template any more: removed")


def main(argv=None, root=ROOT):
    summary = __doc__.split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m course.weave", description=summary)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if any is stale")
    parser.add_argument("--only", metavar="NAME", help="templates whose names start with NAME")
    parser.add_argument("--force", action="store_true", help="execute all, overwrite edited ones")
    args = parser.parse_args(argv)
    try:
        if not args.check:
            write(root, args.only, force=args.force)
        elif wrong := check(root, args.only):
            names = ", ".join(path.relative_to(root).as_posix() for path in wrong)
            sys.exit(f"stale or orphaned, run `python -m course.weave`: {names}")
    except WeaveError as error:
        sys.exit(f"weave: {error}")


if __name__ == "__main__":
    main()
