"""C6: OCSP responses of many shapes, and what `openssl ocsp` makes of the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from revocation.pki.status import StatusUnreadable, ocsp_belief, ocsp_request, read_ocsp
from tests.authorities.openssl_ca import openssl_says
from tests.pki.by_hand import (
    DAY,
    EXTENDED,
    HOUR,
    KEY_USAGE,
    NOW,
    REASON,
    UNKNOWN,
    Ca,
    ext,
    name,
    new_key,
    oid,
    revoked,
    seq,
    tlv,
)

SERIAL = 0x1234567890
SIGNING = ext(EXTENDED, seq(oid("1.3.6.1.5.5.7.3.9")))
SERVER = ext(EXTENDED, seq(oid("1.3.6.1.5.5.7.3.1")))
ANY = ext(EXTENDED, seq(oid("2.5.29.37.0")))
NOTHING_KNOWN = ext(UNKNOWN, b"\5\0", critical=True)
ENCIPHERMENT_ONLY = ext(KEY_USAGE, b"\x03\x02\x05\x20", critical=True)
RESPONDER = name("Responder")
END_OF_TIME = tlv(0xA1, tlv(0x18, b"99991231235959Z"))


@dataclass(frozen=True)
class Case:
    """A response and our verdict. `make`: the response. `ours`: revoked, good, unknown, or the code of the refusal."""

    make: Callable[[Ca], bytes]
    ours: str
    serial: int = SERIAL


def single(status: bytes = revoked(), *extensions: bytes, serial: int = SERIAL, **more: Any) -> Case:
    return Case(lambda ca: ca.ocsp(ca.single(serial, status, *extensions, **more)), "", serial)


def saying(ours: str, status: bytes = revoked(), *extensions: bytes, serial: int = SERIAL, **more: Any) -> Case:
    return Case(single(status, *extensions, serial=serial, **more).make, ours, serial)


def delegated(ours: str, *extensions: bytes, by: Ca | None = None, named: bytes | None = None) -> Case:
    """Return a case signed by a responder whose certificate has these extensions. `by`: its issuer, if not the CA."""

    def make(ca: Ca) -> bytes:
        key = new_key()
        issuer = by or ca
        certificate = issuer.certificate(77, *extensions, subject=RESPONDER, key=key, issuer=ca.name)
        who = None if named is None else tlv(0xA1, named)
        return ca.ocsp(ca.single(SERIAL, revoked()), responder=who, signer=key, certificates=(certificate,))

    return Case(make, ours)


CASES = {
    "revoked": saying("revoked"),
    "good": saying("good", b"\x80\x00"),
    "unknown": saying("unknown", b"\x82\x00"),
    "without a reason": saying("revoked", revoked(None)),
    "reason 7": saying("revoked", revoked(7)),
    "removeFromCRL": saying("ocsp_contradicts", revoked(8)),
    "at the end of time": saying("ocsp_unreadable", END_OF_TIME),
    "of another at the end of time": Case(
        lambda ca: ca.ocsp(ca.single(5, END_OF_TIME), ca.single(SERIAL, revoked())), "revoked"
    ),
    "negative": saying("revoked", serial=-5),
    "zero": saying("revoked", serial=0),
    "of 60 bytes": saying("revoked", serial=1 << 470),
    "about its opposite": Case(single(serial=5).make, "ocsp_other_certificate", -5),
    "about another CA's": saying("ocsp_other_certificate", issuer_name=name("Another CA")),
    "unknown extension": saying("revoked", revoked(), ext(UNKNOWN, b"\5\0")),
    "unknown critical extension": saying("ocsp_critical", revoked(), NOTHING_KNOWN),
    "good, unknown critical extension": saying("ocsp_critical", b"\x80\x00", NOTHING_KNOWN),
    "unknown critical extension of the response": Case(
        lambda ca: ca.ocsp(ca.single(SERIAL, revoked()), extensions=(NOTHING_KNOWN,)), "ocsp_critical"
    ),
    "critical reason": saying("ocsp_critical", revoked(), ext(REASON, b"\x0a\x01\x01", critical=True)),
    "future": saying("ocsp_not_yet_valid", this_update=NOW + DAY, next_update=NOW + 2 * DAY),
    "outdated": saying("ocsp_outdated", next_update=NOW - HOUR, this_update=NOW - DAY),
    "without an end, old": saying("ocsp_outdated", next_update=None, this_update=NOW - 9 * DAY),
    "without an end": saying("revoked", next_update=None),
    "of two": Case(lambda ca: ca.ocsp(ca.single(5), ca.single(SERIAL, revoked())), "revoked"),
    "good and revoked": Case(
        lambda ca: ca.ocsp(ca.single(SERIAL), ca.single(SERIAL, revoked())), "ocsp_contradicts"
    ),
    "by name": Case(lambda ca: ca.ocsp(ca.single(SERIAL, revoked()), responder=tlv(0xA1, ca.name)), "revoked"),
    "by another's name": Case(
        lambda ca: ca.ocsp(ca.single(SERIAL, revoked()), responder=tlv(0xA1, name("x"))), "ocsp_signature_wrong"
    ),
    "by another key": Case(lambda ca: ca.ocsp(ca.single(SERIAL, revoked()), signer=new_key()), "ocsp_signature_wrong"),
    "appointed": delegated("revoked", SIGNING, named=RESPONDER),
    "appointed, by key": delegated("revoked", SIGNING),
    "appointed for everything": delegated("ocsp_signature_wrong", ANY),
    "a server": delegated("ocsp_signature_wrong", SERVER),
    "without a purpose": delegated("ocsp_signature_wrong"),
    "appointed by another": delegated("ocsp_signature_wrong", SIGNING, by=Ca()),
    "appointed, unknown critical": delegated("ocsp_signature_wrong", SIGNING, NOTHING_KNOWN),
    "appointed, may not sign": delegated("ocsp_signature_wrong", SIGNING, ENCIPHERMENT_ONLY),
    "not basic": Case(lambda ca: seq(tlv(0x0A, b"\0"), tlv(0xA0, seq(oid(UNKNOWN), tlv(4, b"")))), "ocsp_unreadable"),
    "refused": Case(lambda ca: seq(tlv(0x0A, b"\3")), "ocsp_refused"),
    "refused with a number that is none": Case(lambda ca: seq(tlv(0x0A, b"\x63")), "ocsp_refused"),
    "successful and empty": Case(lambda ca: seq(tlv(0x0A, b"\0")), "ocsp_unreadable"),
}  # fmt: skip


def test_threat_16_of_any_number_of_certificates_a_few_are_tried() -> None:
    """None of them is signed by the CA. Trying the whole list of them would cost seconds."""
    ca = Ca()
    listed = (Ca().certificate(77, SIGNING, subject=RESPONDER, issuer=ca.name),) * 2000
    with mock.patch.object(ocsp_belief, "is_signed_by", return_value=False) as tried:
        assert ours(ca.ocsp(ca.single(SERIAL, revoked()), certificates=listed), ca, ca.certificate(SERIAL)) == (
            "ocsp_signature_wrong"
        )
    assert tried.call_count <= 10


def ours(response: bytes, ca: Ca, leaf: bytes) -> str:
    try:
        said = read_ocsp(response, leaf, ca.der, NOW)
    except StatusUnreadable as refused:
        return refused.code
    return "revoked" if said.revoked else "good" if said.known else "unknown"


def openssl_verdict(folder: Path, response: bytes, ca: Ca, leaf: bytes) -> str:
    """Return what `openssl ocsp` says: revoked, good, unknown or unusable."""
    for file, der in (("ca", ca.der), ("leaf", leaf), ("response", response)):
        (folder / file).write_bytes(der)
    for file in ("ca", "leaf"):
        assert openssl_says(folder, "x509", "-inform", "DER", "-in", file, "-out", f"{file}.pem")[0] == 0
    files = ("-issuer", "ca.pem", "-cert", "leaf.pem", "-respin", "response", "-CAfile", "ca.pem", "-no_nonce")
    _, said = openssl_says(folder, "ocsp", *files)
    if "Response verify OK" not in said or "Status times invalid" in said:
        return "unusable"
    return next((word for word in ("revoked", "good", "unknown") if f"leaf.pem: {word}" in said), "unusable")


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_C6_a_response_says_what_openssl_says_or_is_refused(case: Case, tmp_path: Path) -> None:
    ca = Ca()
    leaf = ca.certificate(case.serial)
    response = case.make(ca)
    assert ours(response, ca, leaf) == case.ours
    if case.ours in ("revoked", "good", "unknown"):
        assert openssl_verdict(tmp_path, response, ca, leaf) == case.ours


def test_C5_openssl_reads_our_question_about_a_certificate_of_any_serial_number(tmp_path: Path) -> None:
    ca = Ca()
    (tmp_path / "ca").write_bytes(ca.der)
    assert openssl_says(tmp_path, "x509", "-inform", "DER", "-in", "ca", "-out", "ca.pem")[0] == 0
    for serial in (-5, 0, 0xFF12, 1 << 470):
        leaf = ca.certificate(serial)
        (tmp_path / "leaf").write_bytes(leaf)
        assert openssl_says(tmp_path, "x509", "-inform", "DER", "-in", "leaf", "-out", "leaf.pem")[0] == 0
        made = ("-issuer", "ca.pem", "-cert", "leaf.pem", "-no_nonce", "-reqout", "theirs")
        assert openssl_says(tmp_path, "ocsp", *made)[0] == 0
        assert ocsp_request(leaf, ca.der) == (tmp_path / "theirs").read_bytes()


def test_C6_the_name_that_is_hashed_is_the_one_in_the_certificate() -> None:
    """RFC 6960 4.1.1: a CA may have written its name otherwise into what it issued."""
    ca = Ca()
    written = name("CORPUS CA", 0x13)
    leaf = ca.certificate(SERIAL, issuer=written)
    assert ours(ca.ocsp(ca.single(SERIAL, revoked(), issuer_name=written)), ca, leaf) == "revoked"
    assert ours(ca.ocsp(ca.single(SERIAL, revoked())), ca, leaf) == "ocsp_other_certificate"
