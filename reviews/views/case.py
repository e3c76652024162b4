"""The case page: letter and facts side by side, and the decisions that are open to this reviewer."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reviews.actor import acting_user
from reviews.permissions import SEE_REQUESTS, needs_any
from reviews.presenters import presence
from reviews.presenters.case import gather
from reviews.presenters.deadline import badge
from reviews.presenters.pages import page, row_or_404
from revocation.models import RevocationRequest
from revocation.services.core import clock
from revocation.services.review import assignment

PEOPLE = ("filed_by", "submitted_by", "vouched_by", "handed_back_by", "decided_by", "taken_by", "first_approved_by")


def request_or_404(pk: str | int) -> RevocationRequest:
    rows: QuerySet[RevocationRequest] = RevocationRequest.objects.select_related(
        "certificate__customer", "certificate__brand", "certificate__reissued_from", *PEOPLE
    )
    return row_or_404(rows.prefetch_related(Prefetch("case_views", presence.recent(timezone.now()))), pk)


@require_safe
@needs_any(SEE_REQUESTS)
def people(request: HttpRequest, pk: int) -> HttpResponse:
    """Show to whom the case is assigned and who is viewing it, for a page that stays open and asks again and again.

    `state`: the one that the page shows. When it is another by now, the page says so and keeps what is typed in it.
    """
    now, actor = clock.now(), acting_user(request)
    subject = request_or_404(pk)
    if subject.queued_at:
        assignment.note_view(subject.pk, by=actor, at=now)
    moved = None if presence.is_as_shown(subject, request.GET.get("state", "")) else subject
    said = presence.sentences(subject, now, actor.user_id)
    return render(request, "reviews/people.html", {"people": said, "moved": moved})


@require_safe
@needs_any(SEE_REQUESTS)
def show(request: HttpRequest, pk: str) -> HttpResponse:
    now = clock.now()
    actor = acting_user(request)
    case = gather(request_or_404(pk), actor, now)
    subject = case.request
    if subject.queued_at:
        assignment.note_view(subject.pk, by=actor, at=now)
    due = badge(subject.due_at, now) if subject.is_open else ""
    title = _("%(number)s: %(certificate)s") % {
        "number": subject.number,
        "certificate": subject.certificate.label,
    }
    context = {"case": case, "subject": subject, "certificate": subject.certificate, "due": due}
    context["is_nav_sidebar_enabled"] = False  # the letter needs the width
    return page(request, "case.html", RevocationRequest, title, context)
