"""The conditions of `@transition`: what must be true of a request before a verb changes its state."""

from __future__ import annotations

from revocation import policy
from revocation.models.request.any_request import AnyRequest
from revocation.reasons import KEY_COMPROMISE


def has_what_it_needs(request: AnyRequest) -> bool:
    """F5, F6: return whether the request has all that its route asks for: reason, letter, evidence."""
    return not request.missing()


def route_needs_proof(request: AnyRequest) -> bool:
    return request.needs.ownership and not request.proof_waived


def route_needs_review(request: AnyRequest) -> bool:
    return request.needs.review


def proof_is_waived(request: AnyRequest) -> bool:
    return request.needs.ownership and request.proof_waived


def may_exclude_reissues(request: AnyRequest) -> bool:
    """N2: return whether reissues may be excluded: the original's key is compromised, and there are reissues."""
    certificate = request.certificate
    outside = certificate.brand_id == policy.BRAND_OUTSIDE_N
    return request.reason == KEY_COMPROMISE and not outside and certificate.reissues.exists()


def is_assisted(request: AnyRequest) -> bool:
    return request.route == policy.Route.A1


def has_a_deadline(request: AnyRequest) -> bool:
    """O4: return whether the request waits for a proof or for evidence instead, not for a reviewer's correction."""
    return request.ownership_deadline is not None


def every_name_is_proven(request: AnyRequest) -> bool:
    """O5: return whether there are names to prove and all of them are proven."""
    proofs = request.name_proofs
    return proofs.exists() and not proofs.filter(proven_at__isnull=True).exists()
