"""Logged-in browsers, and helpers that read what an account page changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.utils import timezone

from certportal.accounts.models import Membership, User
from revocation.models import Actor, Event, Mail
from revocation.notifications import PERSONAL
from revocation.services.notifications import mail as mail_queue
from tests.accounts.factors import code_of, enrol

Seat = Callable[[Actor], Client]
PASSWORD, NEW = "pw", "another-long-Passw0rd"


@pytest.fixture
def seat(db: None) -> Seat:
    """A function that logs a person in. The session has confirmed nothing since, like a borrowed one."""

    def at(person: Actor) -> Client:
        client = Client()
        assert person.user
        client.force_login(person.user)
        return client

    return at


@pytest.fixture
def fresh_seat(seat: Seat) -> Seat:
    """A browser whose person has just given the password or, if there is a second factor, a code."""

    def at(person: Actor) -> Client:
        client = seat(person)
        assert person.user
        factor = Authenticator.objects.filter(user=person.user, type="totp").first()
        if factor:
            answer = client.post("/accounts/2fa/reauthenticate/", {"code": code_of(factor.data["secret"], -1)})
        else:
            answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        assert answer.status_code == 302, answer.content.decode()
        return client

    return at


@pytest.fixture
def enrolled(alice: Actor) -> str:
    """Give Alice a second factor and recovery codes. Returns the secret of the factor."""
    assert alice.user
    return enrol(alice.user)


def credentials() -> list[Any]:
    """Return everything that lets people in or gives them rights."""
    return [
        list(User.objects.order_by("pk").values("email", "password", "is_active", "is_staff", "is_superuser")),
        list(User.groups.through.objects.order_by("pk").values()),
        list(Group.permissions.through.objects.order_by("pk").values()),
        list(Membership.objects.order_by("pk").values()),
        list(Authenticator.objects.order_by("pk").values("user", "type", "data")),
        list(EmailAddress.objects.order_by("pk").values()),
    ]


def told() -> set[tuple[str, str]]:
    """Return which events were mailed to whom, as pairs of kind and address."""
    return set(Mail.objects.filter(template="account").values_list("event__kind", "to"))


def kinds() -> list[str]:
    """Return the kinds of all events on accounts, oldest first."""
    return list(Event.objects.filter(kind__in=PERSONAL).order_by("pk").values_list("kind", flat=True))


def delivered() -> list[Any]:
    """Send the mails that wait for the worker, and return all mails that have gone out."""
    at = timezone.now() + timedelta(minutes=1)
    for waiting in mail_queue.due_mails(at=at):
        mail_queue.send(waiting, at=at)
    return list(mail.outbox)
