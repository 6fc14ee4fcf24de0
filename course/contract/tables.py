"""The record of the contract as tables: in the README, and on the page of timings."""

from __future__ import annotations

import statistics
from typing import Any, NamedTuple

from course.contract import record
from course.contract.claimants import pages
from course.contract.claims import SIGNS
from course.contract.headlines import HEADLINES
from course.env import ROOT
from course.files import write_whole
from course.notebooks.chapters import title

BEGIN, END = "<!-- begin: python -m course.measure --contract -->", "<!-- end of contract -->"
VERSIONS = ("newest", "oldest")


class ClaimRow(NamedTuple):
    """One claim over the seeds that one version of NumPy was run with."""

    page: str
    where: str
    text: str
    wanted: str
    values: list[float]
    failed: list[int]
    seeds: list[int]
    sign: str

    @property
    def held(self) -> str:
        return f"{len(self.seeds) - len(self.failed)} of {len(self.seeds)}"

    @property
    def worst(self) -> float:
        return max(self.values) if self.sign in ("<", "<=") else min(self.values)


def write() -> None:
    """Put the tables into the README and the book, between their marks."""
    for which in VERSIONS:
        prune(which)
    for name, text in texts().items():
        path = ROOT / name
        write_whole(path, replaced(path.read_text(encoding="utf-8"), text))


def texts() -> dict[str, str]:
    """What stands between the marks: file -> Markdown."""
    return {"README.md": headlines(), "book/timings.md": claims()}


def replaced(page: str, text: str) -> str:
    """A page with ``text`` between the marks."""
    if BEGIN not in page or END not in page:
        raise ValueError(f"the page has no place for the table: {BEGIN} ... {END}")
    before, rest = page.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END, 1)[1]}"


# ---------------------------------------------------------------- what was recorded


def prune(which: str) -> None:
    """Leave in a record what still stands on a page, in the order of the course."""
    kept, claimed = record.read(which), standing()
    if not kept["pages"]:
        return
    pages = {}
    for page in claimed:
        if page in kept["pages"]:
            entry = pages[page] = kept["pages"][page] | {"where": where(page)}
            known = entry["claims"]
            entry["claims"] = {text: known[text] for text in claimed[page] if text in known}
    kept |= {"pages": pages, "missing": [where(page) for page in claimed if page not in pages]}
    record.save(which, kept)


def rows(which: str) -> list[ClaimRow]:
    """All claims of a record."""
    kept = record.read(which)["pages"].items()
    return [row_of(page, text, entry) for page, entry in kept for text in entry["claims"]]


def standing() -> dict[str, list[str]]:
    """What the README and each page claim today."""
    headlines = {name: [figure.key for figure in h.figures] for name, h in HEADLINES.items()}
    return headlines | {name: list(dict.fromkeys(p.claims)) for name, p in pages().items()}


def row_of(page: str, text: str, entry: dict[str, Any]) -> ClaimRow:
    claim = entry["claims"][text]
    bound, sign = claim["bound"], claim["sign"]
    wanted = "" if bound is None else f"{sign} {bound:g}"
    values = [value for value in claim["values"] if value is not None]
    return ClaimRow(
        page, entry.get("where", page), text, wanted, values, claim["failed"], entry["seeds"], sign
    )


def depends_on_luck(row: ClaimRow) -> bool:
    """Did it come out differently with another seed? An example worked by hand never does."""
    return len(row.seeds) == 1 or len(set(row.values)) > 1 or bool(row.failed)


# ---------------------------------------------------------------- tables


def headlines() -> str:
    """The figures of the README."""
    found = [row for row in rows("newest") if row.page in HEADLINES]
    lines = ["| measured | mean | lowest to highest | seeds |", "|---|---|---|---|"]
    for row in found:
        mean, low, high = statistics.fmean(row.values), min(row.values), max(row.values)
        cells = [claim_told(row.page, row.text), f"{mean:.1%}", f"{low:.1%} to {high:.1%}"]
        lines.append(line([*cells, str(len(row.seeds))]))
    return "\n".join(lines)


def claims() -> str:
    """Every claim, with what came of it under the newest and the oldest NumPy."""
    by_version = {which: {(r.page, r.text): r for r in rows(which)} for which in VERSIONS}
    names = {which: version_of(which) for which in VERSIONS}
    keys = list(dict.fromkeys(key for found in by_version.values() for key in found))
    keys = [k for k in keys if any(k in f and depends_on_luck(f[k]) for f in by_version.values())]
    head = ["where", "claim", "wanted"]
    for which in VERSIONS:
        head += [f"NumPy {names[which]}: mean (worst)", "held"]
    lines = [line(head), line(["---"] * len(head))]
    for key in keys:
        found = [by_version[which].get(key) for which in VERSIONS]
        first = next(row for row in found if row)
        cells = [first.where, claim_told(*key), first.wanted]
        for row in found:
            cells += [numbers(row), row.held if row else "-"]
        lines.append(line(cells))
    return "\n".join([*lines, "", circumstances()])


def line(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def numbers(row: ClaimRow | None) -> str:
    """Mean and worst; of a comparison of two numbers that both vary only how often it held."""
    if row is None or not row.wanted or not row.values:
        return "-" if row is None else ""
    return f"{statistics.fmean(row.values):.3g} ({row.worst:.3g})"


def where(page: str) -> str:
    """A link to the page, for headlines the command."""
    if page in HEADLINES:
        return f"`{page}`"
    folder, _, name = page.partition("/")
    if folder == "book":
        return f"[{title(name)}]({name}.md)"
    return f"[*{title(f'exercises/{name}')}*, solution](../solutions/{name}.ipynb)"


def claim_told(page: str, text: str) -> str:
    """A sentence as it is; a comparison as code; a headline by what the README says of it."""
    if page in HEADLINES:
        return next(figure.text for figure in HEADLINES[page].figures if figure.key == text)
    return f"`{text}`" if any(f" {sign} " in text for sign in SIGNS.values()) else text


def version_of(which: str) -> str:
    """The NumPy of a record; several where not all pages were run with one."""
    entries = record.read(which)["pages"].values()
    return " and ".join(sorted({entry["numpy"] for entry in entries})) or which


def seeds_told(counts: list[int]) -> str:
    """``[1, 3, 5] -> "1 to 5 seeds"``."""
    ends = " to ".join(str(count) for count in dict.fromkeys([counts[0], counts[-1]]))
    return f"{ends} seed" if counts == [1] else f"{ends} seeds"


def circumstances() -> str:
    """How many seeds there are, what failed, and what has not been measured."""
    said = []
    for which in VERSIONS:
        kept, found = record.read(which), rows(which)
        if not found:
            said.append(f"Not measured yet with the {which} NumPy that the course allows.")
            continue
        counts = sorted({len(row.seeds) for row in found})
        said.append(
            f"NumPy {version_of(which)}: {seeds_told(counts)} a page, Python {kept['python']}, "
            f"{kept['processor']}."
        )
        if kept.get("missing"):
            said.append(f"Not measured yet with it: {', '.join(kept['missing'])}.")
    return " ".join(said)
