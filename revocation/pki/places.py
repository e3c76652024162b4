"""What in a certificate decides where its status is published, compared byte for byte.

Certificates of one CA name the same places in the same bytes. So of many it is enough to read one with all care.
"""

from __future__ import annotations

from typing import NamedTuple

from revocation.pki import strict_der as der
from revocation.pki.strict_der import DerError, header

WRAPPED_EXTENSIONS = 0xA3
AUTHORITY_KEY_IDENTIFIER = bytes.fromhex("0603551d23")
DECIDING = {
    AUTHORITY_KEY_IDENTIFIER: "authorityKeyIdentifier",
    bytes.fromhex("0603551d1f"): "cRLDistributionPoints",
    bytes.fromhex("0603551d13"): "basicConstraints",
    bytes.fromhex("06082b06010505070101"): "authorityInfoAccess",
}
"""The OBJECT IDENTIFIER of an extension that decides it (RFC 5280 section 4.2) → its name."""


class Naming(NamedTuple):
    """The serial number of a certificate, and the bytes by which it names its issuer, its key, and the places."""

    serial_number: int
    issuer: bytes
    extensions: tuple[bytes, ...]


def read_naming(certificate: bytes) -> Naming | None:
    """Return what decides the places; None for a certificate that must be read by itself.

    That is one that is not strict DER, and one that does not say which key of its issuer signed it: the issuer's name
    alone does not tell two keys apart.
    """
    try:
        serial, issuer, inside = _parts(certificate)
        extensions = tuple(_deciding(certificate, *inside))
    except DerError:
        return None
    if not any(each.find(AUTHORITY_KEY_IDENTIFIER) >= 0 for each in extensions):
        return None
    return Naming(serial, issuer, extensions)


def _parts(data: bytes) -> tuple[int, bytes, tuple[int, int]]:
    """Return the serial number, the issuer's name, and where the extensions begin and end."""
    at, end = _inside(data, 0, len(data), der.SEQUENCE)
    at, end = _inside(data, at, end, der.SEQUENCE)
    tag, body, after = header(data, at, end)
    if tag != der.INTEGER:  # the version
        tag, body, after = header(data, after, end)
    if tag != der.INTEGER:
        raise DerError("serial number")
    serial = der.integer(data[body:after])
    _, _, at = header(data, after, end)  # the signature's algorithm
    _, _, after = header(data, at, end)
    issuer = data[at:after]
    while after < end:
        tag, body, after = header(data, after, end)
        if tag == WRAPPED_EXTENSIONS:
            return serial, issuer, _inside(data, body, after, der.SEQUENCE)
    return serial, issuer, (0, 0)


def _inside(data: bytes, at: int, end: int, wanted: int) -> tuple[int, int]:
    tag, body, after = header(data, at, end)
    if tag != wanted:
        raise DerError("another element")
    return body, after


def _deciding(data: bytes, at: int, end: int) -> list[bytes]:
    found = []
    while at < end:
        _, body, after = header(data, at, end)
        _, _, name_end = header(data, body, after)
        if data[body:name_end] in DECIDING:
            found.append(data[at:after])
        at = after
    return found
