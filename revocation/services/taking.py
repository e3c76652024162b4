"""Who is on which case: take, give back, take over, and the next one; with a lease, so that nobody blocks the queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from revocation.models import Actor, EventKind, Glance, RevocationRequest
from revocation.models.who_may import DECIDE
from revocation.services.transitions import ActorRefused, TransitionRefused, acting

GLANCE = timedelta(minutes=15)
"""For so long somebody who opened a case is said to look at it."""
TRIES = 20
"""Cases that are tried one after the other while other reviewers are quicker."""
PARTS = ("filed_by", "submitted_by", "vouched_by", "first_approved_by")
"""R3: whoever is one of these does not decide, or not alone."""


class TakenByAnother(TransitionRefused):
    """Somebody else is on the case; `str()` says who, and until when."""


def lease() -> timedelta:
    return timedelta(minutes=settings.REVIEW_LEASE_MINUTES)


def refuse_if_taken(request: RevocationRequest, verb: str, *, by: Actor, at: datetime) -> None:
    """Raises `TakenByAnother` when somebody else is on the case at this instant."""
    if not request.is_taken_from(by, at):
        return
    until = date_format(timezone.localtime(request.taken_until), "H:i")
    sentence = _("%(who)s took this request and is on it until %(until)s. To decide on it, take it over first.")
    raise TakenByAnother(verb, request, sentence % {"who": request.taken_by, "until": until})


def take(request_id: int, *, by: Actor, at: datetime) -> None:
    """Be on a case for the time of the lease. Again by the same person: the lease runs anew, without an event."""
    if by.may(DECIDE) and _mine(request_id, by, at).update(taken_until=at + lease()):
        return
    with acting(request_id, "take", by=by, at=at, event=EventKind.TAKEN) as request:
        refuse_if_taken(request, "take", by=by, at=at)
        request.take(by=by.user, at=at, until=at + lease())


def _mine(request_id: int, by: Actor, at: datetime) -> QuerySet[RevocationRequest]:
    rows: QuerySet[RevocationRequest] = RevocationRequest.objects.filter(pk=request_id, taken_by=by.user_id)
    return rows.filter(taken_until__gt=at)


def give_back(request_id: int, *, by: Actor, at: datetime) -> None:
    """Leave the case to the others. Raises `TransitionRefused`, `ActorRefused`."""
    with acting(request_id, "give_back", by=by, at=at, event=EventKind.GIVEN_BACK) as request:
        request.give_back()


def take_over(request_id: int, *, by: Actor, at: datetime, why: str) -> RevocationRequest:
    """From whoever is on it, with a reason that stays in the record."""
    with acting(request_id, "take_over", by=by, at=at, event=EventKind.TAKEN_OVER, why=why.strip()) as request:
        request.take_over(by=by.user, at=at, until=at + lease())
    return request


def take_next(*, by: Actor, at: datetime, after: int | None = None) -> int | None:
    """Take the nearest case that is this person's, or free, and that R3 lets them decide; its number, or None.

    `after`: pass over this case, and over those before it while there are others.
    """
    for request_id in _candidates(by, at, after):
        try:
            take(request_id, by=by, at=at)
        except (TransitionRefused, ActorRefused):
            continue
        return request_id
    return None


def _candidates(by: Actor, at: datetime, after: int | None) -> Sequence[int]:
    rows = open_to(by, at)
    left = RevocationRequest.objects.filter(pk=after).values_list("due_at", "pk").first() if after else None
    if left is None or left[0] is None:
        return list(rows.values_list("pk", flat=True)[:TRIES])
    due_at, pk = left
    behind = rows.filter(due_at__gte=due_at).exclude(due_at=due_at, pk__lte=pk)
    found = list(behind.values_list("pk", flat=True)[:TRIES])
    return found or list(rows.exclude(pk=pk).values_list("pk", flat=True)[:TRIES])


def open_to(by: Actor, at: datetime) -> QuerySet[RevocationRequest]:
    """The queue without what others are on and what R3 forbids this person, nearest deadline first."""
    free = Q(taken_until__isnull=True) | Q(taken_until__lte=at) | Q(taken_by=by.user_id)
    rows: QuerySet[RevocationRequest] = RevocationRequest.objects.filter(free, queued_at__isnull=False)
    for part in PARTS:
        rows = rows.filter(Q(**{f"{part}__isnull": True}) | ~Q(**{part: by.user_id}))
    if by.user and (own := list(by.user.memberships.values_list("customer", flat=True))):
        rows = rows.exclude(customer__in=own)
    return rows.order_by("due_at", "id")


def glance(request_id: int, *, by: Actor, at: datetime) -> None:
    """Somebody has the case open: seen by the others, no event, kept until the decision."""
    if by.may(DECIDE):
        Glance.objects.update_or_create(request_id=request_id, person=by.user, defaults={"at": at})


def forget_glances(request_id: int) -> None:
    Glance.objects.filter(request=request_id).delete()
