"""The phases of a request, as questions for pages and services. No other code compares its state with words."""

from __future__ import annotations

from typing import Any

from django.db import models

from revocation.models.request.states import ENDED_IN_VAIN, WITH_CUSTOMER, RequestState


class Phase(models.Model):
    """The part of a request that answers questions about its `state`."""

    state: Any

    class Meta:
        abstract = True

    @property
    def is_draft(self) -> bool:
        return bool(self.state == RequestState.DRAFT)

    @property
    def is_handed_back(self) -> bool:
        """Whether the customer must correct it, or send evidence instead of a proof (A1)."""
        return bool(self.state == RequestState.HANDED_BACK)

    @property
    def is_editable(self) -> bool:
        """Whether the customer may still change what it says."""
        return self.is_draft or self.is_handed_back

    @property
    def is_awaiting_proof(self) -> bool:
        return bool(self.state == RequestState.AWAITING_OWNERSHIP)

    @property
    def is_with_customer(self) -> bool:
        """Whether the customer must act next."""
        return self.state in WITH_CUSTOMER

    @property
    def is_approved(self) -> bool:
        """Whether it is decided and not sent to the CA yet."""
        return bool(self.state == RequestState.APPROVED)

    @property
    def is_revoked(self) -> bool:
        return bool(self.state == RequestState.REVOKED)

    @property
    def is_rejected(self) -> bool:
        return bool(self.state == RequestState.REJECTED)

    @property
    def has_failed(self) -> bool:
        """Whether neither the proof nor the evidence came in time (O4)."""
        return bool(self.state == RequestState.FAILED)

    @property
    def has_ended_in_vain(self) -> bool:
        """Whether it ended without revoking anything."""
        return self.state in ENDED_IN_VAIN
