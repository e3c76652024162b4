"""M5: after the authority's answer the portal checks, as any outsider would, until it sees the revocation published.

It looks at the OCSP responders and CRLs that the certificate names, through the guard (O8). It believes only what is
fresh and signed by the issuer. Where there is nothing to look at, it asks the authority's own register once more, and
the proof says so.

Orders are claimed, and then checked in rounds. Those that name the same CRLs form a group, for which each CRL is
fetched and verified once. What was found is written down for each group before the next is looked at
(`publication_record`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import QuerySet

from revocation import crash_points
from revocation.authorities import registry
from revocation.authorities.interface import Confirmed, NeedsAttention, NotRevoked, TryAgain, Unseen
from revocation.authorities.outside import fetch_publication
from revocation.authorities.rounds import Asked, Round, asked
from revocation.messages import Message, Words
from revocation.models import Actor, HandRecord, OrderState, ProvenThrough, RevocationOrder
from revocation.pki.facts import UnreadableCertificate
from revocation.pki.openssl import OpensslMissing
from revocation.pki.places import read_naming
from revocation.services.authority.order_rows import OrderRow, bytes_of, read_orders
from revocation.services.authority.orders import by_authority, instruction_for
from revocation.services.authority.publication_record import Looked, Proof, write
from revocation.services.authority.warrants import refuse
from revocation.services.core import clock
from revocation.services.core.chains import Issuers

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""Longer than a round plus the places of one more certificate. After it another worker replaces one that died."""

ROUND = 60.0
"""Seconds after which no further place is asked. Orders that were not checked by then are released."""

TOGETHER = 250
"""Orders of a round: at most so many certificates, and one CRL, are in memory at once."""

FEW = 20
HELD_BACK = 0.2
"""Seconds that what was seen waits to be written, in a round of more than a few orders, for what the next CRL shows.

It does not wait for a host that has not answered in this round."""

LISTED = 20 * TOGETHER
"""Due orders of one authority that are sorted by the CRL that they name, so that a round fetches few CRLs."""

PATIENT_LOOKS = 3
"""How many looks an order waits for its CRL, where many wait for the same one, before OCSP is asked for it alone."""

NOTHING = Looked()
CANNOT_LOOK = (NeedsAttention, TryAgain, registry.UnknownAuthority)

Group = Sequence[tuple[OrderRow, Asked]]


def due_looks(*, at: datetime, limit: int = TOGETHER) -> list[int]:
    """Return orders whose next look is due, longest waiting first."""
    return list(_due(at).values_list("pk", flat=True)[:limit])


def due_by_authority(*, at: datetime, limit: int = LISTED) -> dict[str, list[int]]:
    """Return due orders by authority: one whose responder hangs holds up no other.

    Those that name the same CRL come one after another, and the CRL of the one that waits longest comes first.
    """
    return {slug: _by_place(orders) for slug, orders in by_authority(_due(at), limit).items()}


def _by_place(order_ids: Sequence[int]) -> list[int]:
    rows = RevocationOrder.objects.filter(pk__in=order_ids)
    points = dict(rows.values_list("pk", "certificate__status_point"))
    turns = {point: turn for turn, point in enumerate(dict.fromkeys(points.get(pk) for pk in order_ids))}
    return sorted(order_ids, key=lambda pk: turns[points.get(pk)])


def _due(at: datetime) -> QuerySet[RevocationOrder]:
    looks: QuerySet[RevocationOrder] = RevocationOrder.to_check.due(at)
    return looks.order_by("next_look_at")


def claim(order_ids: Collection[int], *, at: datetime) -> list[int]:
    """Claim the orders whose look is due, so that only one worker looks for each; return their keys."""
    taken: list[int] = RevocationOrder.to_check.claim(order_ids, at=at, lease=LEASE)
    return taken


def look(order_ids: Collection[int], *, by: Actor, at: datetime) -> None:
    """Do a round: claim the orders that are due, look at every place that they name, record what was seen.

    `at`: when the round begins. What was seen is dated when the last answer came.
    """
    begun = time.monotonic()
    orders = read_orders(claim(order_ids, at=at))
    refused = refuse(orders, by=by, at=at) if orders else set()
    orders = [order for order in orders if order.pk not in refused]
    left = {order.pk for order in orders}
    if not left:
        return
    crash_points.reach(crash_points.BEFORE_LOOK)
    try:
        groups, unreadable = _groups(orders)
        left -= set(unreadable)
        write(unreadable, by=by, at=at)
        this_round = Round(fetch_publication, ROUND)
        held_back = HELD_BACK if len(orders) > FEW else 0.0
        found: dict[int, Looked] = {}
        first_found = time.monotonic()
        answered = set[str]()
        for group in groups:
            hosts = _hosts(group)
            if found and (time.monotonic() - first_found >= held_back or not hosts <= answered):
                _write_down(found, by=by, at=at + clock.passed(begun))
                found = {}
            first_found = first_found if found else time.monotonic()
            seen = dict(_look_at(group, this_round))
            left -= seen.keys()
            found |= seen
            answered |= hosts
            if this_round.is_over:
                break
        _write_down(found, by=by, at=at + clock.passed(begun))
    finally:
        RevocationOrder.to_check.release(left, at=at, lease=LEASE)  # those that the round did not come to


def _hosts(group: Group) -> set[str]:
    """Return the hosts where the group is looked for. One that was not asked yet may hang."""
    facts = group[0][1].facts
    return {_host(url) for url in (*facts.web_crl_urls, *facts.web_ocsp_urls)}


def _host(url: str) -> str:
    with suppress(ValueError):  # certificates name anything
        return urlsplit(url).netloc
    return url


def _write_down(found: Mapping[int, Looked], *, by: Actor, at: datetime) -> None:
    crash_points.reach(crash_points.AFTER_LOOK)
    write(found, by=by, at=at)
    crash_points.reach(crash_points.AFTER_SIGHTING)


def _groups(orders: Sequence[OrderRow]) -> tuple[list[Group], dict[int, Looked]]:
    """Return the orders by the CRLs that they name, and those of which nothing can be found out.

    The latter are unreadable, or were deleted for good after they were revoked (M6).
    """
    reading, unreadable, ders = _Reading(), dict[int, Looked](), bytes_of(orders)
    groups: dict[tuple[object, ...], list[tuple[OrderRow, Asked]]] = {}
    for order in orders:
        try:
            one = reading.of(order, ders[order.certificate_id])
        except KeyError:
            unreadable[order.pk] = NOTHING
        except (UnreadableCertificate, OpensslMissing) as problem:
            unreadable[order.pk] = _hindered(problem.message)
        except Exception as odd:
            log.exception("the certificate of order %s cannot be read", order.pk)
            unreadable[order.pk] = _hindered(type(odd).__name__)
        else:
            groups.setdefault(one.places, []).append((order, one))
    return list(groups.values()), unreadable


class _Reading:
    """A reader of several certificates. Of those that name issuer, key and places in the same bytes, it reads one."""

    def __init__(self) -> None:
        self._issuers = Issuers()
        self._alike: dict[tuple[object, ...], Asked] = {}

    def of(self, order: OrderRow, der: bytes) -> Asked:
        """Return the certificate of the order as something to look for. Raises what reading it raises."""
        naming = read_naming(der)
        known = self._alike.get(naming[1:]) if naming else None
        issuer = known.order.issuer_der if known else self._issuers.of(der)
        instruction = instruction_for(order, order.reason, der=der, issuer_der=issuer)
        patient = order.looks <= PATIENT_LOOKS
        if naming and known:
            return Asked(instruction, naming.serial_number, known.facts, patient)
        one = replace(asked(instruction), patient=patient)
        if naming and issuer is not None:
            self._alike[naming[1:]] = one
        return one


def _hindered(words: Words) -> Looked:
    return Looked(problem=Message("authority.certificate_failed", {"words": words}))


def _look_at(group: Group, this_round: Round) -> Iterator[tuple[int, Looked]]:
    """Yield what a look found for each order of the group, outside any transaction.

    What is fetched is judged by the clock of this machine. An error of one certificate or its authority affects no
    other (C5).
    """
    looks = this_round.look([one for _, one in group])
    for order, one in group:
        try:
            answers = next(looks, None)
            if answers is None:  # the round is over
                return
            places = answers.observations
            own_words = None if places or order.state != OrderState.CONFIRMED else _own_words(order, one)
        except CANNOT_LOOK as problem:
            yield order.pk, _hindered(problem.words)
        except Exception as odd:
            log.exception("order %s cannot be looked for", order.pk)
            yield order.pk, _hindered(type(odd).__name__)
        else:
            yield order.pk, Looked(places, own_words, complete=answers.complete)


def _own_words(order: OrderRow, one: Asked) -> Proof | None:
    """Return the proof where there is no place to look at.

    It is what two members of staff recorded, or what the authority's own register says. A register that contradicts
    itself is no proof.
    """
    if HandRecord.objects.filter(order=order.pk, confirmed_at__isnull=False).exists():
        return Proof(ProvenThrough.HAND, order.revoked_at, order.reason_confirmed)
    match registry.authority(order.certificate.authority).status(one.order):
        case Confirmed() as answer:
            return Proof(ProvenThrough.STATUS, answer.revoked_at, answer.reason)
        case Unseen():
            return Proof(ProvenThrough.WORD, order.revoked_at, order.reason_confirmed)
        case NotRevoked():
            return None
