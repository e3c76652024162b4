"""How many perspectives may fail to see what the primary one sees (Baseline Requirements 3.2.2.9)."""

from __future__ import annotations

from collections.abc import Sequence

FAILURES_ALLOWED: tuple[tuple[int, int], ...] = ((6, 2), (2, 1), (0, 0))
"""Remote perspectives from so many on → failures allowed among them. BR's table starts at two; with one remote
perspective both must agree, and without any the primary one stands alone."""


def failures_allowed(remotes: int) -> int:
    """Of so many remote perspectives."""
    return next(allowed for least, allowed in FAILURES_ALLOWED if remotes >= least)


def corroborated(primary: bool, remotes: Sequence[bool]) -> bool:
    """Whether the primary perspective saw the proof and enough of the remote ones did. One that timed out has not."""
    return primary and list(remotes).count(False) <= failures_allowed(len(remotes))
