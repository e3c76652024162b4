"""A1: asking us to revoke: from the certificate's page, or from a proof that cannot be brought."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from revocation import policy
from revocation.forms import AssistedForm
from revocation.models import Certificate, RequestState
from revocation.pki.facts import Level
from revocation.policy import Route
from revocation.reasons import offered_to_customers
from revocation.services import assisting, clock, filing
from revocation.services.filing import ReasonRefused, RequestRefused
from revocation.views.access import actor, own_certificate, own_request
from revocation.views.filing import next_step, why_not
from revocation.views.keeping import keeps_what_was_typed, typed_before_the_login
from revocation.views.limits import limited
from revocation.views.refusing import conflict


@keeps_what_was_typed
@require_http_methods(["GET", "HEAD", "POST"])
@limited("drafts")
def assisted(request: HttpRequest, pk: int) -> HttpResponse:
    """The form; then a draft that takes the evidence."""
    certificate = own_certificate(request, pk)
    standing = certificate.standing(at=clock.now())
    refusals = policy.refusals(standing, assisted=True)
    if any(r.rule != "M7" for r in refusals):
        return why_not(request, certificate, standing, refusals)
    against = (r.rule for r in policy.refusals(standing) if r.rule in policy.SITUATION_OF_RULE)
    likely = policy.SITUATION_OF_RULE.get(next(against, ""), "")
    form = _form(request, certificate, likely, only_compromise=bool(refusals))
    if form.is_valid():
        try:
            begun = filing.begin(pk, by=actor(request), at=clock.now(), assisted=True, **answers(form))
            return redirect("evidence", begun.pk) if begun.route == Route.A1 else next_step(begun)
        except RequestRefused as refused:
            return why_not(request, certificate, standing, refused.refusals)
        except ReasonRefused as refused:
            form.add_error("reason", str(refused))
    context = {"certificate": certificate, "form": form, "standing": standing}
    return render(request, "revocation/assisted.html", context, status=422 if form.is_bound else 200)


@keeps_what_was_typed
@require_http_methods(["GET", "HEAD", "POST"])
def assistance(request: HttpRequest, pk: int) -> HttpResponse:
    """From a running proof to an assisted request: the same request goes on, nothing is cancelled (M3)."""
    case = own_request(request, pk)
    if case.state != RequestState.AWAITING_OWNERSHIP:
        return conflict(request, _("This request does not wait for a proof (any more)."), f"/requests/{pk}/")
    form = _form(request, case.certificate, "lapsed", only_compromise=False)
    if form.is_valid():
        try:
            assisting.ask_for_assistance(pk, by=actor(request), at=clock.now(), **answers(form))
            return redirect("evidence", pk)
        except ReasonRefused as refused:
            form.add_error("reason", str(refused))
    context = {"case": case, "certificate": case.certificate, "form": form}
    return render(request, "revocation/assisted.html", context, status=422 if form.is_bound else 200)


def _form(request: HttpRequest, certificate: Certificate, likely: str, *, only_compromise: bool) -> AssistedForm:
    return AssistedForm(
        request.POST if request.method == "POST" else None,
        initial={"situation": likely} | (typed_before_the_login(request) if request.method != "POST" else {}),
        offered=offered_to_customers(Level(certificate.level)),
        route=Route.A1,
        only_compromise=only_compromise,
    )


def answers(form: AssistedForm) -> dict[str, Any]:
    given = form.cleaned_data
    return {"situation": given["situation"], "reason": given["reason"], "reason_text": form.words()}
