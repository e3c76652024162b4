from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from revocation.ownership.pauses import next_pause


def test_O7_pauses_grow_to_an_hour() -> None:
    minutes = [next_pause(attempts) / timedelta(minutes=1) for attempts in range(1, 9)]
    assert minutes == [1, 2, 5, 10, 30, 60, 60, 60]
    assert all(earlier <= later for earlier, later in pairwise(minutes))


def test_O7_before_the_first_check_the_shortest_pause_counts() -> None:
    assert next_pause(0) == next_pause(1)
    assert next_pause(10_000) == timedelta(hours=1)
