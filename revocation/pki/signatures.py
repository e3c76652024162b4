"""Checks of signatures on certificates, CRLs and OCSP responses: RSA, ECDSA, EdDSA, DSA, ML-DSA and SM2."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from revocation.pki import openssl
from revocation.pki import strict_der as der
from revocation.pki.strict_der import DerError, Reader
from revocation.pki.structure import Parts, read_parts

SM2_WITH_SM3 = "1.2.156.10197.1.501"
"""GM/T 0006: the signature algorithm SM2 with SM3, which the cryptography package cannot verify."""

RSA_PSS = "1.2.840.113549.1.1.10"
WITHOUT_HASH = frozenset({"1.3.101.112", "1.3.101.113", *(f"2.16.840.1.101.3.4.3.{number}" for number in (17, 18, 19))})
"""Signature algorithms that name no hash: EdDSA and ML-DSA (RFC 8410, RFC 9881). The key determines the rest."""
ALONE = (
    ed25519.Ed25519PublicKey
    | ed448.Ed448PublicKey
    | mldsa.MLDSA44PublicKey
    | mldsa.MLDSA65PublicKey
    | mldsa.MLDSA87PublicKey
)
HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "1.3.14.3.2.26": hashes.SHA1(),  # noqa: S303 old CRLs; the key is the issuer's
    "2.16.840.1.101.3.4.2.4": hashes.SHA224(),
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
    "2.16.840.1.101.3.4.2.7": hashes.SHA3_224(),
    "2.16.840.1.101.3.4.2.8": hashes.SHA3_256(),
    "2.16.840.1.101.3.4.2.9": hashes.SHA3_384(),
    "2.16.840.1.101.3.4.2.10": hashes.SHA3_512(),
}
SHA1, SHA224, SHA256, SHA384, SHA512, *SHA3 = HASHES.values()
RSA_PKCS1: Mapping[str, hashes.HashAlgorithm] = {
    "1.2.840.113549.1.1.5": SHA1,
    "1.2.840.113549.1.1.14": SHA224,
    "1.2.840.113549.1.1.11": SHA256,
    "1.2.840.113549.1.1.12": SHA384,
    "1.2.840.113549.1.1.13": SHA512,
    **{f"2.16.840.1.101.3.4.3.{13 + number}": kind for number, kind in enumerate(SHA3)},
}
ECDSA: Mapping[str, hashes.HashAlgorithm] = {
    "1.2.840.10045.4.1": SHA1,
    "1.2.840.10045.4.3.1": SHA224,
    "1.2.840.10045.4.3.2": SHA256,
    "1.2.840.10045.4.3.3": SHA384,
    "1.2.840.10045.4.3.4": SHA512,
    **{f"2.16.840.1.101.3.4.3.{9 + number}": kind for number, kind in enumerate(SHA3)},
}
DSA: Mapping[str, hashes.HashAlgorithm] = {
    "1.2.840.10040.4.3": SHA1,
    "2.16.840.1.101.3.4.3.1": SHA224,
    "2.16.840.1.101.3.4.3.2": SHA256,
}
"""Object identifier of the signature algorithm -> its hash (RFC 3279, 4055, 5758, 8410; no MD5)."""


class Signed(Protocol):
    """Signed bytes, the signature algorithm, and the signature."""

    @property
    def tbs(self) -> bytes: ...
    @property
    def algorithm(self) -> bytes: ...
    @property
    def signature(self) -> bytes: ...


def is_signed_by(signed: Signed, signer: Parts) -> bool:
    """Whether the key of `signer` signed `signed`. Raises openssl.OpensslMissing (SM2 only)."""
    try:
        algorithm = Reader(signed.algorithm).enter(der.SEQUENCE)
        oid = der.dotted(algorithm.content(der.OID))
        if oid == SM2_WITH_SM3:
            return openssl.sm2_signature_is_valid(signer.key, signed.tbs, signed.signature)
        _verify(oid, algorithm, signed, signer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, OverflowError, KeyError):
        return False  # ValueError and the like: a key or parameters that cannot be read prove nothing
    return True


def certificate_is_signed_by(certificate_der: bytes, issuer_der: bytes) -> bool:
    """Whether the issuer's key signed the certificate. False if either cannot be read.

    Raises openssl.OpensslMissing (SM2 only).
    """
    try:
        return is_signed_by(read_parts(certificate_der), _read_issuer(issuer_der))
    except DerError:
        return False


_read_issuer = lru_cache(maxsize=64)(read_parts)
"""The parts of an issuer's certificate. It has signed many."""


def _verify(oid: str, parameters: Reader, signed: Signed, signer: Parts) -> None:
    """Verify the signature by its algorithm `oid`. Raises InvalidSignature, UnsupportedAlgorithm, ValueError."""
    key = load_der_public_key(signer.key)
    if isinstance(key, rsa.RSAPublicKey) and oid in RSA_PKCS1:
        key.verify(signed.signature, signed.tbs, padding.PKCS1v15(), RSA_PKCS1[oid])
    elif isinstance(key, rsa.RSAPublicKey) and oid == RSA_PSS:
        key.verify(signed.signature, signed.tbs, *_pss(parameters))
    elif isinstance(key, ec.EllipticCurvePublicKey) and oid in ECDSA:
        key.verify(signed.signature, signed.tbs, ec.ECDSA(ECDSA[oid]))
    elif isinstance(key, dsa.DSAPublicKey) and oid in DSA:
        key.verify(signed.signature, signed.tbs, DSA[oid])
    elif isinstance(key, ALONE) and oid in WITHOUT_HASH:
        key.verify(signed.signature, signed.tbs)
    else:
        raise UnsupportedAlgorithm("The key and the signature are of different or unknown kinds.")


def _pss(algorithm: Reader) -> tuple[padding.PSS, hashes.HashAlgorithm]:
    """Read the RSASSA-PSS parameters: padding and hash (RFC 4055 section 3.1)."""
    parameters = algorithm.enter(der.SEQUENCE) if algorithm else Reader(b"")
    digest = mask = SHA1
    if (named := parameters.optional(0xA0)) is not None:
        digest = _hash(named.enter(der.SEQUENCE))
    if (named := parameters.optional(0xA1)) is not None:
        mask_function = named.enter(der.SEQUENCE)
        mask_function.content(der.OID)
        mask = _hash(mask_function.enter(der.SEQUENCE))
    salt = der.integer(named.content(der.INTEGER)) if (named := parameters.optional(0xA2)) is not None else 20
    return padding.PSS(padding.MGF1(mask), salt), digest


def _hash(algorithm: Reader) -> hashes.HashAlgorithm:
    oid = der.dotted(algorithm.content(der.OID))
    if oid not in HASHES:
        raise UnsupportedAlgorithm(f"hash {oid}")
    return HASHES[oid]
