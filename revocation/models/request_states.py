"""The states and the routes of a request, as words."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from revocation.policy import Route


class RequestState(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    HANDED_BACK = "handed_back", _("handed back for correction")
    AWAITING_OWNERSHIP = "awaiting_ownership", _("waiting for the proof of ownership")
    APPROVED = "approved", _("approved; the authority is about to be told")
    REVOKING = "revoking", _("the authority is being told")
    REVOKED = "revoked", _("revoked")
    REJECTED = "rejected", _("rejected")
    FAILED = "failed", _("ownership not proven in time")
    DISCARDED = "discarded", _("discarded")
    OVERTAKEN = "overtaken", _("revoked elsewhere before it was decided")


S = RequestState
OPEN_STATES = [S.DRAFT, S.IN_REVIEW, S.HANDED_BACK, S.AWAITING_OWNERSHIP, S.APPROVED, S.REVOKING]
ROUTE_NAMES = [
    (Route.F1.value, _("F1: review")),
    (Route.F2.value, _("F2: application letter, review")),
    (Route.F3.value, _("F3: proof of ownership")),
    (Route.F4.value, _("F4: confirmation letter, review")),
    (Route.A1.value, _("A1: assisted request")),
    (Route.K1.value, _("K1: proof of the key")),
]
