"""The start of a request: may the certificate be revoked (M, N), why not, and the reason (F5)."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from revocation.models import Deployment, RevocationRequest, open_request_of
from revocation.services.core import clock
from revocation.services.ownership.waivers import are_delegated
from revocation.services.requests import eligibility, filing, key_compromise
from revocation.services.requests.eligibility import Eligibility
from revocation.services.requests.filing import ReasonRefused, RequestRefused
from revocation.web.forms.requests import ReasonForm
from revocation.web.guards.access import actor, own_certificate
from revocation.web.guards.kept_input import keeps_what_was_typed, typed_before_the_login
from revocation.web.guards.limits import limited
from revocation.web.presenters.progress import ahead_of_reason, steps_at_reason
from revocation.web.presenters.todo import NEXT_ACT, next_act


def next_step(case: RevocationRequest) -> HttpResponse:
    """Redirect to the customer's next step; each page asks one question.

    A request that was handed back, or does not wait for the customer, leads to its own page.
    """
    if not case.is_with_customer or case.is_handed_back:
        return redirect("request", case.pk)
    act = next_act(case, has_letter=case.needs_letter and case.current_letter() is not None)
    return redirect(NEXT_ACT[act][2], case.pk)


@keeps_what_was_typed
@require_http_methods(["GET", "HEAD", "POST"])
@limited("drafts")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, the first question. The answer makes a draft; nothing is submitted from here."""
    certificate, now = own_certificate(request, pk), clock.now()
    begun = open_request_of(certificate)
    is_draft = begun is not None and begun.is_draft
    if begun and is_draft != (request.method == "POST"):
        return next_step(begun)  # a draft is resumed; a second click after submission goes on to the request
    answer = eligibility.check_one(certificate, at=now)
    if is_draft:
        answer = answer.taking_up_its_request()  # the draft takes what is typed now
    if answer.blocking:
        return why_not(request, answer)
    form = _reason_form(request, answer)
    later = "later" in request.POST and form.is_only_incomplete
    kept = begun.reason_text if begun else ""
    if form.is_valid() or (form.is_bound and not answer.narrowing and any(form.typed(kept).values())):
        try:
            draft = filing.begin(certificate.pk, by=actor(request), at=now, **form.typed(kept))
            if form.is_valid() or later:
                return _kept_for_later(request, draft) if later else next_step(draft)
        except RequestRefused:
            return why_not(request, eligibility.check_one(certificate, at=clock.now()))
        except ReasonRefused as refused:
            form.add_error("reason", str(refused))
    planned = filing.unsaved_draft(
        certificate, actor(request), now, None, "", delegated=bool(are_delegated([certificate], at=now))
    )
    context = {
        "certificate": certificate,
        "form": form,
        "eligibility": answer,
        "steps": steps_at_reason(planned),
        "ahead": ahead_of_reason(planned),
        "waived": planned.letter_waived or planned.proof_waived,
        "deployments": active_deployments(answer),
    }
    return render(request, "revocation/revoke.html", context, status=422 if form.is_bound else 200)


def _kept_for_later(request: HttpRequest, draft: RevocationRequest) -> HttpResponse:
    messages.success(
        request, gettext("Draft %(number)s is saved. You can continue it at any time.") % {"number": draft.number}
    )
    return redirect("certificates")


def active_deployments(answer: Eligibility) -> QuerySet[Deployment]:
    """Return where the certificate, or a reissue that is also revoked, is still deployed (M7)."""
    affected = [answer.certificate.pk, *(affected.id for affected in answer.affected)]
    active = Deployment.objects.filter(certificate__in=affected, withdrawn_at__isnull=True)
    return active.select_related("target", "certificate").order_by("pk")


def _reason_form(request: HttpRequest, answer: Eligibility) -> ReasonForm:
    return ReasonForm(
        request.POST if request.method == "POST" else None,
        offered=answer.reasons,
        route=answer.route,
        only_compromise=answer.only_key_compromise,
        initial=typed_before_the_login(request) if request.method != "POST" else {},
    )


def why_not(request: HttpRequest, answer: Eligibility) -> HttpResponse:
    """Show every rule, and the way out of those that stand against the request."""
    proof_helps = not key_compromise.refusals(answer.certificate, at=answer.facts.at)
    context = {"certificate": answer.certificate, "eligibility": answer, "key_proof": proof_helps}
    return render(request, "revocation/why_not.html", context, status=409 if request.method == "POST" else 200)
