"""R2, R4: a decision is confirmed on a page of its own, and whoever was slower is told what happened."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reviews.actor import acting_user
from reviews.decisions import BY_VERB, Decision
from reviews.forms import DecisionForm
from reviews.pages import page
from reviews.permissions import SEE_REQUESTS, needs_any
from reviews.subject import Subject
from reviews.views.case import request_or_404
from revocation.models import Event, RevocationRequest
from revocation.services.deciding import WhyMissing
from revocation.services.transitions import ActorRefused, TransitionRefused, refuse_unless_possible

QUEUE = "admin:revocation_revocationrequest_changelist"


@require_http_methods(["GET", "HEAD", "POST"])
@needs_any(SEE_REQUESTS)
def decide(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """GET draws the confirmation, POST decides. 409: the world moved. 403: not this person (R3)."""
    subject = request_or_404(pk)
    if verb not in BY_VERB:
        raise Http404
    decision = BY_VERB[verb]
    form = decision.form(
        request.POST if request.method == "POST" else None, subject=Subject.of(subject, timezone.now())
    )
    try:
        if form.is_valid() and _carry_out(request, decision, form):
            return redirect(QUEUE)
        refuse_unless_possible(subject, verb, acting_user(request))
    except TransitionRefused as moved:
        return _refused(request, pk, str(moved), 409)
    except ActorRefused as refused:
        return _refused(request, pk, str(refused), 403)
    return _confirmation(request, decision, form)


def _carry_out(request: HttpRequest, decision: Decision, form: DecisionForm) -> bool:
    why = form.cleaned_data["why"]
    try:
        decided = decision.service(form.subject.request.pk, by=acting_user(request), at=timezone.now(), why=why)
    except WhyMissing as missing:
        form.add_error("why", str(missing))
        return False
    messages.success(request, str(decision.done) % {"number": decided.number})
    return True


def _confirmation(request: HttpRequest, decision: Decision, form: DecisionForm) -> HttpResponse:
    context = {"decision": decision, "form": form, "case": form.subject, "subject": form.subject.request}
    return page(request, "decide.html", RevocationRequest, str(decision.question), context)


def _refused(request: HttpRequest, pk: int, sentence: str, status: int) -> HttpResponse:
    """Who decided what, read afresh."""
    subject = request_or_404(pk)
    last = Event.objects.filter(request_id=pk).order_by("-id").first()
    context = {"subject": subject, "sentence": sentence, "last": last if status == 409 else None}
    title = _("Request %(number)s: nothing was decided") % {"number": subject.number}
    return page(request, "refused.html", RevocationRequest, title, context, status=status)
