"""Reading CRLs and OCSP responses made by the openssl program."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from revocation.pki.status import FEW, StatusUnreadable, find_in_crl, ocsp_request, read_crl, read_ocsp
from tests.authorities.openssl_ca import OpensslCa, an_hour_ago

pytestmark = pytest.mark.slow

NOW = datetime.now(UTC) + timedelta(hours=1)
"""Later than any answer of openssl in a run of all tests, however long, and within the answers' life."""


@pytest.fixture(params=["ecdsa", "rsa", "sm2"])
def ca(request: pytest.FixtureRequest, tmp_path: Path) -> OpensslCa:
    return OpensslCa(tmp_path, request.param)


@pytest.fixture
def ecdsa_ca(tmp_path: Path) -> OpensslCa:
    return OpensslCa(tmp_path, "ecdsa")


def serial(der: bytes) -> int:
    return x509.load_der_x509_certificate(der).serial_number


def refusal(crl: bytes, ca: OpensslCa, at: datetime = NOW) -> str:
    with pytest.raises(StatusUnreadable) as refused:
        find_in_crl(crl, ca.der, 1, at)
    assert "%" not in str(refused.value)
    return refused.value.code


def test_M5_crl_says_when_and_why(ca: OpensslCa) -> None:
    leaf, when = ca.issue(), an_hour_ago()
    assert not find_in_crl(ca.crl(), ca.der, serial(leaf), NOW).revoked
    ca.list(leaf, when, "keyCompromise")
    seen = find_in_crl(ca.crl(), ca.der, serial(leaf), NOW)
    assert (seen.revoked, seen.revoked_at, seen.reason, seen.crl_number) == (True, when, 1, 0xB)


def test_M5_a_crl_says_the_same_of_one_of_few_and_of_many(ecdsa_ca: OpensslCa) -> None:
    leaf, when = ecdsa_ca.issue(), an_hour_ago()
    ecdsa_ca.list(leaf, when, "superseded")
    crl = read_crl(ecdsa_ca.crl(), ecdsa_ca.der, NOW)
    for others in (0, FEW - 1, 2 * FEW):
        said: dict[int, Any] = crl.say_of([serial(leaf), *range(1, others + 1)])
        assert [number for number, seen in said.items() if seen.revoked] == [serial(leaf)]
        assert (said[serial(leaf)].reason, len(said)) == (4, others + 1)


def test_sm2_crl_is_read_under_both_signer_identities(tmp_path: Path) -> None:
    ca = OpensslCa(tmp_path, "sm2")
    for standard_id in (True, False):
        assert not find_in_crl(ca.crl(standard_id=standard_id), ca.der, 1, NOW).revoked


def test_reason_left_out_is_unspecified(ecdsa_ca: OpensslCa) -> None:
    leaf = ecdsa_ca.issue()
    ecdsa_ca.list(leaf, an_hour_ago())
    assert find_in_crl(ecdsa_ca.crl(), ecdsa_ca.der, serial(leaf), NOW).reason == 0


def test_M5_changed_crl_is_not_believed(ca: OpensslCa) -> None:
    pem = ca.crl()
    der = bytearray(x509.load_pem_x509_crl(pem).public_bytes(Encoding.DER))
    der[-1] ^= 1
    assert refusal(bytes(der), ca) == "crl_signature_wrong"


def test_M5_crl_of_another_key_with_the_same_name_is_not_believed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = OpensslCa(tmp_path / "one", "ecdsa"), OpensslCa(tmp_path / "two", "ecdsa")
    assert refusal(two.crl(), one) == "crl_signature_wrong"


def test_stale_and_future_crls_are_not_believed(ecdsa_ca: OpensslCa) -> None:
    crl = ecdsa_ca.crl()
    assert refusal(crl, ecdsa_ca, NOW + timedelta(days=3)) == "crl_outdated"
    assert refusal(crl, ecdsa_ca, NOW - timedelta(days=1)) == "crl_not_yet_valid"


@pytest.mark.parametrize("served", [b"", b"<html>", b"0\x80", b"-----BEGIN X509 CRL-----\nAA==\n"])
def test_what_is_not_a_crl_is_refused(ecdsa_ca: OpensslCa, served: bytes) -> None:
    assert refusal(served, ecdsa_ca) == "crl_unreadable"


@pytest.mark.parametrize("algorithm", ["ecdsa", "rsa"])
def test_M5_ocsp_says_when_and_why(tmp_path: Path, algorithm: str) -> None:
    ca = OpensslCa(tmp_path, algorithm)
    leaf, when, nonce = ca.issue(), an_hour_ago(), b"0123456789abcdef"
    request = ocsp_request(leaf, ca.der, nonce)
    assert not read_ocsp(ca.ocsp(request), leaf, ca.der, NOW, nonce).revoked
    ca.list(leaf, when, "superseded")
    seen = read_ocsp(ca.ocsp(request), leaf, ca.der, NOW, nonce)
    assert (seen.known, seen.revoked, seen.revoked_at, seen.reason) == (True, True, when, 4)


def test_sm2_ocsp_is_read(tmp_path: Path) -> None:
    ca = OpensslCa(tmp_path, "sm2")
    leaf = ca.issue()
    ca.list(leaf, an_hour_ago(), "superseded")
    assert read_ocsp(ca.ocsp(ocsp_request(leaf, ca.der), "-rmd", "sm3", "-ndays", "2"), leaf, ca.der, NOW).revoked


def test_ocsp_of_an_appointed_responder_is_believed_and_of_any_other_is_not(ecdsa_ca: OpensslCa) -> None:
    leaf = ecdsa_ca.issue()
    ecdsa_ca.issue(extensions=("extendedKeyUsage=OCSPSigning",), out="appointed")
    ecdsa_ca.issue(extensions=("extendedKeyUsage=serverAuth",), out="server")
    request = ocsp_request(leaf, ecdsa_ca.der)
    assert read_ocsp(ecdsa_ca.ocsp(request, signer="appointed"), leaf, ecdsa_ca.der, NOW).known
    with pytest.raises(StatusUnreadable, match="not signed by the issuer"):
        read_ocsp(ecdsa_ca.ocsp(request, signer="server"), leaf, ecdsa_ca.der, NOW)


def test_ocsp_about_another_certificate_or_question_or_time_is_refused(ecdsa_ca: OpensslCa) -> None:
    leaf, other = ecdsa_ca.issue(), ecdsa_ca.issue(out="other")
    response = ecdsa_ca.ocsp(ocsp_request(leaf, ecdsa_ca.der, b"0123456789abcdef"))
    cases = (
        (other, NOW, None, "ocsp_other_certificate"),
        (leaf, NOW, b"another nonce...", "ocsp_nonce_wrong"),
        (leaf, NOW + timedelta(days=3), None, "ocsp_outdated"),
        (leaf, NOW - timedelta(days=1), None, "ocsp_not_yet_valid"),
    )
    for certificate, at, nonce, code in cases:
        with pytest.raises(StatusUnreadable) as refused:
            read_ocsp(response, certificate, ecdsa_ca.der, at, nonce)
        assert refused.value.code == code


def test_ocsp_refusal_names_the_status(ecdsa_ca: OpensslCa) -> None:
    with pytest.raises(StatusUnreadable, match="unauthorized"):
        read_ocsp(b"0\x03\x0a\x01\x06", ecdsa_ca.issue(), ecdsa_ca.der, NOW)
    with pytest.raises(StatusUnreadable, match="not an OCSP response"):
        read_ocsp(b"<html>", ecdsa_ca.issue(), ecdsa_ca.der, NOW)
