"""Threat 40, C5: files of certificates as people bring them. What is cut off or odd is told with its place."""

from __future__ import annotations

import base64
import io
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from typing import BinaryIO, cast

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from revocation.pki.bundle import PrivateKeyPresented, read_bundle, read_each
from revocation.pki.export import as_pem, as_pkcs7
from revocation.pki.facts import UnreadableCertificate, read_certificate
from tests.pki.test_facts import made

DERS = [made("EC P-256", [x509.DNSName(f"{name}.example")], serial=number) for number, name in enumerate("abc", 2)]
ONE, TWO, THREE = ([der] for der in DERS)
WHOLE = as_pem(DERS)
SECOND = len(as_pem(ONE))
KEY = ec.generate_private_key(ec.SECP256R1())
PEM_KEY, DER_KEY = (
    KEY.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    for form in (serialization.Encoding.PEM, serialization.Encoding.DER)
)


def pieces(data: bytes) -> list[tuple[int, int, str]]:
    """Return number, line and code of the refusal, if any, of each certificate in the file."""
    return [
        (piece.number, piece.line, piece.refused.code if piece.refused else "") for piece in read_each(io.BytesIO(data))
    ]


def code_of(data: bytes) -> str:
    with pytest.raises(UnreadableCertificate) as refused:
        read_bundle(data)
    return refused.value.code


CUT = {
    "in its second certificate": WHOLE[: SECOND + 200],
    "in its first line": WHOLE[: SECOND + 35],
    "in the first mark": WHOLE[: SECOND + 7],
    "in the dashes": WHOLE[: SECOND + 3],
    "behind the first mark": WHOLE[: SECOND + 27],
    "before the last mark": WHOLE[: 2 * SECOND - 26],
    "in the last mark": WHOLE[: 2 * SECOND - 8],
    "lines of Windows": WHOLE[: SECOND + 200].replace(b"\n", b"\r\n"),
    "a text editor's mark": b"\xef\xbb\xbf" + WHOLE[: SECOND + 200],
    "UTF-16": WHOLE[: SECOND + 200].decode().encode("utf-16"),
    "UTF-16 without a mark": WHOLE[: SECOND + 200].decode().encode("utf-16-le"),
    "another label": as_pem(ONE) + WHOLE[SECOND : SECOND + 200].replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"),
    "a list at the end": as_pem(ONE) + b"-----BEGIN PKCS7-----\nMIIB",
    "text between": as_pem(ONE) + b"and the next: \n" + WHOLE[SECOND : SECOND + 200],
    "binary": b"".join(DERS)[: len(DERS[0]) + 100],
    "binary, in the header": b"".join(DERS)[: len(DERS[0]) + 3],
    "binary, one byte": b"".join(DERS)[: len(DERS[0]) + 1],
}


@pytest.mark.parametrize("how", list(CUT))
def test_a_file_that_is_cut_off_does_not_count_as_complete(how: str) -> None:
    assert code_of(CUT[how]) == "cut_off"
    assert [code for _number, _line, code in pieces(CUT[how])] == ["", "cut_off"]


def test_the_sentence_says_after_which_certificate_the_file_is_cut_off() -> None:
    with pytest.raises(UnreadableCertificate, match=r"cut off after certificate number 2\. Get"):
        read_bundle(WHOLE[: 2 * SECOND + 200])


CUT_FIRST = {
    "text": as_pem(ONE)[:200],
    "first line": as_pem(ONE)[:20],
    "last line": as_pem(ONE)[:-9],
    "binary": DERS[0][:200],
    "list": as_pkcs7(DERS)[:400],
    "list, binary": base64.b64decode(b"".join(as_pkcs7(DERS).split(b"\n")[1:-2]))[:400],
}


@pytest.mark.parametrize("how", list(CUT_FIRST))
def test_a_single_certificate_that_is_cut_off_is_told(how: str) -> None:
    assert code_of(CUT_FIRST[how]) == "cut_off_first"


BODY = as_pem(TWO).split(b"-----")[2]


def between(second: bytes) -> bytes:
    """Return a file with a good certificate, `second`, and a good one."""
    return as_pem(ONE) + second + as_pem(THREE)


def holding(text: bytes) -> bytes:
    return as_pem(TWO).replace(BODY, text)


ODD = {
    "end missing, more behind": (b"-----BEGIN CERTIFICATE-----" + BODY[:90] + b"\n", "end_missing"),
    "other end": (as_pem(TWO).replace(b"END CERT", b"END X509 CERT"), "other_end"),
    "text cut short": (holding(BODY[:200]), "not_whole"),
    "text cut short by four": (holding(BODY[:-5] + b"\n"), "not_whole"),
    "a NUL inside": (holding(BODY[:50] + b"\0" + BODY[50:]), "not_base64"),
    "nothing inside": (holding(b"\n"), "not_whole"),
    "three bytes": (holding(b"\nMIIB\n"), "not_whole"),
}


@pytest.mark.parametrize("how", list(ODD))
def test_C5_an_odd_certificate_costs_only_itself_and_is_named(how: str) -> None:
    second, code = ODD[how]
    assert pieces(between(second))[1:] == [
        (2, 1 + as_pem(ONE).count(b"\n"), code),
        (3, pieces(between(second))[2][1], ""),
    ]
    with pytest.raises(UnreadableCertificate, match="Certificate number 2"):
        read_bundle(between(second))


def test_a_file_whose_beginning_is_missing_is_told() -> None:
    assert pieces(between(BODY[50:] + b"-----END CERTIFICATE-----\n"))[1][2] == "beginning_missing"
    assert pieces(BODY[50:] + b"-----END CERTIFICATE-----\n" + WHOLE)[0][2] == "beginning_missing"


PARAMETERS = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
KEPT = {
    "lines of Windows": WHOLE.replace(b"\n", b"\r\n"),
    "lines of old Macs": WHOLE.replace(b"\n", b"\r"),
    "no lines": b"".join(as_pem([der]).replace(b"\n", b"") for der in DERS),
    "a text editor's mark": b"\xef\xbb\xbf" + WHOLE,
    "UTF-16": WHOLE.decode().encode("utf-16"),
    "UTF-16, other way": b"\xfe\xff" + WHOLE.decode().encode("utf-16-be"),
    "UTF-16 without a mark": WHOLE.decode().encode("utf-16-le"),
    "text between": b"subject=/CN=a\n".join([b"", *(as_pem([der]) for der in DERS)]) + b"Verify return code: 0\n---\n",
    "each twice": WHOLE + WHOLE,
    "trusted": WHOLE.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"),
    "binary": b"".join(DERS),
    "list": as_pkcs7(DERS),
    "a line end at the end is missing": WHOLE.rstrip(),
    "parameters between": as_pem(ONE) + PARAMETERS + as_pem(DERS[1:]),
}


@pytest.mark.parametrize("how", list(KEPT))
def test_what_is_whole_is_read(how: str) -> None:
    assert sorted(facts.der for facts in read_bundle(KEPT[how])) == sorted(DERS)


KEYS = {
    "behind": WHOLE + PEM_KEY,
    "between": as_pem(ONE) + PEM_KEY + as_pem(TWO),
    "in UTF-16": (WHOLE + PEM_KEY).decode().encode("utf-16"),
    "in UTF-16 without a mark": b" " + (PEM_KEY).decode().encode("utf-16-le"),
    "far behind": WHOLE + b" " * 200_000 + PEM_KEY,
    "over the edge of a chunk": b" " * (64 * 1024 - 20) + PEM_KEY + WHOLE,
    "cut off": WHOLE + PEM_KEY[:60],
    "PKCS#12 in text": WHOLE + b"-----BEGIN PKCS12-----\nMIIB\n-----END PKCS12-----\n",
    "binary": DER_KEY,
    "binary, behind": DERS[0] + DER_KEY,
    "called a certificate": WHOLE + holding(b"\n" + base64.b64encode(DER_KEY) + b"\n"),
}


@pytest.mark.parametrize("where", list(KEYS))
def test_threat_40_a_private_key_is_refused_wherever_it_is(where: str) -> None:
    with pytest.raises(PrivateKeyPresented) as refused:
        read_bundle(KEYS[where])
    assert "private key" in str(refused.value)


@pytest.mark.parametrize("where", list(KEYS))
def test_threat_40_no_certificate_is_taken_from_a_file_with_a_key(where: str) -> None:
    with pytest.raises(PrivateKeyPresented):
        next(read_each(io.BytesIO(KEYS[where])))


def test_a_crl_beside_certificates_is_skipped_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have a hundred thousand entries, which nobody asked for."""
    begun, ends = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    entry = x509.RevokedCertificateBuilder().serial_number(7).revocation_date(begun).build()
    builder = x509.CertificateRevocationListBuilder().issuer_name(x509.Name([])).add_revoked_certificate(entry)
    signed = builder.last_update(begun).next_update(ends).sign(KEY, hashes.SHA256())
    beside = signed.public_bytes(serialization.Encoding.PEM)

    def read(*args: object, **options: object) -> None:
        raise AssertionError("the CRL was read")

    monkeypatch.setattr("asn1crypto.crl.CertificateList.load", read)
    assert len(list(read_each(io.BytesIO(WHOLE + beside)))) == len(DERS)


def test_bytes_behind_a_certificate_are_told() -> None:
    assert pieces(DERS[0] + b"\r\nmore")[1][2] == "trailing_bytes"


KINDS_OF_KEY = {
    "PKCS#8": (serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    "PKCS#8, encrypted": (serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"pw")),
    "SEC 1 or PKCS#1": (serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()),
}
RSA_KEY = rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize("kind", KINDS_OF_KEY)
@pytest.mark.parametrize("key", [KEY, RSA_KEY], ids=["EC", "RSA"])
def test_threat_40_no_kind_of_key_passes_as_something_signed(kind: str, key: ec.EllipticCurvePrivateKey) -> None:
    data = key.private_bytes(serialization.Encoding.DER, *KINDS_OF_KEY[kind])
    assert code_of(data) == "private_key"
    assert code_of(WHOLE + as_pem([data])) == "private_key"


def test_threat_40_no_pkcs12_file_passes_as_something_signed() -> None:
    data = pkcs12.serialize_key_and_certificates(b"a", KEY, None, None, serialization.NoEncryption())
    assert code_of(data) == "pkcs12"
    assert code_of(WHOLE + as_pem([data])) == "pkcs12"


@pytest.mark.parametrize("data", [WHOLE, b"".join(DERS), as_pkcs7(DERS)], ids=["PEM", "DER", "PKCS#7"])
def test_each_unusual_certificate_is_loaded_once(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revocation.pki.bundle.read_quickly", lambda der: None)
    load, loaded = asn1.Certificate.load.__func__, list[bytes]()

    def counted(kind: type[asn1.Certificate], /, encoded: bytes, **named: object) -> asn1.Certificate:
        loaded.append(encoded)
        return load(kind, encoded, **named)

    monkeypatch.setattr(asn1.Certificate, "load", classmethod(counted))
    assert len(read_bundle(data)) == len(DERS)
    assert len([each for each in loaded if each in DERS]) <= len(DERS)


@pytest.mark.parametrize("data", [WHOLE, b"".join(DERS), as_pkcs7(DERS)], ids=["PEM", "DER", "PKCS#7"])
def test_a_usual_certificate_is_read_without_asn1crypto(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def thorough(der: bytes, parsed: object) -> None:
        raise AssertionError("it took the long way")

    monkeypatch.setattr("revocation.pki.bundle.read_thoroughly", thorough)
    assert sorted(facts.der for facts in read_bundle(data)) == sorted(DERS)


DUMMY = read_certificate(DERS[0])


class Endless(io.RawIOBase):
    """A file of `size` bytes that is never in memory: `unit` over and over."""

    def __init__(self, unit: bytes, times: int) -> None:
        self.unit, self.size, self.at = unit, len(unit) * times, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = self.size if whence == io.SEEK_END else offset
        return self.at

    def read(self, count: int = -1) -> bytes:
        count = min(count, self.size - self.at)
        start = self.at % len(self.unit)
        self.at += count
        return (self.unit * (count // len(self.unit) + 2))[start : start + count]


@pytest.mark.parametrize(
    ("make", "least"),
    [
        (lambda: Endless(as_pem(ONE), 20_000), 20_000),
        (lambda: Endless(DERS[0], 20_000), 20_000),
        (lambda: Endless(b"x" * 999, 40_000), 0),
    ],
    ids=["text", "binary", "one line"],
)
def test_a_long_file_is_read_a_piece_at_a_time(
    make: Callable[[], Endless], least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files have ten megabytes and more. What parsing costs is not measured here."""
    monkeypatch.setattr("revocation.pki.bundle.read_quickly", lambda der: DUMMY)
    tracemalloc.start()
    try:
        count = sum(1 for _piece in read_each(cast(BinaryIO, make())))
    except UnreadableCertificate:
        count = 0
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count >= least
    assert peak < 5_000_000
