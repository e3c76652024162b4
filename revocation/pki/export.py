"""Export of certificates as PEM, and as PKCS#7 without signers (RFC 5652 section 5, "certs-only")."""

from __future__ import annotations

from collections.abc import Iterable

from asn1crypto import pem

from revocation.pki.strict_der import INTEGER, SEQUENCE, SET, encoded

SIGNED_DATA, DATA = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("06092a864886f70d010701")
"""Object identifiers of the content types."""
TAGGED = 0xA0


def as_pem(ders: Iterable[bytes]) -> bytes:
    """Return the certificates as PEM blocks (RFC 7468), one after the other."""
    return b"".join(pem.armor("CERTIFICATE", der) for der in ders)


def as_pkcs7(ders: Iterable[bytes]) -> bytes:
    """Return the certificates as a PKCS#7 bundle in PEM. They are not parsed, so they stay as they are (SM2 too)."""
    nobody = encoded(SET)
    certificates = encoded(TAGGED, *sorted(ders))
    signed_data = encoded(SEQUENCE, encoded(INTEGER, b"\x01"), nobody, encoded(SEQUENCE, DATA), certificates, nobody)
    return bytes(pem.armor("PKCS7", encoded(SEQUENCE, SIGNED_DATA, encoded(TAGGED, signed_data))))
