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
OPTIONAL |= {"threadpoolctl"}


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


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_scratch_tells_no_types(path):
    """What a learner reads and retypes is bare: shapes stand in the docstring."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            assert node.returns is None and not any(a.annotation for a in arguments), node.name


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


# The rooms of the course from the ground up, as CONTRIBUTING.md maps them: a room imports from its
# own floor and from those below. A longer name is an exception from a shorter one.
FLOORS = [
    ["scratch"],
    ["course"],  # the modules directly in it
    ["course.figures"],
    [f"course.notebooks.{name}" for name in ("progress", "ticker", "watch")],
    ["course.checks", "course.topics", "course.misconceptions"],
    ["course.notebooks"],
    ["course.grade", "course.site"],
    ["course.pack", "course.lab", "course.contract"],
]
DOOR = "course/__init__.py"  # what a learner's `import course` offers


def floor_of(module):
    """The number of the floor on which a module stands."""
    found = [
        (len(room), k) for k, rooms in enumerate(FLOORS) for room in rooms if in_room(module, room)
    ]
    return max(found)[1]


def in_room(module, room):
    if room == "course":  # not its packages
        return module.startswith("course") and not (ROOT / "course" / module.split(".")[1]).is_dir()
    return f"{module}.".startswith(f"{room}.")


def modules_imported(path):
    """Dotted names of what a file of the course imports from the course or ``scratch``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name for name in names if name.split(".")[0] in ("course", "scratch"))


def test_the_rooms_of_the_course_import_downward_only():
    upward = []
    for path in sorted((ROOT / "course").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        if name == DOOR or "templates" in path.parts:
            continue
        for imported in modules_imported(path):
            if imported != "course" and floor_of(imported) > floor_of(module):
                upward.append(f"{module} imports {imported}")
    assert upward == []


def test_every_room_has_a_floor_and_a_line_in_the_map():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {f"course.{path.parent.name}" for path in (ROOT / "course").glob("*/__init__.py")}
    assert rooms <= {room for floor in FLOORS for room in floor}
    mapped = {room for room in rooms if f"`{room.replace('.', '/')}/`" in text}
    assert rooms - mapped <= {"course.misconceptions"}


# ---------------------------------------------------------------- names

STOREYS = {"layers", "cnn_layers", "rnn_layers", "loops", "fast", "plain"}  # one thing, three ways
TOPIC = {"__init__", "__main__", "spec", "variants"}  # each topic's own


def sources():
    for top in ("scratch", "course"):
        for path in (ROOT / top).rglob("*.py"):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def repeated(pairs):
    """Names that stand in several places: ``{name: places}`` of pairs (name, place)."""
    found = {}
    for name, place in pairs:
        found.setdefault(name, set()).add(place)
    return {name: places for name, places in found.items() if len(places) > 1}


def test_no_two_modules_of_one_name():
    paths = (path for path, _ in sources())
    assert not repeated((path.stem, str(path)) for path in paths if path.stem not in TOPIC)


def test_no_two_classes_of_one_name():
    classes = (
        (node.name, str(path))
        for path, tree in sources()
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    )
    assert not repeated(classes)


def test_what_modules_take_from_one_another_has_a_name_of_its_own():
    """A name that is imported from two modules would mean two things."""
    defined = {
        str(path.with_suffix("")).replace("/", "."): {
            node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        }
        for path, tree in sources()
        if path.stem not in STOREYS | TOPIC
    }
    taken = (
        (alias.name, node.module)
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in defined
        for alias in node.names
        if alias.name in defined[node.module]
    )
    assert not repeated(taken)
