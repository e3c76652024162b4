"""L2: which event mails whom with which template. A table; `queue_mails` writes the outbox from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet

from certportal.accounts.models import User
from revocation.models import Certificate, Event, EventKind, Mail


class Audience(Enum):
    CUSTOMER = "every member of the customer's organisation"
    REVIEWERS = "everybody who may decide, but for members of the customer's organisation (R3)"


@dataclass(frozen=True)
class Notice:
    """`after`: only when the request is then in this state ("" for any)."""

    audience: Audience
    template: str
    after: str = ""


AUDIENCES: dict[EventKind, tuple[Notice, ...]] = {
    EventKind.SUBMITTED: (
        Notice(Audience.CUSTOMER, "submitted"),
        Notice(Audience.REVIEWERS, "queued", after="in_review"),
    ),
    EventKind.RESUBMITTED: (Notice(Audience.REVIEWERS, "queued"),),
    EventKind.HANDED_BACK: (Notice(Audience.CUSTOMER, "handed_back"),),
    EventKind.REJECTED: (Notice(Audience.CUSTOMER, "rejected"),),
    EventKind.OWNERSHIP_REMINDER: (Notice(Audience.CUSTOMER, "ownership_reminder"),),
    EventKind.METHOD_FELL_BACK: (Notice(Audience.CUSTOMER, "method_fell_back"),),
    EventKind.RECORD_REFUSED: (Notice(Audience.REVIEWERS, "record_refused"),),
    EventKind.FAILED: (Notice(Audience.CUSTOMER, "failed"),),
    EventKind.REVOKED: (Notice(Audience.CUSTOMER, "revoked"),),
    EventKind.OVERDUE: (Notice(Audience.REVIEWERS, "overdue"),),
    EventKind.LETTER_DAMAGED: (Notice(Audience.REVIEWERS, "letter_damaged"),),
    EventKind.SIGHTING_LATE: (Notice(Audience.REVIEWERS, "sighting_late"),),
    EventKind.AUTHORITY_STUCK: (Notice(Audience.REVIEWERS, "authority_stuck"),),
}


def queue_mails(event: Event, *, certificate: Certificate | None) -> None:
    """Write a mail for each person whom the event concerns; the worker sends them."""
    if certificate is None:
        return
    for notice in AUDIENCES.get(EventKind(event.kind), ()):
        if notice.after in ("", event.after):
            Mail.objects.bulk_create(
                Mail(
                    event=event,
                    to=person.email,
                    language=person.language or settings.LANGUAGE_CODE,
                    time_zone=person.time_zone or settings.TIME_ZONE,
                    template=notice.template,
                    next_attempt_at=event.at,
                )
                for person in people(notice.audience, certificate)
            )


def people(audience: Audience, certificate: Certificate) -> QuerySet[User]:
    """The active users of an audience, each once."""
    members = User.objects.filter(is_active=True, memberships__customer=certificate.customer_id)
    if audience is Audience.CUSTOMER:
        return members.order_by("pk")
    decide = Permission.objects.filter(codename="decide_revocationrequest", content_type__app_label="revocation")
    may = Q(groups__permissions__in=decide) | Q(user_permissions__in=decide)
    return User.objects.filter(may, is_active=True).exclude(pk__in=members.values("pk")).distinct().order_by("pk")
