"""Panels: what a frame holds reaches the page, is stored once, and frames that jump are refused."""

import base64
import io
import json

import numpy as np
import pytest

from course.figures import panels
from course.figures.live import live
from course.figures.numbers import png
from course.figures.panels import bars, curve, grid, panels_stepper, picture, words

RNG = np.random.default_rng(0)
IMAGE = RNG.random((3, 6, 4))


def stepper(*panels):
    """One panel a frame."""
    return panels_stepper([("A frame.", [panel]) for panel in panels], alt="A test of panels.")


def frames_of(figure):
    """The fields of the first panel in each frame, made whole as the script does it."""
    now = {}
    return [now := {**now, **frame[0]} for frame in figure.data["modes"][0]["frames"]]


def test_a_grid_holds_the_numbers_of_each_frame():
    arrays = RNG.normal(size=(3, 2, 4))
    frames = frames_of(stepper(*(grid(array, decimals=3) for array in arrays)))
    shown = [np.reshape(frame["cells"], (2, 4)) for frame in frames]
    np.testing.assert_allclose(shown, arrays, atol=5e-4)
    assert {frame["scale"] for frame in frames} == {np.abs(shown).max()}


def test_cells_may_be_empty_words_or_infinite():
    panel = grid([["a", None, 1.0], [np.nan, -np.inf, " "]], mark=[(1, 2)], faint=[(0, 0)])
    assert panel.fields["cells"] == ["a", None, 1, None, "\u2212\u221e", "\u2423"]
    assert (panel.fields["mark"], panel.fields["faint"]) == ([5], [0])


def test_one_row_takes_plain_indices():
    assert grid([1, 2, 3], mark=[2]).fields["mark"] == [2]


def test_scale_zero_leaves_the_colors_out():
    assert frames_of(stepper(grid([1, 2], scale=0)))[0]["scale"] == 0


def test_bars_keep_one_range_over_all_frames():
    frames = frames_of(stepper(*(bars(v, names="ab") for v in ([1, -2], [0, 5]))))
    assert [(frame["low"], frame["top"]) for frame in frames] == [(-2, 5)] * 2
    assert [frame["values"] for frame in frames] == [[1, -2], [0, 5]]


def test_one_picture_is_stored_once_however_many_frames_show_it():
    figure = panels_stepper(
        [(f"Row {i}.", [picture(IMAGE, box=(i, 0, 1, 4)), picture(IMAGE)]) for i in range(6)],
        alt="A box that moves down.",
    )
    assert figure.data["pictures"] == [png(IMAGE)]
    assert [frame["box"][0] for frame in frames_of(figure)] == list(range(6))


def test_a_gray_picture_survives_as_png():
    pillow = pytest.importorskip("PIL.Image")
    (source,) = stepper(picture(IMAGE[0])).data["pictures"]
    pixels = np.asarray(pillow.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))))
    np.testing.assert_allclose(pixels / 255, IMAGE[0], atol=0.5 / 255)


def test_lines_are_stored_once_and_the_dots_move():
    line = np.linspace(1, 0.1, 20)
    figure = stepper(*(curve({"train": line}, at=at, log=True) for at in range(5)))
    assert figure.data["modes"][0]["frames"][1:] == [[{"at": at}] for at in range(1, 5)]
    first = frames_of(figure)[0]
    np.testing.assert_allclose(first["lines"][0], line, rtol=1e-3)
    low, high = first["range"][1]
    assert low < np.log10(line.min()) and high > np.log10(line.max())
    assert all(10**low <= tick <= 10**high for tick in first["yTicks"])


def test_what_has_no_logarithm_is_a_gap():
    assert curve({"a": [1, 0, np.nan, 2]}, log=True).fields["lines"] == [[1, None, None, 2]]


def test_a_constant_line_has_room_around_it():
    low, high = frames_of(stepper(curve({"a": [3, 3]})))[0]["range"][1]
    assert low < 3 < high


def test_tabs_share_their_ranges_and_each_begins_whole():
    one, two = ([("A frame.", [bars([value], names="a")])] * 2 for value in (1, 5))
    modes = panels_stepper({"one": one, "two": two}, alt="Two tabs.").data["modes"]
    assert [mode["label"] for mode in modes] == ["one", "two"]
    for mode, value in zip(modes, (1, 5)):
        first, second = mode["frames"]
        assert (first[0]["values"], first[0]["top"], second) == ([value], 5, [{}])


def test_lines_are_cut_where_the_axis_is_told_to_end():
    fields = frames_of(stepper(curve({"a": [1, 100]}, ylim=(0, 10), dots=[(0, 1)])))[0]
    assert fields["range"][1] == [0, 10] and fields["dots"] == [[0, 1]]


def test_words_keep_their_marks_and_notes():
    fields = words(["a", "\n"], mark=[0], wrong={1}, notes=[3, 0.5]).fields
    assert fields["tokens"] == ["a", "\u21b5"] and fields["notes"] == ["3", "0.5"]
    assert (fields["mark"], fields["wrong"], fields["faint"]) == ([0], [1], [])


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: stepper(), "at least one frame"),
        (lambda: stepper(grid([1]), words(["a"])), "has the panels"),
        (lambda: stepper(grid([1]), grid([1, 2])), "nothing jumps"),
        (lambda: stepper(curve({"a": [1, 2]}), curve({"b": [1, 2]})), "nothing jumps"),
        (lambda: stepper(curve({"a": [np.nan]})), "no point"),
        (lambda: grid(np.ones((2, 2, 2))), r"\(n, m\)"),
        (lambda: grid([[1, 2], [3]]), r"\(n, m\)|inhomogeneous"),
        (lambda: grid([[1, 2], [3, 4]], rows=["a"]), "1 names for 2 places"),
        (lambda: grid([[1, 2], [3, 4]], mark=[1]), r"give \(i, j\)"),
        (lambda: grid([[1, 2], [3, 4]], mark=[(2, 0)]), "outside"),
        (lambda: bars([1, 2], names=["a"]), "1 names for 2 places"),
        (lambda: picture(np.ones((2, 3, 3))), r"\(3, H, W\)"),
        (lambda: curve({"a": [1, 2]}, x=[1]), "longest line"),
        (lambda: curve({"a": [1, 2]}, at=2), "no index"),
        (lambda: curve({"a": [1, 2]}, marked="b"), "no line 'b'"),
        (lambda: curve({"a": [1, 2]}, dashed=["b"]), "no line 'b'"),
        (lambda: stepper(curve({"a": [1]}, dots=[(0, 1)]), curve({"a": [1]})), "nothing jumps"),
        (lambda: panels_stepper({"A": [("", [words(["a"])])], "B": []}, alt=""), "in each tab"),
        (lambda: words(["a"], notes=["x", "y"]), "2 names for 1 places"),
        (lambda: stepper(grid(RNG.normal(size=(80, 80)))).element(), "smaller arrays"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_stepper_can_have_controls():
    figure = live(lambda n: stepper(grid(np.arange(float(n)))), n=(3, 5))
    assert frames_of(figure)[0]["cells"] == [0, 1, 2] and "controls" in figure.data["caption"]


def test_two_figures_of_the_same_frames_are_the_same():
    once, again = (stepper(picture(IMAGE), picture(IMAGE[:, ::-1])) for _ in range(2))
    assert json.dumps(once.data) == json.dumps(again.data)


def test_a_plane_keeps_one_range_and_stores_dots_that_stay_once():
    dots = {"a": [[0, 0], [1, 2]], "b": np.array([[4.0, -1.0]])}
    stick = [[0, 0], [1, 1]]
    planes = [panels.plane(dots, lines={"way": [[0, 0], [k, k]]}, sticks=[stick]) for k in (1, 6)]
    figure = panels.panels_stepper([("a step", [plane]) for plane in planes], alt="a plane")
    (data,) = figure.data["modes"]
    first, second = (frame[0] for frame in data["frames"])
    assert first["dots"] == [[[0, 0], [1, 2]], [[4, -1]]] and first["sticks"] == [[0, 0, 1, 1]]
    assert set(second) == {"lines"}
    (left, right), (low, high) = first["range"]
    assert left < 0 and right > 6 and low < -1 and high > 6


def test_a_plane_takes_a_picture_below_and_refuses_what_is_no_place():
    shade = np.zeros((3, 4, 4))
    plane = panels.plane({"a": [[0, 0]]}, shade=shade, x_range=(-1, 1), y_range=(-1, 1))
    data = panels.panels_stepper([("one", [plane])], alt="shaded").data
    fields = data["modes"][0]["frames"][0][0]
    assert fields["picture"] == 0 and len(data["pictures"]) == 1
    assert fields["range"] == [[-1, 1], [-1, 1]]
    with pytest.raises(ValueError, match="one place a row"):
        panels.plane({"a": [1, 2, 3]})
