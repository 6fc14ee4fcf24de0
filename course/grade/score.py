"""From what the checks printed to points, and from wrong numbers to the name of the mistake."""

from dataclasses import asdict, dataclass, field

from course.grade import compare


@dataclass
class ItemResult:
    """One item of the rubric for one learner."""

    id: str
    title: str
    answers: list
    hidden: bool
    training: bool
    section: str
    points: dict  # name -> [got, possible]
    message: str = ""  # for the learner
    mistakes: list = field(default_factory=list)  # {"id", "title", "section"}
    seconds: float = 0.0

    @property
    def got(self):
        return sum(got for got, _ in self.points.values())

    @property
    def possible(self):
        return sum(possible for _, possible in self.points.values())


def score(session, found, rows):
    """An ``ItemResult`` for each check of the session."""
    failed = answers_that_failed(found, rows)
    return [score_item(check, found, rows, failed) for check in session.checks]


def answers_that_failed(found, rows):
    """{answer id: what its own statements ended in, and where}."""
    ended = {row.name: row for row in rows if row.role == "step" and not row.passed}
    failed = {}
    for answer, entry in found.items():
        for step in entry.steps:
            row = ended.get(step.place)
            if step.place in entry.places and row is not None:
                failed[answer] = f"{step.where}: {what_stopped(row)}"
    return failed


def what_stopped(row):
    """The error or the trouble that a learner's statement ended in."""
    if row.error:
        return f"{one_line(row.error, 60)}: {one_line(row.message, 200)}"
    return row.trouble or "it did not run"


def left_out(found, rows):
    """A note for each statement that an answer needs and that failed, but for the answers' own."""
    ended = {row.name: row for row in rows if row.role == "step" and not row.passed}
    own = {place for entry in found.values() for place in entry.places}
    notes = {}
    for entry in found.values():
        for step in entry.steps:
            row = ended.get(step.place)
            if row is not None and step.place not in own:
                line = one_line(step.text, 60)
                notes[step.place] = f"{step.where}: `{line}` was left out: {what_stopped(row)}"
    return list(notes.values())


def score_item(check, found, rows, failed):
    tried = [row for row in rows if row.name == check.id and row.role in ("check", "retry")]
    right = {name for row in tried if not row.trouble for name in right_names(check, row)}
    good = compare.counted(right, check.needs)
    result = ItemResult(
        id=check.id,
        title=check.title,
        answers=check.answers,
        hidden=check.hidden,
        training=check.training,
        section=check.section,
        points={name: [worth * (name in good), worth] for name, worth in check.points.items()},
        seconds=round(sum(row.seconds for row in tried), 3),
    )
    if len(good) < len(check.points):
        result.message = message(check, found, tried, right, failed)
        result.mistakes = mistakes(check, tried, good)
    return result


def right_names(check, row):
    """Which of a check's results are the reference's."""
    if row.error:
        return set()
    return {n for n in check.points if compare.right(n, check.expected, row.printed, check.rtol)}


def message(check, found, tried, right, failed):
    """One sentence for the learner. It never holds a number of a check, nor a traceback."""
    if why := not_there(check, found, failed):
        return why
    ran = [row for row in tried if row.printed or row.error or row.trouble]
    if not ran:
        return "not run: earlier checks of this function did not come to an end"
    row = telling(ran)
    if row.trouble:
        return row.trouble
    if row.error == "NotImplementedError":
        return "a function that this needs is not written yet"
    if row.error:
        return raised(row, check.hidden)
    if check.training:
        return "the loss does not fall as it should: see the checks of the functions that it needs"
    held = set(right) - compare.counted(right, check.needs)
    wrong, kept = (
        ", ".join(name for name in check.points if name in some)
        for some in (set(check.points) - right, held)
    )
    says = f"wrong numbers or a wrong shape: {wrong}"
    return f"{says} (right, but worth something only beside them: {kept})" if kept else says


def not_there(check, found, failed):
    """Why answers that a check takes could not be defined; empty where all of them are."""
    missing = [answer for answer in check.answers if found[answer].source is None]
    if missing:
        return f"{', '.join(missing)}: nothing to grade"
    broken = [f"{a}: {found[a].broken}" for a in check.answers if found[a].broken]
    if broken:
        return f"this is not valid Python (a syntax error): {'; '.join(broken)}"
    stopped = [f"{a}: {failed[a]}" for a in check.answers if a in failed]
    return "; ".join(stopped)


def raised(row, hidden):
    """What a check ended in. Of a hidden one nothing that the code made of its inputs."""
    if hidden:
        return "raised an error"
    return f"raised {one_line(row.error, 60)}: {one_line(row.message, 200)}"


def one_line(text, longest):
    return " ".join(text.split())[:longest]


def telling(rows):
    """Of a try with the learner's cache and one with the reference's, the one to tell about."""
    worked = [row for row in rows if not row.error and not row.trouble]
    written = [row for row in rows if row.error != "NotImplementedError"]
    return (worked or written or rows)[0]


def mistakes(check, tried, good):
    """Known wrong versions that print exactly what the learner's code printed."""
    named = {}
    for name in set(check.points) - good:
        for known in check.wrongs:
            fits = [
                row
                for row in tried
                if not row.trouble
                and not row.error
                and compare.right(name, known["printed"], row.printed, check.rtol)
            ]
            different = not compare.right(name, check.expected, known["printed"], check.rtol)
            if fits and different:
                named[known["id"]] = {key: known[key] for key in ("id", "title", "section")}
    return list(named.values())


def as_entry(item):
    """An item's result as plain data."""
    return {**asdict(item), "got": item.got, "possible": item.possible}
