"""Slips that take several places of the code, and the words in which an edit is told."""

import ast
from dataclasses import replace

import pytest

from course.checks import SPECS, check
from course.checks.confirm import as_cell, says_unused
from course.checks.diagnose import Bench
from course.checks.expressions import parsed
from course.checks.findings import Finding, settled
from course.checks.mistakes import known
from course.checks.observe import observe
from course.checks.traced import facts_of
from course.checks.wording import comparisons

pytestmark = pytest.mark.usefixtures("patient")

HEAD = "import numpy as np\nfrom scratch.layers import *\nfrom scratch.rnn_layers import *\n"
CONV = (
    "def correlate_strided(x, w, *, stride=1, pad=0):\n"
    "    hh, ww = w.shape\n"
    "    big = np.pad(x, pad)\n"
    "    rows, cols = (big.shape[0] - hh) // stride + 1, (big.shape[1] - ww) // stride + 1\n"
    "    out = np.zeros((rows, cols))\n"
    "    for i in range(rows):\n"
    "        for j in range(cols):\n"
    "            out[i, j] = ({} * w).sum()\n"
    "    return out\n"
)
LOOP = (
    "def rnn_forward(x, h0, Wx, Wh, b):\n    h, caches, prev = [], [], h0\n"
    "    for t in {}:\n        prev, c = rnn_step_forward({}, prev, Wx, Wh, b)\n"
    "        h.append(prev)\n        caches.append(c)\n    return np.stack(h, axis=1), caches\n"
)
LOSSES = (
    "def cross_entropy(scores, y):\n    n = np.arange(len(y))\n"
    "    s = scores - scores.max(axis=1, keepdims=True)\n"
    "    lse = np.log(np.exp(s).sum(axis=1))\n    losses = lse - {}\n"
    "    p = np.exp(s - lse[:, None])\n    p[n, y] -= 1\n    return losses, p\n"
)
MASKED = (
    "def temporal_softmax_loss(scores, y, mask):\n    N, T, V = scores.shape\n"
    "    m = {}.reshape(N * T)\n"
    "    losses, d = cross_entropy(scores.reshape(N * T, V), y.reshape(N * T))\n"
    "    return ({} * losses).sum() / N, ((m / N)[:, None] * d).reshape(N, T, V)\n"
)
TOLD = {  # the slip: (function, code, what is said)
    "one window without the stride": (
        "correlate_strided",
        CONV.format("big[i * stride : i * stride + hh, j : j + ww]"),
        "the window `j:j + ww` starts at `j` itself: `stride` does not come into it",
    ),
    "steps of another size": (
        "correlate_strided",
        CONV.format("big[i * hh : i * hh + hh, j * stride : j * stride + ww]"),
        "`i * hh` goes in steps of `hh`",
    ),
    "a window along the other axis": (
        "correlate_strided",
        CONV.format("big[i * stride : i * stride + hh, i * stride : i * stride + ww]"),
        "is taken at `i`, which counts along another axis",
    ),
    "a loop over the batch": (
        "rnn_forward",
        LOOP.format("range(len(x))", "x[t]"),
        "the loop goes along axis 0 (sequence, N) of `x`",
    ),
    "a loop over the rows of a batch": (
        "rnn_forward",
        LOOP.format("x", "t"),
        "the loop goes along axis 0 (sequence, N) of `x`",
    ),
    "one column for each row": ("cross_entropy", LOSSES.format("s[:, y]"), "takes whole columns"),
    "one row for all": (
        "cross_entropy",
        LOSSES.format("s[0, y]"),
        "only the first along axis 0 (row, N) of `s` is read, each time",
    ),
    "a mask that is the wrong way round": (
        "temporal_softmax_loss",
        MASKED.format("mask", "(1 - m)"),
        "`1 - m` is the wrong way round",
    ),
    "an input that is never used": (
        "temporal_softmax_loss",
        MASKED.format("(y != 0)", "m"),
        "and `mask`, which is handed in, is never used",
    ),
    "what came in": (
        "momentum",
        "def momentum(w, dw, state=None, *, learning_rate=1e-2, mu=0.9):\n"
        "    if state is None:\n        state = np.zeros_like(w)\n"
        "    v = mu * state - learning_rate * dw\n    return w + v, state\n",
        "`state` is what came in, and not what the lines before made of it",
    ),
    "a term inside a sum": (
        "fc_forward",
        "def fc_forward(x, w, b):\n    out = np.zeros((*x.shape[:-1], len(b)), x.dtype)\n"
        "    for j in range(len(b)):\n        out[..., j] = np.sum(x * w[:, j] + b[j], axis=-1)\n"
        "    return out, (x, w)\n",
        "`b[j]` stands inside `sum`: it comes in once for each element",
    ),
    "two sums multiplied": (
        "correlate_strided",
        CONV.format("np.sum(big[i * stride : i * stride + hh, j * stride : j * stride + ww])"
                    " * np.sum(w)").replace("(np.sum", "np.sum").replace(" * w).sum()", ""),
        "multiplies two sums",
    ),
    "of a sum as a whole": (
        "relative_error",
        "def relative_error(a, b):\n    s = np.abs(a + b)\n    floor = 1e-3 * s.max(initial=0)\n"
        "    return np.abs(a - b) / np.maximum(s, max(floor, 1e-9))\n",
        "`abs` is taken of `a + b` as a whole, and not of each part",
    ),
    "a round too few": (
        "fc_forward",
        "def fc_forward(x, w, b):\n    out = np.zeros((*x.shape[:-1], len(b)), x.dtype)\n"
        "    for j in range(len(b) - 1):\n        out[..., j] = x @ w[:, j] + b[j]\n"
        "    return out, (x, w)\n",
        "`range(len(b) - 1)` leaves the last round out",
    ),
    "the wrong axis": (
        "conv_db",
        "def conv_db(dout):\n    return dout.sum(axis=(0, 1, 2))\n",
        "runs over axis 0 (image, N), axis 1 (filter, F) and axis 2 (row, H'), and what is left "
        "is axis 3 (column, W')",
    ),
    "no array is made of a sum": (
        "softmax",
        "def softmax(scores):\n    e = np.exp(scores - scores.max(axis=-1, keepdims=True))\n"
        "    return e / e.sum(axis=-1)\n",
        "`sum` drops the axis that it runs over",
    ),
    "brackets around a product": (
        "numeric_gradient",
        "def numeric_gradient(f, x, dout=1.0, *, eps=1e-6):\n    x = np.array(x, float)\n"
        "    g = np.zeros_like(x)\n    for k in np.ndindex(x.shape):\n"
        "        step = np.zeros_like(x)\n        step[k] = eps\n"
        "        g[k] = np.sum(dout * (f(x + step) - f(x - step))) / 2 * eps\n    return g\n",
        "Without brackets Python goes from left to right",
    ),
    "a rank that piles up": (
        "rnn_backward",
        "def rnn_backward(dh, cache):\n    N, T, H = dh.shape\n    dx = [None] * T\n"
        "    back, dWx, dWh, db = np.zeros((N, H), dh.dtype), 0, 0, 0\n"
        "    for t in reversed(range(T)):\n"
        "        dx[t], d, a, c, e = rnn_step_backward(dh[:, t] + back, cache[t])\n"
        "        back = back + d\n        dWx, dWh, db = dWx + a, dWh + c, db + e\n"
        "    return np.stack(dx, axis=1), back, dWx, dWh, db\n",
        "piles up from round to round",
    ),
}  # fmt: skip


@pytest.mark.parametrize("slip", TOLD)
def test_it_is_told_what_the_code_does_there(slip):
    name, code, says = TOLD[slip]
    report = check(as_cell(HEAD + code, name), name)
    said = " ".join(text for _, text in report.diagnosis)
    assert not report.passed and says in said, str(report)
    assert "come out right" in said or "comes out right" in said


def test_of_several_places_the_one_that_matters_is_told():
    """An edit at two places is no reason to blame both, where one of them is enough."""
    code = CONV.format("big[i * stride : i * stride + hh, j * stride : j * stride + ww]")
    spare = "    spare = x.shape[0] + pad - hh\n    rows, cols = (x.shape[0] + pad - hh)"
    code = code.replace("    rows, cols = (big.shape[0] - hh)", spare)
    said = " ".join(str(check(as_cell(HEAD + code, "correlate_strided"))).split())
    assert "In line 5" in said and "comes in once" in said and "more place" not in said


# ---------------------------------------------------------------- what is not true is not said


def test_a_mistake_that_leaves_out_what_the_code_uses_is_not_offered():
    """ "The mask was not used at all" is untrue of code that uses it, whatever the numbers say."""
    mistake = next(m for m in known().values() if m.id == "temporal-softmax-loss-mask-missing")
    spec = SPECS[mistake.function]
    used = as_cell(HEAD + MASKED.format("mask", "m"), mistake.function)
    unused = as_cell(HEAD + MASKED.format("np.ones((N, T))", "m"), mistake.function)
    offered = [[s.id for s in (*b.known, *b.contradicted)]
               for b in (Bench(spec, f, [], 0) for f in (used, unused))]  # fmt: skip
    assert mistake.id not in offered[0] and mistake.id in offered[1]


def test_the_length_of_an_input_is_not_its_numbers():
    right, wrong = "def f(x, m):\n    return x * m\n", "def f(x, m):\n    return x\n"
    assert says_unused("def f(x, m):\n    return (x * m).sum()\n", right, wrong)
    for harmless in ("len(m)", "m.shape[0]", "np.ones_like(m)", "(m is None)"):
        assert not says_unused(f"def f(x, m):\n    return x * {harmless}\n", right, wrong)


def of(spread):
    return Finding("values", "dx", "all 2 are wrong", spread)


def test_what_a_spread_suggests_has_to_hold_in_other_cases():
    """Two sizes agree by chance in one case: others may go against it."""
    by_size = of("Every element is 0.5 times the expected one (1/2, and 2 is N here).")
    same = of("Every element is 0.25 times the expected one (1/4, and 4 is N here).")
    other = of("Every element is 0.5 times the expected one (1/2, and 2 is T here).")
    assert settled(by_size, [same]).spread == by_size.spread == settled(by_size, []).spread
    assert settled(by_size, [other]).spread == "Every element is 0.5 times the expected one."
    assert settled(by_size, [of("")]).spread == ""
    moved = of("The right numbers in the wrong places.")
    assert settled(moved, [of("")]).spread == "" and settled(moved, [moved]) == moved
    fact = of("Wrong only at index 1 of axis 0.")
    assert settled(fact, [of("")]) == fact


def test_all_nan_is_not_taken_for_another_mistake_that_gives_all_nan():
    code = (
        "def rmsprop(w, dw, state=None, *, learning_rate=1e-2, decay=0.99, epsilon=1e-8):\n"
        "    s = np.zeros_like(w) if state is None else state\n"
        "    s = s - (1 - decay) * (dw * dw - s)\n"
        "    return w - learning_rate * dw / (np.sqrt(s) + epsilon), s\n"
    )
    report = check(as_cell(HEAD + code, "rmsprop"))
    assert not report.passed and "rmsprop-square-missing" not in str(report)
    assert "the sign before" in str(report)


WINDOW = CONV.replace("hh, ww", "hh, width").replace("- ww", "- width")
FOLDED = (
    "def spatial_batchnorm_forward(x, gamma, beta, *, mean=None, var=None, eps=1e-5):\n"
    "    N, C, H, W = x.shape\n    rows = x.{}.reshape(-1, C)\n"
    "    out, cache = batchnorm_forward(rows, gamma, beta, mean=mean, var=var, eps=eps)\n"
    "    return out.reshape(N, W, H, C).{}, cache\n"
)
TRUE = {  # where a sentence near at hand is untrue: (function, code, what is said, and what is not)
    "another argument than the axis": (
        "conv_db",
        "def conv_db(dout):\n    return dout.sum(axis=(0, 2, 3), keepdims=True)\n",
        "the argument `keepdims=True` is wrong",
        "wrong axis",
    ),
    "the end of a slice that has a long name": (
        "correlate_strided",
        WINDOW.format("big[i * stride : i * stride + hh, k : width]").replace(
            "            out", "            k = j * stride\n            out"
        ),
        "`k:width` ends too early",
        "too late",
    ),
    "what a loop goes through is no place": (
        "rnn_backward",
        "def rnn_backward(dh, cache):\n    N, T, H = dh.shape\n"
        "    dx, back, dWx, dWh, db = [], 0, 0, 0, 0\n"
        "    for t, c in reversed(list(enumerate(cache))):\n"
        "        d, back, a, e, f = rnn_step_backward(dh[:, t] + back, t)\n"
        "        dx.insert(0, d)\n        dWx, dWh, db = dWx + a, dWh + e, db + f\n"
        "    return np.stack(dx, axis=1), back, dWx, dWh, db\n",
        "`t` is not what belongs there",
        "counts along another axis",
    ),
    "a comparison that is the opposite": (
        "relu_backward",
        "def relu_backward(dout, cache):\n    dx = np.array(dout)\n    dx[cache > 0] = 0\n"
        "    return dx\n",
        "`cache > 0` is the wrong way round: it is true exactly where it should not be",
        "lacks a term",
    ),
    "the axes of what was set anew are not those that came in": (
        "conv_db",
        "def conv_db(dout):\n    dout = dout.transpose(1, 0, 2, 3)\n"
        "    return dout.sum(axis=(1, 2))\n",
        "`sum` runs over axis 1 and axis 2: that is the wrong axis",
        "filter",
    ),
    "what was set anew is not what came in": (
        "fc_forward",
        "def fc_forward(x, w, b):\n    x = x.reshape(*x.shape[:-1], -1)\n    total = x @ w\n"
        "    y = total + b\n    return x, (x, w)\n",
        "`x` is not what belongs there",
        "came in",
    ),
    "sizes that are unpacked by the letters of their axes": (
        "spatial_batchnorm_forward",
        FOLDED.format("transpose(0, 2, 3, 1)", "transpose(0, 3, 1, 2)"),
        "In line 5 of spatial_batchnorm_forward, `return out.reshape(N, W, H, C)",
        "`N, C, H, W = x.shape`",
    ),
    "axes are ordered in two lines, and either may be the wrong one": (
        "spatial_batchnorm_forward",
        FOLDED.format("transpose(0, 2, 3, 1)", "transpose(0, 3, 2, 1)"),
        "does not go with the rest (axes are put in order in line 5, too)",
        "exchanged",
    ),
    "rows that are made in an order of their own": (
        "spatial_batchnorm_forward",
        FOLDED.format("swapaxes(1, 3)", "transpose(0, 3, 1, 2)").replace("W, H, C", "H, W, C"),
        "does not go with the rest (axes are put in order in line 5, too)",
        "mixes",
    ),
    "an option is no length, though it is as large as one": (
        "conv_forward",
        "def conv_forward(x, w, b=None, *, stride=1, pad=0):\n    b = 0 if b is None else b\n"
        "    N, C, H, W = x.shape\n    F, C, HH, WW = w.shape\n"
        "    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))\n"
        "    rows = (H + 2 * pad - HH) // pad + 1\n"
        "    cols = (W + 2 * pad - WW) // stride + 1\n"
        "    out = np.zeros((N, F, rows, cols), x.dtype)\n"
        "    for i in range(rows):\n        for j in range(cols):\n"
        "            part = x[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]\n"
        "            out[:, :, i, j] = np.tensordot(part, w, ((1, 2, 3), (1, 2, 3))) + b\n"
        "    return out, (x, w)\n",
        "the size `pad` is not the one that belongs there",
        "the length",
    ),
    "nothing piles up where there is no loop": (
        "relu_forward",
        "def relu_forward(x):\n    out = x * 1\n    out = out + np.maximum(x, 0)\n"
        "    return out, x\n",
        "`out` is added to what it was before: the old one is one too many",
        "round",
    ),
    "brackets that are there": (
        "relative_error",
        "def relative_error(a, b):\n    s = np.abs(a) + np.abs(b)\n"
        "    floor = 1e-3 * s.max(initial=0)\n"
        "    return (np.abs(a - b) / 2) * np.maximum(s, max(floor, 1e-9)) * 2\n",
        "and that is the wrong operator",
        "Without brackets",
    ),
}


@pytest.mark.parametrize("slip", TRUE)
def test_what_is_said_of_an_edit_is_true_of_it(slip):
    name, code, says, untrue = TRUE[slip]
    said = " ".join(text for _, text in check(as_cell(HEAD + code, name), name).diagnosis)
    assert says in said and untrue not in said, said


@pytest.mark.parametrize(("other", "exactly"), [("<=", True), ("<", False), (">=", False)])
def test_only_the_opposite_of_a_comparison_is_wrong_everywhere(other, exactly):
    says = comparisons(parsed("a > b"), parsed(f"a {other} b"), None, None)
    assert ("exactly where" in says) == exactly and says.startswith("`a > b` is")


def test_two_functions_may_have_arrays_of_one_name():
    code = (
        "def turned(s):\n    return s.T\n"
        "def cross_entropy(scores, y):\n    s = scores * 1\n    return turned(s), s\n"
    )
    nodes = ast.parse(code).body
    spec = SPECS["cross_entropy"]
    case = next(case for case in spec.cases() if len({1, *case.args[0].shape}) == 3)
    right = observe(spec, spec.reference, case)
    for args in ("s.T", "s"):
        inner = as_cell(code.replace("turned(s), s", f"turned({args}), s"), "cross_entropy")
        facts = facts_of(spec, inner, nodes, case, None, right)
        letters = [replace(facts, function=node).letters(ast.Name("s")) for node in nodes]
        assert letters == [["K", "N"] if args == "s.T" else ["N", "K"], ["N", "K"]]
