"""The authority's CRL (RFC 5280 section 5): header, stored entries joined, extensions, signature."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import core
from asn1crypto import x509 as asn1
from asn1crypto.parser import emit
from cryptography import x509

from revocation.authorities.local import keys
from revocation.authorities.local.assembly import Extension, asn1_time, extensions_der, signed
from revocation.authorities.local.issue import authority_key_identifier
from revocation.authorities.local.models import IssuedCertificate, LocalAuthority

LIFE = timedelta(days=7)
KEEP_AFTER_EXPIRY = timedelta(days=14)
"""Two lives: an entry stands in at least one CRL from after the certificate ended (RFC 5280 section 3.3)."""

ATTEMPTS = 5
V2 = core.Integer(1).dump()
SEQUENCE_TAG = 16


class CrlBusy(Exception):
    """Others kept publishing at the same time; the published CRL does not cover everything yet. Try again."""


@dataclass(frozen=True)
class PublishedCrl:
    """The current CRL."""

    der: bytes
    number: int
    this_update: datetime
    next_update: datetime


def publish_crl(authority: LocalAuthority, *, at: datetime) -> PublishedCrl:
    """The CRL that covers every revocation committed before the call; put together anew only when needed.

    Needed: after a revocation, and when half its life is over. Without locks: what was published meanwhile
    is noticed by its number, and wins. Raises CrlBusy, keys.KeyUnreadable, and for SM2
    openssl.OpensslMissing, openssl.OpensslFailed.
    """
    for _ in range(ATTEMPTS):
        now = LocalAuthority.objects.get(pk=authority.pk)
        published = _published(now)
        if published is not None and not _is_due(now, published, at):
            return published
        _replace(now, at)
    raise CrlBusy(f"The CRL of {authority.name} changes faster than it can be published.")


def build(
    authority: LocalAuthority,
    entries: Iterable[bytes],
    *,
    number: int,
    this_update: datetime,
    next_update: datetime,
) -> bytes:
    """DER of a full CRL with these entries (DER each)."""
    signer = keys.status_signer(authority)
    issuer = x509.load_der_x509_certificate(bytes(authority.certificate_der)).subject
    revoked = b"".join(entries)
    extensions = extensions_der(
        [Extension(authority_key_identifier(authority)), Extension(x509.CRLNumber(number))]
    ).dump()
    parts = (
        V2,
        signer.algorithm.dump(),
        asn1.Name.load(issuer.public_bytes()).dump(),
        asn1_time(this_update).dump(),
        asn1_time(next_update).dump(),
        _sequence(revoked) if revoked else b"",  # absent, not empty: RFC 5280 section 5.1.2.6
        emit(2, 1, 0, extensions),
    )
    return signed(_sequence(b"".join(parts)), signer)


def _sequence(contents: bytes) -> bytes:
    return bytes(emit(0, 1, SEQUENCE_TAG, contents))


def _published(authority: LocalAuthority) -> PublishedCrl | None:
    if authority.crl_this_update is None or authority.crl_next_update is None:
        return None
    return PublishedCrl(
        bytes(authority.crl_der), authority.crl_number, authority.crl_this_update, authority.crl_next_update
    )


def _is_due(authority: LocalAuthority, published: PublishedCrl, at: datetime) -> bool:
    return authority.revocations > authority.crl_covers or at >= published.this_update + LIFE / 2


def _replace(read: LocalAuthority, at: datetime) -> None:
    """`read` was loaded before the entries are: one that slips in between is merely published twice."""
    at = at.replace(microsecond=0)
    number = read.crl_number + 1
    der = build(read, _entries(read, at), number=number, this_update=at, next_update=at + LIFE)
    LocalAuthority.objects.filter(pk=read.pk, crl_number=read.crl_number).update(
        crl_der=der,
        crl_number=number,
        crl_covers=read.revocations,
        crl_this_update=at,
        crl_next_update=at + LIFE,
    )


def _entries(authority: LocalAuthority, at: datetime) -> Iterable[bytes]:
    revoked = IssuedCertificate.objects.filter(
        authority=authority, revoked_at__isnull=False, not_after__gte=at - KEEP_AFTER_EXPIRY
    )
    return (bytes(entry) for entry in revoked.order_by("pk").values_list("crl_entry", flat=True) if entry)
