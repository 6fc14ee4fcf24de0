"""``python -m course.grade``: hand out, prove, grade."""

import argparse
import sys
from pathlib import Path

from course.env import ROOT
from course.grade import assignment as assignments
from course.grade import classroom, isolate, run
from course.grade.assignment import AssignmentError
from course.grade.classroom import GraderError
from course.grade.collect import CollectError, collect, files_in
from course.grade.limits import Limits
from course.grade.release import ReleaseError, release
from course.grade.rubric import RubricError
from course.grade.session import SessionError
from course.grade.verify import verify

PROBLEMS = (AssignmentError, CollectError, GraderError, ReleaseError, RubricError, SessionError)
PROBLEMS += (isolate.IsolationError, ValueError)
INTERRUPTED = 130


def parser():
    top = argparse.ArgumentParser(prog="python -m course.grade", description=__doc__)
    top.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    hand_out = commands.add_parser("release", help="write the notebooks to hand out")
    hand_out.add_argument("out", type=Path, help="folder to write NAME/NAME.ipynb into")
    add_assignments(hand_out)

    prove = commands.add_parser("verify", help="prove assignments before they are handed out")
    add_assignments(prove)
    add_limits(prove)
    prove.add_argument("--seed", type=int, help="seed of the inputs (default: a fresh one)")

    mark = commands.add_parser("grade", help="grade a folder or zip of notebooks; can be resumed")
    mark.add_argument("submissions", type=Path, help="a folder (flat, or one a learner) or a zip")
    mark.add_argument("--out", type=Path, required=True, help="folder for grades and reports")
    mark.add_argument("--assignment", help="its name or number (default: from the file names)")
    mark.add_argument("--seed", type=int, help="seed of the inputs (default: fresh, then kept)")
    mark.add_argument("--book-url", help="address of the built book, for links in the reports")
    add_limits(mark)
    add_executor(mark)

    again = commands.add_parser("regrade", help="grade what changed since the last time")
    again.add_argument("out", type=Path, help="the folder that `grade` wrote")
    add_limits(again)
    add_executor(again)
    return top


def add_assignments(command):
    command.add_argument(
        "--assignment", action="append", help="name or number; may be repeated (default: all)"
    )


def add_limits(command):
    usual = Limits()
    command.add_argument("--jobs", type=int, default=classroom.default_jobs(), help="processes")
    for name, kind, text in (
        ("cell_timeout", float, "seconds for one cell"),
        ("total_timeout", float, "seconds for one notebook"),
        ("mem_mb", int, "megabytes for one kernel"),
    ):
        flag, value = f"--{name.replace('_', '-')}", getattr(usual, name)
        command.add_argument(flag, type=kind, default=value, help=f"{text} (default: {value})")
    command.add_argument(
        "--isolate", choices=isolate.CHOICES, default="auto", help="see the instructor guide"
    )


def add_executor(command):
    command.add_argument("--executor", help="dask://HOST:PORT runs on a Dask cluster")


def limits_of(options):
    isolate.check(options.isolate)
    return Limits(
        options.cell_timeout, options.total_timeout, options.mem_mb, isolate=options.isolate
    )


def chosen(options):
    """The assignments that a command is about."""
    names = options.assignment or assignments.names(options.root)
    if not names:
        raise AssignmentError("no exercise has a rubric")
    return [assignments.load(name, options.root) for name in names]


def guess_assignment(options):
    """The assignment that the file names in a folder speak of."""
    known = assignments.names(options.root)
    found = [name for name in known if name in names_inside(options.submissions)]
    if len(known) == 1:
        found = known
    if len(found) != 1:
        raise AssignmentError(f"say which --assignment; there are: {', '.join(known)}")
    return found[0]


def names_inside(path):
    return "\n".join([str(path.name), *(file.path for file in files_in(path))])


def do_release(options):
    release(chosen(options), options.out)


def do_verify(options):
    problems = []
    for assignment in chosen(options):
        print(f"== {assignment.name}")
        limits = limits_of(options)
        problems += verify(assignment, limits, jobs=options.jobs, seed=options.seed)
    return int(bool(problems))


def do_grade(options):
    limits = limits_of(options)
    name = options.assignment or guess_assignment(options)
    assignment = assignments.load(name, options.root)
    submissions = collect(options.submissions, assignment.name, out=options.out)
    facts = {"submissions": str(options.submissions.resolve()), "root": str(options.root)}
    executor = run.executor_for(options.executor, options.jobs)
    results = classroom.grade(
        assignment,
        submissions,
        options.out,
        limits,
        seed=options.seed,
        executor=executor,
        facts={**facts, "book_url": options.book_url},
    )
    return say_summary(results, options.out)


def do_regrade(options):
    executor = run.executor_for(options.executor, options.jobs)
    return say_summary(
        classroom.regrade(options.out, limits_of(options), executor=executor), options.out
    )


def say_summary(results, out):
    graded = [result for result in results if result["status"] == "graded"]
    print(f"{len(graded)} of {len(results)} graded; reports in {out / 'overview.html'}")
    for result in results:
        if result["status"] != "graded":
            print(f"{result['status'].upper()}: {result['learner']}: {'; '.join(result['notes'])}")
    return int(any(result["status"] == "grader error" for result in results))


def main(arguments=None):
    options = parser().parse_args(arguments)
    try:
        return globals()[f"do_{options.command}"](options)
    except PROBLEMS as error:
        sys.exit(f"{options.command}: {error}")
    except KeyboardInterrupt:
        run.end_all()
        print("\nstopped; every finished grade is kept: run the same command to go on")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
