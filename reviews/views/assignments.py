"""Assign a case, unassign it, go to the next one, add a note: one service call each, POST only."""

from __future__ import annotations

from contextlib import suppress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from certportal.numbers import row_number
from reviews.actor import acting_user
from reviews.permissions import DECIDES, needs_any
from reviews.views.case import request_or_404
from revocation.models import RevocationRequest
from revocation.services.core import clock
from revocation.services.core.transitions import ActorRefused, TransitionRefused
from revocation.services.review import assignment, decisions

CASE = "admin:revocation_revocationrequest_change"
QUEUE = "admin:revocation_revocationrequest_changelist"
REFUSALS = (TransitionRefused, ActorRefused, decisions.ReasonRequired)


@require_POST
@needs_any(DECIDES)
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    subject = request_or_404(pk)
    try:
        assignment.assign(subject.pk, by=acting_user(request), at=clock.now())
    except REFUSALS as refused:
        messages.error(request, str(refused))
    return redirect(CASE, pk)


@require_POST
@needs_any(DECIDES)
def unassign(request: HttpRequest, pk: int) -> HttpResponse:
    subject = request_or_404(pk)
    try:
        assignment.unassign(subject.pk, by=acting_user(request), at=clock.now())
    except REFUSALS as refused:
        messages.error(request, str(refused))
        return redirect(CASE, pk)
    messages.success(request, _("You unassigned %(number)s.") % {"number": subject.number})
    return redirect(QUEUE)


@require_POST
@needs_any(DECIDES)
def note(request: HttpRequest, pk: int) -> HttpResponse:
    subject = request_or_404(pk)
    try:
        decisions.note(subject.pk, by=acting_user(request), at=clock.now(), why=request.POST.get("why", "")[:2000])
    except REFUSALS as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Note added. The customer does not see it."))
    return redirect(CASE, pk)


@require_POST
@needs_any(DECIDES)
def following(request: HttpRequest) -> HttpResponse:
    """Assign the next case and show it. `after`: the one that is skipped, and unassigned from this person."""
    after = row_number(request.POST.get("after", ""))
    if after is not None:
        with suppress(*REFUSALS, RevocationRequest.DoesNotExist):
            assignment.unassign(after, by=acting_user(request), at=clock.now())
        _pass_over(request, after)
    return to_next(request, after)


def to_next(request: HttpRequest, after: int | None = None) -> HttpResponse:
    """R10: assign the next case and show it. Go back to the queue when nothing is left for this person."""
    by, now = acting_user(request), clock.now()
    taken = assignment.assign_next(by=by, at=now, after=after, passed=_passed_over(request))
    if taken is None:
        messages.info(
            request, _("No more requests for you. The remaining requests are open elsewhere or need another reviewer.")
        )
        return redirect(QUEUE)
    return redirect(CASE, taken)


PASSED = "desk-passed-over"
MOST_PASSED = 100


def _pass_over(request: HttpRequest, pk: int) -> None:
    """Note in the session that a case was skipped: for as long as a lease this person is shown other cases first."""
    kept = {number: until for number, until in _kept(request).items() if number != str(pk)}
    kept[str(pk)] = int((clock.now() + assignment.lease()).timestamp())
    request.session[PASSED] = dict(list(kept.items())[-MOST_PASSED:])


def _passed_over(request: HttpRequest) -> list[int]:
    return [int(number) for number in _kept(request)]


def _kept(request: HttpRequest) -> dict[str, int]:
    now = clock.now().timestamp()
    return {number: until for number, until in request.session.get(PASSED, {}).items() if until > now}
