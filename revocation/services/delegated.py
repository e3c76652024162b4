"""F9, O3: of which certificates is every domain delegated to the portal, as seen lately?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from revocation.models import Certificate, Delegation
from revocation.ownership.delegation import cover_all


def are_delegated(certificates: Iterable[Certificate], *, at: datetime) -> Collection[int]:
    """The keys of those, by one query. The daily look counts: nothing is looked up in a request."""
    subjects = list(certificates)
    rows = Delegation.objects.filter(customer__in={c.customer_id for c in subjects}, seen_at__isnull=False)
    held: dict[int, list[tuple[str, str]]] = {}
    for delegation in rows:
        if delegation.holds(at):
            held.setdefault(delegation.customer_id, []).append((delegation.domain, delegation.method))
    return {c.pk for c in subjects if cover_all(held.get(c.customer_id, ()), c.names)}
