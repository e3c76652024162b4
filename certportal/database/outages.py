"""Whether the database answers. A change is logged once, and one thread alone asks a silent one (threat 55)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, OperationalError

log = logging.getLogger(__name__)

PASSING = (
    *("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_READONLY"),
    *("08", "25006", "25P03", "25P04", "53", "55P03", "57014", "57P", "58"),
)
"""The first characters of error codes that mean trouble of the database, not an error of ours.

Connections, a full disk, locks, a statement or transaction that ran out of time, a server that goes down or is a
stand-by which takes no writes (sqlite.org/rescode.html; PostgreSQL's appendix A).
"""
LOST = ("08", "25P03", "25P04", "57P", "SQLITE_CANTOPEN", "SQLITE_IOERR")

REPEAT_SECONDS = 60.0
"""After how long an outage that lasts is logged again."""
RETRY_SECONDS = 2.0
"""After how long a silent database is asked again, by one thread. The others fail at once."""


def is_outage(error: BaseException | None) -> bool:
    """Whether this is the database's state and no fault of ours. In a group of errors, all must be."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_outage(each) for each in error.exceptions)
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, DatabaseError):
        return False
    if code := _code(error):
        return code.startswith(PASSING)
    return isinstance(error, OperationalError) and _is_connection(error)


def is_lost(error: BaseException) -> bool:
    """Whether the connection itself is gone, so that nothing more can be read either."""
    code = _code(error)
    return is_outage(error) and (not code or code.startswith(LOST))


def _code(error: BaseException) -> str:
    cause = error.__cause__
    return getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""


def _is_connection(error: BaseException) -> bool:
    """Whether it comes from psycopg, which has no code for a connection that fails or is lost. SQLite always has
    one."""
    return any(kind.__module__.startswith("psycopg") for kind in type(error.__cause__).__mro__)


def sentence(error: BaseException) -> str:
    """Return the first line of the first error, which is what a log needs."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return (str(error).strip() or type(error).__name__).splitlines()[0]


class Outage:
    """What this process knows of the database's outage, if any. `clock`: seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._began: float | None = None
        self._told = self._tried = float("-inf")
        self._silent = False

    @property
    def is_silent(self) -> bool:
        """Whether the server did not answer when it was last asked, so that waiting is vain."""
        return self._silent

    def noted(self) -> bool:
        """Note that the database failed. Returns whether that should be logged."""
        with self._lock:
            now = self._clock()
            self._began = now if self._began is None else self._began
            if now - self._told < REPEAT_SECONDS:
                return False
            self._told = now
            return True

    def fell_silent(self) -> None:
        with self._lock:
            self._silent, self._tried = True, self._clock()

    def may_ask(self) -> bool:
        """Whether the caller may ask the database. While it is silent, one caller may, every few seconds."""
        with self._lock:
            if not self._silent:
                return True
            if self._clock() - self._tried < RETRY_SECONDS:
                return False
            self._tried = self._clock()
            return True

    def over(self) -> None:
        """Note that the database answered. Logs the end of an outage."""
        if self._began is None and not self._silent:
            return
        with self._lock:
            if self._began is None and not self._silent:
                return  # another thread was faster, and has logged it
            began, self._began, self._silent, self._told = self._began, None, False, float("-inf")
            lasted = self._clock() - began if began is not None else 0.0
        log.warning("the database answers again, after %.0f s", lasted)


DATABASE = Outage()
