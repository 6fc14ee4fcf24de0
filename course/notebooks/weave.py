"""Weave each exercise template with ``scratch/`` into an exercise and a solution notebook.

A template (``book/exercises/NN_name.md``, MyST) holds prose, set-up cells and check cells. A code
cell that reads ``# weave: cnn_layers.conv_forward`` stands for that definition in ``scratch/``:

    solutions/NN_name.ipynb   holds its source, verbatim; the notebook is executed, outputs stored
    exercises/NN_name.ipynb   holds signature and docstring, the body ``raise NotImplementedError``

``# weave: cnn.ConvNet.loss,predict`` shows the whole class with only these methods left to write.
With a trailing word ``given`` the source stands in both; such a cell may hold several anchors. A
cell with the tag ``check`` (and ``:points: 2``) is graded. Both folders are generated: edit the
template or ``scratch/``, never them.

    python -m course.notebooks.weave              write what is stale, execute what must be
    python -m course.notebooks.weave --only 15    the templates whose names start so
    python -m course.notebooks.weave --force      execute all, overwrite notebooks edited by hand
    python -m course.notebooks.weave --check      fail if anything on disk is stale or orphaned
    python -m course.notebooks.weave --only project_photographs --root FOLDER
                                                  execute a project with the files in FOLDER
"""

import argparse
import io
import os
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import numpy as np

from course.env import ROOT
from course.files import write_whole
from course.notebooks.anchors import WeaveError
from course.notebooks.cells import cells_digest, woven
from course.notebooks.outputs import execute
from course.notebooks.projects import FROM_HERE, is_project
from course.source import inputs_digest

UNSEEN = "not-recorded"  # a cell with this tag keeps no output in a project's solution


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
            self.exercise = woven(self.template, solved=False, root=self.root)
            self.solution = self.solved()
            digest = self.digest()
        except (WeaveError, SyntaxError) as error:
            raise WeaveError(f"{self.template.relative_to(self.root)}: {error}") from None
        self.solution.metadata["weave"]["inputs"] = digest

    def solved(self):
        """The solution, not executed."""
        return woven(self.template, solved=True, root=self.root)

    def digest(self):
        """A few letters that change when the outputs of the solution may."""
        return inputs_digest(self.solution, self.root)

    def execute(self):
        execute(self.solution, self.solution_path.parent)

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
        write_whole(self.exercise_path, text_of(self.exercise))
        started, done = time.monotonic(), "outputs kept"
        if force or not self.keep_outputs():
            try:
                self.execute()
            except WeaveError as error:
                raise WeaveError(f"{self.name}: {error}") from None
            done = f"executed in {time.monotonic() - started:.0f} s"
        write_whole(self.solution_path, text_of(self.solution))
        return done


@dataclass
class Project(Pair):
    """A pair whose solution was executed with real files, which most machines do not have.

    So its outputs are kept as long as the code of its cells is the same, whatever code they call:
    tests try that out, on a few rows. Below the title stands what the files were.
    """

    files: str | None = None  # the folder that has them; None downloads them
    copy: str = "the original files"

    def solved(self):
        kept = load(self.solution_path)
        return self.noted(kept.metadata.get("weave", {}).get("recorded", "") if kept else "")

    def noted(self, note):
        notebook = woven(self.template, solved=True, root=self.root, note=note)
        notebook.metadata["weave"]["recorded"] = note
        return notebook

    def digest(self):
        return inputs_digest(self.solution, self.root, lambda path: False)

    def execute(self):
        before = os.times()
        with from_folder(self.solution, self.files):
            super().execute()
        after, ran, inputs = os.times(), self.solution, self.inputs
        busy = sum(after[2:4]) - sum(before[2:4])  # the kernel's, user and system
        self.solution = self.noted(recorded(self.copy, busy))
        self.solution.metadata["weave"]["inputs"] = inputs
        for cell, done in zip(self.solution.cells, ran.cells):
            if cell.cell_type == "code":
                cell.outputs = [] if UNSEEN in cell.metadata.get("tags", []) else done.outputs


@contextmanager
def from_folder(notebook, files):
    """Within, the cell of a project that loads its files takes them from this folder, if any."""
    cells = [c for c in notebook.cells if c.cell_type == "code" and FROM_HERE in c.source]
    if len(cells) != 1:
        raise WeaveError(f"`{FROM_HERE}` stands in {len(cells)} cells of a project, expected one")
    cell, source = cells[0], cells[0].source
    if files is not None:
        cell.source = source.replace(FROM_HERE, f"ROOT = {str(Path(files).resolve())!r}")
    yield
    cell.source = source


def recorded(copy, seconds):
    """The line below the title of a project's solution."""
    took = f", in {seconds / 60:.0f} minutes of one core" if seconds > 30 else ""
    return f"*Recorded once, with real files ({copy}), NumPy {np.__version__}{took}.*"


def read_text(path):
    return path.read_text(encoding="utf-8") if path.exists() else None


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


def pairs(root, only=None, real=None):
    """One ``Pair`` a template, or those whose names start with ``only``; ``real``: see Project."""
    templates = sorted((root / "book" / "exercises").glob("*.md"))
    chosen = [path for path in templates if path.stem.startswith(only or "")]
    if not chosen:
        names = ", ".join(path.stem for path in templates) or "none"
        raise WeaveError(f"no template starts with {only!r}; there are: {names}")
    return [
        Project(path, root, **(real or {})) if is_project(path.stem) else Pair(path, root)
        for path in chosen
    ]


def stale_paths(root=ROOT, only=None):
    """Paths that are stale or orphaned."""
    wrong = [path for pair in pairs(root, only) for path in pair.stale()]
    return wrong if only else wrong + list(orphans(root))


def write_stale(root=ROOT, only=None, *, force=False, say=print, real=None):
    """Write what is stale; remove orphans that were woven, leave the rest alone."""
    chosen = pairs(root, only, real)
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
    parser = argparse.ArgumentParser(prog="python -m course.notebooks.weave", description=summary)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if any is stale")
    parser.add_argument("--only", metavar="NAME", help="templates whose names start with NAME")
    parser.add_argument("--force", action="store_true", help="execute all, overwrite edited ones")
    parser.add_argument("--root", metavar="FOLDER", help="where the files of a project are")
    parser.add_argument("--copy", metavar="WORDS", help="what they are, if not the original ones")
    args = parser.parse_args(argv)
    real = {"files": args.root} | ({"copy": args.copy} if args.copy else {})
    try:
        if not args.check:
            write_stale(root, args.only, force=args.force, real=real)
        elif wrong := stale_paths(root, args.only):
            names = ", ".join(path.relative_to(root).as_posix() for path in wrong)
            sys.exit(f"stale or orphaned, run `python -m course.notebooks.weave`: {names}")
    except WeaveError as error:
        sys.exit(f"weave: {error}")


if __name__ == "__main__":
    main()
