"""Quizzes with a reply to every option. They need no kernel: an option unfolds to show its reply.

A quiz is ``book/quizzes/NAME.yml``: questions, each with the Python expression that computes its
``answer``, and options with the ``value`` they stand for. ``python -m course.notebooks.quiz`` and
the tests hold every quiz to it: exactly the option marked ``right`` has the value of the answer.
"""

import random
import sys
from dataclasses import dataclass
from importlib import import_module
from pkgutil import walk_packages

import numpy as np

import scratch
from course.env import ROOT
from course.files import read_yaml
from course.markup import inline

FOLDER = ROOT / "book/quizzes"


@dataclass(frozen=True)
class Quiz:
    """The questions of one page; the last line of a cell shows them."""

    questions: list
    setup: str = ""

    def _repr_html_(self):
        parts = [question_html(n, question) for n, question in enumerate(self.questions, 1)]
        return f'<section class="course-quiz" aria-label="Quiz">{"".join(parts)}</section>'

    def __repr__(self):
        return "\n".join(f"{n}. {q['ask'].strip()}" for n, q in enumerate(self.questions, 1))


def quiz(source):
    """The quiz ``book/quizzes/NAME.yml`` for a name, or a quiz from a list of questions."""
    if not isinstance(source, str):
        return Quiz(list(source))
    path = FOLDER / f"{source}.yml"
    if not path.exists():
        raise ValueError(f"There is no quiz {source!r}; there are {', '.join(names())}.")
    content = read_yaml(path)
    return Quiz(content["questions"], content.get("setup", ""))


def names():
    """The names of all quizzes."""
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


# ---- on the page


def in_some_order(question):
    """The options, shuffled: the place that an author prefers would give the right one away.

    The order hangs on the question alone, so every build shows the same.
    """
    return random.Random(question["ask"]).sample(question["options"], len(question["options"]))


def question_html(number, question):
    options = "".join(option_html(option) for option in in_some_order(question))
    ask = f'<p class="cq-ask"><span class="cq-number">{number}</span>{marked(question["ask"])}</p>'
    label = f'role="group" aria-label="Question {number}"'
    return f'<div class="cq-question" {label}>{ask}{options}</div>'


def option_html(option):
    kind, verdict = ("right", "Right.") if option.get("right") else ("wrong", "Not quite.")
    say, why = marked(option["say"]), marked(option["why"])
    return (
        f'<details class="cq-option cq-{kind}"><summary><span>{say}</span></summary>'
        f'<p class="cq-reply"><strong>{verdict}</strong> {why}</p></details>'
    )


def marked(text):
    """A sentence of a quiz as HTML, with its formulas."""
    return inline(text, formulas=True)


# ---- are the answers right?


def problems(quiz):
    """Sentences that say what is wrong with a quiz; none when every answer holds."""
    found = []
    for number, question in enumerate(quiz.questions, 1):
        try:
            found += [f"question {number}: {p}" for p in question_problems(question, quiz.setup)]
        except Exception as error:  # an expression of the quiz itself failed
            found.append(f"question {number}: {type(error).__name__}: {error}")
    return found


def question_problems(question, setup=""):
    missing = [key for key in ("ask", "answer", "options") if key not in question]
    for option in question.get("options", []):
        missing += [key for key in ("say", "value", "why") if not str(option.get(key, "")).strip()]
    if missing:
        return [f"{key!r} is missing" for key in missing]
    names = namespace(setup)
    answer = evaluate(question["answer"], names)
    holds = [same(evaluate(option["value"], names), answer) for option in question["options"]]
    marked = [bool(option.get("right")) for option in question["options"]]
    found = [] if sum(marked) == 1 else [f"{sum(marked)} options are marked right, expected one"]
    for option, hold, mark in zip(question["options"], holds, marked):
        if hold and not mark:
            found.append(f"option {option['say']!r} equals the answer but is not marked right")
        if mark and not hold:
            found.append(f"option {option['say']!r} is marked right, but the answer is {answer!r}")
    return found


def namespace(setup=""):
    """The names that a quiz may use: NumPy and everything public in ``scratch``."""
    names = {"np": np, "rng": np.random.default_rng(0)}
    for module in walk_packages(scratch.__path__, "scratch."):
        public = vars(import_module(module.name))
        names.update({name: value for name, value in public.items() if not name.startswith("_")})
    exec(setup, names)
    return names


def evaluate(expression, names):
    """The value of an expression of a quiz file; a number or truth value stands for itself."""
    return eval(expression.strip(), dict(names)) if isinstance(expression, str) else expression


def same(a, b):
    """Equal kinds and values: tuples item by item, arrays with shape, numbers up to rounding."""
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(same(*pair) for pair in zip(a, b))
    exact = (str, bool, np.bool_, type(None))
    if isinstance(a, exact) or isinstance(b, exact):
        return isinstance(a, exact) and isinstance(b, exact) and a == b
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and np.allclose(a, b)


def main():
    """Check all quizzes; the exit status is 1 when an answer does not hold."""
    found = [f"{name}: {problem}" for name in names() for problem in problems(quiz(name))]
    print("\n".join(found) or f"{len(names())} quizzes, every answer holds")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
