"""Point at a word or a cell: by mouse, by keyboard, by touch; what is shown is what came back."""

import numpy as np
import pytest

from course.figures.element import assets
from course.figures.steppers.attention import looking_figure
from course.figures.steppers.self_attention import self_attention_stepper
from scratch.layers import softmax
from scratch.rnn_layers import self_attention_backward, self_attention_forward
from tests.browser import chromium

WORDS = ["a", "red", "star"]
RNG = np.random.default_rng(3)
LOOKS, GRADIENTS = softmax(RNG.normal(size=(3, 9))), RNG.normal(size=(3, 9, 4))
STATUS = "p.cf-status:not(.cf-ghost)"


def figure():
    image, names = RNG.random((3, 16, 16)), ["star", "red", "row 0", "column 2"]
    return looking_figure(image, WORDS, LOOKS, GRADIENTS, names, window=8)


def test_the_shares_are_those_of_the_gradients():
    data = figure().data
    sizes = np.linalg.norm(GRADIENTS, axis=2)
    np.testing.assert_allclose(data["back"], sizes / sizes.sum(axis=1, keepdims=True), atol=6e-4)
    np.testing.assert_allclose(data["looks"], LOOKS, atol=6e-4)
    (first, value), *_ = data["told"][2][5]
    assert first == np.abs(GRADIENTS[2, 5]).argmax()
    assert value == pytest.approx(GRADIENTS[2, 5, first], abs=6e-3)


def test_no_gradient_at_all_is_no_share():
    image = np.zeros((3, 16, 16))
    data = looking_figure(image, WORDS, LOOKS, 0 * GRADIENTS, list("abcd"), window=8).data
    assert not np.any(data["back"]) and not any(map(any, data["told"]))


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(params=["wide", "phone"])
def page(browser, request):
    phone = request.param == "phone"
    options = {"viewport": {"width": 390, "height": 800}, "has_touch": True} if phone else {}
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_content(f"<!doctype html>{assets()}{figure()._repr_html_()}")
    page.phone = phone
    yield page
    context.close()


def choose(page, place):
    """Touch it on a phone, click it elsewhere."""
    place.tap() if page.phone else place.click()


def percent(share):
    return f"{int(100 * round(share, 3) + 0.5)} %"


def test_a_word_that_is_chosen_says_where_it_looked(page):
    choose(page, page.locator(".cf-chip").nth(2))
    best = int(LOOKS[2].argmax())
    said = page.inner_text(STATUS)
    assert said.startswith(f"To write star it looked most at row {best // 3}, column {best % 3}: ")
    assert page.locator(".cf-chip[aria-pressed=true]").inner_text().startswith("star")
    shown = page.locator(".cf-seeing").first.locator(".cf-cell").nth(best).inner_text()
    assert f"{shown} %" == percent(LOOKS[2, best])


@pytest.mark.parametrize("picture", [0, 1])
def test_a_cell_that_is_chosen_says_what_came_back_and_stays(page, picture):
    choose(page, page.locator(".cf-seeing").nth(picture).locator(".cf-cell").nth(5))
    assert page.inner_text(STATUS).startswith("a, row 1, column 2: ")
    choose(page, page.locator(".cf-chip").nth(1))
    choose(page, page.locator(".cf-seeing").nth(picture).locator(".cf-cell").nth(5))
    said = page.inner_text(STATUS)
    share = figure().data["back"][1][5]
    assert said.startswith("red, row 1, column 2: ") and f"{percent(share)} of the gradient" in said
    notes = [n.split("\n")[-1] for n in page.locator(".cf-chip").all_inner_texts()]
    assert notes == [percent(shares[5]) for shares in figure().data["back"]]


@pytest.mark.parametrize("page", ["wide"], indirect=True)  # a finger does not hover
def test_the_mouse_shows_while_it_points(page):
    before = page.inner_text(STATUS)
    page.locator(".cf-seeing").nth(1).locator(".cf-cell").nth(8).hover()
    assert page.inner_text(STATUS).startswith("a, row 2, column 2: ")
    page.locator(".cf-chip").nth(1).hover()
    assert page.inner_text(STATUS).startswith("To write red ")
    page.mouse.move(0, 0)
    assert page.inner_text(STATUS) == before


def test_by_keyboard_alone(page):
    page.locator(".cf-chip").nth(0).focus()
    page.keyboard.press("Tab")
    assert page.inner_text(STATUS).startswith("To write red ")  # the word that has the focus
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    assert page.inner_text(STATUS).startswith("To write star ")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the last word: the cells
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    assert page.inner_text(STATUS).startswith("star, row 1, column 1: ")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # away: what was chosen stays
    assert page.inner_text(STATUS).startswith("star, row 1, column 1: ")


def test_self_attention_ends_with_what_the_layer_says():
    x, (Wq, Wk, Wv) = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 3, 2))
    dout = RNG.normal(size=(4, 2))
    mode = self_attention_stepper(x, Wq, Wk, Wv, dout).data["modes"][0]
    _, cache = self_attention_forward(x[None], Wq, Wk, Wv)
    dx = self_attention_backward(dout[None], cache)[0][0]
    assert len(mode["texts"]) == 2 + 4 + 4 + 1
    assert all(", ".join(f"{v:.2f}" for v in row) in mode["texts"][-1] for row in dx)


def test_single_precision_weighs_no_more():
    names, image = list("abcd"), np.zeros((3, 16, 16))
    sizes = [
        len(looking_figure(image, WORDS, kind(LOOKS), kind(GRADIENTS), names, window=8).element())
        for kind in (np.float32, np.float64)
    ]
    assert sizes[0] == sizes[1]
