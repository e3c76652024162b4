"""What must be true of a request before a verb leads it on: the conditions of `@transition`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from revocation import policy
from revocation.reasons import KEY_COMPROMISE

if TYPE_CHECKING:
    from revocation.models.request.revocation_request import RevocationRequest


def has_what_it_needs(request: RevocationRequest) -> bool:
    """F5, F6: the reason is given and the letter is in, where the route asks for them."""
    return not request.missing()


def route_needs_proof(request: RevocationRequest) -> bool:
    return request.needs.ownership and not request.proof_waived


def route_needs_review(request: RevocationRequest) -> bool:
    return request.needs.review


def proof_is_waived(request: RevocationRequest) -> bool:
    return request.needs.ownership and request.proof_waived


def may_spare_reissues(request: RevocationRequest) -> bool:
    """N2: the key of the original is compromised, and there are reissues that could live."""
    certificate = request.certificate
    outside = certificate.brand_id == policy.BRAND_OUTSIDE_N
    return request.reason == KEY_COMPROMISE and not outside and certificate.reissues.exists()


def is_assisted(request: RevocationRequest) -> bool:
    return request.route == policy.Route.A1


def has_a_deadline(request: RevocationRequest) -> bool:
    """O4: it waits for a proof, or for the evidence in its stead; not for a correction that a reviewer asked for."""
    return request.ownership_deadline is not None


def every_name_is_proven(request: RevocationRequest) -> bool:
    """O5."""
    proofs = request.name_proofs
    return proofs.exists() and not proofs.filter(proven_at__isnull=True).exists()
