"""C6: CRLs of many shapes, and what OpenSSL makes of the same bytes. Revoked here only if revoked there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from revocation.pki.facts import read_certificate
from revocation.pki.status import StatusUnreadable, find_in_crl
from tests.authorities.openssl_ca import openssl_says
from tests.pki.by_hand import (
    AUTHORITY_KEY_ID,
    CA_USAGE,
    DAY,
    DELTA,
    HOUR,
    INVALIDITY,
    ISSUER,
    NOW,
    NUMBER,
    REASON,
    SCOPE,
    UNKNOWN,
    Ca,
    address,
    entry,
    ext,
    generalized,
    integer,
    issued_by,
    name,
    points,
    reason,
    seq,
    tlv,
    utc,
)

SERIAL, URL, OTHER_URL = 0x1234567890, "http://crl.example/ca%20one.crl", "http://crl.example/ca one.crl"
YES = b"\xff"
LISTED = entry(SERIAL, reason(1))
THEIRS, OURS = name("Another CA"), name("Corpus CA")
BAD_NAME = name("\N{SNOWMAN}", 0x1E)
"""Three bytes that should be UTF-16."""


def scope(*parts: bytes, critical: bool = True) -> bytes:
    return ext(SCOPE, seq(*parts), critical=critical)


def at(url: str) -> bytes:
    return tlv(0xA0, tlv(0xA0, address(url)))


@dataclass(frozen=True)
class Case:
    """A CRL and our verdict. `make`: the CRL. `ours`: revoked, good, or the code of the refusal."""

    make: Callable[[Ca], bytes]
    ours: str
    usage: bytes = CA_USAGE
    serial: int = SERIAL


def listing(*entries: bytes, **more: Any) -> Callable[[Ca], bytes]:
    return lambda ca: ca.crl(*entries, **more)


CASES = {
    "listed": Case(listing(LISTED), "revoked"),
    "not listed": Case(listing(entry(5)), "good"),
    "empty": Case(listing(), "good"),
    # RFC 5280 5.3: extensions of entries
    "removeFromCRL": Case(listing(entry(SERIAL, reason(8))), "good"),
    "removed and revoked": Case(listing(entry(SERIAL, reason(8)), LISTED), "crl_entries_differ"),
    "revoked and removed": Case(listing(LISTED, entry(SERIAL, reason(8))), "crl_entries_differ"),
    "reason 7": Case(listing(entry(SERIAL, reason(7))), "revoked"),
    "reason 99": Case(listing(entry(SERIAL, reason(99))), "revoked"),
    "reason of another is no code": Case(listing(entry(5, reason(7)), entry(6, reason(-3)), LISTED), "revoked"),
    "reason is no ENUMERATED": Case(listing(entry(SERIAL, ext(REASON, b"\x02\x01\x01"))), "crl_entry_unreadable"),
    "two reasons": Case(listing(entry(SERIAL, reason(1), reason(8))), "crl_unreadable"),
    "on hold": Case(listing(entry(SERIAL, reason(6))), "revoked"),
    "invalidityDate": Case(listing(entry(SERIAL, ext(INVALIDITY, generalized(NOW - DAY)), reason(1))), "revoked"),
    "critical reason": Case(listing(entry(SERIAL, ext(REASON, b"\x0a\x01\x01", critical=True))), "crl_entry_critical"),
    "unknown extension": Case(listing(entry(SERIAL, ext(UNKNOWN, b"\5\0"))), "revoked"),
    "unknown critical": Case(listing(entry(SERIAL, ext(UNKNOWN, b"\5\0", critical=True))), "crl_entry_critical"),
    "unknown critical of another": Case(
        listing(LISTED, entry(5, ext(UNKNOWN, b"\5\0", critical=True))), "crl_entry_critical"
    ),
    "not listed, unknown critical": Case(listing(entry(5, ext(UNKNOWN, b"", critical=True))), "crl_entry_critical"),
    "another CA's": Case(listing(entry(SERIAL, issued_by(THEIRS))), "good"),
    "another CA's, not critical": Case(listing(entry(SERIAL, issued_by(THEIRS, critical=False))), "good"),
    "after another CA's": Case(listing(entry(5, issued_by(THEIRS)), LISTED), "good"),
    "ours after another CA's": Case(listing(entry(5, issued_by(THEIRS)), entry(SERIAL, issued_by(OURS))), "revoked"),
    "one of two issuers": Case(listing(entry(SERIAL, issued_by(THEIRS, OURS))), "revoked"),
    "another CA's and ours": Case(
        listing(entry(SERIAL, issued_by(THEIRS), reason(4)), entry(SERIAL, issued_by(OURS), reason(1))), "revoked"
    ),
    "another CA's in an indirect CRL": Case(
        listing(entry(SERIAL, issued_by(THEIRS)), extensions=(scope(tlv(0x84, YES)),)), "crl_partial"
    ),
    "issuer that is no name": Case(listing(LISTED, entry(5, ext(ISSUER, b"\2\1\1", critical=True))), "crl_unreadable"),
    "issuer whose text is none": Case(listing(LISTED, entry(5, issued_by(BAD_NAME))), "crl_unreadable"),
    "two issuers, one text is none": Case(listing(LISTED, entry(5, issued_by(OURS, BAD_NAME))), "crl_unreadable"),
    # RFC 5280 5.2: extensions of the list
    "unknown extension of the list": Case(listing(LISTED, extensions=(ext(UNKNOWN, b"\5\0"),)), "revoked"),
    "unknown critical of the list": Case(
        listing(LISTED, extensions=(ext(UNKNOWN, b"\5\0", critical=True),)), "crl_critical"
    ),
    "not listed, unknown critical of the list": Case(
        listing(extensions=(ext(UNKNOWN, b"\5\0", critical=True),)), "crl_critical"
    ),
    "critical number": Case(listing(LISTED, extensions=(ext(NUMBER, integer(7), critical=True),)), "crl_critical"),
    "delta": Case(listing(LISTED, extensions=(ext(DELTA, integer(6), critical=True),)), "crl_partial"),
    "delta, not critical": Case(listing(LISTED, extensions=(ext(DELTA, integer(6)),)), "crl_partial"),
    "for users": Case(listing(LISTED, extensions=(scope(tlv(0x81, YES)),)), "revoked"),
    "for CAs": Case(listing(LISTED, extensions=(scope(tlv(0x82, YES)),)), "crl_partial"),
    "for attributes": Case(listing(LISTED, extensions=(scope(tlv(0x85, YES)),)), "crl_partial"),
    "for CAs, not critical": Case(listing(LISTED, extensions=(scope(tlv(0x82, YES), critical=False),)), "crl_partial"),
    "some reasons": Case(listing(LISTED, extensions=(scope(tlv(0x83, b"\1\x40")),)), "crl_partial"),
    "indirect": Case(listing(LISTED, extensions=(scope(tlv(0x84, YES)),)), "crl_partial"),
    "its address": Case(listing(LISTED, extensions=(scope(at(URL)),)), "revoked"),
    "its address decoded": Case(listing(LISTED, extensions=(scope(at(OTHER_URL)),)), "crl_elsewhere"),
    "a name for an address": Case(
        listing(LISTED, extensions=(scope(tlv(0xA0, tlv(0xA0, tlv(0xA4, THEIRS)))),)), "crl_elsewhere"
    ),
    "relative to the issuer": Case(
        listing(LISTED, extensions=(scope(tlv(0xA0, tlv(0xA1, seq(tlv(0x06, b"\x55\4\3"), tlv(0x0C, b"x"))))),)),
        "crl_elsewhere",
    ),
    "its own key": Case(lambda ca: ca.crl(LISTED, extensions=(key_id(ca.der[-20:], ca),)), "crl_not_for_this_key"),
    "scope is no sequence": Case(listing(LISTED, extensions=(ext(SCOPE, b"\5\0", critical=True),)), "crl_unreadable"),
    "huge number": Case(listing(LISTED, extensions=(ext(NUMBER, integer(1 << 900)),)), "revoked"),
    # who signs, when
    "no cRLSign": Case(listing(LISTED), "crl_issuer_may_not_sign", usage=b"\x03\x02\x02\x04"),
    "no key usage": Case(listing(LISTED), "revoked", usage=b""),
    "issuer in other letters": Case(lambda ca: ca.crl(LISTED, issuer=name("CORPUS  ca", 0x13)), "revoked"),
    "another issuer": Case(lambda ca: ca.crl(LISTED, issuer=THEIRS), "crl_of_another_issuer"),
    "changed": Case(lambda ca: ca.crl(LISTED)[:-1] + b"\0", "crl_signature_wrong"),
    "future": Case(listing(LISTED, this_update=utc(NOW + DAY)), "crl_not_yet_valid"),
    "outdated": Case(listing(LISTED, next_update=utc(NOW - HOUR)), "crl_outdated"),
    "never updated": Case(listing(LISTED, next_update=b""), "revoked"),
    "never updated, old": Case(listing(LISTED, this_update=utc(NOW - 9 * DAY), next_update=b""), "crl_outdated"),
    # structure
    "version 3": Case(listing(LISTED, version=b"\2\1\2"), "crl_unreadable"),
    "version 1": Case(listing(LISTED, version=b""), "revoked"),
    "times after 2050": Case(listing(LISTED, next_update=generalized(NOW + 9000 * DAY)), "revoked"),
    "a day that is none": Case(listing(entry(SERIAL, at=tlv(0x17, b"260230000000Z"))), "crl_entry_unreadable"),
    "at the end of time": Case(listing(entry(SERIAL, at=tlv(0x18, b"99991231235959Z"))), "crl_entry_unreadable"),
    "at the beginning of time": Case(listing(entry(SERIAL, at=tlv(0x18, b"00010101000000Z"))), "crl_entry_unreadable"),
    "others at the ends of time": Case(
        listing(*(entry(5, at=tlv(0x18, year + b"0101000000Z")) for year in (b"0001", b"9999")), LISTED), "revoked"
    ),
    "published at the beginning of time": Case(
        listing(LISTED, this_update=tlv(0x18, b"00010101000000Z")), "crl_unreadable"
    ),
    "no end": Case(listing(LISTED, next_update=tlv(0x18, b"99991231235959Z")), "revoked"),
    # serial numbers
    "negative": Case(listing(entry(-5), LISTED), "revoked"),
    "negative itself": Case(listing(entry(-5, reason(1))), "revoked", serial=-5),
    "its opposite": Case(listing(entry(5)), "good", serial=-5),
    "zero": Case(listing(entry(0)), "revoked", serial=0),
    "high bit": Case(listing(entry(0xFF12)), "revoked", serial=0xFF12),
    "same bytes without sign": Case(listing(entry(b"\xff\x12")), "good", serial=0xFF12),
    "of 60 bytes": Case(listing(entry(1 << 470)), "revoked", serial=1 << 470),
    "huge of another": Case(listing(entry(1 << 90_000), LISTED), "revoked"),
    "leading zero": Case(listing(entry(b"\0\x05"), LISTED), "crl_unreadable"),
    "without bytes": Case(listing(entry(b""), LISTED), "crl_unreadable"),
}


def key_id(identifier: bytes, ca: Ca) -> bytes:
    return ext(AUTHORITY_KEY_ID, seq(tlv(0x80, identifier)))


def ours(crl: bytes, ca: Ca, leaf: bytes) -> str:
    facts = read_certificate(leaf)
    try:
        return "revoked" if find_in_crl(crl, ca.der, facts.serial_number, NOW, facts.crl_urls).revoked else "good"
    except StatusUnreadable as refused:
        return refused.code


def openssl_verdict(folder: Path, crl: bytes, ca: Ca, leaf: bytes) -> str:
    """Return what `openssl verify -crl_check` says: revoked, good or unusable."""
    for file, der in (("ca", ca.der), ("leaf", leaf)):
        (folder / file).write_bytes(der)
        status, said = openssl_says(folder, "x509", "-inform", "DER", "-in", file, "-out", f"{file}.pem")
        assert status == 0, said
    (folder / "crl").write_bytes(crl)
    status, _ = openssl_says(folder, "crl", "-inform", "DER", "-in", "crl", "-out", "crl.pem")
    if status != 0:
        return "unusable"
    files = ("-CAfile", "ca.pem", "-CRLfile", "crl.pem")
    status, said = openssl_says(folder, "verify", *files, "-crl_check", "leaf.pem")
    if status == 0:
        return "good"
    errors = re.findall(r"^error \d+ at \d+ depth lookup: (.*)$", said, re.MULTILINE)
    return "revoked" if set(errors) == {"certificate revoked"} else "unusable"


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_C6_a_crl_says_what_openssl_says_or_is_refused(case: Case, tmp_path: Path) -> None:
    ca = Ca(usage=case.usage)
    leaf = ca.certificate(case.serial, points(URL, "ldap://crl.example/cn=ca"))
    crl = case.make(ca)
    assert ours(crl, ca, leaf) == case.ours
    if case.ours in ("revoked", "good"):
        assert openssl_verdict(tmp_path, crl, ca, leaf) == case.ours


def test_the_corpus_has_lists_of_which_openssl_says_everything(tmp_path: Path) -> None:
    """openssl, our witness, can tell the three verdicts apart."""
    ca = Ca()
    leaf = ca.certificate(SERIAL, points(URL))
    said = {openssl_verdict(tmp_path, crl, ca, leaf) for crl in (ca.crl(LISTED), ca.crl(), Ca("Other").crl(LISTED))}
    assert said == {"revoked", "good", "unusable"}


def test_C6_a_list_for_users_says_nothing_of_a_ca_and_the_other_way_round() -> None:
    ca = Ca()
    for part, is_ca, usable in ((0x81, True, False), (0x82, True, True), (0x81, False, True), (0x82, False, False)):
        crl = ca.crl(LISTED, extensions=(scope(tlv(part, YES)),))
        try:
            said = find_in_crl(crl, ca.der, SERIAL, NOW, is_ca=is_ca).revoked
        except StatusUnreadable as refused:
            said = refused.code != "crl_partial"
        assert said is usable


def test_C7_a_reason_that_does_not_exist_is_not_made_unspecified() -> None:
    ca = Ca()
    for code, said in ((7, None), (99, None), (1, 1), (0, 0)):
        assert find_in_crl(ca.crl(entry(SERIAL, reason(code))), ca.der, SERIAL, NOW).reason == said
    assert find_in_crl(ca.crl(entry(SERIAL)), ca.der, SERIAL, NOW).reason == 0
    assert (
        find_in_crl(ca.crl(LISTED, extensions=(ext(NUMBER, integer(1 << 900)),)), ca.der, SERIAL, NOW).crl_number
        is None
    )
