"""Pauses between attempts at something outside: they grow with the attempts, and chance spreads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from typing import Self

SHORTER = -0.2
"""Up to a fifth shorter, so that not all come back at once."""

_random = SystemRandom()


@dataclass(frozen=True)
class Pauses:
    """A table of pauses: after the first attempt, the second, and so on. The last one repeats.

    `spread`: the share of a pause that chance adds at most, or takes away if it is negative.
    """

    steps: tuple[timedelta, ...]
    spread: float = SHORTER

    @classmethod
    def of_seconds(cls, *numbers: int, spread: float = SHORTER) -> Self:
        """Return a table of so many seconds each."""
        return cls(tuple(timedelta(seconds=number) for number in numbers), spread)

    @classmethod
    def of_minutes(cls, *numbers: int, spread: float = SHORTER) -> Self:
        """Return a table of so many minutes each."""
        return cls(tuple(timedelta(minutes=number) for number in numbers), spread)

    @property
    def shortest(self) -> timedelta:
        """No pause of the table is shorter."""
        return self.steps[0] * (1 + min(self.spread, 0))

    def step(self, attempts: int) -> timedelta:
        """Return the pause after so many attempts, counted from 1, as it stands in the table.

        >>> [Pauses.of_seconds(10, 60).step(attempts).seconds for attempts in (0, 1, 2, 99)]
        [10, 10, 60, 60]
        """
        return self.steps[min(max(attempts, 1), len(self.steps)) - 1]

    def spread_out(self, pause: timedelta) -> timedelta:
        """Return `pause`, changed by chance."""
        return pause * (1 + self.spread * _random.random())

    def after(self, attempts: int) -> timedelta:
        """Return the pause after so many attempts, counted from 1, changed by chance."""
        return self.spread_out(self.step(attempts))
