"""The private keys of authorities: made here, encrypted at rest with `settings.KEY_ENCRYPTION_KEY`.

No view, form or admin page reads `LocalAuthority.encrypted_key`.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from revocation.authorities.local.models import Algorithm, LocalAuthority
from revocation.authorities.local.signing import EcdsaSigner, RsaSigner, Signer, Sm2Signer
from revocation.pki import openssl


class KeyUnreadable(Exception):
    """The key does not open with KEY_ENCRYPTION_KEY. The message says what to do."""


@dataclass(frozen=True)
class NewKey:
    """`encrypted_pem`: PKCS #8, encrypted. `public_der`: SubjectPublicKeyInfo."""

    encrypted_pem: bytes
    public_der: bytes


def new_key(algorithm: str) -> NewKey:
    """Make a key of an `Algorithm`. Raises openssl.OpensslMissing, openssl.OpensslFailed (SM2 only)."""
    return MAKERS[Algorithm(algorithm)]()


def signer(authority: LocalAuthority) -> Signer:
    """Return the authority's key, for certificates.

    Each process decrypts a key once: loading an RSA key takes longer than fifty signatures.
    Raises KeyUnreadable.
    """
    return _loaded(authority.algorithm, bytes(authority.encrypted_key), settings.KEY_ENCRYPTION_KEY)


def status_signer(authority: LocalAuthority) -> Signer:
    """Return the authority's own key as it signs CRLs, and the keys that it appoints for OCSP. Raises KeyUnreadable."""
    return status_key(authority.algorithm, bytes(authority.encrypted_key), authority.status_distid)


def status_key(algorithm: str, encrypted_key: bytes, distid: str) -> Signer:
    """Return a key for CRLs and OCSP. An SM2 key signs under the identity `distid`. Raises KeyUnreadable."""
    key = _loaded(algorithm, encrypted_key, settings.KEY_ENCRYPTION_KEY)
    return replace(key, distid=distid) if isinstance(key, Sm2Signer) else key


def _new_ecdsa_key() -> NewKey:
    return _encrypted(ec.generate_private_key(ec.SECP256R1()))


def _new_rsa_key() -> NewKey:
    return _encrypted(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def _new_sm2_key() -> NewKey:
    passphrase = settings.KEY_ENCRYPTION_KEY
    encrypted_pem = openssl.run(
        [
            *("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"),
            *("-aes-256-cbc", "-pass", openssl.PASSPHRASE_SOURCE),
        ],
        passphrase=passphrase,
    )
    public_der = openssl.run(
        ["pkey", "-in", "key.pem", "-passin", openssl.PASSPHRASE_SOURCE, "-pubout", "-outform", "DER"],
        {"key.pem": encrypted_pem},
        passphrase=passphrase,
    )
    return NewKey(encrypted_pem, public_der)


MAKERS: Mapping[Algorithm, Callable[[], NewKey]] = {
    Algorithm.ECDSA: _new_ecdsa_key,
    Algorithm.RSA: _new_rsa_key,
    Algorithm.SM2: _new_sm2_key,
}


def _encrypted(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> NewKey:
    encryption = BestAvailableEncryption(settings.KEY_ENCRYPTION_KEY.encode())
    return NewKey(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption),
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    )


@lru_cache(maxsize=64)
def _loaded(algorithm: str, encrypted_pem: bytes, passphrase: str) -> Signer:
    if algorithm == Algorithm.SM2:
        return Sm2Signer(encrypted_pem, passphrase)
    try:
        key = load_pem_private_key(encrypted_pem, passphrase.encode())
    except ValueError as wrong:
        raise KeyUnreadable(
            f"The key with digest {hashlib.sha256(encrypted_pem).hexdigest()[:16]} does not open with "
            "KEY_ENCRYPTION_KEY. Start the portal with the value that was set when the authority was made."
        ) from wrong
    if isinstance(key, rsa.RSAPrivateKey):
        return RsaSigner(key)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return EcdsaSigner(key)
    raise KeyUnreadable(f"The key is a {type(key).__name__}; an authority's is RSA, ECDSA or SM2.")
