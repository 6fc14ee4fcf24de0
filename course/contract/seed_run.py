"""How the claims of one run came out."""

from __future__ import annotations

from typing import Any, NamedTuple


class Claim(NamedTuple):
    """A comparison in one run.

    ``value`` is its left side or, where the right side is no constant, by how much it holds.
    """

    value: float | None
    holds: bool
    sign: str
    bound: float | None


class SeedRun(NamedTuple):
    """One run of a page, or of a headline: its claims by their text."""

    claims: dict[str, Claim]
    errors: list[str]
    seconds: float


def worst_of(noted: list[dict[str, Any]]) -> dict[str, Claim]:
    """A claim that was tried several times, in a loop, counts by the time when it did worst."""
    found: dict[str, Claim] = {}
    for note in noted:
        claim = Claim(note["value"], note["holds"], note["sign"], note["bound"])
        before = found.get(note["claim"])
        if before is None or badness(claim) > badness(before):
            found[note["claim"]] = claim
    return found


def badness(claim: Claim) -> tuple[bool, float]:
    """Larger where a claim fails, or holds by less."""
    value = claim.value or 0.0
    smaller_is_better = claim.bound is not None and claim.sign in ("<", "<=")
    return not claim.holds, value if smaller_is_better else -value
