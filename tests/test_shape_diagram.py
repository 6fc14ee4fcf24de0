"""Shapes as pictures: what is drawn is what a layer declares, takes and gives."""

import inspect
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from course.figures.shape_diagram import LETTERS, OTHER, draw_shapes, shapes_of
from scratch import cnn_layers, layers, rnn_layers
from scratch.shapes import check_shapes, factors

ROOT = Path(__file__).resolve().parents[1]
PUBLIC = {
    name: value
    for module in (layers, cnn_layers, rnn_layers)
    for name, value in vars(module).items()
    if inspect.isfunction(value) and value.__module__ == module.__name__
}
OPEN = {"attend_forward"}  # its weights are those of whatever step it is given
FORWARD = [n for n in PUBLIC if "_forward" in n or n.endswith("_loss") or n == "softmax"]
FORWARD = [n for n in FORWARD if n not in OPEN]
BACKWARD = [n.replace("_forward", "_backward") for n in FORWARD if "_forward" in n]
SIZES = {"N": 2, "C": 3, "H": 7, "W": 8, "F": 4, "HH": 5, "WW": 6, "D": 9, "M": 10, "T": 11}
SIZES |= {"V": 12, "L": 13}


def size_of(axis, sizes):
    """Of an axis such as H, 4H, D + A or 3; None where a letter is not known."""
    if "+" in axis:
        parts = [size_of(part.strip(), sizes) for part in axis.split("+")]
        return None if None in parts else sum(parts)
    times, letter = factors(axis)
    return times * sizes[letter] if letter in sizes else None if letter else times


def random_arrays(name):
    """Arrays that fit the inputs that a layer is drawn with, every letter another size."""
    rng = np.random.default_rng(0)
    for arg, axes in shapes_of(PUBLIC[name])[0]:
        for axis in axes:  # a letter of one layer only gets a size of its own
            for part in axis.split("+") if axis != "..." else ():
                if letter := factors(part.strip())[1]:
                    SIZES.setdefault(letter, 3 + len(SIZES))
        shape = [n for a in axes for n in ((2, 3) if a == "..." else (size_of(a, SIZES),))]
        if arg == "y" or (name.startswith("word") and arg == "x"):
            yield rng.integers(0, 3, shape)
        else:
            yield rng.normal(size=shape)


def run(function, arrays):
    options = {"rng": np.random.default_rng(0)} if "dropout" in function.__name__ else {}
    result = function(*arrays, **options)
    return result if isinstance(result, tuple) else (result,)


def assert_shape(array, axes, sizes):
    """The rank is as drawn, and so is every axis whose letter is known."""
    shape, free = np.shape(array), axes[:1] == ("...",)
    assert len(shape) >= len(axes) - 1 if free else len(shape) == len(axes)
    for axis, size in zip(axes[::-1], shape[::-1]):
        assert axis == "..." or size_of(axis, sizes) in (size, None), (axis, axes, shape)


def assert_told_truly(function, arrays):
    """What the diagram says comes out is what comes out."""
    diagram = draw_shapes(function, *arrays)
    results = run(function, arrays)
    for array, (_, axes) in zip(results, diagram.outputs, strict=False):
        assert_shape(array, axes, diagram.sizes)
    return results


@pytest.mark.parametrize("name", FORWARD)
def test_outputs_are_what_the_layer_returns(name):
    results = assert_told_truly(PUBLIC[name], list(random_arrays(name)))
    cache = "_forward" in name
    assert len(results) == len(draw_shapes(PUBLIC[name]).outputs) + cache


@pytest.mark.parametrize("name", BACKWARD)
def test_gradients_are_what_the_backward_returns(name):
    forward_name = name.replace("_backward", "_forward")
    arrays = list(random_arrays(forward_name))
    *outputs, cache = run(PUBLIC[forward_name], arrays)
    sizes = draw_shapes(PUBLIC[forward_name], *arrays).sizes
    diagram = draw_shapes(PUBLIC[name], *outputs)
    assert diagram.sizes.items() >= {k: sizes[k] for k in diagram.sizes if k in sizes}.items()
    gradients = PUBLIC[name](*outputs, cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    for gradient, (_, axes) in zip(gradients, diagram.outputs, strict=True):
        assert_shape(gradient, axes, sizes)


def test_gradients_of_a_convolution_are_drawn_like_its_inputs():
    assert repr(draw_shapes(cnn_layers.conv_backward)) == (
        "conv_backward: dout (N, F, H', W') goes in, "
        "dx (N, C, H, W), dw (F, C, HH, WW), db (F,) come out"
    )


def test_sizes_stand_beside_the_letters():
    x, w = np.zeros((2, 3)), np.zeros((3, 5))
    diagram = draw_shapes(layers.fc_forward, x, w)  # without b: its letter is known from w
    assert diagram.sizes == {"D": 3, "M": 5}
    assert diagram._repr_html_().count(">M = 5<") == 3


def drawing(name):
    """The diagram as an XML tree; ``ElementTree`` refuses what is not well formed."""
    return ElementTree.fromstring(draw_shapes(PUBLIC[name])._repr_html_())


@pytest.mark.parametrize("name", FORWARD + BACKWARD)
def test_letters_and_arrays_in_the_drawing_are_those_declared(name):
    inputs, outputs = shapes_of(PUBLIC[name])
    tree = drawing(name)
    names = [text.split(" ")[0] for text in tree.itertext() if "(" in text]
    assert names == [arg for arg, _ in inputs + outputs]
    marks = {text.text for text in tree.iter("{http://www.w3.org/2000/svg}text")} - {"⋯"}
    letters = {axis for _, axes in inputs + outputs for axis in axes}
    assert marks == {axis.replace("...", "…").replace("'", "′") for axis in letters}
    svgs = tree.findall(".//{http://www.w3.org/2000/svg}svg")
    assert len(svgs) == len(inputs) + len(outputs)


@pytest.mark.parametrize("name", FORWARD + BACKWARD)
def test_a_drawing_can_be_heard_read_and_seen_on_any_background(name):
    tree = drawing(name)
    assert tree.get("role") == "img"
    assert tree.get("aria-label") == draw_shapes(PUBLIC[name]).sentence()
    palette = {color for color, _ in [*LETTERS.values(), OTHER]}
    for node in tree.iter():
        assert "script" not in node.tag and "color" not in node.get("style", "")
        assert float(node.get("font-size", 12)) >= 11
        for paint in (node.get("fill"), node.get("stroke")):
            if paint not in (None, "none", "currentColor"):  # #111 only on a letter's color
                assert paint in palette or (paint == "#111" and node.tag.endswith("text"))
    for svg in tree.iter("{http://www.w3.org/2000/svg}svg"):
        assert float(svg.get("width")) <= 300  # on a phone each array keeps its size


@pytest.mark.parametrize("name", FORWARD)
def test_letters_that_meet_have_different_colors(name):
    inputs, outputs = shapes_of(PUBLIC[name])
    letters = {axis for _, axes in inputs + outputs for axis in axes if axis in LETTERS}
    for one, other in combinations(sorted(letters), 2):
        assert LETTERS[one][0] != LETTERS[other][0], (one, other)


def luminance(color):
    c = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [
        0.2126,
        0.7152,
        0.0722,
    ]


@pytest.mark.parametrize("color", sorted({color for color, _ in [*LETTERS.values(), OTHER]}))
def test_letters_are_readable_on_their_color(color):
    assert (luminance(color) + 0.05) / (luminance("#111111") + 0.05) >= 4.5


def test_colored_letters_are_those_of_the_notation_page():
    text = (ROOT / "book" / "notation.md").read_text(encoding="utf-8")
    table = text.split("<!-- letters -->")[1].split("<!-- end of letters -->")[0]
    cells = ", ".join(line.split("|")[1] for line in table.splitlines() if "|" in line)
    known = {cell.strip() for cell in cells.split(",")}
    assert set(LETTERS) <= known


# ---- a learner's own functions


def own(source, name):
    """A function as a notebook may define it, here without a source that can be read."""
    space = {}
    exec(source, space)
    return space[name]


def test_a_function_of_ones_own_is_drawn_like_the_one_it_is_named_after():
    mine = own("def fc_forward(x, w, b):\n    return x @ w + b, None", "fc_forward")
    assert repr(draw_shapes(mine)) == repr(draw_shapes(layers.fc_forward))


def test_what_a_function_declares_itself_comes_first():
    def fc_forward(x, w, b):
        check_shapes("x (N, T, D), w (D, M)", x, w)
        check_shapes("w (D, M), b (M,)", w, b)

    inputs, outputs = shapes_of(fc_forward)
    assert inputs == [("x", ("N", "T", "D")), ("w", ("D", "M")), ("b", ("M",))]
    assert outputs == [("out", ("...", "M"))]  # its docstring says nothing: that of scratch


def test_gradients_are_those_that_the_docstring_names():
    source = 'def fc_backward(dout, cache):\n    """Gradients ``(dx, dw)``, given ``dout``."""'
    drawn = draw_shapes(own(source, "fc_backward"))
    assert [name for name, _ in drawn.outputs] == ["dx", "dw"]


def test_a_layer_that_scratch_does_not_know_is_drawn_from_what_it_says():
    def scale(x, factor):
        """Scale each feature: (N, D) -> (N, D)."""
        check_shapes("factor (D,)", factor)

    said = "scale: x (N, D), factor (D,) go in, out (N, D) comes out; N = 2, D = 3"
    assert repr(draw_shapes(scale, np.zeros((2, 3)), np.zeros(3))) == said


def test_what_is_said_twice_of_one_array_is_not_said_of_the_next():
    def conv_forward(x, w, b=None, *, stride=1, pad=0):
        """Mine: (N, C, H, W) -> (N, F, H', W')."""
        check_shapes("x (N, C, H, W), w (F, C, HH, WW)", x, w)

    assert shapes_of(conv_forward) == shapes_of(cnn_layers.conv_forward)


def test_outputs_are_called_as_the_function_calls_them():
    def step(x, *, train=True):
        """One step: (N, D) -> (N, D)."""
        next_x = x + 1
        if not train:
            return x, None
        return next_x, None

    assert shapes_of(step)[1] == [("next_x", ("N", "D"))]
    assert [name for name, _ in shapes_of(rnn_layers.lstm_step_forward)[1]] == ["next_h", "next_c"]


def test_a_docstring_that_lies_is_found_out():
    def fc_forward(x, w, b):
        """Wrong on purpose: (N, D) -> (N, D)."""
        return layers.fc_forward(x, w, b)

    with pytest.raises(AssertionError, match="D"):
        assert_told_truly(fc_forward, [np.zeros((2, 3)), np.zeros((3, 5)), np.zeros(5)])


# ---- errors


def test_no_declaration():
    def mystery(x):
        return x

    for function in (mystery, np.tanh, max, own("f = lambda x: x", "f")):
        with pytest.raises(ValueError, match="declares no shapes: write check_shapes"):
            draw_shapes(function)


def test_no_output():
    def mystery(x):
        check_shapes("x (N, D)", x)

    with pytest.raises(ValueError, match="mystery does not say what comes out"):
        draw_shapes(mystery)


def test_a_backward_without_its_forward():
    def mystery_backward(dout, cache):
        return dout

    with pytest.raises(ValueError, match="no mystery_forward beside it"):
        draw_shapes(mystery_backward)


def test_broken_declarations():
    def unnamed(x, w):
        """(N, D) -> (N, M)."""
        check_shapes("x (N, D), w D M", x, w)

    def torn(x, w):
        """(N, D) -> (N, M)."""
        check_shapes("x (N, D)", x)
        check_shapes("x (N, T, D), w (D, M)", x, w)

    with pytest.raises(ValueError, match="'x .N, D., w D M' for 2 arrays: each needs its name"):
        draw_shapes(unnamed)
    with pytest.raises(ValueError, match=r"torn declares x \(N, D\) and also x \(N, T, D\)"):
        draw_shapes(torn)


def test_arrays_that_do_not_fit_get_the_sentence_of_the_layer():
    x, w, b = np.zeros((4, 3)), np.zeros((3, 5)), np.zeros(3)
    with pytest.raises(ValueError) as layer:
        layers.fc_forward(x, w, b)
    with pytest.raises(ValueError) as drawn:
        draw_shapes(layers.fc_forward, x, w, b)
    assert str(drawn.value) == str(layer.value)


def test_too_many_arrays_and_an_array_left_out():
    x, w = np.zeros((1, 2, 5, 5)), np.zeros((3, 2, 3, 3))
    with pytest.raises(ValueError, match="takes x, w, b: 4 arrays are too many"):
        draw_shapes(cnn_layers.conv_forward, x, w, None, x)
    assert "b (F,)" not in repr(draw_shapes(cnn_layers.conv_forward, x, w, None))


def test_a_multiple_is_drawn_wider_and_says_its_size():
    """The four gates of an LSTM: 4H is longer than H, in its color, and 4 H with numbers."""
    gates = draw_shapes(rnn_layers.lstm_forward)
    assert "Wx (D, 4H)" in gates.sentence() and "b (4H,)" in gates.sentence()
    arrays = [np.zeros(s) for s in [(2, 4, 3), (2, 5), (3, 20), (5, 20), (20,)]]
    drawn = draw_shapes(rnn_layers.lstm_forward, *arrays)._repr_html_()
    assert "4H = 20" in drawn and "H = 5" in drawn
    with pytest.raises(ValueError, match=r"expected \(D, 4H\)"):
        draw_shapes(rnn_layers.lstm_forward, *arrays[:2], np.zeros((3, 15)))
