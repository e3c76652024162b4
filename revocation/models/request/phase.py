"""Where a request stands, as questions that pages and services ask: nobody else compares its state with words."""

from __future__ import annotations

from typing import Any

from django.db import models

from revocation.models.request.states import ENDED_IN_VAIN, WITH_CUSTOMER, RequestState


class Phase(models.Model):
    """`state` is the request's."""

    state: Any

    class Meta:
        abstract = True

    @property
    def is_draft(self) -> bool:
        return bool(self.state == RequestState.DRAFT)

    @property
    def is_handed_back(self) -> bool:
        """For correction by the customer, or for the evidence that takes a proof's place (A1)."""
        return bool(self.state == RequestState.HANDED_BACK)

    @property
    def is_editable(self) -> bool:
        """May the customer still change what it says?"""
        return self.is_draft or self.is_handed_back

    @property
    def is_awaiting_proof(self) -> bool:
        return bool(self.state == RequestState.AWAITING_OWNERSHIP)

    @property
    def is_with_customer(self) -> bool:
        """Is the customer the next to act?"""
        return self.state in WITH_CUSTOMER

    @property
    def is_approved(self) -> bool:
        """Decided, and nobody has told the authority yet."""
        return bool(self.state == RequestState.APPROVED)

    @property
    def is_revoked(self) -> bool:
        return bool(self.state == RequestState.REVOKED)

    @property
    def is_rejected(self) -> bool:
        return bool(self.state == RequestState.REJECTED)

    @property
    def has_failed(self) -> bool:
        """Neither the proof nor the evidence came in time (O4)."""
        return bool(self.state == RequestState.FAILED)

    @property
    def has_ended_in_vain(self) -> bool:
        """It has ended, and it revoked nothing."""
        return self.state in ENDED_IN_VAIN
