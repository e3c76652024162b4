"""OCSP answers of the embedded authority against the openssl program as an outside witness."""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import time_machine
from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.test import Client
from django.utils.http import http_date
from pytest_django import DjangoAssertNumQueries, Settings

from revocation.authorities.local.models import OcspSigner, StoredAnswer
from revocation.authorities.local.ocsp.answer import VALID_FOR
from revocation.authorities.local.revoke import revoke_certificate
from revocation.pki.status import ocsp_request
from tests.authorities.conftest import Embedded
from tests.authorities.gnutls import gnutls_says
from tests.authorities.openssl_ca import openssl, openssl_says

pytestmark = pytest.mark.slow

Make = Callable[[str], Embedded]
NOW = datetime.now(UTC).replace(microsecond=0)
ALGORITHMS = ("ecdsa", "rsa", "sm2")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_M5_openssl_ocsp_says_revoked_with_reason_and_time(embedded: Make, algorithm: str, method: str) -> None:
    case = embedded(algorithm)
    assert "leaf.pem: good" in ask_ocsp(case, method)
    revoke_certificate(case.authority, case.leaf.serial_number, 4, at=NOW)
    said = ask_ocsp(case, method)
    assert "leaf.pem: revoked" in said
    assert "Reason: superseded" in said
    assert f"Revocation Time: {NOW:%b} {NOW.day:2} {NOW:%H:%M:%S %Y} GMT" in said


def ask_ocsp(case: Embedded, method: str, *options: str) -> str:
    common = ("-issuer", "ca.pem", "-cert", "leaf.pem")
    openssl(case.folder, "ocsp", *common, "-no_nonce", "-reqout", "request.der", *options)
    request = (case.folder / "request.der").read_bytes()
    response = send_ocsp(case, request, method)
    (case.folder / "response.der").write_bytes(response)
    files = ("-reqin", "request.der", "-respin", "response.der", "-CAfile", "ca.pem")
    said = openssl(case.folder, "ocsp", "-no_nonce", *common, *files)
    assert "Response verify OK" in said
    return said


def send_ocsp(case: Embedded, request: bytes, method: str = "POST") -> bytes:
    where = f"/pki/{case.authority.slug}/ocsp"
    client = Client(enforce_csrf_checks=True)
    if method == "GET":
        return client.get(f"{where}/{quote(base64.b64encode(request).decode(), safe='')}").content
    return client.post(where, request, content_type="application/ocsp-request").content


def test_ocsp_over_the_network_echoes_the_nonce(transactional_db: None, embedded: Make, live_server: object) -> None:
    case = embedded("ecdsa")
    url = f"{live_server}/pki/{case.authority.slug}/ocsp"
    said = openssl(
        case.folder, "ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem", "-CAfile", "ca.pem", "-url", url,
        "-nonce", "-text",
    )  # fmt: skip
    assert "leaf.pem: good" in said
    assert "WARNING" not in said  # openssl warns when no nonce comes back
    assert said.count("OCSP Nonce") == 2


def test_ocsp_unknown_serial_and_other_issuer(embedded: Make) -> None:
    case = embedded("ecdsa")
    for command, answer in (
        (("-issuer", "ca.pem", "-serial", "0x123456"), "unknown"),
        (("-issuer", "leaf.pem", "-serial", "0x123456"), "unauthorized"),
    ):
        openssl(case.folder, "ocsp", *command, "-reqout", "request.der")
        (case.folder / "r.der").write_bytes(send_ocsp(case, (case.folder / "request.der").read_bytes()))
        said = openssl_says(case.folder, "ocsp", "-respin", "r.der", "-CAfile", "ca.pem", "-resp_text")[1]
        assert answer in said.lower()


@pytest.mark.parametrize("request_der", [b"", b"<html>", b"0\x03\x02\x01\x01", b"0" * 9000, b"\x30\x80\x30"])
def test_ocsp_malformed_request(embedded: Make, request_der: bytes) -> None:
    case = embedded("ecdsa")
    assert send_ocsp(case, request_der) == b"0\x03\x0a\x01\x01"  # malformedRequest


def question(case: Embedded, *options: str) -> bytes:
    """DER of a request that openssl makes."""
    openssl(case.folder, "ocsp", *options, "-issuer", "ca.pem", "-cert", "leaf.pem", "-reqout", "q.der")
    return (case.folder / "q.der").read_bytes()


def read(answer: bytes) -> ocsp.OCSPResponse:
    return ocsp.load_der_ocsp_response(answer)


def test_ocsp_answers_about_several_certificates(embedded: Make) -> None:
    case = embedded("ecdsa")
    asked = question(case, "-no_nonce")
    openssl(case.folder, "ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem", "-serial", "0x12", "-reqout", "q.der")
    both = read(send_ocsp(case, (case.folder / "q.der").read_bytes()))
    assert [single.certificate_status.name for single in both.responses] == ["GOOD", "UNKNOWN"]
    assert len(list(read(send_ocsp(case, asked)).responses)) == 1


def test_ocsp_never_says_good_of_what_was_not_issued(embedded: Make) -> None:
    case = embedded("ecdsa")
    openssl(case.folder, "ocsp", "-issuer", "ca.pem", "-serial", "0x12", "-no_nonce", "-reqout", "q.der")
    for _ in range(2):
        said = read(send_ocsp(case, (case.folder / "q.der").read_bytes(), "GET"))
        assert said.certificate_status.name == "UNKNOWN"
    assert not StoredAnswer.objects.exists()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_ocsp_is_signed_by_a_key_that_the_authority_appointed_for_a_short_time(embedded: Make, algorithm: str) -> None:
    case = embedded(algorithm)
    said = read(send_ocsp(case, question(case)))
    (delegate,) = said.certificates
    usages = delegate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usages) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    assert delegate.extensions.get_extension_for_class(x509.OCSPNoCheck)
    assert delegate.not_valid_after_utc - delegate.not_valid_before_utc < timedelta(days=15)
    assert (
        said.responder_key_hash == delegate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    )
    assert b"ENCRYPTED PRIVATE KEY" in bytes(OcspSigner.objects.get().encrypted_key)
    if algorithm != "sm2":
        delegate.verify_directly_issued_by(x509.load_der_x509_certificate(bytes(case.authority.certificate_der)))


@pytest.mark.parametrize("algorithm", ["ecdsa", "rsa"])
def test_M5_gnutls_agrees_about_ocsp(embedded: Make, algorithm: str) -> None:
    case = embedded(algorithm)
    pems = ("--load-issuer", "ca.pem", "--load-cert", "leaf.pem")
    for status in ("good", "revoked"):
        asking = ("ocsptool", "--generate-request", *pems, "--outfile", "q.der")
        assert gnutls_says(case.folder, *asking)[0] == 0
        (case.folder / "r.der").write_bytes(send_ocsp(case, (case.folder / "q.der").read_bytes()))
        checking = ("ocsptool", "--verify-response", "--load-trust", "ca.pem", "--load-response", "r.der")
        assert "Verifying OCSP Response: Success." in gnutls_says(case.folder, *checking)[1]
        said = gnutls_says(case.folder, "ocsptool", "--response-info", "--load-response", "r.der")[1]
        assert f"Certificate Status: {status}" in said
        revoke_certificate(case.authority, case.leaf.serial_number, 4, at=NOW)


def test_ocsp_answers_come_from_stock_until_a_revocation(
    embedded: Make, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    case = embedded("ecdsa")
    asked = question(case, "-no_nonce")
    first = send_ocsp(case, asked, "GET")
    with django_assert_num_queries(1):
        assert send_ocsp(case, asked, "GET") == first
    assert send_ocsp(case, question(case, "-nonce")) != first
    revoke_certificate(case.authority, case.leaf.serial_number, 1, at=NOW)
    assert read(send_ocsp(case, asked, "GET")).certificate_status.name == "REVOKED"
    assert StoredAnswer.objects.get().says_revoked


@pytest.mark.database
def test_an_answer_that_lost_the_race_against_a_revocation_is_not_given(embedded: Make) -> None:
    case = embedded("ecdsa")
    asked = question(case, "-no_nonce")
    send_ocsp(case, asked)
    good = StoredAnswer.objects.get().response_der
    revoke_certificate(case.authority, case.leaf.serial_number, 1, at=NOW)
    send_ocsp(case, asked)
    StoredAnswer.objects.update(response_der=good, says_revoked=False)  # written late by a slower process
    assert read(send_ocsp(case, asked)).certificate_status.name == "REVOKED"


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha512"])
def test_ocsp_takes_several_digests(embedded: Make, digest: str) -> None:
    case = embedded("ecdsa")
    said = read(send_ocsp(case, question(case, f"-{digest}", "-no_nonce")))
    assert (said.hash_algorithm.name, said.certificate_status.name) == (digest, "GOOD")
    assert StoredAnswer.objects.get().hash_name == digest


def test_the_worker_signs_stored_answers_anew_and_renews_the_key(embedded: Make) -> None:
    case = embedded("ecdsa")
    asked = question(case, "-no_nonce")
    send_ocsp(case, asked)
    key = OcspSigner.objects.get().pk
    for hours in range(0, 24 * 20, 5):
        moment = NOW + timedelta(hours=hours, minutes=5)
        with time_machine.travel(moment, tick=False):
            case.work()
            stored = StoredAnswer.objects.get()
            assert stored.next_update > moment + VALID_FOR / 4
            delegate = read(bytes(stored.response_der)).certificates[0]
            assert delegate.not_valid_after_utc > stored.next_update
    assert not OcspSigner.objects.filter(pk=key).exists()
    with time_machine.travel(NOW + timedelta(days=60), tick=False):
        case.work()
        assert not StoredAnswer.objects.exists()  # the certificate ended a month ago


def test_without_a_worker_neither_key_nor_answer_is_given_past_its_time(embedded: Make) -> None:
    case = embedded("ecdsa")
    asked = question(case, "-no_nonce")
    for days in (0, 10, 13.5, 29):
        moment = NOW + timedelta(days=days, minutes=5)
        with time_machine.travel(moment, tick=False):
            said = read(send_ocsp(case, asked))
        assert said.next_update_utc is not None
        assert said.next_update_utc > moment + VALID_FOR / 4
        assert said.certificates[0].not_valid_after_utc > said.next_update_utc


def test_ocsp_headers_let_caches_keep_get_answers_for_a_moment(embedded: Make) -> None:
    case, client = embedded("ecdsa"), Client()
    encoded = quote(base64.b64encode(question(case, "-no_nonce")).decode(), safe="")
    served = client.get(f"/pki/{case.authority.slug}/ocsp/{encoded}")
    said = read(served.content)
    assert served["Content-Type"] == "application/ocsp-response"
    assert served["Cache-Control"] == "max-age=60, public, no-transform, must-revalidate"
    assert served["Last-Modified"] == http_date(said.this_update_utc.timestamp())
    assert served["Expires"] == http_date(said.next_update_utc.timestamp())
    assert served["ETag"] == f'"{hashlib.sha256(served.content).hexdigest()}"'
    nonce = quote(base64.b64encode(question(case, "-nonce")).decode(), safe="")
    assert client.get(f"/pki/{case.authority.slug}/ocsp/{nonce}")["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("length", "taken"), [(1, True), (32, True), (128, True), (129, False)])
def test_ocsp_nonce_has_up_to_128_bytes(embedded: Make, length: int, taken: bool) -> None:
    case = embedded("ecdsa")
    nonce = bytes(range(length))
    asked = ocsp_request(case.leaf_der, bytes(case.authority.certificate_der), nonce)
    said = read(send_ocsp(case, asked))
    assert (said.response_status.name == "SUCCESSFUL") is taken
    if taken:
        assert said.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == nonce


def test_unreadable_key_is_an_outage_not_a_crash(embedded: Make, settings: Settings) -> None:
    case = embedded("ecdsa")
    settings.KEY_ENCRYPTION_KEY = "another"
    served = Client().get(f"/pki/{case.authority.slug}/crl.der")
    assert (served.status_code, served["Retry-After"]) == (503, "60")
    openssl(case.folder, "ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem", "-reqout", "q.der")
    assert send_ocsp(case, (case.folder / "q.der").read_bytes()) == b"0\x03\x0a\x01\x03"  # tryLater
