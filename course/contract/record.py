"""The record of the contract: each seed is kept as soon as it is done, so a run may stop and go on.

``contract-oldest.json`` and ``contract-newest.json`` in ``book/results`` hold, for each page, the
seeds that were run and how each claim came out. A page whose code has changed starts anew.
"""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from course.contract.seed_run import SeedRun
from course.files import write_whole
from course.results import RESULTS, processor


class Claimant(Protocol):
    """A page or a headline."""

    @property
    def digest(self) -> str: ...

    def run(self, seed: int) -> SeedRun: ...


def path_of(which: str) -> Path:
    """The record of the ``"oldest"`` or the ``"newest"`` NumPy."""
    return RESULTS / f"contract-{which}.json"


def read(which: str) -> dict[str, Any]:
    """A record, empty where there is none."""
    try:
        return json.loads(path_of(which).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"pages": {}}


def measure(
    which: str,
    sources: dict[str, Claimant],
    seeds: Iterable[int],
    say: Callable[[str], Any] = print,
) -> None:
    """Run what is not recorded yet: all sources with the first seed, then with the next."""
    for seed in seeds:
        for name, source in sources.items():
            entry = entry_of(read(which), name, source.digest)
            if seed in entry["seeds"]:
                continue
            outcome = source.run(seed)
            if not outcome.claims:
                raise RuntimeError(f"seed {seed}, {name}: no claim was reached; {outcome.errors}")
            kept = read(which)  # another process may have added to it
            entry = entry_of(kept, name, source.digest)
            add(entry, seed, outcome)
            kept["pages"][name] = entry
            kept |= {"python": platform.python_version(), "processor": processor()}
            save(which, kept)
            say(f"seed {seed}, {name}: {told(outcome)} ({outcome.seconds:.0f} s)")


def entry_of(kept: dict[str, Any], name: str, digest: str) -> dict[str, Any]:
    """What is recorded of a page with the same code and NumPy, or a new entry."""
    new = {"digest": digest, "numpy": np.__version__}
    entry = kept["pages"].get(name, {})
    if all(entry.get(key) == value for key, value in new.items()):
        return entry
    return {**new, "seeds": [], "seconds": [], "claims": {}, "errors": {}}


def add(entry: dict[str, Any], seed: int, outcome: SeedRun) -> None:
    """One more seed. A claim that was not reached, because a cell failed, does not hold."""
    for text, claim in outcome.claims.items():
        new: dict[str, Any] = {"sign": claim.sign, "bound": claim.bound, "values": [], "failed": []}
        kept = entry["claims"].setdefault(text, new | {"values": [None] * len(entry["seeds"])})
        kept["values"].append(None if claim.value is None else float(f"{claim.value:.4g}"))
        kept["failed"] += [] if claim.holds else [seed]
    for text, kept in entry["claims"].items():
        if text not in outcome.claims:
            kept["values"].append(None)
            kept["failed"].append(seed)
    if outcome.errors:
        entry["errors"][str(seed)] = outcome.errors
    entry["seeds"].append(seed)
    entry["seconds"].append(outcome.seconds)


def save(which: str, kept: dict[str, Any]) -> None:
    """Write a record, a line for each list."""
    text = json.dumps(kept, indent=1)
    write_whole(path_of(which), joined_lists(text) + "\n")


def joined_lists(text: str) -> str:
    """JSON with its innermost lists on one line each."""
    return re.sub(r"\[[^\[\]{}]*\]", lambda found: " ".join(found[0].split()), text)


def told(outcome: SeedRun) -> str:
    """Which claims failed, in a line."""
    failed = [
        f"{text} ({claim.value})" for text, claim in outcome.claims.items() if not claim.holds
    ]
    wrong = [*(f"DOES NOT HOLD: {text}" for text in failed), *outcome.errors]
    return "; ".join(wrong) or f"{len(outcome.claims)} claims hold"
