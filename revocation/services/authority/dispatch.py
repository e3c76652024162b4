"""M5, N2: sending revocation orders to the authority.

A worker claims an order by a lease, calls the authority outside any transaction, and records its answer. After a crash
at any point the same call is made again, for the same reason, once the lease has run out. Drivers are idempotent, so
the effect is one revocation. An authority's confirmation alone makes nothing *revoked*: `publication_check` does.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from revocation import crash_points
from revocation.authorities import registry
from revocation.authorities.interface import (
    Confirmed,
    NeedsAttention,
    TryAgain,
    Waiting,
    nearest_reason,
)
from revocation.authorities.messages import AuthorityFailed
from revocation.authorities.publishing import publishes_within
from revocation.messages import Message, Words, in_english, kept
from revocation.models import (
    Actor,
    EventKind,
    OrderState,
    RequestState,
    RevocationOrder,
    RevocationRequest,
)
from revocation.models.request.desk import CARRIED_OUT
from revocation.services.authority.by_hand import (
    OrderRefused,
    Stated,
    can_be_seen,
    keep,
    keep_attempt,
    refuse_unless_staff,
    why_not_recorded,
    why_over,
)
from revocation.services.authority.orders import (
    is_of_its_certificate,
    is_over,
    locked_order,
    order_for,
    record_of,
)
from revocation.services.authority.warrants import refuse
from revocation.services.core import clock
from revocation.services.core.backoff import Pauses
from revocation.services.core.events import record
from revocation.services.core.transitions import ActorRefused, locked, refuse_unless_possible

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
"""Longer than any call of a driver may take. After it a silent worker counts as dead.

The longest one settles a change of the account's key, speaks to the authority, and looks at what it publishes.
"""

PAUSES = Pauses.of_seconds(5, 15, 60, 300, 900, 3600)
"""Between attempts at an authority that does not answer."""


def due_orders(*, at: datetime, limit: int = 100) -> list[int]:
    """Return orders that are due and not claimed by a living worker, longest waiting first."""
    return list(RevocationOrder.to_dispatch.due(at).order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


DECIDED = Exists(RevocationRequest.objects.filter(pk=OuterRef("request_id"), state__in=CARRIED_OUT))


def claim(order_id: int, *, at: datetime) -> bool:
    """Take the order for this worker, unless its request was not decided (L6)."""
    taken: bool = RevocationOrder.to_dispatch.claim_one(order_id, at=at, lease=LEASE, only=DECIDED)
    return taken


def tell(order_id: int, *, by: Actor, at: datetime) -> None:
    """Claim one order, send it to its authority, record the answer. One that nothing warrants (L6) is set aside."""
    crash_points.reach(crash_points.BEFORE_CLAIM)
    if not claim(order_id, at=at):
        refuse(RevocationOrder.objects.select_related("certificate", "request").filter(pk=order_id), by=by, at=at)
        return
    crash_points.reach(crash_points.AFTER_CLAIM)
    send_claimed(order_id, by=by, at=at)


def send_claimed(order_id: int, *, by: Actor, at: datetime) -> None:
    """Send an order that this worker has claimed to its authority, and record the answer."""
    order = RevocationOrder.objects.select_related("certificate__bytes", "request").get(pk=order_id)
    if refuse([order], by=by, at=at):
        return
    if order.request.state == RequestState.APPROVED:
        _begin_revoking(order, by=by, at=at)
    begun = time.monotonic()
    try:
        answer: Answer = ask(order)
    except (TryAgain, NeedsAttention, registry.UnknownAuthority) as failure:
        answer = failure
    except Exception as odd:
        log.exception("order %s: the authority's driver failed", order_id)
        answer = TryAgain(Message("authority.authority_failed", {"error": type(odd).__name__}))
    if isinstance(answer, Confirmed | Waiting):
        crash_points.reach(crash_points.AFTER_AUTHORITY)
    note(order_id, answer, by=by, at=at, answered=at + clock.passed(begun))
    if isinstance(answer, Confirmed | Waiting):
        crash_points.reach(crash_points.AFTER_COMMIT)


Answer = Confirmed | Waiting | AuthorityFailed
"""What an authority says to an order, or why it said nothing."""


def note(order_id: int, answer: Answer, *, by: Actor, at: datetime, answered: datetime) -> None:
    """Record the authority's answer. `at`: when this attempt began."""
    match answer:
        case Confirmed():
            _confirm(order_id, answer, by=by, at=at, answered=answered)
        case Waiting():
            _wait(order_id, answer, by=by, at=at)
        case TryAgain():
            _postpone(order_id, answer, by=by, at=at)
        case _:
            _stick(order_id, answer.words, by=by, at=at)


def ask(order: RevocationOrder) -> Confirmed | Waiting:
    """Call the authority's driver, outside any transaction.

    Raises `NeedsAttention` if the bytes that are kept for the certificate are not those that were imported: drivers
    revoke what the bytes say.
    """
    if not is_of_its_certificate(order):
        raise NeedsAttention(Message("authority.bytes_of_another"))
    authority = registry.authority(order.certificate.authority)
    reason = _settle_reason(order, nearest_reason(order.reason, authority.takes_reasons))
    crash_points.reach(crash_points.BEFORE_AUTHORITY)
    return authority.revoke(order_for(order, reason))


def _settle_reason(order: RevocationOrder, reason: int) -> int:
    """Return the reason to send. It is written before the first call, and a changed setting does not change it."""
    if order.reason_sent is not None:
        return int(order.reason_sent)
    if RevocationOrder.objects.filter(pk=order.pk, reason_sent__isnull=True).update(reason_sent=reason):
        return reason
    sent: int = RevocationOrder.objects.values_list("reason_sent", flat=True).get(pk=order.pk)
    return sent


def _begin_revoking(order: RevocationOrder, *, by: Actor, at: datetime) -> None:
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
    """Record the authority's confirmation.

    `at`: when the checks of its publication begin. `answered`: when the confirmation came, so that it is not dated
    before the authority's own time.
    """
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
            words=answer.words,
        )
        order.save()
        record_of(
            order,
            EventKind.AUTHORITY_CONFIRMED,
            by=by,
            at=answered,
            why=in_english(answer.words),
            data=confirmed_data(order.reason, order.reason_sent, answer),
        )


def confirmed_data(asked_for: int, sent: int | None, answer: Confirmed) -> dict[str, Any]:
    """Return what the event of a confirmation keeps."""
    return {
        "asked_for": asked_for,
        "sent": sent,
        "reason": answer.reason,
        "already": answer.already,
        "receipt": dict(answer.receipt),
        **kept(answer.words),
    }


def believe(order_id: int, published: Confirmed, *, by: Actor, at: datetime) -> None:
    """Take what the authority has published as its confirmation: do not send the order (again), begin the checks."""
    order = RevocationOrder.objects.select_related("certificate", "request").get(pk=order_id)
    if refuse([order], by=by, at=at):
        return
    _begin_revoking(order, by=by, at=at)
    _confirm(order_id, published, by=by, at=at, answered=at)


def _postpone(order_id: int, outage: TryAgain, *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        order = locked_order(order_id)
        if is_over(order):
            return
        pause = outage.retry_after or PAUSES.after(order.attempts)
        changed = order.message != in_english(outage.words)
        order.postpone(words=outage.words, next_attempt_at=at + pause)
        order.save()
        if changed:  # the same words again are no new event
            record_of(
                order, EventKind.AUTHORITY_FAILED, by=by, at=at, why=in_english(outage.words), data=kept(outage.words)
            )


def _wait(order_id: int, answer: Waiting, *, by: Actor, at: datetime) -> None:
    words = answer.message
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
                why=in_english(words),
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
        record_of(order, EventKind.AUTHORITY_STUCK, by=by, at=at, why=in_english(words), data=kept(words))


def retry(order_id: int, *, by: Actor, at: datetime) -> None:
    """Have the order sent again now, for the same reason, because staff ask for it.

    Raises `OrderRefused`, `ActorRefused`, and `TransitionRefused` for an order that nothing warrants (L6).
    """
    with transaction.atomic():
        order = locked_order(order_id)
        refuse_unless_staff(order, "retry", by)
        if refused := why_over(order) or _why_asked_anyway(order, at):
            raise refused
        order.retry(at=at)
        order.save()
        record_of(order, EventKind.RETRY_ASKED, by=by, at=at)


def _why_asked_anyway(order: RevocationOrder, at: datetime) -> OrderRefused | None:
    if order.lease_until and order.lease_until > at:
        return OrderRefused("under_way")
    if order.state == OrderState.DUE and order.attempts and order.next_attempt_at and order.next_attempt_at <= at:
        return OrderRefused("about_to_start")
    return None


def record_by_hand(
    order_id: int, *, by: Actor, at: datetime, note: str, stated: Stated | None = None, seen: str | None = None
) -> None:
    """Record that staff revoked the certificate in the authority's own console.

    The portal still waits to see the revocation published (M5). `stated`: what the authority states, kept where nothing
    is published, for a second person to confirm. `seen`: what the page showed of the order (`by_hand.state_seen`).
    Raises `OrderRefused`, `ActorRefused`, and `TransitionRefused` for an order that nothing warrants (L6).
    """
    try:
        _record_by_hand(order_id, by=by, at=at, note=note, stated=stated, seen=seen)
    except ActorRefused as refused:
        keep_attempt(order_id, refused, by=by, at=at)
        raise


@transaction.atomic
def _record_by_hand(
    order_id: int, *, by: Actor, at: datetime, note: str, stated: Stated | None, seen: str | None
) -> None:
    order = locked_order(order_id)
    refuse_unless_staff(order, "record_by_hand", by)
    if refused := why_not_recorded(order, seen=seen):
        raise refused
    data = keep(order, stated, by=by, at=at, note=note) if stated and not can_be_seen(order) else {}
    order.recorded_by_hand_at, order.recorded_by_hand_by = at, by.user
    order.retry(at=at)
    order.save()
    record_of(order, EventKind.RECORDED_BY_HAND, by=by, at=at, why=note, data=data)
