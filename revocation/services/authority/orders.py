"""What dispatch, publication checks and reconciliation share about orders: locks, the form for drivers, events."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from revocation.authorities.interface import RevocationInstruction
from revocation.models import Actor, EventKind, OrderState, RevocationOrder
from revocation.services.authority.order_rows import OrderRow
from revocation.services.core.chains import Issuers
from revocation.services.core.events import record


def by_authority(orders: QuerySet[RevocationOrder], limit: int) -> dict[str, list[int]]:
    """Return at most `limit` of the orders for each authority that has some."""
    slugs = orders.order_by().values_list("certificate__authority", flat=True).distinct()
    numbers = orders.values_list("pk", flat=True)
    return {slug: list(numbers.filter(certificate__authority=slug)[:limit]) for slug in slugs}


def locked_order(order_id: int) -> RevocationOrder:
    """Return the order, its row locked until the transaction ends."""
    rows = RevocationOrder.objects.select_for_update(of=("self",)).select_related("request", "certificate")
    order: RevocationOrder = rows.get(pk=order_id)
    return order


def locked_orders(order_ids: Collection[int]) -> list[RevocationOrder]:
    """Lock and return several orders in one query.

    The order of the locks is always the same, so that two transactions do not wait for each other.
    """
    rows = RevocationOrder.objects.select_for_update(of=("self",)).select_related("request", "certificate")
    return list(rows.filter(pk__in=order_ids).order_by("pk"))


def is_over(order: RevocationOrder | OrderRow) -> bool:
    """Return whether the authority's confirmation is kept already.

    Another worker whose lease overlapped may have recorded it, or a comparison that saw the revocation published.
    """
    return order.state in (OrderState.CONFIRMED, OrderState.PROVEN)


def is_of_its_certificate(order: RevocationOrder) -> bool:
    """Return whether the bytes that would be sent are those that were imported."""
    digest = hashlib.sha256(bytes(order.certificate.bytes.der)).hexdigest()
    return digest == order.certificate.fingerprint.lower()


def order_for(order: RevocationOrder, reason: int, issuers: Issuers | None = None) -> RevocationInstruction:
    """Return the order as drivers take it. `issuers`: shared by several orders, so that each issuer is read once."""
    der = bytes(order.certificate.bytes.der)
    return instruction_for(order, reason, der=der, issuer_der=(issuers or Issuers()).of(der))


def instruction_for(
    order: RevocationOrder | OrderRow, reason: int, *, der: bytes, issuer_der: bytes | None
) -> RevocationInstruction:
    """Return the order as drivers take it, with the bytes of its certificate and of that certificate's issuer."""
    return RevocationInstruction(
        certificate_der=der,
        issuer_der=issuer_der,
        serial_number=int(order.certificate.serial_number, 16),
        reason=reason,
        key=f"revocation-{order.pk}",
        recorded_by_hand=order.recorded_by_hand_at is not None,
    )


def record_of(order: RevocationOrder, kind: EventKind, *, by: Actor, at: datetime, **more: Any) -> None:
    """Record an event about the order's certificate and request; `more` as for `record`."""
    record(kind, by=by, at=at, certificate=order.certificate, request=order.request, **more)
