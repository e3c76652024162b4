"""M5: after the authority's answer the portal looks with a stranger's eyes, until it sees the revocation there.

Looked at are the OCSP responders and CRLs that the certificate names, through the guard (O8); believed is only what the
issuer signed and what is fresh. Where nothing can be looked at, the authority's own register is asked once more, and
the proof says so.

Orders are looked for in rounds: those that name the same CRLs together, each CRL fetched and verified once for all of
them, after they were claimed. What was found is written down for each group before the next is looked at (`seen`).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from revocation import faults
from revocation.authorities import registry
from revocation.authorities.interface import Confirmed, NeedsAttention, NotRevoked, TryAgain, Unseen
from revocation.authorities.outside import fetch_publication
from revocation.authorities.rounds import Asked, Round, asked
from revocation.models import Actor, CertificateBytes, OrderState, ProvenThrough, Revocation
from revocation.pki.facts import UnreadableCertificate
from revocation.pki.openssl import OpensslMissing
from revocation.services import clock
from revocation.services.chains import Issuers
from revocation.services.orders import by_authority, order_for
from revocation.services.seen import Looked, Proof, write

LEASE = timedelta(minutes=5)
"""Longer than a round and the places of one certificate more; a worker that died meanwhile is replaced after it."""

ROUND = 60.0
"""Seconds after which no further place is asked; who was not looked for yet is given back."""

TOGETHER = 100
"""Orders of a round: so many certificates are in memory at once, and one CRL."""

NOTHING = Looked()
CANNOT_LOOK = (UnreadableCertificate, OpensslMissing, NeedsAttention, TryAgain, registry.UnknownAuthority)

Group = Sequence[tuple[Revocation, Asked]]


def due_looks(*, at: datetime, limit: int = TOGETHER) -> list[int]:
    """Orders whose next look is due, longest waiting first."""
    return list(_due(at).values_list("pk", flat=True)[:limit])


def due_by_authority(*, at: datetime, limit: int = 4 * TOGETHER) -> dict[str, list[int]]:
    """The same for each authority: one whose responder hangs holds up no other."""
    return by_authority(_due(at), limit)


def _due(at: datetime) -> QuerySet[Revocation]:
    looks: QuerySet[Revocation] = Revocation.objects.filter(next_look_at__isnull=False, next_look_at__lte=at)
    return looks.order_by("next_look_at")


def claim(order_ids: Collection[int], *, at: datetime) -> list[int]:
    """Moves the next look of those that are due away: of any number of workers one looks for each."""
    with transaction.atomic():
        rows = _due(at).order_by("pk").filter(pk__in=order_ids).select_for_update(skip_locked=True, of=("self",))
        mine = list(rows.values_list("pk", flat=True))
        Revocation.objects.filter(pk__in=mine).update(next_look_at=at + LEASE, looks=F("looks") + 1)
    return mine


def _give_back(order_ids: Collection[int], *, claimed_at: datetime) -> None:
    """Those that the round did not come to are due as they were, unless somebody else moved them meanwhile."""
    mine = Revocation.objects.filter(pk__in=order_ids, next_look_at=claimed_at + LEASE)
    mine.update(next_look_at=claimed_at, looks=F("looks") - 1)


def look(order_ids: Collection[int], *, by: Actor, at: datetime) -> None:
    """A round, begun at `at`: claim those of the orders that are due, look at every place that they name, record what
    was seen, dated when the last answer was there."""
    begun = time.monotonic()
    left = set(claim(order_ids, at=at))
    if not left:
        return
    faults.point(faults.BEFORE_LOOK)
    try:
        groups, unreadable = _groups(sorted(left))
        left -= set(unreadable)
        write(dict.fromkeys(unreadable, NOTHING), by=by, at=at)
        this_round = Round(fetch_publication, ROUND)
        for group in groups:
            left -= {order.pk for order, _ in group}
            found = dict(_look_at(group, this_round))
            faults.point(faults.AFTER_LOOK)
            write(found, by=by, at=at + clock.passed(begun))
            left |= {order.pk for order, _ in group} - found.keys()
            faults.point(faults.AFTER_SIGHTING)
            if this_round.is_over:
                break
    finally:
        _give_back(left, claimed_at=at)


def _groups(order_ids: Sequence[int]) -> tuple[list[Group], list[int]]:
    """The orders by the CRLs that they name, and those of which nothing can be found out: unreadable, or deleted for
    good after they were revoked (M6)."""
    issuers, unreadable = Issuers(), list[int]()
    groups: dict[tuple[object, ...], list[tuple[Revocation, Asked]]] = {}
    for order in Revocation.objects.select_related("certificate__bytes").filter(pk__in=order_ids).order_by("pk"):
        try:
            one = asked(order_for(order, order.reason, issuers))
        except (CertificateBytes.DoesNotExist, UnreadableCertificate, OpensslMissing):
            unreadable.append(order.pk)
            continue
        groups.setdefault(one.places, []).append((order, one))
    return list(groups.values()), unreadable


def _look_at(group: Group, this_round: Round) -> Iterator[tuple[int, Looked]]:
    """Outside of any transaction. What is fetched is judged by the clock of this machine."""
    looks = this_round.look([one for _, one in group])
    for order, one in group:
        try:
            places = next(looks, None)
            if places is None:  # the round is over
                return
            own_words = None if places or order.state != OrderState.CONFIRMED else _own_words(order, one)
        except CANNOT_LOOK:
            yield order.pk, NOTHING
        else:
            yield order.pk, Looked(places, own_words)


def _own_words(order: Revocation, one: Asked) -> Proof | None:
    """No place to look at: what the authority's own register says. It contradicts itself: no proof."""
    match registry.authority(order.certificate.authority).status(one.order):
        case Confirmed() as answer:
            return Proof(ProvenThrough.STATUS, answer.revoked_at, answer.reason)
        case Unseen():
            return Proof(ProvenThrough.WORD, order.revoked_at, order.reason_confirmed)
        case NotRevoked():
            return None
