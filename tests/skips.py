"""A skipped test is no passed test: each is told with its reason, and one that should run fails.

``COURSE_SKIPS`` names a file of the skips that are expected on this machine: a regular expression
of the reason on each line, ``#`` begins a remark. With it set, any other skip makes the run fail.
``COURSE_SKIP_LOG`` names a file to which every skip is added, so that several runs can be summed
up at the end.
"""

import os
import re
from pathlib import Path


def pytest_terminal_summary(terminalreporter, config):
    """Tell of every skip, and add it to the log."""
    if hasattr(config, "workerinput"):  # of a parallel run only the one in charge tells
        return
    for reason, tests in reasons(terminalreporter).items():
        terminalreporter.write_line(f"skipped, {reason}: {', '.join(tests)}")
    log = os.environ.get("COURSE_SKIP_LOG")
    if log:
        Path(log).parent.mkdir(parents=True, exist_ok=True)
        with open(log, "a", encoding="utf-8") as file:
            file.writelines(
                f"{reason}: {', '.join(tests)}\n"
                for reason, tests in reasons(terminalreporter).items()
            )


def pytest_sessionfinish(session):
    """Fail the run when a test was skipped that was not expected to be."""
    expected = os.environ.get("COURSE_SKIPS")
    terminalreporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not expected or terminalreporter is None or hasattr(session.config, "workerinput"):
        return
    patterns = read_patterns(expected)
    wrong = [r for r in reasons(terminalreporter) if not any(p.search(r) for p in patterns)]
    if wrong:
        terminalreporter.write_line(f"skipped, but should have run: {'; '.join(wrong)}", red=True)
        session.exitstatus = 1


def read_patterns(path):
    """The regular expressions of a file, without remarks and empty lines."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    texts = (line.partition("#")[0].strip() for line in lines)
    return [re.compile(text) for text in texts if text]


def reasons(terminalreporter):
    """``{reason: [files]}`` of the tests that were skipped in this run."""
    found = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        tests = found.setdefault(reason, [])
        file = report.nodeid.partition("::")[0]
        if file not in tests:
            tests.append(file)
    return found
