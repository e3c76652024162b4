"""C5: whatever bytes are served, the readers read them or refuse them in their own words. Nothing else escapes."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from revocation.pki.facts import UnreadableCertificate, read_certificate
from revocation.pki.signatures import certificate_is_signed_by
from revocation.pki.status import StatusUnreadable, find_in_crl, ocsp_request, read_crl, read_ocsp
from revocation.pki.status.crl import parse_crl
from revocation.pki.status.crl_belief import ReadCrl, _check_entries, _check_extensions
from revocation.pki.status.ocsp import NotAnswered, parse_response
from tests.pki.by_hand import (
    AUTHORITY_KEY_ID,
    NOW,
    SCOPE,
    Ca,
    access,
    address,
    entry,
    ext,
    issued_by,
    name,
    points,
    reason,
    revoked,
    seq,
    tlv,
)  # fmt: skip

SERIAL, TIMES, NAMED = 0x1234567890, 1500, ["http://crl.example/ca.crl"]
CA = Ca()
LEAF = CA.certificate(SERIAL, points("http://crl.example/ca.crl"), access("http://ocsp.example/"))
CRL = CA.crl(
    entry(5, issued_by(name("Another CA"))), entry(6, issued_by(CA.name), reason(4)), entry(SERIAL, reason(1)),
    extensions=(
        ext(SCOPE, seq(tlv(0xA0, tlv(0xA0, address("http://crl.example/ca.crl"))), tlv(0x81, b"\xff")), critical=True),
        ext(AUTHORITY_KEY_ID, seq(tlv(0x82, b"\1"))),
    ),
)  # fmt: skip
RESPONSE = CA.ocsp(CA.single(5), CA.single(SERIAL, revoked()), certificates=(CA.certificate(9),))


def mutated(good: bytes, chance: random.Random) -> bytes:
    body = bytearray(good)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(body))
        kind = chance.randrange(4)
        if kind == 0:
            body[at] = chance.randrange(256)
        elif kind == 1:
            del body[at : at + chance.randrange(1, 4)]
        elif kind == 2:
            body[at:at] = chance.randbytes(chance.randrange(1, 4))
        else:
            body[at] ^= 1 << chance.randrange(8)
    return bytes(body)


def believed_crl(served: bytes) -> None:
    """Read the CRL as if its signature were right, so that what is behind it is reached too."""
    crl = parse_crl(served)
    _check_extensions(crl, NAMED, is_ca=False)
    ReadCrl(crl, names_issuers=_check_entries(crl)).say_of([SERIAL, -1, 0, *range(20)])


READERS: dict[str, tuple[bytes, Callable[[bytes], object], tuple[type[Exception], ...]]] = {
    "crl": (CRL, lambda served: find_in_crl(served, CA.der, SERIAL, NOW, NAMED), (StatusUnreadable,)),
    "crl behind its signature": (CRL, believed_crl, (StatusUnreadable, ValueError)),
    "issuer of a crl": (CA.der, lambda served: read_crl(CRL, served, NOW, NAMED), (StatusUnreadable,)),
    "ocsp": (RESPONSE, lambda served: read_ocsp(served, LEAF, CA.der, NOW), (StatusUnreadable,)),
    "ocsp behind its signature": (RESPONSE, parse_response, (ValueError, NotAnswered)),
    "leaf of an ocsp question": (LEAF, lambda served: ocsp_request(served, CA.der), (StatusUnreadable,)),
    "issuer of an ocsp response": (CA.der, lambda served: read_ocsp(RESPONSE, LEAF, served, NOW), (StatusUnreadable,)),
    "certificate": (LEAF, read_certificate, (UnreadableCertificate,)),
    "signature": (LEAF, lambda served: certificate_is_signed_by(served, CA.der), ()),
}


@pytest.mark.parametrize("reader", list(READERS))
def test_C5_nothing_but_its_own_refusal_escapes_a_reader(reader: str) -> None:
    good, read, refusals = READERS[reader]
    read(good)
    chance = random.Random(reader)
    refused = 0
    for _ in range(TIMES):
        try:
            read(mutated(good, chance))
        except refusals:
            refused += 1
    assert refused > TIMES / 10 or not refusals


def test_C6_no_changed_bit_of_a_list_or_a_response_is_believed() -> None:
    for good, signed, read in (
        (CRL, parse_crl(CRL).tbs, READERS["crl"][1]),
        (RESPONSE, parse_response(RESPONSE).tbs, READERS["ocsp"][1]),
    ):
        start, body = good.index(signed), bytearray(good)
        for at in range(start, start + len(signed), 3):
            body[at] ^= 0x10
            with pytest.raises(StatusUnreadable):
                read(bytes(body))
            body[at] ^= 0x10


@pytest.mark.parametrize(
    "served", [b"0\x80" * 20_000, b"\x30\x84\xff\xff\xff\xff", b"\x1f" * 9, b"-----BEGIN X509 CRL"]
)
def test_C5_what_is_deep_long_or_cut_off_is_refused_at_once(served: bytes) -> None:
    with pytest.raises(StatusUnreadable):
        find_in_crl(served, CA.der, SERIAL, NOW, NAMED)
    with pytest.raises(StatusUnreadable):
        read_ocsp(served, LEAF, CA.der, NOW)
