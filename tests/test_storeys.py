"""The three storeys of ``scratch/`` give the same numbers under the same names."""

import ast
import copy
import inspect
import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch import fast, loops, plain
from scratch.cnn import ConvNet
from scratch.mlp import TwoLayerNet
from scratch.rnn import CELLS, CaptioningRNN

ROOT = Path(__file__).resolve().parents[1]
STOREYS = {"loops": loops, "plain": plain, "fast": fast}
NAMES = [name for name, value in vars(plain).items() if inspect.isfunction(value)]


@pytest.mark.parametrize("name", NAMES)
def test_each_storey_has_each_function_with_the_same_arguments(name):
    signatures = {inspect.signature(getattr(storey, name)) for storey in STOREYS.values()}
    assert len(signatures) == 1
    assert all(inspect.getdoc(getattr(storey, name)) for storey in STOREYS.values())


def test_plain_is_written_in_its_own_modules_and_loops_in_its_own():
    files = {getattr(plain, name).__module__ for name in NAMES}
    assert files == {"scratch.layers", "scratch.cnn_layers", "scratch.rnn_layers"}
    assert {getattr(loops, name).__module__ for name in NAMES} == {"scratch.loops"}


# ---------------------------------------------------------------- the same numbers


def reorder(x, order):
    """The same values in another place in memory."""
    if order == "F":
        return np.asfortranarray(x)
    if order == "transposed":  # the first two axes swapped, as convolution puts it out
        return np.ascontiguousarray(x.swapaxes(0, 1)).swapaxes(0, 1)
    if order == "gaps":
        wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
        wide[..., ::2] = x
        return wide[..., ::2]
    if order == "reversed":
        return np.ascontiguousarray(x[..., ::-1])[..., ::-1]
    return np.ascontiguousarray(x)


SMALL = st.integers(1, 3)
ORDERS = st.sampled_from(["C", "F", "gaps", "reversed"])


@st.composite
def settings_of_a_case(draw):
    """What every case draws: a number type, an order in memory for each array, a generator."""
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    orders = draw(st.lists(ORDERS, min_size=8, max_size=8))
    return dtype, orders, np.random.default_rng(draw(st.integers(0, 999)))


def normals(case, *shapes, scale=1.0):
    """Random arrays of these shapes, each in another place in memory."""
    dtype, orders, rng = case
    arrays = [(scale * rng.normal(size=shape)).astype(dtype) for shape in shapes]
    return [reorder(a, order) if a.ndim else a for a, order in zip(arrays, orders)]


def agree(name, here, there, dtype):
    tolerance = 2e-4 if dtype == np.float32 else 1e-9
    assert (here is None) == (there is None), name
    if here is None:
        return
    assert here.shape == there.shape, name
    assert here.dtype == there.dtype == dtype, name
    np.testing.assert_allclose(here, there, rtol=tolerance, atol=tolerance, err_msg=name)


def assert_the_same(forward, backward, case, *inputs, outputs=1, **options):
    """Forward and backward of all storeys, on inputs that stay as they are."""
    dtype, orders, rng = case
    kept = [None if a is None else a.copy() for a in inputs]
    douts, expected = None, None
    for label, storey in STOREYS.items():
        *outs, cache = getattr(storey, forward)(*inputs, **options)
        if douts is None:
            douts = [reorder(rng.normal(size=o.shape).astype(dtype), orders[-1]) for o in outs]
        dkept = [d.copy() for d in douts]
        grads = getattr(storey, backward)(*douts, cache)
        results = [*outs, *(grads if isinstance(grads, tuple) else (grads,))]
        expected = results if expected is None else expected
        assert len(outs) == outputs and len(results) == len(expected)
        for k, (a, b) in enumerate(zip(results, expected)):
            agree(f"{label}.{forward}: result {k}", a, b, dtype)
        for now, then in zip([*inputs, *douts], [*kept, *dkept]):
            if then is not None:
                np.testing.assert_array_equal(now, then, err_msg=label)


@settings(max_examples=40)
@given(settings_of_a_case(), st.lists(SMALL, min_size=1, max_size=3), SMALL, SMALL)
def test_fully_connected(case, lead, D, M):
    arrays = normals(case, (*lead, D), (D, M), (M,))
    assert_the_same("fc_forward", "fc_backward", case, *arrays)


@settings(max_examples=40)
@given(settings_of_a_case(), st.lists(SMALL, min_size=1, max_size=4))
def test_relu(case, shape):
    (x,) = normals(case, shape)
    x[x < -1] = 0  # some exact zeros
    assert_the_same("relu_forward", "relu_backward", case, x)


@settings(max_examples=40)
@given(settings_of_a_case(), SMALL, SMALL, st.integers(0, 3), st.sampled_from([None, 0.0, 2.0]))
def test_batch_norm(case, N, D, eps_power, var):
    arrays = normals(case, (N, D), (D,), (D,))
    options = {"eps": 10.0**-eps_power}
    if var is not None:
        dtype = case[0]
        options |= {"mean": np.ones(D, dtype), "var": np.full(D, var, dtype)}
    assert_the_same("batchnorm_forward", "batchnorm_backward", case, *arrays, **options)


@settings(max_examples=40)
@given(settings_of_a_case(), st.lists(SMALL, min_size=1, max_size=3), st.booleans())
def test_dropout(case, shape, train):
    """The same generator, the same elements silenced."""
    (x,), dout = normals(case, shape), None
    results = []
    for storey in STOREYS.values():
        rng = np.random.default_rng(7)
        out, cache = storey.dropout_forward(x, drop_prob=0.3, rng=rng, train=train)
        dout = np.ones_like(out) if dout is None else dout
        results.append((out, storey.dropout_backward(dout, cache)))
    for out, dx in results:
        agree("out", out, results[0][0], case[0])
        agree("dx", dx, results[0][1], case[0])


@settings(max_examples=100)
@given(
    settings_of_a_case(), SMALL, SMALL, SMALL, SMALL, SMALL, SMALL, st.integers(0, 2),
    st.integers(0, 4), st.integers(0, 4), st.booleans(),
)  # fmt: skip
def test_convolution(case, N, C, F, HH, WW, stride, pad, more_h, more_w, bias):
    H, W = max(1, HH - 2 * pad) + more_h, max(1, WW - 2 * pad) + more_w
    x, w, b = normals(case, (N, C, H, W), (F, C, HH, WW), (F,))
    x = reorder(x, "transposed") if case[1][0] == "F" else x
    b = b if bias else None
    assert_the_same("conv_forward", "conv_backward", case, x, w, b, stride=stride, pad=pad)


@settings(max_examples=100)
@given(
    settings_of_a_case(), SMALL, SMALL, SMALL, SMALL, st.integers(0, 4), st.integers(0, 4),
    st.sampled_from([None, (1, 1), (2, 1), (1, 3), (3, 2), (2, 2)]),
)  # fmt: skip
def test_pooling(case, N, C, HH, WW, more_h, more_w, stride):
    dtype, orders, rng = case
    ties = rng.integers(-2, 2, (N, C, HH + more_h, WW + more_w)).astype(dtype)  # few values
    x = reorder(ties, "transposed" if orders[0] == "F" else orders[0])
    assert_the_same("max_pool_forward", "max_pool_backward", case, x, size=(HH, WW), stride=stride)


@pytest.mark.parametrize(("kind", "gates"), [("rnn", 1), ("lstm", 4), ("gru", 3)])
@settings(max_examples=40)
@given(settings_of_a_case(), SMALL, st.integers(1, 5), SMALL, SMALL, st.sampled_from([0.5, 30.0]))
def test_recurrence(kind, gates, case, N, T, D, H, scale):
    """Large weights saturate the units."""
    weights = [(D, gates * H), (H, gates * H), (gates * H,)]
    arrays = normals(case, (N, T, D), (N, H), *weights, scale=scale)
    assert_the_same(f"{kind}_forward", f"{kind}_backward", case, *arrays)
    states = [arrays[0][:, 0], arrays[1]]
    states += normals(case, (N, H)) if kind == "lstm" else []
    step = f"{kind}_step_forward", f"{kind}_step_backward"
    assert_the_same(*step, case, *states, *arrays[2:], outputs=1 + (kind == "lstm"))


@settings(max_examples=40)
@given(settings_of_a_case(), SMALL, SMALL, SMALL, st.integers(1, 4))
def test_word_embedding(case, N, T, D, V):
    (w,), words = normals(case, (V, D)), case[2].integers(0, V, (N, T))
    dout, results = None, []
    for storey in STOREYS.values():
        out, cache = storey.word_embedding_forward(words, w)
        dout = normals(case, out.shape)[0] if dout is None else dout
        results.append((out, storey.word_embedding_backward(dout, cache)))
    for out, dw in results:
        np.testing.assert_array_equal(out, results[0][0])
        agree("dw", dw, results[0][1], case[0])


@settings(max_examples=40)
@given(settings_of_a_case(), SMALL, SMALL, SMALL, SMALL)
def test_attention(case, N, L, D, M):
    arrays = normals(case, (N, D), (N, L, D), (N, L, M))
    assert_the_same("attention_forward", "attention_backward", case, *arrays)


@settings(max_examples=40)
@given(settings_of_a_case(), SMALL, SMALL, SMALL, SMALL, SMALL)
def test_looking(case, N, D, H, L, A):
    arrays = normals(case, (N, D), (N, H), (N, L, A), (H, A))
    assert_the_same("look_forward", "look_backward", case, *arrays)


@settings(max_examples=20)
@given(settings_of_a_case(), SMALL, SMALL, SMALL, SMALL, SMALL)
def test_looking_at_each_step(case, N, T, D, H, L):
    arrays = normals(case, (N, T, D), (N, H), (N, L, 2), (H, 2), (D + 2, H), (H, H), (H,))
    assert_the_same("attend_forward", "attend_backward", case, *arrays)


@settings(max_examples=30)
@given(settings_of_a_case(), SMALL, st.integers(1, 5), SMALL, SMALL, SMALL)
def test_self_attention(case, N, T, D, A, M):
    arrays = normals(case, (N, T, D), (D, A), (D, A), (D, M))
    assert_the_same("self_attention_forward", "self_attention_backward", case, *arrays)


@settings(max_examples=40)
@given(settings_of_a_case(), SMALL, SMALL, st.integers(1, 4))
def test_softmax_alone(case, N, T, V):
    dtype, _, _ = case
    dp, scores = normals(case, (N, T, V), (N, T, V))
    results = [s.softmax_backward(dp, s.softmax(scores)) for s in STOREYS.values()]
    for here in results[1:]:
        agree("softmax_backward", here, results[0], dtype)


@settings(max_examples=40)
@given(settings_of_a_case(), SMALL, SMALL)
def test_running_averages(case, N, D):
    dtype, _, _ = case
    mean, var, x = normals(case, (D,), (D,), (N, D))
    results = [s.running_averages(mean, var, x, momentum=0.8) for s in STOREYS.values()]
    for here in results[1:]:
        for name, a, b in zip(("mean", "var"), here, results[0]):
            agree(name, a, b, dtype)


@settings(max_examples=40)
@given(settings_of_a_case(), SMALL, SMALL, SMALL, SMALL)
def test_running_averages_of_channels(case, N, C, H, W):
    """Of the tuned storey, whatever the order in memory, as of the rows of the plain one."""
    dtype, _, _ = case
    mean, var, x = normals(case, (C,), (C,), (N, C, H, W))
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
    expected = plain.running_averages(mean, var, rows, momentum=0.8)
    for pictures in (x, np.ascontiguousarray(x.transpose(2, 1, 3, 0)).transpose(3, 1, 0, 2)):
        here = fast.spatial_running_averages(mean, var, pictures, momentum=0.8)
        for name, a, b in zip(("mean", "var"), here, expected):
            agree(name, a, b, dtype)


@settings(max_examples=40)
@given(settings_of_a_case(), SMALL, SMALL, SMALL, SMALL, st.booleans())
def test_spatial_batch_norm(case, N, C, H, W, at_test):
    dtype, _, rng = case
    arrays = normals(case, (N, C, H, W), (C,), (C,))
    kept = {"mean": rng.normal(size=C).astype(dtype), "var": (1 + rng.random(C)).astype(dtype)}
    options = {"eps": 1.0, **(kept if at_test else {})}
    assert_the_same(
        "spatial_batchnorm_forward", "spatial_batchnorm_backward", case, *arrays, **options
    )


@settings(max_examples=60)
@given(settings_of_a_case(), SMALL, st.integers(1, 4), SMALL, st.sampled_from([1.0, 1e4, 1e30]))
def test_losses(case, N, V, T, scale):
    """Extreme scores, masks, also of weights that are neither 0 nor 1."""
    dtype, _, rng = case
    rows, sequence = normals(case, (N, V), (N, T, V), scale=scale)
    y, words = rng.integers(0, V, N), rng.integers(0, V, (N, T))
    for mask in (rng.random((N, T)) < 0.5, rng.integers(0, 3, (N, T)), np.zeros((N, T))):
        results = [
            (
                *storey.cross_entropy(rows, y),
                *storey.softmax_loss(rows, y),
                *storey.temporal_softmax_loss(sequence, words, mask),
                storey.softmax(sequence),
            )
            for storey in STOREYS.values()
        ]
        for result in results[1:]:
            for k, (a, b) in enumerate(zip(result, results[0])):
                assert isinstance(a, float) == isinstance(b, float)
                if isinstance(a, float):
                    assert a == pytest.approx(b, rel=1e-4 if dtype == np.float32 else 1e-9), k
                else:
                    agree(f"result {k}", a, b, dtype)


# ---------------------------------------------------------------- caches in flight

LAYERS = {  # shapes of the array arguments
    "fc": [(3, 4), (4, 5), (5,)],
    "relu": [(3, 4, 2)],
    "batchnorm": [(4, 3), (3,), (3,)],
    "conv": [(2, 3, 6, 5), (4, 3, 3, 2), (4,)],
    "max_pool": [(2, 3, 6, 5)],
    "rnn": [(2, 4, 3), (2, 5), (3, 5), (5, 5), (5,)],
    "lstm": [(2, 4, 3), (2, 5), (3, 20), (5, 20), (20,)],
    "gru": [(2, 4, 3), (2, 5), (3, 15), (5, 15), (15,)],
    "attention": [(2, 3), (2, 4, 3), (2, 4, 5)],
    "self_attention": [(2, 4, 3), (3, 5), (3, 5), (3, 2)],
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_cache_stays_valid_whatever_is_called_in_between(storey, name):
    """As when a cell is called T times, or two networks take turns: all forwards, then backwards.

    Every array that was handed out, and every cache, must be as it was when it was made.
    """
    rng = np.random.default_rng(0)
    forward, backward = getattr(storey, f"{name}_forward"), getattr(storey, f"{name}_backward")
    calls = [[rng.normal(size=shape) for shape in LAYERS[name]] for _ in range(4)]
    alone, douts = [], []
    for inputs in calls:  # one at a time
        out, cache = forward(*inputs)
        douts.append(rng.normal(size=out.shape))
        grads = backward(douts[-1], cache)
        alone.append([a.copy() for a in (out, *(grads if isinstance(grads, tuple) else [grads]))])
    flights = [forward(*inputs) for inputs in calls]
    returned = {}
    for k in (1, 3, 0, 2):
        grads = backward(douts[k], flights[k][1])
        returned[k] = [flights[k][0], *(grads if isinstance(grads, tuple) else [grads])]
    for k, expected in enumerate(alone):  # after everything has run
        for now, then in zip(returned[k], expected, strict=True):
            np.testing.assert_array_equal(now, then)


# ---------------------------------------------------------------- networks on any storey


def networks(backend):
    """One of each kind, small, in float64, with inputs for ``loss``."""
    rng, words = np.random.default_rng(0), {w: i for i, w in enumerate("abcdef")}
    words |= {"<NULL>": 0, "<START>": 1, "<END>": 2}
    X, y = rng.normal(size=(3, 2, 10, 12)), rng.integers(0, 4, 3)
    yield ConvNet((2, 10, 12), 2, 3, 3, 5, 4, np.float64, backend=backend), X, y
    yield TwoLayerNet(240, 5, 4, np.float64, backend=backend), X, y
    captions = rng.integers(0, 6, (3, 5))
    for kind in CELLS:
        model = CaptioningRNN(words, 4, 3, 5, kind, np.float64, backend=backend)
        yield model, rng.normal(size=(3, 4)), captions


def test_a_network_gives_the_same_on_each_storey():
    for others in zip(*(networks(storey) for storey in STOREYS.values())):
        results = [model.loss(X, y) for model, X, y in others]
        for loss, grads in results:
            assert loss == pytest.approx(results[0][0], rel=1e-9)
            assert grads.keys() == results[0][1].keys()
            for name in grads:
                np.testing.assert_allclose(grads[name], results[0][1][name], rtol=1e-9, atol=1e-12)


class Counting:
    """A backend that counts which of its functions were called."""

    def __init__(self):
        self.calls = set()

    def __getattr__(self, name):
        if name not in NAMES:
            raise AttributeError(name)

        def counted(*args, **options):
            self.calls.add(name)
            return getattr(plain, name)(*args, **options)

        return counted


def test_a_network_runs_on_the_functions_that_it_is_given_and_on_no_others(monkeypatch):
    def refuse(*args, **options):
        raise AssertionError("a function of the default backend was called")

    for name in NAMES:
        monkeypatch.setattr(fast, name, refuse)
    used = set()
    for model, X, y in networks(backend := Counting()):
        backend.calls.clear()
        model.loss(X, y)
        used |= backend.calls
        if isinstance(model, CaptioningRNN):
            model.sample(X)
            model.beam_search(X)
        model.accuracy(X, y)
    expected = ("conv", "max_pool", "fc", "relu", "rnn", "lstm", "gru", "word_embedding")
    assert used == {f"{name}_{way}" for name in expected for way in ("forward", "backward")} | {
        "softmax_loss", "temporal_softmax_loss",
    }  # fmt: skip


def test_a_network_can_be_copied():
    for model, X, y in networks(fast):
        twin = copy.deepcopy(model)
        loss = model.loss(X, y)[0]
        for w in twin.params.values():
            w += 1
        assert model.loss(X, y)[0] == loss != twin.loss(X, y)[0]


# ---------------------------------------------------------------- what a learner sees


def scratch_modules():
    return [path for path in sorted((ROOT / "scratch").rglob("*.py")) if path.name != "fast.py"]


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("path", scratch_modules(), ids=lambda path: path.stem)
def test_no_function_is_long(path):
    """Without its docstring, 25 lines at most: what can be retyped in ten minutes."""
    for node in functions(ast.parse(path.read_text(encoding="utf-8"))):
        doc = node.body[0] if ast.get_docstring(node) is not None else None
        lines = node.end_lineno - node.lineno + 1
        lines -= doc.end_lineno - doc.lineno + 1 if doc else 0
        assert lines <= 25, f"{path.name}: {node.name} has {lines} lines"


@pytest.mark.parametrize("path", scratch_modules(), ids=lambda path: path.stem)
def test_what_is_shown_has_no_line_that_is_there_for_speed_alone(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    options = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    assert not {"as_strided"} & names and "out" not in options


TUNED = re.compile(
    r"scratch[./]fast|^# *weave: *fast\.|^\s*(from scratch )?import .*\bfast\b"
    r"|\bfast\.[a-z]\w*",
    re.M,
)


def shown_code(path):
    """What a page runs and includes, or the code cells of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    cells = re.findall(r"^(`{3,})\{(?:code-cell|literalinclude)\}(.*?)^\1", text, re.M | re.S)
    return "\n".join(body for _, body in cells)


PAGES = [
    *(path for path in (ROOT / "book").rglob("*.md") if path.name != "fast_conv.md"),
    *(path for folder in ("exercises", "solutions") for path in (ROOT / folder).glob("*.ipynb")),
]


@pytest.mark.parametrize("path", sorted(PAGES), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_page_but_one_shows_or_imports_a_tuned_function(path):
    assert not (found := TUNED.search(shown_code(path))), found[0]


def test_the_one_page_does():
    """So that the test before would notice."""
    code = shown_code(ROOT / "book/fast_conv.md")
    for line in ("from scratch import fast", "from scratch.fast import", "(fast.conv_forward)"):
        assert line in code
        assert TUNED.search(line)
