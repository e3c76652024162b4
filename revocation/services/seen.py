"""M5: what a look found is written down, each place for itself; the first sighting makes the certificate *revoked*.

Several orders are written in one transaction: read at once, locked in the order of their keys (orders, then requests,
then certificates), their events written at once. A crash before its end leaves the world as it was, and the orders are
looked for again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django_fsm import ConcurrentTransition

from revocation import faults
from revocation.authorities.looking import Observation
from revocation.authorities.sayings import kept
from revocation.models import (
    Actor,
    Certificate,
    CertificateState,
    EventKind,
    OrderState,
    ProvenThrough,
    RequestState,
    Revocation,
    RevocationRequest,
    Seen,
    Sighting,
)
from revocation.pki.status import CrlSighting
from revocation.services.orders import locked_orders
from revocation.services.pauses import growing, seconds
from revocation.services.recording import Entry, record_all
from revocation.services.transitions import (
    ActorRefused,
    TransitionRefused,
    locked_certificates,
    locked_requests,
    refuse_unless_possible,
)

log = logging.getLogger(__name__)

WRITTEN_TOGETHER = 20
"""Orders in one transaction: short enough that others who write wait for milliseconds."""

PAUSES = seconds(1, 1, 2, 4, 8, 15, 30, 60, 300, 900, 3600)
KEEP_LOOKING = timedelta(days=7)
"""How long after the proof the other places are still looked at."""

CANNOT_BE_WRITTEN = (DatabaseError, ConcurrentTransition, TransitionRefused, ActorRefused)


@dataclass(frozen=True)
class Proof:
    """What makes it *revoked*: through what, since when and why as far as that is known from there."""

    through: ProvenThrough
    revoked_at: datetime | None
    reason: int | None


@dataclass(frozen=True)
class Looked:
    """All that one look found. `own_words`: the proof where there was no place to look at."""

    places: Sequence[Observation] = ()
    own_words: Proof | None = None

    @property
    def proof(self) -> Proof | None:
        for place in self.places:
            if place.is_final and place.said and place.said.revoked_at:
                return Proof(ProvenThrough.SIGHTING, place.said.revoked_at, place.said.reason or 0)
        return self.own_words


def write(found: Mapping[int, Looked], *, by: Actor, at: datetime) -> None:
    """Order → what its look found, some of them a transaction. One that cannot be written holds up no other."""
    ids = sorted(found)
    for start in range(0, len(ids), WRITTEN_TOGETHER):
        some = {pk: found[pk] for pk in ids[start : start + WRITTEN_TOGETHER]}
        try:
            _write(some, by=by, at=at)
        except CANNOT_BE_WRITTEN:
            log.exception("what was seen of orders %s is written one by one", list(some))
            _write_singly(some, by=by, at=at)
        faults.point(faults.BETWEEN_SIGHTINGS)


def _write_singly(found: Mapping[int, Looked], *, by: Actor, at: datetime) -> None:
    for pk, looked in found.items():
        try:
            _write({pk: looked}, by=by, at=at)
        except CANNOT_BE_WRITTEN:
            log.exception("what was seen of order %s cannot be written; it is looked for again later", pk)


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
        faults.point(faults.IN_SIGHTING)


def _note_places(
    orders: Sequence[Revocation], found: Mapping[int, Looked], *, at: datetime
) -> tuple[list[Entry], dict[int, list[Sighting]]]:
    """What each place says now, and by order those at which it is not seen yet."""
    rows = {(row.revocation_id, row.place, row.url): row for row in Sighting.objects.filter(revocation__in=orders)}
    entries: list[Entry] = []
    looked_at: list[Sighting] = []
    for order in orders:
        for place in found[order.pk].places:
            key = (order.pk, place.kind, place.url)
            row = rows.setdefault(key, Sighting(revocation=order, place=place.kind, url=place.url))
            if _note(row, place, at=at):
                entries.append(_entry(EventKind.SEEN, order, data=_seen(row)))
            looked_at.append(row)
    Sighting.objects.bulk_create(row for row in looked_at if row.pk is None)
    Sighting.objects.bulk_update([row for row in looked_at if row.pk is not None], SAYS)
    unseen = {
        order.pk: [row for key, row in rows.items() if key[0] == order.pk and not row.seen_at] for order in orders
    }
    return entries, unseen


SAYS = (
    *("looked_at", "seen_at", "outcome", "problem", "problem_code", "problem_params"),
    *("revoked_at", "reason", "this_update", "next_update", "crl_number"),
)


def _note(row: Sighting, place: Observation, *, at: datetime) -> bool:
    """Once it was seen there, the first sighting stays as it was. Returns whether this is the first."""
    row.looked_at = at
    if row.seen_at is not None:
        return False
    row.outcome, row.problem = _outcome(place), str(place.failure)
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


def _seen(row: Sighting) -> dict[str, Any]:
    return {"place": row.place, "url": row.url, "crl_number": row.crl_number, "reason": row.reason}


def _entry(kind: EventKind, order: Revocation, **more: Any) -> Entry:
    return Entry(kind, order.certificate, order.request, **more)


def _revoke(order: Revocation, certificate: Certificate, proof: Proof | None) -> list[Entry]:
    """Not where it was revoked elsewhere before the order was given."""
    if proof is None or certificate.state != CertificateState.REVOKING:
        return []
    before = certificate.state
    certificate.confirm_revoked(revoked_at=proof.revoked_at, reason=proof.reason)
    certificate.save()
    data = {"asked_for": order.reason, "reason": proof.reason, "proven_through": proof.through}
    return [_entry(EventKind.CERTIFICATE_REVOKED, order, before=before, after=certificate.state, data=data)]


def _finish(requests: Sequence[RevocationRequest], *, by: Actor, at: datetime) -> list[Entry]:
    """Requests of which every order is proven now."""
    orders = Revocation.objects.filter(request__in=requests).exclude(state=OrderState.PROVEN)
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


def _after_the_look(order: Revocation, looked: Looked, unseen: Sequence[Sighting], *, at: datetime) -> list[Entry]:
    """When to look next and to make the receipt; once, to staff, that it is late: the time is over, and it is not
    proven, or one of the places does not say it."""
    wanting = order.state != OrderState.PROVEN or (bool(looked.places) and bool(unseen))  # no bytes: no more to find
    entries = []
    if wanting and not order.late_told_at and order.visible_by is not None and at >= order.visible_by:
        order.late_told_at = at
        places = [{"url": row.url, "problem": row.problem} for row in unseen]
        entries.append(_entry(EventKind.SIGHTING_LATE, order, data={"places": places}))
    order.next_look_at = _next_look(order, at) if wanting else None
    if order.receipt_due_at and not wanting:
        order.receipt_due_at = min(order.receipt_due_at, at)
    return entries


def _next_look(order: Revocation, at: datetime) -> datetime | None:
    """None when nothing is looked for any more, or when what is still wanting was looked for long enough."""
    if order.state not in (OrderState.CONFIRMED, OrderState.PROVEN):
        return None
    if order.proven_at and at >= order.proven_at + KEEP_LOOKING:
        return None
    wanted = at + growing(PAUSES, order.looks)
    if order.visible_by and at < order.visible_by:
        return min(wanted, order.visible_by)
    return wanted
