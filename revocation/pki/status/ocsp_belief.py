"""Whether an OCSP response may be believed (RFC 6960 sections 3.2 and 4.2.2, rule C6), and what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from revocation.pki.distinguished import same_name
from revocation.pki.facts import MALFORMED
from revocation.pki.signatures import is_signed_by
from revocation.pki.status import ocsp
from revocation.pki.status.ocsp import CertId, NotAnswered, Response, Single, parse_response, read_single
from revocation.pki.status.said import (
    CLOCK_TOLERANCE,
    REMOVE_FROM_CRL,
    OcspSighting,
    StatusUnreadable,
    check_freshness,
    published_reason,
    shown_everywhere,
)
from revocation.pki.structure import (
    AUTHORITY_KEY_IDENTIFIER,
    DIGITAL_SIGNATURE,
    EXTENDED_KEY_USAGE,
    KEY_USAGE,
    NON_REPUDIATION,
    SUBJECT_KEY_IDENTIFIER,
    Parts,
    key_digest,
    read_parts,
)

OCSP_SIGNING, NO_CHECK = "1.3.6.1.5.5.7.3.9", "1.3.6.1.5.5.7.48.1.5"
UNDERSTOOD_OF_RESPONDER = frozenset(
    {
        *(KEY_USAGE, EXTENDED_KEY_USAGE, AUTHORITY_KEY_IDENTIFIER, SUBJECT_KEY_IDENTIFIER, NO_CHECK),
        *("2.5.29.17", "2.5.29.18", "2.5.29.19", "2.5.29.31", "2.5.29.32", "1.3.6.1.5.5.7.1.1"),
    }
)
"""Extensions of a responder's certificate that may be critical: names, basic constraints, CRL points, policies, AIA."""

HASHES: Mapping[str, str] = {
    ocsp.SHA1: "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "1.2.156.10197.1.401": "sm3",
}
"""Hashes that a CertID may be made with. SM3 works only if Python's own OpenSSL has it."""


CERTIFICATES = 8
"""Certificates of a response that are tried as its responder's. It may hold any number, and each costs a check."""


def ocsp_request(certificate_der: bytes, issuer_der: bytes, nonce: bytes | None = None) -> bytes:
    """Return an OCSPRequest (RFC 6960 section 4.1) in DER about one certificate, with a nonce if one is given.

    SHA-1 names the issuer, as RFC 5019 section 2.1.1 requires. It protects nothing here. Raises StatusUnreadable.
    """
    certificate, issuer = _both(certificate_der, issuer_der)
    about = _certificate_id(certificate, issuer, ocsp.SHA1)
    if about is None:
        raise StatusUnreadable("issuer_unreadable")
    return ocsp.request(about.name_hash, about.key_hash, about.serial, nonce)


def read_ocsp(
    response_bytes: bytes, certificate_der: bytes, issuer_der: bytes, at: datetime, nonce: bytes | None = None
) -> OcspSighting:
    """Return what the OCSP response (DER) says about the certificate.

    A response without a nonce is accepted even if one was asked for, since responders may answer with a response made
    earlier (RFC 6960 section 4.4.1). A different nonce is not accepted. Raises StatusUnreadable, and for SM2
    openssl.OpensslMissing.
    """
    certificate, issuer = _both(certificate_der, issuer_der)
    try:
        response = parse_response(response_bytes)
        single = _about(response, certificate, issuer)
        _check_signature(response, issuer, at)
        _check_extensions(response, single, nonce)
    except NotAnswered as refused:
        raise StatusUnreadable("ocsp_refused", {"status": refused.status}) from refused
    except MALFORMED as unreadable:
        raise StatusUnreadable("ocsp_unreadable") from unreadable
    check_freshness("ocsp", single.this_update, single.next_update, at)
    return _sighting(single)


def _both(certificate_der: bytes, issuer_der: bytes) -> tuple[Parts, Parts]:
    try:
        certificate = read_parts(certificate_der)
    except MALFORMED as unreadable:
        raise StatusUnreadable("certificate_not_der") from unreadable
    try:
        return certificate, read_parts(issuer_der)
    except MALFORMED as unreadable:
        raise StatusUnreadable("issuer_unreadable") from unreadable


def _certificate_id(certificate: Parts, issuer: Parts, hashed_with: str) -> CertId | None:
    """Return the CertID of a certificate (RFC 6960 section 4.1.1), or None for an unknown hash.

    The name is the certificate's issuer field, and the key is the issuer's.
    """
    try:
        digest = hashlib.new(HASHES.get(hashed_with, ""), certificate.issuer, usedforsecurity=False).digest()
        return CertId(hashed_with, digest, key_digest(issuer, HASHES[hashed_with]), certificate.serial)
    except MALFORMED:
        return None


def _about(response: Response, certificate: Parts, issuer: Parts) -> Single:
    """Return what the response says about this certificate. It may say the same thing twice."""
    found = [
        read_single(rest)
        for about, rest in response.singles
        if about.serial == certificate.serial and about == _certificate_id(certificate, issuer, about.hashed_with)
    ]
    if not found:
        raise StatusUnreadable("ocsp_other_certificate")
    said = {(single.status, single.revoked_at, single.reason) for single in found}
    if len(said) > 1 or found[0].reason == REMOVE_FROM_CRL:  # removeFromCRL: "revoked because no longer revoked"
        raise StatusUnreadable("ocsp_contradicts")
    return found[0]


def _check_signature(response: Response, issuer: Parts, at: datetime) -> None:
    """Check that the issuer, or a responder that it appointed, signed the response and is the one that it names."""
    tried = response.certificates[:CERTIFICATES]
    signers = [issuer, *(parts for found in tried if (parts := _appointed(found, issuer, at)))]
    if not any(_is_named(response, signer) and is_signed_by(response, signer) for signer in signers):
        raise StatusUnreadable("ocsp_signature_wrong")


def _is_named(response: Response, signer: Parts) -> bool:
    if response.responder_name is not None:
        return same_name(response.responder_name, signer.subject)
    return response.responder_key == key_digest(signer)


def _appointed(responder: bytes, issuer: Parts, at: datetime) -> Parts | None:
    """Read a responder's certificate that the issuer itself issued for OCSP signing (RFC 6960 section 4.2.2.2).

    Returns None for any other certificate.
    """
    try:
        found = read_parts(responder)
        usage = found.key_usage
        fits = (
            OCSP_SIGNING in found.extended_key_usages
            and (usage is None or not usage.isdisjoint({DIGITAL_SIGNATURE, NON_REPUDIATION}))
            and all(oid in UNDERSTOOD_OF_RESPONDER for oid, one in found.extensions.items() if one.critical)
            and same_name(found.issuer, issuer.subject)
            and found.not_before - CLOCK_TOLERANCE <= at <= found.not_after
            and is_signed_by(found, issuer)
        )
    except MALFORMED:
        return None
    return found if fits else None


def _check_extensions(response: Response, single: Single, nonce: bytes | None) -> None:
    for extensions in (response.extensions, single.extensions):
        for oid, extension in extensions.items():
            if extension.critical and oid != ocsp.NONCE:
                raise StatusUnreadable("ocsp_critical", {"oid": oid})
    found = response.extensions.get(ocsp.NONCE)
    if nonce is not None and found is not None and found.value not in (nonce, b"\x04" + bytes([len(nonce)]) + nonce):
        raise StatusUnreadable("ocsp_nonce_wrong")


def _sighting(single: Single) -> OcspSighting:
    revoked = single.status == "revoked"
    return OcspSighting(
        known=single.status != "unknown",
        revoked=revoked,
        revoked_at=single.revoked_at,
        reason=published_reason(single.reason) if revoked else None,
        this_update=single.this_update,
        next_update=shown_everywhere(single.next_update),
    )
