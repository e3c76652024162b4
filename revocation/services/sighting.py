"""M5: after the authority's answer the portal looks with a stranger's eyes, until it sees the revocation there.

Looked at are the OCSP responders and CRLs that the certificate names, through the guard (O8); believed is only what the
issuer signed and what is fresh. Where nothing can be looked at, the authority's own register is asked once more, and
the proof says so. Every place is recorded for itself; the first sighting makes the certificate *revoked*.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from revocation import faults
from revocation.authorities import registry
from revocation.authorities.interface import Confirmed, NeedsAttention, NotRevoked, TryAgain, Unseen
from revocation.authorities.looking import Observation, observe
from revocation.authorities.outside import fetch_publication
from revocation.authorities.sayings import kept
from revocation.models import (
    Actor,
    Certificate,
    CertificateBytes,
    CertificateState,
    EventKind,
    OrderState,
    ProvenThrough,
    RequestState,
    Revocation,
    Seen,
    Sighting,
)
from revocation.pki.facts import UnreadableCertificate
from revocation.pki.openssl import OpensslMissing
from revocation.pki.status import CrlSighting
from revocation.services import clock
from revocation.services.orders import by_authority, locked_order, order_for, record_of
from revocation.services.pauses import growing, seconds
from revocation.services.recording import record
from revocation.services.transitions import locked, locked_certificate, refuse_unless_possible

LEASE = timedelta(minutes=5)
"""Longer than a look at all places of a certificate; a worker that died meanwhile is replaced after it."""

PAUSES = seconds(1, 1, 2, 4, 8, 15, 30, 60, 300, 900, 3600)
KEEP_LOOKING = timedelta(days=7)
"""How long after the proof the other places are still looked at."""


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


def due_looks(*, at: datetime, limit: int = 100) -> list[int]:
    """Orders whose next look is due, longest waiting first."""
    return list(_due(at).values_list("pk", flat=True)[:limit])


def due_by_authority(*, at: datetime, limit: int = 100) -> dict[str, list[int]]:
    """The same for each authority: one whose responder hangs holds up no other."""
    return by_authority(_due(at), limit)


def _due(at: datetime) -> QuerySet[Revocation]:
    looks: QuerySet[Revocation] = Revocation.objects.filter(next_look_at__isnull=False, next_look_at__lte=at)
    return looks.order_by("next_look_at")


def claim(order_id: int, *, at: datetime) -> bool:
    """One conditional UPDATE that moves the next look away: of any number of workers one looks."""
    due = Revocation.objects.filter(pk=order_id, next_look_at__lte=at)
    taken: int = due.update(next_look_at=at + LEASE, looks=F("looks") + 1)
    return taken == 1


def look(order_id: int, *, by: Actor, at: datetime) -> None:
    """Claim one look, look everywhere, record what was seen."""
    if not claim(order_id, at=at):
        return
    faults.point(faults.BEFORE_LOOK)
    order = Revocation.objects.select_related("certificate__bytes").get(pk=order_id)
    begun = time.monotonic()
    looked = _look(order)
    faults.point(faults.AFTER_LOOK)
    _record(order_id, looked, by=by, at=at, seen=at + clock.passed(begun))
    faults.point(faults.AFTER_SIGHTING)


def _look(order: Revocation) -> Looked:
    """Outside of any transaction. What is fetched is judged by the clock of this machine."""
    try:
        asked = order_for(order, order.reason)
        places = observe(asked, fetch_publication, at=timezone.now())
        own_words = None if places or order.state != OrderState.CONFIRMED else _own_words(order)
    except CertificateBytes.DoesNotExist:  # deleted for good after it was revoked (M6): nothing left to look for
        return Looked()
    except (UnreadableCertificate, OpensslMissing, NeedsAttention, TryAgain, registry.UnknownAuthority):
        return Looked()
    return Looked(places, own_words)


def _own_words(order: Revocation) -> Proof | None:
    """No place to look at: what the authority's own register says. It contradicts itself: no proof."""
    answer = registry.authority(order.certificate.authority).status(order_for(order, order.reason))
    match answer:
        case Confirmed():
            return Proof(ProvenThrough.STATUS, answer.revoked_at, answer.reason)
        case Unseen():
            return Proof(ProvenThrough.WORD, order.revoked_at, order.reason_confirmed)
        case NotRevoked():
            return None


def _record(order_id: int, looked: Looked, *, by: Actor, at: datetime, seen: datetime) -> None:
    """`seen`: when the last answer was there, hence not before what it says was published."""
    with transaction.atomic():
        order = locked_order(order_id)
        for place in looked.places:
            _note(order, place, by=by, at=seen)
        proof = looked.own_words or _proof(looked.places)
        if proof and order.state == OrderState.CONFIRMED:
            _prove(order, proof, by=by, at=seen)
        _tell_if_late(order, looked, by=by, at=at)
        order.next_look_at = _next_look(order, looked, at)
        if order.receipt_due_at and not _is_wanting(order, looked):
            order.receipt_due_at = min(order.receipt_due_at, at)
        order.save()


def _proof(places: Sequence[Observation]) -> Proof | None:
    for place in places:
        if place.is_final and place.said and place.said.revoked_at:
            return Proof(ProvenThrough.SIGHTING, place.said.revoked_at, place.said.reason or 0)
    return None


def _note(order: Revocation, place: Observation, *, by: Actor, at: datetime) -> None:
    """What this place says now. Once it was seen there, the first sighting stays as it was."""
    row = order.sightings.filter(place=place.kind, url=place.url).first()
    row = row or Sighting(revocation=order, place=place.kind, url=place.url)
    row.looked_at = at
    if row.seen_at is None:
        row.outcome, row.problem = _outcome(place), str(place.failure)
        own = kept(place.failure)
        row.problem_code, row.problem_params = own.get("code", ""), own.get("params", {})
        if place.said:
            row.revoked_at, row.reason = place.said.revoked_at, place.said.reason
            row.this_update, row.next_update = place.said.this_update, place.said.next_update
            row.crl_number = _crl_number(place)
        if place.is_final:
            row.seen_at = at
            record_of(
                order,
                EventKind.SEEN,
                by=by,
                at=at,
                data={"place": row.place, "url": row.url, "crl_number": row.crl_number, "reason": row.reason},
            )
    row.save()


def _outcome(place: Observation) -> Seen:
    if place.said is None:
        return Seen.UNREADABLE
    return Seen.YES if place.is_final else Seen.NOT_YET


def _crl_number(place: Observation) -> str:
    number = place.said.crl_number if isinstance(place.said, CrlSighting) else None
    return "" if number is None else str(number)


def _prove(order: Revocation, proof: Proof, *, by: Actor, at: datetime) -> None:
    request, certificate = locked(order.request_id), locked_certificate(order.certificate_id)
    order.prove(at=at, through=proof.through)
    order.save()
    if certificate.state == CertificateState.REVOKING:  # else revoked elsewhere before the order was given
        _revoke(order, certificate, proof, by=by, at=at)
    is_last = not request.revocations.exclude(state=OrderState.PROVEN).exists()
    if is_last and request.state == RequestState.REVOKING:
        _finish(request.pk, by=by, at=at)


def _revoke(order: Revocation, certificate: Certificate, proof: Proof, *, by: Actor, at: datetime) -> None:
    before = certificate.state
    certificate.confirm_revoked(revoked_at=proof.revoked_at, reason=proof.reason)
    certificate.save()
    record_of(
        order,
        EventKind.CERTIFICATE_REVOKED,
        by=by,
        at=at,
        before=before,
        after=certificate.state,
        data={"asked_for": order.reason, "reason": proof.reason, "proven_through": proof.through},
    )


def _finish(request_id: int, *, by: Actor, at: datetime) -> None:
    request = locked(request_id)
    refuse_unless_possible(request, "finish", by)
    before = request.state
    request.finish(at=at)
    request.save()
    record(EventKind.REVOKED, by=by, at=at, request=request, before=before, after=request.state)


def _tell_if_late(order: Revocation, looked: Looked, *, by: Actor, at: datetime) -> None:
    """Once, to staff: the time is over, and it is not proven, or one of the places does not say it."""
    if order.late_told_at or order.visible_by is None or at < order.visible_by or not _is_wanting(order, looked):
        return
    order.late_told_at = at
    wanting = list(order.sightings.filter(seen_at__isnull=True).values("url", "problem"))
    record_of(order, EventKind.SIGHTING_LATE, by=by, at=at, data={"places": wanting})


def _is_wanting(order: Revocation, looked: Looked) -> bool:
    """Not proven, or not yet seen at every place; without the bytes (M6) nothing more can be found out."""
    if order.state != OrderState.PROVEN:
        return True
    return bool(looked.places) and order.sightings.filter(seen_at__isnull=True).exists()


def _next_look(order: Revocation, looked: Looked, at: datetime) -> datetime | None:
    """None when everything was seen, or when what is still wanting was looked for long enough."""
    if order.state not in (OrderState.CONFIRMED, OrderState.PROVEN) or not _is_wanting(order, looked):
        return None
    if order.proven_at and at >= order.proven_at + KEEP_LOOKING:
        return None
    wanted = at + growing(PAUSES, order.looks)
    if order.visible_by and at < order.visible_by:
        return min(wanted, order.visible_by)
    return wanted
