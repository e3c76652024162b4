"""How long this process waits for one answer of the database.

Without a limit it waits for ever, as migrations and commands need. The web server and the worker set one. What runs
past it fails as an outage does (threat 55). A stopped server keeps none of its own time-outs, so the client counts too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_everywhere: float | None = None
_here: ContextVar[float | None] = ContextVar("patience", default=None)


def bound(seconds: float) -> None:
    """Set the limit of the whole process."""
    global _everywhere
    _everywhere = seconds


def seconds() -> float | None:
    """Return the limit that applies here, or None without one."""
    here = _here.get()
    return _everywhere if here is None else here


def of_the_process() -> float | None:
    return _everywhere


@contextmanager
def at_most(limit: float) -> Iterator[None]:
    """Set the limit of this thread within the block."""
    token = _here.set(limit)
    try:
        yield
    finally:
        _here.reset(token)
