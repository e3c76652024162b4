"""Pools of threads, one for each key (an authority, a customer), so that one that hangs holds up no other (threat 27).

The rows stay the queue: a pool is offered what is due at every look and forgets what it has not begun; two workers that
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

Work = Callable[[Sequence[int]], object]
"""Works on some rows, at most as many as the pool takes at once."""


class Pool:
    """The threads of one key. They come when there is work and go when there is none."""

    def __init__(self, key: str, work: Work, stop: threading.Event, threads: int, batch: int = 1) -> None:
        self.key, self._work, self._stop, self._most, self._batch = key, work, stop, threads, batch
        self._lock = threading.Lock()
        self._waiting: deque[int] = deque()
        self._at_work: set[int] = set()
        self._threads = 0

    @property
    def idle(self) -> bool:
        """Whether it has no thread, so no row that is at work: nothing is lost with such a pool."""
        return not self._threads

    def offer(self, ids: Sequence[int]) -> int:
        """Replace what waits by what is due now, in this order; return how many threads were started."""
        with self._lock:
            self._waiting = deque(row for row in ids if row not in self._at_work)
            starting = min(self._most - self._threads, ceil(len(self._waiting) / self._batch))
            self._threads += starting
        for _ in range(starting):
            threading.Thread(target=self._run, name=f"pool {self.key}").start()
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
            self._work(rows)
        except Exception:
            log.exception("pool “%s” met an error at rows %s; it goes on", self.key, rows)
        finally:
            with self._lock:
                self._at_work.difference_update(rows)


class KeyedPool:
    """A pool for each key, of `per_key` threads. `max_keys`: so many keys at the same time, None for all."""

    def __init__(self, *, per_key: int, max_keys: int | None = None) -> None:
        self._per_key, self._max_keys = per_key, max_keys
        self._pools: dict[str, Pool] = {}

    def offer(self, found: Mapping[str, Sequence[int]], work: Work, stop: threading.Event, *, batch: int = 1) -> int:
        """Offer each key what is due for it now; return how many threads were started.

        A thread takes `batch` rows at a time and begins nothing more when `stop` is set. The keys that come first have
        a pool first. A key that is no longer among the first begins nothing more, and makes room when its threads have
        ended.
        """
        wanted = dict(islice(found.items(), self._max_keys))
        self._pools = {key: pool for key, pool in self._pools.items() if not pool.idle}
        for key in wanted:
            if key not in self._pools and (self._max_keys is None or len(self._pools) < self._max_keys):
                self._pools[key] = Pool(key, work, stop, self._per_key, batch)
        return sum(pool.offer(wanted.get(key, ())) for key, pool in self._pools.items())
