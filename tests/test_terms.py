"""Terms and letters: each is explained in one place, and none is used before it without a link."""

import ast
import re

import pytest

from course.env import ROOT
from course.notebooks import chapters
from tests.test_book import cells

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


def test_w_is_the_width_of_an_image_in_the_code_too():
    """In each shape: never the size of a word vector, or a table of them."""
    capitals = re.compile(r"\(((?:[A-Z]'?[A-Z]?|\d| \+ | - |, ?)+)\)")
    wrong = [
        f"{path.name}: ({shape})"
        for path in (*(ROOT / "scratch").rglob("*.py"), *(ROOT / "course/topics").rglob("spec.py"))
        for shape in capitals.findall(path.read_text("utf-8"))
        if "," in shape and (used := re.findall(r"[A-Z]+", shape)) and "W" in used
        if not {"H", "WW"} & {*used}
    ]
    assert wrong == []


def test_docstrings_of_layers_use_the_letters_of_the_card():
    for module in ("layers", "cnn_layers", "rnn_layers", "cnn", "rnn", "mlp", "attending"):
        text = (ROOT / f"scratch/{module}.py").read_text(encoding="utf-8")
        for shape in re.findall(r"\(((?:N|K|V|D)(?:, [A-Z]{1,2}'?)+)\)", text):
            assert set(re.findall(r"[A-Z]+'?", shape)) <= LETTERS | {"G"}, shape
        assert not re.search(r"\(N, C\)", text), f"{module}: classes are K"


# ---- letters that count do not stand for arrays

MATRIX = re.compile(
    r"(?<![\\\w])d?([A-Z])(?:_\{[^}]*,[^}]*\}|\^\{\\mathsf T\}|(?:\\[,;])? *d?[XOY](?![\w\\]))"
)
PRODUCT = re.compile(r"(?<![\w\\])d?[XOY](?:\\[,;])? *d?([A-Z])(?![\w'])")


def formulas(name):
    """All formulas of a page, in lines and of their own, without the shapes in them."""
    found = re.findall(r"\$\$.*?\$\$|\$[^$]+\$", prose(name), re.S)
    return [re.sub(r"\\text\{[^}]*\}|\([^()]*,[^()]*\)", " ", formula) for formula in found]


def matrices(formula):
    """The capital letters that a formula uses as arrays, without an index of their own."""
    found = (MATRIX, PRODUCT, re.compile(r"(?<![\w\\])d([A-Z])(?![\w'^])"))
    return {letter for pattern in found for letter in pattern.findall(formula)}


EXERCISES = [f"exercises/{path.stem}" for path in sorted((BOOK / "exercises").glob("*.md"))]


@pytest.mark.parametrize("name", [*ORDER, *EXERCISES, "notation", "glossary"])
def test_a_letter_that_counts_is_no_array(name):
    counts = LETTERS - {"L"}  # the loss
    wrong = {formula: found for formula in formulas(name) if (found := matrices(formula) & counts)}
    assert wrong == {}


def test_arrays_are_found_in_formulas():
    """Else the test above would mean nothing. An index makes another name: W_x is no width."""
    for formula in (
        "O = X W",
        "W_{v,e}",
        "dW = X^{\\mathsf T} dO",
        "A^{\\mathsf T} \\, dO",
        "O = A X + b",
    ):
        assert matrices(formula) & LETTERS, formula
    for formula in (
        "1 + (H + 2P - HH)/S",
        "x_t W_x",
        "\\frac{\\partial L}{\\partial o_{n,m}}",
        "O = w X + b",
    ):
        assert not matrices(formula) & LETTERS, formula


def test_the_arrays_of_the_notation_are_not_letters_of_the_card():
    table = (
        (BOOK / "notation.md").read_text(encoding="utf-8").split("## Arrays")[1].split("\n## ")[0]
    )
    symbols = {
        s
        for row in table.splitlines()
        for s in re.findall(r"\$([A-Z])\$", row.split("|")[1:2][0] if "|" in row else "")
    }
    assert symbols & LETTERS == {"L"}  # the loss; the card says how to tell it from cells


ARRAYS = {
    "array",
    "arange",
    "choice",
    "eye",
    "full",
    "integers",
    "normal",
    "ones",
    "uniform",
    "zeros",
}


def named(code):
    """Name -> what it is set to, of all that code names, one by one."""
    for node in ast.walk(ast.parse(code)):
        for target in node.targets if isinstance(node, ast.Assign) else ():
            values = [node.value]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                target, values = target.elts, node.value.elts
            yield from zip(target if isinstance(target, list) else [target], values)


@pytest.mark.parametrize("name", [*ORDER, "notation"])
def test_in_the_cells_of_a_chapter_no_letter_that_counts_names_an_array(name):
    wrong = [
        ast.unparse(target)
        for cell in cells(name)
        for target, value in named(cell)
        if ast.unparse(target) in LETTERS and isinstance(value, ast.Call)
        if isinstance(value.func, ast.Attribute) and value.func.attr in ARRAYS
    ]
    assert wrong == []


# ---- signs

SIGNS = {  # as LaTeX writes it -> what must be said where the first chapter uses it
    r"\\partial": "nudged",
    r"\\mathsf T": "exchanged",
    r"\\mathbf 1": "column of N ones",
    r"\\mathbb 1": "1 where the condition holds",
    r"\\prod": "product",
    r"\\langle": "add everything up",
    r"\\lfloor": "round down",
    r"\\tilde": "padded",
    r"\\odot": "elementwise",
    r"\\overline": "with a bar",
    r"\\lVert": "its norm, is written",
}


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_is_explained_where_it_is_first_used(sign):
    texts = [prose(name) for name in ORDER]
    text = next(text for text in texts if re.search(sign, text))
    at = re.search(sign, text).start()
    assert SIGNS[sign] in text[max(at - 700, 0) : at + 1200].replace("\n", " ")
