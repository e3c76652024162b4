"""What telling, looking and comparing share about orders: locking one, how drivers take it, what is recorded of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from revocation.authorities.interface import RevocationOrder
from revocation.models import Actor, EventKind, OrderState, Revocation
from revocation.services.chains import Issuers
from revocation.services.recording import record


def by_authority(orders: QuerySet[Revocation], limit: int) -> dict[str, list[int]]:
    """At most `limit` of the orders for each authority that has some."""
    slugs = orders.order_by().values_list("certificate__authority", flat=True).distinct()
    numbers = orders.values_list("pk", flat=True)
    return {slug: list(numbers.filter(certificate__authority=slug)[:limit]) for slug in slugs}


def locked_order(order_id: int) -> Revocation:
    """The order, its row locked until the transaction ends."""
    rows = Revocation.objects.select_for_update(of=("self",)).select_related("request", "certificate")
    order: Revocation = rows.get(pk=order_id)
    return order


def locked_orders(order_ids: Collection[int]) -> list[Revocation]:
    """Several at once, in one query and always in the same order, so that two that lock do not wait for each other."""
    rows = Revocation.objects.select_for_update(of=("self",)).select_related("request", "certificate")
    return list(rows.filter(pk__in=order_ids).order_by("pk"))


def is_over(order: Revocation) -> bool:
    """The authority's confirmation is kept: by another worker, whose lease overlapped, or because the world says it."""
    return order.state in (OrderState.CONFIRMED, OrderState.PROVEN)


def order_for(order: Revocation, reason: int, issuers: Issuers | None = None) -> RevocationOrder:
    """The order as drivers take it. `issuers`: where several are made, so that each issuer is read once."""
    der = bytes(order.certificate.bytes.der)
    return RevocationOrder(
        certificate_der=der,
        issuer_der=(issuers or Issuers()).of(der),
        serial_number=int(order.certificate.serial_number, 16),
        reason=reason,
        key=f"revocation-{order.pk}",
        recorded_by_hand=order.recorded_by_hand_at is not None,
    )


def record_of(order: Revocation, kind: EventKind, *, by: Actor, at: datetime, **more: Any) -> None:
    """An event about the order's certificate and request; `more` as for `record`."""
    record(kind, by=by, at=at, certificate=order.certificate, request=order.request, **more)
