"""Watchers of a certificate (L2): addresses that its organisation names and that are notified too."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import transaction

from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.models import Actor, EventKind, Watcher
from revocation.services.core.errors import NotOwner
from revocation.services.core.events import record
from revocation.services.core.transitions import locked_certificate

MOST = 10
"""Watchers of a certificate: it is no mailing list."""


MESSAGES = table(
    "watcher",
    {
        "no_address": gettext_noop("“%(email)s” is not an email address. Enter it as name@example.com."),
        "too_many": gettext_noop("You can add up to %(most)s recipients. Remove one first."),
    },
    status=422,
)


class WatcherRefused(Refused):
    """The address is no email address, or the certificate has as many watchers as it may have."""

    subject = "watcher"


def watch(certificate_id: int, email: str, *, by: Actor, at: datetime, language: str) -> Watcher:
    """Add this address as a recipient. The same one twice is one watcher."""
    email = email.strip().lower()
    try:
        validate_email(email)
        MaxLengthValidator(254)(email)
    except ValidationError:
        raise WatcherRefused("no_address", email=email) from None
    with transaction.atomic():
        certificate = locked_certificate(certificate_id)
        if by.user is None or not by.belongs_to(certificate.customer_id):
            raise NotOwner
        known: Watcher | None = certificate.watchers.filter(email=email).first()
        if known:
            return known
        if certificate.watchers.count() >= MOST:
            raise WatcherRefused("too_many", most=MOST)
        added: Watcher = Watcher.objects.create(
            certificate=certificate, email=email, language=language, added_at=at, added_by=by.user
        )
        record(EventKind.WATCHED, by=by, at=at, certificate=certificate, data={"email": email})
        return added


def unwatch(watcher_id: int, *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        watcher = Watcher.objects.select_related("certificate").get(pk=watcher_id)
        if not by.belongs_to(watcher.certificate.customer_id):
            raise NotOwner
        watcher.delete()
        record(EventKind.UNWATCHED, by=by, at=at, certificate=watcher.certificate, data={"email": watcher.email})
