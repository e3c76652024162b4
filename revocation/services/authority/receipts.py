"""The receipt: what was revoked, who asked, why, on what evidence, who decided, what the authority said, who saw it.

The worker makes it once after *revoked*, as JSON, and signs it with the portal's key. Its bytes never change. The PDF
is drawn from it when somebody asks (`receipt_drawing`).
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from revocation import crash_points
from revocation.models import Actor, EventKind, OrderState, Receipt, RevocationOrder, SigningKey
from revocation.services.authority.receipt_facts import Facts, Sources, facts_of, sources_of
from revocation.services.authority.receipt_signing import current_key, sign
from revocation.services.authority.warrants import refuse
from revocation.services.core import clock
from revocation.services.core.events import Entry, record_all

log = logging.getLogger(__name__)

DUE = Q(state=OrderState.PROVEN, receipt_due_at__isnull=False)
TOGETHER = 100
"""Receipts that one look of the worker makes, in one transaction."""

PUT_OFF = timedelta(hours=1)

READ_WITH_IT = (
    "certificate__customer",
    *(f"request__{who}" for who in ("filed_by", "submitted_by", "decided_by", "vouched_by", "first_approved_by")),
)
"""Who a receipt speaks of: read for all orders together, and each customer and person once."""


def due_receipts(*, at: datetime, limit: int = TOGETHER) -> list[int]:
    """Return proven orders whose receipt is to be made now."""
    due = RevocationOrder.to_receipt.due(at).filter(paper__isnull=True)
    return list(due.order_by("receipt_due_at").values_list("pk", flat=True)[:limit])


def make(order_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Make the receipts of the orders that have none yet, `TOGETHER` in each transaction.

    The number of queries does not grow with the number of receipts in one transaction. An order that nothing warrants
    gets none (L6). Raises `SigningKeyUnreadable`.
    """
    if not order_ids:
        return
    begun, key = time.monotonic(), current_key()
    for start in range(0, len(order_ids), TOGETHER):
        dated = at + clock.passed(begun)
        orders = _wanting(order_ids[start : start + TOGETHER])
        refused = refuse(orders, by=by, at=dated)
        fit = [order for order in orders if order.pk not in refused]
        sources = sources_of(fit)
        made = [receipt for order in fit if (receipt := _made_or_put_off(order, sources, key, at=dated))]
        crash_points.reach(crash_points.BEFORE_RECEIPT)
        _keep(made, by=by, at=dated)
        crash_points.reach(crash_points.AFTER_RECEIPT)


def _wanting(order_ids: Sequence[int]) -> list[RevocationOrder]:
    rows = RevocationOrder.objects.select_related("certificate", "request").prefetch_related(*READ_WITH_IT)
    return list(rows.filter(DUE, pk__in=order_ids).order_by("pk"))


def _made_or_put_off(order: RevocationOrder, sources: Sources, key: SigningKey, *, at: datetime) -> Receipt | None:
    """Return the receipt, or put it off if it cannot be made: it holds up no other."""
    try:
        return _made(order, sources, key, at=at)
    except Exception:
        log.exception("the receipt of order %s cannot be made; it is tried again later", order.pk)
        RevocationOrder.objects.filter(DUE, pk=order.pk).update(receipt_due_at=at + PUT_OFF)
        return None


def _made(order: RevocationOrder, sources: Sources, key: SigningKey, *, at: datetime) -> Receipt:
    """Make a receipt, outside any transaction: signing takes longer than writing it."""
    facts = facts_of(order, sources, at=at, key_id=key.key_id)
    text = as_json(facts)
    return Receipt(revocation=order, made_at=at, json=text, json_signature=sign(text, key), key=key)


def as_json(facts: Facts) -> bytes:
    """Return the receipt as JSON, a line for each of its parts.

    Python writes indented JSON without its accelerator, which takes longer than everything else about a receipt.
    """
    parts = (f"  {json.dumps(part)}: {_line(facts[part])}" for part in sorted(facts))
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _keep(made: Sequence[Receipt], *, by: Actor, at: datetime) -> None:
    """Store the receipts. If several workers made the same one, the first is kept."""
    papers = {receipt.revocation_id: receipt for receipt in made}
    with transaction.atomic():
        due = RevocationOrder.objects.select_for_update(of=("self",)).filter(DUE, pk__in=papers).order_by("pk")
        wanting = list(due.values_list("pk", flat=True))
        Receipt.objects.bulk_create(papers[order_id] for order_id in wanting)
        RevocationOrder.objects.filter(pk__in=wanting).update(receipt_due_at=None)
        orders = [papers[order_id].revocation for order_id in wanting]
        entries = [Entry(EventKind.RECEIPT_MADE, order.certificate, order.request) for order in orders]
        record_all(entries, by=by, at=at)
        crash_points.reach(crash_points.IN_RECEIPT)
