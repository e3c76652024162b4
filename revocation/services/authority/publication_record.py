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
from functools import cache
from typing import Any, NamedTuple

from django.db import transaction

from certportal.database.many import Columns, insert_rows, update_rows
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
from revocation.services.authority.order_rows import OrderRow, lock_orders, subjects
from revocation.services.core.backoff import Pauses
from revocation.services.core.events import Entry, record_all
from revocation.services.core.set_based import write_all, written_by

log = logging.getLogger(__name__)

WRITTEN_TOGETHER = 125
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
    """All that one look found. `own_words`: the proof where there was no place to look at. `problem`: why nobody could
    look (C5). `complete`: whether every place was asked, or a sample of the others that wait for the same CRL."""

    places: Sequence[Observation] = ()
    own_words: Proof | None = None
    problem: Words = ""
    complete: bool = True

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
        orders = lock_orders(found.keys())
        entries, unseen = _note_places(orders, found, at=at)
        proofs = {
            order.pk: proof
            for order in orders
            if order.state == OrderState.CONFIRMED and (proof := found[order.pk].proof) is not None
        }
        changes = dict[int, Columns]()
        proving = {through: _proven(through, at) for through in {proof.through for proof in proofs.values()}}
        for order in orders:
            proven = proving[proofs[order.pk].through] if order.pk in proofs else {}
            changes[order.pk], late = _after_the_look(order, found[order.pk], unseen[order.pk], proven, at=at)
            entries += late
        write_all(RevocationOrder, changes, {order.pk: order.state for order in orders})
        proven_orders = [order for order in orders if order.pk in proofs]
        entries += _revoke_all(proven_orders, proofs)
        entries += _finish(proven_orders, by=by, at=at)
        record_all(entries, by=by, at=at)
        crash_points.reach(crash_points.IN_SIGHTING)


def _proven(through: ProvenThrough, at: datetime) -> Columns:
    return written_by(RevocationOrder, "prove", state=OrderState.CONFIRMED, at=at, through=through)


class Noted(NamedTuple):
    """A row of `StatusObservation` as it is now. `pk`: None for a new one."""

    pk: int | None
    columns: dict[str, Any]


Place = tuple[int, str, str]
"""The order, and the kind and address of a place."""


def _note_places(
    orders: Sequence[OrderRow], found: Mapping[int, Looked], *, at: datetime
) -> tuple[list[Entry], dict[int, list[Columns]]]:
    """Note what each place says now; return the events, and by order the places that do not show it yet."""
    rows = _noted_before(found)
    entries: list[Entry] = []
    changed: dict[Place, dict[str, Any]] = {}
    for order in orders:
        for place in found[order.pk].places:
            key = (order.pk, place.kind, _address_kept(place.url))
            row = rows.setdefault(key, Noted(None, {"url": key[2], "seen_at": None, "problem": ""}))
            columns = _says(place, at=at) if row.columns["seen_at"] is None else {"looked_at": at}
            if columns.get("seen_at"):
                entries.append(_entry(EventKind.SEEN, order, data=_seen(key, columns)))
            row.columns.update(columns)
            changed[key] = changed.get(key, {}) | columns
    insert_rows(StatusObservation, OF_A_PLACE, (_new(key, changed[key]) for key in changed if rows[key].pk is None))
    update_rows(StatusObservation, {pk: changed[key] for key in changed if (pk := rows[key].pk) is not None})
    unseen: dict[int, list[Columns]] = {order.pk: [] for order in orders}
    for key, row in rows.items():
        if not row.columns["seen_at"]:
            unseen[key[0]].append(row.columns)
    return entries, unseen


def _noted_before(found: Mapping[int, Looked]) -> dict[Place, Noted]:
    names = ("pk", "revocation_id", "place", "url", "seen_at", "problem")
    values = StatusObservation.objects.filter(revocation__in=found).values_list(*names)
    return {
        (order_id, place, url): Noted(pk, {"url": url, "seen_at": seen_at, "problem": problem})
        for pk, order_id, place, url, seen_at, problem in values
    }


UNSAID: Columns = {
    "revoked_at": None,
    "reason": None,
    "this_update": None,
    "next_update": None,
    "crl_number": "",
}
"""What a new row holds where nothing was said yet."""
SAYS = ("looked_at", "seen_at", "outcome", "problem", "problem_code", "problem_params", *UNSAID)
OF_A_PLACE = ("revocation_id", "place", "url", *SAYS)


def _new(key: Place, columns: Columns) -> tuple[Any, ...]:
    return (*key, *(columns[name] if name in columns else UNSAID[name] for name in SAYS))


def _address_kept(url: str) -> str:
    """Return the address to keep. One too long to fetch is cut, since an index of PostgreSQL keeps 2700 bytes."""
    if len(url) <= MAX_LENGTH:
        return url
    return f"{url[: MAX_LENGTH // 2]}… (SHA-256 {hashlib.sha256(url.encode()).hexdigest()})"


def _says(place: Observation, *, at: datetime) -> dict[str, Any]:
    """Return the columns with what the place says. What was noted when it first showed the revocation never changes."""
    own = kept(place.failure)
    columns = {
        "looked_at": at,
        "seen_at": at if place.is_final else None,
        "outcome": _outcome(place),
        "problem": in_english(place.failure),
        "problem_code": own.get("code", ""),
        "problem_params": own.get("params", {}),
    }
    if place.said is None:
        return columns
    said = {name: getattr(place.said, name) for name in ("revoked_at", "reason", "this_update", "next_update")}
    return columns | said | {"crl_number": _crl_number(place)}


def _outcome(place: Observation) -> Seen:
    if place.said is None:
        return Seen.UNREADABLE
    return Seen.YES if place.is_final else Seen.NOT_YET


def _crl_number(place: Observation) -> str:
    number = place.said.crl_number if isinstance(place.said, CrlSighting) else None
    return "" if number is None else str(number)


def _seen(key: Place, columns: Columns) -> dict[str, Any]:
    return {"place": key[1], "url": key[2], "crl_number": columns["crl_number"], "reason": columns["reason"]}


def _entry(kind: EventKind, order: OrderRow, **more: Any) -> Entry:
    return Entry(kind, order.certificate, order.request, **more)


def _revoke_all(orders: Sequence[OrderRow], proofs: Mapping[int, Proof]) -> list[Entry]:
    """Mark the certificates *revoked*, unless one was revoked elsewhere before the order was given."""
    revoked = cache(_revoked)  # most have the same time and reason
    revoking = [order for order in orders if order.certificate.state == CertificateState.REVOKING]
    changes = {order.certificate_id: revoked(proofs[order.pk]) for order in revoking}
    write_all(Certificate, changes, {order.certificate_id: order.certificate.state for order in revoking})
    return [
        _entry(
            EventKind.CERTIFICATE_REVOKED,
            order,
            before=order.certificate.state,
            after=CertificateState.REVOKED,
            data={
                "asked_for": order.reason,
                "reason": proofs[order.pk].reason,
                "proven_through": proofs[order.pk].through,
            },
        )
        for order in revoking
    ]


def _revoked(proof: Proof) -> Columns:
    state, since, reason = CertificateState.REVOKING, proof.revoked_at, proof.reason
    return written_by(Certificate, "confirm_revoked", state=state, revoked_at=since, reason=reason)


def _finish(orders: Sequence[OrderRow], *, by: Actor, at: datetime) -> list[Entry]:
    """Finish the requests of which every order is proven now; return their events."""
    if not orders:
        return []
    requests = {order.request_id: order.request for order in orders if order.request.state == RequestState.REVOKING}
    others = RevocationOrder.objects.filter(request__in=requests).exclude(state=OrderState.PROVEN)
    done = {pk: requests[pk] for pk in requests.keys() - set(others.values_list("request", flat=True))}
    before = RequestState.REVOKING
    columns = written_by(RevocationRequest, "finish", state=before, worker=by, at=at) if done else {}
    write_all(RevocationRequest, dict.fromkeys(done, columns), dict.fromkeys(done, before))
    about = subjects(orders)
    return [
        Entry(EventKind.REVOKED, about[done[pk].certificate_id], done[pk], before=before, after=RequestState.REVOKED)
        for pk in sorted(done)
    ]


def _after_the_look(
    order: OrderRow, looked: Looked, unseen: Sequence[Columns], proven: Columns, *, at: datetime
) -> tuple[Columns, list[Entry]]:
    """Return what is written to the order after a look, and an event for staff, once, that it is late.

    `proven`: what its proof writes. It is late when the time is over and it is not proven, or one of the places does
    not show it.
    """
    after = order._replace(**{name: value for name, value in proven.items() if name in OrderRow._fields})
    unproven = after.state != OrderState.PROVEN
    more = bool(looked.problem) or (bool(looked.places) and bool(unseen or not looked.complete))  # no bytes: no more
    wanting = unproven or more
    columns, entries = {**proven, **_what_hinders(order, looked)}, list[Entry]()
    if wanting and not order.late_told_at and order.visible_by is not None and at >= order.visible_by:
        columns["late_told_at"] = at
        places = [{"url": row["url"], "problem": row["problem"]} for row in unseen]
        data = {"places": places, "problem": in_english(looked.problem)}
        entries.append(_entry(EventKind.SIGHTING_LATE, order, data=data))
    columns["next_look_at"] = _next_look(after, at) if wanting else None
    if after.receipt_due_at and not wanting:
        columns["receipt_due_at"] = min(after.receipt_due_at, at)
    return columns, entries


def _what_hinders(order: OrderRow, looked: Looked) -> Columns:
    """Return the columns that say, for staff, why it cannot be looked for; or that it can. Other words stay."""
    if looked.problem and not order.message:
        return dict(RevocationOrder.columns_of(looked.problem))
    if not looked.problem and order.message_code in HINDRANCES:
        return dict(RevocationOrder.columns_of(""))
    return {}


def _next_look(order: OrderRow, at: datetime) -> datetime | None:
    """Return when to look next; None when nothing is left to look for, or it was looked for long enough."""
    if order.state not in (OrderState.CONFIRMED, OrderState.PROVEN):
        return None
    if order.proven_at and at >= order.proven_at + KEEP_LOOKING:
        return None
    wanted = at + PAUSES.after(order.looks)
    if order.visible_by and at < order.visible_by:
        return min(wanted, order.visible_by)
    return wanted
