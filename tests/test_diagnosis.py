"""How well the checks do on functions that they were not written for, and what they never say."""

import re

import numpy as np
import pytest
from jupyter_client.manager import run_kernel

from course.checks import SPECS, check
from course.checks import newest as newest_cells
from course.checks.confirm import as_cell, confirms
from course.checks.mistakes import known
from course.checks.storeys import right_source
from course.env import ROOT, for_kernels
from scratch import layers
from tests import held_out

ENTRIES = held_out.entries()


@pytest.fixture(scope="module")
def outcomes():
    return [(entry, *held_out.outcome(entry)) for entry in ENTRIES]


@pytest.mark.slow
def test_the_held_out_functions(outcomes):
    right = [verdict for entry, verdict, _ in outcomes if not entry.what]
    wrong = [verdict for entry, verdict, _ in outcomes if entry.what]
    assert len(right) >= 40 and set(right) == {"right"}
    assert len(wrong) >= 120 and "missed" not in wrong
    assert wrong.count("named") >= 0.8 * len(wrong)
    longest = max(len(line) for *_, report in outcomes for line in str(report).splitlines())
    assert longest <= 100


# ---------------------------------------------------------------- mistakes that people posted


def cell(name, body, *, forward=""):
    return check(as_cell(f"import numpy as np\n{forward}\n{body}", name), name)


def test_a_maximum_of_the_whole_batch_is_not_taken_for_none():
    code = """
def p_of(scores):
    e = np.exp(scores - np.max(scores))
    return e / e.sum(axis=1, keepdims=True)
def cross_entropy(scores, y):
    p = p_of(scores); i = np.arange(len(y)); d = p.copy(); d[i, y] -= 1
    return -np.log(p[i, y]), d
def softmax_loss(scores, y):
    losses, d = cross_entropy(scores, y)
    return losses.mean(), d / len(y)
"""
    assert any("one-max" in id_ for id_, _ in cell("cross_entropy", code).diagnosis)
    (_, said), (id_, inner) = cell("softmax_loss", code).diagnosis
    assert "calls your `cross_entropy`, which is not right yet" in said
    assert "one-max" in id_ and inner.startswith("Its own check says, by the numbers: ")


def test_a_correction_without_its_power_is_not_taken_for_a_counter_that_stays():
    code = """
def adam(w, dw, state=None, *, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v, t = (np.zeros_like(w), np.zeros_like(w), 0) if state is None else state
    t = t + 1
    m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2
    m_hat, v_hat = m / (1 - beta1), v / (1 - beta2)
    return w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon), (m, v, t)
"""
    assert [id_ for id_, _ in cell("adam", code).diagnosis] == ["adam-no-power"]


def test_a_factor_is_told_only_where_it_means_something():
    def softmax_loss(scores, y):
        p = layers.softmax(scores)
        i = np.arange(len(y))
        d = p.copy()
        d[i, y] -= 1
        return -np.log(p[i, y] + 1e-8).mean(), d / len(y)

    assert not any("times the expected" in line for line in check(softmax_loss).lines)


POSTED = {
    "conv_forward": """
from scratch.layers import *
def sizes(x, w, stride, pad):
    return [1 + (x.shape[k + 2] + 2 * pad - w.shape[k + 2]) // stride for k in (0, 1)]
def conv(skip, padded):
    def conv_forward(x, w, b=None, *, stride=1, pad=0):
        H, W = sizes(x, w, stride, pad)
        xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        out = np.zeros((len(x), len(w), H, W), x.dtype)
        for i in range(0, H, stride if skip else 1):
            for j in range(0, W, stride if skip else 1):
                a, c = (i, j) if skip else (i * stride, j * stride)
                win = (xp if padded else x)[:, :, a : a + w.shape[2], c : c + w.shape[3]]
                out[:, :, i, j] = np.tensordot(win, w, ([1, 2, 3], [1, 2, 3]))
                out[:, :, i, j] += 0 if b is None else b
        return out, (x, w, b, stride, pad)
    return conv_forward
conv_forward = conv({}, {})
""",
}


@pytest.mark.parametrize(
    ("skip", "padded", "id_"),
    [
        (True, True, "conv-forward-index-in-strides"),
        (False, False, "conv-forward-cut-windows"),
    ],
)
def test_windows_that_people_got_wrong(skip, padded, id_):
    code = POSTED["conv_forward"].format(skip, padded)
    assert [name for name, _ in cell("conv_forward", code).diagnosis] == [id_]


POSTED_CHANGES = {
    "softmax-loss-softmax-twice": "def softmax_loss(scores, y):\n"
    "    return layers.softmax_loss(layers.softmax(scores), y)\n",
    "softmax-loss-clipped": "def softmax_loss(scores, y):\n"
    "    p = np.clip(layers.softmax(scores), 1e-7, 1 - 1e-7)\n"
    "    i = np.arange(len(y)); d = layers.softmax(scores); d[i, y] -= 1\n"
    "    return -np.log(p[i, y]).mean(), d / len(y)\n",
    "fc-backward-dw-db-divided-by-n": "def fc_backward(dout, cache):\n"
    "    dx, dw, db = layers.fc_backward(dout, cache)\n"
    "    return dx, dw / len(dout), db / len(dout)\n",
    "adam-correction-multiplied": "def adam(w, dw, state=None, *, learning_rate=1e-3, "
    "beta1=0.9, beta2=0.999, epsilon=1e-8):\n"
    "    m, v, t = (0, 0, 0) if state is None else state\n"
    "    t += 1; m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2\n"
    "    root = np.sqrt(v * (1 - beta2**t)) + epsilon\n"
    "    return w - learning_rate * m * (1 - beta1**t) / root, (m, v, t)\n",
}


@pytest.mark.parametrize("id_", POSTED_CHANGES)
def test_mistakes_that_people_posted_have_a_name(id_):
    report = cell(known()[id_].function, "from scratch import layers\n" + POSTED_CHANGES[id_])
    assert [name for name, _ in report.diagnosis] == [id_]


SOLVER = """
from scratch.solver import Solver as Right
class Solver(Right):
    def batches(self):
        order = self.rng.permutation(len(self.data["X_train"]))
        {}
"""


@pytest.mark.parametrize(
    ("code", "passed"),
    [
        ("count = len(order) // self.batch_size + 1\n        return [order[i * self.batch_size : "
         "(i + 1) * self.batch_size] for i in range(count)]", False),
        ("for i in range(0, len(order), self.batch_size):\n            "
         "yield order[i : i + self.batch_size]", True),
    ],
)  # fmt: skip
def test_an_empty_batch_is_caught_and_a_generator_is_right(code, passed):
    assert cell("Solver", SOLVER.format(code)).passed == passed


# ---------------------------------------------------------------- what is in the code


def test_the_source_confirms_or_contradicts():
    right = right_source("rnn_step_forward", "plain")
    wrong = right.replace("prev_h @ Wh", "prev_h @ Wh.T")
    assert confirms(wrong, right, wrong) is True
    assert confirms(right, right, wrong) is False


def test_the_message_says_how_sure_it_is():
    code = "def rnn_step_forward(x, prev_h, Wx, Wh, b):\n    next_h = {}\n    return next_h, ()\n"
    shown = cell("rnn_step_forward", code.format("np.tanh(x @ Wx + prev_h @ Wh.T + b)"))
    assert shown.sure and "Diagnosis:" in str(shown)
    other = "np.tanh(np.einsum('nd,dh->nh', x, Wx) + np.einsum('nh,kh->nk', prev_h, Wh) + b)"
    hidden = cell("rnn_step_forward", code.format(other))
    assert hidden.diagnosis == shown.diagnosis
    assert not hidden.sure and "Diagnosis, by the numbers:" in str(hidden)


# ---------------------------------------------------------------- no answer in a sentence


def squeezed(text):
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("mistake", known().values(), ids=lambda mistake: mistake.id)
def test_a_sentence_does_not_hold_the_answer(mistake):
    source = squeezed(right_source(mistake.function, "plain"))
    for text in (mistake.sentence, mistake.nudge):
        for code in re.findall(r"`([^`]+)`", text):
            is_step = re.search(r"[-+*/@=(\[]", code) and len(squeezed(code)) >= 10
            assert not (is_step and squeezed(code) in source), code


# ---------------------------------------------------------------- the cell that is meant


@pytest.mark.parametrize(
    ("newest", "says"),
    [
        ("# ANSWER fc_forward\ndef fc_forward(x, w, b:\n    return 1", "does not run"),
        ("# ANSWER fc_forward\ndef fc_foward(x, w, b):\n    return 1", "it defines fc_foward"),
        ("# ANSWER fc_forward\ndef fc_forward(x, w, b):\n    return 1\n1 / 0", "in an error"),
    ],
)
def test_a_newer_cell_that_failed_is_noticed(monkeypatch, newest, says):
    source = "# ANSWER fc_forward\ndef fc_forward(x, w, b):\n    return x @ w + b, (x, w)\n"
    function = as_cell(source, "fc_forward")
    monkeypatch.setattr(newest_cells, "history", lambda: ["", source])
    assert check(function).passed
    monkeypatch.setattr(newest_cells, "history", lambda: ["", source, newest])
    report = check(function)
    assert not report.passed and says in report.summary and "older version" in report.summary


def test_a_cell_run_again_under_a_misspelt_name_is_noticed_without_its_marker(monkeypatch):
    source = "def fc_forward(x, w, b):\n    return x @ w + b, (x, w)\n"
    newer = source.replace("fc_forward", "fc_foward")
    helper = "def fc_forward2(x):\n    return x\n"
    function = as_cell(source, "fc_forward")
    for cells, places, passed in (
        (["", source, newer], {1: "a", 2: "a"}, False),
        (["", source, newer, source], {1: "a", 2: "a", 3: "a"}, True),
        (["", source, helper], {1: "a", 2: "b"}, True),  # a cell of its own
        (["", source, source, helper], {1: "a", 2: "b", 3: "a"}, True),  # moved to another cell
        (["", source, newer], {}, True),  # where the notebook does not tell
    ):
        monkeypatch.setattr(newest_cells, "history", lambda cells=cells: cells)
        monkeypatch.setattr(newest_cells, "PLACES", places)
        report = check(function)
        assert report.passed == passed, cells
        assert passed or "it defines fc_foward" in report.summary


def said_in_a_kernel(cells):
    """Run (place, code) in a kernel, as a notebook sends them: -> what each printed."""
    said = []
    with run_kernel(kernel_name="python3", cwd=ROOT, env=for_kernels()) as client:
        for place, code in cells:
            content = {"code": code, "silent": False, "store_history": True}
            asked = client.session.msg("execute_request", content, metadata={"cellId": place})
            client.shell_channel.send(asked)
            texts, idle = [], False
            while not idle:
                heard = client.get_iopub_msg(timeout=60)
                if heard["parent_header"].get("msg_id") == asked["header"]["msg_id"]:
                    texts.append(heard["content"].get("text", ""))
                    idle = heard["content"].get("execution_state") == "idle"
            said.append("".join(texts))
    return said


def test_in_a_real_kernel_a_cell_is_known_by_its_place():
    source = "def fc_forward(x, w, b):\n    return x @ w + b, (x, w)\n"
    newer = source.replace("fc_forward", "fc_foward")
    ask = ("below", "print(check(fc_forward).passed)")
    cells = [("top", "from course.checks import check"), ("answer", source), ask]
    cells += [("answer", newer), ask, ("answer", source), ask, ("helper", newer), ask]
    said = said_in_a_kernel(cells)
    assert [text for text in said if text] == ["True\n", "False\n", "True\n", "True\n"]


def test_half_of_a_class_is_judged_by_itself():
    code = """
from scratch.rnn import CaptioningRNN as Right
class CaptioningRNN(Right):
    def loss(self, features, captions):
        loss, grads = super().loss(features, captions)
        return {} * loss, grads
    def sample(self, features, max_length=30, *, temperature=0.0, rng=None):
        raise NotImplementedError
"""
    right, wrong = (cell("CaptioningRNN", code.format(factor)) for factor in (1, 2))
    assert right.verdict == "not written yet" and "What is written is right" in right.summary
    assert wrong.verdict == "not right yet" and "loss" in wrong.lines[0]


def test_what_a_learner_prints_is_shown_once():
    def fc_forward(x, w, b):
        print("shape", x.shape)
        return x @ w + b, (x, w)

    assert str(check(fc_forward)).count("shape (") == 1


def test_inputs_are_shown_as_they_were_before_the_call():
    def relu_forward(x):
        x[x < 0] = 5
        return x, x

    text = str(check(relu_forward))
    assert "x = [[-1, 0, 2], [3, -4, 0.5]]" in text and "changed x" in text


def test_every_spec_names_hints_for_what_can_go_wrong():
    assert all(spec.hints for spec in SPECS.values())


@pytest.mark.parametrize("name", sorted({m.function for m in known().values()}))
def test_a_sentence_does_not_hold_a_formula_of_the_last_hint(name):
    """The formula waits behind two clicks: no sentence and no first hint may bring it earlier."""
    formulas = [h.formula for h in SPECS[name].hints.values()]
    parts = {squeezed(p) for text in formulas for p in re.split(r"[;=]|\.\s", text)}
    steps = [p.rstrip(".") for p in parts if len(p) >= 12 and re.search(r"[-+*/^(\[]", p)]
    nudges = [h.nudge for h in SPECS[name].hints.values()]
    own = [m for m in known().values() if m.function == name]
    for text in [*nudges, *(m.sentence for m in own), *(m.nudge for m in own)]:
        assert not [step for step in steps if step in squeezed(text)], text


ATTENTION = """
import numpy as np


def softmax_backward(dp, p):
    return p * (dp - (p * dp).sum(axis={}, keepdims=True))


def attention_backward(dout, cache):
    query, keys, values, weights, scale = cache
    dweights = np.einsum("nm,nlm->nl", dout, values)
    dscores = softmax_backward(dweights, weights) * scale
    dquery = np.einsum("nl,nld->nd", dscores, keys)
    return dquery, dscores[:, :, None] * query[:, None], weights[:, :, None] * dout[:, None]
"""


def test_a_wrong_function_of_another_check_is_named_and_nothing_else_is_blamed():
    assert cell("attention_backward", ATTENTION.format(1)).passed
    report = cell("attention_backward", ATTENTION.format(0))
    (_, said), *inner = report.diagnosis
    assert report.sure and "calls your `softmax_backward`, which is not right yet" in said
    assert inner and all(text.startswith("Its own check says") for _, text in inner)
    twice = ATTENTION.format(0).replace("weights[:, :, None] * dout", "weights[:, :, None] + dout")
    assert "calls your" not in str(cell("attention_backward", twice))


def test_what_cannot_be_repeated_is_no_change_of_an_input():
    """No numbers can be compared there, so each mistake that changes something would fit."""
    code = (
        "import itertools\nnoise = itertools.cycle((0, 0, 7))\n"
        "def cells_backward(dcells, dmean, cache):\n    N, C, H, W = cache\n"
        "    dmaps = np.zeros((N, C, H, W), dcells.dtype)\n    for k in range(H * W):\n"
        "        dmaps[:, :, k // W, k % W] = dcells[:, k] + dmean / (H * W)\n"
        "    return dmaps + next(noise)\n"
    )
    report = cell("cells_backward", code)
    assert not report.passed and "in place" not in str(report)


def test_what_lay_in_memory_is_no_mistake_of_another_shape():
    code = (
        "def conv_dw(dout, x, w, *, stride=1, pad=0):\n"
        "    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))\n"
        "    dw = np.empty(padded.shape, order='F')\n"
        "    for p, q in np.ndindex(w.shape[2:]):\n        pixels = padded[:, :, p::stride, "
        "q::stride][:, :, : dout.shape[2], : dout.shape[3]]\n"
        "        dw[:, :, p, q] = np.einsum('nfij,ncij->fc', dout, pixels)\n    return dw\n"
    )
    assert "conv-dw-assigned" not in str(cell("conv_dw", code))


def test_a_generator_is_asked_for_where_one_comes_in_and_else_made():
    code = """
from scratch.gradcheck import relative_error
from scratch.pieces import numeric_gradient
def wrong_gradients(forward, backward, *inputs, tolerance=1e-6):
    out, cache = forward(*inputs)
    dout, wrong = np.random.normal(size=out.shape), []
    grads = backward(dout, cache)
    for k, grad in enumerate(grads if isinstance(grads, tuple) else (grads,)):
        f = lambda v: forward(*inputs[:k], v, *inputs[k + 1 :])[0]
        numeric = numeric_gradient(f, inputs[k], dout)
        if grad.shape != numeric.shape or relative_error(grad, numeric).max() > tolerance:
            wrong.append(k)
    return wrong
"""
    said = str(cell("wrong_gradients", code))
    assert "global random generator" in said and "handed in" not in said
    code = code.replace("np.random.", "np.random.default_rng(3).")
    assert cell("wrong_gradients", code).passed
    mean = code.replace(").max()", ").mean()")
    assert cell("wrong_gradients", mean).diagnosis[0][0] == "wrong-gradients-mean-error"
    old_inputs = code.replace("k], v, ", "k + 1], ")
    assert "without the dout" not in str(cell("wrong_gradients", old_inputs))


def test_who_keeps_a_state_in_sgd_is_told_that_there_is_none():
    report = cell("sgd", "def sgd(w, dw, state=None, *, learning_rate=0.01):\n"
                         "    return w - learning_rate * dw, dw\n")  # fmt: skip
    assert not report.passed and "must be None" in str(report)
