"""Signatures of every kind that CAs use, made by the cryptography package's own builders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from revocation.pki.signatures import certificate_is_signed_by
from revocation.pki.status import StatusUnreadable, find_in_crl
from tests.pki.by_hand import NOW

pytestmark = pytest.mark.slow

NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Any CA")])
PSS = {"rsa_padding": padding.PSS(padding.MGF1(hashes.SHA256()), 32)}
LONG_SALT = {"rsa_padding": padding.PSS(padding.MGF1(hashes.SHA384()), 48)}
Key = Callable[[], Any]


def rsa_key() -> Any:
    return rsa.generate_private_key(65537, 2048)


KINDS: dict[str, tuple[Key, Any, dict[str, Any]]] = {
    "RSA SHA-256": (rsa_key, hashes.SHA256(), {}),
    "RSA SHA-512": (rsa_key, hashes.SHA512(), {}),
    "RSA SHA3-256": (rsa_key, hashes.SHA3_256(), {}),
    "RSA-PSS SHA-256": (rsa_key, hashes.SHA256(), PSS),
    "RSA-PSS SHA-384": (rsa_key, hashes.SHA384(), LONG_SALT),
    "P-256": (lambda: ec.generate_private_key(ec.SECP256R1()), hashes.SHA256(), {}),
    "P-384": (lambda: ec.generate_private_key(ec.SECP384R1()), hashes.SHA384(), {}),
    "P-521": (lambda: ec.generate_private_key(ec.SECP521R1()), hashes.SHA512(), {}),
    "P-256 SHA3-384": (lambda: ec.generate_private_key(ec.SECP256R1()), hashes.SHA3_384(), {}),
    "DSA": (lambda: dsa.generate_private_key(2048), hashes.SHA256(), {}),
    "Ed25519": (ed25519.Ed25519PrivateKey.generate, None, {}),
    "Ed448": (ed448.Ed448PrivateKey.generate, None, {}),
    "ML-DSA-44": (mldsa.MLDSA44PrivateKey.generate, None, {}),
    "ML-DSA-87": (mldsa.MLDSA87PrivateKey.generate, None, {}),
}


def issuer(key: Any, digest: Any, more: dict[str, Any]) -> bytes:
    builder = x509.CertificateBuilder().subject_name(NAME).issuer_name(NAME).public_key(key.public_key())
    dated = builder.serial_number(1).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=30))
    return dated.sign(key, digest, **more).public_bytes(Encoding.DER)


@pytest.mark.parametrize("kind", list(KINDS))
def test_M5_signatures_of_each_kind_are_verified_and_no_other_key_s(kind: str) -> None:
    make, digest, more = KINDS[kind]
    key = make()
    ca, look_alike = issuer(key, digest, more), issuer(make(), digest, more)
    assert certificate_is_signed_by(ca, ca)
    assert not certificate_is_signed_by(ca, look_alike)
    revoked = x509.RevokedCertificateBuilder().serial_number(7).revocation_date(NOW).build()
    builder = x509.CertificateRevocationListBuilder().issuer_name(NAME).last_update(NOW)
    listed = builder.next_update(NOW + timedelta(days=1)).add_revoked_certificate(revoked)
    crl = listed.sign(key, digest, **more).public_bytes(Encoding.DER)
    assert find_in_crl(crl, ca, 7, NOW).revoked
    with pytest.raises(StatusUnreadable, match="not signed"):
        find_in_crl(crl, look_alike, 7, NOW)
