"""Beginning a request: may it be revoked (M, N), why not, the reason (F5), and the assisted form (A1)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from revocation import policy
from revocation.forms import AssistedForm, ReasonForm
from revocation.models import Certificate, RequestState, RevocationRequest
from revocation.pki.facts import Level
from revocation.policy import Refusal, Route, Standing
from revocation.reasons import offered_to_customers
from revocation.services import filing
from revocation.services.filing import ReasonRefused, RequestRefused, explain
from revocation.services.transitions import TransitionRefused
from revocation.views.access import actor, own_certificate

RULE_TITLES: tuple[tuple[Any, str], ...] = (
    (policy.m1_issued_here, "Issued through this service"),
    (policy.m2_issued_state, "Neither revoked nor being revoked"),
    (policy.m2_not_expired, "Not expired"),
    (policy.m2_no_open_request, "No other open request"),
    (policy.n2_not_circular, "The record of reissues is sound"),
    (policy.n2_original_only, "Not a reissue of a living original"),
    (policy.n3_not_too_old, "Issued on or after 25 March 2020"),
    (policy.n1_not_renewing, "Not about to be renewed"),
    (policy.m7_not_deployed, "Not deployed any more"),
)


def next_step(revocation: RevocationRequest) -> HttpResponse:
    """F3 goes on with the proof, every other request on its page."""
    proof = revocation.state == RequestState.AWAITING_OWNERSHIP
    return redirect("ownership" if proof else "request", revocation.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    certificate = own_certificate(request, pk)
    draft = certificate.open_request()
    if draft and (draft.state == RequestState.DRAFT or request.method == "POST"):
        return next_step(draft)
    standing = certificate.standing(at=timezone.now())
    refusals = policy.refusals(standing)
    if any(r.rule != "M7" for r in refusals):
        return _why_not(request, certificate, standing, refusals)
    form = _reason_form(request, certificate, bool(refusals))
    if form.is_valid():
        try:
            return _begin(request, certificate, form)
        except RequestRefused as refused:
            return _why_not(request, certificate, standing, refused.refusals)
        except ReasonRefused as refused:
            form.add_error("reason", str(refused))
    context = {
        "certificate": certificate,
        "form": form,
        "standing": standing,
        "route": certificate.route,
        "needs": policy.NEEDS[certificate.route],
        "waived": policy.letter_is_waived(certificate.route, certificate.validation_method),
        "deployments": certificate.deployments.filter(withdrawn_at__isnull=True).select_related("target"),
    }
    return render(request, "revocation/revoke.html", context, status=422 if form.is_bound else 200)


def _reason_form(request: HttpRequest, certificate: Certificate, only_compromise: bool) -> ReasonForm:
    return ReasonForm(
        request.POST if request.method == "POST" else None,
        offered=offered_to_customers(Level(certificate.level)),
        route=certificate.route,
        only_compromise=only_compromise,
    )


def _begin(request: HttpRequest, certificate: Certificate, form: ReasonForm) -> HttpResponse:
    answers = {key: form.cleaned_data[key] for key in ("reason", "reason_text")}
    begun = filing.begin(certificate.pk, by=actor(request), at=timezone.now(), **answers)
    if begun.route == Route.F3 and begun.state == RequestState.DRAFT:
        return submitted(request, begun)
    return next_step(begun)


def submitted(request: HttpRequest, begun: RevocationRequest) -> HttpResponse:
    """Submit; a second click finds the request submitted and goes on to it."""
    try:
        begun = filing.submit(begun.pk, by=actor(request), at=timezone.now())
    except TransitionRefused:
        begun.refresh_from_db(fields=["is_open"])
    return next_step(RevocationRequest.objects.get(pk=begun.pk))


def _why_not(
    request: HttpRequest, certificate: Certificate, standing: Standing, refusals: tuple[Refusal, ...]
) -> HttpResponse:
    by_code = {(r.rule, r.code): r for r in refusals}
    rows = []
    for (check, title), rule in zip(RULE_TITLES, policy.RULES, strict=True):
        answer = check(standing)
        refusal = by_code.get((answer.rule, answer.code)) if answer else None
        sentence = explain(refusal) if refusal else ""
        rows.append({"id": rule.id, "title": title, "refusal": refusal, "sentence": sentence})
    context = {"certificate": certificate, "rows": rows, "standing": standing}
    return render(request, "revocation/why_not.html", context, status=409 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def assisted(request: HttpRequest, pk: int) -> HttpResponse:
    certificate = own_certificate(request, pk)
    standing = certificate.standing(at=timezone.now())
    refusals = policy.refusals(standing, assisted=True)
    if any(r.rule != "M7" for r in refusals):
        return _why_not(request, certificate, standing, refusals)
    form = AssistedForm(
        request.POST if request.method == "POST" else None,
        offered=offered_to_customers(Level(certificate.level)),
        route=Route.A1,
        only_compromise=bool(refusals),
    )
    if form.is_valid():
        answers = {"reason": form.cleaned_data["reason"], "reason_text": form.words()}
        try:
            begun = filing.begin(pk, by=actor(request), at=timezone.now(), assisted=True, **answers)
            return submitted(request, begun) if begun.route == Route.A1 else next_step(begun)
        except RequestRefused as refused:
            return _why_not(request, certificate, standing, refused.refusals)
    context = {"certificate": certificate, "form": form, "standing": standing}
    return render(request, "revocation/assisted.html", context, status=422 if form.is_bound else 200)
