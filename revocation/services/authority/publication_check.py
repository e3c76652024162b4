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
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from revocation import crash_points
from revocation.authorities import registry
from revocation.authorities.interface import Confirmed, NeedsAttention, NotRevoked, TryAgain, Unseen
from revocation.authorities.outside import fetch_publication
from revocation.authorities.rounds import Asked, Round, asked
from revocation.messages import Message, Words
from revocation.models import Actor, CertificateBytes, HandRecord, OrderState, ProvenThrough, RevocationOrder
from revocation.pki.facts import UnreadableCertificate
from revocation.pki.openssl import OpensslMissing
from revocation.services.authority.orders import by_authority, order_for
from revocation.services.authority.publication_record import Looked, Proof, write
from revocation.services.authority.warrants import refuse
from revocation.services.core import clock
from revocation.services.core.chains import Issuers

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""Longer than a round plus the places of one more certificate. After it another worker replaces one that died."""

ROUND = 60.0
"""Seconds after which no further place is asked. Orders that were not checked by then are released."""

TOGETHER = 100
"""Orders of a round: at most so many certificates, and one CRL, are in memory at once."""

NOTHING = Looked()
CANNOT_LOOK = (NeedsAttention, TryAgain, registry.UnknownAuthority)

Group = Sequence[tuple[RevocationOrder, Asked]]


def due_looks(*, at: datetime, limit: int = TOGETHER) -> list[int]:
    """Return orders whose next look is due, longest waiting first."""
    return list(_due(at).values_list("pk", flat=True)[:limit])


def due_by_authority(*, at: datetime, limit: int = 4 * TOGETHER) -> dict[str, list[int]]:
    """Return due orders by authority: one whose responder hangs holds up no other."""
    return by_authority(_due(at), limit)


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
    left = set(claim(order_ids, at=at))
    if left:
        left -= refuse(
            RevocationOrder.objects.select_related("certificate", "request").filter(pk__in=left), by=by, at=at
        )
    if not left:
        return
    crash_points.reach(crash_points.BEFORE_LOOK)
    try:
        groups, unreadable = _groups(sorted(left))
        left -= set(unreadable)
        write(unreadable, by=by, at=at)
        this_round = Round(fetch_publication, ROUND)
        for group in groups:
            left -= {order.pk for order, _ in group}
            found = dict(_look_at(group, this_round))
            crash_points.reach(crash_points.AFTER_LOOK)
            write(found, by=by, at=at + clock.passed(begun))
            left |= {order.pk for order, _ in group} - found.keys()
            crash_points.reach(crash_points.AFTER_SIGHTING)
            if this_round.is_over:
                break
    finally:
        RevocationOrder.to_check.release(left, at=at, lease=LEASE)  # those that the round did not come to


def _groups(order_ids: Sequence[int]) -> tuple[list[Group], dict[int, Looked]]:
    """Return the orders by the CRLs that they name, and those of which nothing can be found out.

    The latter are unreadable, or were deleted for good after they were revoked (M6).
    """
    issuers, unreadable = Issuers(), dict[int, Looked]()
    groups: dict[tuple[object, ...], list[tuple[RevocationOrder, Asked]]] = {}
    for order in RevocationOrder.objects.select_related("certificate__bytes").filter(pk__in=order_ids).order_by("pk"):
        try:
            one = asked(order_for(order, order.reason, issuers))
        except CertificateBytes.DoesNotExist:
            unreadable[order.pk] = NOTHING
        except (UnreadableCertificate, OpensslMissing) as problem:
            unreadable[order.pk] = _hindered(problem.message)
        except Exception as odd:
            log.exception("the certificate of order %s cannot be read", order.pk)
            unreadable[order.pk] = _hindered(type(odd).__name__)
        else:
            groups.setdefault(one.places, []).append((order, one))
    return list(groups.values()), unreadable


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
            places = next(looks, None)
            if places is None:  # the round is over
                return
            own_words = None if places or order.state != OrderState.CONFIRMED else _own_words(order, one)
        except CANNOT_LOOK as problem:
            yield order.pk, _hindered(problem.words)
        except Exception as odd:
            log.exception("order %s cannot be looked for", order.pk)
            yield order.pk, _hindered(type(odd).__name__)
        else:
            yield order.pk, Looked(places, own_words)


def _own_words(order: RevocationOrder, one: Asked) -> Proof | None:
    """Return the proof where there is no place to look at.

    It is what two members of staff recorded, or what the authority's own register says. A register that contradicts
    itself is no proof.
    """
    if HandRecord.objects.filter(order=order, confirmed_at__isnull=False).exists():
        return Proof(ProvenThrough.HAND, order.revoked_at, order.reason_confirmed)
    match registry.authority(order.certificate.authority).status(one.order):
        case Confirmed() as answer:
            return Proof(ProvenThrough.STATUS, answer.revoked_at, answer.reason)
        case Unseen():
            return Proof(ProvenThrough.WORD, order.revoked_at, order.reason_confirmed)
        case NotRevoked():
            return None
