"""What comes in place of certificates, recognised by its bytes: keys, key stores, requests, CRLs (threat 40)."""

from __future__ import annotations

from collections.abc import Callable

from asn1crypto import core, crl, csr, keys

from revocation.pki import der
from revocation.pki.reading.certificate_facts import MALFORMED

SEQUENCE = bytes([der.SEQUENCE])
JAVA_KEYSTORES = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")
HOLDS_KEYS = frozenset({"private_key", "pkcs12", "java_keystore"})
"""Codes of what holds, or may hold, a private key."""


def begins_like_signed(data: bytes) -> bool:
    """Whether the data is a sequence that begins with two sequences: the content of something signed, its algorithm.

    A certificate does, and nothing that holds a key: there an integer or an octet string is one of the first two.
    """
    second = second_at(data)
    return second > 0 and data[second : second + 1] == SEQUENCE


def second_at(data: bytes) -> int:
    """Return where the second value of a sequence begins whose first value is a sequence; 0 if the data is no such."""
    if data[:1] != SEQUENCE or der.total_length(data[:7]) is None:
        return 0
    first = 2 + (data[1] - der.LONG_FORM) * (data[1] > der.LONG_FORM)
    length = der.total_length(data[first : first + 7])
    return 0 if length is None or data[first : first + 1] != SEQUENCE else first + length


def _parses(kind: type[core.Asn1Value]) -> Callable[[bytes], bool]:
    """Return a test of whether data parses as this kind, down to its last field."""

    def parses(data: bytes) -> bool:
        try:
            kind.load(data, strict=True).native  # noqa: B018 - touching is the test
        except MALFORMED:
            return False
        return True

    return parses


def _is_pkcs12(data: bytes) -> bool:
    """Whether the data is a PFX (RFC 7292 section 4): version 3, then content that begins with a type identifier."""
    try:
        outer = core.SequenceOf.load(data, spec=core.Any, strict=True)
        return bool(outer[0].parse(core.Integer).native == 3) and outer[1].contents[:1] == b"\x06"
    except MALFORMED:
        return False


def is_bare_key(data: bytes) -> bool:
    """Whether the data is a private key in DER: PKCS#1, SEC 1 or PKCS#8, plain or encrypted."""
    kinds = (keys.PrivateKeyInfo, keys.EncryptedPrivateKeyInfo, keys.RSAPrivateKey, keys.ECPrivateKey)
    return any(_parses(kind)(data) for kind in kinds)


OTHER_DER: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("java_keystore", lambda data: data.startswith(JAVA_KEYSTORES)),
    ("pkcs12", _is_pkcs12),
    ("private_key", is_bare_key),
    ("csr", _parses(csr.CertificationRequest)),
    ("crl", _parses(crl.CertificateList)),
    ("public_key", _parses(keys.PublicKeyInfo)),
)
"""Other things that may come in DER, those with keys first: code, and the test that recognises it."""


def other_kind(data: bytes) -> str:
    """Return the code from `OTHER_DER` that fits the data, or an empty text."""
    return next((code for code, recognises in OTHER_DER if data and recognises(data)), "")
