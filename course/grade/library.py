"""The Python modules that a learner's kernel can import, made so that no answer is among them.

The graded kernel does not see the course. It gets a folder with

    scratch/   only what the official notebook imports, with the functions asked for taken out
    course, matplotlib, ...   stand-ins that do nothing: no check, no plot, no waiting
    graded.py  see ``tools``
"""

import ast
import sys
import sysconfig
from pathlib import Path

from course.env import ROOT
from course.grade import syntax
from course.grade.rubric import RubricError

MUTE = ("course", "matplotlib", "mpl_toolkits", "ipywidgets")
STAND_IN = '''\
"""A stand-in while grading: everything can be imported and called, and nothing happens."""
import importlib.abc
import importlib.machinery
import sys


class Nothing:
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Nothing()

    def __call__(self, *args, **kwargs):
        return Nothing()

    def __iter__(self):
        return iter((Nothing(), Nothing()))

    def __getitem__(self, key):
        return Nothing()

    def __setitem__(self, key, value):
        pass

    def __contains__(self, key):
        return False

    def __len__(self):
        return 0

    def __enter__(self):
        return Nothing()

    def __exit__(self, *error):
        return None


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.startswith(__name__ + "."):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.__getattr__ = lookup


def lookup(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Nothing()


__getattr__ = lookup
sys.meta_path.insert(0, Finder())
'''


def library(assignment):
    """``{relative path: text}`` of all that the kernel may import besides what is installed."""
    files = {f"{name}/__init__.py": STAND_IN for name in MUTE}
    files["graded.py"] = Path(__file__).with_name("tools.py").read_text(encoding="utf-8")
    files["scratch/__init__.py"] = '"""What this exercise builds on."""\n'
    asked = withheld(assignment)
    for path in sorted(scratch_modules(assignment)):
        text, module = path.read_text(encoding="utf-8"), module_name(path, assignment.root)
        place = path.relative_to(assignment.root).as_posix()
        files[place] = without(text, asked.get(module, set()), module)
    return files


def module_name(path, root):
    """``scratch/data/scenes.py`` -> "data.scenes"; a package is its ``__init__.py``: "data"."""
    parts = path.relative_to(root / "scratch").with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def open_copies():
    """Where solutions lie in folders that a kernel may read: an installed course, or this one."""
    packages = Path(sysconfig.get_paths()["purelib"])
    found = [packages / name for name in ("scratch", "course") if (packages / name).exists()]
    inside = any(Path(top).resolve() in ROOT.parents for top in (sys.prefix, sys.base_prefix))
    return [*found, *([ROOT] if inside else [])]


def withheld(assignment):
    """{module: dotted names} that the kernel must not have: the answers and their other versions.

    The same function of every storey is withheld, and what is called like it: ``conv_forward_...``.
    """
    asked = {}
    for path in (assignment.root / "scratch").rglob("*.py"):
        known = names_in(path.read_text(encoding="utf-8"))
        wanted = asked.setdefault(module_name(path, assignment.root), set())
        for answer in assignment.answers.values():
            versions = tuple(f"{blank}_" for blank in answer.blanks)
            wanted |= {name for name in known if name in answer.blanks or name.startswith(versions)}
    for name in assignment.rubric.withhold:
        module = max((m for m in asked if name.startswith(f"{m}.")), key=len, default=None)
        if module is None:
            raise RubricError(f"`withhold` names {name}, but scratch/ has no such module")
        asked[module].add(name.removeprefix(f"{module}."))
    return asked


def names_in(text):
    """Dotted names of the functions and methods of a module."""
    found = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = [child for child in node.body if isinstance(child, ast.FunctionDef)]
            found |= {f"{node.name}.{method.name}" for method in methods}
    return found


def scratch_modules(assignment):
    """The modules of ``scratch/`` that official cells need, directly or through others."""
    todo = {path for cell in assignment.cells for path in imports(cell.source, assignment.root)}
    for item in assignment.rubric.items:
        todo |= set(imports(item.run, assignment.root))
    found = set()
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            todo |= set(imports(path.read_text(encoding="utf-8"), assignment.root))
    return found


def imports(text, root):
    """The files in ``scratch/`` that a piece of code imports; its own ``__init__`` is not one.

    Importing ``scratch.data.scenes`` also runs ``scratch/data/__init__.py``.
    """
    names = set()
    for node in (n for statement in syntax.parse(text) for n in ast.walk(statement)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    parts = [name.split(".")[1:] for name in names if name.startswith("scratch.")]
    leading = {tuple(part[:end]) for part in parts for end in range(1, len(part) + 1)}
    modules = [root.joinpath("scratch", *part) for part in leading]
    paths = [path for m in modules for path in (m.with_suffix(".py"), m / "__init__.py")]
    return sorted(path for path in paths if path.exists())


def without(text, names, module):
    """A module's source with the bodies of some functions replaced by a clear refusal."""
    lines = text.splitlines()
    for node, name in sorted(functions(ast.parse(text)), key=lambda pair: -pair[0].lineno):
        if name in names:
            message = f"scratch.{module}.{name} is not there while grading: it is what you write"
            body = " " * node.body[0].col_offset + f"raise NotImplementedError({message!r})"
            lines[node.body[0].lineno - 1 : node.end_lineno] = [body]
    return "\n".join(lines) + "\n"


def functions(tree):
    """Every function and method of a module with its dotted name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node, node.name
        elif isinstance(node, ast.ClassDef):
            for child in node.body:
                if isinstance(child, ast.FunctionDef):
                    yield child, f"{node.name}.{child.name}"
