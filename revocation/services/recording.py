"""L1: every transition and every refusal that matters leaves an event; mails to be sent are written with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from revocation import notifications
from revocation.models import Actor, Certificate, Event, EventKind, RevocationRequest


def record(
    kind: EventKind,
    *,
    by: Actor,
    at: datetime,
    certificate: Certificate | None = None,
    request: RevocationRequest | None = None,
    before: str = "",
    after: str = "",
    why: str = "",
    data: dict[str, Any] | None = None,
) -> Event:
    """Write one event, and the mails that it causes, into the transaction of the caller."""
    certificate = certificate or (request.certificate if request else None)
    event = Event.objects.create(
        at=at,
        kind=kind,
        actor_kind=by.kind,
        actor_id=by.user_id,
        actor_label=by.label,
        source=by.source,
        customer_id=certificate.customer_id if certificate else None,
        certificate_id=certificate.pk if certificate else None,
        request_id=request.pk if request else None,
        fingerprint=certificate.fingerprint if certificate else "",
        before=before,
        after=after,
        why=why,
        data=data or {},
    )
    notifications.queue_mails(event, certificate=certificate)
    return event
