"""What a certificate says, and how its texts and addresses are written down."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from revocation.pki.kinds import Level, Standard

SM2_WITH_SM3 = "1.2.156.10197.1.501"
"""GM/T 0006: the signature algorithm SM2 with SM3."""

MALFORMED = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError, RecursionError)
"""What the two libraries raise on malformed bytes. Each of these means that the bytes cannot be read."""


class CertificateFacts(NamedTuple):
    """What a certificate's bytes say.

    Digests are upper-case hexadecimal, times are aware and in UTC, names are lower case, and addresses stay as written
    (`address_text`). `level` is None if the content does not show it. `level_source` says what showed it ("policy",
    "subject", "").
    """

    der: bytes
    serial_number: int
    fingerprint_sha256: str
    subject: str
    issuer: str
    subject_der: bytes
    issuer_der: bytes
    common_name: str
    organization: str
    issuer_common_name: str
    issuer_organization: str
    dns_names: tuple[str, ...]
    ip_addresses: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    key_algorithm: str
    signature_algorithm: str
    standard: Standard
    policy_oids: tuple[str, ...]
    level: Level | None
    level_source: str
    is_ca: bool
    spki_sha256: str
    crl_urls: tuple[str, ...]
    ocsp_urls: tuple[str, ...]
    ca_issuers_urls: tuple[str, ...]
    authority_key_identifier: str
    subject_key_identifier: str

    @property
    def serial_hex(self) -> str:
        """The serial number as `openssl x509 -serial` prints it: upper case, two digits a byte, '-' if negative."""
        digits = f"{abs(self.serial_number):X}"
        sign = "-" if self.serial_number < 0 else ""
        return sign + digits.zfill(len(digits) + len(digits) % 2)

    @property
    def web_crl_urls(self) -> tuple[str, ...]:
        """Addresses where a CRL can be fetched, in the certificate's order. These are compared and looked at."""
        return tuple(url for url in self.crl_urls if is_web(url))

    @property
    def web_ocsp_urls(self) -> tuple[str, ...]:
        return tuple(url for url in self.ocsp_urls if is_web(url))

    @property
    def is_self_issued(self) -> bool:
        return self.subject_der == self.issuer_der


def standard_of(key_algorithm: str, *, signed_with_sm2: bool) -> Standard:
    return Standard.SM2 if key_algorithm == "SM2" or signed_with_sm2 else Standard.INTERNATIONAL


def visible(text: str) -> str:
    """Return the text with control characters and other unprintable ones as escapes, never raw."""
    if text.isprintable():
        return text.strip()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text).strip()


def address_text(written: bytes) -> str:
    """Return an address byte for byte as it stands in a certificate or a CRL.

    Decoding `%20` or `xn--` would make another address of it. A byte that is not ASCII becomes an escape, so that the
    address can be shown but is never fetched (RFC 3986 section 2).
    """
    return visible(written.decode("ascii", "backslashreplace"))


def is_web(address: str) -> bool:
    """Whether the portal can look at the address: http or https, not ldap or ftp."""
    return address.lower().startswith(("http://", "https://"))
