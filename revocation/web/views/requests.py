"""A request's page: its steps as a draft, its progress afterwards; amend, submit, discard (F6, M3)."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from revocation.models import Event, RevocationRequest, Route
from revocation.services.core import clock
from revocation.services.core.transitions import TransitionRefused
from revocation.services.requests import eligibility, filing
from revocation.services.requests.filing import ReasonRefused, RequestRefused
from revocation.web.forms.requests import ReasonForm
from revocation.web.guards.access import actor, own_request, own_requests
from revocation.web.guards.kept_input import keeps_what_was_typed, typed_before_the_login
from revocation.web.guards.limits import limited
from revocation.web.guards.paging import newest_first
from revocation.web.guards.refusals import MESSAGES, conflict
from revocation.web.guards.step_up import ask_again_before
from revocation.web.presenters.progress import ahead, missing_of, next_of, steps_at_reason, steps_of
from revocation.web.views.filing import active_deployments, next_step


@login_required
@require_safe
def request_list(request: HttpRequest) -> HttpResponse:
    page = newest_first(own_requests(request), before=request.GET.get("before", ""))
    return render(request, "revocation/requests.html", {"page": page, "now": timezone.now()})


@login_required
@require_safe
def request_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a draft for review before it is submitted; later the timeline, which renews itself until the end."""
    case, now = own_request(request, pk), timezone.now()
    editable = case.is_editable
    events = list(Event.objects.for_customers().filter(request_id=pk).order_by("pk")[:200])
    seen = _stamp(case, events, now)
    if request.GET.get("seen") == seen:
        return HttpResponse(status=204)  # htmx leaves the page as it is: no focus is lost, nothing is read aloud again
    certificate = case.certificate
    answer = eligibility.check_one(certificate, at=now) if editable else None
    context = {
        "case": case,
        "certificate": certificate,
        "eligibility": answer,
        "deployments": active_deployments(answer) if answer else (),
        "steps": steps_of(case),
        "next": next_of(case),
        "ahead": ahead(case),
        "stopped": case.has_ended_in_vain,
        "letter": case.current_letter(),
        "missing": missing_of(case) if editable else [],
        "editable": editable,
        "events": events,
        "orders": case.revocations.select_related("certificate").order_by("pk"),
        "now": now,
        "seen": seen,
    }
    return render(request, "revocation/request.html", context)


def _stamp(case: RevocationRequest, events: list[Event], now: datetime) -> str:
    """Return what the viewer has seen: the state, the last event, and the minute, since the page shows times left."""
    return f"{case.state}.{events[-1].pk if events else 0}.{int(now.timestamp() // 60)}"


@keeps_what_was_typed
@require_http_methods(["GET", "HEAD", "POST"])
@limited("drafts")
def reason(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason again. What is typed is kept, complete or not."""
    case, now = own_request(request, pk), clock.now()
    if not case.is_editable:
        return conflict(request, MESSAGES.message("reason_final"), f"/requests/{pk}/")
    answer = eligibility.check_one(case.certificate, at=now).taking_up_its_request()
    form = ReasonForm(
        request.POST if request.method == "POST" else None,
        initial={"reason": case.reason, "reason_text": case.reason_text} | typed_before_the_login(request),
        offered=eligibility.reasons_for(case.certificate),
        route=Route(case.route),
    )
    if form.is_bound and (form.is_valid() or any(form.typed(case.reason_text).values())):
        try:
            case = filing.amend(pk, by=actor(request), at=now, **form.typed(case.reason_text))
            if form.is_valid() or ("later" in request.POST and form.is_only_incomplete):
                return next_step(case) if "later" not in request.POST else redirect("certificates")
        except ReasonRefused as refused:
            form.add_error("reason", str(refused))
    context = {
        "case": case,
        "certificate": case.certificate,
        "form": form,
        "steps": steps_at_reason(case),
        "eligibility": answer,
    }
    return render(request, "revocation/reason.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    case = own_request(request, pk)
    ask_again_before(request, case)
    try:
        done = filing.submit(pk, by=actor(request), at=clock.now())
    except RequestRefused as refused:
        return conflict(request, refused, f"/certificates/{case.certificate_id}/revoke/")
    except TransitionRefused:
        case.refresh_from_db()
        if case.is_editable and case.missing():
            messages.error(request, _("The request is not complete. See what is missing below."))
            return redirect("request", pk)
        if case.submitted_by == request.user and not case.is_editable:
            return redirect("request", pk)  # the second of two clicks
        raise
    return redirect("ownership" if done.is_awaiting_proof else "request", pk)


@login_required
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    case = own_request(request, pk)
    filing.discard(pk, by=actor(request), at=clock.now())
    messages.success(request, _("You discarded the draft. Nothing was revoked."))
    return redirect("certificate", case.certificate_id)
