"""Beginning a request: may it be revoked (M, N), why not, and the reason (F5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from revocation import policy
from revocation.forms import ReasonForm
from revocation.models import Certificate, Deployment, RequestState, RevocationRequest
from revocation.pki.facts import Level
from revocation.policy import Refusal, Standing, eligibility
from revocation.reasons import offered_to_customers
from revocation.services import clock, compromised, filing
from revocation.services.delegated import are_delegated
from revocation.services.filing import ReasonRefused, RequestRefused, explain
from revocation.services.transitions import TransitionRefused
from revocation.views.access import actor, own_certificate
from revocation.views.keeping import keeps_what_was_typed, typed_before_the_login
from revocation.views.limits import limited
from revocation.views.progress import ahead_of_reason, steps_at_reason
from revocation.views.todo import NEXT_ACT, WAITING, next_act

RULE_TITLES: tuple[tuple[Any, Promise], ...] = (
    (eligibility.m1_issued_here, _("Issued through this service")),
    (eligibility.m2_issued_state, _("Neither revoked nor being revoked")),
    (eligibility.m2_not_expired, _("Not expired")),
    (eligibility.m2_no_open_request, _("No other open request")),
    (eligibility.n2_not_circular, _("The record of reissues is sound")),
    (eligibility.n2_original_only, _("Not a reissue of a living original")),
    (eligibility.n3_not_too_old, _("Issued on or after 25 March 2020")),
    (eligibility.n1_not_renewing, _("Not about to be renewed")),
    (eligibility.m7_not_deployed, _("Not deployed any more")),
)


def next_step(case: RevocationRequest) -> HttpResponse:
    """One question a page: on to what is to be done next, which of a submitted review is to look at its page."""
    if case.state not in WAITING or case.state == RequestState.HANDED_BACK:
        return redirect("request", case.pk)
    act = next_act(case, has_letter=case.needs_letter and case.current_letter() is not None)
    return redirect(NEXT_ACT[act][2], case.pk)


@keeps_what_was_typed
@require_http_methods(["GET", "HEAD", "POST"])
@limited("drafts")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """The first question, why. The answer makes a draft; nothing is submitted from here."""
    certificate, now = own_certificate(request, pk), clock.now()
    begun = certificate.open_request()
    is_draft = begun is not None and begun.state == RequestState.DRAFT
    if begun and is_draft != (request.method == "POST"):
        return next_step(begun)  # a draft is resumed; a second click after submission goes on to the request
    standing = certificate.standing(at=now)
    if is_draft:
        standing = replace(standing, open_request=None)  # the draft takes what is typed now
    refusals = policy.refusals(standing)
    if any(r.rule != "M7" for r in refusals):
        return why_not(request, certificate, standing, refusals)
    form = _reason_form(request, certificate, bool(refusals))
    later = "later" in request.POST
    if form.is_valid() or (form.is_bound and not refusals and any(form.typed().values())):
        try:
            draft = filing.begin(certificate.pk, by=actor(request), at=now, **form.typed())
            if form.is_valid() or later:
                return _kept_for_later(request, draft) if later else next_step(draft)
        except RequestRefused as refused:
            return why_not(request, certificate, standing, refused.refusals)
        except ReasonRefused as refused:
            form.add_error("reason", str(refused))
    planned = filing.unsaved_draft(
        certificate, actor(request), now, None, "", delegated=bool(are_delegated([certificate], at=now))
    )
    context = {
        "certificate": certificate,
        "form": form,
        "standing": standing,
        "assistable": not policy.refusals(standing, assisted=True),
        "steps": steps_at_reason(planned),
        "ahead": ahead_of_reason(planned),
        "waived": planned.letter_waived or planned.proof_waived,
        "deployments": active_deployments(standing, certificate),
    }
    return render(request, "revocation/revoke.html", context, status=422 if form.is_bound else 200)


def _kept_for_later(request: HttpRequest, draft: RevocationRequest) -> HttpResponse:
    messages.success(
        request, gettext("Draft %(number)s is kept. Go on with it whenever you like.") % {"number": draft.number}
    )
    return redirect("certificates")


def active_deployments(standing: Standing, certificate: Certificate) -> QuerySet[Deployment]:
    """M7: where the certificate, or a reissue that dies with it, is still deployed."""
    dying = [certificate.pk, *(doomed.id for doomed in standing.dies_with_it)]
    active = Deployment.objects.filter(certificate__in=dying, withdrawn_at__isnull=True)
    return active.select_related("target", "certificate").order_by("pk")


def _reason_form(request: HttpRequest, certificate: Certificate, only_compromise: bool) -> ReasonForm:
    return ReasonForm(
        request.POST if request.method == "POST" else None,
        offered=offered_to_customers(Level(certificate.level)),
        route=certificate.route,
        only_compromise=only_compromise,
        initial=typed_before_the_login(request) if request.method != "POST" else {},
    )


def submitted(request: HttpRequest, begun: RevocationRequest) -> HttpResponse:
    """Submit; a second click finds the request submitted and goes on to it."""
    try:
        begun = filing.submit(begun.pk, by=actor(request), at=clock.now())
    except TransitionRefused:
        begun = RevocationRequest.objects.get(pk=begun.pk)
    return next_step(begun)


def why_not(
    request: HttpRequest, certificate: Certificate, standing: Standing, refusals: tuple[Refusal, ...]
) -> HttpResponse:
    by_code = {(r.rule, r.code): r for r in refusals}
    rows = []
    for (check, title), rule in zip(RULE_TITLES, policy.RULES, strict=True):
        answer = check(standing)
        refusal = by_code.get((answer.rule, answer.code)) if answer else None
        sentence = explain(refusal) if refusal else ""
        rows.append({"id": rule.id, "title": title, "refusal": refusal, "sentence": sentence})
    proof_helps = not compromised.refusals(certificate, at=standing.at)
    context = {"certificate": certificate, "rows": rows, "standing": standing, "key_proof": proof_helps}
    return render(request, "revocation/why_not.html", context, status=409 if request.method == "POST" else 200)
