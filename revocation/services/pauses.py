"""Growing pauses between attempts at something outside, with a little chance so that not all come back at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import SystemRandom

JITTER = 0.2
"""Share of a pause by which it is shortened or not."""

_random = SystemRandom()


def seconds(*numbers: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=number) for number in numbers)


def growing(pauses: Sequence[timedelta], attempts: int) -> timedelta:
    """The pause after so many attempts (1 or more): never longer than in the list, up to a fifth shorter.

    >>> growing(seconds(10, 60), 99) <= timedelta(seconds=60)
    True
    """
    return pauses[min(max(attempts, 1), len(pauses)) - 1] * (1 - JITTER * _random.random())
