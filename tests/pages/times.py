"""How long the cells of exercises take on their pages: Python there has no BLAS.

    python tests/pages/times.py                      all exercises of the built book
    python tests/pages/times.py 15_convnet 17        those whose names begin so

Each page is done in a browser with the solution's answers, cell by cell. A row has the seconds on
the clock, those that the worker's thread was on a processor, which a busy machine changes less,
and the machine's load. Cells below two seconds are left out.
"""

import argparse
import contextlib
import os
import sys
import time
from pathlib import Path

import psutil

PAGES = Path(__file__).resolve().parent
sys.path[:0] = [str(PAGES), str(PAGES.parent), str(PAGES.parents[1])]

from workpage import WorkPage, names, solved  # noqa: E402

from course.env import BUILD, ROOT  # noqa: E402
from course.site import browser, serve  # noqa: E402

SHORT = 2.0  # seconds
PATIENCE = 900_000  # milliseconds
WORKER = "DedicatedWorker"
VERDICTS = (": False", "did not", "Error")


def processor_seconds():
    """Of all workers in which pages of this process run Python (Linux: the threads' names)."""
    return sum(map(worker_seconds, psutil.Process().children(recursive=True)))


def worker_seconds(process):
    with contextlib.suppress(psutil.Error, OSError):
        return sum(
            thread.user_time + thread.system_time
            for thread in process.threads()
            if Path(f"/proc/{process.pid}/task/{thread.id}/comm").read_text().startswith(WORKER)
        )
    return 0.0


def time_page(name, context, book, pyodide):
    """Run all cells of one exercise: prints a row for each that takes a while."""
    page = WorkPage(context, book, f"exercises/{name}.html", pyodide)
    page.tab.set_default_timeout(PATIENCE)
    page.begin()
    for marker, code in solved(name).items():
        page.write(marker, code)
    total = time.monotonic(), processor_seconds()
    for box in page.tab.locator("div.cell:not(.tag_answer)").all():
        if box.locator(".inpage-tools .inpage-button").count():
            start, spent = time.monotonic(), processor_seconds()
            said = page.press(box)
            row(name, start, spent, label(box), [w for w in said.splitlines() if ends(w)])
    row(name, *total, "the whole page", page.errors, at_least=0)


def label(box):
    button = box.locator(".inpage-tools .inpage-button").first
    return button.get_attribute("aria-label")


def ends(line):
    """Is it a verdict that a reader would not like?"""
    return any(words in line for words in VERDICTS)


def row(name, start, spent, what, said, at_least=SHORT):
    clock, processor = time.monotonic() - start, processor_seconds() - spent
    if clock >= at_least or said:
        load = os.getloadavg()[0]
        print(
            f"{name[:22]:22} {clock:6.1f} s {processor:6.1f} s  load {load:4.1f}  {what}",
            *said,
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(prog="python tests/pages/times.py")
    parser.add_argument("names", nargs="*", help="how the names of exercises begin")
    parser.add_argument("--site", type=Path, default=BUILD / "html")
    shared = os.environ.get("COURSE_PYODIDE", ROOT.parent / "shared" / "pyodide")
    parser.add_argument("--pyodide", type=Path, default=Path(shared))
    args = parser.parse_args()
    for needed in (args.site / "_static" / "inpage.json", args.pyodide / "pyodide-lock.json"):
        if not needed.is_file():
            sys.exit(f"There is no {needed}: name the built site (--site) and Pyodide (--pyodide).")
    chosen = [name for name in names() if not args.names or name.startswith(tuple(args.names))]
    serving, book = serve.in_background(args.site)
    sharing, pyodide = serve.in_background(args.pyodide, shared=True)
    with browser.chromium() as running:
        for name in chosen:
            with running.new_context(viewport={"width": 1280, "height": 900}) as context:
                time_page(name, context, book, pyodide)


if __name__ == "__main__":
    main()
