"""Work in lanes: one for each authority or customer, a few threads wide, so that one that hangs holds up no other
(threat 27).

The rows stay the queue: a lane is offered what is due at every look and forgets what it has not begun; two workers that
take the same row settle it by the claim in the database.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from math import ceil

from django.db import close_old_connections, connections

log = logging.getLogger(__name__)

WIDTH = 4
"""Calls that are made to one authority at the same time, by one worker."""

Do = Callable[[Sequence[int]], object]
"""Works on some rows, at most as many as the lane takes at once."""

MakeLane = Callable[[str], "Lane"]


class Lane:
    """Threads that come when there is work and go when there is none."""

    def __init__(self, name: str, do: Do, stop: threading.Event, width: int = WIDTH, batch: int = 1) -> None:
        self.name, self._do, self._stop, self._width, self._batch = name, do, stop, width, batch
        self._lock = threading.Lock()
        self._waiting: deque[int] = deque()
        self._at_work: set[int] = set()
        self._threads = 0

    @property
    def idle(self) -> bool:
        """No thread, so no row that is at work: nothing is lost with such a lane."""
        return not self._threads

    def offer(self, ids: Sequence[int]) -> int:
        """What is due now, in this order; returns for how many a thread was started."""
        with self._lock:
            self._waiting = deque(row for row in ids if row not in self._at_work)
            starting = min(self._width - self._threads, ceil(len(self._waiting) / self._batch))
            self._threads += starting
        for _ in range(starting):
            threading.Thread(target=self._run, name=f"lane {self.name}").start()
        return starting

    def _run(self) -> None:
        try:
            while rows := self._next():
                self._work_on(rows)
        finally:
            connections.close_all()

    def _next(self) -> list[int]:
        with self._lock:
            if self._stop.is_set() or not self._waiting:
                self._threads -= 1
                return []
            rows = [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]
            self._at_work.update(rows)
            return rows

    def _work_on(self, rows: Sequence[int]) -> None:
        try:
            close_old_connections()
            self._do(rows)
        except Exception:
            log.exception("lane “%s” met an error at rows %s; it goes on", self.name, rows)
        finally:
            with self._lock:
                self._at_work.difference_update(rows)


class Lanes:
    """Lanes by name. `most` of them at the same time, None for all: the names that come first have a lane first."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._lanes: dict[str, Lane] = {}

    def offer(self, found: Mapping[str, Sequence[int]], make: MakeLane) -> int:
        """What is due now, by name. A lane whose name is not among the first begins nothing more, and makes room."""
        wanted = dict(islice(found.items(), self._most))
        self._lanes = {name: lane for name, lane in self._lanes.items() if not lane.idle}
        for name in wanted:
            if name not in self._lanes and (self._most is None or len(self._lanes) < self._most):
                self._lanes[name] = make(name)
        return sum(lane.offer(wanted.get(name, ())) for name, lane in self._lanes.items())
