"""Functions that the checks were not written for: how often do they find the mistake, and name it?

The ``*.yml`` here were written from the exercise pages and the docstrings, before the known
mistakes were extended and the diagnosis was rebuilt: no sentence of a check was written for them.
Nothing is learnt from them either: a mistake that is not named here is not registered for it. A
message *names* a mistake when its findings and its diagnosis match all patterns of the entry. It
is *wrong* when it carries a diagnosis and does not.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from course.checks import SPECS
from course.checks.confirm import as_cell
from course.checks.judge import judge

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Entry:
    """One function: right, or wrong with what the mistake is and what a message must say."""

    function: str
    label: str
    source: str
    what: str = ""
    named: tuple[str, ...] = ()


@cache
def entries():
    """All functions, right and wrong."""
    found = []
    for path in sorted(HERE.glob("*.yml")):
        for group in yaml.safe_load(path.read_text("utf-8")):
            name, right = group["function"], group["right"]
            found += [Entry(name, f"{name}: {label}", code) for label, code in right.items()]
            for wrong in group["wrong"]:
                code = right[wrong["of"]]
                for old, new in [(wrong["from"], wrong["to"]), *wrong.get("also", ())]:
                    code = replaced(code, old, new)
                label = f"{name}: {wrong['what']}"
                found.append(Entry(name, label, code, wrong["what"], tuple(wrong["named"])))
    return found


def replaced(code, old, new):
    """Every place changed; a text that ends with a line break is a whole line, at any depth."""
    lines = code.splitlines(keepends=True)
    if old.endswith("\n") and any(line.strip() == old.strip() for line in lines):
        return "".join(new if line.strip() == old.strip() else line for line in lines)
    if old not in code:
        raise ValueError(f"{old!r} does not stand in the right function")
    return code.replace(old, new)


def said(report):
    """What a message says of the mistake: its findings and its diagnosis."""
    return " ".join([report.summary, *report.lines, *(text for _, text in report.diagnosis)])


def outcome(entry, seed=0):
    """-> (verdict, report): "right", "missed", "named", "wrong name" or "caught"."""
    function = as_cell(f"import numpy as np\n{entry.source}", entry.function)
    report = judge(SPECS[entry.function], function, seed=seed)
    if report.passed:
        return ("missed" if entry.what else "right"), report
    if not entry.what:
        return "false alarm", report
    text = said(report)
    if all(re.search(pattern, text, re.IGNORECASE) for pattern in entry.named):
        return "named", report
    return ("wrong name" if report.diagnosis else "caught"), report
