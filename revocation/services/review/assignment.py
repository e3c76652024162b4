"""Assignment of cases: assign, unassign, take over, the next case. By the lease, nobody blocks the queue."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from revocation.marking import gettext_noop
from revocation.messages import table
from revocation.models import Actor, CaseView, RevocationRequest
from revocation.models.request.permissions import DECIDE
from revocation.services.core.transitions import ActorRefused, TransitionRefused, acting

VIEWED = timedelta(minutes=15)
"""How long somebody who opened a case is shown as viewing it."""
TRIES = 20
"""Cases that are tried one after the other while other reviewers are quicker."""
PARTS = ("filed_by", "submitted_by", "vouched_by", "first_approved_by")
"""R3: whoever is one of these does not decide, or not alone."""


MESSAGES = table(
    "review",
    {
        "taken": gettext_noop(
            "This request is assigned to %(who)s until %(until)s. Reassign it to yourself before you decide."
        )
    },
    status=409,
)


class TakenByAnother(TransitionRefused):
    """The case is assigned to somebody else: to whom, and until when."""


def lease() -> timedelta:
    return timedelta(minutes=settings.REVIEW_LEASE_MINUTES)


def refuse_if_assigned(request: RevocationRequest, verb: str, *, by: Actor, at: datetime) -> None:
    """Raise `TakenByAnother` when the case is assigned to somebody else at this instant."""
    if not request.is_taken_from(by, at):
        return
    until = date_format(timezone.localtime(request.taken_until), "H:i")
    facts = {"who": str(request.taken_by), "until": until}
    raise TakenByAnother(verb, request, MESSAGES.message("taken", facts))


def assign(request_id: int, *, by: Actor, at: datetime) -> None:
    """Assign the case to the actor for the time of the lease. If it is theirs, renew the lease without an event."""
    if by.may(DECIDE) and _mine(request_id, by, at).update(taken_until=at + lease()):
        return
    with acting(RevocationRequest.assign, request_id, by=by, at=at) as request:
        refuse_if_assigned(request, "assign", by=by, at=at)
        request.assign(by=by.user, at=at, until=at + lease())


def _mine(request_id: int, by: Actor, at: datetime) -> QuerySet[RevocationRequest]:
    rows: QuerySet[RevocationRequest] = RevocationRequest.objects.filter(pk=request_id, taken_by=by.user_id)
    return rows.filter(taken_until__gt=at)


def unassign(request_id: int, *, by: Actor, at: datetime) -> None:
    """Unassign the case, so that others can take it. Raises `TransitionRefused`, `ActorRefused`."""
    with acting(RevocationRequest.unassign, request_id, by=by, at=at) as request:
        request.unassign()


def reassign(request_id: int, *, by: Actor, at: datetime, why: str) -> RevocationRequest:
    """Take the case over from another reviewer, with a reason that stays in the record.

    A case that is assigned to nobody else is simply assigned.
    """
    found: RevocationRequest = RevocationRequest.objects.get(pk=request_id)
    if found.queued_at and not found.is_taken_from(by, at):
        assign(request_id, by=by, at=at)
        return found
    with acting(RevocationRequest.reassign, request_id, by=by, at=at, why=why.strip()) as request:
        request.reassign(by=by.user, at=at, until=at + lease())
    return request


def assign_next(*, by: Actor, at: datetime, after: int | None = None, passed: Collection[int] = ()) -> int | None:
    """R10: assign the next case to the actor; return its key, or None.

    It is the case with the nearest deadline that nobody else works on and that R3 lets this person decide. `after`: the
    case that was just left; it does not come again at once. `passed`: others that this person left; they come again
    when nothing else waits.
    """
    rows = open_to(by, at) if after is None else open_to(by, at).exclude(pk=after)
    for some in (rows.exclude(pk__in=passed), rows.filter(pk__in=passed)) if passed else (rows,):
        for request_id in some.values_list("pk", flat=True)[:TRIES]:
            try:
                assign(request_id, by=by, at=at)
            except (TransitionRefused, ActorRefused):
                continue
            return request_id
    return None


def open_to(by: Actor, at: datetime) -> QuerySet[RevocationRequest]:
    """Return the queue as far as this person may take cases from it, nearest deadline first.

    It leaves out what others work on (assigned to them, or a case view of theirs) and what R3 forbids this person.
    """
    free = Q(taken_until__isnull=True) | Q(taken_until__lte=at) | Q(taken_by=by.user_id)
    rows: QuerySet[RevocationRequest] = RevocationRequest.objects.filter(free, queued_at__isnull=False)
    opened = CaseView.objects.filter(request=OuterRef("pk"), at__gt=at - VIEWED).exclude(person=by.user_id)
    rows = rows.filter(Q(taken_until__gt=at) | ~Exists(opened))
    for part in PARTS:
        rows = rows.filter(Q(**{f"{part}__isnull": True}) | ~Q(**{part: by.user_id}))
    if by.user and (own := list(by.user.memberships.values_list("customer", flat=True))):
        rows = rows.exclude(customer__in=own)
    return rows.order_by("due_at", "id")


def note_view(request_id: int, *, by: Actor, at: datetime) -> None:
    """Record a case view: others see it, it leaves no event, and it is kept until the decision."""
    if by.may(DECIDE):
        CaseView.objects.update_or_create(request_id=request_id, person=by.user, defaults={"at": at})


def forget_views(request_id: int) -> None:
    CaseView.objects.filter(request=request_id).delete()
