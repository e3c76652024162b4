"""The revocation of an issued certificate: once and for good, however often it is asked for."""

from datetime import datetime
from typing import NamedTuple

from asn1crypto import core, crl
from cryptography import x509
from cryptography.x509 import ReasonFlags
from django.db import transaction
from django.db.models import F

from revocation.authorities.local.assembly import Extension, asn1_time, extensions_der
from revocation.authorities.local.issue import serial_text
from revocation.authorities.local.models import CrlShard, IssuedCertificate, LocalAuthority

REASON_FLAGS: dict[int, ReasonFlags] = {
    1: ReasonFlags.key_compromise,
    3: ReasonFlags.affiliation_changed,
    4: ReasonFlags.superseded,
    5: ReasonFlags.cessation_of_operation,
    9: ReasonFlags.privilege_withdrawn,
}
"""Reason code -> what the CRL entry's extension says; 0 has no extension (RFC 5280 section 5.3.1)."""

TAKES_REASONS = frozenset({0, *REASON_FLAGS})


class NotIssuedHere(Exception):
    """The authority never issued a certificate with this serial number."""


class ReasonNotTaken(Exception):
    """The authority does not take this reason code."""


class RevokedEntry(NamedTuple):
    """The first and only revocation of a certificate."""

    revoked_at: datetime
    reason: int


def revoke_certificate(authority: LocalAuthority, serial_number: int, reason: int, *, at: datetime) -> RevokedEntry:
    """Revoke a certificate. If it is revoked already, the first time and reason stand, whatever this call says.

    `at` counts in whole seconds, as the CRL does. Raises NotIssuedHere, ReasonNotTaken.
    """
    if reason not in TAKES_REASONS:
        raise ReasonNotTaken(f"Reason {reason} is not one of {sorted(TAKES_REASONS)}.")
    at = at.replace(microsecond=0)
    entry = crl_entry(serial_number, at, reason)
    mine = IssuedCertificate.objects.filter(authority=authority, serial_number=serial_text(serial_number))
    with transaction.atomic():
        effective = mine.filter(revoked_at=None).update(
            revoked_at=at,
            reason=reason,
            crl_entry=entry,
            effective_revocations=F("effective_revocations") + 1,
            revoke_calls=F("revoke_calls") + 1,
        )
        if not effective and not mine.update(revoke_calls=F("revoke_calls") + 1):
            raise NotIssuedHere(f"{authority.name} did not issue serial number {serial_text(serial_number)}.")
        issued = mine.defer("certificate_der").get()
        if effective:
            _mark_crls(issued)
        return found_revocation(issued) or RevokedEntry(at, reason)


def _mark_crls(issued: IssuedCertificate) -> None:
    """Mark both CRLs that have to list it as out of date.

    The worker puts them together (`crl.due_shards`, `crl.due_complete`).
    """
    LocalAuthority.objects.filter(pk=issued.authority_id).update(revocations=F("revocations") + 1)
    if issued.shard is not None:
        shard = CrlShard.objects.filter(authority=issued.authority_id, number=issued.shard)
        shard.update(revocations=F("revocations") + 1)


def found_revocation(issued: IssuedCertificate) -> RevokedEntry | None:
    """Return the revocation of the certificate, or None."""
    if issued.revoked_at is None or issued.reason is None:
        return None
    return RevokedEntry(issued.revoked_at, issued.reason)


def crl_entry(serial_number: int, revoked_at: datetime, reason: int) -> bytes:
    """DER of one entry of revokedCertificates (RFC 5280 section 5.1.2.6)."""
    fields: dict[str, object] = {
        "user_certificate": core.Integer(serial_number),
        "revocation_date": asn1_time(revoked_at),
    }
    if reason in REASON_FLAGS:
        fields["crl_entry_extensions"] = crl.CRLEntryExtensions.load(
            extensions_der([Extension(x509.CRLReason(REASON_FLAGS[reason]))]).dump()
        )
    return bytes(crl.RevokedCertificate(fields).dump())
