"""Facts about a certificate, read from its bytes once and completely, or else `UnreadableCertificate`.

Both libraries are lazy: a certificate can load and then fail at a field. One function here reads every field, so that
nothing can fail later. `asn1crypto` reads the structure, since `cryptography` cannot read SM2 keys.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import core, keys
from asn1crypto import x509 as asn1
from cryptography import x509

from revocation.pki.kinds import Level, Standard
from revocation.pki.levels import level_by_content
from revocation.pki.names import NameRefused, canonical_dns_name
from revocation.pki.unreadable import UnreadableCertificate

__all__ = ["CertificateFacts", "Level", "Standard", "UnreadableCertificate", "read_certificate"]

LONGEST_SERIAL = 64
"""Bytes. RFC 5280 section 4.1.2.2 allows 20; some old CAs wrote more."""

MALFORMED = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError, RecursionError)
"""What the two libraries raise on malformed bytes. Each of these means that the bytes cannot be read."""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
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


def read_certificate(der: bytes, parsed: asn1.Certificate | None = None) -> CertificateFacts:
    """Read the facts of one certificate in DER. Raises `UnreadableCertificate`, never anything else.

    `parsed`: the same bytes, when the caller has loaded them already.
    """
    try:
        parsed = asn1.Certificate.load(der, strict=False) if parsed is None else parsed
        length = len(parsed.dump())
    except MALFORMED:
        raise UnreadableCertificate("not_a_certificate") from None
    if length < len(der):
        raise UnreadableCertificate("trailing_bytes", count=len(der) - length)
    try:
        return _facts(der, parsed)
    except MALFORMED:
        raise UnreadableCertificate("field_unreadable") from None


def _facts(der: bytes, parsed: asn1.Certificate) -> CertificateFacts:
    tbs = parsed["tbs_certificate"]
    _check_serial(len(tbs["serial_number"].contents))
    subject, issuer = tbs["subject"], tbs["issuer"]
    policies = tuple(p["policy_identifier"].dotted for p in parsed.certificate_policies_value or ())
    level, source = level_by_content(policies, _attribute_oids(subject))
    key, signature = _key_algorithm(tbs["subject_public_key_info"]), parsed["signature_algorithm"]
    subject_text, issuer_text = _rfc4514(der, subject, issuer)
    common_name = _attribute(subject, "common_name")
    return CertificateFacts(
        der=der,
        serial_number=tbs["serial_number"].native,
        fingerprint_sha256=hashlib.sha256(der).hexdigest().upper(),
        subject=subject_text,
        issuer=issuer_text,
        subject_der=subject.dump(),
        issuer_der=issuer.dump(),
        common_name=common_name,
        organization=_attribute(subject, "organization_name"),
        issuer_common_name=_attribute(issuer, "common_name"),
        issuer_organization=_attribute(issuer, "organization_name"),
        dns_names=_dns_names(parsed, common_name),
        ip_addresses=_alternative_names(parsed, "ip_address"),
        not_before=_instant(tbs["validity"]["not_before"]),
        not_after=_instant(tbs["validity"]["not_after"]),
        key_algorithm=key,
        signature_algorithm=SIGNATURES.get(signature["algorithm"].dotted, signature["algorithm"].native),
        standard=Standard.SM2
        if key == "SM2" or signature["algorithm"].dotted == SM2_WITH_SM3
        else Standard.INTERNATIONAL,
        policy_oids=policies,
        level=level,
        level_source=source,
        is_ca=bool(parsed.ca),
        spki_sha256=hashlib.sha256(tbs["subject_public_key_info"].dump()).hexdigest().upper(),
        crl_urls=tuple(url for point in parsed.crl_distribution_points_value or () for url in _point_urls(point)),
        ocsp_urls=_access_urls(parsed, "ocsp"),
        ca_issuers_urls=_access_urls(parsed, "ca_issuers"),
        authority_key_identifier=(parsed.authority_key_identifier or b"").hex().upper(),
        subject_key_identifier=(parsed.key_identifier or b"").hex().upper(),
    )


SM2_CURVE = "1.2.156.10197.1.301"
SM2_WITH_SM3 = "1.2.156.10197.1.501"
SIGNATURES = {SM2_WITH_SM3: "SM2 with SM3"}
CURVES = {"secp256r1": "EC P-256", "secp384r1": "EC P-384", "secp521r1": "EC P-521", SM2_CURVE: "SM2"}
BY_SIZE = {"rsa": "RSA", "rsassa_pss": "RSA-PSS", "dsa": "DSA"}
KNOWN_KEYS = frozenset(keys.PublicKeyAlgorithmId._map)
"""OIDs of the key algorithms that the library knows."""
FIXED = {"ed25519": "Ed25519", "ed448": "Ed448"}


def _check_serial(length: int) -> None:
    if length > LONGEST_SERIAL:
        raise UnreadableCertificate("serial_too_long", found=length, accepted=LONGEST_SERIAL)


class _AnyAlgorithm(core.Sequence):  # type: ignore[misc]
    """AlgorithmIdentifier (RFC 5280 4.1.1.2), whatever its algorithm."""

    _fields = [("algorithm", core.ObjectIdentifier), ("parameters", core.Any, {"optional": True})]


class _AnyKey(core.Sequence):  # type: ignore[misc]
    """SubjectPublicKeyInfo (RFC 5280 4.1). The library's own class breaks at algorithms that it does not know."""

    _fields = [("algorithm", _AnyAlgorithm), ("public_key", core.BitString)]


def _key_algorithm(spki: asn1.PublicKeyInfo) -> str:
    """Name the key's algorithm (C3): RSA and DSA with their size, curves by their usual name, any other by its OID."""
    dotted = str(_AnyKey.load(spki.dump())["algorithm"]["algorithm"].dotted)
    if dotted not in KNOWN_KEYS:
        return dotted
    oid = spki["algorithm"]["algorithm"]
    if oid.native == "ec":
        parameters = spki["algorithm"]["parameters"]
        curve = parameters.native if parameters.name == "named" else "explicit parameters"
        return CURVES.get(curve, f"EC {curve}")
    if oid.native in BY_SIZE:
        return f"{BY_SIZE[oid.native]} {_bits(spki) or ''}".strip()
    return str(FIXED.get(oid.native, oid.dotted))


def _bits(spki: asn1.PublicKeyInfo) -> int:
    """Return the size of an RSA or DSA key in bits.

    It is 0 for a DSA key that inherits its parameters (RFC 3279 section 2.3.2). The library's `bit_size` rounds up to
    whole bytes, so it is not used.
    """
    if spki["algorithm"]["algorithm"].native == "dsa":
        parameters = spki["algorithm"]["parameters"]
        return 0 if isinstance(parameters, core.Void) else int(parameters["p"].native.bit_length())
    return int(spki["public_key"].parsed["modulus"].native.bit_length())


def _attribute_oids(name: asn1.Name) -> frozenset[str]:
    return frozenset(pair["type"].dotted for rdn in name.chosen for pair in rdn)


def _attribute(name: asn1.Name, wanted: str) -> str:
    """Return the last attribute of this kind, which is the most specific one, in printable form; '' without any."""
    values = [pair["value"].native for rdn in name.chosen for pair in rdn if pair["type"].native == wanted]
    return visible(str(values[-1])) if values else ""


def visible(text: str) -> str:
    """Return the text with control characters and other unprintable ones as escapes, never raw."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text).strip()


def _rfc4514(der: bytes, subject: asn1.Name, issuer: asn1.Name) -> tuple[str, str]:
    """Return both names as RFC 4514 text, or in a simpler form if the stricter library refuses the certificate."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd encodings are warned of; the facts are read all the same
            certificate = x509.load_der_x509_certificate(der)
            return visible(certificate.subject.rfc4514_string()), visible(certificate.issuer.rfc4514_string())
    except (*MALFORMED, x509.InvalidVersion):
        return visible(subject.human_friendly), visible(issuer.human_friendly)


def _dns_names(parsed: asn1.Certificate, common_name: str) -> tuple[str, ...]:
    """Return the names of the SAN. Without a SAN: the common name, if it is a host name (RFC 6125 section 6.4.4)."""
    if parsed.subject_alt_name_value is not None:
        return _alternative_names(parsed, "dns_name")
    try:
        return (canonical_dns_name(common_name),)
    except NameRefused:
        return ()


def _alternative_names(parsed: asn1.Certificate, kind: str) -> tuple[str, ...]:
    found = (n for n in parsed.subject_alt_name_value or () if n.name == kind)
    return tuple(dict.fromkeys(visible(_text_of(name)) for name in found))


def _text_of(name: asn1.GeneralName) -> str:
    """Return a name as text: a DNS name as written in the certificate (A-labels), in lower case."""
    if name.name == "dns_name":
        return bytes(name.chosen.contents).decode("latin-1").lower()
    return str(name.chosen.native)


def _instant(field: asn1.Time) -> datetime:
    moment = field.native
    if not isinstance(moment, datetime):
        raise UnreadableCertificate("dates_unreadable")
    return moment.astimezone(UTC)


def _point_urls(point: asn1.DistributionPoint) -> tuple[str, ...]:
    place = point["distribution_point"]
    if isinstance(place, core.Void) or place.name != "full_name":  # an indirect CRL may name its issuer only
        return ()
    return tuple(_address(name) for name in place.chosen if name.name == "uniform_resource_identifier")


def address_text(written: bytes) -> str:
    """Return an address byte for byte as it stands in a certificate or a CRL.

    Decoding `%20` or `xn--` would make another address of it. A byte that is not ASCII becomes an escape, so that the
    address can be shown but is never fetched (RFC 3986 section 2).
    """
    return visible(written.decode("ascii", "backslashreplace"))


def _address(name: asn1.GeneralName) -> str:
    return address_text(bytes(name.chosen.contents))


def is_web(address: str) -> bool:
    """Whether the portal can look at the address: http or https, not ldap or ftp."""
    return address.lower().startswith(("http://", "https://"))


def _access_urls(parsed: asn1.Certificate, method: str) -> tuple[str, ...]:
    """Return the addresses of one access method in authority information access (RFC 5280 section 4.2.2.1)."""
    return tuple(
        _address(entry["access_location"])
        for entry in parsed.authority_information_access_value or ()
        if entry["access_method"].native == method and entry["access_location"].name == "uniform_resource_identifier"
    )
