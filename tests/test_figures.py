"""The moving figures: their numbers are those of ``scratch``, they are light and described."""

import base64
import io
import json
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

from course import figures
from course.env import ROOT, in_live_notebook
from course.figures.element import SCRIPTS, assets, scripts
from course.figures.numbers import png
from course.figures.panels import bars, curve, grid, panels_stepper, picture, plane, words
from course.figures.steppers import graph
from course.figures.steppers.attention import looking_figure
from scratch.cnn_layers import conv_backward, conv_forward, max_pool_backward, max_pool_forward
from scratch.gradcheck import numeric_gradient
from scratch.layers import fc_backward, fc_forward, softmax, softmax_loss
from scratch.rnn import CaptioningRNN
from scratch.rnn_layers import rnn_backward, rnn_forward
from tests.browser import chromium

RNG = np.random.default_rng(0)
X, W, B = (RNG.normal(size=s).round(1) for s in [(2, 5, 6), (2, 2, 3, 2), (2,)])  # exact in print

T, D, H = 4, 2, 3
RNN = [RNG.normal(size=s).round(1) for s in [(T, D), (H,), (D, H), (H, H), (H,)]]
WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "circle"]
CAPTIONER = CaptioningRNN({word: i for i, word in enumerate(WORDS)}, input_dim=8, hidden_dim=16)
PICTURE = RNG.random((3, 8, 6))


def caption_figure(**options):
    return figures.caption_stepper(CAPTIONER, np.arange(8.0), WORDS, max_length=6, **options)


def panels_figure():
    """All panels, over frames in which everything changes that may."""
    line = np.exp(-np.arange(30) / 8)
    frames = [
        (
            f"Step {k}: `x[{k}]` is read." + " And much more is said about it here." * k,
            [
                picture(PICTURE, title="seen", box=(k, 1, 3, 3)),
                grid(
                    X[k % 2] * k, title="x" * (k + 1), rows="abcde", cols=WORDS[:6], mark=[(k, 2)]
                ),
                grid(RNG.normal(size=(2, 30)), mark=[(1, 7 * k)], faint=[(0, 0)]),
                bars(softmax(X[0, k]), names=[WORDS[(i + k) % 7] for i in range(6)], mark=k),
                curve({"train": line, "validation": line + 0.1}, at=7 * k, xlabel="step", log=True),
                curve({"a": line, "b": -line}, marked="ab"[k % 2], dashed="b", dots=[(k, 0.1 * k)]),
                plane({"a": X[0, : k + 1, :2]}, lines={"l": X[1, : k + 2, :2]}),
                plane(
                    {"a": X[0, :, :2]},
                    shade=PICTURE,
                    contours=[X[1, :, 2:4]],
                    sticks=X[:1, :2, :2],
                    square=True,
                ),
                words(WORDS * k + ["a"], mark=[k][:k], wrong=[0], notes=[k] * (7 * k + 1)),
            ],
        )
        for k in range(4)
    ]
    return panels_stepper(frames, alt="All panels, with numbers drawn at random, over four frames.")


def looking():
    rng = np.random.default_rng(2)
    names = [f"n{i}" for i in range(6)]
    gradients, image = rng.normal(size=(3, 9, 6)), rng.random((3, 16, 16))
    looks = softmax(rng.normal(size=(3, 9)))
    return looking_figure(image, ["a", "red", "star"], looks, gradients, names, window=8)


FIGURES = {
    "fc": lambda: figures.fc_stepper(X[0, :3, :2], X[1, :2, :4], X[1, 2, :4]),
    "conv": lambda: figures.conv_stepper(X, W, b=B, stride=2, pad=1),
    "conv on plain matrices": lambda: figures.conv_stepper(np.eye(5), np.ones((3, 3))),
    "im2col": lambda: figures.im2col_stepper(X[:1, :4], W[:, :1]),
    "pool": lambda: figures.max_pool_stepper(X, size=(2, 3), stride=1),
    "rnn": lambda: figures.rnn_stepper(*RNN),
    "softmax": lambda: figures.softmax_slider([2.0, 1.0, -1.0], 1, names=["a", "b", "c"]),
    "slope": figures.slope_stepper,
    "norms": figures.gradient_norm_figure,
    "race": figures.optimizer_race,
    "caption": lambda: caption_figure(image=PICTURE, truth="a red circle"),
    "panels": panels_figure,
    "looking": looking,
    "graph": lambda: figures.graph_stepper({"x": 2, "w": -3}, {"p": "x * w", "y": "p + x"}),
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
    assert len(figure.element().encode()) <= 30_000


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


def test_a_dout_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="the shape of the output"):
        figures.conv_stepper(np.eye(3), np.eye(2), dout=np.ones((3, 3)))


def test_a_batch_is_refused():
    with pytest.raises(ValueError, match="one image"):
        figures.conv_stepper(np.ones((2, 1, 4, 4)), np.ones((3, 3)))


PROGRAMS = "JPY_SESSION_NAME", "VSCODE_PID", "COLAB_RELEASE_TAG"  # that show live notebooks


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_live_notebook_gets_the_script_with_the_figure(monkeypatch, program):
    for name in PROGRAMS:
        monkeypatch.delenv(name, raising=False)
    figure = figures.conv_stepper(np.eye(3), np.eye(2))
    assert "<script>" not in figure._repr_html_()
    monkeypatch.setenv(program, "1")
    assert "<script>" in figure._repr_html_()


def test_vs_code_at_a_distance_is_known_by_what_it_puts_into_the_kernel(monkeypatch):
    for name in PROGRAMS:
        monkeypatch.delenv(name, raising=False)
    assert not in_live_notebook()
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__vsc_ipynb_file__", "/home/me/x.ipynb", raising=False)
    assert in_live_notebook()


def test_the_script_can_be_inlined_and_asks_no_other_host():
    page = assets()
    assert page.count("</script>") == page.count("</style>") == 1
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_no_script_is_left_out():
    found = {path.stem for path in (ROOT / "assets/js/figures").glob("*.js")}
    assert sorted(SCRIPTS) == sorted(found)


def test_each_script_is_sound():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: the scripts' syntax is not checked")
    for path in sorted((ROOT / "assets/js").rglob("*.js")):
        subprocess.run([node, "--check", path], check=True)


def test_a_fully_connected_figure_shows_the_arrays_of_scratch():
    x, w, b = X[0, :3, :2], X[1, :2, :4], X[1, 2, :4]
    data = figures.fc_stepper(x, w, b).data
    out, memory = fc_forward(x, w, b)
    wanted = out, *fc_backward(np.array(data["dout"]), memory)
    for name, array in zip(("out", "dx", "dw", "db"), wanted):
        np.testing.assert_allclose(data[name], array, rtol=0, atol=1e-9)


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
    out, memory = conv_forward(X[None], W, stride=stride, pad=pad)
    dout = RNG.normal(size=out.shape).round(1)
    data = figures.im2col_stepper(X, W, stride=stride, pad=pad, dout=dout).data
    dx, _, _ = conv_backward(dout, memory)
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


def test_rnn_frames_are_the_states_and_gradients_of_scratch():
    data = figures.rnn_stepper(*RNN).data
    x, h0, Wx, Wh, b = RNN
    h, memory = rnn_forward(x[None], h0[None], Wx, Wh, b)
    dx, dh0, dWx, dWh, db = rnn_backward(np.array(data["dh"])[None], memory)
    close = {"rtol": 1e-3, "atol": 1e-6}  # four digits are shown
    np.testing.assert_allclose(data["h"], h[0], **close)
    np.testing.assert_allclose(np.tanh(data["a"]), h[0], **close)
    np.testing.assert_allclose(np.add(data["fromX"], data["fromH"]) + b, data["a"], atol=2e-3)
    np.testing.assert_allclose(data["dx"], dx[0], **close)
    np.testing.assert_allclose(data["carried"][0], dh0[0], **close)
    np.testing.assert_allclose(data["slope"], 1 - h[0] ** 2, **close)
    for name, expected in {"dWx": dWx, "dWh": dWh, "db": db}.items():
        np.testing.assert_allclose(data[name][-1], expected, **close)
    total = np.add(data["dh"], data["carried"][1:])
    np.testing.assert_allclose(data["da"], total * data["slope"], atol=2e-3)


def test_the_script_computes_softmax_and_loss_like_scratch():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: the script's softmax is not compared")
    cases = [(RNG.normal(size=4) * 3, 2), (np.array([1000.0, 0.0, -1000.0]), 0), (np.zeros(5), 4)]
    program = (
        "globalThis.customElements = { get() {}, define() {} };\n"
        + "globalThis.HTMLElement = class {};\n"
        + scripts()
        + f"\nconst cases = {json.dumps([[scores.tolist(), y] for scores, y in cases])};"
        + "console.log(JSON.stringify(cases.map((c) => courseFigures.softmaxLoss(...c))));"
    )
    run = subprocess.run([node], input=program, capture_output=True, text=True, check=True)
    for (scores, y), answer in zip(cases, json.loads(run.stdout)):
        loss, dscores = softmax_loss(scores[None], np.array([y]))
        np.testing.assert_allclose(answer["p"], softmax(scores), atol=1e-12)
        np.testing.assert_allclose(answer["grad"], dscores[0], atol=1e-12)
        np.testing.assert_allclose(answer["loss"], loss, atol=1e-12)


def panel_fields(mode, k=0):
    """The fields of panel ``k`` in each frame of a mode, made whole."""
    now = {}
    return [now := {**now, **frame[k]} for frame in mode["frames"]]


def test_a_gradient_through_an_orthogonal_matrix_shrinks_by_the_size_of_the_matrix_each_step():
    modes = figures.gradient_norm_figure(sizes=(0.5, 1.0), T=6).data["modes"]
    small, large = (np.array(panel_fields(mode)[0]["lines"]) for mode in modes)
    np.testing.assert_allclose(small[0], 0.5 ** np.arange(6), rtol=1e-3)
    np.testing.assert_allclose(small[1], 1, rtol=1e-3)
    assert (large <= small * 1.001).all()
    assert (
        "5 steps back, a gradient of 1 is 0.031, smaller by a factor of 32"
        in (modes[0]["texts"][0])
    )
    assert [fields["marked"] for fields in panel_fields(modes[0])] == [0, 1]


def test_the_slopes_shown_are_those_of_the_two_differences():
    forward, central = figures.slope_stepper(nudges=[0.2, 0.1]).data["modes"]
    assert (
        "(f(2.1) − f(2)) / 0.1 = 12.61. The slope is 12, so it is off by 0.61."
        in (forward["texts"][1])
    )
    assert "(f(2.1) − f(1.9)) / 0.2 = 12.01." in central["texts"][1]
    fields = panel_fields(central)[1]
    x, line = np.array(fields["x"]), np.array(fields["lines"][2])
    np.testing.assert_allclose(line, 1.9**3 + 12.01 * (x - 1.9), atol=0.01)
    np.testing.assert_allclose(fields["dots"], [[1.9, 1.9**3], [2.1, 2.1**3]], atol=1e-3)


def test_a_forward_figure_holds_nothing_of_the_way_back():
    x, w = np.arange(16.0).reshape(4, 4), np.eye(2)
    for figure in (
        figures.conv_stepper(x, w, backward=False),
        figures.im2col_stepper(x, w, backward=False),
        figures.fc_stepper(x, x[:, :2], backward=False),
    ):
        assert not [name for name in figure.data if name.startswith("d")]
        assert "gradient" not in figure.summary + figure.data["caption"]


def test_racers_follow_the_update_rules():
    data = figures.optimizer_race(scales=(1, 4), steps=3).data
    start, steepness = np.array([-4.0, 1.5]), np.array([1.0, 20.0])
    first_sgd = start - 0.05 * steepness * start
    np.testing.assert_allclose(data["paths"][0][0][:2], [start, first_sgd], atol=0.01)
    assert [field[0][0] for field in data["losses"]] == [30.5, 30.5]
    assert data["losses"][1][0][-1] > 30.5, "SGD with four times the rate diverges"


def test_a_turned_valley_is_the_same_to_gradient_descent_and_another_to_adam():
    straight, turned = (figures.optimizer_race(turn=t, scales=(1,)).data for t in (0, 45))
    ends = {
        name: (a[-1], b[-1])
        for name, a, b in zip(straight["names"], straight["losses"][0], turned["losses"][0])
    }
    assert np.allclose(ends["SGD"][0], ends["SGD"][1])
    assert np.allclose(ends["Momentum"][0], ends["Momentum"][1])
    assert ends["RMSProp"][1] > 10 * ends["RMSProp"][0] and ends["Adam"][1] > 10 * ends["Adam"][0]
    for level, loss in zip(turned["levels"], (0.5, 2, 5)):
        x, y = np.array(level).T
        along, across = (x + y) / np.sqrt(2), (y - x) / np.sqrt(2)
        assert np.allclose(0.5 * (along**2 + 20 * across**2), loss, rtol=0.2)


def test_the_race_begins_at_the_rates_that_suit_the_valley():
    data = figures.optimizer_race(steps=3).data
    assert data["scales"][data["first"]] == 1


def test_the_caption_is_the_one_that_the_model_samples():
    (mode,) = caption_figure().data["modes"]
    sampled = CAPTIONER.sample(np.arange(8.0)[None], max_length=6)[0]
    said, best = panel_fields(mode, 0), panel_fields(mode, 1)
    for k, (text, fields, top) in enumerate(zip(mode["texts"], said, best)):
        word = WORDS[sampled[k]]
        assert fields["tokens"][k] == word and fields["mark"] == [k]
        assert top["names"][0] == word and top["mark"] == 0  # greedy: the most probable one
        assert f"says “{word}”, probability" in text
        assert float(text.split("probability ")[1][:5]) == pytest.approx(top["values"][0], abs=1e-3)


def test_the_picture_survives_as_png():
    pillow = pytest.importorskip("PIL.Image")
    data = base64.b64decode(png(PICTURE).partition(",")[2])
    pixels = np.asarray(pillow.open(io.BytesIO(data)))
    np.testing.assert_allclose(pixels.transpose(2, 0, 1) / 255, PICTURE, atol=0.5 / 255)


@pytest.mark.parametrize(
    "nodes",
    [
        {"p": "x * w", "s": "p + x", "y": "tanh(s)", "z": "y / w", "q": "square(z)"},
        {"a": "exp(x)", "b": "log(a)", "c": "b - w", "d": "sigmoid(c)", "e": "relu(d)"},
        {"p": "x * x"},
    ],
)
def test_graph_gradients_agree_with_numeric_ones(nodes):
    def output(x):
        values = dict(zip("xw", x))
        for name, expression in nodes.items():
            kind, args = graph.parse_node(expression)
            values[name] = graph.OPERATIONS[kind][1](*(values[a] for a in args))
        return values[name]

    x = np.array([0.7, -1.3])
    totals = {}
    for frame in figures.graph_stepper({"x": x[0], "w": x[1]}, nodes).data["backward"]:
        totals.update({name: total for name, _, _, total in frame["shares"]})
    analytic = [totals.get("x", 0.0), totals.get("w", 0.0)]
    np.testing.assert_allclose(analytic, numeric_gradient(output, x), rtol=2e-3, atol=1e-6)


def test_a_graph_takes_one_operation_a_node():
    with pytest.raises(ValueError, match="one operation"):
        figures.graph_stepper({"x": 1}, {"y": "x * x + x"})


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


STEP_THROUGH = """(figure) => {
  const player = figure.player, heights = new Set();
  const seen = (node) => node.checkVisibility({ visibilityProperty: true });
  for (const mode of player?.modes.keys() ?? []) {
    player.turn({ mode, step: 0 });
    for (let step = 0; step < player.modes[mode].steps; step++) {
      figure.querySelector(".cf-stage").dispatchEvent(
        new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
      heights.add(Math.round(figure.getBoundingClientRect().height));
    }
    if (player.step !== player.modes[mode].steps - 1) throw Error("the last step is not reached");
    const shut = [...figure.querySelectorAll(".cf-scene.cf-off *")].find(seen);
    if (shut) throw Error(`of a tab that is not open one sees ${shut.outerHTML}`);
    const cells = figure.querySelectorAll(".cf-scene:not(.cf-off) .cf-live .cf-cell");
    for (let k = 0; k < cells.length; k += 7) {
      cells[k].click();
      heights.add(Math.round(figure.getBoundingClientRect().height));
    }
  }
  return [...heights];
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_each_figure_runs_without_error_or_jump(browser, figure, width):
    page, errors = browser.new_page(viewport={"width": width, "height": 800}), []
    page.on("pageerror", lambda error: errors.append(error))
    page.set_content(f"<!doctype html>{assets()}{figure._repr_html_()}")
    heights = page.eval_on_selector("course-figure", STEP_THROUGH)
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.close()
    assert (errors, heights[1:], max(overflow, 0)) == ([], [], 0)


def test_a_mark_makes_no_cell_wider(browser):
    """A wider table would push its neighbors into another row."""
    frames = [(f"{k}", [grid(["wwwwmmmm"] * 3, mark=[0, 1, 2][:k])]) for k in range(4)]
    page = browser.new_page()
    figure = panels_stepper(frames, alt="A row of three words, marked one after the other.")
    page.set_content(f"<!doctype html>{assets()}{figure._repr_html_()}")
    width = "(table) => table.getBoundingClientRect().width"
    before = page.eval_on_selector(".cf-sheet", width)
    page.focus(".cf-stage")
    page.keyboard.press("End")
    assert page.locator("td[aria-current=true]").count() == 3
    after = page.eval_on_selector(".cf-sheet", width)
    page.close()
    assert after == before


def test_the_marks_of_a_panel_can_be_heard(browser):
    """The frame's sentence is announced, a marked cell is the current one, pictures have words."""
    page = browser.new_page()
    page.set_content(f"<!doctype html>{assets()}{panels_figure()._repr_html_()}")
    page.focus(".cf-stage")
    page.keyboard.press("End")
    assert page.inner_text("[aria-live]").startswith("Step 3: x[3] is read.")
    assert page.locator(".cf-status:not(.cf-ghost) code").inner_text() == "x[3]"
    assert page.locator("td[aria-current=true]").count() == 2
    assert page.locator("[role=listitem][aria-current=true]").count() == 1
    alts = page.eval_on_selector_all("img", "(all) => all.map((img) => img.alt)")
    labels = page.eval_on_selector_all(
        ".cf-part [role=img], table", "(all) => all.map((part) => part.ariaLabel)"
    )
    page.close()
    assert alts == ["seen, rows 3\u20135, columns 1\u20133 outlined"]
    assert len(labels) == 7 and all(labels)


def test_the_race_opens_on_its_middle_rate(browser):
    page = browser.new_page()
    page.set_content(f"<!doctype html>{assets()}{figures.optimizer_race()._repr_html_()}")
    pressed = page.inner_text("button[aria-pressed=true]")
    page.close()
    assert pressed == "rate \u00d7 1"


def test_on_paper_every_mode_stands_at_its_end(browser):
    page = browser.new_page()
    figure = figures.fc_stepper(X[0, :3, :2], X[1, :2, :4])
    page.set_content(f"<!doctype html>{assets()}{figure._repr_html_()}")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".cf-scene").count() == 4
    assert all(scene.is_visible() for scene in page.locator(".cf-scene").all())
    assert not page.locator(".cf-controls").is_visible()
    results = page.locator(".cf-scene .cf-after:last-child .cf-live .cf-cell")
    assert "" not in results.all_inner_texts() and results.count() == 12 + 6 + 8 + 4
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    first = page.locator(".cf-scene").first.locator(".cf-live .cf-cell").all_inner_texts()
    assert first[0] != "" and set(first[1:]) == {""}
    page.close()
