"""Pools of threads, one for each key (an authority, a customer). A key that hangs delays no other key (threat 27).

The rows in the database stay the queue. A pool is offered what is due at every look and forgets what it has not begun.
When two workers want the same row, the claim in the database decides.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from math import ceil

from django.db import close_old_connections, connections

log = logging.getLogger(__name__)

NOTICED_WITHIN = 0.2
"""Seconds after which a duty that rests notices that it has to stop."""

MANY = 100
"""Where so many rows were offered, more may be due: a pool that has begun the last of them asks for others at once."""

Work = Callable[[Sequence[int]], object]
"""A function that works on some rows, at most as many as the pool takes at once."""


class Pool:
    """The threads of one key. They start when there is work and end when there is none."""

    def __init__(
        self,
        key: str,
        work: Work,
        stop: threading.Event,
        threads: int,
        batch: int = 1,
        wants_more: threading.Event | None = None,
    ) -> None:
        self.key, self._work, self._stop, self._most, self._batch = key, work, stop, threads, batch
        self._wants_more = wants_more or threading.Event()
        self._lock = threading.Lock()
        self._waiting: deque[int] = deque()
        self._offered = 0
        self._at_work: set[int] = set()
        self._threads = 0

    @property
    def idle(self) -> bool:
        """Whether the pool has no thread. Then nobody works on a row, and the pool can be dropped."""
        return not self._threads

    def offer(self, ids: Sequence[int]) -> int:
        """Replace the waiting rows by those that are due now, in this order; return how many threads were started."""
        with self._lock:
            self._waiting = deque(row for row in ids if row not in self._at_work)
            self._offered = len(self._waiting)
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
            if not self._waiting and self._offered >= MANY:
                self._wants_more.set()
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
    """A pool of `per_key` threads for each key. `max_keys`: the most keys at the same time, None for all."""

    def __init__(self, *, per_key: int, max_keys: int | None = None) -> None:
        self._per_key, self._max_keys = per_key, max_keys
        self._pools: dict[str, Pool] = {}
        self._wants_more = threading.Event()

    def offer(
        self,
        found: Mapping[str, Sequence[int]],
        work: Work,
        stop: threading.Event,
        *,
        batch: Callable[[str], int] = lambda key: 1,
    ) -> int:
        """Offer each key what is due for it now; return how many rows that is.

        A thread takes `batch` rows of its key at a time. It begins nothing more once `stop` is set. The first
        `max_keys` keys get a pool. A key that is no longer among them begins nothing more, and its pool goes when its
        threads have ended.
        """
        wanted = dict(islice(found.items(), self._max_keys))
        self._wants_more.clear()
        self._pools = {key: pool for key, pool in self._pools.items() if not pool.idle}
        for key in wanted:
            if key not in self._pools and (self._max_keys is None or len(self._pools) < self._max_keys):
                self._pools[key] = Pool(key, work, stop, self._per_key, batch(key), self._wants_more)
        for key, pool in self._pools.items():
            pool.offer(wanted.get(key, ()))
        return sum(map(len, wanted.values()))

    def rest(self, stop: threading.Event, seconds: float) -> None:
        """Return after so many seconds, or as soon as a pool has nothing left of many rows, or `stop` is set."""
        end = time.monotonic() + seconds
        while not stop.is_set() and (left := end - time.monotonic()) > 0:
            if self._wants_more.wait(min(left, NOTICED_WITHIN)):
                self._wants_more.clear()
                return
