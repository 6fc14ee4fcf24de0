"""``python -m course.grade``: hand out, prove, grade."""

import argparse
import random
import sys
from collections import Counter
from pathlib import Path

from course.env import ROOT
from course.grade import assignment as assignments
from course.grade import classroom, due, isolate, owners, run
from course.grade.assignment import AssignmentError
from course.grade.classroom import GraderError
from course.grade.collect import CollectError, collect, files_in, look_through, shown
from course.grade.handed_in import Damaged, File
from course.grade.limits import Limits
from course.grade.preview import preview
from course.grade.release import ReleaseError, release
from course.grade.rubric import RubricError
from course.grade.session import SessionError
from course.grade.verify import verify

PROBLEMS = (
    *(AssignmentError, CollectError, GraderError, ReleaseError, RubricError, SessionError),
    *(isolate.IsolationError, Damaged, ValueError),
)
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
    prove.add_argument("--sample", type=int, metavar="N", help="only N, drawn at random")

    look = commands.add_parser("collect", help="who handed in what; nothing is graded")
    add_submissions(look)
    look.add_argument("--dry-run", action="store_true", help="show the table, write nothing")
    look.add_argument("--out", type=Path, default=Path("owners.csv"), help="where to write it")

    mark = commands.add_parser("grade", help="grade a folder or zip of notebooks; can be resumed")
    add_submissions(mark)
    mark.add_argument("--out", type=Path, required=True, help="folder for grades and reports")
    mark.add_argument("--due", type=Path, help="a table of due dates and late days")
    mark.add_argument("--seed", type=int, help="seed of the inputs (default: fresh, then kept)")
    mark.add_argument("--book-url", help="address of the built book, for links in the reports")
    add_limits(mark)
    add_executor(mark)

    again = commands.add_parser("regrade", help="grade what changed since the last time")
    again.add_argument("out", type=Path, help="the folder that `grade` wrote")
    add_limits(again)
    add_executor(again)

    show = commands.add_parser("preview", help="for learners: how a notebook will be read")
    show.add_argument("notebook", type=Path)
    show.add_argument("--assignment", help="its name or number (default: from the file's name)")
    return top


def add_submissions(command):
    command.add_argument("submissions", type=Path, help="a folder or a zip, as it was downloaded")
    command.add_argument("--assignment", help="its name or number (default: from the file names)")
    command.add_argument("--owners", type=Path, help="a table that says which file counts for whom")


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


def the_assignment(options, path):
    """The assignment that was named, or the one that the files' names speak of."""
    known = assignments.names(options.root)
    if options.assignment:
        return assignments.load(options.assignment, options.root)
    names = "\n".join([str(path.name), *(file.path for file in files_in(path))])
    found = known if len(known) == 1 else [name for name in known if name in names]
    if len(found) != 1:
        raise AssignmentError(f"say which --assignment; there are: {', '.join(known)}")
    return assignments.load(found[0], options.root)


def do_release(options):
    release(chosen(options), options.out)


def drawn(assignments, most):
    """``most`` of the assignments, drawn afresh each time (None: all of them)."""
    if most is None:
        return assignments
    return random.sample(assignments, min(most, len(assignments)))


def do_verify(options):
    problems = []
    for assignment in drawn(chosen(options), options.sample):
        print(f"== {assignment.name}")
        limits = limits_of(options)
        problems += verify(assignment, limits, jobs=options.jobs, seed=options.seed)
    return int(bool(problems))


def do_collect(options):
    assignment = the_assignment(options, options.submissions)
    known = assignments.names(options.root)
    found = look_through(options.submissions, assignment.name, known=known, table=options.owners)
    print("\n".join(shown(found)))
    if not options.dry_run:
        options.out.write_text(owners.text_of(found), encoding="utf-8", newline="\n")
        print(f"{options.out}: correct it, and give it to `grade` with --owners")
    return int(bool(found.questions))


def do_grade(options):
    limits = limits_of(options)
    assignment = the_assignment(options, options.submissions)
    submissions = collect(
        options.submissions,
        assignment.name,
        out=options.out,
        known=assignments.names(options.root),
        table=options.owners,
        say=print,
    )
    facts = {"submissions": options.submissions.resolve(), "root": options.root}
    facts |= {"due": options.due and options.due.resolve()}
    facts |= {"owners": options.owners and options.owners.resolve()}
    if options.due:
        due.read(options.due)  # a table that cannot be used is told before anything is graded
    results = classroom.grade(
        assignment,
        submissions,
        options.out,
        limits,
        seed=options.seed,
        executor=executor_of(options),
        jobs=options.jobs,
        facts={**{key: value and str(value) for key, value in facts.items()},
               "book_url": options.book_url},
    )  # fmt: skip
    return say_summary(results, options.out)


def executor_of(options):
    return run.executor_for(options.executor, options.jobs) if options.executor else None


def do_regrade(options):
    results = classroom.regrade(
        options.out, limits_of(options), executor=executor_of(options), jobs=options.jobs
    )
    return say_summary(results, options.out)


def do_preview(options):
    assignment = the_assignment(options, options.notebook)
    files = [file for file in files_in(options.notebook) if isinstance(file, File)]
    print("\n".join(preview(files[0].read(), assignment)))


def say_summary(results, out):
    """Who was not graded, and, as the last line, how many were."""
    for result in results:
        if result["status"] != "graded":
            print(f"{result['status'].upper()}: {result['learner']}: {'; '.join(result['notes'])}")
    counts = Counter(result["status"] for result in results)
    kinds = ("graded", "unreadable", "grader error")
    said = ", ".join(f"{counts[kind]} {kind}{'s' * (kind == kinds[2])}" for kind in kinds)
    print(f"{said}; reports in {out / 'overview.html'}")
    return int(bool(counts["grader error"]))


COMMANDS = {
    "release": do_release,
    "verify": do_verify,
    "collect": do_collect,
    "grade": do_grade,
    "regrade": do_regrade,
    "preview": do_preview,
}


def main(arguments=None):
    options = parser().parse_args(arguments)
    try:
        return COMMANDS[options.command](options)
    except (*PROBLEMS, OSError) as error:
        sys.exit(f"{options.command}: {error}")
    except KeyboardInterrupt:
        run.end_all()
        print("\nstopped; every finished grade is kept: run the same command to go on")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
