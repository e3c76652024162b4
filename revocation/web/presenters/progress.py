"""The progress of a request, as steps and in words: who acts next, what for, by when (F1 to F4, A1, K1).

Both are tables. The state machine decides; nothing here does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from revocation.models import RequestState, RevocationRequest, Route

S = RequestState


class Step(StrEnum):
    REASON = "reason"
    LETTER = "letter"
    EVIDENCE = "evidence"
    SUBMIT = "submit"
    OWNERSHIP = "ownership"
    KEY = "key"
    REVIEW = "review"
    AUTHORITY = "authority"
    REVOKED = "revoked"


TITLES: dict[Step, Promise] = {
    Step.REASON: _("Reason"),
    Step.LETTER: _("Letter"),
    Step.EVIDENCE: _("Evidence"),
    Step.SUBMIT: _("Review and submit"),
    Step.OWNERSHIP: _("Prove ownership"),
    Step.KEY: _("Prove key compromise"),
    Step.REVIEW: _("Review"),
    Step.AUTHORITY: _("Sent to the CA"),
    Step.REVOKED: _("Revoked"),
}


def steps_for(route: Route) -> tuple[Step, ...]:
    """Return the steps that a route demands, in their order."""
    needs = route.spec.needs
    if needs.key:
        return (Step.KEY, Step.AUTHORITY, Step.REVOKED)
    asked = {
        Step.REASON: True,
        Step.LETTER: needs.letter is not None,
        Step.EVIDENCE: needs.evidence,
        Step.SUBMIT: True,
        Step.OWNERSHIP: needs.ownership,
        Step.REVIEW: needs.review,
    }
    return (*(step for step, is_asked in asked.items() if is_asked), Step.AUTHORITY, Step.REVOKED)


ROUTE_STEPS = {route: steps_for(route) for route in Route}
ROUTE_WORDS: dict[Route, Promise] = {route: _(route.spec.summary) for route in Route}
"""What a route asks of the customer."""

STEP_OF_STATE: dict[str, Step] = {
    S.DRAFT: Step.SUBMIT,
    S.HANDED_BACK: Step.SUBMIT,
    S.DISCARDED: Step.SUBMIT,
    S.IN_REVIEW: Step.REVIEW,
    S.REJECTED: Step.REVIEW,
    S.AWAITING_OWNERSHIP: Step.OWNERSHIP,
    S.FAILED: Step.OWNERSHIP,
    S.OVERTAKEN: Step.REVOKED,
    S.APPROVED: Step.AUTHORITY,
    S.REVOKING: Step.AUTHORITY,
    S.REVOKED: Step.REVOKED,
}

YOU, WE, AUTHORITY, NOBODY = _("You"), _("Our reviewers"), _("The CA"), ""


@dataclass(frozen=True)
class Next:
    """Who acts next (empty: nobody), and what happens, in complete sentences."""

    who: str | Promise
    sentence: str | Promise


NEXT: dict[str, Next] = {
    S.DRAFT: Next(YOU, _("This request is a draft. Complete the steps below, then submit it.")),
    S.HANDED_BACK: Next(YOU, _("A reviewer asks for a correction. Correct it, then submit again.")),
    S.IN_REVIEW: Next(WE, _("A reviewer is deciding on your request. We email you the result.")),
    S.AWAITING_OWNERSHIP: Next(YOU, _("Publish the values on the ownership page. We check them automatically.")),
    S.APPROVED: Next(AUTHORITY, _("The revocation is approved. We are about to send it to the CA.")),
    S.REVOKING: Next(
        AUTHORITY,
        _(
            "We are sending the revocation to the CA. The certificate is revoked when the CA has confirmed and "
            "published it."
        ),
    ),
    S.REVOKED: Next(NOBODY, _("The certificate is revoked. You cannot undo this.")),
    S.REJECTED: Next(
        NOBODY,
        _("Nothing was revoked, and the certificate still works. If you have a better reason, file a new request."),
    ),
    S.FAILED: Next(
        NOBODY,
        _(
            "You did not prove ownership in time. Nothing was revoked, and the certificate still works. You can "
            "try again."
        ),
    ),
    S.DISCARDED: Next(NOBODY, _("You discarded the draft. Nothing was revoked.")),
    S.OVERTAKEN: Next(
        NOBODY,
        _("The certificate was revoked outside this portal. This request is no longer needed."),
    ),
}


NOT_HANDED_BACK = Next(YOU, _("Add the evidence for your case, then submit the request. The certificate stays locked."))
"""For a request that began as a proof and became an assisted one (A1): no reviewer handed it back."""


NOT_SUBMITTED = Next(
    NOBODY,
    _(
        "You submitted neither the proof nor the evidence in time. Nothing was revoked, and the certificate "
        "still works. You can file a new request."
    ),
)
"""For a request that began as a proof, became an assisted one and was not submitted in time (A1, O4)."""


def next_of(case: RevocationRequest) -> Next:
    if case.is_handed_back and case.handed_back_at is None:
        return NOT_HANDED_BACK
    if case.has_failed and case.takes_evidence:
        return NOT_SUBMITTED
    return NEXT[case.state]


@dataclass(frozen=True)
class Ahead:
    """Something that is still to come."""

    who: str | Promise
    sentence: Promise


AHEAD: dict[Step, Ahead] = {
    Step.LETTER: Ahead(YOU, _("You download the letter, sign and stamp it, and upload it.")),
    Step.EVIDENCE: Ahead(YOU, _("You add evidence for your case.")),
    Step.SUBMIT: Ahead(YOU, _("You review the request and submit it.")),
    Step.OWNERSHIP: Ahead(YOU, _("You prove within 72 hours that you control every name.")),
    Step.AUTHORITY: Ahead(AUTHORITY, _("The CA confirms the revocation, usually within minutes.")),
    Step.REVOKED: Ahead(
        NOBODY, _("The CA publishes the revocation by CRL and OCSP, and browsers reject the certificate.")
    ),
}

REVIEW_WITHIN: dict[bool, Ahead] = {
    True: Ahead(WE, _("We decide within 24 hours of your submission and email you the result.")),
    False: Ahead(WE, _("We decide within five days of your submission and email you the result.")),
}
"""R5: the review and the time that we have for it. The key says whether the request is urgent."""

MISSING: dict[str, Promise] = {
    "reason": _("Select a reason."),
    "reason_text": _("Explain why you want to revoke the certificate."),
    "letter": _("Upload the signed and stamped letter."),
    "evidence": _("Add at least one evidence file."),
}
"""What the customer does about each thing that `RevocationRequest.missing()` names."""

STEP_OF_MISSING = {"reason": Step.REASON, "reason_text": Step.REASON, "letter": Step.LETTER, "evidence": Step.EVIDENCE}


@dataclass(frozen=True)
class DrawnStep:
    """`phase`: "done", "now", "stopped" or "to come"."""

    title: Promise
    phase: str


def steps_of(case: RevocationRequest) -> list[DrawnStep]:
    """The route's steps without those that are waived, each with its phase."""
    return _drawn(case, current_step(case))


def steps_at_reason(case: RevocationRequest) -> list[DrawnStep]:
    """Return the steps while the reason is given or corrected. The case may be a draft that is not saved yet."""
    return _drawn(case, Step.REASON)


def _drawn(case: RevocationRequest, now: Step) -> list[DrawnStep]:
    steps = steps_without_waived(case)
    at = steps.index(now)
    finished = case.is_revoked
    drawn = []
    for number, step in enumerate(steps):
        phase = "done" if number < at or finished else "to come"
        if number == at and not finished:
            phase = "stopped" if case.has_ended_in_vain else "now"
        drawn.append(DrawnStep(TITLES[step], phase))
    return drawn


def steps_without_waived(case: RevocationRequest) -> list[Step]:
    waived = {Step.LETTER} if not case.needs_letter else set()
    if case.proof_waived:
        waived.add(Step.OWNERSHIP)
    return [step for step in ROUTE_STEPS[Route(case.route)] if step not in waived]


def ahead(case: RevocationRequest) -> list[Ahead]:
    """Return what comes after the current step, and who does it. Empty when the request has ended."""
    if case.has_ended_in_vain or case.is_revoked:
        return []
    steps = steps_without_waived(case)
    return _ahead(case, steps[steps.index(current_step(case)) + 1 :])


def ahead_of_reason(case: RevocationRequest) -> list[Ahead]:
    """Return all that comes after the reason."""
    return _ahead(case, steps_without_waived(case))


def _ahead(case: RevocationRequest, steps: Sequence[Step]) -> list[Ahead]:
    words = {**AHEAD, Step.REVIEW: REVIEW_WITHIN[case.is_urgent]}
    return [words[step] for step in steps if step in words]


def current_step(case: RevocationRequest) -> Step:
    """Return the step that the request is at.

    Before submission it is the first one that is missing, also where the request ended before it was submitted.
    """
    missing = case.missing()
    if missing and case.state in (S.DRAFT, S.HANDED_BACK, S.DISCARDED, S.FAILED):
        return STEP_OF_MISSING[missing[0]]
    if case.has_failed and case.takes_evidence:
        return Step.SUBMIT
    return STEP_OF_STATE[case.state]


@dataclass(frozen=True)
class Missing:
    """Something that is missing, as a sentence that says what to do, and the page where it is done."""

    words: Promise
    url: str


def missing_of(case: RevocationRequest) -> list[Missing]:
    return [Missing(MISSING[name], reverse(STEP_OF_MISSING[name], args=[case.pk])) for name in case.missing()]
