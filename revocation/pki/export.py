"""Certificates out again: PEM, and PKCS#7 without signers (RFC 5652 section 5, "certs-only")."""

from __future__ import annotations

from collections.abc import Iterable

from asn1crypto import cms, pem, x509


def as_pem(ders: Iterable[bytes]) -> bytes:
    """PEM blocks (RFC 7468), one after the other."""
    return b"".join(pem.armor("CERTIFICATE", der) for der in ders)


def as_pkcs7(ders: Iterable[bytes]) -> bytes:
    """A PKCS#7 bundle in PEM. Not by `cryptography`, which cannot write SM2 certificates."""
    certificates = [cms.CertificateChoices("certificate", x509.Certificate.load(der)) for der in ders]
    signed_data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [],
            "encap_content_info": {"content_type": "data"},
            "certificates": certificates,
            "signer_infos": [],
        }
    )
    content = cms.ContentInfo({"content_type": "signed_data", "content": signed_data})
    return bytes(pem.armor("PKCS7", content.dump()))
