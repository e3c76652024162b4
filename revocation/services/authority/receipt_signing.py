"""The portal's own signature, for receipts: ECDSA P-256 with SHA-256, which `openssl dgst` verifies."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.conf import settings
from django.db import IntegrityError, transaction

from revocation.models import SigningKey


class SigningKeyUnreadable(Exception):
    """The key does not open with KEY_ENCRYPTION_KEY. The message says what to do."""


def current_key() -> SigningKey:
    """Return the key that signs now, made at the first use. If two workers make one at once, the first is kept."""
    found = SigningKey.objects.filter(is_current=True).first()
    if found:
        return found
    try:
        with transaction.atomic():
            return _new_key()
    except IntegrityError:
        return SigningKey.objects.get(is_current=True)


def sign(data: bytes, key: SigningKey) -> bytes:
    """Return the detached signature in DER. Raises `SigningKeyUnreadable`."""
    return _private(bytes(key.encrypted_pem), settings.KEY_ENCRYPTION_KEY).sign(data, ec.ECDSA(hashes.SHA256()))


def verifies(data: bytes, signature: bytes, key: SigningKey) -> bool:
    """Return whether the key signed this data, whatever KEY_ENCRYPTION_KEY is today. An odd row signed nothing."""
    try:
        public = load_pem_public_key(key.public_pem.encode())
        if not isinstance(public, ec.EllipticCurvePublicKey):
            return False
        public.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


def _new_key() -> SigningKey:
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    encryption = BestAvailableEncryption(settings.KEY_ENCRYPTION_KEY.encode())
    return SigningKey.objects.create(
        key_id=hashlib.sha256(spki).hexdigest()[:16],
        encrypted_pem=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption),
        public_pem=public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    )


@lru_cache(maxsize=8)
def _private(encrypted_pem: bytes, passphrase: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(encrypted_pem, passphrase.encode())
    except ValueError as wrong:
        raise SigningKeyUnreadable(
            "The key that signs receipts does not open with KEY_ENCRYPTION_KEY. Start the portal with the value that "
            "was set when it was made."
        ) from wrong
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SigningKeyUnreadable("The key that signs receipts is not an ECDSA key.")
    return key
