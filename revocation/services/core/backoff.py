"""Pauses between attempts to reach something outside. They grow with the attempts and vary at random."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from typing import Self

SHORTER = -0.2
"""A pause is up to a fifth shorter, so that not all come back at once."""

_random = SystemRandom()


@dataclass(frozen=True)
class Pauses:
    """A table of pauses: after the first attempt, the second, and so on. The last one repeats.

    `spread`: the largest share of a pause that is added at random, or taken away if it is negative.
    """

    steps: tuple[timedelta, ...]
    spread: float = SHORTER

    @classmethod
    def of_seconds(cls, *numbers: int, spread: float = SHORTER) -> Self:
        """Return a table of pauses given in seconds."""
        return cls(tuple(timedelta(seconds=number) for number in numbers), spread)

    @classmethod
    def of_minutes(cls, *numbers: int, spread: float = SHORTER) -> Self:
        """Return a table of pauses given in minutes."""
        return cls(tuple(timedelta(minutes=number) for number in numbers), spread)

    @property
    def shortest(self) -> timedelta:
        """Return the shortest pause that the table can give."""
        return self.steps[0] * (1 + min(self.spread, 0))

    def step(self, attempts: int) -> timedelta:
        """Return the pause after so many attempts, counted from 1, as it stands in the table.

        >>> [Pauses.of_seconds(10, 60).step(attempts).seconds for attempts in (0, 1, 2, 99)]
        [10, 10, 60, 60]
        """
        return self.steps[min(max(attempts, 1), len(self.steps)) - 1]

    def spread_out(self, pause: timedelta) -> timedelta:
        """Return `pause`, varied at random."""
        return pause * (1 + self.spread * _random.random())

    def after(self, attempts: int) -> timedelta:
        """Return the pause after so many attempts, counted from 1, varied at random."""
        return self.spread_out(self.step(attempts))
