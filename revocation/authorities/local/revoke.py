"""The revocation of an issued certificate: once and for good, however often it is asked for."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.db import transaction
from django.db.models import F

from certportal.database.many import update_rows
from revocation.authorities.local.assembly import asn1_time
from revocation.authorities.local.issue import serial_text
from revocation.authorities.local.models import CrlShard, IssuedCertificate, LocalAuthority
from revocation.pki import strict_der as der

TAKES_REASONS = frozenset({0, 1, 3, 4, 5, 9})
CRL_REASON = bytes.fromhex("0603551d15")
"""The OID 2.5.29.21 of the extension that says why (RFC 5280 section 5.3.1)."""


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
            _mark_crls(issued.authority_id, {issued.shard: 1})
        return found_revocation(issued) or RevokedEntry(at, reason)


def revoke_certificates(
    authority: LocalAuthority, reasons: Mapping[int, int], *, at: datetime
) -> dict[int, RevokedEntry]:
    """Revoke several certificates in one transaction: serial number → reason, to what stands in the books then.

    Each is treated as by `revoke_certificate`. Numbers that were not issued here are left out. Raises ReasonNotTaken.
    """
    if odd := set(reasons.values()) - TAKES_REASONS:
        raise ReasonNotTaken(f"Reasons {sorted(odd)} are not among {sorted(TAKES_REASONS)}.")
    at, numbers = at.replace(microsecond=0), {serial_text(number): number for number in reasons}
    mine = IssuedCertificate.objects.filter(authority=authority, serial_number__in=numbers)
    with transaction.atomic():
        rows = mine.select_for_update().order_by("pk").values_list(*READ)
        changes, shards, books = dict[int, dict[str, object]](), Counter[int | None](), dict[int, RevokedEntry]()
        for pk, serial, shard, calls, revoked_at, reason in rows:
            number = numbers[serial]
            changes[pk] = {"revoke_calls": calls + 1}
            if revoked_at is None:
                revoked_at, reason = at, reasons[number]
                changes[pk] |= {
                    "revoked_at": at,
                    "reason": reason,
                    "crl_entry": crl_entry(number, at, reason),
                    "effective_revocations": 1,
                }
                shards[shard] += 1
            books[number] = RevokedEntry(revoked_at, reason)
        update_rows(IssuedCertificate, changes)
        _mark_crls(authority.pk, shards)
    return books


READ = ("pk", "serial_number", "shard", "revoke_calls", "revoked_at", "reason")


def _mark_crls(authority_id: int, revoked: Mapping[int | None, int]) -> None:
    """Mark the complete CRL, and those of the shards, as out of date. `revoked`: how many of each shard.

    The worker puts them together (`crl.due_shards`, `crl.due_complete`).
    """
    if not revoked:
        return
    LocalAuthority.objects.filter(pk=authority_id).update(revocations=F("revocations") + sum(revoked.values()))
    for number in sorted(number for number in revoked if number is not None):
        shard = CrlShard.objects.filter(authority=authority_id, number=number)
        shard.update(revocations=F("revocations") + revoked[number])


def found_revocation(issued: IssuedCertificate) -> RevokedEntry | None:
    """Return the revocation of the certificate, or None."""
    if issued.revoked_at is None or issued.reason is None:
        return None
    return RevokedEntry(issued.revoked_at, issued.reason)


def crl_entry(serial_number: int, revoked_at: datetime, reason: int) -> bytes:
    """DER of one entry of revokedCertificates (RFC 5280 section 5.1.2.6). Reason 0 has no extension (section 5.3.1)."""
    number = der.encoded(der.INTEGER, der.integer_content(serial_number))
    said = b"" if reason == 0 else _reason_extension(reason)
    return der.encoded(der.SEQUENCE, number, _time(revoked_at), said)


@lru_cache(maxsize=16)
def _reason_extension(reason: int) -> bytes:
    code = der.encoded(der.ENUMERATED, bytes((reason,)))
    extension = der.encoded(der.SEQUENCE, CRL_REASON, der.encoded(der.OCTET_STRING, code))
    return der.encoded(der.SEQUENCE, extension)


@lru_cache(maxsize=16)
def _time(moment: datetime) -> bytes:
    return bytes(asn1_time(moment).dump())
