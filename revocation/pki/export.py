"""Export of certificates as PEM, and as PKCS#7 without signers (RFC 5652 section 5, "certs-only")."""

from __future__ import annotations

from collections.abc import Iterable

from asn1crypto import cms, pem, x509


def as_pem(ders: Iterable[bytes]) -> bytes:
    """Return the certificates as PEM blocks (RFC 7468), one after the other."""
    return b"".join(pem.armor("CERTIFICATE", der) for der in ders)


def as_pkcs7(ders: Iterable[bytes]) -> bytes:
    """Return the certificates as a PKCS#7 bundle in PEM. The library is asn1crypto: `cryptography` cannot write SM2."""
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
