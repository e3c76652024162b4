"""Clocks and turns: what something costs in processor time, beside others, one round each in turn."""

from __future__ import annotations

import gc
import os
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

ROUNDS = 5
TICKS = os.sysconf("SC_CLK_TCK")


class Unmeasured(Exception):
    """A figure that cannot be taken here. `str()`: why, and the command that changes it."""


Value = float | Unmeasured
Round = Callable[[], float]
"""A function that does one round and returns its figure: seconds, or so many a second."""


def spent(act: Callable[[], object]) -> float:
    """Return the seconds of this process's processor time that it takes."""
    start = time.process_time()
    act()
    return time.process_time() - start


def median_spent(act: Callable[[], object], times: int = ROUNDS) -> float:
    """Return the median of some runs, in seconds of processor time, after one that warms up."""
    act()
    return median(spent(act) for _ in range(times))


def median_wait(act: Callable[[], object], times: int = ROUNDS) -> float:
    """Return the median of some runs, in seconds of the clock, after one that warms up: where a server works too."""
    act()
    spans = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        spans.append(time.perf_counter() - start)
    return median(spans)


def in_turns(*, rounds: int = ROUNDS, **acts: Round | Unmeasured) -> dict[str, Value]:
    """Return the median of each, taken in turns after a round that warms up. One that fails drops out.

    `ours` may not fail: its error is raised.
    """
    taken: dict[str, list[float]] = {name: [] for name in acts}
    failed = {name: act for name, act in acts.items() if isinstance(act, Unmeasured)}
    for _ in range(rounds + 1):
        for name, act in acts.items():
            if name in failed or isinstance(act, Unmeasured):
                continue
            gc.collect()
            try:
                taken[name].append(act())
            except Exception as problem:
                if name == "ours":
                    raise
                failed[name] = problem if isinstance(problem, Unmeasured) else Unmeasured(repr(problem))
    return {name: failed[name] if name in failed else median(taken[name][1:]) for name in acts}


def peak(act: Callable[[], object]) -> float:
    """Return the megabytes that Python allocated at most while it ran."""
    gc.collect()
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def tree_seconds(process: int) -> float:
    """Return the processor time of a process and its descendants, living and dead, since they began (Linux)."""
    total = 0.0
    for one in (process, *descendants(process)):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(") ")[2].split()
        except OSError:  # it ended meanwhile; its parent counts it
            continue
        total += sum(map(int, fields[11:15])) / TICKS
    return total


def running_seconds(process: int) -> float:
    """Return the processor time of a process's living threads, to the nanosecond (Linux)."""
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def descendants(process: int) -> Iterator[int]:
    for thread in Path(f"/proc/{process}/task").glob("*"):
        try:
            children = (thread / "children").read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            yield child
            yield from descendants(child)


def own_memory(process: int) -> float:
    """Return the megabytes that only this process has (USS, Linux)."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    kilobytes = sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:")))
    return kilobytes * 1024 / 1e6


@contextmanager
def counted_statements() -> Iterator[list[int]]:
    """Count the statements of all connections in the first item. One with many rows (`executemany`) counts once."""
    from django.db import connections

    count = [0]

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Mapping[str, Any]) -> Any:
        count[0] += 1
        return execute(sql, params, many, context)

    def watch(connection: BaseDatabaseWrapper, **_: object) -> None:
        connection.execute_wrappers.append(note)

    watched = connections.all(initialized_only=True)
    for connection in watched:
        watch(connection)
    connection_created.connect(watch)
    try:
        yield count
    finally:
        connection_created.disconnect(watch)
        for connection in connections.all(initialized_only=True):
            if note in connection.execute_wrappers:
                connection.execute_wrappers.remove(note)


@contextmanager
def timed_transactions() -> Iterator[list[float]]:
    """Collect how long each transaction was open, in seconds of the clock: on SQLite each holds the write lock."""
    spans: list[float] = []
    began: dict[int, float] = {}
    switch = BaseDatabaseWrapper.set_autocommit

    def watched(self: BaseDatabaseWrapper, autocommit: bool, *args: Any, **options: Any) -> None:
        switch(self, autocommit, *args, **options)
        if not autocommit:
            began[id(self)] = time.perf_counter()
        elif id(self) in began:
            spans.append(time.perf_counter() - began.pop(id(self)))

    BaseDatabaseWrapper.set_autocommit = watched  # type: ignore[method-assign]
    try:
        yield spans
    finally:
        BaseDatabaseWrapper.set_autocommit = switch  # type: ignore[method-assign]
