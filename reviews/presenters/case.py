"""Everything that a reviewer must see of a case, gathered once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from reviews.decisions import Decision, available, is_left_to_others, possible_for
from reviews.forms.decisions import DecisionForm
from reviews.presenters import presence
from reviews.presenters.comparison import Row, compare, record_checks
from reviews.presenters.subject import Subject
from revocation.letters.facts import HINTS
from revocation.models import (
    Actor,
    Deployment,
    Event,
    Evidence,
    Letter,
    LetterPicture,
    NameProof,
    RevocationOrder,
    RevocationRequest,
)
from revocation.models.request.permissions import DECIDE
from revocation.reasons import BY_CODE

MOST_EVENTS = 200
MOST_OTHERS = 10


@dataclass(frozen=True)
class Case:
    """What the page of a case shows to one reviewer.

    `left_to_others`: R3 keeps this person from deciding. `earlier`: requests for the same certificate. `others`: the
    customer's latest requests for other certificates. `people`: to whom it is assigned, and who is viewing it. `mine`:
    it is assigned to this person.
    """

    subject: Subject
    pictures: Sequence[LetterPicture]
    hints: Sequence[str]
    evidence: Sequence[Evidence]
    earlier_letters: Sequence[Letter]
    deployments: Sequence[Deployment]
    proofs: Sequence[NameProof]
    orders: Sequence[RevocationOrder]
    earlier: Sequence[RevocationRequest]
    others: Sequence[RevocationRequest]
    comparison: Sequence[Row]
    record_checks: Sequence[Row]
    people: Sequence[str]
    events: Sequence[Event]
    decisions: Sequence[tuple[Decision, DecisionForm]]
    left_to_others: bool
    mine: bool
    may_take: bool
    may_work: bool
    may_note: bool

    @property
    def request(self) -> RevocationRequest:
        return self.subject.request

    @property
    def has_papers(self) -> bool:
        """R6: is there something to look at while deciding?"""
        letter = self.subject.letter
        shown = bool(self.pictures) and letter is not None and letter.erased_at is None
        return shown or any(found.pages and found.erased_at is None for found in self.evidence)

    @property
    def reason_in_plain_words(self) -> str:
        words = BY_CODE[self.request.reason or 0].words
        return _(words) if words else ""


def gather(request: RevocationRequest, actor: Actor, at: datetime, subject: Subject | None = None) -> Case:
    """Gather the case as this reviewer may act on it at this instant. `subject`: given if it was read already."""
    subject = subject or Subject.of(request, at)
    return Case(
        subject=subject,
        pictures=list(subject.letter.pictures.all()) if subject.letter else [],
        hints=hints(subject.letter) if subject.letter else [],
        evidence=list(request.evidence.all()) if request.needs.evidence else [],
        earlier_letters=list(request.letters.filter(superseded_at__isnull=False).order_by("-pk")),
        deployments=_deployments(subject),
        proofs=list(request.name_proofs.all()),
        orders=list(request.revocations.select_related("certificate").order_by("pk")),
        earlier=list(request.certificate.requests.exclude(pk=request.pk).order_by("-pk")[:MOST_OTHERS]),
        others=_others(request),
        comparison=compare(subject),
        record_checks=record_checks(request),
        people=presence.sentences(request, at, actor.user_id),
        events=list(Event.objects.filter(request_id=request.pk).order_by("id")[:MOST_EVENTS]),
        decisions=[(d, d.form(None, subject=subject, verb=d.verb)) for d in available(request, actor, at)],
        left_to_others=is_left_to_others(request, actor),
        mine=request.is_taken(at) and request.taken_by_id == actor.user_id,
        may_work=actor.may(DECIDE),
        may_note=actor.may(DECIDE) and not actor.belongs_to(request.certificate.customer_id),
        may_take=not request.is_taken(at) and possible_for(request, "assign", actor),
    )


def hints(letter: Letter) -> list[str]:
    """What the inspection noticed, in the reader's language."""
    return [_(HINTS[hint["code"]]) % {"figure": hint["figure"]} for hint in letter.hints if hint["code"] in HINTS]


def _deployments(subject: Subject) -> Sequence[Deployment]:
    affected = [certificate.pk for certificate in subject.certificates]
    live = Deployment.objects.filter(certificate__in=affected, withdrawn_at__isnull=True)
    return list(live.select_related("certificate", "target").order_by("pk"))


def _others(request: RevocationRequest) -> Sequence[RevocationRequest]:
    rows = RevocationRequest.objects.filter(customer=request.certificate.customer_id)
    others = rows.exclude(certificate=request.certificate_id).select_related("certificate")
    return list(others.order_by("-pk")[:MOST_OTHERS])
