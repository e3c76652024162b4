"""L1: every transition and every refusal that matters leaves an event. Its mails are queued with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
    customer_id: int | None = None,
    before: str = "",
    after: str = "",
    why: str = "",
    data: dict[str, Any] | None = None,
) -> Event:
    """Write one event, and the mails that it causes, into the caller's transaction.

    `customer_id`: for an event about neither a certificate nor a request.
    """
    certificate = certificate or (request.certificate if request else None)
    event = _event(kind, by, at, certificate, request)
    event.customer_id = customer_id or event.customer_id
    event.before, event.after, event.why, event.data = before, after, why, data or {}
    event.save()
    notifications.queue_mails([(event, certificate)])
    return event


@dataclass(frozen=True)
class Entry:
    """One of several events of different kinds, about certificates."""

    kind: EventKind
    certificate: Certificate
    request: RevocationRequest | None = None
    before: str = ""
    after: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def record_all(entries: Sequence[Entry], *, by: Actor, at: datetime) -> None:
    """Write the events at once, in this order, and the mails that they cause."""
    written: list[tuple[Event, Certificate | None]] = []
    for entry in entries:
        event = _event(entry.kind, by, at, entry.certificate, entry.request)
        event.before, event.after, event.data = entry.before, entry.after, entry.data
        written.append((event, entry.certificate))
    Event.objects.bulk_create(event for event, _ in written)
    notifications.queue_mails(written)


@dataclass(frozen=True)
class Subject:
    """What one of several events of the same kind is about."""

    certificate: Certificate
    request: RevocationRequest | None = None
    data: dict[str, Any] = field(default_factory=dict)


def record_each(kind: EventKind, subjects: Iterable[Subject], *, by: Actor, at: datetime, after: str = "") -> None:
    """Write an event for each subject, all at once, and the mails that they cause."""
    entries = [Entry(kind, of.certificate, of.request, after=after, data=of.data) for of in subjects]
    record_all(entries, by=by, at=at)


def _event(
    kind: EventKind, by: Actor, at: datetime, certificate: Certificate | None, request: RevocationRequest | None
) -> Event:
    return Event(
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
    )
