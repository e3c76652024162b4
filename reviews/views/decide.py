"""R2, R4: a decision is confirmed on a page of its own, and whoever was slower is told what happened."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reviews.actor import acting_user
from reviews.decisions import BY_VERB, Decision
from reviews.forms.decisions import DecisionForm
from reviews.permissions import SEE_REQUESTS, needs_any
from reviews.presenters.case import gather
from reviews.presenters.pages import page
from reviews.presenters.subject import Subject
from reviews.views.assignments import CASE, QUEUE, to_next
from reviews.views.case import request_or_404
from revocation.models import Event, RevocationRequest
from revocation.services.core import clock
from revocation.services.core.transitions import ActorRefused, TransitionRefused, refuse_unless_possible
from revocation.services.review.assignment import refuse_if_assigned
from revocation.services.review.decisions import ChecklistIncomplete, ReasonRequired


@require_http_methods(["GET", "HEAD", "POST"])
@needs_any(SEE_REQUESTS)
def decide(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Draw the confirmation (GET) or decide (POST). 409: the case has changed. 403: not this person (R3)."""
    subject = request_or_404(pk)
    if verb not in BY_VERB:
        raise Http404
    decision = BY_VERB[verb]
    posted = request.POST if request.method == "POST" else None
    form = decision.form(posted, subject=Subject.of(subject, clock.now()), verb=verb)
    try:
        if form.is_valid() and _carry_out(request, decision, form):
            return _afterwards(request, decision, pk)
        refuse_unless_possible(subject, verb, acting_user(request))
        if decision.holder:
            refuse_if_assigned(subject, verb, by=acting_user(request), at=clock.now())
    except TransitionRefused as moved:
        return _refused(request, pk, str(moved), 409)
    except ActorRefused as refused:
        return _refused(request, pk, str(refused), 403)
    return _confirmation(request, decision, form)


def _carry_out(request: HttpRequest, decision: Decision, form: DecisionForm) -> bool:
    why, more = form.cleaned_data["why"], form.more()
    by, now = acting_user(request), clock.now()
    try:
        decided = decision.service(form.subject.request.pk, by=by, at=now, why=why, **more)
    except ReasonRequired as missing:
        form.add_error("why", str(missing))
        return False
    except ChecklistIncomplete as incomplete:
        form.add_error(None, str(incomplete))
        return False
    messages.success(request, str(decision.done) % {"number": decided.number})
    return True


def _afterwards(request: HttpRequest, decision: Decision, pk: int) -> HttpResponse:
    """Where the pressed button leads: the next case, the queue, or the same case."""
    if decision.stays:
        return redirect(CASE, pk)
    return to_next(request, after=pk) if request.POST.get("then") == "next" else redirect(QUEUE)


def _confirmation(request: HttpRequest, decision: Decision, form: DecisionForm) -> HttpResponse:
    """Draw the confirmation with the letter and the facts beside it, as on the case page (R6)."""
    subject = form.subject.request
    case = gather(subject, acting_user(request), clock.now(), form.subject)
    context = {"decision": decision, "form": form, "case": case, "subject": subject, "certificate": subject.certificate}
    context["is_nav_sidebar_enabled"] = False
    context["affected"] = form.subject.certificates[:1] if decision.spares else form.subject.certificates
    return page(request, "decide.html", RevocationRequest, str(decision.question), context)


def _refused(request: HttpRequest, pk: int, sentence: str, status: int) -> HttpResponse:
    """Say why nothing was decided and, for a 409, what was done last, read afresh."""
    subject = request_or_404(pk)
    last = Event.objects.filter(request_id=pk).order_by("-id").first()
    context = {"subject": subject, "sentence": sentence, "last": last if status == 409 else None}
    title = _("%(number)s: no decision was recorded") % {"number": subject.number}
    return page(request, "refused.html", RevocationRequest, title, context, status=status)
