"""The first page shows real outputs: what a check says there is what it says to the mistake."""

from course.checks import SPECS
from course.checks.judge import judge
from course.checks.mistakes import known
from course.checks.storeys import right_forward
from course.env import ROOT
from course.markup import inline
from course.site.showcase import SLIP, figure, slip
from scratch.data.scene_pictures import draw_scenes
from scratch.data.scenes import Scene, Shape


def test_the_check_on_the_first_page_names_the_mistake():
    mistake = known()[SLIP]
    forward = right_forward(mistake.function, mistake.of)
    report = judge(SPECS[mistake.function], mistake.build(), forward)
    assert not report.passed and (SLIP, mistake.sentence) in report.diagnosis
    assert inline(mistake.sentence) in slip() and inline(report.hints[0]) in slip()


def test_a_caption_is_marked_by_its_truth_and_only_wrong_words_are_underlined(rng):
    scene = Scene((Shape("circle", "red", "small", 8, 8),))
    (image,) = draw_scenes([scene], rng)
    right, wrong = (figure(image, text, scene) for text in ("a red circle", "a blue circle"))
    assert "✓" in right and "<u>" not in right and "is true" in right
    assert "✗" in wrong and "<u>blue</u>" in wrong and "<u>circle</u>" not in wrong


def test_the_first_page_leads_to_the_first_chapter_and_to_an_exercise():
    text = (ROOT / "book/index.md").read_text(encoding="utf-8")
    before = text.split("showcase()")[0]
    assert "{button-ref} sec:first-network" in before
    assert "{button-ref} ../exercises/00_first_network" in before
