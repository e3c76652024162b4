"""The embedded authority against the openssl program as an outside witness."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from django.conf import settings as portal_settings
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from revocation.authorities.local import keys
from revocation.authorities.local.creation import create_authority
from revocation.authorities.local.csr import CsrRefused
from revocation.authorities.local.issue import issue
from revocation.authorities.local.models import IssuedCertificate, LocalAuthority
from revocation.authorities.local.revoke import (
    NotIssuedHere,
    ReasonNotTaken,
    revoke_certificate,
)
from revocation.pki.openssl import OpensslFailed
from tests.authorities.conftest import Embedded
from tests.authorities.openssl_ca import make_csr, make_key, openssl

pytestmark = pytest.mark.slow

Make = Callable[[str], Embedded]
NOW = datetime.now(UTC).replace(microsecond=0)
ALGORITHMS = ("ecdsa", "rsa", "sm2")
PASSPHRASE = portal_settings.KEY_ENCRYPTION_KEY


def names_in(folder: Path) -> str:
    return openssl(folder, "x509", "-in", "leaf.pem", "-noout", "-text")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_issued_certificate_says_where_to_look(embedded: Make, algorithm: str, settings: Settings) -> None:
    case = embedded(algorithm)
    said = names_in(case.folder)
    for line in (
        f"URI:{settings.PKI_BASE_URL}/pki/test-{algorithm}/crl/{case.leaf.serial_number % case.authority.shards}.der",
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


def refused(authority: LocalAuthority, csr: bytes, **options: Any) -> str:
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


@pytest.mark.database
@pytest.mark.parametrize("half", [{"revoked_at": NOW}, {"reason": 1}, {"effective_revocations": 2}])
def test_database_refuses_half_a_revocation(embedded: Make, half: dict[str, object]) -> None:
    case = embedded("ecdsa")
    with pytest.raises(IntegrityError), transaction.atomic():
        IssuedCertificate.objects.filter(pk=case.issued.pk).update(**half)
