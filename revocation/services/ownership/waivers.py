"""F9, O3: what a request need not bring because its domains are delegated, as was seen lately."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from revocation import policy
from revocation.models import Certificate, Delegation, RevocationRequest
from revocation.ownership.delegation import cover_all
from revocation.policy import Route
from revocation.services.core.transitions import locked


def are_delegated(certificates: Iterable[Certificate], *, at: datetime) -> Collection[int]:
    """Return the keys of those whose every domain is delegated to the portal, by one query.

    The daily look counts: nothing is looked up on the network here.
    """
    subjects = list(certificates)
    rows = Delegation.objects.filter(customer__in={c.customer_id for c in subjects}, seen_at__isnull=False)
    held: dict[int, list[tuple[str, str]]] = {}
    for delegation in rows:
        if delegation.holds(at):
            held.setdefault(delegation.customer_id, []).append((delegation.domain, delegation.method))
    return {c.pk for c in subjects if cover_all(held.get(c.customer_id, ()), c.names)}


def set_waivers(draft: RevocationRequest, *, delegated: bool) -> bool:
    """F9, O3: set what the draft need not bring, from what is seen now.

    Returns whether something changed; saves nothing.
    """
    before = (draft.letter_waived, draft.proof_waived)
    route, certificate = Route(draft.route), draft.certificate
    draft.letter_waived = policy.letter_is_waived(route, delegated=delegated)
    draft.proof_waived = policy.proof_is_waived(
        route, certificate.brand_id, certificate.term_years, tuple(certificate.names), delegated=delegated
    )
    return before != (draft.letter_waived, draft.proof_waived)


def renew_waivers(request_id: int, *, at: datetime) -> RevocationRequest:
    """F9, O3: set a draft's waivers from the delegations as they are seen now. A submitted request keeps its own."""
    with transaction.atomic():
        request = locked(request_id)
        if not request.is_draft:
            return request
        if set_waivers(request, delegated=bool(are_delegated([request.certificate], at=at))):
            request.save()
        return request
