"""What carrying out many orders reads of each: a tuple of some columns instead of three wide rows.

The names are those of the models, so whoever judges an order (`warrants`) takes either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Model

from revocation import policy
from revocation.models import Certificate, CertificateBytes, RevocationOrder, RevocationRequest


class CertificateRow(NamedTuple):
    """The certificate of an order."""

    pk: int
    state: str
    customer_id: int
    fingerprint: str
    serial_number: str
    authority: str
    reissued_from_id: int | None

    @property
    def reissued_from(self) -> Certificate | None:
        """The certificate from which it was made. It takes a query."""
        return Certificate.objects.filter(pk=self.reissued_from_id).first() if self.reissued_from_id else None


class RequestRow(NamedTuple):
    """The request of an order, with what its decision rests on."""

    pk: int
    state: str
    certificate_id: int
    route: str
    submitted_at: datetime | None
    approvals_needed: int
    proof_waived: bool
    decided_at: datetime | None
    decided_by_id: int | None
    first_approved_by_id: int | None
    vouched_by_id: int | None
    filed_by_id: int
    submitted_by_id: int | None
    proven_at: datetime | None

    @property
    def number(self) -> str:
        number: str = RevocationRequest.number_of(self.pk)
        return number

    @property
    def needs(self) -> policy.RouteNeeds:
        return policy.NEEDS[policy.Route(self.route)]


class OrderRow(NamedTuple):
    """One order."""

    pk: int
    state: str
    reason: int
    reason_sent: int | None
    recorded_by_hand_at: datetime | None
    confirmed_at: datetime | None
    revoked_at: datetime | None
    reason_confirmed: int | None
    looks: int
    next_look_at: datetime | None
    visible_by: datetime | None
    late_told_at: datetime | None
    proven_at: datetime | None
    receipt_due_at: datetime | None
    message: str
    message_code: str
    request: RequestRow
    certificate: CertificateRow

    @property
    def request_id(self) -> int:
        return self.request.pk

    @property
    def certificate_id(self) -> int:
        return self.certificate.pk


OWN = OrderRow._fields[:-2]
COLUMNS = (
    *OWN,
    *(f"request__{name}" for name in RequestRow._fields),
    *(f"certificate__{name}" for name in CertificateRow._fields),
)
REQUEST, CERTIFICATE = len(OWN), len(OWN) + len(RequestRow._fields)


def read_orders(order_ids: Collection[int]) -> list[OrderRow]:
    """Return what is there now of these orders, in the order of their keys."""
    rows = RevocationOrder.objects.filter(pk__in=order_ids).order_by("pk").values_list(*COLUMNS)
    return [_row(values) for values in rows]


def lock_orders(order_ids: Collection[int]) -> list[OrderRow]:
    """Lock these orders, their requests and their certificates until the transaction ends; return what is there.

    The order of the locks is always the same, so that two transactions do not wait for each other. (SQLite locks the
    whole database.)
    """
    if connection.features.has_select_for_update:
        orders = RevocationOrder.objects.select_for_update(of=("self",)).filter(pk__in=order_ids).order_by("pk")
        found = list(orders.values_list("request_id", "certificate_id"))
        _lock(RevocationRequest, {request for request, _ in found})
        _lock(Certificate, {certificate for _, certificate in found})
    return read_orders(order_ids)


def _lock(model: type[Model], pks: Collection[int]) -> None:
    list(model._base_manager.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk").values_list("pk"))


def bytes_of(orders: Iterable[OrderRow]) -> dict[int, bytes]:
    """Return by certificate its DER, for those that are not deleted (M6)."""
    kept = CertificateBytes.objects.filter(certificate__in=[order.certificate_id for order in orders])
    return {pk: bytes(der) for pk, der in kept.values_list("certificate_id", "der")}


def subjects(orders: Collection[OrderRow]) -> dict[int, CertificateRow]:
    """Return the certificates that the orders' requests are about, by key. An order may be for a reissue (N2)."""
    known = {order.certificate_id: order.certificate for order in orders}
    missing = {order.request.certificate_id for order in orders} - known.keys()
    if missing:
        rows = Certificate.objects.filter(pk__in=missing).values_list(*CertificateRow._fields)
        known |= {row.pk: row for row in map(CertificateRow._make, rows)}
    return known


def _row(values: tuple[Any, ...]) -> OrderRow:
    certificate, request = CertificateRow(*values[CERTIFICATE:]), RequestRow(*values[REQUEST:CERTIFICATE])
    return OrderRow._make((*values[:REQUEST], request, certificate))
