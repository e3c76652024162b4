"""The DER of certificates and of what they carry, put together for any `Signer`.

The cryptography package cannot hold an SM2 key, so the outer structures (RFC 5280 section 4.1) come from
asn1crypto, and only the extensions' values from cryptography.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import core, keys
from asn1crypto import x509 as asn1
from cryptography import x509

from revocation.authorities.local.signing import Signer
from revocation.pki.strict_der import BIT_STRING, SEQUENCE, encoded


@dataclass(frozen=True)
class Extension:
    """One extension (RFC 5280 section 4.2)."""

    value: x509.ExtensionType
    critical: bool = False


@dataclass(frozen=True)
class Contents:
    """The signed part of a certificate; names and the public key are DER."""

    serial_number: int
    issuer: bytes
    subject: bytes
    public_key: bytes
    not_before: datetime
    not_after: datetime
    extensions: tuple[Extension, ...]


def certificate(contents: Contents, signer: Signer) -> bytes:
    """DER of the signed certificate. Raises what `signer.sign` raises."""
    tbs = asn1.TbsCertificate(
        {
            "version": "v3",
            "serial_number": contents.serial_number,
            "signature": signer.algorithm,
            "issuer": asn1.Name.load(contents.issuer),
            "validity": {
                "not_before": asn1_time(contents.not_before),
                "not_after": asn1_time(contents.not_after),
            },
            "subject": asn1.Name.load(contents.subject),
            "subject_public_key_info": keys.PublicKeyInfo.load(contents.public_key),
            "extensions": extensions_der(contents.extensions),
        }
    )
    return signed(tbs.dump(), signer)


def signed(data: bytes, signer: Signer, more: bytes = b"") -> bytes:
    """DER of SEQUENCE { `data`, the signer's algorithm, its signature, `more` }."""
    signature = encoded(BIT_STRING, b"\0", signer.sign(data))
    return encoded(SEQUENCE, data, signer.algorithm.dump(), signature, more)


def sequence(contents: bytes) -> bytes:
    """DER of a SEQUENCE with these contents."""
    return encoded(SEQUENCE, contents)


def extensions_der(extensions: Iterable[Extension]) -> asn1.Extensions:
    """The Extensions SEQUENCE."""
    return asn1.Extensions(
        [
            {
                "extn_id": extension.value.oid.dotted_string,
                "critical": extension.critical,
                "extn_value": core.ParsableOctetString(extension.value.public_bytes()),
            }
            for extension in extensions
        ]
    )


def asn1_time(moment: datetime) -> asn1.Time:
    """Return UTCTime until 2049, GeneralizedTime after it, in whole seconds (RFC 5280 section 4.1.2.5)."""
    moment = moment.astimezone(UTC).replace(microsecond=0)
    if moment.year < 2050:
        return asn1.Time({"utc_time": core.UTCTime(moment)})
    return asn1.Time({"general_time": core.GeneralizedTime(moment)})


def key_identifier(public_key: bytes) -> bytes:
    """SHA-1 of the public key's bits (RFC 5280 section 4.2.1.2, method 1). It names the key and protects nothing."""
    bits = keys.PublicKeyInfo.load(public_key)["public_key"].contents[1:]
    return hashlib.sha1(bits, usedforsecurity=False).digest()
