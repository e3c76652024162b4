"""The structure of OCSP requests and responses (RFC 6960 section 4), as they stand in the bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from revocation.pki import strict_der as der
from revocation.pki.status.said import revocation_date
from revocation.pki.strict_der import DerError, Reader
from revocation.pki.structure import Extensions, read_extensions

STATUSES = {1: "malformed_request", 2: "internal_error", 3: "try_later", 5: "sig_required", 6: "unauthorized"}
"""Values of OCSPResponseStatus other than *successful*."""

BASIC, NONCE, SHA1 = "1.3.6.1.5.5.7.48.1.1", "1.3.6.1.5.5.7.48.1.2", "1.3.14.3.2.26"
BASIC_DER = bytes.fromhex("2b0601050507300101")
NONCE_DER = bytes.fromhex("2b0601050507300102")
SHA1_DER = bytes.fromhex("2b0e03021a")
GOOD, REVOKED, UNKNOWN = 0x80, 0xA1, 0x82

Status = Literal["good", "revoked", "unknown"]


@dataclass(frozen=True, slots=True)
class CertId:
    """Whom a status is about. `hashed_with`: dotted object identifier. `serial`: the content of the INTEGER."""

    hashed_with: str
    name_hash: bytes
    key_hash: bytes
    serial: bytes


@dataclass(frozen=True, slots=True)
class Single:
    """What a response says about one certificate."""

    status: Status
    revoked_at: datetime | None
    reason: int | None
    this_update: datetime
    next_update: datetime | None
    extensions: Extensions


@dataclass(frozen=True, slots=True)
class Response:
    """A BasicOCSPResponse. It names the responder by its name (whole element) or by the SHA-1 of its key.

    `singles`: for each certificate its identifier, and the unread rest for `read_single`. So an error in one costs no
    other (C5).
    """

    tbs: bytes
    responder_name: bytes | None
    responder_key: bytes | None
    singles: tuple[tuple[CertId, bytes], ...]
    extensions: Extensions
    algorithm: bytes
    signature: bytes
    certificates: tuple[bytes, ...]


class NotAnswered(Exception):
    """The responder refused; `status` is a value of `STATUSES`."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


def request(name_hash: bytes, key_hash: bytes, serial: bytes, nonce: bytes | None) -> bytes:
    """Return an OCSPRequest in DER. The hashes are SHA-1. `serial`: the content of the INTEGER in the certificate."""
    algorithm = der.encoded(der.SEQUENCE, der.encoded(der.OID, SHA1_DER), der.encoded(der.NULL))
    hashed = (der.encoded(der.OCTET_STRING, one) for one in (name_hash, key_hash))
    about = der.encoded(der.SEQUENCE, algorithm, *hashed, der.encoded(der.INTEGER, serial))
    asked = der.encoded(der.SEQUENCE, der.encoded(der.SEQUENCE, about))
    extensions = b""
    if nonce is not None:
        value = der.encoded(der.OCTET_STRING, der.encoded(der.OCTET_STRING, nonce))
        one = der.encoded(der.SEQUENCE, der.encoded(der.OID, NONCE_DER), value)
        extensions = der.encoded(0xA2, der.encoded(der.SEQUENCE, one))
    return der.encoded(der.SEQUENCE, der.encoded(der.SEQUENCE, asked, extensions))


def parse_response(served: bytes) -> Response:
    """Read an OCSP response. Raises DerError, and NotAnswered if the responder refused."""
    outside = Reader(served)
    outer = outside.enter(der.SEQUENCE)
    outside.finish()
    status = der.integer(outer.content(der.ENUMERATED))
    if status != 0:
        raise NotAnswered(STATUSES.get(status, str(status)))
    wrapped = outer.enter(0xA0).enter(der.SEQUENCE)
    if wrapped.content(der.OID) != BASIC_DER:
        raise DerError("not a basic response")
    basic = Reader(wrapped.content(der.OCTET_STRING)).enter(der.SEQUENCE)
    tbs, algorithm = basic.element(der.SEQUENCE), basic.element(der.SEQUENCE)
    signature = der.bits(basic.content(der.BIT_STRING))
    certificates = basic.optional(0xA0)
    basic.finish()
    return _response(tbs, algorithm, signature, certificates)


def _response(tbs: bytes, algorithm: bytes, signature: bytes, certificates: Reader | None) -> Response:
    data = Reader(tbs).enter(der.SEQUENCE)
    version = data.optional(0xA0)
    if version is not None and version.content(der.INTEGER) != b"\0":
        raise DerError("version")
    name, key = data.optional(0xA1), data.optional(0xA2)
    if (name is None) == (key is None):
        raise DerError("responder")
    der.instant(data)
    singles, listed = list[tuple[CertId, bytes]](), data.enter(der.SEQUENCE)
    while listed:
        one = listed.enter(der.SEQUENCE)
        singles.append((_certificate_id(one.enter(der.SEQUENCE)), one.rest))
    extensions = _extensions(data, 0xA1)
    data.finish()
    return Response(
        tbs,
        name.element(der.SEQUENCE) if name is not None else None,
        key.content(der.OCTET_STRING) if key is not None else None,
        tuple(singles),
        extensions,
        algorithm,
        signature,
        tuple(_elements(certificates.enter(der.SEQUENCE))) if certificates is not None else (),
    )


def _elements(listed: Reader) -> list[bytes]:
    found = []
    while listed:
        found.append(listed.element(der.SEQUENCE))
    return found


def _extensions(holder: Reader, tag: int) -> Extensions:
    wrapped = holder.optional(tag)
    return read_extensions(wrapped.enter(der.SEQUENCE)) if wrapped is not None else {}


def read_single(rest: bytes) -> Single:
    """Read what a response says about one certificate. Raises DerError."""
    one = Reader(rest)
    status, revoked_at, reason = _status(one)
    this_update = der.instant(one)
    until = one.optional(0xA0)
    next_update = der.instant(until) if until is not None else None
    extensions = _extensions(one, 0xA1)
    one.finish()
    return Single(status, revoked_at, reason, this_update, next_update, extensions)


def _certificate_id(one: Reader) -> CertId:
    hashed_with = der.dotted(one.enter(der.SEQUENCE).content(der.OID))
    name_hash, key_hash = one.content(der.OCTET_STRING), one.content(der.OCTET_STRING)
    return CertId(hashed_with, name_hash, key_hash, one.content(der.INTEGER))


def _status(one: Reader) -> tuple[Status, datetime | None, int | None]:
    tag = one.tag
    content = one.enter(tag)
    if tag == GOOD:
        return "good", None, None
    if tag == UNKNOWN:
        return "unknown", None, None
    if tag != REVOKED:
        raise DerError("status")
    revoked_at, given = revocation_date(content), content.optional(0xA0)
    return "revoked", revoked_at, der.integer(given.content(der.ENUMERATED)) if given is not None else None
