"""R5: clocks. Overdue requests stand out and are counted, and reviewers are notified once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from revocation.models import Actor, EventKind, RevocationRequest
from revocation.services.core.events import record
from revocation.services.core.transitions import locked


def newly_overdue(*, at: datetime, limit: int = 200) -> list[int]:
    """Return requests in the queue that are past their time and of which reviewers were not notified yet."""
    late = RevocationRequest.objects.filter(queued_at__isnull=False, due_at__lt=at, overdue_told_at__isnull=True)
    return list(late.order_by("due_at").values_list("pk", flat=True)[:limit])


def tell_overdue(request_id: int, *, by: Actor, at: datetime) -> None:
    """Record once that a request is overdue; the reviewers' mails follow from the event."""
    with transaction.atomic():
        request = locked(request_id)
        if request.queued_at is None or request.overdue_told_at is not None:
            return
        request.overdue_told_at = at
        request.save()
        record(EventKind.OVERDUE, by=by, at=at, request=request)
