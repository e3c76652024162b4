"""The one clock by which verbs are done, from a page or by a worker: the database's.

Machines whose clocks differ thus decide alike (threat 29). What a page only shows uses this machine's clock.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """Return PostgreSQL's time. SQLite has no clock of its own, so there it is this machine's."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (at,) = cursor.fetchone()
    told: datetime = at
    return told


def passed(begun: float) -> timedelta:
    """Return how long ago `begun` (`time.monotonic()`) was, so that an answer is dated when it came."""
    return timedelta(seconds=time.monotonic() - begun)
