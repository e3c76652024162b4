"""The periods: for the proof (O4) and its reminders (L2), for the decision (R5), for keeping the evidence (M6)."""

from __future__ import annotations

from datetime import timedelta

OWNERSHIP_WINDOW = timedelta(hours=72)
"""O4: three days from submission."""
REMINDERS = (timedelta(hours=24), timedelta(hours=4))
"""L2: reminders are sent when this much time is left."""
URGENT = timedelta(hours=24)
ORDINARY = timedelta(days=5)
RETENTION_AFTER_EXPIRY = timedelta(days=2 * 365 + 1)
"""M6: the tombstone stays at least two years after expiry (one of which may be a leap year)."""
