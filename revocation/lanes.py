"""Work in lanes: a lane for each authority, a few threads wide, so that one that hangs holds up no other (threat 27).

The rows stay the queue: a lane is offered what is due at every look and forgets what it has not begun; two workers that
take the same row settle it by the claim in the database.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence

from django.db import close_old_connections, connections

log = logging.getLogger(__name__)

WIDTH = 4
"""Calls that are made to one authority at the same time, by one worker."""

Do = Callable[[int], object]


class Lane:
    """Threads that come when there is work and go when there is none."""

    def __init__(self, name: str, do: Do, stop: threading.Event, width: int = WIDTH) -> None:
        self.name, self._do, self._stop, self._width = name, do, stop, width
        self._lock = threading.Lock()
        self._waiting: deque[int] = deque()
        self._at_work: set[int] = set()
        self._threads = 0

    def offer(self, ids: Sequence[int]) -> int:
        """What is due now, in this order; returns for how many a thread was started."""
        with self._lock:
            self._waiting = deque(row for row in ids if row not in self._at_work)
            starting = min(self._width - self._threads, len(self._waiting))
            self._threads += starting
        for _ in range(starting):
            threading.Thread(target=self._run, name=f"lane {self.name}").start()
        return starting

    def _run(self) -> None:
        try:
            while (row := self._next()) is not None:
                self._work_on(row)
        finally:
            connections.close_all()

    def _next(self) -> int | None:
        with self._lock:
            if self._stop.is_set() or not self._waiting:
                self._threads -= 1
                return None
            row = self._waiting.popleft()
            self._at_work.add(row)
            return row

    def _work_on(self, row: int) -> None:
        try:
            close_old_connections()
            self._do(row)
        except Exception:
            log.exception("lane “%s” met an error at row %s; it goes on", self.name, row)
        finally:
            with self._lock:
                self._at_work.discard(row)
