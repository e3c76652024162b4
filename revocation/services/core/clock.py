"""The one clock by which verbs are done, from a page or by a worker: the database's, so that machines whose clocks are
apart decide alike (threat 29). What a page only shows is told by this machine's."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """PostgreSQL's time; with SQLite, which has no clock of its own, this machine's."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (at,) = cursor.fetchone()
    told: datetime = at
    return told


def passed(begun: float) -> timedelta:
    """How long ago `begun` (`time.monotonic()`) was: an answer is dated when it came, not when it was asked for."""
    return timedelta(seconds=time.monotonic() - begun)
