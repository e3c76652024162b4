"""The customer's verbs: begin, amend, submit, discard; and the assisted request (A1). Several certificates at once:
`revocation.services.requests.joint_filing`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from revocation import policy
from revocation.messages import Refused, table
from revocation.models import (
    Actor,
    Certificate,
    EventKind,
    RequestState,
    RevocationRequest,
)
from revocation.ownership.challenge import new_challenge
from revocation.pki.names import NameRefused
from revocation.policy import Route
from revocation.services.core.errors import NotOwner
from revocation.services.core.events import record
from revocation.services.core.transitions import (
    ActorRefused,
    Transition,
    TransitionRefused,
    acting,
    lock_family,
    locked,
    locked_certificate,
)
from revocation.services.core.words import ReasonRefused as ReasonRefused
from revocation.services.core.words import check_words
from revocation.services.inventory import deployment_probe
from revocation.services.ownership.automation import begin_proofs
from revocation.services.ownership.waivers import are_delegated, renew_waivers, set_waivers
from revocation.services.requests import eligibility

MESSAGES = table("request", {"against_rules": "%(refusals)s"}, status=409)


class RequestRefused(Refused):
    """Rules M and N stand against it. `refusals`: each with its message and the way out."""

    def __init__(self, refusals: tuple[policy.Refusal, ...]) -> None:
        super().__init__("request.against_rules", refusals=[refusal.message for refusal in refusals])
        self.refusals = refusals


NOT_PROVABLE = policy.Refusal("O5", "not_provable", policy.WayOut.ASSISTED)


def check_reason(certificate: Certificate, reason: int | None) -> None:
    """F5, the reason table: raise `ReasonRefused` for a reason that is not offered for the validation level."""
    if reason is not None and reason not in {r.code for r in eligibility.reasons_for(certificate)}:
        raise ReasonRefused("not_offered")


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

    Raises `NotOwner`, `RequestRefused` (with an event) or `ReasonRefused`.
    """
    if by.user is None:
        raise NotOwner
    reason_text = check_words(reason_text)
    try:
        with transaction.atomic():
            certificate = locked_certificate(certificate_id)
            if not by.belongs_to(certificate.customer_id):
                raise NotOwner
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
    """Return the open draft with the reason typed last: nobody submits a reason that they did not see."""
    typed = (reason, reason_text)
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
    deployment_probe.ask(certificate, at=at)
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
    """Return a draft for the certificate's route, with its waivers (F9, O3). `delegated`: whether its domains are."""
    draft: RevocationRequest = RevocationRequest.of(
        certificate,
        route=Route.A1 if assisted else certificate.route,
        reason=reason,
        reason_text=reason_text,
        filed_at=at,
        filed_by=by.user,
    )
    set_waivers(draft, delegated=delegated)
    return draft


def reason_data(request: RevocationRequest) -> dict[str, object]:
    """What an event keeps of the reason."""
    return {"route": request.route, "reason": request.reason, "words": request.reason_text}


def refuse_by_rule(certificate: Certificate, *, at: datetime, reason: int | None, assisted: bool = False) -> None:
    """Raise `RequestRefused` when any rule M or N stands against a new request now."""
    answer = eligibility.check_one(certificate, at=at, reason=reason, assisted=assisted)
    if answer.refusals:
        raise RequestRefused(answer.refusals)


def _record_refusal(certificate_id: int, refused: RequestRefused, *, by: Actor, at: datetime) -> None:
    certificate = Certificate.objects.get(pk=certificate_id)
    record(EventKind.REQUEST_REFUSED, by=by, at=at, certificate=certificate, data=refusal_data(refused.refusals))


def refusal_data(refusals: tuple[policy.Refusal, ...]) -> dict[str, object]:
    """What an event keeps of the rules that stood against a request."""
    return {"refusals": [{"rule": r.rule, "code": r.code} for r in refusals]}


def amend(request_id: int, *, by: Actor, at: datetime, reason: int | None, reason_text: str) -> RevocationRequest:
    """Change the reason of a draft, or of a request handed back for correction. Raises `ReasonRefused`."""
    reason_text = check_words(reason_text)
    with transaction.atomic():
        request = locked(request_id)
        if not by.belongs_to(request.certificate.customer_id):
            raise ActorRefused("amend", request, part=False)
        if not request.is_editable:
            raise TransitionRefused("amend", request)
        check_reason(request.certificate, reason)
        before = reason_data(request)
        request.reason, request.reason_text = reason, reason_text
        request.save()
        data = {"before": before, "after": reason_data(request)}
        record(EventKind.AMENDED, by=by, at=at, request=request, data=data)
        return request


def discard(request_id: int, *, by: Actor, at: datetime) -> RevocationRequest:
    """F6: throw a draft away. A submitted request cannot be taken back (M3)."""
    with acting(RevocationRequest.discard, request_id, by=by, at=at) as request:
        request.discard(by=by.user, at=at)
    return request


def submit(request_id: int, *, by: Actor, at: datetime) -> RevocationRequest:
    """Submit a draft (F6), or again a request that was handed back for correction (F8).

    From now on the request cannot be cancelled (M3), and the certificate is locked (M4). The rules are looked at again
    under the lock: raises `RequestRefused` when something changed since the draft. What is waived (F9, O3) is looked at
    again as well: a delegation that was lost waives nothing. Raises `ActorRefused` before anything is locked or
    written.
    """
    request = RevocationRequest.objects.select_related("certificate").get(pk=request_id)
    if not by.belongs_to(request.certificate.customer_id):
        raise ActorRefused("submit", request, part=False)
    if request.is_handed_back:
        return _resubmit(request_id, by=by, at=at)
    way = _way_of_submitting(renew_waivers(request_id, at=at))
    affected: list[Certificate] = []
    try:
        with acting(way, request_id, by=by, at=at, affected=affected) as request:
            _refuse_by_rule_again(request, at=at)
            family = lock_family(request, at=at)
            SUBMITTERS[way](request, by, at)
            affected += family if request.is_approved else []
    except RequestRefused as refused:
        certificate_id = RevocationRequest.objects.values_list("certificate", flat=True).get(pk=request_id)
        _record_refusal(certificate_id, refused, by=by, at=at)
        raise
    return request


def _way_of_submitting(request: RevocationRequest) -> Transition:
    """Return the one transition of three that fits the request. Their conditions exclude each other."""
    way: Transition = RevocationRequest.submit_for_proof
    if request.needs.review:
        way = RevocationRequest.submit_for_review
    elif request.proof_waived:
        way = RevocationRequest.submit_exempt
    return way


def _resubmit(request_id: int, *, by: Actor, at: datetime) -> RevocationRequest:
    with acting(RevocationRequest.resubmit, request_id, by=by, at=at) as request:
        request.resubmit(at=at)
    return request


def _refuse_by_rule_again(request: RevocationRequest, *, at: datetime) -> None:
    assisted = request.route == Route.A1
    answer = eligibility.check_one(request.certificate, at=at, reason=request.reason, assisted=assisted)
    if refusals := answer.taking_up_its_request().refusals:
        raise RequestRefused(refusals)


def _submit_for_review(request: RevocationRequest, by: Actor, at: datetime) -> None:
    level, doubled = request.certificate.level, settings.TWO_APPROVALS_FOR
    request.approvals_needed = policy.approvals_needed(Route(request.route), level, doubled)
    request.submit_for_review(by=by.user, at=at)


def _submit_for_proof(request: RevocationRequest, by: Actor, at: datetime) -> None:
    """Submit with a fresh random value (O6), and begin a proof for each name (O1, O2).

    Raises `RequestRefused` for what is no DNS name: it cannot be proven (O5).
    """
    challenge = new_challenge()
    request.submit_for_proof(by=by.user, at=at, value=challenge.value, file_name=challenge.file_name)
    try:
        begin_proofs(request, by=by, at=at)
    except NameRefused:
        raise RequestRefused((NOT_PROVABLE,)) from None


def _submit_exempt(request: RevocationRequest, by: Actor, at: datetime) -> None:
    request.submit_exempt(by=by.user, at=at)


SUBMITTERS: dict[Transition, Callable[[RevocationRequest, Actor, datetime], None]] = {
    RevocationRequest.submit_for_review: _submit_for_review,
    RevocationRequest.submit_for_proof: _submit_for_proof,
    RevocationRequest.submit_exempt: _submit_exempt,
}
