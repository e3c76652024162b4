"""What an OCSP answer needs from the tables, each time in one statement.

The statements are written in SQL: composing one for each question takes longer than all the rest of an answer.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connection

from revocation.authorities.local.issue import serial_text
from revocation.authorities.local.models import LocalAuthority
from revocation.authorities.local.ocsp.request import CertificateId
from revocation.authorities.local.revoke import RevokedEntry

Status = RevokedEntry | bool
"""Revoked since when and why, True for good, False for unknown."""

IN_STOCK = (
    "SELECT s.response_der, s.this_update, s.next_update, s.says_revoked, i.revoked_at IS NOT NULL, a.certificate_der "
    "FROM local_authority_localauthority a "
    "JOIN local_authority_issuedcertificate i ON i.authority_id = a.id "
    "JOIN local_authority_storedanswer s ON s.issued_id = i.id "
    "WHERE a.slug = %s AND i.serial_number = %s AND s.hash_name = %s"
)

STANDING = """
    SELECT a.id, a.certificate_der, a.algorithm, a.status_distid, k.certificate_der, k.encrypted_key, k.not_after,
           i.id, i.serial_number, i.revoked_at, i.reason
    FROM local_authority_localauthority a
    LEFT JOIN local_authority_ocspsigner k ON k.id = (
        SELECT id FROM local_authority_ocspsigner WHERE authority_id = a.id ORDER BY not_after DESC, id LIMIT 1
    )
    LEFT JOIN local_authority_issuedcertificate i ON i.authority_id = a.id AND i.serial_number IN ({serials})
    WHERE a.slug = %s
"""


class Stored(NamedTuple):
    """An answer in stock, with what its use depends on. `is_revoked`: what the certificate's own row says."""

    response_der: bytes
    this_update: datetime
    next_update: datetime
    says_revoked: bool
    is_revoked: bool
    issuer_der: bytes


class Appointed(NamedTuple):
    """A key that an authority appointed to sign, still encrypted, until `not_after`."""

    certificate_der: bytes
    encrypted_key: bytes
    not_after: datetime
    algorithm: str
    distid: str


class Issued(NamedTuple):
    """A certificate that the authority issued. `revocation`: None as long as it is good."""

    pk: int
    revocation: RevokedEntry | None

    @property
    def status(self) -> Status:
        return self.revocation or True


class Standing(NamedTuple):
    """An authority as it stands: its newest appointed key, and what it issued of that which was asked for."""

    authority_pk: int
    issuer_der: bytes
    newest: Appointed | None
    issued: Mapping[int, Issued]


def in_stock(slug: str, cert_id: CertificateId) -> Stored | None:
    """Return what is in stock about a certificate, whether or not it may be given."""
    with connection.cursor() as cursor:
        cursor.execute(IN_STOCK, (slug, serial_text(cert_id.serial_number), cert_id.hash_name))
        row = cursor.fetchone()
    if row is None:
        return None
    der, this_update, next_update, says_revoked, is_revoked, issuer_der = row
    times = (_utc(this_update), _utc(next_update))
    return Stored(bytes(der), *times, bool(says_revoked), bool(is_revoked), bytes(issuer_der))


def standing(slug: str, cert_ids: Sequence[CertificateId]) -> Standing:
    """Return the authority with the certificates that are asked for. Raises LocalAuthority.DoesNotExist."""
    serials = [serial_text(cert_id.serial_number) for cert_id in cert_ids]
    with connection.cursor() as cursor:
        cursor.execute(STANDING.format(serials=", ".join(["%s"] * len(serials))), (*serials, slug))
        rows = cursor.fetchall()
    if not rows:
        raise LocalAuthority.DoesNotExist
    pk, issuer_der, algorithm, distid, certificate_der, encrypted_key, not_after, *_ = rows[0]
    newest = None
    if not_after is not None:
        newest = Appointed(bytes(certificate_der), bytes(encrypted_key), _utc(not_after), algorithm, distid)
    issued = {int(row[8], 16): Issued(row[7], _revocation(row[9], row[10])) for row in rows if row[7] is not None}
    return Standing(pk, bytes(issuer_der), newest, issued)


def _revocation(revoked_at: datetime | None, reason: int | None) -> RevokedEntry | None:
    return None if revoked_at is None or reason is None else RevokedEntry(_utc(revoked_at), reason)


def _utc(moment: datetime) -> datetime:
    """Return the moment with its zone: SQLite keeps none, and PostgreSQL answers in that of the connection."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
