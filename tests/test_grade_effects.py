"""What an answer needs is found also where no statement says so openly."""

import contextlib
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from course.grade import graded_copy, tools
from course.grade.read import SubmittedCell
from course.grade.statements import statements_of
from course.grade.tools import Missing
from course.grade.transplant import settled, transplant

STUB = "def relu_forward(x):\n    raise NotImplementedError"
ANSWERS = {"relu_forward": {"cell_id": "a", "names": ["relu_forward"], "stub": STUB}}
PLAIN = "def relu_forward(x):\n    return np.maximum(x, LOW)"
CALLS = "def relu_forward(x):\n    relu_forward.calls += 1\n    return np.maximum(x, 0)\n"
KINDS = {
    "a counter that the function declares global": [
        "LOW = 0\ndef relu_forward(x):\n    global LOW\n    LOW += 0\n    return np.maximum(x, LOW)"
    ],
    "an attribute of the function": [CALLS + "relu_forward.calls = 0"],
    "an attribute, set by setattr": [CALLS + "setattr(relu_forward, 'calls', 0)"],
    "an attribute, set by a helper": [
        "def counted(f):\n    f.calls = 0",
        CALLS + "counted(relu_forward)",
    ],
    "an attribute of a function that needs the first": [
        "def relu_forward(x):\n    return low(x)\ndef low(x, again=True):\n    low.calls += 1\n"
        "    return relu_forward(x, False) if not again else np.maximum(x, 0)\nlow.calls = 0"
    ],
    "a name that a call makes": ["def setup():\n    global LOW\n    LOW = 0\nsetup()", PLAIN],
    "a name that a call sets": [
        "LOW = None\ndef setup():\n    global LOW\n    LOW = 0\ndef begin():\n    setup()\nbegin()",
        PLAIN,
    ],
    "a table filled by decorators, above and below": [
        "OPS = {}\ndef register(name):\n    def add(f):\n        OPS[name] = f\n        return f\n"
        "    return add\n@register('zero')\ndef _(x):\n    return 0 * x",
        "def relu_forward(x):\n    return OPS['max'](x, OPS['zero'](x))",
        "@register('max')\ndef _(a, b):\n    return np.maximum(a, b)",
    ],
    "a table given to a decorator": [
        "OPS = {}\ndef into(table, name):\n    def add(f):\n        table[name] = f\n"
        "        return f\n    return add\n@into(OPS, name='max')\ndef _(a, b):\n"
        "    return np.maximum(a, b)",
        "def relu_forward(x):\n    return OPS['max'](x, 0)",
    ],
    "a table filled by a call": [
        "LIST = []\ndef fill(table, n):\n    for _ in range(n):\n        table.append(0)\n"
        "fill(LIST, 3)",
        PLAIN.replace("LOW", "LIST[2]"),
    ],
    "a table filled by subclasses": [
        "class Base:\n    kinds = {}\n    def __init_subclass__(cls):\n"
        "        Base.kinds[cls.__name__] = cls\n"
        "class Low(Base):\n    value = 0",
        PLAIN.replace("LOW", "Base.kinds['Low'].value"),
    ],
    "singledispatch": [
        "from functools import singledispatch\n@singledispatch\ndef relu_forward(x):\n"
        "    return 1/0\n@relu_forward.register\ndef _(x: np.ndarray):\n    return np.maximum(x, 0)"
    ],
    "exec": ["exec('def relu_forward(x): return np.maximum(x, 0)')"],
    "exec of a text with a name": ["CODE = 'LOW = 0'\nexec(CODE)", PLAIN],
    "globals()": ["globals()['relu_forward'] = lambda x: np.maximum(x, 0)"],
    "globals().update": ["globals().update(relu_forward=lambda x: np.maximum(x, 0))"],
    "defined inside a function": [
        "def define():\n    global relu_forward\n    def relu_forward(x):\n"
        "        return np.maximum(x, 0)\ndefine()"
    ],
}


def found_in(cells):
    """The entry of ``relu_forward`` where a learner wrote these cells."""
    submitted = [SubmittedCell("code", "", "", text) for text in cells]
    return transplant(submitted, ANSWERS, set())["relu_forward"]


def run(entry):
    """What is taken, run statement by statement like in a kernel; one that fails is left out."""
    names = {"np": np, "__name__": "__main__"}
    exec(STUB, names)
    for step in entry.steps:
        with contextlib.suppress(Exception):
            exec(step.text, names)
    return names["relu_forward"]


# ---------------------------------------------------------------- magics, and files written

RELU = "def relu_forward(x):\n    return np.maximum(x, 0)\n"
HELPED = "def relu_forward(x):\n    return helped(x)\n"
HELPER = "import numpy as np\nimport torch\ndef helped(x):\n    return np.maximum(x, 0)\n"
NUMPY = HELPER.replace("import torch\n", "")
FILE = "%%writefile mine_{}.py\n"
MAGICS = {
    "a magic under a magic": ["%%time\n%%capture out --no-stderr\n" + RELU],
    "one after empty lines": ["\n\n%%prun\n\n" + RELU],
    "one that keeps no name": ["%%timeit -n 1\n" + RELU],
    "another Python": ["%%script python3\n" + RELU],
    "a cell that is skipped": ["%%script echo skipped\n" + RELU],
    "a statement that is timed": ["%time LOW = 0", PLAIN],
    "magics inside a function": [
        "%matplotlib inline\ndef relu_forward(x):\n    %time y = np.maximum(x, 0)\n    !ls\n"
        "    files = !ls\n    return y"
    ],
    "IPython asked for in a function": [
        "!ls\ndef relu_forward(x):\n    if 0:\n        get_ipython().system('ls')\n"
        "    return np.maximum(x, 0)"
    ],
    "a file, and names from it": [FILE + HELPER, "from mine_{} import helped", HELPED],
    "a file in a folder, as a module": [
        "%%writefile ./parts_{}/inner.py\n" + HELPER,
        "import parts_{}.inner as inner",
        HELPED.replace("helped", "inner.helped"),
    ],
    "a file with the answer, and all of its names": [
        "%%file /content/mine_{}.py\nimport numpy as np\n" + RELU,
        "from mine_{} import *",
    ],
    "a file with the answer that nothing imports": [FILE + RELU],
    "a file with an old answer, and the helper": [
        FILE + HELPER + "def relu_forward(x):\n    return x",
        "from mine_{} import *",
        HELPED,
    ],
    "a file that imports another one": [
        FILE + HELPER,
        "%%writefile more_{}.py\nfrom mine_{} import helped",
        "import more_{} as more",
        HELPED.replace("helped", "more.helped"),
    ],
    "a file that is added to": [
        FILE + "import numpy as np",
        "%%writefile -a mine_{}.py\n\n" + HELPER,
        "from mine_{} import helped",
        HELPED,
    ],
    "a file that is run": [FILE + NUMPY, "%run mine_{}.py", HELPED],
    "a file that is executed": [
        FILE + NUMPY,
        "exec(open('mine_{}.py').read())",
        HELPED,
    ],
    "numbers in a file": ["%%writefile low.txt\n0", "LOW = float(open('low.txt').read())", PLAIN],
    "a file that a call writes": [
        "with open('mine_{}.py', 'w') as f:\n    f.write(\"\"\"" + NUMPY + '""")',
        "from mine_{} import *",
        HELPED,
    ],
}


def run_in_kernel(entry, monkeypatch):
    """The same with the cells of the graded copy, which bring imports and write files."""
    names = {"np": np, "__name__": "__main__"}
    shell = SimpleNamespace(run_line_magic=lambda _, file: exec(Path(file).read_text(), names))
    names["get_ipython"] = lambda: shell
    monkeypatch.setitem(sys.modules, "graded", tools)
    monkeypatch.setattr(tools, "learners", lambda: names)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.syspath_prepend(".")
    for step in entry.steps:
        with contextlib.suppress(ImportError):
            exec(graded_copy.step_cell(step).source, names)
    return names["relu_forward"]


@pytest.mark.parametrize("name", MAGICS)
def test_what_magics_and_files_hold_comes_along(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    number = f"m{list(MAGICS).index(name)}"
    cells = [text.replace("{}", number) for text in MAGICS[name]]
    relu = run_in_kernel(found_in(cells), monkeypatch)
    x = np.array([[-1.0, 2.0], [0.0, -3.0]])
    np.testing.assert_array_equal(relu(x), np.maximum(x, 0))


def test_no_file_of_a_learner_s_stands_for_what_checks_build_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr(tools, "own", {})
    given = Path(tools.__file__).with_name("compare.py").stem  # a module beside the tools
    for path in (f"../{given}.py", "own_one.py", "~/deep/er.py"):
        tools.write(path, "x = 1")
    finder = sys.meta_path[0]
    assert finder.find_spec(given) is None and finder.find_spec("numpy") is None
    assert finder.find_spec("own_one").origin == str(tmp_path / "own_one.py")
    assert finder.find_spec("deep").origin is None
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"{given}.py", "deep", "own_one.py"]


def test_what_stands_under_another_language_is_no_answer():
    for magic in ("%%bash", "%%HTML", "%%latex", "%%R -i x", "%%script bash", "%%!"):
        entry = found_in([f"{magic}\n{RELU}"])
        assert entry.source is None and entry.notes == ["answer cell not found"]


def test_a_definition_that_stays_goes_before_one_that_does_not():
    entry = found_in([PLAIN.replace("LOW", "0"), "%%timeit\n" + RELU, FILE + RELU])
    assert [step.where for step in entry.steps] == ["cell 1, line 1"]
    assert entry.notes == ["found by the name relu_forward in cell 1"]
    kept_out = found_in(["%%timeit\n" + RELU]).notes
    assert "its cell magic keeps it out of the notebook; it was graded as code" in kept_out


@pytest.mark.parametrize("name", KINDS)
def test_what_is_set_up_indirectly_comes_along(name):
    x = np.array([[-1.0, 2.0], [0.0, -3.0]])
    np.testing.assert_array_equal(run(found_in(KINDS[name]))(x), np.maximum(x, 0))


@pytest.mark.parametrize(
    "lines, order",
    [
        ("f.n = y|y = x|x = 0", ["x = 0", "y = x", "f.n = y"]),
        ("b = a|c = 1|a = 1", ["c = 1", "a = 1", "b = a"]),
        ("a = b|b = a|c = b", ["a = b", "b = a", "c = b"]),  # no order helps
        ("x = x + 1|y = x", ["x = x + 1", "y = x"]),
    ],
)
def test_a_statement_waits_until_what_it_uses_is_there(lines, order):
    steps = statements_of(0, SubmittedCell("code", "", "", lines.replace("|", "\n")))
    assert [step.text for step in settled(steps)] == order


def test_experiments_with_an_answer_stay_behind():
    own = "LOW = 0\nLOG = []\ndef train(n):\n    global LOW\n    LOW = relu_forward(n)\n"
    own += "    LOG.append(LOW)\nfor n in range(10**9):\n    train(n)"
    entry = found_in([own, PLAIN + " + 0 * len(LOG)"])
    assert [step.text for step in entry.steps][:2] == ["LOW = 0", "LOG = []"]
    assert not any("train" in step.text for step in entry.steps)


def test_another_try_of_the_answer_does_not_come_along_with_its_decorator():
    own = "LOG = []\ndef logged(f):\n    LOG.append(f)\n    return f"
    bad = "@logged\ndef relu_forward(x):\n    return x * len(LOG)"
    good = (
        "# ANSWER relu_forward\n"
        "@logged\ndef relu_forward(x):\n    return np.maximum(x, len(LOG) - 1)"
    )
    for cells in ([own, bad, good], [own, good, bad]):
        assert run(found_in(cells))(np.array([-1.0, 2.0])).tolist() == [0.0, 2.0]


def test_a_cell_that_holds_something_else_is_not_called_untouched():
    assert found_in(["# ANSWER relu_forward\n" + STUB]).notes == [
        "not attempted: the cell is as it was handed out"
    ]
    (note,) = found_in(["x = 1", "# ANSWER relu_forward\nrelu = 3"]).notes
    assert note == ("cell 2 defines no relu_forward, and no other cell does: define it by name")


def test_a_decorator_that_is_missing_leaves_the_function():
    numba = Missing("numba")

    def f(x):
        return x

    assert numba.njit(f) is f
    assert numba.njit(cache=True)(f) is f
    for call in (lambda: numba.array([1.0]), lambda: numba.zeros(3), lambda: numba.device()):
        with pytest.raises(ModuleNotFoundError, match="numba.* is not installed where this is"):
            call()
