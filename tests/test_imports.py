"""What may import what: `scratch/` stands on NumPy and the standard library alone."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from course.site.wheel import LIBRARIES

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "scratch").rglob("*.py"))

# Packages that a function may import when it is called, because only that function needs them.
OPTIONAL = {"pooch", "requests", "urllib3", "h5py", "PIL", "tqdm", "IPython"}


def imports(node):
    """Top-level package names that the statements under ``node`` import."""
    for child in ast.walk(node):
        if isinstance(child, ast.Import):
            yield from (alias.name.split(".")[0] for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield "scratch" if child.level else child.module.split(".")[0]


def inside_functions(tree):
    functions = (n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.Lambda)))
    return {name for function in functions for name in imports(function)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_scratch_imports_numpy_and_the_standard_library_only(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    allowed = set(sys.stdlib_module_names) | {"numpy", "scratch"}
    assert set(imports(tree)) - allowed <= OPTIONAL & inside_functions(tree)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_scratch_never_plots_and_never_imports_the_course(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not {"course", "matplotlib", "ipywidgets"} & set(imports(tree))


def test_scratch_loads_where_only_numpy_is_installed():
    """Import every module in a process in which every other package is out of reach."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in MODULES]
    code = f"""
import sys, importlib
allowed = set(sys.stdlib_module_names) | {{"numpy", "scratch"}}
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in allowed:
            raise ModuleNotFoundError("only NumPy is there, not " + name)
import numpy
sys.meta_path.insert(0, Wall())
for name in {names!r}:
    importlib.import_module(name.removesuffix(".__init__"))
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_checks_load_where_only_numpy_is_installed():
    """As in a browser: with what the wheel brings, and nothing else that the book needs."""
    code = f"""
import sys
allowed = set(sys.stdlib_module_names) | {{"numpy", "scratch", "course", *{LIBRARIES}}}
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in allowed:
            raise ModuleNotFoundError("only NumPy is there, not " + name)
import numpy
sys.meta_path.insert(0, Wall())
from course.checks import check
from scratch.layers import softmax
assert check(softmax)
report = check(lambda scores: scores, "softmax")
assert not report and "<strong>" in report._repr_html_()
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
