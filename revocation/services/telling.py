"""M5, N2: telling the authority. Claimed by a lease, asked outside any transaction, its answer recorded.

A crash at any point ends, when the lease has run out, in the same call again, for the same reason; drivers are
idempotent, so the effect is one revocation. An authority's confirmation alone makes nothing *revoked*: `sighting` does.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from revocation import faults
from revocation.authorities import registry
from revocation.authorities.interface import (
    Confirmed,
    NeedsAttention,
    TryAgain,
    Waiting,
    nearest_reason,
)
from revocation.authorities.publishing import publishes_within
from revocation.authorities.sayings import Saying, Words, kept
from revocation.models import (
    Actor,
    EventKind,
    OrderState,
    RequestState,
    Revocation,
)
from revocation.services import clock
from revocation.services.orders import by_authority, is_over, locked_order, order_for, record_of
from revocation.services.pauses import growing, seconds
from revocation.services.recording import record
from revocation.services.transitions import ActorRefused, locked, refuse_unless_possible

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""Longer than any call of a driver may take; after it a worker that went silent is believed to be dead."""

PAUSES = seconds(5, 15, 60, 300, 900, 3600)
RETRY_PERMISSION = "revocation.retry_revocation"


def pause_after(attempts: int) -> timedelta:
    """Growing pauses between attempts at an authority that does not answer."""
    return growing(PAUSES, attempts)


def due_orders(*, at: datetime, limit: int = 100) -> list[int]:
    """Orders that are due and not claimed by a living worker, longest waiting first."""
    return list(_due(at).order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def due_by_authority(*, at: datetime, limit: int = 100) -> dict[str, list[int]]:
    """The same for each authority: however many orders wait for one, those of the others are found."""
    return by_authority(_due(at).order_by("next_attempt_at"), limit)


def _due(at: datetime) -> QuerySet[Revocation]:
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    orders: QuerySet[Revocation] = Revocation.objects.filter(
        free, next_attempt_at__isnull=False, next_attempt_at__lte=at
    )
    return orders


def claim(order_id: int, *, at: datetime) -> bool:
    """Take the order by one conditional UPDATE: of any number of workers one gets it."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    taken: int = Revocation.objects.filter(free, pk=order_id, next_attempt_at__lte=at).update(
        lease_until=at + LEASE, attempts=F("attempts") + 1
    )
    return taken == 1


def tell(order_id: int, *, by: Actor, at: datetime) -> None:
    """Claim one order, ask its authority, record what it said."""
    faults.point(faults.BEFORE_CLAIM)
    if not claim(order_id, at=at):
        return
    faults.point(faults.AFTER_CLAIM)
    order = Revocation.objects.select_related("certificate__bytes", "request").get(pk=order_id)
    if order.request.state == RequestState.APPROVED:
        _begin_revoking(order, by=by, at=at)
    begun = time.monotonic()
    try:
        answer = ask(order)
    except TryAgain as outage:
        _postpone(order_id, outage, by=by, at=at)
        return
    except (NeedsAttention, registry.UnknownAuthority) as refusal:
        _stick(order_id, refusal.words, by=by, at=at)
        return
    faults.point(faults.AFTER_AUTHORITY)
    if isinstance(answer, Confirmed):
        _confirm(order_id, answer, by=by, at=at, answered=at + clock.passed(begun))
    else:
        _wait(order_id, answer, by=by, at=at)
    faults.point(faults.AFTER_COMMIT)


def ask(order: Revocation) -> Confirmed | Waiting:
    """The call to the driver. Outside of any transaction."""
    authority = registry.authority(order.certificate.authority)
    reason = _settle_reason(order, nearest_reason(order.reason, authority.takes_reasons))
    faults.point(faults.BEFORE_AUTHORITY)
    return authority.revoke(order_for(order, reason))


def _settle_reason(order: Revocation, reason: int) -> int:
    """Written before the first call, and never another one afterwards: not even when a setting changed between."""
    if order.reason_sent is not None:
        return int(order.reason_sent)
    if Revocation.objects.filter(pk=order.pk, reason_sent__isnull=True).update(reason_sent=reason):
        return reason
    sent: int = Revocation.objects.values_list("reason_sent", flat=True).get(pk=order.pk)
    return sent


def _begin_revoking(order: Revocation, *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        request = locked(order.request_id)
        if request.state != RequestState.APPROVED:
            return
        refuse_unless_possible(request, "begin_revoking", by)
        before = request.state
        request.begin_revoking()
        request.save()
        record(EventKind.AUTHORITY_ASKED, by=by, at=at, request=request, before=before, after=request.state)


def _confirm(order_id: int, answer: Confirmed, *, by: Actor, at: datetime, answered: datetime) -> None:
    """`at`: when the looking begins; `answered`: when the confirmation came, not before the authority's own time."""
    with transaction.atomic():
        order = locked_order(order_id)
        if is_over(order):
            return
        order.confirm(
            revoked_at=answer.revoked_at,
            reason=answer.reason,
            receipt=dict(answer.receipt),
            at=at,
            answered=answered,
            visible_by=at + publishes_within(order.certificate.authority),
        )
        order.save()
        record_of(
            order,
            EventKind.AUTHORITY_CONFIRMED,
            by=by,
            at=answered,
            data={
                "asked_for": order.reason,
                "sent": order.reason_sent,
                "reason": answer.reason,
                "receipt": dict(answer.receipt),
            },
        )


def believe(order_id: int, published: Confirmed, *, by: Actor, at: datetime) -> None:
    """The authority has published the revocation already: it is not told (again), and the looking begins."""
    _begin_revoking(Revocation.objects.get(pk=order_id), by=by, at=at)
    _confirm(order_id, published, by=by, at=at, answered=at)


def _postpone(order_id: int, outage: TryAgain, *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        order = locked_order(order_id)
        if is_over(order):
            return
        pause = outage.retry_after or pause_after(order.attempts)
        changed = order.message != outage.message
        order.postpone(words=outage.words, next_attempt_at=at + pause)
        order.save()
        if changed:  # the same words again are no new event
            record_of(order, EventKind.AUTHORITY_FAILED, by=by, at=at, why=outage.message, data=kept(outage.words))


def _wait(order_id: int, answer: Waiting, *, by: Actor, at: datetime) -> None:
    words = Saying(answer.code, answer.params)
    with transaction.atomic():
        order = locked_order(order_id)
        if is_over(order):
            return
        changed = order.state != OrderState.WAITING
        order.wait(words=words, next_attempt_at=at + answer.look_again)
        order.save()
        if changed:
            record_of(
                order,
                EventKind.AUTHORITY_WAITS,
                by=by,
                at=at,
                why=str(words),
                data=kept(words),
            )


def _stick(order_id: int, words: Words, *, by: Actor, at: datetime) -> None:
    log.error("order %s: the authority refused: %s", order_id, words)
    with transaction.atomic():
        order = locked_order(order_id)
        if is_over(order):
            return
        order.stick(words=words)
        order.save()
        record_of(order, EventKind.AUTHORITY_STUCK, by=by, at=at, why=str(words), data=kept(words))


def retry(order_id: int, *, by: Actor, at: datetime) -> None:
    """Staff: ask again now, for the same reason. Raises `ActorRefused`; does nothing when it is proven."""
    with transaction.atomic():
        order = locked_order(order_id)
        _staff_only(order, "retry", by)
        if order.state == OrderState.PROVEN:
            return
        order.retry(at=at)
        order.save()
        record_of(order, EventKind.RETRY_ASKED, by=by, at=at)


def record_by_hand(order_id: int, *, by: Actor, at: datetime, note: str) -> None:
    """Staff revoked it in the authority's own console. The portal still waits to see it there (M5)."""
    with transaction.atomic():
        order = locked_order(order_id)
        _staff_only(order, "record_by_hand", by)
        if is_over(order):
            return
        order.recorded_by_hand_at, order.recorded_by_hand_by = at, by.user
        order.retry(at=at)
        order.save()
        record_of(order, EventKind.RECORDED_BY_HAND, by=by, at=at, why=note or _("No note."))


def _staff_only(order: Revocation, verb: str, by: Actor) -> None:
    if not by.may(RETRY_PERMISSION):
        raise ActorRefused(verb, order.request, part=False)
