"""The receipt: what was revoked, who asked, why, on what evidence, who decided, what the authority said, who saw it.

The worker makes it once after *revoked*, as JSON and PDF, and signs each with the portal's key. Its bytes never change.
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
from revocation.services.authority.receipt_facts import facts_of
from revocation.services.authority.receipt_paper import rows_of
from revocation.services.authority.receipt_signing import current_key, sign
from revocation.services.authority.warrants import refuse
from revocation.services.core import clock
from revocation.services.core.events import Entry, record_all

log = logging.getLogger(__name__)

DUE = Q(state=OrderState.PROVEN, receipt_due_at__isnull=False)
WRITTEN_TOGETHER = 10
"""Receipts in one transaction, and in memory."""

TOGETHER = 100
"""Receipts that one look of the worker makes."""

PUT_OFF = timedelta(hours=1)

READ_WITH_IT = (
    "certificate__customer",
    *(
        f"request__{name}"
        for name in ("certificate", "filed_by", "submitted_by", "decided_by", "vouched_by", "first_approved_by")
    ),
)
"""What a receipt speaks of, loaded together with its order."""


def due_receipts(*, at: datetime, limit: int = TOGETHER) -> list[int]:
    """Return proven orders whose receipt is to be made now."""
    due = RevocationOrder.to_receipt.due(at).filter(paper__isnull=True)
    return list(due.order_by("receipt_due_at").values_list("pk", flat=True)[:limit])


def make(order_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Make the receipts of the orders that have none yet, a few in each transaction.

    An order that nothing warrants gets none (L6). Raises `SigningKeyUnreadable`.
    """
    if not order_ids:
        return
    begun, key = time.monotonic(), current_key()
    for start in range(0, len(order_ids), WRITTEN_TOGETHER):
        rows = RevocationOrder.objects.select_related(*READ_WITH_IT).filter(
            pk__in=order_ids[start : start + WRITTEN_TOGETHER]
        )
        dated = at + clock.passed(begun)
        wanting = list(rows.filter(DUE).order_by("pk"))
        refused = refuse(wanting, by=by, at=dated)
        fit = [order for order in wanting if order.pk not in refused]
        made = [receipt for order in fit if (receipt := _made_or_put_off(order, key, at=dated))]
        crash_points.reach(crash_points.BEFORE_RECEIPT)
        _keep(made, by=by, at=dated)
        crash_points.reach(crash_points.AFTER_RECEIPT)


def _made_or_put_off(order: RevocationOrder, key: SigningKey, *, at: datetime) -> Receipt | None:
    """Return the receipt, or put it off if it cannot be made: it holds up no other."""
    try:
        return _made(order, key, at=at)
    except Exception:
        log.exception("the receipt of order %s cannot be made; it is tried again later", order.pk)
        RevocationOrder.objects.filter(DUE, pk=order.pk).update(receipt_due_at=at + PUT_OFF)
        return None


def _made(order: RevocationOrder, key: SigningKey, *, at: datetime) -> Receipt:
    """Make a receipt, outside any transaction: drawing takes longer than writing it."""
    from revocation.letters.receipt import (
        receipt_pdf,  # drawing loads typefaces that other pages and the worker's start do not need
    )

    facts = facts_of(order, at=at, key_id=key.key_id)
    text = json.dumps(facts, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
    pdf = receipt_pdf(facts["request"]["number"], facts["certificate"]["fingerprint_sha256"], rows_of(facts))
    signatures = {"json_signature": sign(text, key), "pdf_signature": sign(pdf, key)}
    return Receipt(revocation=order, made_at=at, json=text, pdf=pdf, key=key, **signatures)


def _keep(made: Sequence[Receipt], *, by: Actor, at: datetime) -> None:
    """Store the receipts. If several workers made the same one, the first is kept."""
    papers = {receipt.revocation_id: receipt for receipt in made}
    with transaction.atomic():
        orders = RevocationOrder.objects.select_for_update(of=("self",)).select_related("request", "certificate")
        wanting = list(orders.filter(DUE, pk__in=papers).order_by("pk"))
        Receipt.objects.bulk_create(papers[order.pk] for order in wanting)
        RevocationOrder.objects.filter(pk__in=[order.pk for order in wanting]).update(receipt_due_at=None)
        entries = [Entry(EventKind.RECEIPT_MADE, order.certificate, order.request) for order in wanting]
        record_all(entries, by=by, at=at)
        crash_points.reach(crash_points.IN_RECEIPT)
