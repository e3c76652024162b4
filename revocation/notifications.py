"""L2: the table that says which event mails whom with which template. `queue_mails` writes the outbox from it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet

from certportal.accounts.models import User
from certportal.database.many import append_rows
from revocation.models import Delivery, Event, EventKind, Mail, RequestState, Watcher, Webhook


class Audience(Enum):
    CUSTOMER = "every member of the customer's organisation"
    REVIEWERS = "everybody who may decide, but for members of the customer's organisation (R3)"


@dataclass(frozen=True)
class Notice:
    """One mail that an event causes: to whom, and with which template.

    `after`: only when the event leaves the request in this state ("" for any). `optional`: people can switch it off.
    """

    audience: Audience
    template: str
    after: str = ""
    optional: bool = False


AUDIENCES: dict[EventKind, tuple[Notice, ...]] = {
    EventKind.SUBMITTED: (
        Notice(Audience.CUSTOMER, "submitted"),
        Notice(Audience.REVIEWERS, "queued", after=RequestState.IN_REVIEW),
    ),
    EventKind.KEY_PROVEN: (Notice(Audience.CUSTOMER, "key_proven"),),
    EventKind.KEY_KNOWN: (Notice(Audience.CUSTOMER, "key_known"),),
    EventKind.RESUBMITTED: (Notice(Audience.REVIEWERS, "queued"),),
    EventKind.ASSISTANCE_ASKED: (Notice(Audience.CUSTOMER, "assistance_asked"),),
    EventKind.HANDED_BACK: (Notice(Audience.CUSTOMER, "handed_back", optional=True),),
    EventKind.REJECTED: (Notice(Audience.CUSTOMER, "rejected", optional=True),),
    EventKind.OWNERSHIP_REMINDER: (Notice(Audience.CUSTOMER, "ownership_reminder", optional=True),),
    EventKind.METHOD_FELL_BACK: (Notice(Audience.CUSTOMER, "method_fell_back", optional=True),),
    EventKind.RECORD_REFUSED: (Notice(Audience.REVIEWERS, "record_refused"),),
    EventKind.FAILED: (Notice(Audience.CUSTOMER, "failed", optional=True),),
    EventKind.REVOKED: (Notice(Audience.CUSTOMER, "revoked"),),
    EventKind.REVOKED_ELSEWHERE: (Notice(Audience.CUSTOMER, "revoked_elsewhere"),),
    EventKind.DIFFERENCES_FOUND: (Notice(Audience.REVIEWERS, "differences_found"),),
    EventKind.NOT_COMPARED: (Notice(Audience.REVIEWERS, "not_compared"),),
    EventKind.WEBHOOK_GAVE_UP: (Notice(Audience.CUSTOMER, "webhook_gave_up"),),
    EventKind.OVERDUE: (Notice(Audience.REVIEWERS, "overdue"),),
    EventKind.LETTER_DAMAGED: (Notice(Audience.REVIEWERS, "letter_damaged"),),
    EventKind.SIGHTING_LATE: (Notice(Audience.REVIEWERS, "sighting_late"),),
    EventKind.AUTHORITY_STUCK: (Notice(Audience.REVIEWERS, "authority_stuck"),),
    EventKind.ORDER_REFUSED: (Notice(Audience.REVIEWERS, "order_refused"),),
}


HOOKED = frozenset(
    kind for kind, notices in AUDIENCES.items() if any(notice.audience is Audience.CUSTOMER for notice in notices)
) - {EventKind.WEBHOOK_GAVE_UP}
"""The events that webhooks get: those that the customer's people are mailed about."""


PERSONAL: dict[EventKind, str] = dict.fromkeys(
    (
        EventKind.ACCOUNT_ADDED,
        EventKind.ACCOUNT_REMOVED,
        EventKind.PASSWORD_CHANGED,
        EventKind.PASSWORD_RESET,
        EventKind.ADDRESS_CHANGED,
        EventKind.FACTOR_ADDED,
        EventKind.FACTOR_REMOVED,
        EventKind.RECOVERY_CODES_MADE,
        EventKind.RECOVERY_CODES_REMOVED,
        EventKind.RECOVERY_CODE_USED,
        EventKind.RIGHTS_CHANGED,
        EventKind.GROUP_CHANGED,
        EventKind.MEMBER_ADDED,
        EventKind.MEMBER_CHANGED,
        EventKind.MEMBER_REMOVED,
    ),
    "account",
)
"""U2: event about a person's account -> template of the mail to that person. Nobody can switch these mails off."""


@dataclass(frozen=True)
class Addressee:
    """An address with the language and the time zone of its reader. Empty: those of the installation."""

    to: str
    language: str = ""
    time_zone: str = ""


def queue_personal_mails(event: Event, to: Iterable[Addressee]) -> None:
    """Write a mail about an event of `PERSONAL` for each address; the worker sends them."""
    Mail.objects.bulk_create(
        (
            Mail(
                event=event,
                to=each.to,
                language=each.language or settings.LANGUAGE_CODE,
                time_zone=each.time_zone or settings.TIME_ZONE,
                template=PERSONAL[EventKind(event.kind)],
                next_attempt_at=event.at,
            )
            for each in to
        ),
        ignore_conflicts=True,
    )


class AboutCertificate(Protocol):
    """The certificate that an event is about: the model's row, or what was read of it."""

    @property
    def pk(self) -> int: ...

    @property
    def customer_id(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...


class Happened(NamedTuple):
    """An event that people are told of."""

    pk: int
    kind: EventKind
    at: datetime
    after: str


Told = tuple[Happened, AboutCertificate | None]
"""An event, and the certificate that it is about."""

MAIL = (
    *("event_id", "template", "to", "language", "time_zone", "outside", "next_attempt_at"),
    *("message_id", "attempts", "last_error", "last_error_code"),
)
DELIVERY = (
    *("webhook_id", "event_id", "made_at", "next_attempt_at"),
    *("message_id", "attempts", "last_error", "error_params"),
)
"""The columns that are written; the others begin empty."""


def queue_mails(told: Sequence[Told]) -> None:
    """Write a mail for each person whom an event concerns and a message for each webhook. The worker sends them."""
    notices = [
        (event, certificate, notice)
        for event, certificate in told
        for notice in AUDIENCES.get(event.kind, ())
        if notice.after in ("", event.after)
    ]
    if notices:
        book = _Book([certificate for _, certificate, _ in notices])
        mails = [mail for event, certificate, notice in notices for mail in _mails(event, notice, certificate, book)]
        append_rows(Mail, MAIL, mails, ignore_conflicts=True)
    hooked = [(e, c.customer_id) for e, c in told if c is not None and e.kind in HOOKED]
    if hooked:
        hooks = list(Webhook.objects.filter(customer__in={c for _, c in hooked}, disabled_at__isnull=True))
        messages: Iterator[tuple[Any, ...]] = (
            (hook.pk, event.pk, event.at, event.at, uuid.uuid4(), 0, "", {})
            for event, customer in hooked
            for hook in hooks
            if hook.customer_id == customer
        )
        append_rows(Delivery, DELIVERY, messages)


class _Book:
    """The recipients, read from the database once for all events of one write."""

    def __init__(self, certificates: Iterable[AboutCertificate | None]) -> None:
        self._people: dict[tuple[Audience, int | None], list[User]] = {}
        self._certificates = {certificate.pk for certificate in certificates if certificate is not None}
        self._watchers: dict[int, list[Watcher]] | None = None

    def people(self, audience: Audience, certificate: AboutCertificate | None) -> Sequence[User]:
        key = (audience, certificate.customer_id if certificate else None)
        if key not in self._people:
            self._people[key] = list(people(audience, certificate))
        return self._people[key]

    def watchers(self, certificate: AboutCertificate) -> Sequence[Watcher]:
        if self._watchers is None:
            self._watchers = {}
            for watcher in Watcher.objects.filter(certificate__in=self._certificates).order_by("pk"):
                self._watchers.setdefault(watcher.certificate_id, []).append(watcher)
        return self._watchers.get(certificate.pk, ())


def _mails(
    event: Happened, notice: Notice, certificate: AboutCertificate | None, book: _Book
) -> Iterator[tuple[Any, ...]]:
    """Yield the mails of one notice, as values of `MAIL`: to its audience, and to the certificate's watchers.

    People who switched the mail off are left out. Watchers get the customer's mails, except those in `FOR_MEMBERS`.
    """

    def mail(to: str, language: str, zone: str, *, outside: bool = False) -> tuple[Any, ...]:
        return (event.pk, notice.template, to, language, zone, outside, event.at, uuid.uuid4(), 0, "", "")

    for person in book.people(notice.audience, certificate):
        if notice.optional and notice.template in person.muted_mails:
            continue
        language, zone = person.language or settings.LANGUAGE_CODE, person.time_zone or settings.TIME_ZONE
        yield mail(person.email, language, zone)
    if certificate and notice.audience is Audience.CUSTOMER and notice.template not in FOR_MEMBERS:
        for watcher in book.watchers(certificate):
            yield mail(watcher.email, watcher.language, settings.TIME_ZONE, outside=True)


FOR_MEMBERS = frozenset({"ownership_reminder", "method_fell_back", "webhook_gave_up"})
"""Templates of mails that ask the members to do something. Watchers do not get them."""


def people(audience: Audience, certificate: AboutCertificate | None) -> QuerySet[User]:
    """Return the active users of an audience, each once.

    Without a certificate there is no customer: nobody is in `CUSTOMER`, and every reviewer is in `REVIEWERS`.
    """
    members = User.objects.none()
    if certificate is not None:
        members = User.objects.filter(is_active=True, memberships__customer=certificate.customer_id)
    if audience is Audience.CUSTOMER:
        return members.order_by("pk")
    decide = Permission.objects.filter(codename="decide_revocationrequest", content_type__app_label="revocation")
    may = Q(groups__permissions__in=decide) | Q(user_permissions__in=decide)
    return User.objects.filter(may, is_active=True).exclude(pk__in=members.values("pk")).distinct().order_by("pk")
