"""``python -m course.measure --contract``: run all claims, write what came to the pages."""

from __future__ import annotations

import argparse
import re
import shutil

import numpy as np

from course.contract import record, tables
from course.contract.claimants import build_of, pages
from course.contract.headlines import HEADLINES
from course.env import ROOT

SEEDS = 20


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m course.measure --contract",
        description="Run all claims of the README and the book over seeds, and write their tables.",
        epilog="Each seed is kept as soon as it is done; all of them take hours. Stop at any time.",
    )
    parser.add_argument("--seeds", type=int, default=SEEDS, metavar="N", help="run seeds 0 to N-1")
    parser.add_argument("--only", nargs="+", metavar="PAGE", help="such as book/residual")
    parser.add_argument("--write", action="store_true", help="run nothing, only write the tables")
    options = parser.parse_args(arguments)
    if options.seeds < 1:
        parser.error(f"--seeds is {options.seeds}, expected at least 1")
    names = [*HEADLINES, *pages()]
    if unknown := [name for name in options.only or [] if name not in names]:
        parser.error(f"no page {unknown[0]!r} with claims; there are: {', '.join(names)}")
    return options


def oldest_or_newest(version: str = np.__version__) -> str:
    """Which record a version of NumPy belongs to."""
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    bound = re.findall(r"^numpy>=([\d.]+)", requirements, re.MULTILINE)[0]
    return "oldest" if f"{version}.".startswith(f"{bound}.") else "newest"


def main(arguments: list[str] | None = None) -> None:
    """Measure, then write the tables."""
    options = parse_arguments(arguments)
    sources: dict[str, record.Claimant] = {**HEADLINES, **pages()}
    if not options.write:
        chosen = {name: sources[name] for name in options.only or sources}
        for seed in range(options.seeds):
            record.measure(oldest_or_newest(), chosen, [seed], say)
            shutil.rmtree(build_of(seed), ignore_errors=True)
    tables.write()


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
