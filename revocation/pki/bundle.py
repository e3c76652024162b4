"""What people bring as "a certificate": PEM with one or many blocks, DER, PKCS#7; recognised by content.

Anything that may hold a private key is refused whole, without keeping or quoting a byte of it (threat 40).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from asn1crypto import cms, core, crl, csr, keys
from asn1crypto import x509 as asn1

from revocation.pki.facts import MALFORMED, CertificateFacts, UnreadableCertificate, read_certificate

LARGEST_FILE = 4 * 1024 * 1024
"""Bytes."""

BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 #]+)-----(.*?)-----END \1-----", re.DOTALL)
CERTIFICATE_LABELS = frozenset({b"CERTIFICATE", b"X509 CERTIFICATE", b"GM CERTIFICATE", b"TRUSTED CERTIFICATE"})
PKCS7_LABELS = frozenset({b"PKCS7", b"CMS", b"PKCS #7 SIGNED DATA"})
OTHER_LABELS = {
    b"CERTIFICATE REQUEST": "csr",
    b"NEW CERTIFICATE REQUEST": "csr",
    b"X509 CRL": "crl",
    b"PUBLIC KEY": "public_key",
    b"RSA PUBLIC KEY": "public_key",
    b"PKCS12": "pkcs12",
}
KEY_MARK = re.compile(rb"PRIVATE\s+KEY-|PRIVATE\s+KEY\s+BLOCK|OPENSSH PRIVATE|PuTTY-User-Key-File")
JAVA_KEYSTORES = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")
BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class PrivateKeyPresented(UnreadableCertificate):
    """There is, or may be, a private key in the file. Holds none of its bytes."""


HOLDS_KEYS = frozenset({"private_key", "pkcs12", "java_keystore"})


def refusal(code: str) -> UnreadableCertificate:
    """The refusal of a code, of the class that warns where a key may be inside."""
    return PrivateKeyPresented(code) if code in HOLDS_KEYS else UnreadableCertificate(code)


def read_bundle(data: bytes) -> tuple[CertificateFacts, ...]:
    """Every certificate in the file, in its order, each once. Raises `UnreadableCertificate`: all or nothing."""
    if not data:
        raise UnreadableCertificate("empty_file")
    if len(data) > LARGEST_FILE:
        raise UnreadableCertificate("too_large", found=len(data), accepted=LARGEST_FILE)
    text = _as_ascii_text(data)
    if KEY_MARK.search(text):
        raise PrivateKeyPresented("private_key")
    ders = _from_pem(text) if b"-----BEGIN " in text else _from_der(data)
    if not ders:
        raise UnreadableCertificate("no_certificate")
    return tuple({facts.fingerprint_sha256: facts for facts in _read_each(ders)}.values())


def _as_ascii_text(data: bytes) -> bytes:
    """UTF-16 text, as some editors save it, brought to one byte a character; other bytes as they are."""
    encoding = BYTE_ORDER_MARKS.get(data[:2])
    return data.decode(encoding, "replace").encode("ascii", "replace") if encoding else data


def _read_each(ders: list[bytes]) -> list[CertificateFacts]:
    """One bad certificate refuses the file and is named by its number."""
    found = []
    for number, der in enumerate(ders, start=1):
        try:
            found.append(read_certificate(der))
        except UnreadableCertificate as refused:
            if len(ders) == 1:
                raise
            raise UnreadableCertificate("bad_block", number=number, why=str(refused)) from None
    return found


def _from_pem(text: bytes) -> list[bytes]:
    ders: list[bytes] = []
    refused = ""
    for number, (label, body) in enumerate(BLOCK.findall(text), start=1):
        if label in CERTIFICATE_LABELS:
            ders.append(_without_trust(_decoded(body, number), label))
        elif label in PKCS7_LABELS:
            ders += _from_pkcs7(_decoded(body, number))
        else:
            refused = refused or OTHER_LABELS.get(label, "")
    if not ders and refused:
        raise refusal(refused)
    return ders


def _decoded(body: bytes, number: int) -> bytes:
    """The bytes of a PEM block; headers such as Proc-Type are not accepted."""
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        why = "its text is not base64."
        raise UnreadableCertificate("bad_block", number=number, why=why) from None


def _without_trust(der: bytes, label: bytes) -> bytes:
    """OpenSSL's TRUSTED CERTIFICATE has a second structure behind the certificate, which is left out."""
    if label != b"TRUSTED CERTIFICATE":
        return der
    try:
        return bytes(core.Sequence.load(der, strict=False).dump())
    except MALFORMED:
        return der


def _from_pkcs7(der: bytes) -> list[bytes]:
    try:
        content = cms.ContentInfo.load(der)
        if content["content_type"].native != "signed_data":
            raise UnreadableCertificate("no_certificate")
        certificates = content["content"]["certificates"]
        return [choice.chosen.dump() for choice in certificates if choice.name == "certificate"]
    except MALFORMED:
        raise UnreadableCertificate("not_a_certificate") from None


def _parses(kind: type[core.Asn1Value]) -> Callable[[bytes], bool]:
    """Does the whole structure, touched to its leaves, parse as this kind?"""

    def parses(data: bytes) -> bool:
        try:
            kind.load(data, strict=True).native  # noqa: B018 - touching is the test
        except MALFORMED:
            return False
        return True

    return parses


def _is_pkcs12(data: bytes) -> bool:
    """A PFX (RFC 7292 section 4): version 3 and a data or signed-data content."""
    try:
        outer = core.SequenceOf.load(data, spec=core.Any, strict=True)
        return bool(outer[0].parse(core.Integer).native == 3) and outer[1].contents[:1] == b"\x06"
    except MALFORMED:
        return False


def is_bare_key(data: bytes) -> bool:
    """PKCS#1, SEC 1 or PKCS#8, plain or encrypted, in DER."""
    kinds = (keys.PrivateKeyInfo, keys.EncryptedPrivateKeyInfo, keys.RSAPrivateKey, keys.ECPrivateKey)
    return any(_parses(kind)(data) for kind in kinds)


OTHER_DER: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("java_keystore", lambda data: data.startswith(JAVA_KEYSTORES)),
    ("pkcs12", _is_pkcs12),
    ("private_key", is_bare_key),
    ("csr", _parses(csr.CertificationRequest)),
    ("crl", _parses(crl.CertificateList)),
    ("public_key", _parses(keys.PublicKeyInfo)),
)
"""What else may come in DER, keys first: code, and how it is recognised."""


def _from_der(data: bytes) -> list[bytes]:
    if _looks_like_certificate(data):
        return [data]
    for code, recognises in OTHER_DER:
        if recognises(data):
            raise refusal(code)
    if data[:1] == b"\x30" and b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" in data[:40]:
        return _from_pkcs7(data)
    raise UnreadableCertificate("not_a_certificate" if data[:1] == b"\x30" else "no_certificate")


def _looks_like_certificate(data: bytes) -> bool:
    """Does it begin as a certificate does: a sequence whose first part is a TBSCertificate with a validity?"""
    try:
        return isinstance(
            asn1.Certificate.load(data, strict=False)["tbs_certificate"]["validity"]["not_after"].native,
            object,
        )
    except MALFORMED:
        return False
