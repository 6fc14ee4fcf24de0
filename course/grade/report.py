"""Reports as plain HTML files: one for each learner, one overview, one page of all answers.

They are made from the templates beside this file; every text is escaped, and a
Content-Security-Policy forbids scripts and anything from elsewhere. A learner's report holds no
traceback and no number of a check, and of hidden checks nothing but their titles and points.
"""

import statistics
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from course.grade.gradebook import number
from course.grade.similarity import answer_groups, equal_answers
from course.markup import inline

LONGEST = 20_000  # characters of an answer that are shown


@dataclass(frozen=True)
class Book:
    """Where a report's readers can read on: ``sections`` maps a label to (title, address)."""

    title: str
    sections: dict = field(default_factory=dict)


def shade(got, possible):
    return "full" if got >= possible else "some" if got else "none"


def labels(item):
    """Sections of the book to read after a mistake."""
    found = [mistake["section"] for mistake in item["mistakes"]] or [item["section"]]
    return [label for label in dict.fromkeys(found) if label]


def answers_of(result):
    """``[(answer id, what is known of it)]`` for the answers that there are, in their order."""
    written = [(n, a) for n, a in (result.get("answers") or {}).items() if a and a.get("text")]
    written.sort(key=lambda entry: entry[1].get("cell", 0))
    return [(name, {**answer, "text": answer["text"][:LONGEST]}) for name, answer in written]


def environment():
    made = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"number": number, "shade": shade, "labels": labels, "answers_of": answers_of}
    made.filters["inline"] = lambda text: Markup(inline(text))
    return made


PAGES = environment()


def learner_report(result, book):
    """What a learner gets."""
    notes = result["notes"] if result["status"] != "grader error" else []
    return PAGES.get_template("learner.html").render(
        title=book.title, result=result, notes=notes, sections=book.sections
    )


# ---------------------------------------------------------------- the class


def overview(results, title, reference, files):
    """What the instructor gets. ``files`` maps a learner to the name of the learner's report."""
    slowest = sorted(results, key=lambda result: -(result.get("seconds") or 0))[:5]
    return PAGES.get_template("overview.html").render(
        title=f"{title}: overview",
        results=results,
        files=files,
        summary=summary(results),
        histogram=histogram(results),
        statistics=item_statistics(results),
        mistakes=common_mistakes(results),
        equal=equal_answers(results, reference),
        troubles=troubles(results),
        slowest=slowest,
    )


def answers_page(results, title, reference):
    """Each answer across all learners, grouped by diagnosis and by equal code."""
    return PAGES.get_template("answers.html").render(
        title=f"{title}: answers", by_answer=answer_groups(results, reference)
    )


def summary(results):
    counts = Counter(result["status"] for result in results)
    text = f"{len(results)} submissions: " + ", ".join(f"{n} {s}" for s, n in counts.items())
    scores = [r["score"] for r in results if r["score"] is not None and r["status"] == "graded"]
    if scores:
        middle, possible = statistics.median(scores), results[0]["possible"]
        text += (
            f". Median of those that were graded: {number(middle)} of {number(possible)} points."
        )
    layers = sorted({layer for result in results for layer in result.get("layers") or []})
    return f"{text} Layers of isolation in force: {', '.join(layers) or 'none'}."


def histogram(results, bins=10):
    """(name, count, largest count): how many got 0-10 %, 10-20 %, ..., and full marks."""
    counts = Counter()
    for result in results:
        if result["score"] is not None and result["status"] == "graded":
            share = result["score"] / result["possible"] if result["possible"] else 0
            counts[bins if share >= 1 else max(0, int(share * bins))] += 1
    names = [f"{100 * b // bins}–{100 * (b + 1) // bins}\u00a0%" for b in range(bins)]
    most = max(counts.values(), default=1)
    return [(name, counts[b], most) for b, name in enumerate([*names, "100\u00a0%"])]


def item_statistics(results):
    """For each item: its mean, and how many had all of its points, some, none."""
    by_item = {}
    for result in results:
        for item in result["items"]:
            by_item.setdefault(item["id"], []).append(item)
    for name, items in by_item.items():
        states = Counter(shade(item["got"], item["possible"]) for item in items)
        yield {
            "name": name,
            "mean": round(statistics.fmean(item["got"] for item in items), 2),
            "possible": items[0]["possible"],
            "learners": len(items),
            "counts": [states[state] for state in ("full", "some", "none")],
        }


def common_mistakes(results, how_many=20):
    counts = Counter()
    for result in results:
        found = {m["id"]: m["title"] for item in result["items"] for m in item["mistakes"]}
        counts.update(found.items())
    return [(id_, title, n) for (id_, title), n in counts.most_common(how_many)]


def troubles(results):
    """Whom to look at by hand: what was decided in reading, what failed, what is not graded."""
    found = []
    for result in results:
        errors = [
            f"{name}: {answer['error']}"
            for name, answer in (result.get("answers") or {}).items()
            if answer and answer.get("error")
        ]
        if result["status"] != "graded" or result["notes"] or errors:
            found.append((result, [*result["notes"], *errors]))
    return found
