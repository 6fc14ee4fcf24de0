"""Make the learner's copies and the start page, then open JupyterLab: ``python -m course.lab``."""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from course.env import ROOT
from course.lab.copies import refresh
from course.lab.start import PAGE, built_book, write_start_page
from course.site.serve import in_background

CONFIG = Path(__file__).with_name("config")
PORT = 8765  # of the book


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m course.lab", description=__doc__)
    parser.add_argument("--no-browser", action="store_true", help="only start the server")
    options, more = parser.parse_known_args(arguments)  # what is left goes to JupyterLab
    with serve_book() as address:
        for line in refresh(book=address):
            print(line)
        write_start_page(book=address)
        more += ["--no-browser"] if options.no_browser else []
        sys.exit(until_it_ends(command(more), environment(address)))


def until_it_ends(command, environment):
    """Run JupyterLab: -> its exit status. Ctrl+C is for it to answer, as it asks before it stops;
    what ends this process ends it, too.
    """
    with subprocess.Popen(command, cwd=ROOT, env=environment) as lab:
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: lab.terminate())
        return lab.wait()


def command(more):
    """The command that starts JupyterLab at the start page."""
    url = f"/lab/tree/exercises/{PAGE}"
    return [sys.executable, "-m", "jupyter", "lab", f"--LabApp.default_url={url}", *more]


def environment(book):
    """JupyterLab's environment: the course's settings, and where the book is."""
    paths = [str(CONFIG), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    source = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    found = {"JUPYTER_CONFIG_PATH": os.pathsep.join(paths), "PYTHONPATH": os.pathsep.join(source)}
    return {**os.environ, **found, **({"COURSE_BOOK": book} if book else {})}


@contextlib.contextmanager
def serve_book():
    """Serve the built book on this machine while JupyterLab runs: -> its address, or None.

    Always at the same port if it is free: what a reader keeps in the browser belongs to an address.
    """
    folder = built_book()
    if folder is None:
        yield None
        return
    try:
        serving, address = in_background(folder, port=PORT)
    except OSError:  # taken, perhaps by another desk
        serving, address = in_background(folder)
    yield address
    serving.shutdown()


if __name__ == "__main__":
    main()
