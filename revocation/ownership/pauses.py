"""How long to wait before a name is looked at again (rule O7)."""

from __future__ import annotations

import random
from datetime import timedelta

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30, 60))
"""After the first check in vain, the second, and so on; the last one repeats."""


JITTER = 0.1
"""Of a pause: names that fell due together do not stay together."""


def jittered(pause: timedelta) -> timedelta:
    """`pause`, up to a tenth longer."""
    return pause * (1 + random.uniform(0, JITTER))  # noqa: S311 - no secret hangs on it


def next_pause(attempts: int) -> timedelta:
    """The pause after `attempts` checks, counted from 1."""
    return PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]
