"""How long: for the proof (O4) and its reminders (L2), to decide (R5), to keep the evidence (M6). How many approve."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from revocation.policy.routes import Route
from revocation.reasons import KEY_COMPROMISE

OWNERSHIP_WINDOW = timedelta(hours=72)
"""O4: three days from submission."""
REMINDERS = (timedelta(hours=24), timedelta(hours=4))
"""L2: reminders when so much time is left."""
URGENT = timedelta(hours=24)
ORDINARY = timedelta(days=5)


def time_to_decide(route: Route, reason: int) -> timedelta:
    """R5: 24 h for key compromise and for a subscriber's authenticated request, 5 days for other causes.

    A request on the routes F1 to F4 is filed by the logged-in subscriber, hence authenticated. An assisted request
    (A1) is not, until staff vouch for it: only a compromised key makes it urgent.
    """
    return ORDINARY if route is Route.A1 and reason != KEY_COMPROMISE else URGENT


TWICE_APPROVED = frozenset({Route.F1, Route.F2, Route.F4})
"""Routes on which a second approval can be asked for. On A1 two have a part anyway: one vouches, one decides."""


def approvals_needed(route: Route, level: str, doubled: Collection[str]) -> int:
    """How many must approve. `doubled`: the validation levels that need two (setting TWO_APPROVALS_FOR)."""
    return 2 if route in TWICE_APPROVED and level in doubled else 1


RETENTION_AFTER_EXPIRY = timedelta(days=2 * 365 + 1)
"""M6: the tombstone stays at least two years after expiry (one of which may be a leap year)."""
