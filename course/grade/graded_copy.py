"""The notebook that is run: official cells, the learner's answers, checks that print numbers."""

from nbformat.v4 import new_code_cell, new_notebook, new_output

SKIP, COMPARE = ["nbval-ignore-output"], ["nbval-check-output"]


def graded_copy(session, found):
    """A notebook for nbval. Hidden checks come last: after them nothing is told to the learner."""
    cells = [plain("import graded", "given")]
    for cell in session.cells:
        if cell["answer"] is None:
            cells.append(plain(cell["source"], "given"))
            continue
        answer = found[cell["answer"]]
        cells += [plain(helper, "helper", cell["answer"]) for helper in answer.helpers]
        text = session.answers[cell["answer"]]["stub"] if answer.source is None else answer.source
        cells.append(plain(text, "answer", cell["answer"]))
    checks = sorted(session.checks, key=lambda check: (check.hidden, check.training))
    for check in checks:
        cells.append(check_cell(check, check.source, "check"))
        if check.retry:
            cells.append(check_cell(check, check.retry, "retry"))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return new_notebook(cells=cells)


def plain(text, role, name=""):
    return new_code_cell(text, metadata={"tags": SKIP, "course": {"role": role, "name": name}})


def check_cell(check, text, role):
    """A check with the reference's output stored, as if it had been run."""
    return new_code_cell(
        text,
        execution_count=1,  # nbval compares nothing in a cell that was never run
        outputs=[new_output("stream", name="stdout", text=check.expected)],
        metadata={"tags": COMPARE, "course": {"role": role, "name": check.id}},
    )
