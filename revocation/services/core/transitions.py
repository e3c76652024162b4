"""The frame of every verb: lock, check the state, check the actor, act, save, record.

It is one transaction, and nothing in it touches the outside world. Follow-up work is left in the rows for the worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import override
from django_fsm import ConcurrentTransition, can_proceed, has_transition_perm

from revocation.marking import gettext_noop
from revocation.messages import Message, Refused, table
from revocation.models import (
    Actor,
    Certificate,
    CertificateState,
    EventKind,
    RequestState,
    RevocationOrder,
    RevocationRequest,
)
from revocation.models import family as family_of
from revocation.models.certificate.chain import all_descendants
from revocation.models.request.desk import CARRIED_OUT
from revocation.models.request.permissions import takes_part
from revocation.services.core.errors import ActorRefused as ActorRefused
from revocation.services.core.events import record
from revocation.services.core.locking import locked_row, row
from revocation.services.core.ordering import NO_ORDERS, REVOKES, blank_strays, order_revocations

MESSAGES = table(
    "request",
    {
        "decided_meanwhile": gettext_noop("%(who)s has already decided. %(number)s is now “%(state)s”."),
        "moved_on": gettext_noop("You cannot do this because %(number)s is now “%(state)s”."),
        "circular": gettext_noop(
            "The record of reissues goes round in a circle. Nothing was decided. Correct the record first."
        ),
    },
    status=409,
    words=frozenset({"state"}),
)


class TransitionRefused(Refused):
    """The state does not allow the verb: it changed in the meantime, or `why` stands against it."""

    def __init__(self, verb: str, request: RevocationRequest, why: Message | None = None) -> None:
        self.carry(why or moved_on(request))
        self.verb, self.request = verb, request


def moved_on(request: RevocationRequest) -> Message:
    """R4: say what happened in the meantime, and by whom."""
    with override(None):
        facts = {"number": request.number, "state": str(request.get_state_display())}
    if request.decided_by:
        return MESSAGES.message("decided_meanwhile", facts | {"who": str(request.decided_by)})
    return MESSAGES.message("moved_on", facts)


def locked(request_id: int, *, with_certificate: bool = False) -> RevocationRequest:
    """Return the request, its row locked until the transaction ends (SQLite locks the whole database).

    `with_certificate`: the row of its certificate is locked too, after it.
    """
    request: RevocationRequest = locked_row(RevocationRequest, request_id)
    read = locked_row if with_certificate else row
    request.certificate = read(Certificate, request.certificate_id)
    return request


def locked_certificates(certificate_ids: Iterable[int]) -> list[Certificate]:
    """Lock and return several certificates in one query.

    The order is always the same, so that two transactions do not wait for each other.
    """
    keys = list(certificate_ids)
    if not keys:
        return []  # most certificates have no reissues; Django would build the statement and not send it
    return list(Certificate.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))


def locked_certificate(certificate_id: int) -> Certificate:
    certificate: Certificate = locked_row(Certificate, certificate_id)
    return certificate


def refuse_unless_possible(request: RevocationRequest, verb: str, by: Actor) -> None:
    """Raise `TransitionRefused` unless the state allows the verb, then `ActorRefused` unless the actor may."""
    method = getattr(request, verb)
    if not can_proceed(method):
        raise TransitionRefused(verb, request)
    if not has_transition_perm(method, by):  # type: ignore[arg-type]
        raise ActorRefused(verb, request, part=takes_part(request, by))


Transition = Callable[..., None]
"""A transition of `RevocationRequest`: it says from which state to which, under what condition, and who may."""

EVENT_OF: dict[Transition, EventKind] = {
    RevocationRequest.submit_for_review: EventKind.SUBMITTED,
    RevocationRequest.submit_for_proof: EventKind.SUBMITTED,
    RevocationRequest.submit_exempt: EventKind.SUBMITTED,
    RevocationRequest.discard: EventKind.DISCARDED,
    RevocationRequest.resubmit: EventKind.RESUBMITTED,
    RevocationRequest.ask_for_assistance: EventKind.ASSISTANCE_ASKED,
    RevocationRequest.prove_key: EventKind.KEY_PROVEN,
    RevocationRequest.assign: EventKind.TAKEN,
    RevocationRequest.unassign: EventKind.GIVEN_BACK,
    RevocationRequest.reassign: EventKind.TAKEN_OVER,
    RevocationRequest.vouch: EventKind.VOUCHED,
    RevocationRequest.approve: EventKind.APPROVED,
    RevocationRequest.approve_original: EventKind.APPROVED,
    RevocationRequest.approve_first: EventKind.FIRST_APPROVED,
    RevocationRequest.reject: EventKind.REJECTED,
    RevocationRequest.hand_back: EventKind.HANDED_BACK,
    RevocationRequest.prove: EventKind.PROVEN,
    RevocationRequest.fail: EventKind.FAILED,
}
"""L1: the event of each verb. What the worker does to many requests at once, it records itself."""


@contextmanager
def acting(
    transition: Transition,
    request_id: int,
    *,
    by: Actor,
    at: datetime,
    why: str = "",
    data: dict[str, Any] | None = None,
    affected: list[Certificate] | None = None,
) -> Iterator[RevocationRequest]:
    """Lock the request, check that the transition is possible, let the body call it, save and record (`EVENT_OF`).

    The body receives the locked request and must call the transition. Only the columns that it changed are written.
    `affected`: the body adds the affected certificates (`lock_family`), so the request's own is locked with it. The
    event names them, and then each gets its order (L6). A lost race surfaces as `TransitionRefused` on both databases.
    """
    verb = transition.__name__
    try:
        with transaction.atomic():
            request = locked(request_id, with_certificate=affected is not None)
            refuse_unless_possible(request, verb, by)
            before, columns = request.state, request.columns()
            yield request
            earlier = blank_strays(affected) if affected else NO_ORDERS
            request.save_changes(since=columns)
            named = {REVOKES: [certificate.fingerprint for certificate in affected]} if affected else {}
            told = (data or {}) | named
            event = EVENT_OF[transition]
            record(event, by=by, at=at, request=request, before=before, after=request.state, why=why, data=told)
            if affected:
                order_revocations(request, affected, earlier, at=at)
    except ConcurrentTransition:
        raise TransitionRefused(verb, RevocationRequest.objects.get(pk=request_id)) from None


def lock_family(request: RevocationRequest, *, at: datetime) -> list[Certificate]:
    """M4, N2: put the certificate and every living reissue into *revoking*; return them, the subject first.

    `acting` has locked the subject with the request, since it was given `affected`.
    """
    subject = request.certificate
    kin = family_of(subject, at)
    if kin.circular:
        raise TransitionRefused("lock", request, MESSAGES.message("circular"))
    affected = [subject, *locked_certificates(c.pk for c in kin.descendants)]
    for certificate in affected:
        if certificate.state == CertificateState.ISSUED:
            certificate.enter_revocation()
            certificate.save(update_fields=["state"])
    return affected


def release_family(request: RevocationRequest, *, spare: int | None = None) -> None:
    """M4: make *issued* again what the request had locked and does not revoke.

    `spare`: the key of a certificate that stays locked. What another request or an order holds stays too (`held_by`).
    """
    for certificate in held_by(request):
        if certificate.pk != spare and certificate.state == CertificateState.REVOKING:
            certificate.release()
            certificate.save(update_fields=["state"])


def held_by(request: RevocationRequest) -> list[Certificate]:
    """Lock and return the subject and its reissues, except those with an order or held by another submitted request."""
    subject = locked_certificate(request.certificate_id)
    kin = [subject, *locked_certificates(c.pk for c in all_descendants(subject))]
    others = RevocationRequest.objects.filter(is_open=True, certificate__in=[c.pk for c in kin])
    submitted = others.exclude(pk=request.pk).exclude(state=RequestState.DRAFT)
    taken = set(submitted.values_list("certificate", flat=True))
    orders = RevocationOrder.objects.filter(certificate__in=[c.pk for c in kin], request__state__in=CARRIED_OUT)
    taken |= set(orders.values_list("certificate", flat=True))
    return [certificate for certificate in kin if certificate.pk not in taken]
