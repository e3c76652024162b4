"""M5, C7: orders that staff carry out in an authority's own console, and how they end where nothing is published.

If a certificate names an OCSP or CRL address on the web, the portal looks there as usual: what staff record only makes
the worker look. If it names none, or only a directory, the portal cannot see its status. Its order ends when one member
of staff has written down what the authority states, and another has confirmed that. The proof is then *recorded by
hand*, and does not claim that anything was seen.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from revocation.authorities.local.models import LocalAuthority
from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.models import (
    Actor,
    CertificateBytes,
    EventKind,
    HandRecord,
    OrderState,
    RequestState,
    RevocationOrder,
)
from revocation.pki.facts import UnreadableCertificate, read_certificate
from revocation.services.authority.orders import locked_order, record_of
from revocation.services.authority.warrants import unwarranted
from revocation.services.core.events import record
from revocation.services.core.transitions import ActorRefused, TransitionRefused
from revocation.services.inventory.certificates import IMPORT_PERMISSION

RETRY_PERMISSION = "revocation.retry_revocation"
WHO_MAY: dict[str, tuple[str, ...]] = {
    "retry": (RETRY_PERMISSION,),
    "record_by_hand": (RETRY_PERMISSION, IMPORT_PERMISSION),
    "confirm_by_hand": (RETRY_PERMISSION, IMPORT_PERMISSION),
}
"""THE TABLE of what staff may do with an order: any of these permissions is enough. Certificate staff have the
authority's console, so they record what they did there."""
MESSAGES = table(
    "order",
    {
        "finished": gettext_noop("This order is finished: the certificate is revoked since %(at)s (%(through)s)."),
        "confirmed_by_hand": gettext_noop(
            "%(who)s confirmed the record by hand on %(at)s. The portal closes the order within a minute."
        ),
        "confirmed": gettext_noop("The CA confirmed it on %(at)s. The portal is checking CRL and OCSP."),
        "recorded_already": gettext_noop("%(who)s recorded it already, on %(at)s."),
        "nothing_to_confirm": gettext_noop("No statement of the CA is recorded. There is nothing to confirm."),
        "own_record": gettext_noop("You recorded this statement. Another member of staff must confirm it."),
        "record_changed": gettext_noop(
            "The record changed while you were reading. Read it again before you confirm it."
        ),
        "not_started": gettext_noop("The worker has not started this order yet. Try again in a minute."),
        "under_way": gettext_noop("The portal is contacting the CA. Check again in a minute."),
        "about_to_start": gettext_noop("The portal contacts the CA within a few seconds."),
    },
    status=409,
)


class OrderRefused(Refused):
    """The order's present state does not allow it."""

    subject = "order"


@dataclass(frozen=True)
class Stated:
    """What the authority states: since when the certificate is revoked, and for which reason (RFC 5280 5.3.1)."""

    revoked_at: datetime
    reason: int


def refuse_unless_staff(order: RevocationOrder, verb: str, by: Actor) -> None:
    """Raise `ActorRefused` unless the actor has the permission and no part in the request (R3).

    Those who filed or submitted the request, or belong to its organisation, have a part in it. That does not stop them
    from asking again. Raises `TransitionRefused` for an order that nothing warrants (L6).
    """
    request = order.request
    filed = by.user is not None and by.user_id in (request.filed_by_id, request.submitted_by_id)
    takes_part = verb != "retry" and (filed or by.belongs_to(request.certificate.customer_id))
    if takes_part or not any(by.may(permission) for permission in WHO_MAY[verb]):
        raise ActorRefused(verb, request, part=takes_part)
    if why := unwarranted([order]).get(order.pk):
        raise TransitionRefused(verb, request, why)


def can_be_seen(order: RevocationOrder) -> bool:
    """Return whether the portal can see the revocation, on the web or in a register that it reads.

    On the web means at an address that the certificate names. A directory (`ldap:`) is not looked into. A certificate
    that cannot be read, or is not what was imported, counts as visible, since it may name an address.
    """
    if LocalAuthority.objects.filter(slug=order.certificate.authority).exists():
        return True
    kept = CertificateBytes.objects.filter(certificate=order.certificate_id).first()
    if kept is None:
        return True
    der = bytes(kept.der)
    if hashlib.sha256(der).hexdigest() != order.certificate.fingerprint.lower():
        return True
    try:
        facts = read_certificate(der)
    except UnreadableCertificate:
        return True
    return bool(facts.web_ocsp_urls or facts.web_crl_urls)


def record_of_hand(order: RevocationOrder) -> HandRecord | None:
    rows = HandRecord.objects.select_related("recorded_by", "confirmed_by")
    found: HandRecord | None = rows.filter(order=order).first()
    return found


def state_seen(order: RevocationOrder) -> str:
    """Return what a page shows of the order, so that the page's answer can be bound to it."""
    kept = record_of_hand(order)
    moments = (order.recorded_by_hand_at, kept and kept.recorded_at, kept and kept.confirmed_at)
    return " ".join(moment.isoformat() if moment else "-" for moment in moments)


def when(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i") if moment else "–"


def why_over(order: RevocationOrder) -> OrderRefused | None:
    """Return what became of an order that is finished; None for one that is not."""
    if order.state == OrderState.PROVEN:
        return OrderRefused("finished", at=when(order.revoked_at), through=str(order.get_proven_through_display()))
    kept = record_of_hand(order) if order.state == OrderState.CONFIRMED else None
    if kept and kept.confirmed_by:
        return OrderRefused("confirmed_by_hand", who=str(kept.confirmed_by), at=when(kept.confirmed_at))
    return None


def why_not_recorded(order: RevocationOrder, *, seen: str | None) -> OrderRefused | None:
    """Return what stands against recording now, or None.

    `seen`: what the page showed (`state_seen`); None: not known.
    """
    if over := why_over(order):
        return over
    if order.state == OrderState.CONFIRMED:
        return OrderRefused("confirmed", at=when(order.confirmed_at))
    if order.recorded_by_hand_at and (seen != state_seen(order) or can_be_seen(order)):
        who, moment = str(order.recorded_by_hand_by), when(order.recorded_by_hand_at)
        return OrderRefused("recorded_already", who=who, at=moment)
    return None


def keep(order: RevocationOrder, stated: Stated, *, by: Actor, at: datetime, note: str) -> dict[str, Any]:
    """Write down what the authority states, in place of an unconfirmed record; return it for the event."""
    fields = {
        "recorded_at": at,
        "recorded_by": by.user,
        "revoked_at": stated.revoked_at,
        "reason": stated.reason,
        "note": note,
    }
    HandRecord.objects.update_or_create(order=order, defaults=fields)
    return {"revoked_at": stated.revoked_at.isoformat(), "reason": stated.reason}


def confirm(order_id: int, *, by: Actor, at: datetime, seen: str) -> None:
    """Confirm, as a second person, what was recorded. It counts as the authority's confirmation.

    `seen`: the state that the page showed (`state_seen`). Raises `OrderRefused`, `ActorRefused`, and
    `TransitionRefused` for an order that nothing warrants (L6).
    """
    try:
        _confirm(order_id, by=by, at=at, seen=seen)
    except ActorRefused as refused:
        keep_attempt(order_id, refused, by=by, at=at)
        raise


@transaction.atomic
def _confirm(order_id: int, *, by: Actor, at: datetime, seen: str) -> None:
    order = locked_order(order_id)
    refuse_unless_staff(order, "confirm_by_hand", by)
    kept = record_of_hand(order)
    if refused := why_over(order) or _why_not_confirmed(order, kept, by, seen):
        raise refused
    assert kept is not None  # noqa: S101 - `_why_not_confirmed` has looked
    kept.confirmed_at, kept.confirmed_by = at, by.user
    kept.save()
    order.confirm(
        revoked_at=kept.revoked_at, reason=kept.reason, receipt=_answer(kept), at=at, answered=at, visible_by=at
    )
    order.save()
    record_of(order, EventKind.HAND_RECORD_CONFIRMED, by=by, at=at, why=kept.note, data=_answer(kept))


def _why_not_confirmed(order: RevocationOrder, kept: HandRecord | None, by: Actor, seen: str) -> OrderRefused | None:
    if kept is None:
        return OrderRefused("nothing_to_confirm")
    if kept.recorded_by_id == by.user_id:
        return OrderRefused("own_record")
    if seen != state_seen(order):
        return OrderRefused("record_changed")
    if order.request.state == RequestState.APPROVED:
        return OrderRefused("not_started")
    return None


def _answer(kept: HandRecord) -> dict[str, Any]:
    """Return the record as the authority's answer: whose word it is, and nothing that the authority did not say."""
    return {
        "recorded_by_hand": {
            "by": str(kept.recorded_by),
            "at": kept.recorded_at.isoformat(),
            "note": kept.note,
            "confirmed_by": str(kept.confirmed_by),
            "confirmed_at": kept.confirmed_at.isoformat() if kept.confirmed_at else None,
        },
        "public_status": None,
    }


def keep_attempt(order_id: int, refused: ActorRefused, *, by: Actor, at: datetime) -> None:
    """L1: record an attempt that R3 refuses as an event."""
    with transaction.atomic():
        order = locked_order(order_id)
        attempt = {"verb": refused.verb, "takes_part": refused.takes_part}
        record(
            EventKind.DECISION_REFUSED,
            by=by,
            at=at,
            certificate=order.certificate,
            request=order.request,
            why=refused.message.in_english,
            data=attempt,
        )
