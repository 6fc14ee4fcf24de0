"""Review over time: the questions of all quizzes, and cards made of the known mistakes.

Every card stands on the page, so that it can be read with no script at all. The script
``assets/js/practice.js`` shows one at a time, those of the reader's chapters, and brings each back
after a while. What it remembers stays in the browser.
"""

import ast
import html
import inspect
import random
import textwrap
from dataclasses import dataclass

from course.checks import SPECS
from course.checks.message import page_of
from course.checks.mistakes import known
from course.checks.storeys import changed_source, right
from course.markup import inline
from course.notebooks import chapters
from course.notebooks.quiz import in_some_order, marked, quiz
from course.topics import load_variants

LONGEST = 16  # lines of code that one can compare at a glance
MOST = {True: 3, False: 2}  # cards of a backward function, and of another one


@dataclass(frozen=True)
class Card:
    """One card: a name that stays, the page that it belongs to, and its HTML."""

    id: str
    page: str
    body: str


@dataclass(frozen=True)
class Practice:
    """All cards; as the last line of a cell it shows itself."""

    cards: tuple

    def _repr_html_(self):
        titles = {name: chapters.title(name) for name in chapters.order()}
        checks = {name: page_of(spec.section) for name, spec in SPECS.items()}
        boxes = "".join(
            f'<label><input type="checkbox" value="{name}"> {html.escape(title)}</label>'
            for name, title in titles.items()
        )
        known_checks = html.escape(repr(checks).replace("'", '"'))
        cards = "".join(map(card_html, self.cards))
        return (
            f'<course-practice data-checks="{known_checks}">'
            f'<details class="cp-chapters" open><summary>My chapters</summary>'
            f'<div class="cp-boxes">{boxes}</div></details>'
            f'<p class="cp-state" role="status"></p><div class="cp-cards">{cards}</div>'
            '<p class="cp-next"><button type="button" hidden>Next card</button></p>'
            "</course-practice>"
        )

    def __repr__(self):
        return f"{len(self.cards)} cards"


def practice():
    """All cards, in the order of the chapters."""
    cards = [*quiz_cards(), *mistake_cards()]
    order = chapters.order()
    return Practice(tuple(sorted(cards, key=lambda card: order.index(card.page))))


def card_html(card):
    title = html.escape(chapters.title(card.page))
    link = f'<p class="cp-from">from <a href="{card.page}.html">{title}</a></p>'
    return (
        f'<div class="cp-card course-quiz" data-id="{card.id}" data-page="{card.page}">'
        f"{card.body}{link}</div>"
    )


def question(ask, options, before=""):
    """A question with its options, each with whether it is right, what it says, and why."""
    body = "".join(
        f'<details class="cq-option cq-{"right" if good else "wrong"}"><summary><span>{say}</span>'
        f'</summary><p class="cq-reply"><strong>{"Right." if good else "Not quite."}</strong> '
        f"{why}</p></details>"
        for good, say, why in options
    )
    return f'<div class="cq-question" role="group"><p class="cq-ask">{ask}</p>{before}{body}</div>'


# ---- quizzes


def quiz_cards():
    """A card for each question of each chapter's quiz."""
    for page in chapters.order():
        for asked in quiz(page).questions:
            options = [
                (bool(option.get("right")), marked(option["say"]), marked(option["why"]))
                for option in in_some_order(asked)
            ]
            name = name_of("quiz", page, asked["ask"])
            yield Card(name, page, question(marked(asked["ask"]), options))


def name_of(kind, *parts):
    """A short name that hangs on the content alone: a changed question is a new card."""
    return f"{kind}-{random.Random('|'.join(parts)).getrandbits(40):010x}"


# ---- which one is wrong, and how?


def mistake_cards():
    """For each function that can be shown: some of its mistakes, each among two right answers."""
    variants = load_variants()
    for function in sorted({mistake.function for mistake in known().values()}):
        mistakes = [m for m in known().values() if m.function == function and m.change]
        good = right_answers(function, variants)
        if len(good) < 2 or len({m.sentence for m in mistakes}) < 3:
            continue
        shown = [m for m in mistakes if readable(changed_source(function, m.of, m.change))]
        for mistake in random.Random(function).sample(shown, most(function, shown)):
            page = page_of(SPECS[function].section)
            if page in chapters.order():
                yield Card(f"mistake-{mistake.id}", page, mistake_body(mistake, good, mistakes))


def most(function, shown):
    return min(MOST[function.endswith("_backward")], len(shown))


def right_answers(function, variants):
    """The right code in several forms: [(code, what it is), ...]."""
    forms = [(right(function), "the form that the chapter derives")]
    forms += [(made, label) for label, (made, _) in variants[function].items()]
    found = []
    for made, label in forms:
        if inspect.isfunction(made):
            code = bare(inspect.getsource(made), function)
            if readable(code) and code not in [other for other, _ in found]:
                found.append((code, label))
    return found


def readable(code):
    return len(bare(code).splitlines()) <= LONGEST


def bare(source, name=None):
    """A function without decorators, explanations and comments, perhaps under another name."""
    node = ast.parse(textwrap.dedent(source)).body[0]
    if not isinstance(node, ast.FunctionDef):
        return source
    node.decorator_list, node.name = [], name or node.name
    if ast.get_docstring(node):
        node.body = node.body[1:]
    return ast.unparse(node)


def mistake_body(mistake, good, mistakes):
    """Three ways to write a function, one of them wrong; then what is wrong with it."""
    luck = random.Random(mistake.id)
    wrong = bare(changed_source(mistake.function, mistake.of, mistake.change), mistake.function)
    shown = [*luck.sample(good, 2), (wrong, None)]
    luck.shuffle(shown)
    blocks = "".join(
        f'<p class="cp-letter">{letter}</p><pre><code>{html.escape(code)}</code></pre>'
        for letter, (code, _) in zip("ABC", shown)
    )
    options = [
        (label is None, letter, "" if label is None else f"It is right: {html.escape(label)}.")
        for letter, (_, label) in zip("ABC", shown)
    ]
    ask = f"Two of these are right, one is not. Which <code>{mistake.function}</code> is wrong?"
    others = sorted({m.sentence for m in mistakes} - {mistake.sentence})
    sentences = [(True, mistake.sentence, mistake.nudge)]
    sentences += [(False, other, "That is another mistake.") for other in luck.sample(others, 2)]
    luck.shuffle(sentences)
    how = [(good, inline(sentence), inline(why)) for good, sentence, why in sentences]
    return question(ask, options, blocks) + question("What is wrong with it?", how)
