"""Who asks whether a copy is still good never hears *yes* of one without a revocation, whatever the clocks say (M5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from cryptography import x509
from cryptography.x509 import ocsp
from django.utils import timezone

from revocation.authorities.local.crl import AHEAD
from revocation.authorities.local.models import ShardCrl
from revocation.authorities.local.revoke import revoke_certificate
from tests.authorities.conftest import Embedded
from tests.authorities.test_published import called, case, in_address, looked_after, pki, question

__all__ = ["case", "looked_after", "pki"]


def test_M5_a_revocation_within_the_second_of_the_last_answer_is_seen(case: Embedded, pki: str) -> None:
    paths = (f"{pki}/ocsp/{in_address(question(case))}", f"{pki}/crl/{case.shard.number}.der")
    with time_machine.travel(timezone.now().replace(microsecond=0) + timedelta(minutes=5), tick=False) as clock:
        before = [called("GET", path) for path in paths]
        revoke_certificate(case.authority, case.leaf.serial_number, 1, at=timezone.now())
        case.work()
        clock.shift(timedelta(hours=1))
        for path, earlier in zip(paths, before, strict=True):
            again = called("GET", path, HTTP_IF_MODIFIED_SINCE=earlier.headers["Last-Modified"])
            assert again.status == "200 OK"
            assert again.body != earlier.body
    assert ocsp.load_der_ocsp_response(called("GET", paths[0]).body).certificate_status.name == "REVOKED"


def test_M5_an_edition_after_a_restored_backup_is_no_old_copy(case: Embedded, pki: str) -> None:
    path = f"{pki}/crl/{case.shard.number}.der"
    shard, bytes_then = case.shard, ShardCrl.objects.get(row=case.shard.pk)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        revoke_certificate(case.authority, case.leaf.serial_number, 1, at=timezone.now())
        case.work()
        lost = called("GET", path)
    number = case.shard.crl_number
    shard.save()  # the row and the bytes as they were; the same revocation is carried out again
    bytes_then.save()
    type(shard).objects.filter(pk=shard.pk).update(revocations=1)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        case.work()
        assert case.shard.crl_number == number
        assert called("GET", path, HTTP_IF_NONE_MATCH=lost.headers["ETag"]).status == "200 OK"


def test_threat_29_what_a_clock_ahead_has_dated_is_signed_anew(case: Embedded, pki: str) -> None:
    answer, crl = f"{pki}/ocsp/{in_address(question(case))}", f"{pki}/crl/{case.shard.number}.der"
    with time_machine.travel(timezone.now() + timedelta(days=5)):
        case.work()
        called("GET", answer)
    now = timezone.now()
    case.work()
    assert ocsp.load_der_ocsp_response(called("GET", answer).body).this_update_utc <= now + AHEAD
    assert x509.load_der_x509_crl(called("GET", crl).body).last_update_utc <= now + AHEAD


@pytest.mark.parametrize("charset", ["rot13", "idna", "%00", "utf-16"])
def test_threat_1_a_condition_is_understood_whatever_encoding_is_named_with_it(
    case: Embedded, pki: str, charset: str
) -> None:
    kind = f"text/plain; charset={charset}"
    assert called("GET", f"{pki}/ca.crt", HTTP_IF_NONE_MATCH='"x"', CONTENT_TYPE=kind).status == "200 OK"
