"""What a CRL or an OCSP response says about one certificate. Pure: bytes in, facts out, nothing fetched.

Nothing is believed unsigned: the issuer's signature, the issuer's name and the freshness come first.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ReasonFlags, ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from revocation.marking import gettext_noop
from revocation.pki.signatures import certificate_is_signed_by, crl_is_signed_by, response_is_signed_by

CLOCK_TOLERANCE = timedelta(minutes=5)
FEW = 8
"""Serial numbers: to walk all entries of a CRL once takes as long as to search it for nine."""

WITHOUT_NEXT_UPDATE = timedelta(days=1)
"""How long an OCSP answer that names no end is believed."""

REASON_CODES: Mapping[ReasonFlags, int] = {
    ReasonFlags.unspecified: 0,
    ReasonFlags.key_compromise: 1,
    ReasonFlags.ca_compromise: 2,
    ReasonFlags.affiliation_changed: 3,
    ReasonFlags.superseded: 4,
    ReasonFlags.cessation_of_operation: 5,
    ReasonFlags.certificate_hold: 6,
    ReasonFlags.remove_from_crl: 8,
    ReasonFlags.privilege_withdrawn: 9,
    ReasonFlags.aa_compromise: 10,
}
"""RFC 5280 section 5.3.1."""

STATUS_TEXTS: Mapping[str, str] = {
    "issuer_unreadable": gettext_noop("The issuer's certificate cannot be read."),
    "crl_unreadable": gettext_noop("What was served is not a CRL."),
    "crl_of_another_issuer": gettext_noop("The CRL is issued by %(found)s, but the certificate by %(wanted)s."),
    "crl_signature_wrong": gettext_noop("The CRL is not signed by the certificate's issuer."),
    "crl_outdated": gettext_noop("The CRL is out of date: its next update was due at %(next_update)s."),
    "crl_not_yet_valid": gettext_noop("The CRL is dated in the future: %(this_update)s."),
    "crl_elsewhere": gettext_noop("The CRL covers other certificates only: those that name %(found)s."),
    "crl_partial": gettext_noop("The CRL is a delta, an indirect one, or not for all certificates and reasons."),
    "ocsp_unreadable": gettext_noop("What was served is not an OCSP response."),
    "ocsp_refused": gettext_noop("The OCSP responder did not answer: %(status)s."),
    "ocsp_other_certificate": gettext_noop("The OCSP response is about another certificate."),
    "ocsp_signature_wrong": gettext_noop("The OCSP response is not signed by the issuer or a responder it appointed."),
    "ocsp_nonce_wrong": gettext_noop("The OCSP response answers another question (its nonce differs)."),
    "ocsp_outdated": gettext_noop("The OCSP response is out of date: it was good until %(next_update)s."),
    "ocsp_not_yet_valid": gettext_noop("The OCSP response is dated in the future: %(this_update)s."),
}
"""`StatusUnreadable.code` -> sentence."""


class StatusUnreadable(Exception):
    """Nothing can be learnt from this answer; `code` is a key of `STATUS_TEXTS`."""

    def __init__(self, code: str, params: Mapping[str, str] | None = None) -> None:
        super().__init__(STATUS_TEXTS[code] % (params or {}))
        self.code = code
        self.params = dict(params or {})


@dataclass(frozen=True)
class CrlSighting:
    """`reason`: RFC 5280 code, 0 where none is given; `revoked_at` and `reason` are None if not revoked."""

    revoked: bool
    revoked_at: datetime | None
    reason: int | None
    crl_number: int | None
    this_update: datetime
    next_update: datetime | None


@dataclass(frozen=True)
class OcspSighting:
    """`known` is False where the responder answers *unknown*."""

    known: bool
    revoked: bool
    revoked_at: datetime | None
    reason: int | None
    this_update: datetime
    next_update: datetime | None


@dataclass(frozen=True)
class _Freshness:
    """Checks thisUpdate and nextUpdate; `kind` is crl or ocsp."""

    kind: str
    this_update: datetime
    next_update: datetime | None

    def check(self, at: datetime) -> None:
        if self.this_update > at + CLOCK_TOLERANCE:
            raise StatusUnreadable(f"{self.kind}_not_yet_valid", {"this_update": self.this_update.isoformat()})
        end = self.next_update or self.this_update + WITHOUT_NEXT_UPDATE
        if end < at:
            raise StatusUnreadable(f"{self.kind}_outdated", {"next_update": end.isoformat()})


class ReadCrl:
    """A CRL whose signature, issuer, freshness and scope were checked."""

    def __init__(self, crl: x509.CertificateRevocationList) -> None:
        self._crl = crl
        self.number = _crl_number(crl)

    def say_of(self, serial_numbers: Collection[int]) -> dict[int, CrlSighting]:
        """What it says about each. A few are searched for one by one; for many all entries are walked once, and none
        kept but those asked for. Raises StatusUnreadable."""
        wanted = set(serial_numbers)
        try:
            if len(wanted) <= FEW:
                found = {n: self._crl.get_revoked_certificate_by_serial_number(n) for n in wanted}
            else:
                found = {entry.serial_number: entry for entry in self._crl if entry.serial_number in wanted}
            return {number: self._sighting(found.get(number)) for number in wanted}
        except (ValueError, x509.DuplicateExtension) as unreadable:
            raise StatusUnreadable("crl_unreadable") from unreadable

    def _sighting(self, entry: x509.RevokedCertificate | None) -> CrlSighting:
        return CrlSighting(
            revoked=entry is not None,
            revoked_at=None if entry is None else entry.revocation_date_utc,
            reason=None if entry is None else _entry_reason(entry),
            crl_number=self.number,
            this_update=self._crl.last_update_utc,
            next_update=self._crl.next_update_utc,
        )


def find_in_crl(
    crl_bytes: bytes, issuer_der: bytes, serial_number: int, at: datetime, named: Collection[str] = ()
) -> CrlSighting:
    """What the CRL (DER or PEM) of this issuer says about the serial number.

    `named`: the CRL addresses in the certificate. A CRL that is one part of several says by which addresses its
    certificates know it (RFC 5280 section 6.3.3 b 2); another part says nothing about this one.

    Raises StatusUnreadable, and for SM2 openssl.OpensslMissing.
    """
    return read_crl(crl_bytes, issuer_der, at, named).say_of([serial_number])[serial_number]


def read_crl(crl_bytes: bytes, issuer_der: bytes, at: datetime, named: Collection[str] = ()) -> ReadCrl:
    """The CRL, once it is believed. Raises what `find_in_crl` raises."""
    issuer = _issuer(issuer_der)
    try:
        crl = _load_crl(crl_bytes)
        _check_crl(crl, issuer, at)
        _check_scope(crl, named)
        return ReadCrl(crl)
    except (ValueError, x509.DuplicateExtension) as unreadable:
        raise StatusUnreadable("crl_unreadable") from unreadable


def ocsp_request(certificate_der: bytes, issuer_der: bytes, nonce: bytes | None = None) -> bytes:
    """DER of an OCSPRequest (RFC 6960 section 4.1) about one certificate, with a nonce if one is given.

    SHA-1 names the issuer, as RFC 5019 section 2.1.1 wants; it protects nothing here.
    """
    certificate = asn1.Certificate.load(certificate_der)
    name_hash, key_hash = _issuer_hashes(issuer_der, hashes.SHA1())  # noqa: S303 a name, see above
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        name_hash,
        key_hash,
        certificate.serial_number,
        hashes.SHA1(),  # noqa: S303
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def read_ocsp(
    response_bytes: bytes, certificate_der: bytes, issuer_der: bytes, at: datetime, nonce: bytes | None = None
) -> OcspSighting:
    """What the OCSP response (DER) says about the certificate.

    A response without a nonce is accepted even if one was asked for (RFC 6960 section 4.4.1: responders may
    answer from stock); a different one is not. Raises StatusUnreadable, and for SM2 openssl.OpensslMissing.
    """
    issuer = _issuer(issuer_der)
    try:
        response = ocsp.load_der_ocsp_response(response_bytes)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise StatusUnreadable("ocsp_refused", {"status": response.response_status.name.lower()})
        single = _single(response, asn1.Certificate.load(certificate_der).serial_number, issuer_der)
        _check_ocsp_signature(response, issuer, at)
        _check_nonce(response, nonce)
        _Freshness("ocsp", single.this_update_utc, single.next_update_utc).check(at)
        return _ocsp_sighting(single)
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as unreadable:
        raise StatusUnreadable("ocsp_unreadable") from unreadable


def _issuer(issuer_der: bytes) -> x509.Certificate:
    try:
        issuer = x509.load_der_x509_certificate(issuer_der)
        issuer.subject.public_bytes()
    except ValueError as unreadable:
        raise StatusUnreadable("issuer_unreadable") from unreadable
    return issuer


def _load_crl(crl_bytes: bytes) -> x509.CertificateRevocationList:
    is_pem = crl_bytes.lstrip().startswith(b"-----BEGIN")
    return x509.load_pem_x509_crl(crl_bytes) if is_pem else x509.load_der_x509_crl(crl_bytes)


def _check_crl(crl: x509.CertificateRevocationList, issuer: x509.Certificate, at: datetime) -> None:
    if crl.issuer != issuer.subject:
        found, wanted = crl.issuer.rfc4514_string(), issuer.subject.rfc4514_string()
        raise StatusUnreadable("crl_of_another_issuer", {"found": found, "wanted": wanted})
    if not crl_is_signed_by(crl, issuer):
        raise StatusUnreadable("crl_signature_wrong")
    _Freshness("crl", crl.last_update_utc, crl.next_update_utc).check(at)


def _check_scope(crl: x509.CertificateRevocationList, named: Collection[str]) -> None:
    for extension in crl.extensions:
        if isinstance(extension.value, x509.DeltaCRLIndicator):
            raise StatusUnreadable("crl_partial")
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            _check_point(extension.value, named)


def _check_point(point: x509.IssuingDistributionPoint, named: Collection[str]) -> None:
    """RFC 5280 section 5.2.5."""
    other_kinds = (point.indirect_crl, point.only_contains_ca_certs, point.only_contains_attribute_certs)
    if any(other_kinds) or point.only_some_reasons is not None:
        raise StatusUnreadable("crl_partial")
    addresses = {str(name.value) for name in point.full_name or () if isinstance(name, x509.UniformResourceIdentifier)}
    if addresses and addresses.isdisjoint(named):
        raise StatusUnreadable("crl_elsewhere", {"found": ", ".join(sorted(addresses))})


def _entry_reason(entry: x509.RevokedCertificate) -> int:
    try:
        return REASON_CODES[entry.extensions.get_extension_for_class(x509.CRLReason).value.reason]
    except x509.ExtensionNotFound:
        return 0


def _crl_number(crl: x509.CertificateRevocationList) -> int | None:
    try:
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return None


def _single(response: ocsp.OCSPResponse, serial_number: int, issuer_der: bytes) -> ocsp.OCSPSingleResponse:
    for single in response.responses:
        if single.serial_number == serial_number:
            hashed = _issuer_hashes(issuer_der, single.hash_algorithm)
            if hashed == (single.issuer_name_hash, single.issuer_key_hash):
                return single
    raise StatusUnreadable("ocsp_other_certificate")


def _issuer_hashes(issuer_der: bytes, algorithm: hashes.HashAlgorithm) -> tuple[bytes, bytes]:
    """issuerNameHash and issuerKeyHash (RFC 6960 section 4.1.1)."""
    issuer = asn1.Certificate.load(issuer_der)
    key_bits = issuer.public_key["public_key"].contents[1:]
    parts = (issuer.subject.dump(), key_bits)
    name_hash, key_hash = (hashlib.new(algorithm.name, part, usedforsecurity=False) for part in parts)
    return name_hash.digest(), key_hash.digest()


def _check_ocsp_signature(response: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> None:
    appointed = [found for found in response.certificates if _is_appointed(found, issuer, at)]
    if not any(response_is_signed_by(response, signer) for signer in (issuer, *appointed)):
        raise StatusUnreadable("ocsp_signature_wrong")


def _is_appointed(responder: x509.Certificate, issuer: x509.Certificate, at: datetime) -> bool:
    """RFC 6960 section 4.2.2.2: issued directly by the issuer, for OCSP signing."""
    try:
        usages = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return (
        ExtendedKeyUsageOID.OCSP_SIGNING in usages
        and responder.issuer == issuer.subject
        and responder.not_valid_before_utc - CLOCK_TOLERANCE <= at <= responder.not_valid_after_utc
        and certificate_is_signed_by(responder, issuer)
    )


def _check_nonce(response: ocsp.OCSPResponse, nonce: bytes | None) -> None:
    try:
        found = response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return
    if nonce is not None and found != nonce:
        raise StatusUnreadable("ocsp_nonce_wrong")


def _ocsp_sighting(single: ocsp.OCSPSingleResponse) -> OcspSighting:
    revoked = single.certificate_status is ocsp.OCSPCertStatus.REVOKED
    reason = None if single.revocation_reason is None else REASON_CODES[single.revocation_reason]
    return OcspSighting(
        known=single.certificate_status is not ocsp.OCSPCertStatus.UNKNOWN,
        revoked=revoked,
        revoked_at=single.revocation_time_utc,
        reason=(reason or 0) if revoked else None,
        this_update=single.this_update_utc,
        next_update=single.next_update_utc,
    )
