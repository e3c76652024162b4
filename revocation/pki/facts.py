"""Facts about a certificate, read from its bytes once and completely, or else `UnreadableCertificate`.

Both libraries are lazy: a certificate can load and then fail at a field. The readers read every field, so that nothing
can fail later.
"""

from __future__ import annotations

from revocation.pki.kinds import Level, Standard
from revocation.pki.reading.certificate_facts import MALFORMED, CertificateFacts, address_text, is_web, visible
from revocation.pki.reading.quick import read_quickly
from revocation.pki.reading.thorough import read_thoroughly
from revocation.pki.unreadable import UnreadableCertificate

__all__ = [
    "MALFORMED",
    "CertificateFacts",
    "Level",
    "Standard",
    "UnreadableCertificate",
    "address_text",
    "is_web",
    "read_certificate",
    "visible",
]


def read_certificate(der: bytes) -> CertificateFacts:
    """Read the facts of one certificate in DER, whatever its key (C3). Raises `UnreadableCertificate`, nothing else."""
    return read_quickly(der) or read_thoroughly(der)
