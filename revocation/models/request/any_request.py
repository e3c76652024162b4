"""What the conditions and permissions of a request's verbs read of it. The model itself is defined with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from revocation import policy
from revocation.models.certificate.certificate import Certificate


class AnyRequest(Protocol):
    """A revocation request, as far as it is known before the model."""

    route: str
    reason: int | None
    proof_waived: bool
    ownership_deadline: datetime | None
    filed_by_id: int
    submitted_by_id: int | None
    vouched_by_id: int | None
    first_approved_by_id: int | None
    taken_by_id: int | None
    name_proofs: Any

    @property
    def certificate(self) -> Certificate: ...

    @property
    def needs(self) -> policy.RouteNeeds: ...

    def missing(self) -> tuple[str, ...]: ...
