"""The moving figures: their numbers are those of ``scratch``, they are light and described."""

import json
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest

from course import figures
from scratch.cnn_layers import conv_backward, conv_forward, max_pool_backward, max_pool_forward

RNG = np.random.default_rng(0)
X, W, B = (RNG.normal(size=s).round(1) for s in [(2, 5, 6), (2, 2, 3, 2), (2,)])  # exact in print

FIGURES = {
    "conv": lambda: figures.conv_stepper(X, W, b=B, stride=2, pad=1),
    "conv on plain matrices": lambda: figures.conv_stepper(np.eye(5), np.ones((3, 3))),
    "im2col": lambda: figures.im2col_stepper(X, W, pad=1),
    "pool": lambda: figures.max_pool_stepper(X, size=(2, 3), stride=1),
}


@pytest.fixture(params=FIGURES)
def figure(request):
    return FIGURES[request.param]()


class Elements(HTMLParser):
    """The attributes of each element, by its tag."""

    def __init__(self, page):
        super().__init__()
        self.found = {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.setdefault(tag, []).append(dict(attrs))


def test_a_figure_is_light(figure):
    assert len(figure._repr_html_().encode()) <= 30_000


def test_a_figure_describes_itself(figure):
    (attributes,) = Elements(figure._repr_html_()).found["course-figure"]
    assert len(attributes["summary"]) > 40 and figure.summary in repr(figure)
    assert len(figure.data["caption"]) > 20


def test_the_data_survive_the_page(figure):
    (attributes,) = Elements(figure._repr_html_()).found["course-figure"]
    assert json.loads(attributes["data"]) == json.loads(json.dumps(figure.data))


def test_a_figure_is_the_same_each_time(figure):
    assert figure._repr_html_() == figure._repr_html_()


def test_text_cannot_break_out_of_its_attribute():
    caption = 'it\'s "<script>alert(1)</script>" & more'
    page = figures.conv_stepper(np.eye(3), np.eye(2), caption=caption)._repr_html_()
    found = Elements(page).found
    assert "script" not in found
    assert json.loads(found["course-figure"][0]["data"])["caption"] == caption


def test_a_figure_that_is_too_heavy_says_so():
    with pytest.raises(ValueError, match="smaller arrays"):
        figures.conv_stepper(np.ones((30, 30)), np.ones((3, 3)))._repr_html_()


def test_a_batch_is_refused():
    with pytest.raises(ValueError, match="one image"):
        figures.conv_stepper(np.ones((2, 1, 4, 4)), np.ones((3, 3)))


def test_only_a_live_notebook_gets_the_script_and_only_once(monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(figures, "FIRST", iter([True]))
    figure = figures.conv_stepper(np.eye(3), np.eye(2))
    assert "<script>" not in figure._repr_html_()
    monkeypatch.setenv("JPY_SESSION_NAME", "notebook.ipynb")
    assert "<script>" in figure._repr_html_()
    assert "<script>" not in figure._repr_html_()


def test_the_script_can_be_inlined_and_asks_no_other_host():
    page = figures.assets()
    assert page.count("</script>") == page.count("</style>") == 1
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_the_script_is_sound():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: the script's syntax is not checked")
    script = figures.ROOT / "assets/js/stepper.js"
    subprocess.run([node, "--check", script], check=True)


@pytest.mark.parametrize("stride, pad", [(1, 0), (2, 1), (1, 2)])
def test_conv_frames_end_in_the_gradients_of_scratch(stride, pad):
    data = figures.conv_stepper(X, W, b=B, stride=stride, pad=pad).data
    out, memory = conv_forward(X[None], W, B, stride=stride, pad=pad)
    dx, dw, db = conv_backward(np.array(data["dout"])[None], memory)
    close = {"rtol": 0, "atol": 1e-9}

    F, H_out, W_out = out.shape[1:]
    np.testing.assert_allclose(data["out"], out[0], **close)
    sums = np.array(data["sums"])[:, -1].reshape(out[0].shape) + B[:, None, None]
    np.testing.assert_allclose(sums, out[0], **close)

    padded = np.zeros(np.shape(data["x"]))
    for k, (_, i, j) in enumerate(np.ndindex(F, H_out, W_out)):
        window = np.s_[:, i * stride : i * stride + 3, j * stride : j * stride + 2]
        before = padded[window].copy()
        padded[window] = np.reshape(data["dx"][k], (2, 3, 2))  # as the script does
        added = np.reshape(data["dxTerms"][k], (2, 3, 2))
        np.testing.assert_allclose(padded[window] - before, added, **close)
    H, W_ = X.shape[1:]
    np.testing.assert_allclose(padded[:, pad : pad + H, pad : pad + W_], dx[0], **close)

    last = np.arange(1, F + 1) * H_out * W_out - 1
    np.testing.assert_allclose(np.array(data["dw"])[last].reshape(dw.shape), dw, **close)
    np.testing.assert_allclose(np.array(data["db"])[last], db, **close)


@pytest.mark.parametrize("stride, pad", [(1, 0), (2, 1)])
def test_im2col_frames_multiply_and_scatter_to_what_scratch_gives(stride, pad):
    data = figures.im2col_stepper(X, W, stride=stride, pad=pad).data
    out, memory = conv_forward(X[None], W, stride=stride, pad=pad)
    dx, _, _ = conv_backward(np.array(data["dout"])[None], memory)
    np.testing.assert_allclose(data["out"], out[0], atol=1e-9)
    product = np.reshape(data["w"], (len(W), -1)) @ np.array(data["cols"])
    np.testing.assert_allclose(product.reshape(out[0].shape), out[0], atol=1e-9)

    padded = np.zeros(np.shape(data["x"]))
    for frame, (i, j) in zip(data["dx"], np.ndindex(out.shape[2:])):
        window = np.s_[:, i * stride : i * stride + 3, j * stride : j * stride + 2]
        padded[window] = np.reshape(frame, (2, 3, 2))
    H, W_ = X.shape[1:]
    np.testing.assert_allclose(padded[:, pad : pad + H, pad : pad + W_], dx[0], atol=1e-9)


@pytest.mark.parametrize("size, stride", [(2, None), ((3, 2), 1)])
def test_pool_winners_and_gradients_are_those_of_scratch(size, stride):
    x = X.round()  # with ties
    data = figures.max_pool_stepper(x, size=size, stride=stride).data
    out, memory = max_pool_forward(x[None], size=size, stride=stride)
    dx = max_pool_backward(np.array(data["dout"])[None], memory)[0]
    np.testing.assert_allclose(data["out"], out[0])
    shown = np.zeros_like(dx)
    for (c, _, _), (row, col), value in zip(np.ndindex(out[0].shape), data["winners"], data["dx"]):
        shown[c, row, col] = value
    np.testing.assert_allclose(shown, dx)
