"""A connection that gives up: on a statement that takes too long, and sooner on a server that has fallen silent.

After a second without an answer one of the waiting threads asks the server a trivial question on a new connection. If
that is answered, the statement is only slow or waits for a lock, and may go on to its limit. If not, everybody who
waits fails at once, and nobody else waits until the server answers again (`certportal.database.outages`).
"""

from __future__ import annotations

import threading
import time
from typing import Any, TypeVar, cast

import psycopg
from psycopg import errors, waiting
from psycopg.abc import PQGen

from certportal.database import patience
from certportal.database.outages import DATABASE

RV = TypeVar("RV")

SUSPECT_SECONDS = 1.0
PROBE_SECONDS = 2
SILENT_SECONDS = 0.5
"""How long a statement waits while the server is known to be silent: enough for one that answers again."""
INTERVAL = 0.1
"""Seconds between two looks at the clock while waiting; psycopg's own."""


class Unanswered(psycopg.OperationalError):
    """The server did not answer in time. The connection is closed; whether a commit was done is not known."""


class Connection(psycopg.Connection[Any]):
    """`probe`: how another connection to the same server is made."""

    probe: dict[str, Any] | None = None

    def wait(self, gen: PQGen[RV], interval: float = INTERVAL, timeout: float | None = None) -> RV:
        limit = patience.seconds()
        if limit is None:
            return super().wait(gen, interval, timeout)
        answer = super().wait(cast("PQGen[RV]", self._watched(gen, limit)), interval, timeout)
        if DATABASE.is_silent:
            DATABASE.over()
        return answer

    def _watched(self, gen: PQGen[RV], limit: float) -> Any:
        began = looked = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready == waiting.READY_NONE:
                    now = time.monotonic()
                    suspicious = self.probe is not None and now - looked > SUSPECT_SECONDS
                    given_up = DATABASE.is_silent and now - began > SILENT_SECONDS
                    if given_up or (suspicious and not answers(self.probe)):
                        self._give_up("The database server does not answer.")
                    if now - began > limit:
                        self._give_up(f"The database server did not answer within {limit:g} s.")
                    looked = now if suspicious else looked
                wanted = gen.send(ready)
        except StopIteration as done:
            return done.value

    def _give_up(self, why: str) -> None:
        self.close()
        raise Unanswered(why)


_asking = threading.Lock()


def answers(probe: dict[str, Any] | None) -> bool:
    """Whether the server answers anything at all. One thread asks; meanwhile the others assume that it does."""
    if probe is None or not _asking.acquire(blocking=False):
        return True
    try:
        with patience.at_most(PROBE_SECONDS), Connection.connect(**probe) as connection:
            connection.execute("SELECT 1")
    except (Unanswered, errors.ConnectionTimeout):
        DATABASE.fell_silent()
        return False
    except psycopg.Error:  # refused, full, going down: an answer
        return True
    finally:
        _asking.release()
    return True
