"""What OCSP needs of an issuer's certificate: hashes of its name and key (RFC 6960 section 4.1.1), and its end."""

import hashlib
from datetime import datetime
from functools import lru_cache

from asn1crypto import x509 as asn1
from cryptography import x509

HASHES = ("sha1", "sha256", "sha384", "sha512")
"""They name an issuer and protect nothing. RFC 5019 section 2.1.1 wants SHA-1, its successors SHA-256."""


@lru_cache(maxsize=256)
def issuer_hashes(certificate_der: bytes, hash_name: str) -> tuple[bytes, bytes]:
    """Return issuerNameHash and issuerKeyHash of a CA's certificate under one of `HASHES`."""
    certificate = asn1.Certificate.load(certificate_der)
    parts = (certificate.subject.dump(), certificate.public_key["public_key"].contents[1:])
    name, key = (hashlib.new(hash_name, part, usedforsecurity=False).digest() for part in parts)
    return name, key


@lru_cache(maxsize=256)
def issuer_ends(certificate_der: bytes) -> datetime:
    """Return when a CA's certificate ends."""
    return x509.load_der_x509_certificate(certificate_der).not_valid_after_utc
