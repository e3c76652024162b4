"""L6: what warrants an order to an authority, and what becomes of one that nothing warrants.

The database refuses such an order (`revocation.guards`). Whoever carries orders out asks here again. So an order that
got past the database (a restored backup, a trigger switched off) is not sent, is not believed and gets no receipt. The
check here covers more than the database knows: the event of the decision, by the person who decided.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from revocation.messages import Message, kept
from revocation.models import (
    Actor,
    Certificate,
    Event,
    EventKind,
    NameProof,
    RequestState,
    RevocationOrder,
    RevocationRequest,
)
from revocation.models.request.desk import CARRIED_OUT
from revocation.policy import Route
from revocation.services.authority.order_rows import CertificateRow, OrderRow, RequestRow
from revocation.services.authority.orders import locked_orders, record_of
from revocation.services.core.ordering import REVOKES

log = logging.getLogger(__name__)

GROUNDS = (EventKind.APPROVED, EventKind.PROVEN, EventKind.SUBMITTED, EventKind.KEY_PROVEN)


Order = RevocationOrder | OrderRow
Request = RevocationRequest | RequestRow


class Ground(NamedTuple):
    """The event that led to *approved*: its kind, who did it, and what it revokes (None: of an earlier release)."""

    kind: str
    by: int | None
    revokes: tuple[str, ...] | None


def unwarranted(orders: Iterable[Order]) -> dict[int, Message]:
    """Return the keys of the orders that nothing warrants, each with a sentence that says what is missing.

    It takes one query for all of them, another one where names had to be proven, and one a generation for a reissue.
    `request` and `certificate` should be loaded.
    """
    orders = list(orders)
    requests = {order.request_id: order.request for order in orders}
    grounds = _grounds(requests)
    unproven = _unproven(requests.values())
    found = {order.pk: _why_not(order, grounds.get(order.request_id, set()), unproven) for order in orders}
    return {pk: why for pk, why in found.items() if why is not None}


def refuse(orders: Iterable[Order], *, by: Actor, at: datetime) -> set[int]:
    """Set aside the orders that nothing warrants; return their keys."""
    refused = set(unwarranted(orders))
    if refused:
        set_aside(refused, by=by, at=at)
    return refused


def set_aside(order_ids: set[int], *, by: Actor, at: datetime) -> None:
    """Stop all work on these orders, and notify staff once.

    They are checked again under the lock: one that was decided in the meantime stays.
    """
    with transaction.atomic():
        orders = locked_orders(order_ids)
        why = unwarranted(orders)
        for order in orders:
            if order.pk not in why or order.is_set_aside:
                continue
            log.error("order %s is not carried out: %s", order.pk, why[order.pk])
            claimed = {"state": order.state, "reason": order.reason, "receipt": order.receipt}
            _let_lie(order, why[order.pk])
            data = kept(why[order.pk]) | {"claimed": claimed}
            record_of(order, EventKind.ORDER_REFUSED, by=by, at=at, why=why[order.pk].in_english, data=data)


def _let_lie(order: RevocationOrder, why: Message) -> None:
    """Set the order aside, or only clear its plans if the database refuses that.

    The database knows less than is asked here and may hold the row to be proven. Such a row keeps what it claims.
    """
    try:
        with transaction.atomic():
            order.set_aside(words=why)
            order.save()
    except IntegrityError:
        plans = ("next_attempt_at", "lease_until", "next_look_at", "receipt_due_at")
        RevocationOrder.objects.filter(pk=order.pk).update(**dict.fromkeys(plans))


def _grounds(request_ids: Iterable[int]) -> dict[int, set[Ground]]:
    events = Event.objects.filter(request_id__in=list(request_ids), kind__in=GROUNDS, after=RequestState.APPROVED)
    found: dict[int, set[Ground]] = {}
    for request_id, kind, actor_id, data in events.values_list("request_id", "kind", "actor_id", "data"):
        found.setdefault(request_id or 0, set()).add(Ground(kind, actor_id, _named(data)))
    return found


def _named(data: Any) -> tuple[str, ...] | None:
    """Return the certificates that an event names. Odd data names none (C5): its order is refused, and no other."""
    if isinstance(data, dict) and REVOKES not in data:
        return None
    named = data.get(REVOKES) if isinstance(data, dict) else None
    return tuple(map(str, named)) if isinstance(named, list) else ()


def _unproven(requests: Iterable[Request]) -> set[int]:
    """Return the requests that needed proofs and have a name that is not proven, or no name at all."""
    proving = {request.pk for request in requests if request.needs.ownership and not request.proof_waived}
    if not proving:
        return set()
    proofs = NameProof.objects.filter(request__in=proving).values_list("request", "proven_at")
    proven: dict[int, bool] = {}
    for request_id, proven_at in proofs:
        proven[request_id] = proven.get(request_id, True) and proven_at is not None
    return {pk for pk in proving if not proven.get(pk, False)}


def _why_not(order: Order, grounds: set[Ground], unproven: set[int]) -> Message | None:
    request = order.request
    named = {"request": request.number, "state": str(request.state)}
    if request.state not in CARRIED_OUT or request.submitted_at is None:
        return Message("authority.order_undecided", named)
    if not _rests_on(request, grounds) or request.pk in unproven:
        return Message("authority.order_without_grounds", named)
    if not (_in_family(order.certificate, request.certificate_id) and _is_named(order.certificate, grounds)):
        return Message("authority.order_of_another", named)
    return None


def _rests_on(request: Request, grounds: set[Ground]) -> bool:
    """Return whether the request says on what it was approved, and an event says the same."""
    kinds = {ground.kind for ground in grounds}
    if request.needs.review:
        return _was_decided(request) and (EventKind.APPROVED, request.decided_by_id) in {
            (ground.kind, ground.by) for ground in grounds
        }
    if request.needs.key:
        return request.proven_at is not None and EventKind.KEY_PROVEN in kinds
    if request.proof_waived:
        return EventKind.SUBMITTED in kinds
    return request.proven_at is not None and EventKind.PROVEN in kinds


def _was_decided(request: Request) -> bool:
    """R3: return whether somebody without a part in it decided, after whatever else had to come first."""
    parts = {request.filed_by_id, request.submitted_by_id, request.vouched_by_id}
    first = request.approvals_needed < 2 or request.first_approved_by_id not in {None, request.decided_by_id}
    vouched = request.route != Route.A1 or request.vouched_by_id is not None
    return request.decided_at is not None and request.decided_by_id not in {None, *parts} and first and vouched


def _is_named(certificate: Certificate | CertificateRow, grounds: set[Ground]) -> bool:
    """Return whether the decision names the certificate.

    A reissue that was excluded, or came later, is of the family and yet not decided on.
    """
    return any(ground.revokes is None or certificate.fingerprint in ground.revokes for ground in grounds)


def _in_family(certificate: Certificate | CertificateRow, subject_id: int) -> bool:
    """N2: return whether it is the request's own certificate, or made from it through any number of reissues.

    It takes one query a generation.
    """
    seen: set[int] = set()
    parent: Certificate | CertificateRow | None = certificate
    while parent is not None and parent.pk not in seen:
        if parent.pk == subject_id:
            return True
        seen.add(parent.pk)
        parent = parent.reissued_from
    return False
