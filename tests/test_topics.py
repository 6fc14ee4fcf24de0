"""One folder for each topic: what is in it is found, and a bad entry gets one clear sentence."""

import inspect
import json
import re
import shutil
import subprocess
import sys

import pytest

from course.checks import SPECS
from course.checks.mistakes import BadEntry, from_entries, known, of, of_topic, read
from course.checks.storeys import replaced
from course.topics import HERE, TOPIC_OF, load_variants, mistakes, topics

PATH = HERE / "softmax" / "mistakes.yml"
GOOD = {
    "id": "softmax-doubled",
    "function": "softmax",
    "spoils": "p",
    "sentence": "Every probability is twice as large as it should be.",
    "nudge": "What should the probabilities of one row add up to?",
    "change": [{"from": "return p / p", "to": "return 2 * p / p"}],
}


def test_every_function_with_a_check_belongs_to_a_topic_that_knows_mistakes():
    assert {TOPIC_OF[name] for name in SPECS if name in TOPIC_OF} == set(topics())
    assert all(of_topic(topic) for topic in topics())
    assert len(known()) == sum(len(of(name)) for name in SPECS)


def test_variants_are_about_the_functions_of_their_topic():
    for name, variants in load_variants().items():
        for function, _ in variants.values():
            if function.__module__.startswith("course.topics."):
                assert function.__module__ == f"course.topics.{TOPIC_OF[name]}.variants"


def test_a_good_entry_becomes_a_mistake():
    (mistake,) = from_entries([GOOD], PATH)
    assert "return 2 * p / p" in mistake.source() and mistake.build()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("nudge", None, "a text is missing"),
        ("sentence", ["a", "list"], "a text is missing"),
        ("id", "soft-doubled", "it has to begin with `softmax-`"),
        ("function", "conv_forward", "has no check in the spec.py of this topic"),
        ("spoils", "loss", "has no result 'loss'"),
        ("of", "attic", "expected one of plain, loops"),
        ("hint", "?", "there is no such field"),
        ("change", [], "either lines to be changed or"),
        ("change", [{"from": "x"}], "each change has a text `from` and a text `to`"),
    ],
)
def test_a_bad_entry_is_told_with_its_file_and_field(field, value, says):
    with pytest.raises(BadEntry) as error:
        list(from_entries([GOOD, GOOD | {field: value}], PATH))
    text = str(error.value)
    assert "course/topics/softmax/mistakes.yml, entry 2" in text and says in text
    assert f"field `{field}`" in text and "\n" not in text


def test_a_file_that_is_no_list_or_no_yaml_is_told():
    with pytest.raises(BadEntry, match="expected a list"):
        list(from_entries({"id": "x"}, PATH))
    broken = HERE / "softmax" / "broken_for_a_test.yml"
    broken.write_text("- id: [", "utf-8")
    try:
        with pytest.raises(BadEntry, match="broken_for_a_test.yml is not YAML"):
            read(broken)
    finally:
        broken.unlink()


SOURCE = "def f(x):\n    y = 0\n    for k in x:\n        y += k\n    return y\n"


def test_lines_are_replaced_wherever_they_stand():
    assert replaced(SOURCE, "y += k", "y -= k") == SOURCE.replace("+=", "-=")
    assert replaced(SOURCE, "y += k\n", "") == SOURCE.replace("        y += k\n", "")
    whole = replaced(SOURCE, "for k in x:\n    y += k\n", "y = sum(x)\n")
    assert whole == "def f(x):\n    y = 0\n    y = sum(x)\n    return y\n"


@pytest.mark.parametrize("old", ["y", "z", "y = 1\n"])
def test_lines_that_do_not_fit_once_are_refused(old):
    with pytest.raises(ValueError, match="not once"):
        replaced(SOURCE, old, "")


def test_a_page_lists_mistakes_and_refuses_a_function_without():
    assert "softmax-no-max" in mistakes("softmax")._repr_html_()
    with pytest.raises(ValueError, match="no known mistakes of nothing"):
        mistakes("nothing")


def test_without_pyyaml_the_json_beside_it_is_read(tmp_path):
    """As in a browser: the course copied, PyYAML out of reach."""
    for folder in ("course", "scratch"):
        shutil.copytree(HERE.parents[1] / folder, tmp_path / folder)
    export = [sys.executable, "-m", "course.topics", "--json", str(tmp_path / "course/topics")]
    subprocess.run(export, check=True, cwd=HERE.parents[1])
    code = (
        "import sys, json; sys.modules['yaml'] = None\n"
        "from course.checks.mistakes import known\n"
        "print(json.dumps({i: m.source() for i, m in known().items()}))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert json.loads(run.stdout) == {name: m.source() for name, m in known().items()}, run.stderr


FUNCTIONS = [
    name
    for name in sorted(TOPIC_OF)
    if SPECS[name].forward is None and inspect.isfunction(SPECS[name].reference)
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_letters_of_a_check_are_those_of_the_function(name):
    """A report says "(N, K)" as the docstring does; axes in front of it may be called N and D."""
    spec = SPECS[name]
    text = inspect.getsource(spec.reference)
    axes = " ".join((*spec.axes.values(), *spec.results.values()))
    known = {"N", "D"} if "..." in text else set()
    unknown = {
        letter
        for letter in {*re.findall(r"[A-Z]+", axes)} - known
        if not re.search(rf"(?<![A-Za-z]){letter}(?![a-z_])", text)
    }
    assert not unknown
