"""How certificates come in: imported from files, or issued by an embedded authority.

A file is read and its certificates are parsed outside of transactions. Each batch is stored in a transaction of its
own. On SQLite nobody else can write meanwhile, so others get their turn between two batches. What is stored stays when
an import is killed. The same file again adds the rest, since a known fingerprint changes nothing.
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from django.db import DataError, IntegrityError, transaction

from certportal.accounts.models import Customer
from revocation.authorities.local.csr import read_csr
from revocation.authorities.local.issue import issue
from revocation.authorities.local.models import Algorithm, LocalAuthority
from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.models import Actor, BlockedKey, Certificate, EventKind
from revocation.pki.bundle import Piece, PrivateKeyPresented, read_each
from revocation.pki.facts import Level, UnreadableCertificate, read_certificate
from revocation.services.core.chains import keep_issuers
from revocation.services.core.events import record
from revocation.services.core.transitions import locked_certificate
from revocation.services.inventory.intake import Imported, ImportRefused, IssuanceFacts, Order, Result, add, looked_up

__all__ = ["ChangeRefused", "ImportRefused", "Imported", "IssuanceFacts", "Result", "import_bundle", "import_file"]

IMPORT_PERMISSION = "revocation.import_certificates"

BATCH = 400
"""Certificates of one transaction, at most."""
BATCH_BYTES = 1024 * 1024
"""Bytes after which a transaction has enough: certificates with very many names are few a batch."""
PAUSE = 0.03
"""Seconds between two transactions, at least (`_Turns`)."""
NOT_STORED = (DataError, IntegrityError, ValueError)
"""What the database raises for the facts of one certificate, rather than because it is busy or gone."""


def import_bundle(data: bytes, *, customer: Customer, order: IssuanceFacts, by: Actor, at: datetime) -> list[Imported]:
    """Do as `import_file`, for bytes. When nothing of it was taken in, raise the first refusal."""
    results = list(import_file(io.BytesIO(data), customer=customer, order=order, by=by, at=at))
    if results and all(result.refused for result in results) and (first := results[0].refused):
        raise first
    return results


def import_file(
    source: BinaryIO, *, customer: Customer, order: IssuanceFacts, by: Actor, at: datetime
) -> Iterator[Imported]:
    """Take in what is in a file; yield what came of each certificate once its batch is stored.

    CA certificates are kept for chains; the others become the customer's. A refused one affects no other. Raises
    `UnreadableCertificate` for the whole file (also for a private key: nothing of the file is kept) or `ImportRefused`.
    """
    ordered, log, turns, pieces = looked_up(order, customer), _Refusals(), _Turns(), read_each(source)
    try:
        while batch := _next_batch(pieces):
            log.note(batch)
            with turns.writing():
                results = _stored(batch, order=ordered, by=by, at=at)
            yield from results
    except UnreadableCertificate as refused:
        log.first = refused
        log.record(by=by, at=at)
        raise
    log.record(by=by, at=at)


def _next_batch(pieces: Iterator[Piece]) -> list[Piece]:
    """Read the pieces of the next transaction; none at the end of the file."""
    batch, size = list[Piece](), 0
    for piece in islice(pieces, BATCH):
        batch.append(piece)
        size += len(piece.facts.der) if piece.facts else 0
        if size >= BATCH_BYTES:
            break
    return batch


class _Turns:
    """Lets others write between two batches: for as long as the last batch took, at least `PAUSE`.

    A writer that waits for SQLite's lock sleeps no longer than it has waited by then, and 25 ms where that is less. So
    it finds the lock free. Reading the next batch counts, since it needs no lock.
    """

    def __init__(self) -> None:
        self._free_since = self._free_for = 0.0

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Wait for the turn, then let the caller write."""
        time.sleep(max(0.0, self._free_since + self._free_for - time.monotonic()))
        begun = time.monotonic()
        yield
        self._free_since = time.monotonic()
        self._free_for = max(PAUSE, self._free_since - begun)


@dataclass
class _Refusals:
    """The certificates of a file that were not read: one event for all of them."""

    first: UnreadableCertificate | None = None
    count: int = 0

    def note(self, batch: list[Piece]) -> None:
        refusals = [piece.refused for piece in batch if piece.refused]
        self.first = self.first or next(iter(refusals), None)
        self.count += len(refusals)

    def record(self, *, by: Actor, at: datetime) -> None:
        if self.first:
            key = isinstance(self.first, PrivateKeyPresented)
            data = {"code": self.first.code, "private_key": key, "certificates": self.count}
            record(EventKind.IMPORT_REFUSED, by=by, at=at, data=data)


def _stored(batch: list[Piece], *, order: Order, by: Actor, at: datetime) -> list[Imported]:
    """Store a batch; return what came of each piece, in its order."""
    facts = [piece.facts for piece in batch if piece.facts]
    try:
        results = iter(add(facts, order=order, by=by, at=at) if facts else [])
    except NOT_STORED:
        # Another import brought the same certificates, or the database does not take one: each by itself.
        return [_alone(piece, order=order, by=by, at=at) for piece in batch]
    return [_placed(piece, next(results) if piece.facts else None) for piece in batch]


def _alone(piece: Piece, *, order: Order, by: Actor, at: datetime) -> Imported:
    if not piece.facts:
        return _placed(piece, None)
    try:
        (result,) = add([piece.facts], order=order, by=by, at=at)
    except NOT_STORED:
        result = Imported(piece.facts, Result.REFUSED, refused=ImportRefused("not_stored"))
    return _placed(piece, result)


def _placed(piece: Piece, result: Imported | None) -> Imported:
    unread = Imported(None, Result.REFUSED, refused=piece.refused)
    return (result or unread)._replace(number=piece.number, line=piece.line)


OIDS = {Level.DV: "2.23.140.1.2.1", Level.OV: "2.23.140.1.2.2", Level.EV: "2.23.140.1.1"}
"""CA/Browser Forum policy identifiers by validation level."""


def issue_certificate(
    csr_pem: bytes,
    *,
    authority: LocalAuthority,
    customer: Customer,
    order: IssuanceFacts,
    by: Actor,
    at: datetime,
    days: int = 90,
    names: Sequence[str] | None = None,
    not_before: datetime | None = None,
) -> Certificate:
    """Let an embedded authority issue from a CSR, and put the certificate into the inventory.

    Raises `CsrRefused` or `ImportRefused` (also for a blocked key). The authority's own record is written first, as
    with any authority.
    """
    level = order.level or Level.DV
    ordered = looked_up(order, customer)
    _refuse_blocked_key(csr_pem, authority)
    der = issue(
        authority,
        csr_pem,
        names=names,
        days=days,
        organisation="" if level is Level.DV else customer.name,
        policy_oids=(OIDS[level],),
        not_before=not_before,
        at=at,
    )
    with transaction.atomic():
        keep_issuers([read_certificate(bytes(authority.certificate_der))])
        (added,) = add([read_certificate(der)], order=ordered, by=by, at=at, event=EventKind.ISSUED)
    if added.refused:
        raise added.refused
    certificate = added.certificate
    assert certificate is not None  # noqa: S101 - a fresh serial number is never known
    return certificate


def _refuse_blocked_key(csr_pem: bytes, authority: LocalAuthority) -> None:
    asked = read_csr(csr_pem, sm2=authority.algorithm == Algorithm.SM2)
    if BlockedKey.objects.filter(key_digest=hashlib.sha256(asked.public_key).hexdigest().upper()).exists():
        raise ImportRefused("key_blocked")


MESSAGES = table(
    "renewal", {"not_allowed": gettext_noop("You do not have permission to change the purchase data.")}, status=403
)


class ChangeRefused(Refused):
    """The actor may not change what the purchase says."""

    subject = "renewal"


def mark_to_be_renewed(certificate_id: int, wanted: bool, *, by: Actor, at: datetime) -> bool:
    """N1: record whether the purchase is to be renewed; return False when it said so already.

    Raises `ChangeRefused`.
    """
    if not by.may(IMPORT_PERMISSION):
        raise ChangeRefused("not_allowed")
    with transaction.atomic():
        certificate = locked_certificate(certificate_id)
        if certificate.to_be_renewed == wanted:
            return False
        certificate.to_be_renewed = wanted
        certificate.save(update_fields=["to_be_renewed"])
        kind = EventKind.RENEWAL_MARKED if wanted else EventKind.RENEWAL_UNMARKED
        record(kind, by=by, at=at, certificate=certificate)
        return True
