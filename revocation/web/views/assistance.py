"""A1: asking for an assisted request, from the certificate's page or from a proof that the customer cannot give."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from revocation.models import Certificate, Route
from revocation.services.core import clock
from revocation.services.requests import assistance as requests_assistance
from revocation.services.requests import eligibility, filing
from revocation.services.requests.filing import ReasonRefused, RequestRefused
from revocation.web.forms.requests import AssistedForm
from revocation.web.guards.access import actor, own_certificate, own_request
from revocation.web.guards.kept_input import keeps_what_was_typed, typed_before_the_login
from revocation.web.guards.limits import limited
from revocation.web.guards.refusals import MESSAGES, conflict
from revocation.web.views.filing import next_step, why_not


@keeps_what_was_typed
@require_http_methods(["GET", "HEAD", "POST"])
@limited("drafts")
def assisted(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form. Its answers begin a draft that takes the evidence."""
    certificate = own_certificate(request, pk)
    answer = eligibility.check_one(certificate, at=clock.now(), assisted=True)
    if answer.blocking:
        return why_not(request, answer)
    form = _form(request, certificate, answer.likely_situation, only_compromise=answer.only_key_compromise)
    if form.is_valid():
        try:
            begun = filing.begin(pk, by=actor(request), at=clock.now(), assisted=True, **answers(form))
            return redirect("evidence", begun.pk) if begun.route == Route.A1 else next_step(begun)
        except RequestRefused:
            return why_not(request, eligibility.check_one(certificate, at=clock.now(), assisted=True))
        except ReasonRefused as refused:
            form.add_error("reason", str(refused))
    context = {"certificate": certificate, "form": form, "eligibility": answer}
    return render(request, "revocation/assisted.html", context, status=422 if form.is_bound else 200)


@keeps_what_was_typed
@require_http_methods(["GET", "HEAD", "POST"])
def assistance(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn a request that waits for a proof into an assisted one.

    The same request goes on, nothing is cancelled (M3).
    """
    case = own_request(request, pk)
    if not case.is_awaiting_proof:
        return conflict(request, MESSAGES.message("no_proof_awaited"), f"/requests/{pk}/")
    form = _form(request, case.certificate, "lapsed", only_compromise=False)
    if form.is_valid():
        try:
            requests_assistance.ask_for_assistance(pk, by=actor(request), at=clock.now(), **answers(form))
            return redirect("evidence", pk)
        except ReasonRefused as refused:
            form.add_error("reason", str(refused))
    context = {"case": case, "certificate": case.certificate, "form": form}
    return render(request, "revocation/assisted.html", context, status=422 if form.is_bound else 200)


def _form(request: HttpRequest, certificate: Certificate, likely: str, *, only_compromise: bool) -> AssistedForm:
    return AssistedForm(
        request.POST if request.method == "POST" else None,
        initial={"situation": likely} | (typed_before_the_login(request) if request.method != "POST" else {}),
        offered=eligibility.reasons_for(certificate),
        route=Route.A1,
        only_compromise=only_compromise,
    )


def answers(form: AssistedForm) -> dict[str, Any]:
    given = form.cleaned_data
    return {"situation": given["situation"], "reason": given["reason"], "reason_text": form.words()}
