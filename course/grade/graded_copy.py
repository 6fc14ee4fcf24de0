"""The notebook that is run: official cells, the learner's answers, checks that print numbers."""

from nbformat.v4 import new_code_cell, new_notebook, new_output

from course.grade import magics, syntax

SKIP, COMPARE = ["nbval-ignore-output"], ["nbval-check-output"]


def graded_copy(session, found):
    """A notebook for nbval. Hidden checks come last: after them nothing is told to the learner.

    Official cells and checks run in a namespace of their own, see ``tools``; what the learner wrote
    runs in the kernel's, statement by statement, so that each one fails for itself.
    """
    cells, done = [], set()
    for cell in session.cells:
        if cell["answer"] is None:
            cells.append(call("given", cell["source"], role="given"))
            continue
        answer, entry = session.answers[cell["answer"]], found[cell["answer"]]
        cells.append(call("given", answer["stub"], role="given"))
        steps = [step for step in entry.steps if step.place not in done]
        done |= {step.place for step in steps}
        cells += [step_cell(step) for step in steps]
        if entry.source is not None:
            cells.append(call("take", answer["names"], role="take", name=cell["answer"]))
    for check in sorted(session.checks, key=lambda check: (check.hidden, check.training)):
        cells.append(check_cell(check, check.source, "check"))
        if check.retry:
            cells.append(check_cell(check, check.retry, "retry"))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return new_notebook(cells=cells)


def step_cell(step):
    """One statement of the learner's. An import that fails leaves a stand-in, see ``tools``."""
    if step.kind == "file":
        body = magics.read(step.text)
        return call("write", body.file, body.python, body.adds, role="step", name=step.place)
    if isinstance(step.node, syntax.IMPORTS) and not step.is_everywhere:
        return call("bring", step.text, role="step", name=step.place)
    return plain(step.text, "step", step.place)


def call(tool, *arguments, role, name=""):
    """A cell that calls one of the ``tools`` and binds no name in the learner's namespace."""
    shown = ", ".join(repr(argument) for argument in arguments)
    return plain(f"__import__('graded').{tool}({shown})", role, name)


def plain(text, role, name=""):
    return new_code_cell(text, metadata={"tags": SKIP, "course": {"role": role, "name": name}})


def check_cell(check, text, role):
    """A check, marked as one that was run. What it must print is nowhere in the copy."""
    return new_code_cell(
        f"__import__('graded').check({text!r})",
        execution_count=1,  # nbval compares nothing in a cell that was never run
        outputs=[new_output("stream", name="stdout", text="known to the grader only")],
        metadata={"tags": COMPARE, "course": {"role": role, "name": check.id}},
    )
