"""Practice: every card has one right answer, wrong code is wrong, and cards come back in time."""

import ast
import datetime
import html
import importlib
import inspect
import json
import re

import pytest

from course.checks import SPECS
from course.checks.judge import passes
from course.checks.mistakes import known
from course.checks.storeys import changed_source, home, right
from course.env import ROOT
from course.notebooks import chapters
from course.site.practice import LONGEST, bare, practice
from tests.browser import chromium

progress = importlib.import_module("course.notebooks.progress")
CARDS = practice().cards
MISTAKES = [card for card in CARDS if card.id.startswith("mistake-")]
SCRIPT = (ROOT / "assets/js/practice.js").read_text(encoding="utf-8")


def code_on(card):
    """The three functions on a card."""
    found = re.findall(r"<pre><code>(.*?)</code></pre>", card.body, re.S)
    return [html.unescape(code) for code in found]


def test_every_chapter_has_cards_and_every_card_a_name_of_its_own():
    assert len({card.id for card in CARDS}) == len(CARDS)
    assert {card.page for card in CARDS} == set(chapters.order())
    assert len(MISTAKES) > 80


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_each_question_of_a_card_has_one_right_answer(card):
    questions = card.body.split('<p class="cq-ask">')[1:]
    assert len(questions) == (2 if card.id.startswith("mistake-") else 1)
    assert all(len(re.findall("cq-option cq-right", part)) == 1 for part in questions)


@pytest.mark.parametrize("card", MISTAKES, ids=lambda card: card.id)
def test_the_wrong_code_is_the_mistake_and_the_others_are_not(card):
    mistake = known()[card.id.removeprefix("mistake-")]
    wrong = bare(changed_source(mistake.function, mistake.of, mistake.change), mistake.function)
    shown = code_on(card)
    assert len(set(shown)) == 3 and shown.count(wrong) == 1
    letter = re.search(r"cq-right\"><summary><span>([ABC])<", card.body).group(1)
    assert shown["ABC".index(letter)] == wrong
    assert all(len(code.splitlines()) <= LONGEST for code in shown)
    assert not any('"""' in code or "#" in code for code in shown)


def test_code_without_its_explanations_still_does_the_same():
    for name in ("fc_backward", "max_pool_backward", "softmax_loss"):
        made = right(name)
        namespace = dict(vars(home(name, "plain")))
        exec(compile(bare(inspect.getsource(made)), name, "exec"), namespace)
        assert passes(SPECS[name], namespace[name])


def test_the_page_is_light_enough():
    assert len(practice()._repr_html_().encode()) < 600_000


def test_the_code_on_cards_is_python():
    for card in MISTAKES:
        for code in code_on(card):
            ast.parse(code)


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser, tmp_path):
    page = browser.new_page()
    (tmp_path / "practice.html").write_text(
        "<!doctype html><meta charset=utf-8><body>"
        + practice()._repr_html_()
        + f"<style>[hidden] {{ display: none !important }}</style><script>{SCRIPT}</script>",
        encoding="utf-8",
    )
    page.goto((tmp_path / "practice.html").as_uri())
    yield page
    page.close()


KEEP = "text => localStorage.setItem('cnns-rnns-from-scratch/progress', text)"
ROWS = """rows => rows.map(row => [row.dataset.exercise, ...["right", "tries", "todo"].map(
  column => row.querySelector(`.course-${column}`).innerText)])"""


def test_the_table_of_a_page_says_what_python_says(browser, tmp_path, monkeypatch):
    """Checks noted by exercise, in 15 of what 06 asks for, and without one, as in older files."""
    keys = {"15_convnet_from_scratch/conv_forward": (True, 3), "conv_backward": (True, 2)}
    keys |= {"captions_trained": (True, 1), "rnn_forward": (True, 4), "elsewhere/sgd": (True, 1)}
    keys |= {"07_conv_backward/conv_dw": (False, 5), "07_conv_backward/conv_backward": (False, 1)}
    noted = {key: {"passed": passed, "tries": tries} for key, (passed, tries) in keys.items()}
    monkeypatch.setattr(progress, "read", lambda: noted)
    script = (ROOT / "assets/js/progress.js").read_text(encoding="utf-8")
    (tmp_path / "table.html").write_text(
        "<!doctype html><meta charset=utf-8>"
        f"<div class=course-progress>{progress.table_for_pages()}</div>"
        f"<script>{progress.script_for_pages()}</script><script>{script}</script>",
        encoding="utf-8",
    )
    page = browser.new_page()
    page.goto((tmp_path / "table.html").as_uri())
    page.evaluate(KEEP, json.dumps({"version": 1, "checks": noted}))
    page.reload()
    told = progress.progress()
    assert page.eval_on_selector_all("tr[data-exercise]", ROWS) == [
        [
            name,
            f"{progress.bar(done, todo)} {progress.share(done, todo)}",
            str(told.tried(name, *done, *todo)),
            told.told(name, todo) or "done",
        ]
        for name, done, todo in told.rows
        if name != progress.OTHERS
    ]
    at_rnn = next(row for row in told.rows if row[0] == "16_captioner_from_scratch")
    assert "rnn_forward" in at_rnn[1], "an older file, in which its captioner was trained"
    page.close()


def state(page):
    return page.locator(".cp-state").inner_text()


def kept(page):
    return json.loads(
        page.evaluate("localStorage.getItem('cnns-rnns-from-scratch/practice')") or "{}"
    )


def answer(page, right=True):
    """Answer each question of the card that is shown."""
    card = page.locator(".cp-card:not([hidden])")
    for _ in range(card.locator(".cq-question").count()):
        question = card.locator(".cq-question:not([hidden])").last
        kind = "cq-right" if right else "cq-wrong"
        question.locator(f".{kind} summary").first.click()
        page.wait_for_timeout(60)


def test_cards_come_from_ticked_chapters_and_return_when_their_day_has_come(page):
    assert "Tick the chapters" in state(page)
    page.get_by_label("Max-pooling").check()
    of_page = page.locator(".cp-card[data-page=max_pool]").count()
    assert f"{min(of_page, 10)} cards to go" in state(page)
    shown = page.locator(".cp-card:not([hidden])")
    assert shown.count() == 1 and shown.get_attribute("data-page") == "max_pool"

    answer(page, right=True)
    assert "Right" in state(page) and "tomorrow" in state(page)
    page.locator(".cp-next button").click()
    answer(page, right=False)
    assert "Not quite" in state(page)
    boxes = [card["box"] for card in kept(page)["cards"].values()]
    assert boxes == [1, 1] and kept(page)["chapters"] == ["max_pool"]

    # three days later both are due again, and a right answer sends a card further away
    page.clock.set_fixed_time(datetime.datetime.now() + datetime.timedelta(days=3))
    page.reload()
    first = page.locator(".cp-card:not([hidden])").get_attribute("data-id")
    assert first in kept(page)["cards"]
    answer(page, right=True)
    assert kept(page)["cards"][first]["box"] == 2 and "in 3 days" in state(page)


def test_a_check_that_has_passed_ticks_its_chapter(page):
    done, failed = {"passed": True, "tries": 2}, {"passed": False, "tries": 2}
    checks = {"07_conv_backward/conv_dx": done, "sgd": done, "08_max_pool/max_pool_forward": failed}
    page.evaluate(KEEP, json.dumps({"version": 1, "checks": checks}))  # "sgd": an older file
    page.reload()
    assert page.get_by_label("Convolution, backward").is_checked()
    assert page.get_by_label("Optimizers").is_checked()
    assert not page.get_by_label("Max-pooling").is_checked()
    assert "cards to go" in state(page)
