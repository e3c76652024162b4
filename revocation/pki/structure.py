"""The parts of a certificate and its extensions as they stand in the bytes, for judging CRLs and OCSP responses.

This module also reads what the two libraries refuse (negative serial numbers, unknown keys). Names and keys stay as
they are. What people see of a certificate comes from `facts`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from revocation.pki import strict_der as der
from revocation.pki.strict_der import DerError, Reader

SUBJECT_KEY_IDENTIFIER, KEY_USAGE, AUTHORITY_KEY_IDENTIFIER = "2.5.29.14", "2.5.29.15", "2.5.29.35"
EXTENDED_KEY_USAGE = "2.5.29.37"
DIGITAL_SIGNATURE, NON_REPUDIATION, CRL_SIGN = 0, 1, 6
"""Bits of keyUsage (RFC 5280 section 4.2.1.3)."""


@dataclass(frozen=True, slots=True)
class Extension:
    critical: bool
    value: bytes


Extensions = Mapping[str, Extension]
"""Dotted object identifier -> extension."""


def read_extensions(sequence: Reader) -> dict[str, Extension]:
    """Read the content of an `Extensions` SEQUENCE (RFC 5280 section 4.1).

    Raises DerError, also if one identifier appears twice.
    """
    found: dict[str, Extension] = {}
    while sequence:
        one = sequence.enter(der.SEQUENCE)
        oid = der.dotted(one.content(der.OID))
        flag = one.optional(der.BOOLEAN)
        value = one.content(der.OCTET_STRING)
        one.finish()
        if oid in found:
            raise DerError(f"two extensions {oid}")
        found[oid] = Extension(flag is not None and der.boolean(flag.rest), value)
    return found


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one certificate. `serial`: the content of the INTEGER.

    Names, the key and the algorithm are whole elements.
    """

    tbs: bytes
    serial: bytes
    issuer: bytes
    not_before: datetime
    not_after: datetime
    subject: bytes
    key: bytes
    extensions: Extensions
    algorithm: bytes
    signature: bytes

    @property
    def serial_number(self) -> int:
        return int.from_bytes(self.serial, signed=True)

    @property
    def key_bits(self) -> bytes:
        """The bytes from which key hashes are made (RFC 6960 section 4.1.1)."""
        spki = Reader(self.key).enter(der.SEQUENCE)
        spki.element(der.SEQUENCE)
        return der.bits(spki.content(der.BIT_STRING))

    @property
    def key_usage(self) -> frozenset[int] | None:
        """Bits that are set. None without the extension, when any use is allowed."""
        found = self.extensions.get(KEY_USAGE)
        return None if found is None else der.named_bits(Reader(found.value).content(der.BIT_STRING))

    @property
    def key_identifier(self) -> bytes | None:
        found = self.extensions.get(SUBJECT_KEY_IDENTIFIER)
        return None if found is None else Reader(found.value).content(der.OCTET_STRING)

    @property
    def extended_key_usages(self) -> frozenset[str]:
        found = self.extensions.get(EXTENDED_KEY_USAGE)
        usages = Reader(found.value).enter(der.SEQUENCE) if found else Reader(b"")
        names = set[str]()
        while usages:
            names.add(der.dotted(usages.content(der.OID)))
        return frozenset(names)


def read_parts(certificate: bytes) -> Parts:
    """Read the parts of a certificate in DER. Raises DerError."""
    outer = Reader(certificate).enter(der.SEQUENCE)
    tbs = outer.element(der.SEQUENCE)
    algorithm, signature = outer.element(der.SEQUENCE), der.bits(outer.content(der.BIT_STRING))
    outer.finish()
    inner = Reader(tbs).enter(der.SEQUENCE)
    inner.optional(0xA0)
    serial = inner.content(der.INTEGER)
    if inner.element(der.SEQUENCE) != algorithm:
        raise DerError("two signature algorithms")
    issuer, validity = inner.element(der.SEQUENCE), inner.enter(der.SEQUENCE)
    not_before, not_after = der.instant(validity), der.instant(validity)
    subject, key = inner.element(der.SEQUENCE), inner.element(der.SEQUENCE)
    for unique_identifier in (0x81, 0x82):
        inner.optional(unique_identifier)
    wrapped = inner.optional(0xA3)
    extensions = read_extensions(wrapped.enter(der.SEQUENCE)) if wrapped is not None else {}
    return Parts(tbs, serial, issuer, not_before, not_after, subject, key, extensions, algorithm, signature)


def key_digest(parts: Parts, algorithm: str = "sha1") -> bytes:
    return hashlib.new(algorithm, parts.key_bits, usedforsecurity=False).digest()
