"""What an answer needs is found also where no statement says so openly."""

import contextlib

import numpy as np
import pytest

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
