"""M5: recording what a look found, place by place. The first place that shows it makes the certificate *revoked*.

Several orders are written in one transaction. They are read at once and locked in the order of their keys (orders, then
requests, then certificates), and their events are written at once. A crash before its end changes nothing, and the
orders are looked for again.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from revocation import crash_points
from revocation.authorities.looking import Observation
from revocation.authorities.messages import HINDRANCES
from revocation.messages import Words, in_english, kept
from revocation.models import (
    Actor,
    Certificate,
    CertificateState,
    EventKind,
    OrderState,
    ProvenThrough,
    RequestState,
    RevocationOrder,
    RevocationRequest,
    Seen,
    StatusObservation,
)
from revocation.outbound.url import MAX_LENGTH
from revocation.pki.status import CrlSighting
from revocation.services.authority.orders import locked_orders
from revocation.services.core.backoff import Pauses
from revocation.services.core.events import Entry, record_all
from revocation.services.core.transitions import (
    locked_certificates,
    locked_requests,
    refuse_unless_possible,
)

log = logging.getLogger(__name__)

WRITTEN_TOGETHER = 20
"""Orders in one transaction. It is short enough that other writers wait for milliseconds only."""

PAUSES = Pauses.of_seconds(1, 1, 2, 4, 8, 15, 30, 60, 300, 900, 3600)
KEEP_LOOKING = timedelta(days=7)
"""How long after the proof the other places are still looked at."""


@dataclass(frozen=True)
class Proof:
    """The proof that makes it *revoked*: through what, and since when and why as far as that is known from there."""

    through: ProvenThrough
    revoked_at: datetime | None
    reason: int | None


@dataclass(frozen=True)
class Looked:
    """All that one look found. `own_words`: the proof where there was no place to look at. `problem`: why nobody
    could look (C5)."""

    places: Sequence[Observation] = ()
    own_words: Proof | None = None
    problem: Words = ""

    @property
    def proof(self) -> Proof | None:
        for place in self.places:
            if place.is_final and place.said and place.said.revoked_at:
                return Proof(ProvenThrough.SIGHTING, place.said.revoked_at, place.said.reason)
        return self.own_words


def write(found: Mapping[int, Looked], *, by: Actor, at: datetime) -> None:
    """Write down what the look found for each order, some in a transaction. One that fails holds up no other."""
    ids = sorted(found)
    for start in range(0, len(ids), WRITTEN_TOGETHER):
        some = {pk: found[pk] for pk in ids[start : start + WRITTEN_TOGETHER]}
        try:
            _write(some, by=by, at=at)
        except Exception:
            log.exception("what was seen of orders %s is written one by one", list(some))
            _write_singly(some, by=by, at=at)
        crash_points.reach(crash_points.BETWEEN_SIGHTINGS)


def _write_singly(found: Mapping[int, Looked], *, by: Actor, at: datetime) -> None:
    for pk, looked in found.items():
        try:
            _write({pk: looked}, by=by, at=at)
        except Exception:
            log.exception("what was seen of order %s cannot be written; it is looked for again later", pk)
            _put_off(pk, at=at)


def _put_off(order_id: int, *, at: datetime) -> None:
    """Put the next look off by the pause that its looks so far give, but not before the claim has run out."""
    order = RevocationOrder.objects.filter(pk=order_id, next_look_at__isnull=False).first()
    if order is not None and order.next_look_at is not None:
        later = max(order.next_look_at, at + PAUSES.after(order.looks))
        RevocationOrder.objects.filter(pk=order_id).update(next_look_at=later)


def _write(found: Mapping[int, Looked], *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        orders = locked_orders(found.keys())
        entries, unseen = _note_places(orders, found, at=at)
        proven = [order for order in orders if found[order.pk].proof and order.state == OrderState.CONFIRMED]
        requests = locked_requests({order.request_id for order in proven})
        certificates = {row.pk: row for row in locked_certificates({order.certificate_id for order in proven})}
        for order in proven:
            proof = found[order.pk].proof
            if proof:
                order.prove(at=at, through=proof.through)
        for order in orders:
            entries += _after_the_look(order, found[order.pk], unseen[order.pk], at=at)
            order.save()
        for order in proven:
            entries += _revoke(order, certificates[order.certificate_id], found[order.pk].proof)
        entries += _finish(requests, by=by, at=at)
        record_all(entries, by=by, at=at)
        crash_points.reach(crash_points.IN_SIGHTING)


def _note_places(
    orders: Sequence[RevocationOrder], found: Mapping[int, Looked], *, at: datetime
) -> tuple[list[Entry], dict[int, list[StatusObservation]]]:
    """Note what each place says now; return the events, and by order the places that do not show it yet."""
    rows = {
        (row.revocation_id, row.place, row.url): row for row in StatusObservation.objects.filter(revocation__in=orders)
    }
    entries: list[Entry] = []
    looked_at: list[StatusObservation] = []
    for order in orders:
        for place in found[order.pk].places:
            key = (order.pk, place.kind, url := _address_kept(place.url))
            row = rows.setdefault(key, StatusObservation(revocation=order, place=place.kind, url=url))
            if _note(row, place, at=at):
                entries.append(_entry(EventKind.SEEN, order, data=_seen(row)))
            looked_at.append(row)
    StatusObservation.objects.bulk_create(row for row in looked_at if row.pk is None)
    StatusObservation.objects.bulk_update([row for row in looked_at if row.pk is not None], SAYS)
    unseen = {
        order.pk: [row for key, row in rows.items() if key[0] == order.pk and not row.seen_at] for order in orders
    }
    return entries, unseen


SAYS = (
    *("looked_at", "seen_at", "outcome", "problem", "problem_code", "problem_params"),
    *("revoked_at", "reason", "this_update", "next_update", "crl_number"),
)


def _address_kept(url: str) -> str:
    """Return the address to keep. One too long to fetch is cut, since an index of PostgreSQL keeps 2700 bytes."""
    if len(url) <= MAX_LENGTH:
        return url
    return f"{url[: MAX_LENGTH // 2]}… (SHA-256 {hashlib.sha256(url.encode()).hexdigest()})"


def _note(row: StatusObservation, place: Observation, *, at: datetime) -> bool:
    """Note what the place says; return whether it shows the revocation for the first time.

    What was noted at the first time stays as it was.
    """
    row.looked_at = at
    if row.seen_at is not None:
        return False
    row.outcome, row.problem = _outcome(place), in_english(place.failure)
    own = kept(place.failure)
    row.problem_code, row.problem_params = own.get("code", ""), own.get("params", {})
    if place.said:
        row.revoked_at, row.reason = place.said.revoked_at, place.said.reason
        row.this_update, row.next_update = place.said.this_update, place.said.next_update
        row.crl_number = _crl_number(place)
    row.seen_at = at if place.is_final else None
    return place.is_final


def _outcome(place: Observation) -> Seen:
    if place.said is None:
        return Seen.UNREADABLE
    return Seen.YES if place.is_final else Seen.NOT_YET


def _crl_number(place: Observation) -> str:
    number = place.said.crl_number if isinstance(place.said, CrlSighting) else None
    return "" if number is None else str(number)


def _seen(row: StatusObservation) -> dict[str, Any]:
    return {"place": row.place, "url": row.url, "crl_number": row.crl_number, "reason": row.reason}


def _entry(kind: EventKind, order: RevocationOrder, **more: Any) -> Entry:
    return Entry(kind, order.certificate, order.request, **more)


def _revoke(order: RevocationOrder, certificate: Certificate, proof: Proof | None) -> list[Entry]:
    """Mark the certificate *revoked*, unless it was revoked elsewhere before the order was given."""
    if proof is None or certificate.state != CertificateState.REVOKING:
        return []
    before = certificate.state
    certificate.confirm_revoked(revoked_at=proof.revoked_at, reason=proof.reason)
    certificate.save()
    data = {"asked_for": order.reason, "reason": proof.reason, "proven_through": proof.through}
    return [_entry(EventKind.CERTIFICATE_REVOKED, order, before=before, after=certificate.state, data=data)]


def _finish(requests: Sequence[RevocationRequest], *, by: Actor, at: datetime) -> list[Entry]:
    """Finish the requests of which every order is proven now; return their events."""
    orders = RevocationOrder.objects.filter(request__in=requests).exclude(state=OrderState.PROVEN)
    unfinished = set(orders.values_list("request", flat=True)) if requests else set()
    entries = []
    for request in requests:
        if request.pk in unfinished or request.state != RequestState.REVOKING:
            continue
        refuse_unless_possible(request, "finish", by)
        before = request.state
        request.finish(at=at)
        request.save()
        entries.append(Entry(EventKind.REVOKED, request.certificate, request, before=before, after=request.state))
    return entries


def _after_the_look(
    order: RevocationOrder, looked: Looked, unseen: Sequence[StatusObservation], *, at: datetime
) -> list[Entry]:
    """Set when to look next and when to make the receipt; return an event for staff, once, that it is late.

    It is late when the time is over and it is not proven, or one of the places does not show it.
    """
    wanting = order.state != OrderState.PROVEN or (bool(looked.places) and bool(unseen))  # no bytes: no more to find
    entries = []
    if wanting and not order.late_told_at and order.visible_by is not None and at >= order.visible_by:
        order.late_told_at = at
        places = [{"url": row.url, "problem": row.problem} for row in unseen]
        data = {"places": places, "problem": in_english(looked.problem)}
        entries.append(_entry(EventKind.SIGHTING_LATE, order, data=data))
    _say_what_hinders(order, looked)
    order.next_look_at = _next_look(order, at) if wanting else None
    if order.receipt_due_at and not wanting:
        order.receipt_due_at = min(order.receipt_due_at, at)
    return entries


def _say_what_hinders(order: RevocationOrder, looked: Looked) -> None:
    """Note in the order, for staff, why it cannot be looked for; clear that when it can. Other words stay."""
    if looked.problem and not order.message:
        order.say(looked.problem)
    elif not looked.problem and order.message_code in HINDRANCES:
        order.say("")


def _next_look(order: RevocationOrder, at: datetime) -> datetime | None:
    """Return when to look next; None when nothing is left to look for, or it was looked for long enough."""
    if order.state not in (OrderState.CONFIRMED, OrderState.PROVEN):
        return None
    if order.proven_at and at >= order.proven_at + KEEP_LOOKING:
        return None
    wanted = at + PAUSES.after(order.looks)
    if order.visible_by and at < order.visible_by:
        return min(wanted, order.visible_by)
    return wanted
