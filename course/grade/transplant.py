"""Find the learner's answers among the cells of a submission, and the helpers that they need.

Nothing else of a submission is used. Every decision that a learner may wonder about becomes a note.
"""

import re
from dataclasses import dataclass, field

from course.grade import source

MARKER = re.compile(r"^[ \t]*#[ \t]*ANSWER[ \t]+([\w-]+)", re.M | re.I)
NBVAL = re.compile(r"#(\s*)(NBVAL_\w+|PYTEST_VALIDATE_IGNORE_OUTPUT)")
LONGEST = 100_000  # characters of one answer


@dataclass
class Found:
    """What a submission holds for one answer; ``source`` is None where nothing can be graded."""

    source: str | None = None
    notes: list = field(default_factory=list)
    helpers: list = field(default_factory=list)
    index: int | None = None


def transplant(cells, answers, official):
    """``{answer id: Found}`` for a submission's cells."""
    found, used = {}, set()
    for answer_id, answer in answers.items():
        found[answer_id] = find(answer_id, answer, cells, used)
        if found[answer_id].index is not None:
            used.add(found[answer_id].index)
    add_helpers(cells, answers, official, found)
    return found


def find(answer_id, answer, cells, used):
    """The cell that counts as this answer."""
    stub = source.plain(answer["stub"])
    notes = []
    for how, claims in ways(answer_id, answer):
        hits = [
            index
            for index, cell in enumerate(cells)
            if index not in used and claims(cell) and source.plain(cell.source) != stub
        ]
        if hits:
            if len(hits) > 1:
                notes.append(f"{len(hits)} cells claim this answer; the last of them counts")
            if how:
                notes.append(how)
            return take(hits[-1], cells[hits[-1]], notes)
    if any(claims(cell) for _, claims in ways(answer_id, answer) for cell in cells):
        return Found(notes=["not attempted: the cell is as it was handed out"])
    return Found(notes=["answer cell not found"])


def ways(answer_id, answer):
    """How an answer is recognized, the surest way first: what to tell the learner, and a test."""
    wanted = set(answer["names"])
    yield "", lambda cell: answer_id in MARKER.findall(cell.source)
    yield (
        "found by its metadata (the line `# ANSWER ...` is gone)",
        lambda cell: cell.grade_id == answer_id and not other_marker(cell, answer_id),
    )
    yield (
        "found by its cell id (the line `# ANSWER ...` is gone)",
        lambda cell: cell.id == answer["cell_id"] and not other_marker(cell, answer_id),
    )
    yield (
        f"found by the name {', '.join(sorted(wanted))}",
        lambda cell: bool(wanted) and wanted <= source.names_defined(cell.source),
    )


def other_marker(cell, answer_id):
    """Does the cell say itself that it is another answer?"""
    markers = MARKER.findall(cell.source)
    return bool(markers) and answer_id not in markers


def take(index, cell, notes):
    """Prepare the text of an answer."""
    if cell.kind != "code":
        notes.append("the cell had been turned into text; it was graded as code")
    if len(cell.source) > LONGEST:
        notes.append(f"the answer is longer than {LONGEST} characters and was not run")
        return Found(notes=notes, index=index)
    if NBVAL.search(cell.source):
        notes.append("a comment for nbval in the answer was ignored")
    text = source.without_magic(cell.source)
    if text != cell.source:
        notes.append("shell and magic lines (`!`, `%`) in the answer were left out")
    return Found(NBVAL.sub(r"#\1(nbval comment removed)", text), notes, index=index)


def add_helpers(cells, answers, official, found):
    """Give each answer the definitions that stand in the learner's own cells before it.

    Helpers after the last answer go to the last one that was found: a function is looked up when it
    is called, so it need not stand first.
    """
    taken = {name for answer in answers.values() for name in answer["names"]}
    taken |= {name for text in official for name in source.names_defined(text)}
    places = {entry.index: entry for entry in found.values() if entry.index is not None}
    waiting = []
    for index, cell in enumerate(cells):
        if index in places:
            places[index].helpers, waiting = waiting, []
        elif helper := helper_of(cell, official, taken):
            waiting.append(helper)
    if waiting and places:
        places[max(places)].helpers += waiting


def helper_of(cell, official, taken):
    """Imports, functions, classes and constants of a cell of the learner's own."""
    if cell.kind != "code" or len(cell.source) > LONGEST or MARKER.search(cell.source):
        return ""
    if source.plain(cell.source) in official:
        return ""
    return source.definitions(cell.source, without=taken)
