"""A request's page: its steps as a draft, its progress afterwards; amend, submit, discard (F6, M3)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from revocation.forms import ReasonForm
from revocation.models import Event, RequestState
from revocation.pki.facts import Level
from revocation.policy import Route
from revocation.reasons import offered_to_customers
from revocation.services import filing
from revocation.services.filing import ReasonRefused, RequestRefused
from revocation.services.transitions import TransitionRefused
from revocation.views.access import actor, own_request, own_requests
from revocation.views.paging import newest_first
from revocation.views.progress import NEXT, STOPPED, missing_sentences, steps_of
from revocation.views.refusing import conflict

EDITABLE = (RequestState.DRAFT, RequestState.HANDED_BACK)


@login_required
@require_safe
def request_list(request: HttpRequest) -> HttpResponse:
    page = newest_first(own_requests(request), before=request.GET.get("before", ""))
    return render(request, "revocation/requests.html", {"page": page, "now": timezone.now()})


@login_required
@require_safe
def request_page(request: HttpRequest, pk: int) -> HttpResponse:
    case, now = own_request(request, pk), timezone.now()
    editable = case.state in EDITABLE
    context = {
        "case": case,
        "certificate": case.certificate,
        "standing": case.certificate.standing(at=now) if editable else None,
        "steps": steps_of(case),
        "next": NEXT[case.state],
        "stopped": case.state in STOPPED,
        "letter": case.current_letter(),
        "missing": missing_sentences(case) if editable else [],
        "editable": editable,
        "events": Event.objects.filter(request_id=pk).order_by("pk")[:200],
        "orders": case.revocations.select_related("certificate").order_by("pk"),
        "now": now,
    }
    return render(request, "revocation/request.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reason(request: HttpRequest, pk: int) -> HttpResponse:
    case = own_request(request, pk)
    if case.state not in EDITABLE:
        return conflict(request, _("The request is submitted; its reason is final."), f"/requests/{pk}/")
    form = ReasonForm(
        request.POST if request.method == "POST" else None,
        initial={"reason": case.reason, "reason_text": case.reason_text},
        offered=offered_to_customers(Level(case.certificate.level)),
        route=Route(case.route),
    )
    if form.is_valid():
        try:
            filing.amend(pk, by=actor(request), at=timezone.now(), **form.cleaned_data)
            return redirect("request", pk)
        except ReasonRefused as refused:
            form.add_error("reason", str(refused))
    context = {"case": case, "form": form}
    return render(request, "revocation/reason.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    case = own_request(request, pk)
    verb = filing.resubmit if case.state == RequestState.HANDED_BACK else filing.submit
    try:
        done = verb(pk, by=actor(request), at=timezone.now())
    except RequestRefused as refused:
        return conflict(request, str(refused), f"/certificates/{case.certificate_id}/revoke/")
    except TransitionRefused:
        case.refresh_from_db()
        if case.state in EDITABLE and case.missing():
            messages.error(request, _("Something is still missing: see below."))
            return redirect("request", pk)
        if case.submitted_by == request.user and case.state not in EDITABLE:
            return redirect("request", pk)  # the second of two clicks
        raise
    return redirect("ownership" if done.state == RequestState.AWAITING_OWNERSHIP else "request", pk)


@login_required
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    case = own_request(request, pk)
    filing.discard(pk, by=actor(request), at=timezone.now())
    messages.success(request, _("The draft is discarded. Nothing was revoked."))
    return redirect("certificate", case.certificate_id)
