"""Events about changes of accounts."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone

from certportal.accounts import addresses
from certportal.accounts.acting import who_acts
from certportal.accounts.models import User
from revocation.models import EventKind
from revocation.services.notifications.accounts import Person, record_change


def person(user: User) -> Person:
    """The person, with the addresses that the database has for them now."""
    label = f"{user} <{user.email}>"
    return Person(user.pk, label, addresses.known(user), user.language, user.time_zone)


def note(kind: EventKind, user: User, *, was: Person | None = None, **more: Any) -> None:
    """Record a change of the person's account, if somebody acts. `was`: the person before it, if that differs."""
    if by := who_acts(user):
        record_change(kind, was or person(user), by=by, at=timezone.now(), **more)


def deletes_people(origin: Model | QuerySet[Any]) -> bool:
    """Is this row deleted because its person is? Then the event about the account says it all."""
    model = origin.model if isinstance(origin, QuerySet) else type(origin)
    return issubclass(model, User)
