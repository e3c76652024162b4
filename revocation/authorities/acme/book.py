"""The account's own book: which certificate the authority was asked to revoke, why, and when it said so."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from revocation.authorities.acme.models import AcmeRevocation
from revocation.authorities.interface import Confirmed, Json, RevocationOrder
from revocation.pki.facts import read_certificate


class Entry(NamedTuple):
    """A revocation that the authority has answered."""

    asked_at: datetime
    answered_at: datetime
    reason: int


def to_be_asked(slug: str, order: RevocationOrder, reason: int) -> int:
    """The reason to ask with: that of the first time, if it was asked before."""
    made, _ = AcmeRevocation.objects.get_or_create(
        slug=slug, fingerprint=_fingerprint(order), defaults={"reason": reason, "asked_at": timezone.now()}
    )
    return made.reason


def reason_changed(slug: str, order: RevocationOrder, reason: int) -> int:
    """The authority refused the reason, so nothing has happened yet: this one instead."""
    _rows(slug, order).filter(answered_at=None).update(reason=reason)
    return reason


def answered(slug: str, order: RevocationOrder, reason: int) -> Entry:
    """The authority says that it is revoked; the first answer's time and reason stand."""
    now = timezone.now()
    to_be_asked(slug, order, reason)
    _rows(slug, order).filter(answered_at=None).update(answered_at=now)
    row = _rows(slug, order).get()
    return Entry(row.asked_at, row.answered_at or now, row.reason)


def found_in_book(slug: str, order: RevocationOrder) -> Confirmed | None:
    """The answer it gave, if it gave one."""
    row = _rows(slug, order).filter(answered_at__isnull=False).first()
    if row is None or row.answered_at is None:
        return None
    receipt: dict[str, Json] = {"authority": slug, "answered_at": row.answered_at.isoformat(), "reason": row.reason}
    return Confirmed(row.answered_at, row.reason, receipt)


def _rows(slug: str, order: RevocationOrder) -> QuerySet[AcmeRevocation]:
    return AcmeRevocation.objects.filter(slug=slug, fingerprint=_fingerprint(order))


def _fingerprint(order: RevocationOrder) -> str:
    return read_certificate(order.certificate_der).fingerprint_sha256
