"""Certificates, CRLs and OCSP responses, put together byte by byte, really signed. No library writes some of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from revocation.pki import strict_der
from revocation.pki.strict_der import integer_content

tlv = strict_der.encoded

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEQUENCE, SET = 0x30, 0x31
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")

BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED, SAN = "2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17"
POINTS, ACCESS, KEY_ID, AUTHORITY_KEY_ID = "2.5.29.31", "1.3.6.1.5.5.7.1.1", "2.5.29.14", "2.5.29.35"
NUMBER, REASON, INVALIDITY, DELTA, SCOPE, ISSUER = (f"2.5.29.{n}" for n in (20, 21, 24, 27, 28, 29))
UNKNOWN = "1.3.6.1.4.1.99999.1"
CA_USAGE = b"\x03\x02\x01\x06"
"""keyCertSign and cRLSign."""


def seq(*parts: bytes) -> bytes:
    return tlv(SEQUENCE, *parts)


def integer(value: int) -> bytes:
    return tlv(0x02, integer_content(value))


def oid(dotted: str) -> bytes:
    first, second, *others = map(int, dotted.split("."))
    content = bytearray()
    for arc in (first * 40 + second, *others):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(arc & 0x7F | 0x80)
        content += bytes(reversed(septets))
    return tlv(0x06, bytes(content))


def ext(number: str, value: bytes, *, critical: bool = False) -> bytes:
    return seq(oid(number), tlv(0x01, b"\xff") if critical else b"", tlv(0x04, value))


def name(common_name: str, tag: int = 0x0C) -> bytes:
    return seq(tlv(SET, seq(oid("2.5.4.3"), tlv(tag, common_name.encode()))))


def utc(at: datetime) -> bytes:
    return tlv(0x17, f"{at:%y%m%d%H%M%SZ}".encode())


def generalized(at: datetime) -> bytes:
    return tlv(0x18, f"{at:%Y%m%d%H%M%SZ}".encode())


def address(url: str | bytes) -> bytes:
    """A GeneralName of the kind uniformResourceIdentifier, byte for byte."""
    return tlv(0x86, url if isinstance(url, bytes) else url.encode("ascii"))


def points(*urls: str | bytes) -> bytes:
    """cRLDistributionPoints: one for each address."""
    return ext(POINTS, seq(*(seq(tlv(0xA0, tlv(0xA0, address(url)))) for url in urls)))


def access(*urls: str | bytes) -> bytes:
    """authorityInfoAccess: OCSP."""
    return ext(ACCESS, seq(*(seq(oid("1.3.6.1.5.5.7.48.1"), address(url)) for url in urls)))


def reason(code: int) -> bytes:
    return ext(REASON, tlv(0x0A, integer_content(code)))


def issued_by(*names: bytes, critical: bool = True) -> bytes:
    """certificateIssuer of an entry."""
    return ext(ISSUER, seq(*(tlv(0xA4, one) for one in names)), critical=critical)


def entry(serial: int | bytes, *extensions: bytes, at: bytes | None = None) -> bytes:
    """Return an entry of a CRL. `serial` is a number, or the content of its INTEGER."""
    number = integer(serial) if isinstance(serial, int) else tlv(0x02, serial)
    return seq(number, at or utc(NOW - DAY), seq(*extensions) if extensions else b"")


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_hash(key: ec.EllipticCurvePrivateKey) -> bytes:
    return hashlib.sha1(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)).digest()  # noqa: S324


@dataclass
class Ca:
    """A CA. `usage` is the value of keyUsage, empty for none. Its key signs everything, whatever `usage` says."""

    common_name: str = "Corpus CA"
    usage: bytes = CA_USAGE
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)

    @property
    def name(self) -> bytes:
        return name(self.common_name)

    @property
    def der(self) -> bytes:
        constraints = ext(BASIC_CONSTRAINTS, seq(tlv(0x01, b"\xff")), critical=True)
        usage = (ext(KEY_USAGE, self.usage, critical=True),) if self.usage else ()
        key_id = ext(KEY_ID, tlv(0x04, key_hash(self.key)))
        return self.certificate(1, constraints, *usage, key_id, subject=self.name, key=self.key)

    def certificate(
        self,
        serial: int | bytes,
        *extensions: bytes,
        subject: bytes | None = None,
        key: ec.EllipticCurvePrivateKey | None = None,
        issuer: bytes | None = None,
    ) -> bytes:
        number = integer(serial) if isinstance(serial, int) else tlv(0x02, serial)
        validity = seq(utc(NOW - 30 * DAY), utc(NOW + 300 * DAY))
        wrapped = tlv(0xA3, seq(*extensions)) if extensions else b""
        parts = (issuer or self.name, validity, subject or name("leaf.example"), spki(key or new_key()), wrapped)
        return self.sign(seq(tlv(0xA0, integer(2)), number, ECDSA_SHA256, *parts))

    def crl(
        self,
        *entries: bytes,
        extensions: tuple[bytes, ...] = (),
        version: bytes = b"\x02\x01\x01",
        this_update: bytes | None = None,
        next_update: bytes | None = None,
        issuer: bytes | None = None,
    ) -> bytes:
        times = (this_update or utc(NOW - HOUR), utc(NOW + 5 * DAY) if next_update is None else next_update)
        listed = seq(*entries) if entries else b""
        number = () if any(oid(NUMBER) in one for one in extensions) else (ext(NUMBER, integer(7)),)
        tail = tlv(0xA0, seq(*extensions, *number))
        return self.sign(seq(version, ECDSA_SHA256, issuer or self.name, *times, listed, tail))

    def sign(self, tbs: bytes) -> bytes:
        return seq(tbs, ECDSA_SHA256, tlv(0x03, b"\0" + self.key.sign(tbs, ec.ECDSA(hashes.SHA256()))))

    def ocsp(
        self,
        *singles: bytes,
        extensions: tuple[bytes, ...] = (),
        responder: bytes | None = None,
        signer: ec.EllipticCurvePrivateKey | None = None,
        certificates: tuple[bytes, ...] = (),
    ) -> bytes:
        """Return a response. `responder` is the content of its responderID."""
        who = responder or tlv(0xA2, tlv(0x04, key_hash(signer or self.key)))
        tail = tlv(0xA1, seq(*extensions)) if extensions else b""
        tbs = seq(who, generalized(NOW - HOUR), seq(*singles), tail)
        signature = tlv(0x03, b"\0" + (signer or self.key).sign(tbs, ec.ECDSA(hashes.SHA256())))
        listed = tlv(0xA0, seq(*certificates)) if certificates else b""
        basic = seq(tbs, ECDSA_SHA256, signature, listed)
        wrapped = seq(oid("1.3.6.1.5.5.7.48.1.1"), tlv(0x04, basic))
        return seq(tlv(0x0A, b"\0"), tlv(0xA0, wrapped))

    def single(
        self,
        serial: int | bytes,
        status: bytes = b"\x80\x00",
        *extensions: bytes,
        issuer_name: bytes | None = None,
        this_update: datetime = NOW - HOUR,
        next_update: datetime | None = NOW + DAY,
    ) -> bytes:
        number = integer(serial) if isinstance(serial, int) else tlv(0x02, serial)
        hashed = hashlib.sha1(issuer_name or self.name).digest()  # noqa: S324 as RFC 5019 wants it
        about = seq(seq(oid("1.3.14.3.2.26"), b"\x05\0"), tlv(0x04, hashed), tlv(0x04, key_hash(self.key)), number)
        until = tlv(0xA0, generalized(next_update)) if next_update else b""
        tail = tlv(0xA1, seq(*extensions)) if extensions else b""
        return seq(about, status, generalized(this_update), until, tail)


def revoked(code: int | None = 1, at: datetime = NOW - DAY) -> bytes:
    """CertStatus *revoked*."""
    given = b"" if code is None else tlv(0xA0, tlv(0x0A, integer_content(code)))
    return tlv(0xA1, generalized(at), given)
