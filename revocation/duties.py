"""The kinds of duties of the worker: each finds the rows that are due and calls a service for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from itertools import chain
from typing import Protocol

from revocation.models import Actor
from revocation.pools import KeyedPool, Work

WORKER = Actor.system("worker")

Now = Callable[[], datetime]
Stop = threading.Event | None
Rows = Sequence[int] | Mapping[str, Sequence[int]]
"""Keys of rows, at most one batch of them, or such batches by authority, issuer or customer."""


class FindDue(Protocol):
    """A function that returns the rows that are due, in the order in which they are worked on."""

    def __call__(self, *, at: datetime) -> Rows: ...


class WorkOnRow(Protocol):
    def __call__(self, row: int, /, *, by: Actor, at: datetime) -> object: ...


class WorkOnRows(Protocol):
    def __call__(self, rows: Sequence[int], /, *, by: Actor, at: datetime) -> object: ...


class Together(Protocol):
    """A function that says how many rows of a key (an authority, a customer) are worked on together."""

    def __call__(self, key: str, /) -> int: ...


class WorkQuietly(Protocol):
    def __call__(self, row: int, /, *, at: datetime) -> object: ...


def leaving_no_event(work: WorkQuietly) -> WorkOnRow:
    """Adapt a service that records no event and therefore takes no `by`."""

    def work_on_row(row: int, /, *, by: Actor, at: datetime) -> object:
        return work(row, at=at)

    return work_on_row


@dataclass(frozen=True)
class Duty:
    """A duty that calls `work` for each row that is due. `every`: seconds between two looks for due rows.

    With a `pool` the rows are handed to the threads of their key, and the duty does not wait for them.
    """

    name: str
    _: KW_ONLY
    due: FindDue
    work: WorkOnRow
    every: float
    pool: KeyedPool | None = None

    def run(self, now: Now, stop: Stop = None) -> int:
        """Do what is due; return how much that was. Stops early when `stop` is set."""

        def work(rows: Sequence[int]) -> None:
            (row,) = rows
            self.work(row, by=WORKER, at=now())

        return _carry_out(self.due(at=now()), work, stop, self.pool, one_by_one)

    def rest(self, stop: threading.Event, seconds: float, *, done: int) -> None:
        """Wait for the next look, after a run that did so many rows."""
        _rest(stop, seconds, done, self.pool)


@dataclass(frozen=True)
class BatchDuty:
    """A duty that calls `work` for as many rows at a time as `together` says; otherwise like `Duty`."""

    name: str
    _: KW_ONLY
    due: FindDue
    work: WorkOnRows
    every: float
    together: Together
    pool: KeyedPool | None = None

    def run(self, now: Now, stop: Stop = None) -> int:
        """Do what is due; return how much that was. Stops early when `stop` is set."""

        def work(rows: Sequence[int]) -> None:
            self.work(rows, by=WORKER, at=now())

        return _carry_out(self.due(at=now()), work, stop, self.pool, self.together)

    def rest(self, stop: threading.Event, seconds: float, *, done: int) -> None:
        """Wait for the next look, after a run that did so many rows."""
        _rest(stop, seconds, done, self.pool)


@dataclass(frozen=True)
class Sweep:
    """A duty whose `work` itself finds what is due and returns how many there were."""

    name: str
    _: KW_ONLY
    work: Callable[[Now, Stop], int]
    every: float

    def run(self, now: Now, stop: Stop = None) -> int:
        """Do what is due; return how much that was. Stops early when `stop` is set."""
        return self.work(now, stop)

    def rest(self, stop: threading.Event, seconds: float, *, done: int) -> None:
        """Wait for the next look, after a run that did so many rows."""
        _rest(stop, seconds, done, None)


def one_by_one(key: str, /) -> int:
    return 1


def always(number: int) -> Together:
    """Return the function that says this number for every key."""
    return lambda key: number


FULL = 200
"""After a run that did this many rows, more are due: the next run follows without a pause."""


def _rest(stop: threading.Event, seconds: float, done: int, pool: KeyedPool | None) -> None:
    if pool is not None:  # its threads work on, and ask for more by themselves
        pool.rest(stop, seconds)
    elif done < FULL:
        stop.wait(seconds)


def _carry_out(found: Rows, work: Work, stop: Stop, pool: KeyedPool | None, together: Together) -> int:
    """Work in the pool, or in this thread when there is no pool or no `stop`; return how many rows there were."""
    by_key = found if isinstance(found, Mapping) else {"": found}
    if pool is not None and stop is not None:
        return pool.offer(by_key, work, stop, batch=together)
    rows = list(chain.from_iterable(_in_batches(some, together(key)) for key, some in by_key.items()))
    _work_off(rows, work, stop)
    return sum(map(len, rows))


def _in_batches(rows: Sequence[int], size: int) -> list[Sequence[int]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _work_off(batches: Sequence[Sequence[int]], work: Work, stop: Stop) -> None:
    """Work on all batches, even when some fail. Raises `ExceptionGroup` of the failures when all were tried."""
    failures: list[Exception] = []
    for rows in batches:
        if stop and stop.is_set():
            break
        try:
            work(rows)
        except Exception as failure:  # noqa: BLE001 - all are raised below
            failure.add_note(f"at row {', '.join(map(str, rows))}")
            failures.append(failure)
    if failures:
        raise ExceptionGroup("rows that cannot be worked on", failures)
