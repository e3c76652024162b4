"""The account's own book: which certificate the authority was asked to revoke, why, and when it answered."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from revocation.authorities.acme.models import AcmeRevocation
from revocation.authorities.acme.network import AcmeProblem
from revocation.authorities.interface import Confirmed, Json, RevocationInstruction
from revocation.authorities.messages import CONFIRMED
from revocation.pki.facts import read_certificate

SERVER_ERRORS = 500
"""HTTP statuses from here on say nothing about what was done."""


class Entry(NamedTuple):
    """A revocation that the authority has answered. `first`: DONE, KNOWN or SILENCE."""

    asked_at: datetime
    answered_at: datetime
    reason: int
    first: str


DONE, KNOWN, SILENCE = "done", "known", "silence"
"""The authority's first answer: it revoked; it was revoked before; the same, but an earlier call got no answer."""
SAYS: Mapping[str, str] = {KNOWN: "already_revoked", SILENCE: "already_revoked_after_silence"}
"""First answer -> key of `messages.CONFIRMED`, for what people have to know."""


def to_be_asked(slug: str, order: RevocationInstruction, reason: int) -> int:
    """Enter that the authority is to be asked. Returns the reason to send, which is that of the first time."""
    made, _ = AcmeRevocation.objects.get_or_create(
        slug=slug, fingerprint=_fingerprint(order), defaults={"reason": reason, "asked_at": timezone.now()}
    )
    return made.reason


def reason_changed(slug: str, order: RevocationInstruction, reason: int) -> int:
    """Enter and return another reason. The authority refused the first one, so nothing has been done yet."""
    _rows(slug, order).filter(answered_at=None).update(reason=reason)
    return reason


@contextmanager
def calling(slug: str, order: RevocationInstruction) -> Iterator[None]:
    """Mark one call as unanswered while it runs: until the authority has answered, nobody knows whether it acted.

    A refusal is an answer. A server error or silence is none, and the mark stays.
    """
    first_silence = _rows(slug, order).filter(unanswered=False).update(unanswered=True)
    try:
        yield
    except AcmeProblem as refused:
        if first_silence and refused.status < SERVER_ERRORS:
            _rows(slug, order).update(unanswered=False)
        raise


def done(slug: str, order: RevocationInstruction) -> None:
    """Enter that the authority says it has just revoked the certificate."""
    _rows(slug, order).filter(done_at=None).update(done_at=timezone.now(), unanswered=False)


def answered(slug: str, order: RevocationInstruction, reason: int) -> Entry:
    """Enter that the authority says *revoked*. The first answer's time and reason stand."""
    now = timezone.now()
    to_be_asked(slug, order, reason)
    _rows(slug, order).filter(answered_at=None).update(answered_at=now)
    row = _rows(slug, order).get()
    return _entry(row, row.answered_at or now)


def found_in_book(slug: str, name: str, order: RevocationInstruction) -> Confirmed | None:
    """Return the answer that the authority gave, if it gave one."""
    row = _rows(slug, order).filter(answered_at__isnull=False).first()
    if row is None or row.answered_at is None:
        return None
    receipt: dict[str, Json] = {"authority": slug, "answered_at": row.answered_at.isoformat()}
    return confirmed(_entry(row, row.answered_at), name, receipt)


def confirmed(entry: Entry, name: str, receipt: Mapping[str, Json]) -> Confirmed:
    """Return an entry as Confirmed, with time and reason only where the authority revoked for us.

    *Already revoked* states neither (C7).
    """
    if entry.first == DONE:
        return Confirmed(entry.answered_at, entry.reason, {**receipt, "reason": entry.reason})
    words = CONFIRMED.message(SAYS[entry.first], {"authority": name})
    return Confirmed(None, None, {**receipt, "reason": None}, already=entry.first == KNOWN, words=words)


def _entry(row: AcmeRevocation, answered_at: datetime) -> Entry:
    if row.done_at is not None:
        return Entry(row.asked_at, row.done_at, row.reason, DONE)
    return Entry(row.asked_at, answered_at, row.reason, SILENCE if row.unanswered else KNOWN)


def _rows(slug: str, order: RevocationInstruction) -> QuerySet[AcmeRevocation]:
    return AcmeRevocation.objects.filter(slug=slug, fingerprint=_fingerprint(order))


def _fingerprint(order: RevocationInstruction) -> str:
    return read_certificate(order.certificate_der).fingerprint_sha256
