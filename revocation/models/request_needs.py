"""What a request needs before it can be submitted, and what of it is still missing (F5, F6, F8, A1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from revocation import policy
from revocation.models.request_states import ROUTE_NAMES, RequestState
from revocation.reasons import BY_CODE, REASONS

if TYPE_CHECKING:
    from revocation.models.letter import Letter


class Needs(models.Model):
    """`letters` and `evidence` are the request's."""

    route = models.CharField(_("route"), max_length=2, choices=ROUTE_NAMES)

    reason = models.PositiveSmallIntegerField(
        _("reason"), null=True, blank=True, choices=[(r.code, r.name) for r in REASONS]
    )
    reason_text = models.TextField(_("in the customer's words"), blank=True, max_length=2000)
    situation = models.CharField(
        _("situation"), max_length=20, blank=True, choices=[(s.slug, _(s.title)) for s in policy.SITUATIONS]
    )
    letter_waived = models.BooleanField(_("letter waived (F9)"), default=False)
    proof_waived = models.BooleanField(_("proof waived (O3)"), default=False)

    state: Any
    letters: Any
    evidence: Any

    class Meta:
        abstract = True

    @property
    def needs(self) -> policy.RouteNeeds:
        return policy.NEEDS[policy.Route(self.route)]

    @property
    def needs_letter(self) -> bool:
        return bool(self.needs.letter) and not self.letter_waived

    def current_letter(self) -> Letter | None:
        letters: QuerySet[Letter] = self.letters.filter(superseded_at__isnull=True)
        return letters.first()

    def earlier_letters(self) -> QuerySet[Letter]:
        """F8: replaced, or handed back; latest first."""
        letters: QuerySet[Letter] = self.letters.filter(superseded_at__isnull=False)
        return letters.order_by("-pk")

    @property
    def letter_slot_is_open(self) -> bool:
        """F8: may a letter be uploaded now? Once on F2, until Next on F4, again after a hand-back."""
        if not self.needs_letter or self.state not in (RequestState.DRAFT, RequestState.HANDED_BACK):
            return False
        return self.needs.replace_letter or self.current_letter() is None

    def missing(self) -> tuple[str, ...]:
        """What stands between the draft and its submission: "reason", "reason_text", "letter", "evidence"."""
        return self.missing_with(has_letter=self.needs_letter and self.current_letter() is not None)

    def missing_with(self, *, has_letter: bool) -> tuple[str, ...]:
        """`missing`, for lists that know already whether the letter is in."""
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
