"""Revocation by the holder of the certificate's key (RFC 8555 section 7.6), who signs without handing the key over.

What is signed is a JWS (RFC 7515): two base64url texts with a dot between them. Openssl signs exactly these bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

import josepy
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from revocation.authorities.interface import NeedsAttention, SignatureRefused, SigningInput
from revocation.messages import Message

Algorithm = Literal["RS256", "ES256", "ES384", "ES512"]
CURVES: dict[str, Algorithm] = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
HASHES: dict[Algorithm, Callable[[], hashes.HashAlgorithm]] = {
    "RS256": hashes.SHA256,
    "ES256": hashes.SHA256,
    "ES384": hashes.SHA384,
    "ES512": hashes.SHA512,
}


@dataclass(frozen=True)
class HoldersKey:
    """The public key in a certificate, as JWS knows it (RFC 7518 section 3.1)."""

    public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
    algorithm: Algorithm

    @property
    def jwk(self) -> dict[str, Any]:
        kind = josepy.JWKRSA if isinstance(self.public, rsa.RSAPublicKey) else josepy.JWKEC
        return cast("dict[str, Any]", kind(key=self.public).to_json())

    def jws_signature(self, text: bytes, signature: bytes) -> bytes:
        """Return the signature as JWS wants it: for ECDSA the two numbers side by side, not openssl's DER.

        Raises SignatureRefused when the key did not sign the text.
        """
        digest = HASHES[self.algorithm]()
        try:
            if isinstance(self.public, rsa.RSAPublicKey):
                self.public.verify(signature, text, padding.PKCS1v15(), digest)
                return signature
            self.public.verify(signature, text, ec.ECDSA(digest))
            size = (self.public.curve.key_size + 7) // 8
            return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(signature))
        except (InvalidSignature, ValueError):
            raise SignatureRefused("other_key") from None


def holders_key(certificate_der: bytes) -> HoldersKey:
    """Read a certificate's key. Raises NeedsAttention for a key that cannot sign JWS, for instance SM2."""
    try:
        public = x509.load_der_x509_certificate(certificate_der).public_key()
    except (ValueError, UnsupportedAlgorithm):
        public = None
    if isinstance(public, rsa.RSAPublicKey):
        return HoldersKey(public, "RS256")
    if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name in CURVES:
        return HoldersKey(public, CURVES[public.curve.name])
    raise NeedsAttention(Message("authority.key_cannot_sign"))


def signing_input(certificate_der: bytes, reason: int, *, url: str, nonce: str) -> SigningInput:
    """Write the text to sign. Raises NeedsAttention."""
    key = holders_key(certificate_der)
    header = {"alg": key.algorithm, "jwk": key.jwk, "nonce": nonce, "url": url}
    payload = {"certificate": _b64(certificate_der), "reason": reason}
    return SigningInput(
        b".".join(_b64(json.dumps(part).encode()).encode() for part in (header, payload)), key.algorithm
    )


def jws_body(certificate_der: bytes, reason: int, to_sign: bytes, signature: bytes, *, url: str) -> bytes:
    """Return what to POST. The text has left the portal: it must be about this certificate, reason, key and authority.

    Raises SignatureRefused, NeedsAttention.
    """
    key = holders_key(certificate_der)
    try:
        header_part, payload_part = to_sign.split(b".")
        header, payload = (json.loads(josepy.b64decode(part)) for part in (header_part, payload_part))
        nonce = header["nonce"]
    except (ValueError, TypeError, KeyError):
        raise SignatureRefused("not_our_text") from None
    wanted = signing_input(certificate_der, reason, url=url, nonce=nonce)
    if wanted.to_sign != to_sign or payload.get("reason") != reason:
        raise SignatureRefused("about_something_else")
    raw = key.jws_signature(to_sign, signature)
    parts = {"protected": header_part.decode(), "payload": payload_part.decode(), "signature": _b64(raw)}
    return json.dumps(parts).encode()


def _b64(data: bytes) -> str:
    return josepy.b64encode(data).decode()
