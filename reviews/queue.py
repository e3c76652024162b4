"""R1, R5: the queue as a query, and its numbers. The filter fits the partial index `request_queue`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from revocation.models import RevocationRequest

MOST = 1000
"""Nobody needs a larger number exactly, and counting on costs time."""


def waiting() -> QuerySet[RevocationRequest]:
    """Requests that wait for a decision, nearest deadline first."""
    rows: QuerySet[RevocationRequest] = RevocationRequest.objects.filter(queued_at__isnull=False)
    return rows.order_by("due_at", "id")


def overdue(at: datetime) -> QuerySet[RevocationRequest]:
    return waiting().filter(due_at__lt=at)


def capped_count(rows: QuerySet[Any]) -> int:
    """How many rows, but never more than `MOST` + 1."""
    return rows[: MOST + 1].count()


def shown(count: int) -> str:
    return _("more than %(most)d") % {"most": MOST} if count > MOST else str(count)


@dataclass(frozen=True)
class Numbers:
    """`late` and `waiting`, capped."""

    waiting: int
    late: int

    @classmethod
    def at(cls, at: datetime) -> Numbers:
        return cls(capped_count(waiting()), capped_count(overdue(at)))

    @property
    def waiting_words(self) -> str:
        return ngettext("%(count)s request waits", "%(count)s requests wait", self.waiting) % {
            "count": shown(self.waiting)
        }

    @property
    def late_words(self) -> str:
        return ngettext("%(count)s is overdue", "%(count)s are overdue", self.late) % {"count": shown(self.late)}
