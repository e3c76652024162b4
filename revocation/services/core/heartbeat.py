"""Signs of life of the workers, so that a portal without one does not look healthy."""

from __future__ import annotations

import os
import platform
import secrets
from datetime import datetime, timedelta

from revocation.models import WorkerHeartbeat

BEAT_SECONDS = 5.0
STALE = timedelta(seconds=60)
"""A worker without a sign of life for this long counts as dead."""
FORGOTTEN = timedelta(days=1)


def new_name() -> str:
    """Return a name for this process: machine, process id, and a random part, as containers reuse process ids."""
    return f"{platform.node()[:80]}:{os.getpid()}:{secrets.token_hex(4)}"


def beat(worker: str, *, at: datetime) -> None:
    """Record that the worker is alive, and delete the rows of workers that died long ago."""
    row = WorkerHeartbeat(worker=worker, started_at=at, beat_at=at)
    WorkerHeartbeat.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["worker"], update_fields=["beat_at"]
    )
    WorkerHeartbeat.objects.filter(beat_at__lt=at - FORGOTTEN).delete()


def leave(worker: str) -> None:
    """Delete the row of a worker that ends."""
    WorkerHeartbeat.objects.filter(worker=worker).delete()


def youngest_age(*, at: datetime) -> timedelta | None:
    """Return how long ago any worker gave a sign of life. None: none ever did, or the last one has ended."""
    last = WorkerHeartbeat.objects.order_by("-beat_at").values_list("beat_at", flat=True).first()
    return None if last is None else max(at - last, timedelta(0))
