"""Speed beside a product: both are run, the ratio is told, and what is not known is refused."""

import re

import pytest

from course import speed as module
from course.env import ROOT
from course.speed import TASKS, TOLD, Speed, best, rounded, speed
from scratch import cnn_layers, rnn_layers


def test_a_function_is_run_on_what_it_takes_and_told_with_a_link(monkeypatch):
    monkeypatch.delenv("COURSE_BOOK", raising=False)
    pairs = [(cnn_layers, "conv"), (rnn_layers, "rnn")]
    for room, kind in pairs:
        forward, backward = (getattr(room, f"{kind}_{way}") for way in ("forward", "backward"))
        for found in (speed(forward), speed(backward, forward)):
            assert found.seconds > 0 and found.product > 0
            assert re.search(
                r": \d+\.\d ms for .*, [\d.]+ times as long as one matrix product", repr(found)
            )
            assert 'href="../book/fast_conv.md' in found._repr_html_()


def test_the_built_book_is_linked_while_it_is_served(monkeypatch):
    monkeypatch.setenv("COURSE_BOOK", "http://127.0.0.1:1/")
    assert "http://127.0.0.1:1/book/fast_conv.html" in Speed("f", 2, 1, "x")._repr_html_()


def test_what_takes_long_is_run_once(monkeypatch):
    runs = []
    monkeypatch.setattr(module, "LONG", -1)
    best(lambda: runs.append(1))
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("ratio", "told"), [(1.234, "1.2"), (9.96, "10"), (14.4, "14"), (388, "390")]
)
def test_two_digits(ratio, told):
    assert rounded(ratio) == told


def test_other_functions_and_a_missing_forward_are_refused():
    with pytest.raises(ValueError, match="not known: expected one of conv_forward"):
        speed(cnn_layers.max_pool_forward)
    with pytest.raises(ValueError, match=r"call speed\(rnn_backward, rnn_forward\)"):
        speed(rnn_layers.rnn_backward)


def test_where_the_time_goes_is_told_by_a_section_that_exists():
    text = (ROOT / "book/fast_conv.md").read_text(encoding="utf-8")
    assert set(TOLD) == set(TASKS)
    for kind, (title, section) in TOLD.items():
        assert re.search(rf"^#+ {title}$", text, re.MULTILINE), title
        assert section in ("", "#" + title.lower().replace(" ", "-"))
        assert f'{section}"' in Speed(f"{kind}_forward", 2, 1, "x")._repr_html_()
