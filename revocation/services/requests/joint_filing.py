"""Joint filing of several certificates of one organisation: each has its own request, and each route one letter.

`begin_together` makes the drafts. `upload.upload` to any of them takes the letter of all on its route.
`submit_together` submits what is complete. In each, one certificate's refusal stops no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from revocation import policy
from revocation.marking import gettext_noop
from revocation.messages import Message, Refused, table
from revocation.models import (
    Actor,
    Certificate,
    EventKind,
    JointFiling,
    Letter,
    RequestState,
    RevocationRequest,
)
from revocation.services.core.errors import NotOwner
from revocation.services.core.events import Subject, record_each
from revocation.services.core.transitions import TransitionRefused
from revocation.services.core.words import ReasonRefused, check_words
from revocation.services.ownership.waivers import are_delegated
from revocation.services.requests import eligibility
from revocation.services.requests.eligibility import open_drafts
from revocation.services.requests.filing import RequestRefused, reason_data, refusal_data, submit, unsaved_draft

MOST = 100
"""Certificates in one joint filing: their list must fit on the pages that a letter may have."""

REASON_NOT_OFFERED = policy.Refusal("F5", "reason_not_offered")


MESSAGES = table(
    "joint_filing",
    {
        "count": gettext_noop("Select between 1 and %(most)s certificates."),
        "several_owners": gettext_noop("These certificates belong to several organisations. Choose those of one."),
    },
    status=422,
)
MISSING = table("joint_filing", {"incomplete": gettext_noop("The request is not complete.")}, status=409)


class TogetherRefused(Refused):
    """The selection as a whole cannot be filed together."""


@dataclass(frozen=True)
class Begun:
    """What became of one certificate: a draft, or the rules that stand against one."""

    certificate: Certificate
    draft: RevocationRequest | None
    refusals: tuple[policy.Refusal, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """The refusals in the reader's language."""
        return [str(refusal.message) for refusal in self.refusals]


@dataclass(frozen=True)
class Together:
    """What became of a selection, in its order (`begun`).

    `joint`: what ties the drafts together; None when there is no draft.
    """

    joint: JointFiling | None
    begun: tuple[Begun, ...]


@dataclass(frozen=True)
class Submitted:
    """What became of one request. `problem`: why it is not submitted, None when it is."""

    request: RevocationRequest
    problem: Message | None = None


def begin_together(
    certificate_ids: Sequence[int], *, by: Actor, at: datetime, reason: int | None = None, reason_text: str = ""
) -> Together:
    """Begin a draft for each certificate, and tie the drafts together.

    `certificate_ids`: 1 to `MOST`, of one organisation; repeated ones count once. A draft that is open already takes
    the reason typed last and joins. One that has its letter already stays where it is. The same call again changes
    nothing. Raises `NotOwner` when any certificate does not belong to the actor's organisation, `TogetherRefused` for
    the selection as a whole. Refusals of single certificates are in the answer, each with an event. The number of
    queries does not grow with the number of certificates.
    """
    try:
        reason_text = check_words(reason_text)
    except ReasonRefused as unusable:
        raise TogetherRefused.of(unusable.message) from None
    chosen = list(dict.fromkeys(certificate_ids))
    if not 1 <= len(chosen) <= MOST:
        raise TogetherRefused("joint_filing.count", most=MOST)
    with transaction.atomic():
        certificates = _locked(chosen)
        _refuse_unless_of_one_own_organisation(certificates, chosen, by)
        refused = _refusals(list(certificates.values()), at, reason)
        allowed = [c for c in certificates.values() if c.pk not in refused]
        joint, drafts = _drafts(allowed, by, at, reason, reason_text)
        subjects = [Subject(certificates[pk], data=refusal_data(refusals)) for pk, refusals in refused.items()]
        record_each(EventKind.REQUEST_REFUSED, subjects, by=by, at=at)
    return Together(joint, tuple(Begun(certificates[pk], drafts.get(pk), refused.get(pk, ())) for pk in chosen))


def _locked(chosen: list[int]) -> dict[int, Certificate]:
    """Lock and return them in the order of their keys, so that two such calls never wait for each other in a circle."""
    rows = Certificate.objects.select_for_update(of=("self",)).filter(pk__in=chosen).order_by("pk")
    return {certificate.pk: certificate for certificate in rows}


def _refuse_unless_of_one_own_organisation(certificates: dict[int, Certificate], chosen: list[int], by: Actor) -> None:
    owners = {certificate.customer_id for certificate in certificates.values()}
    if len(certificates) < len(chosen) or not all(map(by.belongs_to, owners)):
        raise NotOwner
    if len(owners) > 1:
        raise TogetherRefused("joint_filing.several_owners")


def _refusals(
    certificates: list[Certificate], at: datetime, reason: int | None
) -> dict[int, tuple[policy.Refusal, ...]]:
    """Return the rules that stand against each. A draft of its own stands against none: it is taken up."""
    refused = {}
    for pk, answer in eligibility.check_jointly(certificates, at=at, reason=reason).items():
        refusals = answer.refusals
        if reason is not None and reason not in {r.code for r in eligibility.reasons_for(answer.certificate)}:
            refusals = (*refusals, REASON_NOT_OFFERED)
        if refusals:
            refused[pk] = refusals
    return refused


def _drafts(
    certificates: list[Certificate], by: Actor, at: datetime, reason: int | None, words: str
) -> tuple[JointFiling | None, dict[int, RevocationRequest]]:
    """Return what ties them together, and the drafts, new and old, by the key of their certificate."""
    by_pk = {c.pk: c for c in certificates}
    # Locked, so that none is submitted while its reason changes.
    old = list(open_drafts(certificates).select_for_update(of=("self",)).select_related("filed_with"))
    for draft in old:
        draft.certificate = by_pk[draft.certificate_id]
    taken = {draft.certificate_id for draft in old}
    delegated = are_delegated(certificates, at=at)
    new = [
        unsaved_draft(c, by, at, reason, words, delegated=c.pk in delegated) for c in certificates if c.pk not in taken
    ]
    free = [] if _are_together(old, new) else _without_letter(old)
    joint = old[0].filed_with if _are_together(old, new) else _new_joint([*free, *new], by, at)
    for draft in new:
        draft.filed_with = joint
    RevocationRequest.objects.bulk_create(new)
    made = [Subject(d.certificate, d, _data(d)) for d in new]
    record_each(EventKind.DRAFTED, made, by=by, at=at, after=RequestState.DRAFT)
    _take_up(old, free, joint, by, at, reason, words)
    return joint, {draft.certificate_id: draft for draft in (*old, *new)}


def _are_together(old: list[RevocationRequest], new: list[RevocationRequest]) -> bool:
    """Return whether nothing is to be tied anew: a second click, or the same selection again."""
    ties = {draft.filed_with_id for draft in old}
    return not new and len(ties) == 1 and None not in ties


def _without_letter(drafts: list[RevocationRequest]) -> list[RevocationRequest]:
    current = Letter.objects.filter(request__in=[d.pk for d in drafts], superseded_at__isnull=True)
    lettered = set(current.values_list("request", flat=True))
    return [draft for draft in drafts if draft.pk not in lettered]


def _new_joint(members: list[RevocationRequest], by: Actor, at: datetime) -> JointFiling | None:
    if not members:
        return None
    customer = members[0].certificate.customer_id
    return JointFiling.objects.create(customer_id=customer, filed_at=at, filed_by=by.user)  # type: ignore[misc]


def _take_up(
    old: list[RevocationRequest],
    free: list[RevocationRequest],
    joint: JointFiling | None,
    by: Actor,
    at: datetime,
    reason: int | None,
    words: str,
) -> None:
    """Give open drafts the reason typed last, and let those that are free to move join."""
    changed: list[Subject] = []
    for draft in old:
        before = _data(draft)
        if reason is not None or words:
            draft.reason, draft.reason_text = reason, words
        if draft in free:
            draft.filed_with = joint
        if (after := _data(draft)) != before:
            changed.append(Subject(draft.certificate, draft, {"before": before, "after": after}))
    RevocationRequest.objects.bulk_update(
        [subject.request for subject in changed if subject.request], ["reason", "reason_text", "filed_with"]
    )
    record_each(EventKind.AMENDED, changed, by=by, at=at)


def _data(draft: RevocationRequest) -> dict[str, object]:
    return reason_data(draft) | {"together": draft.filed_with.number if draft.filed_with else ""}


def submit_together(joint_id: int, *, by: Actor, at: datetime) -> tuple[Submitted, ...]:
    """Submit each draft of a joint filing (F6, M3, M4), in the order of their numbers.

    Each is a submission of its own: a rule that stands against one (`filing.submit`) stops no other. Drafts that lack
    something stay drafts. What is submitted already is left alone, so the same call again changes nothing. Raises
    `NotOwner` when the filing does not belong to the actor's organisation, `JointFiling.DoesNotExist`.
    """
    joint = JointFiling.objects.get(pk=joint_id)
    if not by.belongs_to(joint.customer_id):
        raise NotOwner
    drafts = joint.requests.filter(state=RequestState.DRAFT).order_by("pk")
    return tuple(_submitted(draft, by, at) for draft in drafts)


def _submitted(draft: RevocationRequest, by: Actor, at: datetime) -> Submitted:
    if draft.missing():
        return Submitted(draft, MISSING.message("incomplete"))
    try:
        return Submitted(submit(draft.pk, by=by, at=at))
    except (RequestRefused, TransitionRefused) as refused:
        return Submitted(RevocationRequest.objects.get(pk=draft.pk), refused.message)
