"""The embedded authority against the openssl program as an outside witness."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from django.conf import settings as portal_settings
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from revocation.authorities.local import crl, keys, ocsp
from revocation.authorities.local.creation import create_authority
from revocation.authorities.local.csr import CsrRefused
from revocation.authorities.local.issue import issue
from revocation.authorities.local.models import IssuedCertificate, LocalAuthority
from revocation.authorities.local.revoke import (
    NotIssuedHere,
    ReasonNotTaken,
    crl_entry,
    revoke_certificate,
)
from revocation.pki.openssl import OpensslFailed
from tests.authorities.conftest import Embedded
from tests.authorities.openssl_ca import STANDARD_ID, make_csr, make_key, openssl, openssl_says

Make = Callable[[str], Embedded]
NOW = datetime.now(UTC).replace(microsecond=0)
ALGORITHMS = ("ecdsa", "rsa", "sm2")
PASSPHRASE = portal_settings.KEY_ENCRYPTION_KEY


def names_in(folder: Path) -> str:
    return openssl(folder, "x509", "-in", "leaf.pem", "-noout", "-text")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_M5_revocation_is_refused_by_openssl_verify(embedded: Make, algorithm: str) -> None:
    case = embedded(algorithm)
    assert case.verify() == (0, "leaf.pem: OK\n")
    revoke_certificate(case.authority, case.leaf.serial_number, 1, at=NOW)
    status, said = case.verify()
    assert status != 0
    assert "certificate revoked" in said


@pytest.mark.parametrize("reason", [0, 1, 3, 4, 5, 9])
def test_crl_text_carries_serial_date_and_reason(embedded: Make, reason: int) -> None:
    case = embedded("ecdsa")
    revoke_certificate(case.authority, case.leaf.serial_number, reason, at=NOW)
    case.verify()
    said = openssl(case.folder, "crl", "-in", "crl.pem", "-noout", "-text")
    words = {1: "Key Compromise", 3: "Affiliation Changed", 4: "Superseded"}
    words |= {5: "Cessation Of Operation", 9: "Privilege Withdrawn"}
    assert f"{case.leaf.serial_number:X}" in said
    assert f"Revocation Date: {NOW:%b} {NOW.day:2} {NOW:%H:%M:%S}" in said
    assert ("Reason Code" in said) == (reason != 0)
    assert words.get(reason, "") in said


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
    assert ocsp.respond(case.authority, request_der, at=NOW)[1] is None


def test_ocsp_answers_about_several_certificates(embedded: Make) -> None:
    case = embedded("ecdsa")
    openssl(case.folder, "ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem", "-serial", "0x12", "-reqout", "q.der")
    _, read = ocsp.respond(case.authority, (case.folder / "q.der").read_bytes(), at=NOW)
    assert read is not None
    assert len(read.cert_ids) == 2


def test_sm2_status_under_the_standard_identity(db: None, tmp_path: Path) -> None:
    authority = create_authority("gm", "GM", "sm2", at=NOW, status_distid="1234567812345678")
    published = x509.load_der_x509_crl(crl.publish_crl(authority, at=NOW).der)
    (tmp_path / "tbs").write_bytes(published.tbs_certlist_bytes)
    (tmp_path / "signature").write_bytes(published.signature)
    (tmp_path / "ca.der").write_bytes(authority.certificate_der)
    openssl(tmp_path, "x509", "-in", "ca.der", "-inform", "DER", "-pubkey", "-noout", "-out", "public.pem")
    arguments = ("-verify", "public.pem", "-signature", "signature", "-sigopt", STANDARD_ID, "tbs")
    assert "Verified OK" in openssl(tmp_path, "dgst", "-sm3", *arguments)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_issued_certificate_says_where_to_look(embedded: Make, algorithm: str, settings: Settings) -> None:
    said = names_in(embedded(algorithm).folder)
    for line in (
        f"URI:{settings.PKI_BASE_URL}/pki/test-{algorithm}/crl.der",
        f"OCSP - URI:{settings.PKI_BASE_URL}/pki/test-{algorithm}/ocsp",
        f"CA Issuers - URI:{settings.PKI_BASE_URL}/pki/test-{algorithm}/ca.crt",
        "DNS:leaf.example.com, DNS:www.leaf.example.com",
        "TLS Web Server Authentication",
        "CA:FALSE",
    ):
        assert line in said


def test_issue_takes_names_organisation_policies_and_past_dates(embedded: Make, tmp_path: Path) -> None:
    authority = create_authority("old", "Old CA", at=NOW, not_before=datetime(2018, 1, 1, tzinfo=UTC), days=9000)
    der = issue(
        authority,
        make_csr(tmp_path, "rsa", ["ignored.example.com"]),
        names=["*.Example.com", "example.com", "example.com"],
        days=365,
        organisation="Example Ltd",
        policy_oids=["2.23.140.1.2.2"],
        not_before=datetime(2019, 5, 1, tzinfo=UTC),
        at=NOW,
    )
    leaf = x509.load_der_x509_certificate(der)
    assert leaf.not_valid_after_utc == datetime(2020, 4, 30, tzinfo=UTC)
    assert leaf.subject.rfc4514_string() == "CN=*.example.com,O=Example Ltd"
    san = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert san.get_values_for_type(x509.DNSName) == ["*.example.com", "example.com"]
    policies = leaf.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [policy.policy_identifier.dotted_string for policy in policies] == ["2.23.140.1.2.2"]
    assert 0 < leaf.serial_number < 1 << 159
    assert leaf.serial_number.bit_length() > 150


@pytest.fixture
def ecdsa_authority(db: None) -> LocalAuthority:
    return create_authority("issuer", "Issuer", at=NOW)


def refused(authority: LocalAuthority, csr: bytes, **options: object) -> str:
    with pytest.raises(CsrRefused) as refusal:
        issue(authority, csr, **{"days": 10, "at": NOW, **options})
    assert "%" not in str(refusal.value)
    assert not IssuedCertificate.objects.filter(authority=authority).exists()
    return refusal.value.code


def test_csr_with_a_broken_signature_is_refused(ecdsa_authority: LocalAuthority, tmp_path: Path) -> None:
    make_csr(tmp_path, "ecdsa", ["a.example.com"])
    openssl(tmp_path, "req", "-in", "request.pem", "-outform", "DER", "-out", "request.der")
    der = bytearray((tmp_path / "request.der").read_bytes())
    der[-1] ^= 1
    (tmp_path / "request.der").write_bytes(der)
    openssl(tmp_path, "req", "-inform", "DER", "-in", "request.der", "-out", "broken.pem")
    assert refused(ecdsa_authority, (tmp_path / "broken.pem").read_bytes()) == "csr_signature_wrong"


def test_weak_and_foreign_keys_are_refused(ecdsa_authority: LocalAuthority, tmp_path: Path) -> None:
    for name, make in (("weak", ["genrsa", "1024"]), ("foreign", ["genpkey", "-algorithm", "ed25519"])):
        (tmp_path / f"{name}.key").write_text(openssl(tmp_path, make[0], *make[1:]))
        openssl(tmp_path, "req", "-new", "-key", f"{name}.key", "-subj", "/CN=a.example.com", "-out", name)
    assert refused(ecdsa_authority, (tmp_path / "weak").read_bytes()) == "key_weak"
    assert refused(ecdsa_authority, (tmp_path / "foreign").read_bytes()) == "key_kind"


def test_key_of_the_other_standard_is_refused(ecdsa_authority: LocalAuthority, tmp_path: Path) -> None:
    assert refused(ecdsa_authority, make_csr(tmp_path, "sm2", ["a.example.com"])) == "key_kind"
    sm2 = create_authority("sm2", "SM2", "sm2", at=NOW)
    assert refused(sm2, make_csr(tmp_path, "ecdsa", ["a.example.com"])) == "key_kind"


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ([], "no_names"),
        (["localhost"], "name_wrong"),
        (["a.*.example.com"], "name_wrong"),
        (["a.example.com\n"], "name_wrong"),
        (["-a.example.com"], "name_wrong"),
        (["例.example.com"], "name_wrong"),
        ([f"n{number}.example.com" for number in range(101)], "too_many_names"),
    ],
)
def test_wrong_names_are_refused(ecdsa_authority: LocalAuthority, tmp_path: Path, names: list[str], code: str) -> None:
    assert refused(ecdsa_authority, make_csr(tmp_path, "ecdsa", ["a.example.com"]), names=names) == code


def test_unreadable_large_and_overlong_requests_are_refused(ecdsa_authority: LocalAuthority, tmp_path: Path) -> None:
    make_key(tmp_path, "ecdsa", "a.key")
    assert refused(ecdsa_authority, (tmp_path / "a.key").read_bytes()) == "csr_unreadable"
    assert refused(ecdsa_authority, b"x" * 70_000) == "csr_too_large"
    csr = make_csr(tmp_path, "ecdsa", ["a.example.com"])
    assert refused(ecdsa_authority, csr, days=4000) == "period_wrong"


def test_second_revocation_returns_the_first(embedded: Make) -> None:
    case = embedded("ecdsa")
    first = revoke_certificate(case.authority, case.leaf.serial_number, 1, at=NOW)
    again = revoke_certificate(case.authority, case.leaf.serial_number, 4, at=NOW + timedelta(days=1))
    assert first == again
    assert (case.issued.effective_revocations, case.issued.revoke_calls) == (1, 2)


def test_what_was_not_issued_or_is_no_reason_changes_nothing(embedded: Make) -> None:
    case = embedded("ecdsa")
    with pytest.raises(NotIssuedHere):
        revoke_certificate(case.authority, 12345, 1, at=NOW)
    for reason in (2, 6, 7, 8, 10):
        with pytest.raises(ReasonNotTaken):
            revoke_certificate(case.authority, case.leaf.serial_number, reason, at=NOW)
    assert LocalAuthority.objects.get().revocations == 0


def test_crl_is_republished_when_needed_only(embedded: Make, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    case = embedded("ecdsa")
    assert crl.publish_crl(case.authority, at=NOW).number == 1
    with django_assert_num_queries(1):
        assert crl.publish_crl(case.authority, at=NOW + timedelta(days=3)).number == 1
    assert crl.publish_crl(case.authority, at=NOW + timedelta(days=4)).number == 2
    revoke_certificate(case.authority, case.leaf.serial_number, 0, at=NOW)
    assert crl.publish_crl(case.authority, at=NOW + timedelta(days=4)).number == 3


def test_expired_certificates_leave_the_crl_late(embedded: Make) -> None:
    case = embedded("ecdsa")
    revoke_certificate(case.authority, case.leaf.serial_number, 1, at=NOW)
    for days, listed in ((35, 1), (50, 0)):
        published = crl.publish_crl(case.authority, at=NOW + timedelta(days=days))
        assert len(x509.load_der_x509_crl(published.der)) == listed


def test_crl_equals_the_library_s(embedded: Make) -> None:
    case = embedded("rsa")
    moments = [NOW - timedelta(days=day) for day in range(3)]
    entries = [(serial, at, reason) for serial, at, reason in zip((7, 8, 9), moments, (0, 1, 5), strict=True)]
    builder = x509.CertificateRevocationListBuilder(
        x509.load_der_x509_certificate(case.authority.certificate_der).subject, NOW, NOW + crl.LIFE
    )
    for serial, at, reason in entries:
        entry = x509.RevokedCertificateBuilder(serial, at)
        if reason:
            flag = {1: x509.ReasonFlags.key_compromise, 5: x509.ReasonFlags.cessation_of_operation}[reason]
            entry = entry.add_extension(x509.CRLReason(flag), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    identifier = x509.AuthorityKeyIdentifier(bytes.fromhex(case.authority.key_identifier), None, None)
    builder = builder.add_extension(identifier, critical=False).add_extension(x509.CRLNumber(5), critical=False)
    key = load_pem_private_key(bytes(case.authority.encrypted_key), PASSPHRASE.encode())
    ours = crl.build(
        case.authority,
        [crl_entry(*entry) for entry in entries],
        number=5,
        this_update=NOW,
        next_update=NOW + crl.LIFE,
    )
    assert ours == builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def test_keys_are_encrypted_at_rest_and_shown_nowhere(embedded: Make, settings: Settings) -> None:
    for algorithm in ALGORITHMS:
        case = embedded(algorithm)
        assert bytes(case.authority.encrypted_key).startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
        settings.KEY_ENCRYPTION_KEY = "another"
        with pytest.raises((keys.KeyUnreadable, OpensslFailed)) as problem:
            keys.signer(LocalAuthority.objects.get(pk=case.authority.pk)).sign(b"data")
        settings.KEY_ENCRYPTION_KEY = PASSPHRASE
        assert PASSPHRASE not in str(problem.value)
        assert "PRIVATE" not in repr(keys.signer(case.authority))


def test_unreadable_key_is_an_outage_not_a_crash(embedded: Make, settings: Settings) -> None:
    case = embedded("ecdsa")
    settings.KEY_ENCRYPTION_KEY = "another"
    served = Client().get(f"/pki/{case.authority.slug}/crl.der")
    assert (served.status_code, served["Retry-After"]) == (503, "60")
    openssl(case.folder, "ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem", "-reqout", "q.der")
    assert send_ocsp(case, (case.folder / "q.der").read_bytes()) == b"0\x03\x0a\x01\x03"  # tryLater


def test_addresses_and_their_headers(embedded: Make) -> None:
    case, client = embedded("ecdsa"), Client()
    base = f"/pki/{case.authority.slug}"
    for last, content_type in (
        ("crl.der", "application/pkix-crl"),
        ("crl.pem", "application/x-pem-file"),
        ("ca.crt", "application/pkix-cert"),
        ("ca.pem", "application/x-pem-file"),
    ):
        served = client.get(f"{base}/{last}")
        assert (served.status_code, served["Content-Type"]) == (200, content_type)
        assert "public" in served["Cache-Control"]
        assert not served.cookies
        assert client.post(f"{base}/{last}").status_code == 405
    assert client.get(f"{base}/ca.crt").content == bytes(case.authority.certificate_der)
    assert client.get("/pki/nobody/crl.der").status_code == 404
    assert client.get(f"{base}/ocsp/%%%").content == b"0\x03\x0a\x01\x01"


def test_crl_asked_for_again_is_not_sent_again(embedded: Make) -> None:
    case, client = embedded("ecdsa"), Client()
    served = client.get(f"/pki/{case.authority.slug}/crl.der")
    again = client.get(f"/pki/{case.authority.slug}/crl.der", headers={"if-none-match": served["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    revoke_certificate(case.authority, case.leaf.serial_number, 1, at=NOW)
    changed = client.get(f"/pki/{case.authority.slug}/crl.der", headers={"if-none-match": served["ETag"]})
    assert changed.status_code == 200


@pytest.mark.parametrize("half", [{"revoked_at": NOW}, {"reason": 1}, {"effective_revocations": 2}])
def test_database_refuses_half_a_revocation(embedded: Make, half: dict[str, object]) -> None:
    case = embedded("ecdsa")
    with pytest.raises(IntegrityError), transaction.atomic():
        IssuedCertificate.objects.filter(pk=case.issued.pk).update(**half)
