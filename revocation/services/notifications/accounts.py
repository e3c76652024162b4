"""U2: every change of a credential or a right is an event, and a mail to the person concerned.

The changes themselves are made by Django's admin, by allauth's pages and by commands. `certportal.accounts.watching`
notices them, in the transaction that makes them, and records them here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from revocation import notifications
from revocation.models import Actor, Event, EventKind
from revocation.notifications import Addressee


@dataclass(frozen=True)
class Person:
    """The person whom a change concerns, as they were before it. `addresses`: all that get the mail."""

    pk: int
    label: str
    addresses: tuple[str, ...]
    language: str
    time_zone: str


def record_change(
    kind: EventKind,
    person: Person,
    *,
    by: Actor,
    at: datetime,
    customer_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> Event:
    """Write the event about the person, and a mail to each of their addresses.

    Returns:
        The event. It belongs to the caller's transaction, like the change.
    """
    event = _event(kind, by, at, {"person": person.label} | (data or {}))
    event.person_id, event.customer_id = person.pk, customer_id
    event.save()
    _tell(event, [person])
    return event


def record_group_change(
    group: str, people: Iterable[Person], *, by: Actor, at: datetime, changes: Sequence[dict[str, Any]]
) -> Event:
    """Write one event about a group's rights, and a mail to everybody who has them by this group."""
    event = _event(EventKind.GROUP_CHANGED, by, at, {"group": group, "changes": list(changes)})
    event.save()
    _tell(event, people)
    return event


def _event(kind: EventKind, by: Actor, at: datetime, data: dict[str, Any]) -> Event:
    return Event(
        at=at, kind=kind, actor_kind=by.kind, actor_id=by.user_id, actor_label=by.label, source=by.source, data=data
    )


def _tell(event: Event, people: Iterable[Person]) -> None:
    notifications.queue_personal_mails(
        event, [Addressee(to, each.language, each.time_zone) for each in people for to in each.addresses]
    )
