"""Heads and ends of chapters: the one data file is complete, and every page shows what it holds."""

import re

import pytest
import yaml

from course.env import ROOT
from course.notebooks import chapters
from course.notebooks.cells import woven
from course.notebooks.projects import is_project

DATA = chapters.data()
NAMES = list(DATA["chapters"])
TEMPLATES = sorted(path.stem for path in (ROOT / "book/exercises").glob("*.md"))
EXERCISES = [name for name in TEMPLATES if not is_project(name)]


def page(name):
    return (ROOT / f"book/{name}.md").read_text(encoding="utf-8")


def test_the_data_file_has_every_chapter_in_the_order_of_the_table_of_contents():
    assert chapters.order() == NAMES
    quizzes = {path.stem for path in (ROOT / "book/quizzes").glob("*.yml")}
    assert set(NAMES) == quizzes - {"how_to_use"}  # what has a quiz is a chapter


@pytest.mark.parametrize("name", NAMES)
def test_a_chapter_says_what_it_needs_what_one_can_do_and_what_to_keep(name):
    told, at = DATA["chapters"][name], NAMES.index(name)
    assert len(told["after"]) == 3
    assert 2 <= len(told["keep"]) <= 4
    assert all(NAMES.index(need) < at for need in told["needs"]), "needs a later chapter"
    assert told["needs"] or told["needs_only"]
    unknown = told.keys() - {"needs", "needs_only", "after", "keep", "exercises", "optional"}
    assert not unknown


@pytest.mark.parametrize("name", NAMES)
def test_a_chapter_shows_its_head_under_the_title_and_its_ending_last(name):
    text = page(name)
    cells = re.findall(r"^```\{code-cell\}.*?^```$", text, re.M | re.S)
    assert f'head("{name}")' in cells[1]
    assert f'ending("{name}")' in cells[-1] and text.rstrip().endswith(cells[-1])


@pytest.mark.parametrize("name", NAMES)
def test_head_and_ending_link_to_pages_that_exist(name):
    shown = chapters.head(name).markdown + chapters.ending(name).markdown
    links = re.findall(r"\]\(([^)]+)\)", shown)
    assert links
    for link in links:
        if link.startswith("http"):
            continue
        path = (ROOT / "book" / link).resolve()
        template = ROOT / "book/exercises" / f"{path.stem}.md"
        assert path.exists() or (path.parent.name == "exercises" and template.exists()), link
    assert "chapter" in chapters.ending(name).markdown or name == NAMES[-1]


def test_what_is_optional_is_needed_by_no_chapter():
    optional = {name for name in NAMES if DATA["chapters"][name].get("optional")}
    assert "fast_conv" in optional
    assert not optional & {need for name in NAMES for need in DATA["chapters"][name]["needs"]}


@pytest.mark.parametrize("name", NAMES)
def test_the_mistakes_of_a_chapter_are_read_in_two_minutes(name):
    """At the 130 words a minute by which the head of a chapter is counted."""
    text = re.sub(r"^```.*?^```$", "", page(name), flags=re.M | re.S)
    (section,) = re.findall(r"^## Mistakes people make\n(.*?)^## ", text, re.M | re.S)
    assert 20 < len(section.split()) <= 2 * 130


def test_every_exercise_has_minutes_and_difficulty_and_belongs_to_a_chapter():
    assert sorted(DATA["exercises"]) == EXERCISES
    assert sorted(DATA["projects"] | DATA["exercises"]) == TEMPLATES
    for told in (DATA["exercises"] | DATA["projects"]).values():
        assert told["minutes"] % 5 == 0 and told["difficulty"] in chapters.DIFFICULTY
    used = [e for told in DATA["chapters"].values() for e in told.get("exercises", [])]
    assert set(used) == set(EXERCISES)
    assert list(dict.fromkeys(used)) == sorted(set(used), key=used.index)


def test_exercises_come_in_the_order_of_their_chapters():
    """The two long ones at the end of a part repeat it, and have the last numbers."""
    short = [e for e in EXERCISES if not e.endswith("from_scratch")]
    used = [e for told in DATA["chapters"].values() for e in told.get("exercises", [])]
    assert list(dict.fromkeys(e for e in used if e in short)) == short


def test_every_part_ends_with_where_to_go_next():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    captions = [part["caption"] for part in toc["parts"] if part["caption"].startswith("Part ")]
    assert captions == list(chapters.parts()) == list(DATA["parts"])
    for caption, names in chapters.parts().items():
        assert "The end of" in chapters.ending(names[-1]).markdown
        assert DATA["parts"][caption]["where_next"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_minutes_and_difficulty_stand_below_the_title_of_an_exercise_and_of_its_solution(name):
    template = ROOT / f"book/exercises/{name}.md"
    for solved in (False, True):
        first = woven(template, solved=solved).cells[0].source
        title, _, effort, *_ = first.split("\n")
        assert title.startswith("# ") and effort == chapters.effort(name) != ""


def test_the_timetable_adds_up_to_what_the_first_page_says():
    rows = chapters.timetable().markdown.splitlines()[2:]
    assert [row.split(" | ")[0][2:] for row in rows] == list(chapters.parts())
    minutes = [0, 0]
    for row in rows:
        for k, cell in enumerate(row.strip("| ").split(" | ")[1:]):
            h, m = re.fullmatch(r"(?:(\d+) h)? ?(?:(\d+) min)?", cell).groups(default="0")
            minutes[k] += 60 * int(h) + int(m)
    said = re.findall(r"\d+", chapters.how_long("For you.").markdown)
    assert said[:2] == [f"{total / 60:.0f}" for total in minutes]
