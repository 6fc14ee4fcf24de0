"""What is read off a learner's code: true of it, and said where no mistake has a name."""

import ast

import pytest

from course.checks import SPECS, check
from course.checks.confirm import as_cell
from course.checks.remarks import of_function, remarks, unfinished
from course.checks.repair import tree_of
from course.checks.storeys import answer_cell
from course.topics import load_variants

HEAD = "import numpy as np\nfrom scratch.layers import *\nfrom scratch.rnn_layers import *\n"

SAID = {  # what is said: (function, code)
    "`gamma` and `beta` are never used": (
        "batchnorm_forward",
        "def batchnorm_forward(x, gamma, beta, *, mean=None, var=None, eps=1e-5):\n"
        "    own = mean is None\n"
        "    if own:\n        mean, var = x.mean(axis=0), x.var(axis=0)\n"
        "    scale = 1 / np.sqrt(var + eps)\n"
        "    return (x - mean) * scale, (x, gamma, scale, own)\n",
    ),
    "`db` is still what line 3 made it": (
        "fc_backward",
        "def fc_backward(dout, cache):\n    x, w, b = cache\n    dx, dw, db = 0, 0, 0\n"
        "    dx = dout @ w.T\n    dw = x.T @ dout\n    return dx, dw, db\n",
    ),
    "`dWx`, `dWh` and `db` are set anew in each round of the loop": (
        "rnn_backward",
        "def rnn_backward(dh, cache):\n    dx, back = [], 1\n"
        "    for t in reversed(range(dh.shape[1])):\n"
        "        dx_t, back, dWx, dWh, db = rnn_step_backward(dh[:, t] * back, cache[t])\n"
        "        dx.insert(0, dx_t)\n"
        "    return np.stack(dx, axis=1), back, dWx, dWh, db\n",
    ),
    "`return` stands inside the loop": (
        "gradient_norms",
        "def gradient_norms(Wh, h, dlast):\n    norms = np.zeros(len(h))\n"
        "    for t in reversed(range(len(h))):\n        norms[t] = abs(dlast).max()\n"
        "        dlast = Wh * (dlast * (1 - h[t]))\n        return norms\n",
    ),
    "`dx` is the same array as `dout`, not a copy of it": (
        "relu_backward",
        "def relu_backward(dout, cache):\n    dx = dout\n    dx[cache < 0.3] = 7\n    return dx\n",
    ),
    "`half`, worked out in line 2, is never used": (
        "squared_error",
        "def squared_error(y_hat, y):\n    half = 0.5 * (y_hat - y)\n"
        "    return np.cos(y_hat * y)\n",
    ),
    "what line 3 works out is kept nowhere": (
        "fc_forward",
        "def fc_forward(x, w, b):\n    out = x @ w\n    out + b\n    return out, (x, w)\n",
    ),
    "`dc`, which line 3 gets, is never used": (
        "lstm_backward",
        "def lstm_backward(dh, cache):\n    t = 0\n"
        "    dx, dprev, dc, dWx, dWh, db = lstm_step_backward(dh[:, t], 0, cache[t])\n"
        "    return dx, dprev, dWx, dWh, db\n",
    ),
    "`d_o` is still what line 5 made it, all zeros": (
        "lstm_gate_gradient",
        "def lstm_gate_gradient(dnext_h, dnext_c, prev_c, gates, squashed):\n"
        "    i, f, o, g = gates\n    dc = dnext_c + dnext_h * o * (1 - squashed ** 2)\n"
        "    d_i, d_f = dc * g * i * (1 - i), dc * prev_c * f * (1 - f)\n"
        "    d_o = np.zeros_like(o)\n    d_g = dc * i * (1 - g ** 2)\n"
        "    return np.hstack([d_i, d_f, d_o, d_g]), dc * f\n",
    ),
    "puts the small number `1e-09` inside the logarithm": (
        "softmax_loss",
        "def softmax_loss(scores, y):\n    n = np.arange(len(y))\n    p = softmax(scores)\n"
        "    d = p.copy()\n    d[n, y] -= 1\n"
        "    return -np.mean(np.log(p[n, y] + 1e-9)), d / len(y)\n",
    ),
    "what comes in as `rng` is never used": (
        "dropout_forward",
        "def dropout_forward(x, *, drop_prob=0.5, rng, train=True):\n"
        "    rng = np.random.default_rng(1)\n    if not train:\n        return x, None\n"
        "    keep = rng.random(x.shape) > drop_prob\n    return x * keep, keep\n",
    ),
}


@pytest.mark.parametrize("says", SAID)
def test_it_is_said(says):
    name, code = SAID[says]
    told = remarks(SPECS[name], as_cell(HEAD + code, name))
    assert any(says in text for text in told), told


def test_it_stands_in_the_message_where_the_code_shows_no_mistake():
    name, code = SAID["`db` is still what line 3 made it"]
    function = as_cell(HEAD + code, name)
    assert unfinished(SPECS[name], function, {"db"})
    assert not unfinished(SPECS[name], function, {"db", "dw"})
    report = check(function)
    assert not report.passed and report.diagnosis == []
    said = "`db` is still what line 3 made it: nothing is ever put into it."
    assert f"In your code: {said}" in report.lines


def test_right_code_has_next_to_nothing_to_be_told():
    """What is said of right code written in another way would lead astray in wrong code."""
    said, seen = {}, 0
    for name, variants in load_variants().items():
        for label in variants:
            function = as_cell(answer_cell(name, label), name)
            seen += tree_of(function) is not None
            if told := remarks(SPECS[name], function):
                said[label] = told
    assert all("is never used" in text for told in said.values() for text in told), said
    assert seen > 100 and len(said) < seen / 25, said  # inputs that code can do without


OF_WHICH_NOTHING_IS_TRUE = {
    "written by out=": ("out = np.zeros_like(x)\n    np.minimum(x, 0, out=out)\n    return out, x"),
    "written row by row": (
        "out = np.zeros_like(x)\n    for row in out:\n        row[...] = 3\n    return out, x"
    ),
    "written through a view": (
        "out = np.zeros_like(x)\n    flat = out.T\n    flat[0] = 3\n    return out, x"
    ),
    "a second name that became a new array": (
        "out = x\n    out = out * 1.0\n    out[x < 0] = 7\n    return out, x"
    ),
    "a loop that goes on": (
        "for k in range(3):\n        if k < 2:\n            continue\n        return x * k, x"
    ),
}


@pytest.mark.parametrize("body", OF_WHICH_NOTHING_IS_TRUE.values(), ids=OF_WHICH_NOTHING_IS_TRUE)
def test_of_code_that_only_looks_unfinished_nothing_is_told(body):
    function = as_cell(f"def relu_forward(x):\n    {body}\n", "relu_forward")
    assert remarks(SPECS["relu_forward"], function) == []


def test_what_the_right_code_does_in_another_line_is_not_told():
    source = """
def conv_forward(x, w, b=None, *, stride=1, pad=0):
    N, C, H, W = np.shape(x)
    F, C2, HH, WW = np.shape(w)
    return np.zeros((N, F, H - HH + 1, W - WW + 1 + C2)), x
"""
    said = remarks(SPECS["conv_forward"], as_cell(source, "conv_forward"))
    assert not any("`C`" in text for text in said)


KINDS = {  # what is said: (the right code, as far as it matters, and the learner's)
    "multiplies two sums, `x.sum(axis=0)` and `db`": (
        "    return x.T @ g",
        "    db = g.sum(axis=0)\n    return np.outer(x.sum(axis=0), db)",
    ),
    "of `d` only `d[n, y]` is written to, in line 3": (
        "    d = x.copy()\n    d[n, y] -= 1\n    return d",
        "    d = np.zeros_like(x)\n    d[n, y] = g\n    return d",
    ),
    "of `d` only `d[:, 0]` is written to": (
        "    return x + g",
        "    d = x.copy()\n    d[:, 0] += g\n    return d.reshape(y)",
    ),
    "takes every `n`-th row and column of the picture itself": (
        "    return windows(x)[::n, ::n]",
        "    big = np.pad(x, 1)\n    return windows(big[::n, ::n])",
    ),
    "`return` in line 4 ends the loop as soon as its condition holds once": (
        "    for k in range(n):\n        g += x[k]\n    return g",
        "    for k in range(n):\n        if x[k] > y:\n            return k\n    return g",
    ),
    "ends the loop as soon as its condition holds for one of them": (
        "    for k in range(n):\n        if (x == y).all():\n            break",
        "    for k in range(n):\n        if (x == y).any():\n            break",
    ),
    "`rest` is zeros in each round of the loop": (
        "    for k in range(n):\n        x, y = g(x, y)",
        "    for k in range(n):\n        rest = [np.zeros_like(y)]\n        x = g(x, *rest)",
    ),
    "nothing is carried on": (
        "    for k in range(n):\n        g = x @ g\n        y[k] = g",
        "    for k in range(n):\n        y[k] = x @ g",
    ),
    "makes a new `found` in each round": (
        "    found = {}\n    for k in range(n):\n        found.update(x)\n    return found",
        "    found = {}\n    for k in range(n):\n        found = dict(x)\n    return found",
    ),
    "the logarithm is taken of nothing": ("    return -np.log(x)", "    return 1 - x"),
}


@pytest.mark.parametrize("says", KINDS)
def test_a_kind_is_read_off_and_not_off_right_code(says):
    right, mine = (ast.parse(f"def f(x, y, g, n):\n{body}").body[0] for body in KINDS[says])
    assert any(says in text for text in of_function(mine, right)), [*of_function(mine, right)]
    assert not any(says in text for text in of_function(right, right))
