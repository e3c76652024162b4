"""Proof that somebody holds a certificate's private key: they sign a text, and the public key checks the signature.

Pure, except for SM2, which the openssl program checks. What may be a private key is refused unread (threat 40).
"""

from __future__ import annotations

import base64
import binascii
import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from asn1crypto import x509 as asn1
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.pki import openssl
from revocation.pki.facts import MALFORMED
from revocation.pki.reading.other_kinds import is_bare_key

MAX_BYTES = 16 * 1024
"""A signature of an RSA key of 16384 bits has 2732 characters in base64."""

ARMOUR = b"-----"
"""Start of the lines that `certutil -encode` adds."""
WINDOWS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""First bytes of a text -> its encoding. PowerShell redirects into UTF-16."""

SM2_CURVE = "1.2.156.10197.1.301"
"""GM/T 0006: the curve of SM2 keys."""

MESSAGES = table(
    "key_proof",
    {
        "empty": gettext_noop("There is no signature yet. Run the command, and paste what it prints."),
        "too_large": gettext_noop("This is far longer than a signature. Paste only what the command prints."),
        "private_key": gettext_noop(
            "This looks like a private key. We did not read, store or log it. Send only the signature. "
            "Treat the key as compromised and do not use it again."
        ),
        "unreadable": gettext_noop(
            "This is neither base64 nor a signature file. Paste the one line that the command prints, or upload the "
            "file."
        ),
        "key_kind": gettext_noop(
            "Keys of this kind cannot be proven here, only RSA, ECDSA, Ed25519 and SM2. Ask us to revoke it."
        ),
        "does_not_fit": gettext_noop(
            "The signature does not fit: it was made with another key, or over another text. "
            "Run the command exactly as it is shown, with the private key of this certificate."
        ),
    },
    status=422,
)
"""`ProofRefused.code` -> sentence."""


class ProofRefused(Refused):
    """`code` is a key of MESSAGES. Holds nothing of what was sent."""

    subject = "key_proof"


Verify = Callable[[bytes, bytes, bytes], bool]
"""(SubjectPublicKeyInfo, signature, signed) -> whether the signature fits."""


@dataclass(frozen=True)
class Kind:
    """How keys of one kind sign. `command` is for a shell: it signs `challenge.txt` with the key in `private.key`."""

    command: str
    verify: Verify


def _rsa(spki: bytes, signature: bytes, signed: bytes) -> bool:
    key = load_der_public_key(spki)
    assert isinstance(key, rsa.RSAPublicKey)  # noqa: S101 - the table is asked by algorithm
    key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    return True


def _rsa_pss(spki: bytes, signature: bytes, signed: bytes) -> bool:
    """Verify with a key whose certificate allows only RSASSA-PSS (RFC 4055 section 1.2)."""
    key = load_der_public_key(spki)
    assert isinstance(key, rsa.RSAPublicKey)  # noqa: S101
    any_salt = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
    key.verify(signature, signed, any_salt, hashes.SHA256())
    return True


def _ecdsa(spki: bytes, signature: bytes, signed: bytes) -> bool:
    key = load_der_public_key(spki)
    assert isinstance(key, ec.EllipticCurvePublicKey)  # noqa: S101
    key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    return True


def _ed25519(spki: bytes, signature: bytes, signed: bytes) -> bool:
    key = load_der_public_key(spki)
    assert isinstance(key, ed25519.Ed25519PublicKey)  # noqa: S101
    key.verify(signature, signed)
    return True


def _sm2(spki: bytes, signature: bytes, signed: bytes) -> bool:
    return openssl.sm2_signature_is_valid(spki, signed, signature)


SHA256 = "openssl dgst -sha256 -sign private.key challenge.txt"
KINDS: Mapping[str, Kind] = {
    "rsa": Kind(SHA256, _rsa),
    "rsassa_pss": Kind(SHA256, _rsa_pss),
    "ec": Kind(SHA256, _ecdsa),
    "ed25519": Kind("openssl pkeyutl -sign -rawin -inkey private.key -in challenge.txt", _ed25519),
    "sm2": Kind(
        f"openssl dgst -sm3 -sigopt distid:{openssl.SM2_STANDARD_ID} -sign private.key challenge.txt",
        _sm2,
    ),
}


def public_key(certificate_der: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a certificate, in DER."""
    return bytes(asn1.Certificate.load(certificate_der).public_key.dump())


def kind_of(spki: bytes) -> Kind:
    """Return how keys of this kind sign. Raises ProofRefused for an unknown kind of key or an unsupported curve."""
    try:
        name = _kind_name(spki)
    except MALFORMED:
        name = ""
    if name not in KINDS or (name != "sm2" and not _can_be_read(spki)):
        raise ProofRefused("key_kind")
    return KINDS[name]


def _kind_name(spki: bytes) -> str:
    """Return a key of `KINDS`, or else the algorithm's name or OID.

    A curve is named by its OID or spelt out by its parameters.
    """
    algorithm = asn1.PublicKeyInfo.load(spki)["algorithm"]
    name = str(algorithm["algorithm"].native)
    if name != "ec":
        return name
    parameters = algorithm["parameters"]
    return "sm2" if parameters.name == "named" and parameters.chosen.dotted == SM2_CURVE else name


def _can_be_read(spki: bytes) -> bool:
    try:
        load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def command(spki: bytes, text: str) -> str:
    """Return one shell line that prints the signature of `text` in base64.

    Raises ProofRefused for an unknown kind of key.
    """
    return f"printf %s '{text}' > challenge.txt && {kind_of(spki).command} | openssl base64 -A"


def read_signature(sent: bytes) -> bytes:
    """Return the signature from what was pasted or uploaded: base64, or the bytes themselves.

    The base64 may have any line breaks, armour or none, and any encoding that Windows makes of it. Raises ProofRefused;
    a private key is refused before anything else is done with it.
    """
    if len(sent) > MAX_BYTES:
        raise ProofRefused("too_large")
    text = _as_written(sent)
    if b"PRIVATE KEY" in text or is_bare_key(sent):
        raise ProofRefused("private_key")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith(ARMOUR)]
    written = b"".join(b"".join(lines).split())
    if not written:
        raise ProofRefused("empty")
    try:
        signature = base64.b64decode(written, validate=True)
    except binascii.Error:
        if sent.isascii():
            raise ProofRefused("unreadable") from None
        return sent
    if is_bare_key(signature):
        raise ProofRefused("private_key")
    return signature


def _as_written(sent: bytes) -> bytes:
    """Return the text as ASCII if a Windows shell or editor wrote it in UTF-16 or with a byte-order mark."""
    for mark, encoding in WINDOWS.items():
        if sent.startswith(mark):
            return sent.decode(encoding, "ignore").encode("ascii", "replace")
    return sent


def check(spki: bytes, signature: bytes, text: str) -> None:
    """Check that the private key of `spki` signed `text`.

    Raises ProofRefused if it did not, and openssl.OpensslMissing (SM2 only).
    """
    try:
        fits = kind_of(spki).verify(spki, signature, text.encode())
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        fits = False
    if not fits:
        raise ProofRefused("does_not_fit")
