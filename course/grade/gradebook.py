"""Gradebook files: CSV for people, for Canvas and for Moodle, and JUnit XML for machines."""

import csv
import io
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from typing import Any

from course.grade.store import Result

FORMULA = "=+-@|%\u2212"  # signs that a spreadsheet may take for the beginning of a formula
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def safe(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula, on one line.

    Wide and small forms of the signs count too, and blanks before them, visible or not.
    """
    if not isinstance(value, str):
        return value
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in value)
    seen = unicodedata.normalize("NFKC", text)
    seen = "".join(c for c in seen if unicodedata.category(c) not in ("Cf", "Zs", "Mn"))
    return "'" + text if seen.startswith(tuple(FORMULA)) else text


def number(value: float | None) -> str:
    """12.5 as ``12.5``, 12.0 as ``12``, nothing for a score that is not known."""
    return "" if value is None else f"{value:g}"


def table(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as the text of a CSV file."""
    stream = io.StringIO()
    # everything in quotes: a semicolon, too, parts fields in some countries' spreadsheets
    writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return stream.getvalue()


def gradebook(results: list[Result]) -> str:
    """All that is known, one learner a row, one item a column."""
    items = item_ids(results)
    head = [
        "learner",
        "name",
        "status",
        "score",
        "possible",
        *items,
        "days late",
        "comments",
        "notes",
        "release",
    ]
    rows = [head]
    for result in results:
        got = {item["id"]: number(item["got"]) for item in result["items"]}
        row = [result["learner"], result["name"], result["status"], number(result["score"])]
        row += [number(result["possible"]), *(got.get(item, "") for item in items)]
        late = (result.get("late") or {}).get("days", "")
        comments = "; ".join(result.get("comments") or [])
        notes, release = "; ".join(result["notes"]), result.get("release") or ""
        rows.append([*row, str(late), comments, notes, release])
    return table(rows)


def item_ids(results: list[Result]) -> list[str]:
    """Every item's id, in the order of the rubric."""
    return list(dict.fromkeys(item["id"] for result in results for item in result["items"]))


def canvas(results: list[Result], title: str) -> str:
    """Canvas's gradebook import: it matches learners by their ID."""
    possible = results[0]["possible"] if results else 0
    rows = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title]]
    rows.append(["    Points Possible", "", "", "", "", number(possible)])
    for result in results:
        identity = result["ids"].get("canvas", "")
        rows.append([result["name"], identity, "", "", "", number(result["score"])])
    return table(rows)


def moodle(results: list[Result]) -> str:
    """Moodle's offline grading worksheet: it matches learners by the identifier."""
    rows = [["Identifier", "Full name", "Grade", "Maximum Grade", "Feedback comments"]]
    for result in results:
        identity = result["ids"].get("moodle")
        who = f"Participant {identity}" if identity else result["learner"]
        score, possible = number(result["score"]), number(result["possible"])
        rows.append([who, result["name"], score, possible, feedback(result)])
    return table(rows)


def feedback(result: Result) -> str:
    """One line that says what is missing, and by what mistake."""
    lost = [item for item in result["items"] if item["got"] < item["possible"]]
    parts = [f"{item['title']}: {because(item)}" for item in lost]
    parts = [*(result.get("comments") or []), *parts]
    return "; ".join(parts) or "; ".join(result["notes"]) or "everything is right"


def because(item: dict[str, Any]) -> str:
    titles = [mistake["title"] for mistake in item["mistakes"]]
    return ", ".join(filter(None, [item.get("remark", ""), *titles])) or item["message"]


def junit(results: list[Result], title: str) -> str:
    """JUnit XML: a test suite for each learner, a test case for each item."""
    suites = ET.Element("testsuites", name=clean(title))
    for result in results:
        lost = [item for item in result["items"] if item["got"] < item["possible"]]
        errors = int(result["status"] != "graded")
        suite = ET.SubElement(
            suites,
            "testsuite",
            name=clean(result["learner"]),
            tests=str(len(result["items"]) + errors),
            failures=str(len(lost)),
            errors=str(errors),
            time=f"{result.get('seconds', 0):.2f}",
        )
        for item in result["items"]:
            add_case(suite, result, item)
        if errors:
            case = ET.SubElement(suite, "testcase", name="read", classname=clean(result["learner"]))
            ET.SubElement(case, "error", message=clean("; ".join(result["notes"])))
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def add_case(suite: ET.Element, result: Result, item: dict[str, Any]) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=clean(result["learner"]),
        name=clean(item["id"]),
        time=f"{item['seconds']:.3f}",
    )
    if item["got"] < item["possible"]:
        text = f"{item['got']:g} of {item['possible']:g} points: {because(item)}"
        ET.SubElement(case, "failure", message=clean(text))


def clean(text: str) -> str:
    """A text without what XML cannot hold."""
    return NOT_XML.sub("?", text)
