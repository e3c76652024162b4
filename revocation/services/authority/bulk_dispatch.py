"""M5: sending many orders to an authority that can revoke many in one call.

The steps are those of `dispatch`: claim, check the grounds, write down the reason, ask, record. Each is taken for all
orders at once. What cannot be done together, or fails for all because of one, is done one by one by `dispatch` (C5).
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from revocation import crash_points
from revocation.authorities import registry
from revocation.authorities.interface import (
    Authority,
    Confirmed,
    NeedsAttention,
    RevocationInstruction,
    RevokesMany,
    nearest_reason,
)
from revocation.authorities.messages import AuthorityFailed
from revocation.authorities.publishing import publishes_within
from revocation.messages import in_english
from revocation.models import Actor, EventKind, RequestState, RevocationOrder, RevocationRequest
from revocation.services.authority import dispatch
from revocation.services.authority.order_rows import OrderRow, bytes_of, lock_orders, read_orders, subjects
from revocation.services.authority.orders import by_authority, instruction_for, is_over
from revocation.services.authority.warrants import refuse
from revocation.services.core import clock
from revocation.services.core.events import Entry, record_all
from revocation.services.core.set_based import write_all, written_by

log = logging.getLogger(__name__)

TOGETHER = 250
"""Orders of one call, and of one transaction: other writers wait for it, milliseconds only."""

ONE_BY_ONE = 45.0
"""Seconds after which no further order of a batch is sent by itself. With one more call it is within the claim."""

Answers = Mapping[int, dispatch.Answer]
"""By the key of the order."""


def due_by_authority(*, at: datetime, limit: int = 4 * TOGETHER) -> dict[str, list[int]]:
    """Return due orders by authority, at most `limit` for each, so that no authority crowds out another."""
    return by_authority(RevocationOrder.to_dispatch.due(at).order_by("next_attempt_at"), limit)


def together(slug: str) -> int:
    """Return how many orders of this authority are sent in one call."""
    try:
        authority = registry.authority(slug)
    except registry.UnknownAuthority:
        return 1
    return TOGETHER if isinstance(authority, RevokesMany) else 1


def tell_all(order_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Claim these orders, send them to their authority, record its answers; one alone as `dispatch.tell` does."""
    if len(order_ids) == 1:
        dispatch.tell(order_ids[0], by=by, at=at)
        return
    begun = time.monotonic()
    crash_points.reach(crash_points.BEFORE_CLAIM)
    claimed = RevocationOrder.to_dispatch.claim(order_ids, at=at, lease=dispatch.LEASE, only=dispatch.DECIDED)
    if missed := set(order_ids) - set(claimed):
        _refused(read_orders(missed), by=by, at=at)
    crash_points.reach(crash_points.AFTER_CLAIM)
    orders = read_orders(claimed)
    refused = _refused(orders, by=by, at=at)
    left = {order.pk: order for order in orders if order.pk not in refused}
    for slug in sorted({order.certificate.authority for order in left.values()}):
        some = [order for order in left.values() if order.certificate.authority == slug]
        for done in _tell_or_leave(slug, some, by=by, at=at, begun=begun):
            del left[done]
    _tell_one_by_one(list(left), by=by, at=at, begun=begun)


def _refused(orders: Sequence[OrderRow], *, by: Actor, at: datetime) -> set[int]:
    """Set aside what nothing warrants. If that cannot be asked for all at once, each order is asked about by itself."""
    try:
        return refuse(orders, by=by, at=at)
    except Exception:
        log.exception("the grounds of %s orders are looked at one by one", len(orders))
        return set()


def _tell_one_by_one(order_ids: Sequence[int], *, by: Actor, at: datetime, begun: float) -> None:
    """Send claimed orders one after another. One that fails holds up no other (C5).

    Those that it does not come to in good time, well before the claim ends, are given back.
    """
    for number, order_id in enumerate(order_ids):
        if time.monotonic() - begun > ONE_BY_ONE:
            RevocationOrder.to_dispatch.release(order_ids[number:], at=at, lease=dispatch.LEASE)
            return
        try:
            dispatch.send_claimed(order_id, by=by, at=at + clock.passed(begun))
        except Exception:
            log.exception("order %s cannot be carried out; it is tried again later", order_id)


def _tell_or_leave(slug: str, orders: Sequence[OrderRow], *, by: Actor, at: datetime, begun: float) -> Collection[int]:
    """Send the claimed orders of one authority in one call; return those that are done with."""
    try:
        authority = registry.authority(slug)
        if not isinstance(authority, RevokesMany):
            return ()
        return _tell(authority, orders, by=by, at=at, begun=begun)
    except registry.UnknownAuthority:  # `dispatch` tells staff
        return ()
    except Exception:
        log.exception("%s orders to %s are sent one by one", len(orders), slug)
        return ()


def _tell(
    authority: Authority, orders: Sequence[OrderRow], *, by: Actor, at: datetime, begun: float
) -> Collection[int]:
    """Send orders together. `begun`: what `time.monotonic` said at `at`."""
    sound = _of_their_certificates(orders)
    reasons = _settled(authority, [order for order, _ in sound])
    sound = [(order, der) for order, der in sound if order.pk in reasons]
    _begin([order for order, _ in sound], reasons, by=by, at=at)
    crash_points.reach(crash_points.BEFORE_AUTHORITY)
    answers = _ask(
        authority, [instruction_for(order, reasons[order.pk], der=der, issuer_der=None) for order, der in sound]
    )
    crash_points.reach(crash_points.AFTER_AUTHORITY)
    answered = at + clock.passed(begun)
    confirmed = {pk: answer for pk, answer in answers.items() if isinstance(answer, Confirmed)}
    _confirm(confirmed, visible_by=at + publishes_within(authority.slug), by=by, at=at, answered=answered)
    for pk in answers.keys() - confirmed.keys():
        dispatch.note(pk, answers[pk], by=by, at=at, answered=answered)
    crash_points.reach(crash_points.AFTER_COMMIT)
    return answers.keys()


def _of_their_certificates(orders: Sequence[OrderRow]) -> list[tuple[OrderRow, bytes]]:
    """Return the orders whose bytes are those that were imported, with them: drivers revoke what the bytes say."""
    ders = bytes_of(orders)
    return [
        (order, der)
        for order in orders
        if (der := ders.get(order.certificate_id)) is not None
        and hashlib.sha256(der).hexdigest() == order.certificate.fingerprint.lower()
    ]


def _settled(authority: Authority, orders: Iterable[OrderRow]) -> dict[int, int]:
    """Return the reason to send for each order that the authority takes one for. A reason written before stands."""
    reasons = dict[int, int]()
    for order in orders:
        try:
            sent = order.reason_sent
            reasons[order.pk] = nearest_reason(order.reason, authority.takes_reasons) if sent is None else sent
        except NeedsAttention:  # `dispatch` tells staff
            continue
    return reasons


def _begin(orders: Sequence[OrderRow], reasons: Mapping[int, int], *, by: Actor, at: datetime) -> None:
    """Write down the reasons to be sent, and put the requests into *revoking*."""
    with transaction.atomic():
        now = lock_orders([order.pk for order in orders])
        unsent = [order for order in now if order.reason_sent is None]
        if any(order.reason_sent not in (None, reasons[order.pk]) for order in now):
            raise RuntimeError("another worker has written down another reason")
        write_all(
            RevocationOrder,
            {order.pk: {"reason_sent": reasons[order.pk]} for order in unsent},
            {order.pk: order.state for order in unsent},
        )
        approved = {order.request_id: order for order in now if order.request.state == RequestState.APPROVED}
        before = RequestState.APPROVED
        columns = written_by(RevocationRequest, "begin_revoking", state=before, worker=by) if approved else {}
        write_all(RevocationRequest, dict.fromkeys(approved, columns), dict.fromkeys(approved, before))
        about = subjects(approved.values())
        entries = [
            Entry(
                EventKind.AUTHORITY_ASKED,
                about[order.request.certificate_id],
                order.request,
                before=before,
                after=RequestState.REVOKING,
            )
            for order in approved.values()
        ]
        record_all(entries, by=by, at=at)


def _ask(authority: Authority, instructions: Sequence[RevocationInstruction]) -> Answers:
    """Call the driver, outside any transaction."""
    numbers = {order.key: int(order.key.removeprefix("revocation-")) for order in instructions}
    if not instructions or not isinstance(authority, RevokesMany):
        return {}
    try:
        answers = authority.revoke_many(instructions)
    except AuthorityFailed as failure:
        return dict.fromkeys(numbers.values(), failure)
    return {numbers[key]: answer for key, answer in answers.items() if key in numbers}


def _confirm(
    answers: Mapping[int, Confirmed], *, visible_by: datetime, by: Actor, at: datetime, answered: datetime
) -> None:
    """Record the confirmations. Orders that are over meanwhile stay as they are."""
    confirmed = _Confirmation(visible_by=visible_by, at=at, answered=answered)
    with transaction.atomic():
        orders = [order for order in lock_orders(answers.keys()) if not is_over(order)]
        changes = {order.pk: confirmed.of(order, answers[order.pk]) for order in orders}
        write_all(RevocationOrder, changes, {order.pk: order.state for order in orders})
        entries = [
            Entry(
                EventKind.AUTHORITY_CONFIRMED,
                order.certificate,
                order.request,
                why=in_english(answers[order.pk].words),
                data=dispatch.confirmed_data(order.reason, order.reason_sent, answers[order.pk]),
            )
            for order in orders
        ]
        record_all(entries, by=by, at=answered)


class _Confirmation:
    """What confirmations that came at the same time write. Those that differ in their receipts only are asked once."""

    def __init__(self, *, visible_by: datetime, at: datetime, answered: datetime) -> None:
        self._when: dict[str, Any] = {"visible_by": visible_by, "at": at, "answered": answered}
        self._known: dict[tuple[object, ...], dict[str, Any]] = {}

    def of(self, order: OrderRow, answer: Confirmed) -> dict[str, Any]:
        """Return the columns that the confirmation writes."""
        before = {"confirmed_at": order.confirmed_at, "visible_by": order.visible_by}
        said: dict[str, Any] = {"revoked_at": answer.revoked_at, "reason": answer.reason, "words": answer.words}
        alike = (order.state, *before.values(), *map(str, said.values()))
        if alike not in self._known:
            self._known[alike] = written_by(
                RevocationOrder, "confirm", state=order.state, known=before, receipt={}, **said, **self._when
            )
        return self._known[alike] | {"receipt": dict(answer.receipt)}
