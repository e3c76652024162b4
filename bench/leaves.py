"""Certificates of the size that CAs issue today, signed by a key of the benchmark's own, and questions about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC).replace(microsecond=0)
NAMES = 8
"""Names in each certificate, so that it has 1 to 2 KB."""

ORGANISATION = "Example Technology Company Limited"


class Issuer:
    """A CA outside of the portal."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._leaf_key = rsa.generate_private_key(65537, 2048).public_key()
        self._name = _name("Outside CA of the benchmark")

    def leaves(self, number: int, first: int = 0) -> list[bytes]:
        """Return so many certificates (DER), each with names and a serial number of its own."""
        return [self._leaf(n) for n in range(first, first + number)]

    def _leaf(self, number: int) -> bytes:
        name = f"n{number}.import.example.com"
        at = [x509.UniformResourceIdentifier(f"http://ca.bench.example/{last}") for last in ("ocsp", "ca.der", "1.crl")]
        access = (AuthorityInformationAccessOID.OCSP, AuthorityInformationAccessOID.CA_ISSUERS)
        usage = dict.fromkeys(
            ("content_commitment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), False
        )
        policies = [x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.2"), None)]
        builder = (
            x509.CertificateBuilder(self._name, _name(name), self._leaf_key, x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=9))
            .not_valid_after(NOW + timedelta(days=190))
        )
        extensions: list[tuple[x509.ExtensionType, bool]] = [
            (x509.SubjectAlternativeName([x509.DNSName(f"{n}.{name}") for n in range(NAMES)]), False),
            (x509.AuthorityInformationAccess([*map(x509.AccessDescription, access, at[:2])]), False),
            (x509.CRLDistributionPoints([x509.DistributionPoint(at[2:], None, None, None)]), False),
            (x509.CertificatePolicies(policies), False),
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (x509.SubjectKeyIdentifier.from_public_key(self._leaf_key), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), False),
            (
                x509.KeyUsage(
                    digital_signature=True, key_encipherment=True, encipher_only=False, decipher_only=False, **usage
                ),
                True,
            ),
        ]
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.DER)


def _name(common: str) -> x509.Name:
    parts = {NameOID.COUNTRY_NAME: "CN", NameOID.ORGANIZATION_NAME: ORGANISATION, NameOID.COMMON_NAME: common}
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts.items()])


def fields_read(ders: Sequence[bytes]) -> None:
    """Read with the library alone what an inventory needs to know of each certificate."""
    for der in ders:
        leaf = x509.load_der_x509_certificate(der)
        leaf.fingerprint(hashes.SHA256())
        _ = leaf.serial_number, leaf.not_valid_before_utc, leaf.not_valid_after_utc
        _ = [part.value for part in (*leaf.subject, *leaf.issuer)]
        leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for extension in leaf.extensions:
            _ = extension.value
