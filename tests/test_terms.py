"""Terms and letters: each is explained in one place, and none is used before it without a link."""

import re

import pytest

from course.env import ROOT
from course.notebooks import chapters

BOOK = ROOT / "book"
ORDER = chapters.order()


def glossary():
    """Each term of the glossary with its whole entry."""
    text = (BOOK / "glossary.md").read_text(encoding="utf-8")
    body = text.split("```{glossary}\n")[1].rsplit("```", 1)[0]
    return {entry.split("\n")[0]: entry for entry in body.strip().split("\n\n")}


ENTRIES = glossary()
HOMES = {
    term: found.group(1).replace("-", "_")
    for term, entry in ENTRIES.items()
    if (found := re.search(r"\{ref\}`(?:[^`<]*<)?sec:([\w-]+)", entry))
}


def prose(name):
    """The text of a page without its header and its cells."""
    text = (BOOK / f"{name}.md").read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```$|\A---.*?^---$", "\n\n", text, flags=re.M | re.S)


def first_use(term, text):
    """The first paragraph that holds the term as a word of its own, not as code or formula."""
    flags = re.I if term.islower() else 0
    word = re.compile(rf"(?<![\w-]){re.escape(term)}s?(?![\w-])", flags)
    for paragraph in re.split(r"\n\s*\n", text):
        plain = re.sub(r"\{\w+\}`[^`]*`|`[^`]*`|\$[^$]*\$", " ", paragraph)
        if word.search(plain):
            return paragraph
    return None


def test_the_glossary_is_in_order_and_says_where_each_term_is_explained():
    assert list(ENTRIES) == sorted(ENTRIES, key=str.lower)
    loose = [term for term in ENTRIES if term not in HOMES and "{term}`" not in ENTRIES[term]]
    assert loose == []
    unknown = {home for home in HOMES.values() if not (BOOK / f"{home}.md").exists()}
    assert not unknown


@pytest.mark.parametrize("term", [term for term, home in HOMES.items() if home in ORDER])
def test_a_chapter_that_uses_a_term_before_its_home_links_to_it(term):
    home = HOMES[term]
    for name in ORDER[: ORDER.index(home)]:
        paragraph = first_use(term, prose(name))
        linked = paragraph is None or f"sec:{home.replace('_', '-')}" in paragraph
        assert linked or "{term}`" in paragraph, f"{name} uses {term!r}: {paragraph}"


@pytest.mark.parametrize("term", [term for term, home in HOMES.items() if home in ORDER])
def test_a_term_occurs_on_the_page_that_explains_it(term):
    text = (BOOK / f"{HOMES[term]}.md").read_text(encoding="utf-8")
    missing = [w for w in re.split(r"[\s-]+", term) if w[:6].lower() not in text.lower()]
    assert missing == []


# ---- letters

COUNTED = {  # what stands after a letter -> the letters that may count it
    "classes": "K",
    "channels": "C",
    "filters": "F",
    "sentences": "N",
    "pictures": "N",
    "examples": "N",
    "hidden units": "H",
    "time steps": "T",
    "steps": "T",
    "states": "T",
    "words": "TV",
    "features": "DM",
    "inputs": "DT",
    "outputs": "M",
    "cells": "L",
}


def letters():
    """The letters of the card on the notation page."""
    card = (BOOK / "notation.md").read_text(encoding="utf-8")
    card = card.split("<!-- letters -->")[1].split("<!-- end of letters -->")[0]
    first = [line.split("|")[1] for line in card.strip().splitlines()[2:]]
    return {letter for cell in first for letter in re.findall(r"[A-Z]+'?", cell.split("(")[0])}


LETTERS = letters()
SHAPE = re.compile(r"\(((?:[A-Z]{1,2}'?|\.\.\.)(?:(?:, | )(?:[A-Z]{1,2}'?|\d))*,?)\)")


@pytest.mark.parametrize("name", ORDER)
def test_a_letter_counts_what_the_card_says(name):
    found = re.findall(rf"(?<![\w'])([A-Z]) ({'|'.join(COUNTED)})\b", prose(name))
    wrong = [f"{letter} {what}" for letter, what in found if letter not in COUNTED[what]]
    assert wrong == []


@pytest.mark.parametrize("name", ORDER)
def test_shapes_are_made_of_the_letters_of_the_card(name):
    text = prose(name).replace("{", "").replace("\\,", " ").replace("$", "")
    for shape in filter(lambda shape: "," in shape, SHAPE.findall(text)):
        used = re.findall(r"[A-Z]+'?", shape)
        assert set(used) <= LETTERS | {"G"}, shape
        if "W" in used:
            assert "H" in used, f"({shape}): W is the width of an image"


@pytest.mark.parametrize("name", [*ORDER, "glossary", "notation"])
def test_the_logarithm_has_one_name(name):
    quiz = BOOK / f"quizzes/{name}.yml"
    text = prose(name) + (quiz.read_text(encoding="utf-8") if quiz.exists() else "")
    assert not re.search(r"\\ln\b|(?<!\w)ln \d", text)


def test_docstrings_of_layers_use_the_letters_of_the_card():
    for module in ("layers", "cnn_layers", "rnn_layers", "cnn", "rnn", "mlp"):
        text = (ROOT / f"scratch/{module}.py").read_text(encoding="utf-8")
        for shape in re.findall(r"\(((?:N|K|V|D)(?:, [A-Z]{1,2}'?)+)\)", text):
            assert set(re.findall(r"[A-Z]+'?", shape)) <= LETTERS | {"G"}, shape
        assert not re.search(r"\(N, C\)", text), f"{module}: classes are K"
