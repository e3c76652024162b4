"""The states and the routes of a request, with their names."""

from __future__ import annotations

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from revocation.policy import Route


class RequestState(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    HANDED_BACK = "handed_back", _("handed back for correction")
    AWAITING_OWNERSHIP = "awaiting_ownership", _("waiting for proof of ownership")
    APPROVED = "approved", _("approved")
    REVOKING = "revoking", _("revoking")
    REVOKED = "revoked", _("revoked")
    REJECTED = "rejected", _("rejected")
    FAILED = "failed", _("ownership not proven in time")
    DISCARDED = "discarded", _("discarded")
    OVERTAKEN = "overtaken", _("revoked outside the portal")


S = RequestState
WITH_CUSTOMER = (S.DRAFT, S.HANDED_BACK, S.AWAITING_OWNERSHIP)
ENDED_IN_VAIN = (S.REJECTED, S.FAILED, S.DISCARDED, S.OVERTAKEN)
OPEN_STATES = [S.DRAFT, S.IN_REVIEW, S.HANDED_BACK, S.AWAITING_OWNERSHIP, S.APPROVED, S.REVOKING]


def route_names() -> list[tuple[str, Promise]]:
    """Return the choices of a request's route. The field calls this, so that a new route needs no migration."""
    return [(route.value, _(route.spec.name)) for route in Route]
