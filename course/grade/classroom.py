"""Grade a class: find, grade what is new, store each result as it comes, write the reports."""

import os
from functools import partial
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from tqdm import tqdm

from course.grade import assignment as assignments
from course.grade import by_hand, changes, due, gradebook, isolate, report, run, store
from course.grade.collect import collect
from course.grade.library import open_copies
from course.grade.sections import sections
from course.grade.session import new_seed, prepare
from course.grade.syntax import fingerprint

SHOWN = 20  # changes that are said; the file has all of them


class GraderError(Exception):
    """The grader itself does not work here; no learner gets a 0 for that."""


def grade(
    assignment, submissions, folder, limits, *, seed=None, executor=None, jobs=None, facts=None,
    say=print,
):  # fmt: skip
    """Grade submissions into a folder, skipping what is graded already: -> all results.

    ``executor`` is a context manager that gives a ``concurrent.futures.Executor``; without one,
    ``jobs`` notebooks at a time are graded here, or one at a time where kernels cannot be kept
    apart. ``facts`` are kept with the session, for `regrade`.
    """
    kept = store.Store(folder)
    session = open_session(kept, assignment, seed, facts or {})
    before = kept.results()
    results, left = {}, []
    for submission in submissions:
        done = kept.current(submission, session)
        if done:
            results[submission.learner] = done
        else:
            left.append(submission)
    if results:
        say(f"{len(results)} of {len(submissions)} submissions are graded already")
    if left:
        layers = prove(assignment, session, limits)
        say(f"layers of isolation in force: {', '.join(layers) or 'none'}")
        if (copies := open_copies()) and not isolate.hides_folders(layers):
            say(f"warning: learners' code can read the solutions in {copies[0]}: move or remove it")
        pool = executor or run.executor_for(None, jobs_under(layers, jobs, say))
        results |= grade_left(pool, kept, session, left, limits)
    ordered = [results[entry.learner] for entry in submissions]
    tell_changes(kept, before, ordered, say)
    write_reports(kept, assignment, ordered, say)
    return ordered


def grade_left(pool, kept, session, left, limits):
    """Grade what has no result yet, and store each result as it comes."""
    results = {}
    with pool as executor:
        outcomes = run.grade_all(executor, session, left, limits)
        for submission, result in tqdm(outcomes, total=len(left), unit="notebook"):
            kept.save(result)
            results[submission.learner] = result
    return results


def jobs_under(layers, jobs, say):
    """How many notebooks at a time; one where the code of one could reach the others'."""
    jobs = jobs or default_jobs()
    if jobs > 1 and not isolate.are_apart(layers):
        say("here kernels cannot be kept from reaching one another: one notebook at a time")
        return 1
    return jobs


def tell_changes(kept, before, results, say):
    """Write and say what is different from the last time."""
    rows = changes.changes(before, results) if before else []
    if rows:
        store.write(kept.folder / "changes.csv", changes.text_of(rows))
        whole = [row for row in rows if not row[1]]
        say(f"{len(whole)} learners' points changed, see {kept.folder / 'changes.csv'}:")
        for name, _, was, now, why in whole[:SHOWN]:
            say(f"  {name}: {was or 'none'} -> {now or 'none'} ({why})")


def default_jobs():
    return max(1, os.cpu_count() or 1)


def open_session(kept, assignment, seed, facts):
    """The session of a folder: its seed is drawn once and kept, so that grading can go on."""
    known = kept.session()
    if known and known.get("assignment") != assignment.name:
        raise GraderError(f"{kept.folder} holds grades of {known.get('assignment')}")
    if seed is None:
        seed = known.get("seed", new_seed())
    session = prepare(assignment, seed)
    record = {"assignment": assignment.name, "seed": seed, "digest": session.digest}
    store.write_json(kept.session_path, {**known, **facts, **record})
    return session


def prove(assignment, session, limits):
    """The reference must get full marks here and now: -> layers in force."""
    raw = solved_notebook(assignment)
    result = run.grade_one(session.to_json(), raw, limits)
    if result["score"] != session.total:
        wrong = [item["id"] for item in result["items"] if item["got"] < item["possible"]]
        raise GraderError(
            f"the reference gets {result['score']} of {session.total} points: "
            f"{', '.join(wrong) or '; '.join(result['notes'])}"
        )
    return result["layers"]


def solved_notebook(assignment, replaced=None):
    """A notebook with the reference's answers (or some replaced ones), as bytes."""
    cells = []
    for answer in assignment.answers.values():
        text = (replaced or {}).get(answer.id, answer.solution)
        cells.append(new_code_cell(text))
    return nbformat.writes(new_notebook(cells=cells)).encode()


def write_reports(kept, assignment, results, say=print):
    """Every file that is made from the results; all of them can be made again at any time.

    What cannot be written for one learner is told, and costs no other file.
    """
    final = finished(kept, results, say)
    book = report.Book(assignment.title, sections(kept.session().get("book_url"), assignment.root))
    reference = {
        answer.id: fingerprint(answer.solution)["digest"] for answer in assignment.answers.values()
    }
    files = {r["learner"]: kept.path(r["learner"]).with_suffix(".html").name for r in results}
    title = assignment.title
    makers = {
        "overview.html": lambda: report.overview(final, title, reference, files),
        "answers.html": lambda: report.answers_page(final, title, reference),
        "gradebook.csv": lambda: gradebook.gradebook(final),
        "canvas.csv": lambda: gradebook.canvas(final, title),
        "moodle.csv": lambda: gradebook.moodle(final),
        "junit.xml": lambda: gradebook.junit(final, title),
    }
    for result in final:
        name = f"reports/{files[result['learner']]}"
        makers[name] = partial(report.learner_report, result, book)
    for name, make in makers.items():
        try:
            store.write(kept.folder / name, make())
        except Exception as error:
            say(f"{name} could not be written: {type(error).__name__}: {error}")


def finished(kept, results, say=print):
    """The results with the instructor's points and comments, and with what being late costs."""
    remarks = by_hand.read(by_hand.create(kept.folder), results)
    table = kept.session().get("due")
    terms = due.read(table) if table else {}
    strangers = sorted(terms.keys() - {"", *(result["learner"] for result in results)})
    if strangers:
        say(f"{table} names who handed in nothing: {', '.join(strangers)}")
    return [
        due.applied(by_hand.applied(result, remarks.get(result["learner"], [])), terms)
        for result in results
    ]


def regrade(folder, limits, *, executor=None, jobs=None, say=print):
    """Grade again what changed since: submissions, rubric, course, or what had failed."""
    known = store.Store(folder).session()
    if not known.get("submissions"):
        raise GraderError(f"{folder} holds no grading session: use `grade` first")
    root = Path(known.get("root", assignments.ROOT))
    assignment = assignments.load(known["assignment"], root)
    found = collect(
        known["submissions"], assignment.name, out=folder, known=assignments.names(root),
        table=known.get("owners"),
    )  # fmt: skip
    return grade(assignment, found, folder, limits, executor=executor, jobs=jobs, say=say)
