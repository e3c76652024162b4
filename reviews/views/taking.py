"""Take a case, give it back, go to the next one, note something: one service call each, POST only."""

from __future__ import annotations

from contextlib import suppress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reviews.actor import acting_user
from reviews.pages import DIGITS
from reviews.permissions import DECIDES, needs_any
from reviews.views.case import request_or_404
from revocation.models import RevocationRequest
from revocation.services import clock, deciding, taking
from revocation.services.transitions import ActorRefused, TransitionRefused

CASE = "admin:revocation_revocationrequest_change"
QUEUE = "admin:revocation_revocationrequest_changelist"
REFUSALS = (TransitionRefused, ActorRefused, deciding.WhyMissing)


@require_POST
@needs_any(DECIDES)
def take(request: HttpRequest, pk: int) -> HttpResponse:
    subject = request_or_404(pk)
    try:
        taking.take(subject.pk, by=acting_user(request), at=clock.now())
    except REFUSALS as refused:
        messages.error(request, str(refused))
    return redirect(CASE, pk)


@require_POST
@needs_any(DECIDES)
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    subject = request_or_404(pk)
    try:
        taking.give_back(subject.pk, by=acting_user(request), at=clock.now())
    except REFUSALS as refused:
        messages.error(request, str(refused))
        return redirect(CASE, pk)
    messages.success(request, _("Request %(number)s is free again.") % {"number": subject.number})
    return redirect(QUEUE)


@require_POST
@needs_any(DECIDES)
def note(request: HttpRequest, pk: int) -> HttpResponse:
    subject = request_or_404(pk)
    try:
        deciding.note(subject.pk, by=acting_user(request), at=clock.now(), why=request.POST.get("why", "")[:2000])
    except REFUSALS as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Noted. The customer does not see it."))
    return redirect(CASE, pk)


@require_POST
@needs_any(DECIDES)
def following(request: HttpRequest) -> HttpResponse:
    """The next case is taken and shown. `after`: the one that is passed over; this person gives it back."""
    given = request.POST.get("after", "")
    after = int(given) if given.isdecimal() and len(given) <= DIGITS else None
    if after is not None:
        with suppress(*REFUSALS, RevocationRequest.DoesNotExist):
            taking.give_back(after, by=acting_user(request), at=clock.now())
    return to_next(request, after)


def to_next(request: HttpRequest, after: int | None = None) -> HttpResponse:
    """Take the next case and show it; back to the queue when nothing is left for this person."""
    by, now = acting_user(request), clock.now()
    taken = taking.take_next(by=by, at=now, after=after)
    if taken is None:
        messages.info(request, _("Nothing else waits for you: the rest is taken, or left to others."))
        return redirect(QUEUE)
    return redirect(CASE, taken)
