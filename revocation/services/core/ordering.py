"""L6, N2: creating the revocation orders of a request that was decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from revocation.models import Certificate, OrderState, RevocationOrder, RevocationRequest
from revocation.models.request.desk import CARRIED_OUT

REVOKES = "revokes"
"""Under this name the event of the decision keeps the fingerprints of the affected certificates."""

BLANK: dict[str, Any] = {
    "state": OrderState.STUCK,
    "reason_sent": None,
    "attempts": 0,
    "next_attempt_at": None,
    "lease_until": None,
    "message": "",
    "message_code": "",
    "message_params": {},
    "recorded_by_hand_at": None,
    "recorded_by_hand_by": None,
    "confirmed_at": None,
    "revoked_at": None,
    "reason_confirmed": None,
    "unstated": False,
    "receipt": None,
    "next_look_at": None,
    "looks": 0,
    "visible_by": None,
    "late_told_at": None,
    "proven_at": None,
    "receipt_due_at": None,
    "proven_through": "",
}
"""The fields of an order that nobody has worked on."""


class EarlierOrders(NamedTuple):
    """The orders that certificates have before a decision. `strays`: their keys. `ordered`: certificates with any."""

    strays: list[int]
    ordered: frozenset[int]


NO_ORDERS = EarlierOrders([], frozenset())


def blank_strays(affected: Sequence[Certificate]) -> EarlierOrders:
    """Reset the stray orders of these certificates; return what there is for `order_revocations`.

    A stray order belongs to a request that nobody decided. Nothing in it is believed: it begins anew as an order of the
    request that is decided now. Call this before that request is saved. The certificates are locked, so nobody else
    gives them an order until then.
    """
    rows = RevocationOrder.objects.filter(certificate__in=[certificate.pk for certificate in affected])
    ordered = frozenset(rows.values_list("certificate_id", flat=True))
    if not ordered:
        return NO_ORDERS
    strays = list(rows.exclude(request__state__in=CARRIED_OUT).values_list("pk", flat=True))
    if strays:
        RevocationOrder.objects.filter(pk__in=strays).update(**BLANK)
    return EarlierOrders(strays, ordered)


def order_revocations(
    request: RevocationRequest, affected: Sequence[Certificate], earlier: EarlierOrders, *, at: datetime
) -> None:
    """Create an order to the authority for each affected certificate; the worker carries them out.

    The request must be saved and its decision recorded: the database accepts no other orders. A certificate that has an
    order of another decided request keeps that one. `earlier`: what `blank_strays` returned.
    """
    begun = {"request": request, "reason": request.reason or 0, "next_attempt_at": at}
    if earlier.strays:
        RevocationOrder.objects.filter(pk__in=earlier.strays).update(state=OrderState.DUE, **begun)
    RevocationOrder.objects.bulk_create(
        RevocationOrder(certificate=c, **begun) for c in affected if c.pk not in earlier.ordered
    )


def given(**which: Any) -> QuerySet[RevocationOrder]:
    """Return the orders of requests that were decided. A stray one does not count (`services.authority.warrants`)."""
    orders: QuerySet[RevocationOrder] = RevocationOrder.objects.filter(request__state__in=CARRIED_OUT, **which)
    return orders
