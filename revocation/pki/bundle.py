"""Reader of the files that people upload as certificates: PEM with any number of blocks, DER, PKCS#7.

The form is recognised by content. A file that shows a private key is refused whole, and no byte of the key is kept or
quoted (threat 40). A file of any length is read one piece at a time. An error in one certificate is reported with its
place and costs only that one (C5).
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from asn1crypto import cms, core
from asn1crypto import x509 as asn1

from revocation.pki import der, pem
from revocation.pki.reading.as_written import as_written
from revocation.pki.reading.certificate_facts import MALFORMED, CertificateFacts
from revocation.pki.reading.other_kinds import (
    HOLDS_KEYS,
    OTHER_DER,
    SEQUENCE,
    begins_like_signed,
    other_kind,
    second_at,
)
from revocation.pki.reading.quick import read_quickly
from revocation.pki.reading.thorough import read_thoroughly
from revocation.pki.unreadable import UnreadableCertificate

LARGEST_FILE = 4 * 1024 * 1024
"""Bytes of a file that is read whole."""

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
IN_KEY_MARKS = (b"PRIVATE", b"PuTTY")
"""Words of which every `KEY_MARK` has one. Looking for them is quicker."""
LONGEST_KEY_MARK = 40
WHITE_SPACE = b" \t\n\r\v\f"
PEM_MARK = re.compile(rb"-----(?:BEGIN|END) ")
BASE64 = re.compile(rb"[A-Za-z0-9+/]*={0,2}")


class PrivateKeyPresented(UnreadableCertificate):
    """The file holds, or may hold, a private key. The exception holds none of its bytes."""


SAY_WHERE = frozenset({"cut_off", "cut_off_first"}) | HOLDS_KEYS
"""Refusals that are complete without the number of the certificate."""


def refusal(code: str) -> UnreadableCertificate:
    """Return the refusal with this code; `PrivateKeyPresented` if a key may be inside."""
    return PrivateKeyPresented(code) if code in HOLDS_KEYS else UnreadableCertificate(code)


class Piece(NamedTuple):
    """One certificate of a file: its facts or its refusal.

    `number` counts from 1; `line` is where it begins, 0 in a binary file.
    """

    number: int
    line: int
    facts: CertificateFacts | None = None
    refused: UnreadableCertificate | None = None


def read_bundle(data: bytes) -> tuple[CertificateFacts, ...]:
    """Return every certificate in the file, in its order, each once.

    Raises `UnreadableCertificate` if anything in the file is refused.
    """
    if len(data) > LARGEST_FILE:
        raise UnreadableCertificate("too_large", found=len(data), accepted=LARGEST_FILE)
    pieces = list(read_each(io.BytesIO(data)))
    for piece in pieces:
        if piece.refused and (len(pieces) == 1 or piece.refused.code in SAY_WHERE):
            raise piece.refused
        if piece.refused:
            raise UnreadableCertificate("bad_block", number=piece.number, why=piece.refused.message)
    return tuple({piece.facts.fingerprint_sha256: piece.facts for piece in pieces if piece.facts}.values())


def read_each(source: BinaryIO) -> Iterator[Piece]:
    """Yield every certificate in the file, one at a time.

    Raises `UnreadableCertificate` if the whole file is refused: it is empty, has no certificate, or shows a private
    key, which is found before the first certificate is yielded.
    """
    is_text, size = _look_over(source)
    count, refused = 0, ""
    for line, found in _from_pem(source) if is_text else _from_der(source, size):
        if isinstance(found, str):
            refused = refused or found
            continue
        for each in found if isinstance(found, list) else [found]:
            count += 1
            yield _piece(count, line, each)
    if not count:
        raise refusal(refused or "no_certificate")


class Candidate(NamedTuple):
    """The bytes of what may be an unusual certificate, and the certificate as loaded; None: they look like none."""

    der: bytes
    parsed: asn1.Certificate | None


Certificates = list[CertificateFacts | Candidate]
Found = Certificates | UnreadableCertificate | str
"""Certificates, the refusal of one, or the code of something else, which is skipped beside certificates."""


def _look_over(source: BinaryIO) -> tuple[bool, int]:
    """Return whether the file is text with PEM blocks, and its size in bytes.

    Raises UnreadableCertificate for an empty file, or one that shows a private key.
    """
    is_text, size, tail = False, 0, b""
    for chunk in pem.text_chunks(source):
        size += len(chunk)
        window = tail + chunk
        if _shows_key(window.replace(b"\0", b"")):
            raise PrivateKeyPresented("private_key")
        is_text = is_text or bool(PEM_MARK.search(window))
        tail = window[-LONGEST_KEY_MARK:]
    if not size:
        raise UnreadableCertificate("empty_file")
    if is_text:
        for block in pem.blocks(source):
            if code := _key_in(block):
                raise refusal(code)
        return True, size
    size = source.seek(0, io.SEEK_END)
    for element in der.elements(source, size):
        if code := _key_of(element.data):
            raise refusal(code)
    return False, size


def _shows_key(text: bytes) -> bool:
    return any(word in text for word in IN_KEY_MARKS) and KEY_MARK.search(text) is not None


def _key_in(block: pem.Block) -> str:
    """Return the code of what holds, or may hold, a private key in this block, whatever its label says; else ""."""
    if (named := OTHER_LABELS.get(block.label, "")) in HOLDS_KEYS:
        return named
    if _text_of_signed(block.body):
        return ""
    try:
        return _key_of(_decoded(block.body))
    except UnreadableCertificate:
        return ""


def _key_of(content: bytes) -> str:
    """Return the code of what holds, or may hold, a private key in these bytes; else ""."""
    if begins_like_signed(content):
        return ""
    code = next((code for code, recognises in OTHER_DER if code in HOLDS_KEYS and recognises(content)), "")
    return "" if code and _certificate(content) is not None else code


def _text_of_signed(body: bytes) -> bool:
    """Whether the bytes of a PEM block would begin like something signed. It decodes only what tells that."""
    text = body.translate(None, WHITE_SPACE)
    try:
        head = binascii.a2b_base64(text[:16])
        second = second_at(head)
        group = second // 3 * 4
        return second > 0 and binascii.a2b_base64(text[group : group + 4])[second % 3 :][:1] == SEQUENCE
    except binascii.Error:
        return False


def _piece(number: int, line: int, found: CertificateFacts | Candidate | UnreadableCertificate) -> Piece:
    try:
        if isinstance(found, UnreadableCertificate):
            raise found
        if isinstance(found, Candidate):
            found = read_thoroughly(*found)
        return Piece(number, line, facts=found)
    except UnreadableCertificate as refused:
        if refused.code != "cut_off":
            return Piece(number, line, refused=refused)
        where = (
            UnreadableCertificate("cut_off", after=number - 1) if number > 1 else UnreadableCertificate("cut_off_first")
        )
        return Piece(number, line, refused=where)


def _from_pem(source: BinaryIO) -> Iterator[tuple[int, Found]]:
    for block in pem.blocks(source):
        if block.problem:
            yield block.line, UnreadableCertificate(block.problem, after=0)
        elif block.label in CERTIFICATE_LABELS or block.label in PKCS7_LABELS:
            try:
                yield block.line, _certificates_in(block)
            except UnreadableCertificate as refused:
                yield block.line, refused
        else:
            yield block.line, OTHER_LABELS.get(block.label, "")


def _certificates_in(block: pem.Block) -> Certificates:
    content = _decoded(block.body)
    if block.label in PKCS7_LABELS:
        return _from_pkcs7(content)
    if (facts := read_quickly(content)) is not None:
        return [facts]
    parsed = _certificate(content)
    if parsed is None and (code := other_kind(content)):
        raise refusal(code)
    return [Candidate(_without_trust(content, block.label), parsed)]


def _decoded(body: bytes) -> bytes:
    """Return the bytes of a PEM block. Headers such as Proc-Type are not accepted."""
    text = body.translate(None, WHITE_SPACE)
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise UnreadableCertificate("not_whole" if BASE64.fullmatch(text) else "not_base64") from None
    if der.is_cut_off(content) or not content:
        raise UnreadableCertificate("not_whole")
    return content


def _without_trust(content: bytes, label: bytes) -> bytes:
    """Return the certificate without the second structure that OpenSSL's TRUSTED CERTIFICATE has after it."""
    if label != b"TRUSTED CERTIFICATE":
        return content
    try:
        return as_written(core.Sequence.load(content, strict=False))
    except MALFORMED:
        return content


def _from_pkcs7(data: bytes) -> Certificates:
    try:
        content = cms.ContentInfo.load(data)
        if content["content_type"].native != "signed_data":
            raise UnreadableCertificate("no_certificate")
        certificates = content["content"]["certificates"]
        chosen = [choice.chosen for choice in certificates if choice.name == "certificate"]
        return [read_quickly(der := as_written(each)) or Candidate(der, each) for each in chosen]
    except MALFORMED:
        raise UnreadableCertificate("not_a_certificate") from None


SIGNED_DATA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
"""The object identifier of PKCS#7 signed data."""


def _from_der(source: BinaryIO, size: int) -> Iterator[tuple[int, Found]]:
    for count, element in enumerate(der.elements(source, size)):
        try:
            if element.problem:
                raise UnreadableCertificate(element.problem, count=element.extra, after=0)
            yield 0, _certificates_of(element.data)
        except UnreadableCertificate as refused:
            if not count and refused.code != "cut_off":
                raise  # the file is something else
            yield 0, refused


def _certificates_of(data: bytes) -> Certificates:
    """Return the certificates of one DER value: a certificate, or a PKCS#7 file with several."""
    if (facts := read_quickly(data)) is not None:
        return [facts]
    if (parsed := _certificate(data)) is not None:
        return [Candidate(data, parsed)]
    if code := other_kind(data):
        raise refusal(code)
    if data[:1] == SEQUENCE and SIGNED_DATA in data[:40]:
        return _from_pkcs7(data)
    raise UnreadableCertificate("not_a_certificate" if data[:1] == SEQUENCE else "no_certificate")


def _certificate(data: bytes) -> asn1.Certificate | None:
    """Return the data, loaded, if it begins like a certificate: with a TBSCertificate that has a validity."""
    try:
        parsed = asn1.Certificate.load(data, strict=False)
        parsed["tbs_certificate"]["validity"]["not_after"].native  # noqa: B018 - touching is the test
    except MALFORMED:
        return None
    return parsed
