"""A bounded number of connections, shared by the many threads of a worker.

A thread has a connection while a statement or a transaction runs, and no longer. So a thread that waits for an
authority, a mail server or a name server keeps no connection from the others, however many of them wait (threat 27).
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any, NamedTuple

import psycopg
from psycopg.pq import TransactionStatus

CHECK_SECONDS = 1.0
"""A connection that rested longer is checked before it is used again: the server may have closed it."""

REST_SECONDS = 60.0
"""A connection that rested longer is closed."""

WAIT_SECONDS = 60.0
"""How long a thread waits for a connection while all are at work. Statements have limits, so it hardly ever does."""


class NoneFree(psycopg.OperationalError):
    """All connections that this process may have were at work for WAIT_SECONDS."""


class Resting(NamedTuple):
    """A connection that nobody uses, and since when (`time.monotonic`)."""

    connection: Any
    since: float

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.since < CHECK_SECONDS


class Lender:
    """At most `most` connections. Each is lent to one thread or rests here."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._resting: list[Resting] = []
        self._lent = 0

    def take(self) -> Resting | None:
        """Return the connection that was used last, or None: the caller then makes one, for which there is a place.

        Waits while all are lent. Raises NoneFree.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._lent < self._most, WAIT_SECONDS):
                raise NoneFree(f"All {self._most} connections (WORKER_CONNECTIONS) are at work.")
            self._lent += 1
            return self._resting.pop() if self._resting else None

    def give_back(self, connection: Any) -> None:
        """Let a connection rest that the caller took or made. Those that rested long are closed."""
        now = time.monotonic()
        with self._changed:
            self._resting.append(Resting(connection, now))
            self._lent -= 1
            old = [resting for resting in self._resting if now - resting.since > REST_SECONDS]
            self._resting = [resting for resting in self._resting if now - resting.since <= REST_SECONDS]
            self._changed.notify()
        for resting in old:
            with suppress(psycopg.Error):
                resting.connection.close()

    def give_up(self) -> None:
        """Free the place of a connection that the caller closed, or did not make."""
        with self._changed:
            self._lent -= 1
            self._changed.notify()


_lender: Lender | None = None


def bound(most: int) -> None:
    """Let the threads of this process share so many connections. Call it before any of them has one."""
    global _lender
    _lender = Lender(most)


def lender() -> Lender | None:
    """Return the lender of this process. None: each thread has a connection of its own."""
    return _lender


def may_rest(connection: Any) -> bool:
    """Whether another thread may use the connection: it works, and no transaction is open."""
    return not connection.closed and connection.info.transaction_status == TransactionStatus.IDLE
