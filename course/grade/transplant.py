"""Find the learner's answers among the statements of a submission, and all that they need.

What a cell defines decides. Its marker, metadata and id only say which cell is meant where several
define the same answer. Nothing else of a submission is used. Every decision that a learner may
wonder about becomes a note.
"""

import re
from collections.abc import Set
from dataclasses import dataclass, field, replace
from typing import Any

from course.grade import magics, syntax
from course.grade.effects import with_effects
from course.grade.own_files import with_files
from course.grade.read import SubmittedCell
from course.grade.statements import Statement, providers, statements_of
from course.grade.versions import UNTOUCHED_THEN
from course.notebooks.handed_out import task
from course.source import plain

MARKER = re.compile(r"^[ \t]*#[ \t]*ANSWER[ \t]+([\w-]+)", re.M | re.I)
NBVAL = re.compile(r"#(\s*)(NBVAL_\w+|PYTEST_VALIDATE_IGNORE_OUTPUT)")
Wanted = dict[str, Any]  # what of an answer is looked for: its cell_id, names and stub
Answers = dict[str, Wanted]
Chosen = dict[str, list[Statement]]  # the statements that define a name
LONGEST = 100_000  # characters of one cell
WEAK = ("import", "broken")  # kinds of statements that define an answer only if no other does
UNTOUCHED = "not attempted: the cell is as it was handed out"


@dataclass
class Found:
    """What a submission holds for one answer; ``source`` is None where nothing can be graded."""

    source: str | None = None
    notes: list = field(default_factory=list)
    own: list = field(default_factory=list)  # the statements that define it
    steps: list = field(default_factory=list)  # all that it takes, in the order to run them in
    broken: str = ""  # what is wrong with its syntax

    @property
    def places(self) -> set[str]:
        """Where its own statements stand."""
        return {statement.place for statement in self.own}

    @property
    def helpers(self) -> list[str]:
        """What the answer needs besides itself, as it was written."""
        return [step.text for step in self.steps if step.place not in self.places]


def transplant(
    cells: list[SubmittedCell], answers: Answers, official: Set[str], older: Set[str] = frozenset()
) -> dict[str, Found]:
    """``{answer id: Found}`` for a submission's cells.

    ``older`` holds fingerprints of stubs that an older release handed out in place of today's.
    """
    names = {name for answer in answers.values() for name in answer["names"]}
    submission = HandedIn(cells, official, older, names)
    found = {id_: find(id_, answer, submission) for id_, answer in answers.items()}
    chosen = {n: found[id_].own for id_, answer in answers.items() for n in answer["names"]}
    for entry in found.values():
        entry.steps = steps_for(entry, submission, chosen)
    return found


class HandedIn:
    """The cells of a submission, and those statements that the learner wrote."""

    def __init__(
        self,
        cells: list[SubmittedCell],
        official: Set[str],
        older: Set[str],
        answers: Set[str],
    ) -> None:
        self.cells = cells
        self.older = [task(cell.source[:LONGEST]) in older for cell in cells]
        self.too_long = [len(cell.source) > LONGEST for cell in cells]
        written = [
            statement
            for index, cell in enumerate(cells)
            if not (self.too_long[index] or self.older[index])
            and plain(cell.source) not in official
            for statement in statements_of(index, cell)
        ]
        self.statements = with_effects(with_files(written), answers)

    def claims(self, answer_id: str, answer: Wanted, index: int) -> str | None:
        """What a cell says of itself: the surest of the ways, or None."""
        cell = self.cells[index]
        markers = MARKER.findall(cell.source[:LONGEST])
        if answer_id in markers:
            return ""
        if markers:
            return None
        if cell.grade_id == answer_id:
            return "found by its metadata (the line `# ANSWER ...` is gone)"
        if cell.id == answer["cell_id"]:
            return "found by its cell id (the line `# ANSWER ...` is gone)"
        return None


# ---------------------------------------------------------------- one answer


def find(answer_id: str, answer: Wanted, submission: HandedIn) -> Found:
    """The statements that count as this answer."""
    names = set(answer["names"])
    stubs = {syntax.shape(node) for node in syntax.parse(answer["stub"])}
    written = [
        s
        for s in submission.statements
        if names & s.binds and (s.node is None or syntax.shape(s.node) not in stubs)
    ]
    if not written:
        return nothing(answer_id, answer, submission)
    best = max(written, key=lambda s: preference(s, answer_id, answer, submission))
    own = [s for s in submission.statements if belongs(s, best, names)]
    return taken(answer_id, answer, submission, best, own, written)


def belongs(statement: Statement, best: Statement, names: set[str]) -> bool:
    """Is a statement a part of the answer that ``best`` defines?"""
    if statement.cell == best.cell:
        same_state = (statement.kind == "broken") == (best.kind == "broken")
        return bool(names & (statement.binds | statement.changes)) and same_state
    return statement.cell > best.cell and statement.is_code and bool(names & statement.changes)


def preference(statement: Statement, answer_id: str, answer: Wanted, submission: HandedIn) -> tuple:
    """Larger for the statement that counts where several define the same answer."""
    claim = submission.claims(answer_id, answer, statement.cell)
    sureness = 0 if claim is None else 1 if claim else 2
    rank = WEAK.index(statement.kind) if statement.kind in WEAK else len(WEAK)
    return rank, statement.is_code, sureness, statement.cell, statement.line


def nothing(answer_id: str, answer: Wanted, submission: HandedIn) -> Found:
    """No statement defines the answer: say why."""
    claiming = [
        index
        for index in range(len(submission.cells))
        if submission.claims(answer_id, answer, index) is not None
    ]
    if any(submission.too_long[index] for index in claiming):
        return Found(notes=[f"the answer is longer than {LONGEST} characters and was not run"])
    if claiming:
        if any(submission.older[index] for index in claiming):
            return Found(notes=[UNTOUCHED_THEN])
        return Found(notes=[what_it_lacks(answer, submission, claiming)])
    stub = plain(answer["stub"])
    if any(plain(cell.source[:LONGEST]) == stub for cell in submission.cells):
        return Found(notes=[UNTOUCHED])
    return Found(notes=["answer cell not found"])


def what_it_lacks(answer: Wanted, submission: HandedIn, claiming: list[int]) -> str:
    """What to say of cells that should hold an answer and do not."""
    stub = {syntax.shape(node) for node in syntax.parse(answer["stub"])}
    for index in claiming:
        if {syntax.shape(node) for node in syntax.parse(submission.cells[index].source)} != stub:
            name = " or ".join(sorted(answer["names"]))
            return f"cell {index + 1} defines no {name}, and no other cell does: define it by name"
    return UNTOUCHED


def taken(
    answer_id: str,
    answer: Wanted,
    submission: HandedIn,
    best: Statement,
    own: list[Statement],
    written: list[Statement],
) -> Found:
    """The answer as it is graded, with what its learner should know about how it was read."""
    cell = submission.cells[best.cell]
    notes = []
    shown = [s for s in written if s.is_code or submission.cells[s.cell].kind != "code"]
    cells = sorted({s.cell for s in shown or written if s.kind != "import"})
    if len(cells) > 1:
        which = "the last of them" if best.cell == cells[-1] else f"cell {best.cell + 1}"
        notes.append(f"{len(cells)} cells claim this answer; {which} counts")
    claim = submission.claims(answer_id, answer, best.cell)
    if claim is None:
        claim = f"found by the name {', '.join(sorted(answer['names']))} in cell {best.cell + 1}"
    notes += [claim] if claim else []
    if cell.kind != "code":
        notes.append("the cell had been turned into text; it was graded as code")
    elif not best.is_code:
        notes.append("its cell magic keeps it out of the notebook; it was graded as code")
    if NBVAL.search(cell.source):
        notes.append("a comment for nbval in the answer was ignored")
    if magics.without(cell.source) != cell.source and best.kind != "broken":
        notes.append("shell and magic lines (`!`, `%`) in the answer were left out")
    text = "\n\n".join(statement.text for statement in own)
    return Found(text, notes, own, broken=broken_at(best) if best.kind == "broken" else "")


def broken_at(statement: Statement) -> str:
    """What is wrong with a statement that is not valid Python, counted in the lines of its cell."""
    error = syntax.syntax_error(statement.text) or ""
    match = re.fullmatch(r"line (\d+): (.*)", error, re.S)
    if not match:
        return error
    return f"line {statement.line + int(match[1]) - 1}: {match[2]}"


# ---------------------------------------------------------------- what an answer needs


def steps_for(entry: Found, submission: HandedIn, chosen: Chosen) -> list[Statement]:
    """All statements that an answer takes: what a statement needs comes before it."""
    steps, seen = [], set()
    if not entry.own:
        return []
    everywhere = [s for s in submission.statements if s.is_everywhere and s.is_code]
    todo = [(statement, False) for statement in reversed([*everywhere, *entry.own])]
    while todo:
        statement, ready = todo.pop()
        if ready:
            steps.append(statement)
        elif id(statement) not in seen:
            seen.add(id(statement))
            todo.append((statement, True))
            todo += [(s, False) for s in reversed(needs(statement, submission, chosen))]
    return [runnable(step) for step in settled(steps) if step.kind != "broken"]


def settled(steps: list[Statement]) -> list[Statement]:
    """The same steps; one that uses a name at once waits until it is there: ``f.calls = 0``.

    Where functions need one another and themselves, no other order is to be had from their needs.
    """
    missing = {name for step in steps for name in step.binds}
    done: list[Statement] = []
    late = list(steps)
    while late:
        ready = (step for step in late if not (step.at_once - step.binds) & missing)
        done.append(next(ready, late[0]))
        late.remove(done[-1])
        missing -= done[-1].binds
    return done


def needs(statement: Statement, submission: HandedIn, chosen: Chosen) -> list[Statement]:
    """The statements that give a statement its names."""
    found = []
    for name in sorted(statement.uses | statement.changes | statement.acts_on):
        if name in chosen:
            found += chosen[name]
        else:
            others = providers(name, statement, submission.statements)
            found += [s for s in others if not is_another_try(s, chosen)]
    return [s for s in sorted(found, key=lambda s: (s.cell, s.line)) if s is not statement]


def is_another_try(statement: Statement, chosen: Chosen) -> bool:
    """Does a statement define an answer for which another one counts?

    Not a file that holds one beside helpers: what counts is defined after it.
    """
    answers = statement.binds & chosen.keys() if statement.kind != "own import" else ()
    return any(statement not in chosen[name] for name in answers)


def runnable(step: Statement) -> Statement:
    """A step without comments that nbval would act on."""
    if not NBVAL.search(step.text):
        return step
    text = NBVAL.sub(r"#\1(nbval comment removed)", step.text)
    return replace(step, text=text)
