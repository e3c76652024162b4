"""How many perspectives may fail to see what the primary one sees (Baseline Requirements 3.2.2.9)."""

from __future__ import annotations

from collections.abc import Sequence

FAILURES_ALLOWED: tuple[tuple[int, int], ...] = ((6, 2), (2, 1), (0, 0))
"""Least number of remote perspectives → failures allowed among them.

The table of the Baseline Requirements starts at two. With one remote perspective both must agree, and without any the
primary one decides alone.
"""


def failures_allowed(remotes: int) -> int:
    """Return how many of `remotes` remote perspectives may fail."""
    return next(allowed for least, allowed in FAILURES_ALLOWED if remotes >= least)


def corroborated(primary: bool, remotes: Sequence[bool]) -> bool:
    """Whether the primary perspective and enough remote ones saw the proof. One that timed out did not."""
    return primary and list(remotes).count(False) <= failures_allowed(len(remotes))
