"""Where a request stands, drawn as steps, and in words: who acts next, what for, by when (F1 to F4, A1, K1).

Both are tables. Nothing here decides: the state machine does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from revocation.models import RequestState, RevocationRequest
from revocation.policy import ORDINARY, URGENT, Route, time_to_decide
from revocation.reasons import UNSPECIFIED

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
    Step.SUBMIT: _("Look and submit"),
    Step.OWNERSHIP: _("Prove ownership"),
    Step.KEY: _("Prove the key"),
    Step.REVIEW: _("Review"),
    Step.AUTHORITY: _("The authority is told"),
    Step.REVOKED: _("Revoked"),
}

REVIEWED = (Step.REASON, Step.SUBMIT, Step.REVIEW, Step.AUTHORITY, Step.REVOKED)
WITH_LETTER = (Step.REASON, Step.LETTER, Step.SUBMIT, Step.REVIEW, Step.AUTHORITY, Step.REVOKED)
ROUTE_STEPS: dict[Route, tuple[Step, ...]] = {
    Route.F1: REVIEWED,
    Route.F2: WITH_LETTER,
    Route.F3: (Step.REASON, Step.SUBMIT, Step.OWNERSHIP, Step.AUTHORITY, Step.REVOKED),
    Route.F4: WITH_LETTER,
    Route.A1: (Step.REASON, Step.EVIDENCE, Step.SUBMIT, Step.REVIEW, Step.AUTHORITY, Step.REVOKED),
    Route.K1: (Step.KEY, Step.AUTHORITY, Step.REVOKED),
}

ROUTE_WORDS: dict[Route, Promise] = {
    Route.F1: _("You give a reason, we review it."),
    Route.F2: _("You give a reason and upload the stamped application once; we review it."),
    Route.F3: _("You prove within 72 hours that you control the names; nobody reviews it."),
    Route.F4: _("You give a reason and upload the stamped confirmation letter; we review it."),
    Route.A1: _("You tell us your case; one member of staff takes it on, another decides."),
    Route.K1: _("You prove that you hold the private key; the authority is told at once."),
}
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
STOPPED = frozenset({S.REJECTED, S.FAILED, S.DISCARDED, S.OVERTAKEN})

YOU, WE, AUTHORITY, NOBODY = _("You"), _("Our reviewers"), _("The issuing authority"), ""


@dataclass(frozen=True)
class Next:
    """`who` acts next (empty: nobody), and what happens, complete sentences."""

    who: str | Promise
    sentence: str | Promise


NEXT: dict[str, Next] = {
    S.DRAFT: Next(YOU, _("This is a draft: nothing is submitted yet. Do the steps below, then submit.")),
    S.HANDED_BACK: Next(YOU, _("A reviewer asks for a correction. Correct it, then submit again.")),
    S.IN_REVIEW: Next(WE, _("A reviewer decides. You need do nothing; we tell you by mail.")),
    S.AWAITING_OWNERSHIP: Next(YOU, _("Publish what the ownership page shows. We look for it by ourselves.")),
    S.APPROVED: Next(AUTHORITY, _("The revocation is decided and the authority is about to be told.")),
    S.REVOKING: Next(
        AUTHORITY,
        _(
            "The authority is being told. The certificate counts as revoked only when the authority has confirmed it "
            "and we have seen it where everybody looks."
        ),
    ),
    S.REVOKED: Next(NOBODY, _("The revocation is proven. It cannot be undone.")),
    S.REJECTED: Next(
        NOBODY, _("Nothing was revoked; the certificate works as before. With a better reason, file a new request.")
    ),
    S.FAILED: Next(
        NOBODY,
        _("Ownership was not proven in time. Nothing was revoked; the certificate works as before. You may try again."),
    ),
    S.DISCARDED: Next(NOBODY, _("The draft was discarded. Nothing was revoked.")),
    S.OVERTAKEN: Next(
        NOBODY,
        _("The certificate was revoked, but not through this portal: there is nothing left to ask the authority for."),
    ),
}


NOT_HANDED_BACK = Next(YOU, _("Add the evidence for your case, then submit it. The certificate stays locked."))
"""Of a request that began as a proof (A1): nobody handed it back."""


NOT_SUBMITTED = Next(
    NOBODY,
    _(
        "Neither the proof nor the evidence came in time. Nothing was revoked; the certificate works as before. You "
        "may ask us again: a new draft has no deadline."
    ),
)
"""Of a request that began as a proof, went on as an assisted one and was not submitted (A1, O4)."""


def next_of(case: RevocationRequest) -> Next:
    if case.state == S.HANDED_BACK and case.handed_back_at is None:
        return NOT_HANDED_BACK
    if case.state == S.FAILED and case.needs.evidence:
        return NOT_SUBMITTED
    return NEXT[case.state]


@dataclass(frozen=True)
class Ahead:
    """Something that is still to come."""

    who: str | Promise
    sentence: Promise


AHEAD: dict[Step, Ahead] = {
    Step.LETTER: Ahead(YOU, _("You download the letter, sign and stamp it, and upload it.")),
    Step.EVIDENCE: Ahead(YOU, _("You add what shows that your case is as you say.")),
    Step.SUBMIT: Ahead(YOU, _("You look at everything once more and submit.")),
    Step.OWNERSHIP: Ahead(YOU, _("You prove within 72 hours that you control every name.")),
    Step.AUTHORITY: Ahead(AUTHORITY, _("The authority is told and confirms, mostly within minutes.")),
    Step.REVOKED: Ahead(NOBODY, _("The certificate is revoked: CRL and OCSP say so, and browsers refuse it.")),
}

REVIEW_WITHIN: dict[timedelta, Ahead] = {
    URGENT: Ahead(WE, _("We decide within 24 hours of your submission and tell you by mail.")),
    ORDINARY: Ahead(WE, _("We decide within five days of your submission and tell you by mail.")),
}
"""R5: the review, with the time that we have for it."""

MISSING: dict[str, Promise] = {
    "reason": _("Choose a reason."),
    "reason_text": _("Say in your own words why the certificate is to be revoked."),
    "letter": _("Upload the signed and stamped letter."),
    "evidence": _("Add at least one file as evidence."),
}
"""What `RevocationRequest.missing()` names, as what to do."""

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
    """The same while the reason is (again) being given; the case may be a draft that is not saved yet."""
    return _drawn(case, Step.REASON)


def _drawn(case: RevocationRequest, now: Step) -> list[DrawnStep]:
    steps = steps_without_waived(case)
    at = steps.index(now)
    finished = case.state == S.REVOKED
    drawn = []
    for number, step in enumerate(steps):
        phase = "done" if number < at or finished else "to come"
        if number == at and not finished:
            phase = "stopped" if case.state in STOPPED else "now"
        drawn.append(DrawnStep(TITLES[step], phase))
    return drawn


def steps_without_waived(case: RevocationRequest) -> list[Step]:
    waived = {Step.LETTER} if not case.needs_letter else set()
    if case.proof_waived:
        waived.add(Step.OWNERSHIP)
    return [step for step in ROUTE_STEPS[Route(case.route)] if step not in waived]


def ahead(case: RevocationRequest) -> list[Ahead]:
    """What still comes after what is due now, and who does it; nothing when the request has ended."""
    if case.state in STOPPED or case.state == S.REVOKED:
        return []
    steps = steps_without_waived(case)
    return _ahead(case, steps[steps.index(current_step(case)) + 1 :])


def ahead_of_reason(case: RevocationRequest) -> list[Ahead]:
    """All that comes after the first question."""
    return _ahead(case, steps_without_waived(case))


def _ahead(case: RevocationRequest, steps: Sequence[Step]) -> list[Ahead]:
    reason = UNSPECIFIED if case.reason is None else case.reason
    within = time_to_decide(Route(case.route), reason)
    words = {**AHEAD, Step.REVIEW: REVIEW_WITHIN[within]}
    return [words[step] for step in steps if step in words]


def current_step(case: RevocationRequest) -> Step:
    """Before submission the first thing that is missing; also where a request ended before it was submitted."""
    missing = case.missing()
    if missing and case.state in (S.DRAFT, S.HANDED_BACK, S.DISCARDED, S.FAILED):
        return STEP_OF_MISSING[missing[0]]
    if case.state == S.FAILED and case.needs.evidence:
        return Step.SUBMIT
    return STEP_OF_STATE[case.state]


@dataclass(frozen=True)
class Missing:
    """What is missing, as what to do, and the page where it is done."""

    words: Promise
    url: str


def missing_of(case: RevocationRequest) -> list[Missing]:
    return [Missing(MISSING[name], reverse(STEP_OF_MISSING[name], args=[case.pk])) for name in case.missing()]
