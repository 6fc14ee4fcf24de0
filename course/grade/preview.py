"""How a notebook will be read, for its learner: nothing is run, nothing is graded."""

from course.grade.read import Unreadable, read_whole
from course.grade.transplant import transplant
from course.grade.versions import difference, older_tasks


def preview(raw, assignment):
    """Lines that tell, answer by answer, what grading takes from a notebook given as bytes."""
    try:
        cells, notes, then = read_whole(raw)
    except Unreadable as error:
        return [f"This notebook cannot be graded: {error}."]
    answers = {
        answer.id: {"cell_id": answer.cell_id, "names": list(answer.names), "stub": answer.stub}
        for answer in assignment.answers.values()
    }
    older = older_tasks(then, assignment.release)
    found = transplant(cells, answers, set(assignment.official), older)
    lines = [f"{assignment.title}: this is how your notebook will be read.", *notes]
    lines += difference(then, assignment.release)
    for answer_id, entry in found.items():
        lines += ["", *of_answer(answer_id, entry)]
    done = sum(1 for entry in found.values() if entry.source is not None)
    lines += ["", f"{done} of {len(found)} answers found. Whether they are right is not looked at."]
    return lines


def of_answer(answer_id, entry):
    if entry.source is None:
        return [f"{answer_id}: {'; '.join(entry.notes)}"]
    first, last = entry.own[0], entry.own[-1]
    where = f"cell {first.cell + 1}, lines {first.line} to {last.line + last.text.count(chr(10))}"
    lines = [f"{answer_id}: {where}"]
    if entry.broken:
        lines.append(f"  not valid Python, so it cannot be graded: {entry.broken}")
    helpers = [step for step in entry.steps if step.place not in entry.places]
    for step in helpers:
        names = ", ".join(sorted(step.binds or step.changes))
        lines.append(f"  takes along {names} ({step.where})")
    lines += [f"  {note}" for note in entry.notes]
    return lines
