"""Grade a class: find, grade what is new, store each result as it comes, write the reports."""

import os
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from tqdm import tqdm

from course.grade import assignment as assignments
from course.grade import gradebook, report, run, store
from course.grade.collect import collect
from course.grade.library import installed_copy
from course.grade.sections import sections
from course.grade.session import new_seed, prepare
from course.grade.worker import fingerprint


class GraderError(Exception):
    """The grader itself does not work here; no learner gets a 0 for that."""


def grade(
    assignment, submissions, folder, limits, *, seed=None, executor=None, facts=None, say=print
):
    """Grade submissions into a folder, skipping what is graded already: -> all results.

    ``executor`` is a context manager that gives a ``concurrent.futures.Executor``; ``facts`` are
    kept with the session, for `regrade`.
    """
    kept = store.Store(folder)
    session = open_session(kept, assignment, seed, facts or {})
    results = {}
    for submission in submissions:
        done = kept.current(submission, session)
        if done:
            results[submission.learner] = done
    left = [entry for entry in submissions if entry.learner not in results]
    if results:
        say(f"{len(results)} of {len(submissions)} submissions are graded already")
    if left:
        layers = prove(assignment, session, limits)
        if copy := installed_copy():
            say(f"warning: learners' code can read the solutions in {copy}: uninstall the course")
        say(f"layers of isolation in force: {', '.join(layers) or 'none'}")
        with executor or run.executor_for(None, default_jobs()) as pool:
            outcomes = run.grade_all(pool, session, left, limits)
            for submission, result in tqdm(outcomes, total=len(left), unit="notebook"):
                kept.save(result)
                results[submission.learner] = result
    ordered = [results[entry.learner] for entry in submissions]
    write_reports(kept, assignment, ordered)
    return ordered


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


def write_reports(kept, assignment, results):
    """Every file that is made from the results; all of them can be made again at any time."""
    labels = sections(kept.session().get("book_url"), assignment.root)
    reference = {
        answer.id: fingerprint(answer.solution)["digest"] for answer in assignment.answers.values()
    }
    files = {r["learner"]: kept.path(r["learner"]).with_suffix(".html").name for r in results}
    title = assignment.title
    texts = {
        "overview.html": report.overview(results, title, reference, files),
        "gradebook.csv": gradebook.gradebook(results),
        "canvas.csv": gradebook.canvas(results, title),
        "moodle.csv": gradebook.moodle(results),
        "junit.xml": gradebook.junit(results, title),
    }
    for result in results:
        name = f"reports/{files[result['learner']]}"
        texts[name] = report.learner_report(result, title, labels)
    for name, text in texts.items():
        store.write(kept.folder / name, text)


def regrade(folder, limits, *, executor=None, say=print):
    """Grade again what changed since: submissions, rubric, course, or what had failed."""
    known = store.Store(folder).session()
    if not known.get("submissions"):
        raise GraderError(f"{folder} holds no grading session: use `grade` first")
    assignment = assignments.load(known["assignment"], Path(known.get("root", assignments.ROOT)))
    found = collect(known["submissions"], assignment.name, out=folder)
    return grade(assignment, found, folder, limits, executor=executor, say=say)
