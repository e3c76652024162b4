"""The customer's verbs: begin, amend, submit, discard; and the assisted request (A1). Several certificates at once:
`revocation.services.together`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from revocation import policy
from revocation.marking import gettext_noop
from revocation.models import (
    Actor,
    Certificate,
    EventKind,
    RequestState,
    Revocation,
    RevocationRequest,
)
from revocation.ownership.challenge import new_challenge
from revocation.pki.facts import Level
from revocation.pki.names import NameRefused
from revocation.policy import Route
from revocation.reasons import offered_to_customers
from revocation.services import in_use
from revocation.services.automation import begin_proofs
from revocation.services.delegated import are_delegated
from revocation.services.recording import record
from revocation.services.transitions import (
    ActorRefused,
    TransitionRefused,
    acting,
    lock_family,
    locked,
    locked_certificate,
    refuse_unless_possible,
)


class RequestRefused(Exception):
    """Rules M and N stand against it. `refusals`: each with its sentence and the way out."""

    def __init__(self, refusals: tuple[policy.Refusal, ...]) -> None:
        self.refusals = refusals
        super().__init__(" ".join(explain(refusal) for refusal in refusals))


NOT_PROVABLE = policy.Refusal(
    "O5",
    "not_provable",
    gettext_noop(
        "One of the certificate's names is no DNS name, so its ownership cannot be proven here. Discard this draft, "
        "and ask us to revoke the certificate: the way is on its page “Revoke”."
    ),
    policy.WayOut.ASSISTED,
)


class ReasonRefused(Exception):
    """The reason is not offered for this certificate, or is missing where the route asks for one (F5)."""


class NotYours(Exception):
    """L3: not a certificate of the actor's organisation. The doors answer 404."""


def explain(refusal: policy.Refusal) -> str:
    """The refusal in the reader's language."""
    return _(refusal.sentence) % refusal.params


def check_reason(certificate: Certificate, reason: int | None) -> None:
    """The reason table: a customer may only give what is offered for the validation level."""
    offered = {r.code for r in offered_to_customers(Level(certificate.level))}
    if reason is not None and reason not in offered:
        raise ReasonRefused(_("This reason is not offered for this certificate. Choose one from the list."))


def begin(
    certificate_id: int,
    *,
    by: Actor,
    at: datetime,
    reason: int | None = None,
    reason_text: str = "",
    assisted: bool = False,
    situation: str = "",
) -> RevocationRequest:
    """Begin a draft, or return the one that is open already (a double click makes one request).

    Raises `NotYours`, `RequestRefused` (with an event) or `ReasonRefused`.
    """
    if by.user is None:
        raise NotYours
    try:
        with transaction.atomic():
            certificate = locked_certificate(certificate_id)
            if not by.belongs_to(certificate.customer_id):
                raise NotYours
            draft: RevocationRequest | None = certificate.requests.filter(state=RequestState.DRAFT).first()
            if draft:
                return _with_what_was_typed(draft, by, at, reason, reason_text)
            check_reason(certificate, reason)
            refuse_by_rule(certificate, at=at, reason=reason, assisted=assisted)
            return _new_draft(certificate, by, at, reason, reason_text, assisted, situation)
    except IntegrityError:  # one_open_request_a_certificate: another was quicker
        existing: RevocationRequest = RevocationRequest.objects.get(certificate=certificate_id, is_open=True)
        return existing
    except RequestRefused as refused:
        _record_refusal(certificate_id, refused, by=by, at=at)
        raise


def _with_what_was_typed(
    draft: RevocationRequest, by: Actor, at: datetime, reason: int | None, reason_text: str
) -> RevocationRequest:
    """An open draft takes the reason typed last: nobody submits a reason that they did not see."""
    typed = (reason, reason_text.strip())
    if typed in ((None, ""), (draft.reason, draft.reason_text)):
        return draft
    return amend(draft.pk, by=by, at=at, reason=reason, reason_text=reason_text)


def _new_draft(
    certificate: Certificate,
    by: Actor,
    at: datetime,
    reason: int | None,
    reason_text: str,
    assisted: bool,
    situation: str,
) -> RevocationRequest:
    delegated = bool(are_delegated([certificate], at=at))
    request = unsaved_draft(certificate, by, at, reason, reason_text, delegated=delegated, assisted=assisted)
    request.situation = situation if assisted else ""
    request.save()
    in_use.ask(certificate, at=at)
    record(EventKind.DRAFTED, by=by, at=at, request=request, after=request.state, data=reason_data(request))
    return request


def unsaved_draft(
    certificate: Certificate,
    by: Actor,
    at: datetime,
    reason: int | None,
    reason_text: str,
    *,
    delegated: bool,
    assisted: bool = False,
) -> RevocationRequest:
    """A draft as its certificate's route has it, with what is waived (F9, O3) where its domains are `delegated`."""
    draft: RevocationRequest = RevocationRequest.of(
        certificate,
        route=Route.A1 if assisted else certificate.route,
        reason=reason,
        reason_text=reason_text.strip(),
        filed_at=at,
        filed_by=by.user,
    )
    set_waivers(draft, delegated=delegated)
    return draft


def set_waivers(draft: RevocationRequest, *, delegated: bool) -> bool:
    """F9, O3: what needs not be brought, from what is seen now. Returns whether something changed; saves nothing."""
    before = (draft.letter_waived, draft.proof_waived)
    route, certificate = Route(draft.route), draft.certificate
    draft.letter_waived = policy.letter_is_waived(route, delegated=delegated)
    draft.proof_waived = policy.proof_is_waived(
        route, certificate.brand_id, certificate.term_years, tuple(certificate.names), delegated=delegated
    )
    return before != (draft.letter_waived, draft.proof_waived)


def reason_data(request: RevocationRequest) -> dict[str, object]:
    """What an event keeps of the reason."""
    return {"route": request.route, "reason": request.reason, "words": request.reason_text}


def refuse_by_rule(certificate: Certificate, *, at: datetime, reason: int | None, assisted: bool = False) -> None:
    """Raises `RequestRefused` when any rule M or N stands against a new request now."""
    refusals = policy.refusals(certificate.standing(at=at, reason=reason), assisted=assisted)
    if refusals:
        raise RequestRefused(refusals)


def _record_refusal(certificate_id: int, refused: RequestRefused, *, by: Actor, at: datetime) -> None:
    certificate = Certificate.objects.get(pk=certificate_id)
    record(EventKind.REQUEST_REFUSED, by=by, at=at, certificate=certificate, data=refusal_data(refused.refusals))


def refusal_data(refusals: tuple[policy.Refusal, ...]) -> dict[str, object]:
    """What an event keeps of the rules that stood against a request."""
    return {"refusals": [{"rule": r.rule, "code": r.code} for r in refusals]}


def amend(request_id: int, *, by: Actor, at: datetime, reason: int | None, reason_text: str) -> RevocationRequest:
    """Change the reason of a draft, or of a request handed back for correction."""
    with transaction.atomic():
        request = locked(request_id)
        if not by.belongs_to(request.certificate.customer_id):
            raise ActorRefused("amend", request, part=False)
        if request.state not in (RequestState.DRAFT, RequestState.HANDED_BACK):
            raise TransitionRefused("amend", request)
        check_reason(request.certificate, reason)
        before = reason_data(request)
        request.reason, request.reason_text = reason, reason_text.strip()
        request.save()
        data = {"before": before, "after": reason_data(request)}
        record(EventKind.AMENDED, by=by, at=at, request=request, data=data)
        return request


def discard(request_id: int, *, by: Actor, at: datetime) -> RevocationRequest:
    """F6: throw a draft away. A submitted request cannot be taken back (M3)."""
    with acting(request_id, "discard", by=by, at=at, event=EventKind.DISCARDED) as request:
        request.discard(by=by.user, at=at)
    return request


SUBMIT_VERBS = ("submit_for_review", "submit_for_proof", "submit_exempt")


def submit_verb(request: RevocationRequest) -> str:
    """Which of the three ways of submitting is the route's (the conditions of the transitions exclude each other)."""
    if request.needs.review:
        return "submit_for_review"
    return "submit_exempt" if request.proof_waived else "submit_for_proof"


def submit(request_id: int, *, by: Actor, at: datetime) -> RevocationRequest:
    """F6, M3, M4: from now on it cannot be cancelled, and the certificate is locked.

    The rules are looked at again under the lock: raises `RequestRefused` when the world moved since the draft. What
    is waived (F9, O3) is looked at again as well: a delegation that was lost waives nothing.
    """
    verb = submit_verb(renew_waivers(request_id, at=at))
    try:
        with acting(request_id, verb, by=by, at=at, event=EventKind.SUBMITTED) as request:
            _refuse_by_rule_again(request, at=at)
            doomed = lock_family(request, at=at)
            SUBMITTERS[verb](request, by, at, doomed)
    except RequestRefused as refused:
        certificate_id = RevocationRequest.objects.values_list("certificate", flat=True).get(pk=request_id)
        _record_refusal(certificate_id, refused, by=by, at=at)
        raise
    return request


def renew_waivers(request_id: int, *, at: datetime) -> RevocationRequest:
    """F9, O3: a draft's waivers follow from the delegations as they are seen now. A submitted request keeps its own."""
    with transaction.atomic():
        request = locked(request_id)
        if request.state != RequestState.DRAFT:
            return request
        if set_waivers(request, delegated=bool(are_delegated([request.certificate], at=at))):
            request.save()
        return request


def _refuse_by_rule_again(request: RevocationRequest, *, at: datetime) -> None:
    standing = replace(request.certificate.standing(at=at, reason=request.reason), open_request=None)
    refusals = policy.refusals(standing, assisted=request.route == Route.A1)
    if refusals:
        raise RequestRefused(refusals)


def _submit_for_review(request: RevocationRequest, by: Actor, at: datetime, doomed: list[Certificate]) -> None:
    level, doubled = request.certificate.level, settings.TWO_APPROVALS_FOR
    request.approvals_needed = policy.approvals_needed(Route(request.route), level, doubled)
    request.submit_for_review(by=by.user, at=at)


def _submit_for_proof(request: RevocationRequest, by: Actor, at: datetime, doomed: list[Certificate]) -> None:
    """O6: a fresh random value; O1, O2: how each name is to be proven. O5: what is no DNS name cannot be."""
    challenge = new_challenge()
    request.submit_for_proof(by=by.user, at=at, value=challenge.value, file_name=challenge.file_name)
    try:
        begin_proofs(request, by=by, at=at)
    except NameRefused:
        raise RequestRefused((NOT_PROVABLE,)) from None


def _submit_exempt(request: RevocationRequest, by: Actor, at: datetime, doomed: list[Certificate]) -> None:
    request.submit_exempt(by=by.user, at=at)
    order_revocations(request, doomed, at=at)


SUBMITTERS = {
    "submit_for_review": _submit_for_review,
    "submit_for_proof": _submit_for_proof,
    "submit_exempt": _submit_exempt,
}


def order_revocations(request: RevocationRequest, doomed: list[Certificate], *, at: datetime) -> None:
    """N2: an order to the authority for each certificate that dies; the worker carries them out."""
    for certificate in doomed:
        Revocation.objects.get_or_create(
            certificate=certificate,
            defaults={"request": request, "reason": request.reason or 0, "next_attempt_at": at},
        )


def resubmit(request_id: int, *, by: Actor, at: datetime) -> RevocationRequest:
    """F8: back into the queue after a correction."""
    with acting(request_id, "resubmit", by=by, at=at, event=EventKind.RESUBMITTED) as request:
        request.resubmit(at=at)
    return request


def incomplete(request: RevocationRequest, by: Actor) -> bool:
    """Would submitting fail only because something is missing? The page then says what."""
    try:
        refuse_unless_possible(request, submit_verb(request), by)
    except TransitionRefused:
        return request.state == RequestState.DRAFT and bool(request.missing())
    return False
