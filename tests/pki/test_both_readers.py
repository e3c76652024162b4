"""C3, threat 40: what the quick reader reads, the thorough reader reads in the same way, field by field."""

from __future__ import annotations

import io
import random
import warnings
from collections.abc import Iterator

import pytest
from cryptography import x509

from revocation.pki import pem
from revocation.pki.bundle import CERTIFICATE_LABELS, _decoded, read_bundle
from revocation.pki.export import as_pem, as_pkcs7
from revocation.pki.facts import UnreadableCertificate, read_certificate
from revocation.pki.reading.quick import read_quickly
from revocation.pki.reading.thorough import read_thoroughly
from revocation.pki.strict_der import Reader
from revocation.pki.structure import read_parts
from tests.pki.by_hand import ECDSA_SHA256, KEY_ID, SAN, SEQUENCE, SET, Ca, access, ext, name, oid, points, seq, tlv
from tests.pki.corpora import files, real_roots
from tests.pki.test_facts import made
from tests.support.effort import rounds

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _no_warning_passes() -> Iterator[None]:
    """A library that warns of odd bytes would write a line of its own into the log."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def agreed(der: bytes) -> bool:
    """Compare the readers; return whether the quick one read the bytes."""
    quick = read_quickly(der)
    if quick is None:
        return False
    thorough = read_thoroughly(der)
    assert quick._asdict() == thorough._asdict()
    return True


def ders() -> Iterator[bytes]:
    """Yield the certificates of the corpora, and what may be one."""
    texts = [path.read_bytes() for path in files()]
    for text in (*texts, *real_roots()):
        if text[:1] == b"0":
            yield text
        for block in pem.blocks(io.BytesIO(text)):
            if block.label in CERTIFICATE_LABELS and not block.problem:
                try:
                    yield _decoded(block.body)
                except UnreadableCertificate:
                    continue


def test_the_corpora_say_the_same_to_both_readers() -> None:
    read = [agreed(der) for der in dict.fromkeys(ders())]
    assert sum(read) > 500
    assert read.count(False) > 100


CA = Ca()


def names(*general: bytes) -> bytes:
    return ext(SAN, seq(*general))


def attribute(number: str, kind: int, text: bytes) -> bytes:
    return tlv(SET, seq(oid(number), tlv(kind, text)))


HAND_MADE = {
    "usual": CA.certificate(7, names(tlv(0x82, b"A.Example"), tlv(0x87, b"\1\2\3\4")), points("http://c/1.crl")),
    "a long serial number": CA.certificate(1 << 500, names(tlv(0x82, b"a"))),
    "serial number 0": CA.certificate(0),
    "a negative serial number": CA.certificate(-5),
    "no name at all": CA.certificate(7, subject=seq()),
    "an empty SAN": CA.certificate(7, names()),
    "names twice": CA.certificate(7, names(tlv(0x82, b"a.b"), tlv(0x82, b"A.B"), tlv(0x82, b"c.d"))),
    "hostile names": CA.certificate(7, names(tlv(0x82, b"a\0b\xff\n"), tlv(0x82, b" x "))),
    "other kinds of names": CA.certificate(7, names(tlv(0x81, b"a@b"), tlv(0x86, b"ftp://x"), tlv(0x87, b"\1" * 16))),
    "a SAN that is none": CA.certificate(7, ext(SAN, b"\4\1a")),
    "two SANs": CA.certificate(7, names(tlv(0x82, b"a")), names(tlv(0x82, b"b"))),
    "two key identifiers": CA.certificate(7, ext(KEY_ID, tlv(4, b"a")), ext(KEY_ID, tlv(4, b"b"))),
    "critical, said wrongly": CA.certificate(7, seq(oid(KEY_ID), tlv(1, b"\1"), tlv(4, tlv(4, b"a")))),
    "not critical, but said": CA.certificate(7, seq(oid(SAN), tlv(1, b"\0"), tlv(4, seq(tlv(0x82, b"a"))))),
    "an extension with more": CA.certificate(7, seq(oid(KEY_ID), tlv(4, tlv(4, b"a")), tlv(5))),
    "odd addresses": CA.certificate(7, points(b"http://x/%20\xff", "ldap://y"), access("http://o/", "x:y")),
    "characters of RFC 4514": CA.certificate(7, subject=name('a,b+c"d\\e<f>g;h=i')),
    "a number sign first": CA.certificate(7, subject=name("#a")),
    "spaces around": CA.certificate(7, subject=name(" a ")),
    "control characters": CA.certificate(7, subject=name("a\0b\n\u202e")),
    "letters of all scripts": CA.certificate(7, subject=name("中文 Ünï")),
    "PrintableString": CA.certificate(7, subject=name("shop (1), Ltd.", tag=0x13)),
    "PrintableString with more": CA.certificate(7, subject=name("*.a_b@c&d", tag=0x13)),
    "IA5String": CA.certificate(7, subject=name("a.example", tag=0x16)),
    "UTF-8 that is none": CA.certificate(7, subject=seq(attribute("2.5.4.3", 0x0C, b"\xff\xfe"))),
    "two common names": CA.certificate(7, subject=seq(*(attribute("2.5.4.3", 0x0C, c) for c in (b"a.b", b"c.d")))),
    "an unknown attribute": CA.certificate(7, subject=seq(attribute("1.2.3.4", 0x0C, b"a"))),
    "an empty attribute": CA.certificate(7, subject=seq(attribute("2.5.4.10", 0x0C, b""))),
    "a country of three letters": CA.certificate(7, subject=seq(attribute("2.5.4.6", 0x13, b"DEU"))),
    "a common name of 65 letters": CA.certificate(7, subject=name("a" * 65)),
    "two attributes at a step": CA.certificate(
        7, subject=seq(tlv(SET, *(seq(oid(f"2.5.4.{n}"), tlv(0x0C, b"a")) for n in (3, 10))))
    ),
    "more behind": CA.certificate(7) + b"\0",
    "cut off": CA.certificate(7)[:-1],
    "a CA": CA.der,
    **{kind: made(kind, [x509.DNSName("a.example")]) for kind in ("RSA 2048", "EC P-384", "EC P-521", "Ed25519")},
}


@pytest.mark.parametrize("kind", HAND_MADE)
def test_odd_certificates_say_the_same_to_both_readers(kind: str) -> None:
    agreed(HAND_MADE[kind])


@pytest.mark.parametrize("kind", ["usual", "characters of RFC 4514", "PrintableString", "a CA", "RSA 2048", "EC P-384"])
def test_usual_certificates_are_read_quickly(kind: str) -> None:
    assert agreed(HAND_MADE[kind])


TAGS = bytes.fromhex("000102030405060c131416171e3031808286a0a3ff")
LETTERS = b'*@_&,+"\\<>;=# \0\x7f\xc3\xa9aZ09'


def changed(good: bytes, chance: random.Random) -> bytes:
    """Return the bytes with one to three changes that readers may take in different ways: tags, lengths, letters."""
    body = bytearray(good)
    for _ in range(chance.choice((1, 1, 2, 3))):
        at = chance.randrange(min(len(body), 1200))
        some = (chance.choice(TAGS), chance.choice(LETTERS), body[at] ^ 1 << chance.randrange(8), body[at] + 1 & 0xFF)
        body[at] = chance.choice(some)
    return bytes(body)


def test_damaged_certificates_say_the_same_to_both_readers() -> None:
    usual = [der for der in HAND_MADE.values() if read_quickly(der)]
    chance, read = random.Random("readers"), 0
    times = rounds(1500, 100_000)
    for _ in range(times):
        read += agreed(changed(chance.choice(usual), chance))
    assert read > times / 4


def of_length(low_byte: int) -> bytes:
    """Return a certificate with two bytes of length, of which the second is `low_byte`, and a key of no known kind."""
    key, signature = seq(seq(oid("1.2.3.4.5")), tlv(3, b"\0key")), tlv(3, b"\0" + b"s" * 70)
    for filling in range(200, 600):
        tbs = _with_key(CA.certificate(7, ext("1.2.3.4", b"x" * filling)), key)
        der = seq(tbs, ECDSA_SHA256, signature)
        if der[1] == 0x82 and der[3] == low_byte:
            return der
    raise AssertionError("no such length")


def _with_key(certificate: bytes, key: bytes) -> bytes:
    """Return the TBSCertificate of a certificate with another key."""
    parts = read_parts(certificate)
    content = Reader(parts.tbs).content(SEQUENCE)
    before, after = content.split(parts.key)
    return seq(before, key, after)


@pytest.mark.parametrize("read", [read_thoroughly, read_certificate])
def test_C3_a_length_that_ends_in_80_is_no_indefinite_one(read: object) -> None:
    """asn1crypto takes it for one when it writes a value, and fails at the unknown key."""
    der = of_length(0x80)
    facts = read(der)  # type: ignore[operator]
    assert (facts.der, facts.key_algorithm) == (der, "1.2.3.4.5")


def test_C3_such_a_certificate_keeps_its_bytes_in_every_form_of_file() -> None:
    der = of_length(0x80)
    trusted = as_pem([der + seq()]).replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE")
    for data in (der, as_pem([der]), as_pkcs7([der]), trusted):
        assert [facts.der for facts in read_bundle(data)] == [der]
