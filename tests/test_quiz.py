"""Every quiz of the book: its answers are computed, and its page is sound HTML."""

import pytest

from course.notebooks.quiz import Quiz, in_some_order, names, problems, quiz, same
from tests.markup import assert_balanced


def question(value="2 + 2", right=True, **changes):
    options = [
        {"say": "four", "value": value, "why": "Two and two.", "right": right},
        {"say": "five", "value": "5", "why": "One too many."},
    ]
    return {"ask": "What is `2 + 2`?", "answer": "4", "options": options, **changes}


@pytest.mark.parametrize("name", names())
def test_every_answer_holds(name):
    assert problems(quiz(name)) == []


@pytest.mark.parametrize("name", names())
def test_every_question_has_a_choice_and_every_option_a_reply_of_its_own(name):
    for q in quiz(name).questions:
        replies = [option["why"] for option in q["options"]]
        assert len(replies) >= 2 and len(set(replies)) == len(replies)


def test_a_sound_question_has_no_problems():
    assert problems(quiz([question()])) == []


@pytest.mark.parametrize(
    "wrong, complaint",
    [
        (question(value="3"), "the answer is 4"),
        (question(right=False), "0 options are marked right"),
        (question(answer="5"), "equals the answer but is not marked right"),
        (question(answer="no_such_name"), "NameError"),
        ({"ask": "?", "options": []}, "'answer' is missing"),
    ],
)
def test_a_wrong_question_is_found(wrong, complaint):
    assert complaint in " ".join(problems(Quiz([wrong])))


def test_setup_defines_names_and_scratch_is_at_hand():
    q = question(answer="conv_forward(x, x)[0].size + 3")
    assert problems(Quiz([q], setup="x = np.ones((1, 1, 2, 2))")) == []


def test_an_unknown_name_lists_the_quizzes():
    with pytest.raises(ValueError, match="conv_backward"):
        quiz("no-such-quiz")


def test_same_tells_shapes_kinds_and_values_apart():
    assert same((2, 3), (2, 3)) and same(1, 1.0 + 1e-12) and same(None, None)
    assert not same((2, 3), (3, 2)) and not same(True, 1) and not same([1.0], 1.0)
    assert not same(None, 0) and not same("a", "b")


def test_text_is_escaped_and_marked_up():
    page = quiz([question(ask="Is `a < b` when **really** $a < b$ & <i>so</i>?")])._repr_html_()
    assert "<code>a &lt; b</code>" in page and "<strong>really</strong>" in page
    assert r"\(a &lt; b\)" in page and "&amp; &lt;i&gt;so&lt;/i&gt;" in page


def test_the_html_is_balanced_and_says_right_once_a_question():
    page = quiz("conv_backward")._repr_html_()
    assert_balanced(page)
    assert page.count("Right.") == len(quiz("conv_backward").questions)


def test_no_place_gives_the_right_option_away():
    shown = [in_some_order(q) for name in names() for q in quiz(name).questions]
    places = [[bool(o.get("right")) for o in options].index(True) for options in shown]
    assert all(0.2 < places.count(k) / len(places) < 0.5 for k in range(3))
    assert all(len(options) == len({o["say"] for o in options}) for options in shown)
