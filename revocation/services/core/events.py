"""L1: every transition and every refusal that matters leaves an event. Its mails are queued with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from certportal.database.many import insert_rows
from revocation import notifications
from revocation.models import Actor, Certificate, Event, EventKind, RevocationRequest
from revocation.notifications import AboutCertificate, Happened


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
    notifications.queue_mails([(Happened(event.pk, kind, at, after), certificate)])
    return event


class AboutRequest(Protocol):
    """The request that an event is about: the model's row, or what was read of it."""

    @property
    def pk(self) -> int: ...


@dataclass(frozen=True)
class Entry:
    """One of several events of different kinds, about certificates."""

    kind: EventKind
    certificate: AboutCertificate
    request: AboutRequest | None = None
    before: str = ""
    after: str = ""
    why: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def record_all(entries: Sequence[Entry], *, by: Actor, at: datetime) -> None:
    """Write the events at once, in this order, and the mails that they cause."""
    keys = insert_rows(Event, COLUMNS, (_row(entry, by, at) for entry in entries))
    told = [
        (Happened(key, entry.kind, at, entry.after), entry.certificate)
        for key, entry in zip(keys, entries, strict=True)
        if entry.kind in notifications.AUDIENCES
    ]
    if told:
        notifications.queue_mails(told)


COLUMNS = (
    *("at", "kind", "actor_kind", "actor_id", "actor_label", "source", "customer_id", "certificate_id", "request_id"),
    *("person_id", "fingerprint", "before", "after", "why", "data"),
)


def _row(entry: Entry, by: Actor, at: datetime) -> tuple[Any, ...]:
    """Return the values of `COLUMNS` for one of several events."""
    about, request = entry.certificate, entry.request
    who = (by.kind.value, by.user_id, by.label, by.source)
    of = (about.customer_id, about.pk, request.pk if request else None, None, about.fingerprint)
    return (at, entry.kind.value, *who, *of, str(entry.before), str(entry.after), entry.why, entry.data)


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
