"""What a request needs before it can be submitted, and what is still missing (F5, F6, F8, A1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from revocation import policy
from revocation.letters.wording import Wording
from revocation.models.request.letter import Letter
from revocation.models.request.phase import Phase
from revocation.models.request.states import route_names
from revocation.reasons import BY_CODE, REASONS, UNSPECIFIED


class Needs(Phase):
    """The part of a request with its route and its needs. The rows of `letters` and `evidence` refer to the request."""

    route = models.CharField(_("route"), max_length=2, choices=route_names)

    reason = models.PositiveSmallIntegerField(
        _("reason"), null=True, blank=True, choices=[(r.code, r.name) for r in REASONS]
    )
    reason_text = models.TextField(_("customer's explanation"), blank=True, max_length=2000)
    situation = models.CharField(
        _("situation"), max_length=20, blank=True, choices=[(s.slug, _(s.title)) for s in policy.SITUATIONS]
    )
    letter_waived = models.BooleanField(_("letter waived (F9)"), default=False)
    proof_waived = models.BooleanField(_("proof waived (O3)"), default=False)

    letters: Any
    evidence: Any

    class Meta:
        abstract = True

    @property
    def needs(self) -> policy.RouteNeeds:
        return policy.NEEDS[policy.Route(self.route)]

    @property
    def is_urgent(self) -> bool:
        """R5: whether it must be decided within a day."""
        return self.time_to_decide <= policy.URGENT

    @property
    def time_to_decide(self) -> timedelta:
        """R5: the time to decide, counted from submission."""
        return policy.time_to_decide(policy.Route(self.route), self.reason or UNSPECIFIED)

    @property
    def situation_row(self) -> policy.Situation | None:
        """A1: the situation that the customer selected, with the evidence that it asks for."""
        return next((row for row in policy.SITUATIONS if row.slug == self.situation), None)

    @property
    def is_reviewed(self) -> bool:
        """Whether reviewers decide on it."""
        return self.needs.review

    @property
    def takes_proof(self) -> bool:
        """Whether its route asks for a proof of ownership of every name."""
        return self.needs.ownership

    @property
    def takes_evidence(self) -> bool:
        return self.needs.evidence

    @property
    def letter_wording(self) -> Wording | None:
        """The wording of the letter that its route asks for; None if it asks for no letter."""
        return self.needs.letter

    @property
    def needs_letter(self) -> bool:
        return self.needs.letter is not None and not self.letter_waived

    def current_letter(self) -> Letter | None:
        letters: QuerySet[Letter] = self.letters.filter(superseded_at__isnull=True)
        return letters.first()

    def earlier_letters(self) -> QuerySet[Letter]:
        """F8: return the letters that were replaced or handed back, latest first."""
        letters: QuerySet[Letter] = self.letters.filter(superseded_at__isnull=False)
        return letters.order_by("-pk")

    @property
    def letter_slot_is_open(self) -> bool:
        """F8: whether a letter may be uploaded now: once on F2, until Next on F4, again after a hand-back."""
        if not self.needs_letter or not self.is_editable:
            return False
        return self.needs.replace_letter or self.current_letter() is None

    def missing(self) -> tuple[str, ...]:
        """Return what is missing for the submission, out of "reason", "reason_text", "letter" and "evidence"."""
        return self.missing_with(has_letter=self.needs_letter and self.current_letter() is not None)

    def missing_with(self, *, has_letter: bool) -> tuple[str, ...]:
        """Return the same as `missing`, for lists that already know whether there is a letter."""
        lacks = []
        if self.needs.reason and self.reason is None:
            lacks.append("reason")
        if self.needs.reason and not self.reason_text.strip():
            lacks.append("reason_text")
        if self.needs_letter and not has_letter:
            lacks.append("letter")
        if self.needs.evidence and not self.evidence.exists():
            lacks.append("evidence")
        return tuple(lacks)

    @property
    def reason_name(self) -> str:
        return BY_CODE[self.reason or 0].name

    @property
    def reason_words(self) -> str:
        """The plain words beside the reason, in the reader's language."""
        return gettext(BY_CODE[self.reason or 0].words)
