"""Signing DER with an authority's key: one shape for RSA, ECDSA and SM2.

Certificates, CRLs and OCSP responses are all SEQUENCE { signed part, algorithm, signature }. A signer only
has to say which algorithm it uses.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from asn1crypto.algos import SignedDigestAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from revocation.pki import openssl
from revocation.pki.signatures import SM2_WITH_SM3


def _sha256(data: bytes | bytearray) -> bytes:
    digest = Hash(SHA256())
    digest.update(data)
    return digest.finalize()


class Signer(Protocol):
    """A key that signs."""

    @property
    def algorithm(self) -> SignedDigestAlgorithm:
        """The AlgorithmIdentifier to put beside the signature (and inside the signed part)."""
        ...

    def sign(self, data: bytes | bytearray) -> bytes:
        """The signature of `data`. May raise openssl.OpensslMissing, openssl.OpensslFailed (SM2 only)."""
        ...


@dataclass(frozen=True)
class RsaSigner:
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 4055)."""

    key: RSAPrivateKey
    algorithm: ClassVar[SignedDigestAlgorithm] = SignedDigestAlgorithm({"algorithm": "sha256_rsa"})

    def sign(self, data: bytes | bytearray) -> bytes:
        return self.key.sign(_sha256(data), PKCS1v15(), Prehashed(SHA256()))


@dataclass(frozen=True)
class EcdsaSigner:
    """ECDSA with SHA-256 (RFC 5758)."""

    key: EllipticCurvePrivateKey
    algorithm: ClassVar[SignedDigestAlgorithm] = SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})

    def sign(self, data: bytes | bytearray) -> bytes:
        return self.key.sign(data, ECDSA(SHA256()))


@dataclass(frozen=True)
class Sm2Signer:
    """SM2 with SM3, by the openssl program; the key stays encrypted until that program reads it."""

    encrypted_key_pem: bytes
    passphrase: str
    distid: str = openssl.SM2_STANDARD_ID
    algorithm: ClassVar[SignedDigestAlgorithm] = SignedDigestAlgorithm({"algorithm": SM2_WITH_SM3})

    def __repr__(self) -> str:
        return f"Sm2Signer(distid={self.distid!r})"

    def sign(self, data: bytes | bytearray) -> bytes:
        return openssl.sm2_signature(self.encrypted_key_pem, self.passphrase, data, self.distid)
