"""The learner's own code, mended by a small edit: where the mistake is, shown and not guessed."""

import ast
import re
import time

import numpy as np
import pytest

from course.checks import SPECS, check
from course.checks.confirm import as_cell
from course.checks.edits import edits
from course.checks.mistakes import known
from course.checks.properties import same_value
from course.checks.storeys import answer_cell, right_source
from course.topics import load_variants

pytestmark = pytest.mark.usefixtures("patient")

IMPORTS = "import numpy as np\nfrom scratch.layers import *\nfrom scratch.cnn_layers import *\n"


def told(name, code):
    """What a check says of a learner's cell: -> the report, its diagnosis in one text."""
    report = check(as_cell(IMPORTS + code, name), name)
    assert not report.passed
    return report, " ".join(text for _, text in report.diagnosis)


WRONG = {  # in nobody's words but the learner's own: -> (function, code, line, what is said)
    "an argument too many": (
        "correlate_strided",
        "def correlate_strided(x, w, *, stride=1, pad=0):\n"
        "    x = np.pad(x, pad, mode='edge')\n"
        "    kh, kw = w.shape\n"
        "    rows = range(0, x.shape[0] - kh + 1, stride)\n"
        "    cols = range(0, x.shape[1] - kw + 1, stride)\n"
        "    return np.array([[(x[i:i+kh, j:j+kw] * w).sum() for j in cols] for i in rows])\n",
        2,
        "mode",
    ),
    "an axis of a picture": (
        "conv_forward",
        "def conv_forward(x, w, b=None, *, stride=1, pad=0):\n"
        "    big = np.pad(x, ((0, 0), (0, 0), (pad, pad), (0, 0)))\n"
        "    win = np.lib.stride_tricks.sliding_window_view(big, w.shape[2:], (2, 3))\n"
        "    out = np.einsum('nchwij,fcij->nfhw', win[:, :, ::stride, ::stride], w)\n"
        "    return (out if b is None else out + b[:, None, None]), (x, w, b, stride, pad)\n",
        2,
        "axis 3",
    ),
    "two names exchanged": (
        "max_pool_forward",
        "def max_pool_forward(x, *, size=2, stride=None):\n"
        "    ww, hh = size if isinstance(size, tuple) else (size, size)\n"
        "    s = stride or (hh, ww)\n"
        "    sh, sw = s if isinstance(s, tuple) else (s, s)\n"
        "    win = np.lib.stride_tricks.sliding_window_view(x, (hh, ww), (2, 3))\n"
        "    out = win[:, :, ::sh, ::sw].max((-1, -2))\n"
        "    return out, (x, out, (hh, ww), (sh, sw))\n",
        2,
        "wrong order",
    ),
    "in a helper": (
        "softmax",
        "def norm(e):\n    total = e.sum(axis=-1, keepdims=True)\n    return total / e\n"
        "def softmax(scores):\n"
        "    return norm(np.exp(scores - scores.max(axis=-1, keepdims=True)))\n",
        3,
        "two sides",
    ),
    "no copies": (
        "slopes",
        "def slopes(loss, p, nudge=1e-5):\n"
        "    out = np.zeros(len(p))\n"
        "    for k in range(len(p)):\n"
        "        a = p\n"
        "        b = p\n"
        "        a[k] = a[k] + nudge\n"
        "        b[k] = b[k] - nudge\n"
        "        out[k] = (loss(a) - loss(b)) / (2 * nudge)\n"
        "    return out\n",
        4,
        "is the same array as `p`, here and in one more place",
    ),
    "a line too late": (
        "adam",
        "def adam(w, dw, state=None, *, learning_rate=1e-3, beta1=0.9, beta2=0.999, "
        "epsilon=1e-8):\n"
        "    m, v, t = (0, 0, 0) if state is None else state\n"
        "    m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2\n"
        "    a = m / (1 - beta1**t)\n"
        "    b = v / (1 - beta2**t)\n"
        "    t = t + 1\n"
        "    return w - learning_rate * a / (np.sqrt(b) + epsilon), (m, v, t)\n",
        6,
        "comes too late",
    ),
    "two names in two lines": (
        "adam",
        "def adam(w, dw, state=None, *, learning_rate=1e-3, beta1=0.9, beta2=0.999, "
        "epsilon=1e-8):\n"
        "    m, v, t = (0, 0, 0) if state is None else state\n"
        "    m, v, t = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2, t + 1\n"
        "    a = m / (1 - beta2**t)\n"
        "    b = v / (1 - beta1**t)\n"
        "    return w - learning_rate * a / (np.sqrt(b) + epsilon), (m, v, t)\n",
        4,
        "`beta1` and `beta2` are exchanged, in this line and in the next",
    ),
    "a size without the stride": (
        "correlate_strided",
        "def correlate_strided(x, w, *, stride=1, pad=0):\n"
        "    big, (h, k) = np.pad(x, pad), w.shape\n"
        "    rows = big.shape[0] - h + 1\n"
        "    cols = big.shape[1] - k + 1\n"
        "    out = np.zeros((rows, cols))\n"
        "    for i in range(rows):\n"
        "        for j in range(cols):\n"
        "            seen = big[i * stride : i * stride + h, j * stride : j * stride + k]\n"
        "            out[i, j] = (seen * w).sum()\n"
        "    return out\n",
        3,
        "`stride` does not come into `rows` as it has to, here and in one more place",
    ),
    "what a name holds": (
        "wrong_gradients",
        "from scratch.gradcheck import *\n"
        "def wrong_gradients(forward, backward, *inputs, tolerance=1e-6):\n"
        "    out, cache = forward(*inputs)\n"
        "    up = np.ones_like(out)\n"
        "    grads = backward(up, cache)\n"
        "    grads = grads if isinstance(grads, tuple) else (grads,)\n"
        "    found = []\n"
        "    for k, (x, g) in enumerate(zip(inputs, grads)):\n"
        "        f = lambda v: forward(*inputs[:k], v, *inputs[k + 1 :])[0]\n"
        "        n = numeric_gradient(f, x, up)\n"
        "        if g.shape != x.shape or relative_error(g, n).max() > tolerance:\n"
        "            found.append(k)\n"
        "    return found\n",
        3,
        "`up` does not hold what belongs there",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_the_line_is_found_and_said(kind):
    name, code, line, words = WRONG[kind]
    report, text = told(name, code)
    assert f"line {line} of" in text and words in text
    assert report.sure and "every case comes out right" in text


def test_two_mistakes_are_found_one_after_the_other():
    code = (
        "def lstm_gate_gradient(dnext_h, dnext_c, prev_c, gates, squashed):\n"
        "    i, f, o, g = gates\n"
        "    dc = dnext_c + dnext_h * o * (1 - squashed)\n"
        "    di = dc * i\n"
        "    dg = dc * g\n"
        "    df, do = dc * prev_c, dnext_h * squashed\n"
        "    parts = [di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g ** 2)]\n"
        "    return np.concatenate(parts, axis=1), dc * f\n"
    )
    report, text = told("lstm_gate_gradient", code)
    assert "line 3" in text and "power" in text and "line 4" in text and "exchanged" in text
    assert "With both mended" in text and len(report.diagnosis) == 2


def test_a_wrong_dtype_stands_apart_from_wrong_numbers():
    code = (
        "def relu_backward(dout, cache):\n"
        "    dx = np.zeros(dout.shape)\n"
        "    dx[cache < 0] = dout[cache < 0]\n"
        "    return dx\n"
    )
    report, text = told("relu_backward", code)
    assert "exactly where it should not" in text
    assert "where float32 comes in: dx is float64, expected float32" in " ".join(report.lines)


def test_results_in_another_order_are_told_as_that():
    code = (
        "from scratch.rnn_layers import *\n"
        "def {}(dnext_h, {}cache):\n    {} = right(dnext_h, {}cache)\n    return {}\n"
    )
    names = "dx, dprev_h, dWx, dWh, db"
    body = code.format("rnn_step_backward", "", names, "", "dx, dprev_h, db, dWx, dWh")
    body = body.replace("right(", "rnn_step_backward_(").replace(
        "def rnn", "rnn_step_backward_ = rnn_step_backward\ndef rnn"
    )
    report, text = told("rnn_step_backward", body)
    assert report.sure and "right results in the wrong order" in text
    assert "What comes back as `dWx` is the right `db`" in text


def test_the_cache_is_unpacked_as_the_forward_packed_it():
    """Its order is not the learner's to choose: what is made of it is exchanged, not the names."""
    code = (
        "from scratch.rnn_layers import *\n"
        "def lstm_step_backward(dnext_h, dnext_c, cache):\n"
        "    x, prev_h, prev_c, Wx, Wh, gates, squashed = cache\n"
        "    da, dprev_c = lstm_gate_gradient(dnext_h, dnext_c, prev_c, gates, squashed)\n"
        "    dWx, dWh = prev_h.T @ da, x.T @ da\n"
        "    return da @ Wx.T, da @ Wh.T, dprev_c, dWx, dWh, da.sum(axis=0)\n"
    )
    _, text = told("lstm_step_backward", code)
    assert "exchanged" in text and "line 2" not in text


def test_a_sentence_shows_nothing_that_the_learner_did_not_write():
    for name, code, *_ in WRONG.values():
        _, text = told(name, code)
        for piece in re.findall(r"`([^`]+)`", text):
            assert squeezed(piece) in squeezed(IMPORTS + code), piece


def squeezed(text):
    return re.sub(r"\s+", "", text).replace('"', "'")


def compiles(function):
    compile(ast.Module([function], []), "<edited>", "exec")


@pytest.mark.parametrize("name", ["conv_backward", "lstm_gate_gradient", "softmax", "adam"])
def test_an_edit_can_be_undone(name):
    function = ast.parse(right_source(name, "plain")).body[0]
    before, seen = ast.dump(function), set()
    for edit in edits(function):
        undo = edit.apply()
        seen.add(ast.dump(function))
        compiles(function)
        undo()
        assert ast.dump(function) == before, edit.says
    assert len(seen) > 40


def test_code_of_any_kind_has_edits():
    """Nothing that a learner may write stops the search: stars, loops in brackets, lambdas."""
    odd = """
def odd(x, *more, step=None, **options):
    first, *rest = (part for part in more if part is not None)
    x = np.pad(x, *rest, **options)
    total = sum(a * b for a, b in zip(x, first)) if (n := len(x)) > 1 else -n
    with np.errstate(all="ignore"):
        found = {k: v[:, None] for k, v in options.items() if not k}
    f = lambda v: (yield v)
    return *rest, *(f(k) for k in found), total[..., ::-1]
"""
    cells = [answer_cell(name, label) for name, some in load_variants().items() for label in some]
    count = 0
    for code in [odd, *cells]:
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.FunctionDef):
                some = edits(node, constants=("END", "NULL"), own=("start", "end"))
                count += len(some)
                for edit in some[::40]:
                    edit.apply()()
    assert count > 10000


def test_a_loop_without_end_is_not_tried():
    code = (
        "def relu_forward(x):\n    k, out = 0, np.zeros_like(x).ravel()\n"
        "    while k < x.size:\n        out[k] = max(x.flat[k], 1)\n        k += 1\n"
        "    return out.reshape(x.shape), x\n"
    )
    started = time.process_time()
    assert check(as_cell(IMPORTS + code, "relu_forward")).verdict == "not right yet"
    assert time.process_time() - started < 20


# ---------------------------------------------------------------- without a name: a trail


def test_pooling_by_one_reshape_is_told_where_it_works_and_what_stopped():
    code = (
        "def max_pool_forward(x, *, size=2, stride=None):\n"
        "    N, C, H, W = x.shape\n"
        "    out = x.reshape(N, C, H // size, size, W // size, size).max(axis=(3, 5))\n"
        "    return out, (x, out)\n"
    )
    text = str(check(as_cell(IMPORTS + code, "max_pool_forward")))
    said = " ".join(text.split())
    assert "There are 140 numbers; the shape that you ask for has room for 96." in said
    assert "right where windows lie side by side and leave no rest, wrong wherever not" in said
    assert "Hint: How many numbers are there" in said


def test_what_should_add_up_and_what_changes_nothing():
    twisted = "np.exp(scores) / 3 + np.cos(scores)"
    text = str(check(as_cell(f"{IMPORTS}def softmax(scores):\n    return {twisted}\n", "softmax")))
    assert "should add up to 1" in text and "never negative" in text
    code = "def rnn_step_forward(x, prev_h, Wx, Wh, b):\n    h = np.sin(np.cosh(x @ Wx) + 2 * b)\n"
    code += "    h = h + 0 * (prev_h @ Wh)\n"
    text = str(check(as_cell(f"{IMPORTS}{code}    return h, (x,)\n", "rnn_step_forward")))
    assert "Tried in one case: another `prev_h` left your `next_h` as it was." in text


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("x.reshape(3, -1)[:, :, None, 0]", "indices"),
        ("x + np.zeros(7)", "Seen from the end, the last axis is"),
        ("x.reshape(len(x), 99)", "room for"),
        ("x[:, 9]", "Axis 1 has the indices 0 to"),
    ],
)
def test_an_exception_is_explained_in_its_own_numbers(line, says):
    report = check(
        as_cell(f"{IMPORTS}def relu_forward(x):\n    return {line}, x\n", "relu_forward")
    )
    assert says in str(report) and len(report.hints) == 3


def test_every_spec_has_a_hint_for_an_exception():
    assert all(next(iter(spec.hints.values()), None) for spec in SPECS.values())


def test_who_draws_from_the_global_generator_is_named_whatever_is_drawn():
    mistake = known()["dropout-forward-global-generator"]
    for seed in range(40):  # a mask of four may silence all by chance
        np.random.seed(seed)  # noqa: NPY002
        report = check(as_cell(mistake.source(), mistake.function))
        assert [name for name, _ in report.diagnosis] == [mistake.id]


def test_options_may_be_arrays_when_properties_are_looked_for():
    assert same_value(np.ones(3), np.ones(3)) and same_value(None, None) and same_value(2, 2)
    assert not any(same_value(*pair) for pair in [(np.ones(3), None), (None, np.ones(3)), (1, 2)])
    assert not same_value(np.ones(3), np.ones(4))


def test_a_generated_sentence_speaks_of_what_the_learner_wrote():
    """The plain version's inner names are nobody's: ``down`` was in messages on code without it."""
    code = "def slopes(loss, p, nudge=1e-5):\n    g = p.copy()\n    for k in range(len(p)):\n"
    code += "        a = p.copy()\n        a[k] += 3 * nudge\n"
    code += "        g[k] = (loss(a) - loss(p)) / nudge\n"
    said = str(check(as_cell(f"{IMPORTS}{code}    return g\n", "slopes"), "slopes"))
    assert "`down`" not in said and "`gradient` is never negative" not in said


def test_what_was_changed_in_place_is_no_other_mistake():
    code = "def momentum(w, dw, state=None, *, learning_rate=1e-2, mu=0.9):\n"
    code += "    v = 0 * w if state is None else state\n    v = mu * v - learning_rate * dw\n"
    said = str(check(as_cell(f"{IMPORTS}{code}    w += v\n    return w, v\n", "momentum")))
    assert "changed w" in said and "not added" not in said and "makes no difference" not in said


def test_a_count_of_windows_that_no_shape_takes_is_told():
    code = "def output_size(size, window, stride=1, pad=0):\n    room = size + 2 * pad - window\n"
    code += "    if stride < 1 or pad < 0 or room < 0:\n        raise ValueError('no')\n"
    for last in ("1 + np.floor(room / stride)", "room / stride // 1 + 1"):
        report = check(as_cell(f"{IMPORTS}{code}    return {last}\n", "output_size"))
        assert not report.passed and "an int is expected" in " ".join(str(report).split())


def test_a_few_verdicts_in_common_are_no_name():
    code = "def dropout_forward(x, *, drop_prob=0.5, rng, train=True):\n    if not train:\n"
    code += (
        "        return x, None\n    mask = ((x >= drop_prob) / (1 - drop_prob)).astype(x.dtype)\n"
    )
    report = check(as_cell(f"{IMPORTS}{code}    return x * mask, mask\n", "dropout_forward"))
    assert not report.passed and report.diagnosis == []


def test_the_line_of_an_exception_is_the_learners_and_no_compiled_library_s():
    code = "def pick_words(scores, temperature, rng):\n    p = np.exp(scores / temperature)\n"
    code += "    return np.array([rng.choice(len(q), p=q / q.sum()) for q in p])\n"
    said = str(check(as_cell(IMPORTS + code, "pick_words")))
    assert "numpy.random" not in said and "rng.choice(" in said


def test_attention_takes_the_step_that_is_handed_in():
    code = "def attend_forward(x, h0, cells, Wq, Wx, Wh, b, *, step=None, states=1):\n"
    code += "    h, hs = h0, []\n    for t in range(x.shape[1]):\n"
    code += "        looked, _ = look_forward(x[:, t], h, cells, Wq)\n"
    code += "        h, _ = rnn_step_forward(looked, h, Wx, Wh, b)\n        hs.append(h)\n"
    code = f"from scratch.rnn_layers import *\n{code}    return np.stack(hs, axis=1), None\n"
    said = str(check(as_cell(IMPORTS + code, "attend_forward")))
    assert "the step of an LSTM" in said and "step=lstm_step_forward" in said
