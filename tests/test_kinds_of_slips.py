"""Each kind of slip has its edit: of the wrong lines come the right ones, and what is said.

No code of a learner is run for that; which of several edits is told is shown at the end.
"""

import ast
from dataclasses import replace

import numpy as np
import pytest

from course.checks import SPECS, check
from course.checks.confirm import as_cell
from course.checks.edits import edits
from course.checks.findings import by_factor
from course.checks.properties import at_labels, exchanged_shapes, left_at_zero, where_right
from course.checks.repair import Trial
from course.checks.spec import Case

EDITS = {  # what is said: (wrong, right); T, x and total are there
    "`*` comes before `>`": ("return a * x > 0", "return a * (x > 0)"),
    "`any` is not the function": (
        "if (x == 0).any():\n    return x",
        "if (x == 0).all():\n    return x",
    ),
    "`log10` is not the function": ("return np.log10(x)", "return np.log(x)"),
    "`1 - x[a]` is a straight line in `x[a]`": ("return 1 - x[a]", "return -np.log(x[a])"),
    "`argmax` is taken there": ("return x.argmax(axis=1)", "return x"),
    "`dot` is a product of matrices": (
        "return np.sum(np.dot(a, x))",
        "return np.sum(a * x)",
    ),
    "`len(a)` counts `a` as it stands": ("return len(a)", "return len(parts_of(a))"),
    "multiplies two sums": (
        "return x.sum(axis=(2, 3)) * np.sum(a)",
        "return np.sum(x * a, axis=(2, 3))",
    ),
    "`mean` divides by how many numbers there are": (
        "return np.mean(a[x > 0])",
        "return np.sum(a[x > 0]) / T",
    ),
    "`a` lacks an axis": ("return x * a", "return x * a[..., None]"),
    "`x[t]` takes place `t` along axis 0 of `x`": (
        "for t in range(T):\n    total += x[t]",
        "for t in range(T):\n    total += x[:, t]",
    ),
    "ends at `T`, and not where axis 2 of `a` does": (
        "for t in range(T):\n    total += a[0, 0, t]",
        "for t in range(a.shape[2]):\n    total += a[0, 0, t]",
    ),
    "here and in one more place": (
        "for i in range(T - 2):\n    for j in range(total - 2):\n        x[i, j] = 0",
        "for i in range(T - 2 + 1):\n    for j in range(total - 2 + 1):\n        x[i, j] = 0",
    ),
    "runs over the wrong axis, here and in one more place": (
        "return x.mean(axis=1), x.var(axis=1)",
        "return x.mean(axis=0), x.var(axis=0)",
    ),
    "what comes back as `b` replaces what was there": (
        "a, b = parts_of(x)",
        "what_was_there = b\na, b = parts_of(x)\nb = b + what_was_there",
    ),
    "what `b` starts with, `a[0]`, does not belong there": (
        "b = a[0]\nfor t in range(T):\n    b = b + x",
        "b = np.zeros_like(a[0])\nfor t in range(T):\n    b = b + x",
    ),
    "`s` goes on from round to round": (
        "s = 0\nfor i in range(T):\n    for j in range(T):\n        s += x[i, j]",
        "s = 0\nfor i in range(T):\n    s = 0\n    for j in range(T):\n        s += x[i, j]",
    ),
    "`a` is added in each round of the loop": (
        "for t in range(T):\n    total = total + x[t] + a",
        "for t in range(T):\n    total = total + x[t]\ntotal += a",
    ),
    "`max` is not the function": ("return np.max(x, 0)", "return np.maximum(x, 0)"),
    "`range(T, 0, -1)` begins and ends one off": (
        "for t in range(T, 0, -1):\n    total += x[t]",
        "for t in range(T - 1, 0 - 1, -1):\n    total += x[t]",
    ),
    "the letters `n` and `d` of `nd` stand for each other": (
        "return np.einsum('nd,nm->dm', a, x)",
        "return np.einsum('dn,nm->dm', a, x)",
    ),
    "is off by a constant factor": ("return a - x", "return (a - x) * 2"),
    "`a[0]` is not what belongs there": ("return a[0], T", "return x, T"),
}


@pytest.mark.parametrize("says", EDITS)
def test_a_slip_has_its_edit(says):
    wrong, right = (
        "def f(a, x, *, T=3):\n    total, b = 0, 0\n    " + body.replace("\n", "\n    ")
        for body in EDITS[says]
    )
    function, found = ast.parse(wrong).body[0], []
    for edit in edits(function, known={"parts_of": ("text",)}):
        undo = edit.apply()
        if ast.unparse(function) == ast.unparse(ast.parse(right)):
            found.append(edit.says)
        undo()
    assert any(says in text for text in found), found


def test_a_length_has_no_sign_and_what_is_thrown_away_is_not_wanted():
    """Such edits mend by accident: they are tried last."""
    code = "def f(x):\n    D = x.shape[1]\n    a, _ = g(x)\n    return x[:, :D], a\n"
    ranks = {edit.says: edit.rank for edit in edits(ast.parse(code).body[0])}
    assert ranks["`D` has the wrong sign"] == 3
    assert ranks["`a` and `_` are in the wrong order"] == 2.5


def test_nothing_is_added_up_where_zeros_are_put():
    """To add zeros is to leave the line out, and that is another sentence."""
    code = "def f(x):\n    y = x\n    for t in x:\n        y = {}\n        x = x + y\n"
    for value, told in (("np.zeros_like(x)", False), ("x[t]", True)):
        some = edits(ast.parse(code.format(value)).body[0])
        assert told is any("has to be added up" in e.says for e in some if e.line == 4)


def test_a_line_that_is_moved_is_read_where_it_then_stands():
    """Else it would be left out, and that is another sentence."""
    code = "def f(x):\n    y = x\n    y = y + 1\n    a = y * 2\n    b = a + 1\n    return b\n"
    says = [e.says for e in edits(ast.parse(code).body[0]) if e.line == 3]
    assert "this line does not belong there" in says
    assert "this line comes too early" not in says


# ---------------------------------------------------------------- what holds in every case


class Seen:
    def __init__(self, **results):
        self.results, self.trouble = results, None


class Made:
    """Just what a property reads of a ``Spec``."""

    inputs, results, reference, forward = ("scores", "y"), {"loss": "", "d": "N K"}, len, None

    def axes_of(self, name):
        return self.results.get(name, "").split()

    def defaults(self):
        return {}


class Wrong:
    result = "d"


def watched(change, labels=((1, 0), (2, 1))):
    """Two cases of ``d`` (2, 3), all right but for what ``change(d, y)`` makes of it."""
    rng = np.random.default_rng(0)
    for y in map(np.array, labels):
        right = rng.normal(size=(2, 3))
        mine = change(right.copy(), y)
        yield Case("drawn", (rng.normal(size=(2, 3)), y)), Seen(d=right), Seen(d=mine), [Wrong]


def only_at(d, y):
    kept = np.zeros_like(d)
    kept[[0, 1], y] = d[[0, 1], y]
    return kept


def wrong_at(d, y):
    d[[0, 1], y] += 1
    return d


def test_where_labels_point_is_told_apart():
    left = [*at_labels(Made(), [*watched(only_at)])]
    assert left == ["`d` is wrong only where `y` does not point"]
    assert [*at_labels(Made(), [*watched(wrong_at)])] == ["`d` is wrong only where `y` points"]
    assert not [*at_labels(Made(), [*watched(lambda d, y: d + 1)])]


def test_a_mask_that_tells_the_wrong_from_the_right():
    masks = ((True, False), (False, True))
    mine = [*watched(lambda d, m: d * ~m[:, None], masks)]
    assert [*at_labels(Made(), mine)] == ["`d` is wrong only where `y` is True"]


def test_an_input_that_does_not_come_in_marks_nothing():
    some = [(replace(one[0], args=one[0].args[:1]), *one[1:]) for one in watched(only_at)]
    assert not [*at_labels(Made(), some)]


def test_what_was_left_at_zero():
    assert "it is 0" in next(left_at_zero(Made(), [*watched(only_at)]))
    assert not [*left_at_zero(Made(), [*watched(wrong_at)])]
    assert not [*left_at_zero(Made(), [*watched(lambda d, y: 0 * d)])]  # nothing of it is right


def test_results_in_each_others_place_are_told_by_their_shapes():
    one, right = np.zeros(()), np.zeros((2, 3))
    mine = [(Case("a", ()), Seen(loss=one, d=right), Seen(loss=right, d=one), [Wrong])] * 2
    assert "the shape that `d` should have" in next(exchanged_shapes(Made(), mine))
    assert not [*exchanged_shapes(Made(), [(*mine[0][:2], mine[0][1], [Wrong])])]


def test_what_no_case_tells_apart_is_one_sentence():
    cases = [Case("a", (np.zeros((n, n)), None)) for n in (1, 2, 3)]
    some = [(case, Seen(), Seen(), [] if k == 0 else [Wrong]) for k, case in enumerate(cases)]
    told = [text for text in where_right(Square(), some) if " is 1" in text]
    assert told == ["right where H is 1 and W is 1, wrong wherever not"]


class Square(Made):
    inputs, results = ("x",), {}

    def axes_of(self, name):
        return ["H", "W"]


def test_a_logarithm_to_another_base():
    b = np.array([1.0, 2, 5])
    assert "a logarithm to the base 2" in by_factor(b / np.log(2), b, 1e-9, {})
    assert "logarithm" not in by_factor(b * 1.5, b, 1e-9, {})


# ---------------------------------------------------------------- which of several edits is told

TOLD = {  # function: (code, what is said, what is not)
    "tokenize": (
        "def tokenize(sentence):\n    found = re.findall(r'[a-z]+(?:[^ a-z,?][a-z]+)*', sentence)\n"
        "    return [word.lower() for word in found]\n",
        "capitals count as other letters. With that mended, 3 of the 4 wrong cases come out right",
        "every case",
    ),
    "conv_db": (
        "def conv_db(dout):\n    maps = dout.sum(axis=0)\n"
        "    return np.array([m.mean() for m in maps])\n",
        "In line 3 of conv_db",
        "wrong axis",
    ),
    "conv_dw": (
        "def conv_dw(dout, x, w, *, stride=1, pad=0):\n    F, C, HH, WW = w.shape\n"
        "    big, dw, N = pad_images(x, pad), np.zeros_like(w), len(x)\n"
        "    for n in range(N):\n        for i in range(HH):\n            for j in range(WW):\n"
        "                a, b = i * stride, j * stride\n"
        "                window = big[n, :, a : a + HH, b : b + WW]\n"
        "                dw += dout[n, :, i, j][:, None, None, None] * window\n    return dw\n",
        "`range(HH)` ends at `HH`, and not where axis 2 (row, H') of `dout` does, along which `i` "
        "counts, here and in one more place.",
        "range(N)",
    ),
    "output_size": (
        "def output_size(size, window, stride=1, pad=0):\n"
        "    return (size + 2 * pad - window) / stride + 1\n",
        "output_size returned 5.0, a float",
        "impossible",
    ),
    "residual_forward": (
        "def residual_forward(x, w1, b1, w2, b2, ws=None):\n"
        "    first, c1 = fc_forward(x, w1, b1)\n    inner, c2 = relu_forward(first)\n"
        "    branch, c3 = fc_forward(inner, w2, b2)\n    branch, _ = relu_forward(branch)\n"
        "    out, c4 = relu_forward(branch + (x if ws is None else x @ ws))\n"
        "    return out, (x, ws, c1, c2, c3, c4)\n",
        "this line does not belong there",
        "`_`",
    ),
    "rnn_backward": (
        "def rnn_backward(dh, cache):\n    back, dxs, sums = 0, [], [0, 0, 0]\n"
        "    for t in reversed(range(dh.shape[1])):\n"
        "        dx, back, *own = rnn_step_backward(dh[:, t] + back, cache[t])\n"
        "        dxs.insert(0, dx)\n        sums = [a + b for a, b in zip(sums, own)]\n"
        "    return np.stack(dxs, axis=1), dh[:, 0], *sums\n",
        "`dh[:, 0]` is not what belongs there",
        "rnn-backward-dh0-zero",
    ),
}  # fmt: skip
HEAD = "import re\nimport numpy as np\nfrom scratch.plain import *\nfrom scratch.shapes import *\n"
HEAD += "from scratch.cnn_layers import *\n"


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("name", TOLD)
def test_of_several_edits_the_likelier_one_is_told(name):
    code, says, not_said = TOLD[name]
    said = " ".join(str(check(as_cell(HEAD + code, name), name)).split())
    assert says in said and not_said not in said, said


def test_a_term_is_lacking_only_where_it_is_used_nowhere_else():
    """As one of two slips: where code was rewritten, any term brings the numbers nearer."""
    for code, likely in (("return dw @ x", True), ("return b @ dw @ x", False)):
        node = ast.parse(f"def f(dw, x, b):\n    {code}\n").body[0]
        trial = Trial.__new__(Trial)
        trial.all = [("f", node, edit) for edit in edits(node)]
        lacking = [k for k, (*_, edit) in enumerate(trial.all) if "lacks a term" in edit.says
                   and "b" in ast.unparse(edit.new()).rpartition("x ")[2]]  # fmt: skip
        assert lacking and {trial.is_likely(k) for k in lacking} == {likely}


def test_an_upstream_gradient_has_the_name_of_the_signature():
    names = ("rnn_backward", "rnn_step_backward", "fc_backward", "lstm_step_backward")
    assert [SPECS[name].dout for name in names] == ["dh", "dnext_h", "dout", "dnext_h"]
    case = SPECS["rnn_backward"].cases()[0]
    assert " dh = [[0], [0], [1]]" in SPECS["rnn_backward"].describe(case)


def test_after_an_exception_the_hints_are_those_of_the_result_in_its_line():
    code = "def fc_backward(dout, cache):\n    x, w = cache\n    dx = dout @ w.T\n"
    code += "    dw = x.T @ dout\n    return dx, dw, dout.sum(axis=0)\n"
    report = check(as_cell(HEAD + code, "fc_backward"))
    assert report.hints[1:] == (
        SPECS["fc_backward"].hints["dw"].shapes, SPECS["fc_backward"].hints["dw"].formula
    )  # fmt: skip
    assert "x has 2 axes (it comes with 3, too)" in " ".join(str(report).split())


def test_an_array_is_neither_true_nor_false():
    code = "def relu_forward(x):\n    return (x if x > 0 else 0 * x), x\n"
    assert "`if`, `and` and `not` want one True or False" in str(
        check(as_cell(code, "relu_forward"))
    )


def test_what_was_written_into_is_no_part_that_is_mended():
    """Where the numbers are right and the input was changed, any edit "mends" the cases."""
    code = (
        "def softmax(scores):\n    scores -= scores.max(axis=-1, keepdims=True)\n"
        "    e = np.exp(scores)\n    return e / e.sum(axis=-1, keepdims=True)\n"
    )
    report = check(as_cell(HEAD + code, "softmax"))
    assert "changed scores" in str(report) and "With that mended" not in str(report)
