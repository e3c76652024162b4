"""CRLs of the embedded authority against the openssl program as an outside witness."""

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from django.conf import settings as portal_settings
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date
from pytest_django import DjangoAssertNumQueries

from revocation.authorities.local import crl
from revocation.authorities.local.creation import create_authority
from revocation.authorities.local.issue import issue
from revocation.authorities.local.models import AuthorityCrl, CrlShard, IssuedCertificate, LocalAuthority
from revocation.authorities.local.revoke import (
    crl_entry,
    revoke_certificate,
)
from revocation.pki.facts import read_certificate
from revocation.pki.status import StatusUnreadable, find_in_crl
from tests.authorities.conftest import Embedded
from tests.authorities.gnutls import gnutls_says
from tests.authorities.openssl_ca import STANDARD_ID, make_csr, openssl

pytestmark = pytest.mark.slow

Make = Callable[[str], Embedded]
NOW = datetime.now(UTC).replace(microsecond=0)
ALGORITHMS = ("ecdsa", "rsa", "sm2")
PASSPHRASE = portal_settings.KEY_ENCRYPTION_KEY


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_M5_revocation_is_refused_by_openssl_verify(embedded: Make, algorithm: str) -> None:
    case = embedded(algorithm)
    ok = (0, "leaf.pem: OK\n")
    case.work()
    assert (case.verify(), case.verify_by_shard()) == (ok, ok)
    revoke_certificate(case.authority, case.leaf.serial_number, 1, at=NOW)
    assert (case.verify(), case.verify_by_shard()) == (ok, ok)  # the worker publishes, not the call that revokes
    case.work()
    for status, said in (case.verify(), case.verify_by_shard()):
        assert status != 0
        assert "certificate revoked" in said


@pytest.mark.parametrize("algorithm", ["ecdsa", "rsa"])
def test_M5_gnutls_agrees(embedded: Make, algorithm: str) -> None:
    case = embedded(algorithm)
    for reason, verdict in ((None, "Verified. The certificate is trusted."), (1, "certificate chain is revoked")):
        if reason:
            revoke_certificate(case.authority, case.leaf.serial_number, reason, at=NOW)
        case.work()
        case.verify()
        case.verify_by_shard()
        for crl_file in ("crl.pem", "shard.pem"):
            trusted = ("--load-ca-certificate", "ca.pem")
            status, said = gnutls_says(case.folder, "certtool", "--verify-crl", *trusted, "--infile", crl_file)
            assert (status, "Verified" in said) == (0, True), said
            chain = ("--verify", *trusted, "--load-crl", crl_file, "--infile", "leaf.pem")
            assert verdict in gnutls_says(case.folder, "certtool", *chain)[1]


@pytest.mark.parametrize("reason", [0, 1, 3, 4, 5, 9])
def test_crl_text_carries_serial_date_and_reason(embedded: Make, reason: int) -> None:
    case = embedded("ecdsa")
    revoke_certificate(case.authority, case.leaf.serial_number, reason, at=NOW)
    case.work()
    case.verify()
    said = openssl(case.folder, "crl", "-in", "crl.pem", "-noout", "-text")
    words = {1: "Key Compromise", 3: "Affiliation Changed", 4: "Superseded"}
    words |= {5: "Cessation Of Operation", 9: "Privilege Withdrawn"}
    assert f"{case.leaf.serial_number:X}" in said
    assert f"Revocation Date: {NOW:%b} {NOW.day:2} {NOW:%H:%M:%S}" in said
    assert ("Reason Code" in said) == (reason != 0)
    assert words.get(reason, "") in said


def test_sm2_status_under_the_standard_identity(db: None, tmp_path: Path) -> None:
    authority = create_authority("gm", "GM", "sm2", at=NOW, status_distid="1234567812345678")
    published = x509.load_der_x509_crl(bytes(crl.publish_crl(authority, at=NOW).crl_der))
    (tmp_path / "tbs").write_bytes(published.tbs_certlist_bytes)
    (tmp_path / "signature").write_bytes(published.signature)
    (tmp_path / "ca.der").write_bytes(authority.certificate_der)
    openssl(tmp_path, "x509", "-in", "ca.der", "-inform", "DER", "-pubkey", "-noout", "-out", "public.pem")
    arguments = ("-verify", "public.pem", "-signature", "signature", "-sigopt", STANDARD_ID, "tbs")
    assert "Verified OK" in openssl(tmp_path, "dgst", "-sm3", *arguments)


def test_crl_is_republished_when_needed_only(embedded: Make, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    case = embedded("ecdsa")
    assert crl.publish_crl(case.authority, at=NOW).crl_number == 1
    with django_assert_num_queries(1):
        assert crl.publish_crl(case.authority, at=NOW + timedelta(days=3)).crl_number == 1
    assert crl.publish_crl(case.authority, at=NOW + timedelta(days=4)).crl_number == 2
    revoke_certificate(case.authority, case.leaf.serial_number, 0, at=NOW)
    assert crl.publish_crl(case.authority, at=NOW + timedelta(days=4)).crl_number == 3


def test_expired_certificates_leave_the_crl_late(embedded: Make) -> None:
    case = embedded("ecdsa")
    revoke_certificate(case.authority, case.leaf.serial_number, 1, at=NOW)
    for days, listed in ((35, 1), (50, 0)):
        published = crl.publish_crl(case.authority, at=NOW + timedelta(days=days))
        assert len(x509.load_der_x509_crl(bytes(published.crl_der))) == listed


def test_crl_equals_the_library_s(embedded: Make) -> None:
    case = embedded("rsa")
    moments = [NOW - timedelta(days=day) for day in range(3)]
    entries = [(serial, at, reason) for serial, at, reason in zip((7, 8, 9), moments, (0, 1, 5), strict=True)]
    builder = x509.CertificateRevocationListBuilder(
        x509.load_der_x509_certificate(bytes(case.authority.certificate_der)).subject, NOW, NOW + crl.LIFE
    )
    for serial, at, reason in entries:
        entry = x509.RevokedCertificateBuilder(serial, at)
        if reason:
            flag = {1: x509.ReasonFlags.key_compromise, 5: x509.ReasonFlags.cessation_of_operation}[reason]
            entry = entry.add_extension(x509.CRLReason(flag), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    identifier = x509.AuthorityKeyIdentifier(bytes.fromhex(case.authority.key_identifier), None, None)
    builder = builder.add_extension(identifier, critical=False).add_extension(x509.CRLNumber(5), critical=False)
    key: Any = load_pem_private_key(bytes(case.authority.encrypted_key), PASSPHRASE.encode())
    ours = crl.build(
        case.authority,
        bytearray().join(crl_entry(*entry) for entry in entries),
        number=5,
        this_update=NOW,
        next_update=NOW + crl.LIFE,
    )
    assert ours == builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def test_crl_asked_for_again_is_not_sent_again(embedded: Make) -> None:
    case, client = embedded("ecdsa"), Client()
    case.work()
    for last in ("crl.der", "crl.pem", f"crl/{case.shard.number}.der"):
        where = f"/pki/{case.authority.slug}/{last}"
        served = client.get(where)
        again = client.get(where, headers={"if-none-match": served["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert "max-age" in again["Cache-Control"]
        # Two editions of one second have the same date, so a date proves nothing.
        assert client.get(where, headers={"if-modified-since": served["Last-Modified"]}).status_code == 200
    revoke_certificate(case.authority, case.leaf.serial_number, 1, at=NOW)
    case.work()
    assert client.get(where, headers={"if-none-match": served["ETag"]}).status_code == 200


def test_caches_keep_a_crl_no_longer_than_it_is_good(embedded: Make) -> None:
    case = embedded("ecdsa")
    case.work()
    end = case.shard.crl_next_update
    assert end is not None
    for left, seconds in ((timedelta(days=3), 300), (timedelta(seconds=90), 90)):
        with time_machine.travel(end - left, tick=False):
            served = Client().get(f"/pki/{case.authority.slug}/crl/{case.shard.number}.der")
        assert f"max-age={seconds}, public" in served["Cache-Control"]
        assert served["Expires"] == http_date(end.timestamp())


def test_a_shard_says_what_it_covers(embedded: Make) -> None:
    case = embedded("ecdsa")
    case.work()
    case.verify_by_shard()
    said = openssl(case.folder, "crl", "-in", "shard.pem", "-noout", "-text")
    assert "X509v3 Issuing Distribution Point: critical" in said
    assert f"URI:{portal_settings.PKI_BASE_URL}/pki/test-ecdsa/crl/{case.shard.number}.der" in said
    assert "Only User Certificates" in said


def test_a_shard_lists_its_own_certificates_alone(embedded: Make, tmp_path: Path) -> None:
    case = embedded("ecdsa")
    csr = make_csr(tmp_path, "ecdsa", ["more.example.com"])
    for _ in range(12):
        issue(case.authority, csr, days=30, at=datetime.now(UTC))
    for issued in IssuedCertificate.objects.all():
        revoke_certificate(case.authority, int(issued.serial_number, 16), 0, at=NOW)
    case.work()
    listed = set()
    for shard in CrlShard.objects.all():
        serials = {entry.serial_number for entry in x509.load_der_x509_crl(bytes(shard.crl_der))}
        assert {serial % case.authority.shards for serial in serials} <= {shard.number}
        listed |= serials
    complete = x509.load_der_x509_crl(bytes(LocalAuthority.objects.get().crl_der))
    assert listed == {entry.serial_number for entry in complete}
    assert len(listed) == 13


def test_M5_another_shard_s_crl_says_nothing_about_a_certificate(embedded: Make) -> None:
    case = embedded("ecdsa")
    case.work()
    other = CrlShard.objects.get(number=case.shard.number ^ 1)
    ours, named = bytes(case.shard.crl_der), read_certificate(case.leaf_der).crl_urls
    arguments = (bytes(case.authority.certificate_der), case.leaf.serial_number, datetime.now(UTC), named)
    assert not find_in_crl(ours, *arguments).revoked
    with pytest.raises(StatusUnreadable, match=f"name .*/crl/{other.number}.der"):
        find_in_crl(bytes(other.crl_der), *arguments)


def test_certificates_from_before_the_shards_are_in_the_complete_crl_alone(embedded: Make) -> None:
    case = embedded("ecdsa")
    IssuedCertificate.objects.update(shard=None)
    revoke_certificate(case.authority, case.leaf.serial_number, 1, at=NOW)
    assert "crl.der" in str(case.driver.status(case.order()))
    case.work()
    assert "certificate revoked" in case.verify()[1]
    assert all(len(x509.load_der_x509_crl(bytes(shard.crl_der))) == 0 for shard in CrlShard.objects.all())


def test_the_worker_renews_a_crl_that_nobody_fetches_well_before_it_runs_out(embedded: Make) -> None:
    case = embedded("ecdsa")
    assert case.work() == case.authority.shards + 2  # the complete CRL and the OCSP key too
    assert case.work() == 0
    numbers = []
    for day in range(0, 22, 2):
        with time_machine.travel(NOW + timedelta(days=day), tick=False):
            case.work()
            for row in (case.shard, LocalAuthority.objects.get()):
                assert row.crl_next_update is not None
                assert row.crl_next_update > NOW + timedelta(days=day) + crl.LIFE / 3
            numbers.append(case.shard.crl_number)
    assert numbers == sorted(numbers)
    assert numbers[-1] > 4


def test_without_a_worker_a_crl_that_ran_out_is_made_anew(embedded: Make) -> None:
    case = embedded("ecdsa")
    where = f"/pki/{case.authority.slug}/crl/{case.shard.number}.der"
    first = x509.load_der_x509_crl(Client().get(where).content)
    with time_machine.travel(NOW + timedelta(days=30), tick=False):
        second = x509.load_der_x509_crl(Client().get(where).content)
    assert second.next_update_utc > first.next_update_utc + timedelta(days=20)
    assert Client().get(f"/pki/{case.authority.slug}/crl/999.der").status_code == 404


def test_a_long_complete_crl_rests_between_editions_but_its_shards_do_not(embedded: Make) -> None:
    case = embedded("ecdsa")
    case.work()
    now = timezone.now()
    LocalAuthority.objects.update(crl_this_update=now, revocations=1)
    AuthorityCrl.objects.update(der=bytes(30_000_000))
    revoke_certificate(case.authority, case.leaf.serial_number, 1, at=NOW)
    soon, later = now + timedelta(seconds=20), now + timedelta(seconds=31)
    assert (crl.due_complete(soon), crl.due_complete(later)) == ([], [case.authority.pk])
    assert list(crl.due_shards(soon)) == [case.shard]


@pytest.mark.database
def test_a_crl_is_put_together_in_the_memory_of_its_entries(embedded: Make) -> None:
    case = embedded("ecdsa")
    entry = crl_entry(case.leaf.serial_number, NOW, 1)
    times: dict[str, Any] = {"number": 1, "this_update": NOW, "next_update": NOW + crl.LIFE}
    entries = bytearray(entry * 100_000)
    tracemalloc.start()
    try:
        made = crl.build(case.authority, entries, **times)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(x509.load_der_x509_crl(bytes(made))) == 100_000
    assert peak < 1.5 * len(made)


def test_one_authority_that_cannot_sign_does_not_keep_another_from_publishing(
    embedded: Make, caplog: pytest.LogCaptureFixture
) -> None:
    broken, whole = embedded("ecdsa"), embedded("rsa")
    LocalAuthority.objects.filter(pk=broken.authority.pk).update(encrypted_key=b"nonsense")
    broken.work()
    assert (broken.shard.crl_number, whole.shard.crl_number) == (0, 1)
    assert "test-ecdsa cannot publish" in caplog.text
