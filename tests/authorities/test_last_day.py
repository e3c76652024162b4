"""The embedded authority near its end and after it: bounded keys and rows, and an honest answer (RFC 5019 2.2.3)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPResponseStatus
from django.db import connection

from revocation.authorities.local.models import CrlShard, LocalAuthority, OcspSigner, StoredAnswer
from revocation.authorities.local.ocsp import signer
from revocation.authorities.local.ocsp.respond import respond
from revocation.pki.openssl import pem
from revocation.services.authority import embedded_publication
from tests.authorities.conftest import Embedded
from tests.authorities.openssl_ca import openssl, openssl_says

Make = Callable[[str], Embedded]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def end_of(case: Embedded) -> datetime:
    return x509.load_der_x509_certificate(bytes(case.authority.certificate_der)).not_valid_after_utc


def question(case: Embedded, *options: str) -> bytes:
    openssl(case.folder, "ocsp", *options, "-issuer", "ca.pem", "-cert", "leaf.pem", "-reqout", "q.der")
    return (case.folder / "q.der").read_bytes()


def status(case: Embedded, asked: bytes, at: datetime) -> OCSPResponseStatus:
    return ocsp.load_der_ocsp_response(respond(case.authority.slug, asked, at=at).der).response_status


def work(at: datetime) -> None:
    for pk in embedded_publication.due_answers(at=at):
        embedded_publication.renew_answers(pk, at=at)


@pytest.mark.parametrize("algorithm", ["ecdsa", "rsa", "sm2"])
def test_ocsp_on_the_last_day_all_questions_share_one_key(embedded: Make, algorithm: str) -> None:
    case = embedded(algorithm)
    asked, plain = question(case, "-nonce"), question(case, "-no_nonce")
    for minutes in range(6):
        at = end_of(case) - HOUR + timedelta(minutes=minutes)
        assert status(case, asked, at) == status(case, plain, at) == OCSPResponseStatus.SUCCESSFUL
    assert OcspSigner.objects.count() == 1
    assert StoredAnswer.objects.count() == 1


def test_ocsp_the_answer_of_the_last_hour_is_believed_by_openssl(embedded: Make) -> None:
    case = embedded("ecdsa")
    at = end_of(case) - HOUR
    (case.folder / "r.der").write_bytes(respond(case.authority.slug, question(case, "-no_nonce"), at=at).der)
    when = ("-attime", str(int(at.timestamp()) + 60), "-validity_period", "999999999")
    code, said = openssl_says(
        case.folder, "ocsp", "-no_nonce", "-reqin", "q.der", "-respin", "r.der", "-issuer", "ca.pem",
        "-cert", "leaf.pem", "-CAfile", "ca.pem", *when,
    )  # fmt: skip
    assert code == 0, said
    assert "Response verify OK" in said


def test_ocsp_the_worker_appoints_no_key_that_would_last_no_longer(embedded: Make) -> None:
    """The worker looks every 30 seconds; in the last week each look would make a key."""
    case = embedded("ecdsa")
    for hours in range(7 * 24, 0, -12):
        work(end_of(case) - hours * HOUR)
    assert OcspSigner.objects.count() == 1


def test_ocsp_keys_are_still_changed_in_good_time_before_that(embedded: Make) -> None:
    case = embedded("ecdsa")
    begun = end_of(case) - 60 * DAY
    ends = []
    for days in range(0, 60, 2):
        work(begun + days * DAY)
        ends.append(max(OcspSigner.objects.values_list("not_after", flat=True)))
    assert len(set(ends)) == 7  # every eight days: half a life, at the next look
    assert ends[-1] == end_of(case)


@pytest.mark.parametrize("option", ["-nonce", "-no_nonce"])
def test_ocsp_after_its_end_the_authority_answers_unauthorized_and_makes_nothing(embedded: Make, option: str) -> None:
    case = embedded("ecdsa")
    asked = question(case, option)
    assert status(case, asked, end_of(case) - HOUR) == OCSPResponseStatus.SUCCESSFUL
    for late in (timedelta(0), HOUR, 400 * DAY):
        assert status(case, asked, end_of(case) + late) == OCSPResponseStatus.UNAUTHORIZED
        work(end_of(case) + late)
        assert embedded_publication.due_answers(at=end_of(case) + late) == []
    assert not StoredAnswer.objects.exists()
    assert not OcspSigner.objects.exists()


def test_the_last_crls_are_made_once_in_half_a_life_and_served_after_the_end(embedded: Make) -> None:
    case = embedded("ecdsa")
    for at in (end_of(case) - HOUR, end_of(case) + HOUR, end_of(case) + 2 * HOUR):
        for pk in embedded_publication.due_shards(at=at):
            embedded_publication.publish_shard(pk, at=at)
        for pk in embedded_publication.due_complete(at=at):
            embedded_publication.publish_complete(pk, at=at)
    assert set(CrlShard.objects.values_list("crl_number", flat=True)) == {1}
    authority = LocalAuthority.objects.get()
    (case.folder / "crl.pem").write_bytes(pem("X509 CRL", bytes(authority.crl_der)))
    assert "verify OK" in openssl(case.folder, "crl", "-in", "crl.pem", "-CAfile", "ca.pem", "-noout")


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_ocsp_questions_at_once_appoint_one_key(transactional_db: None, embedded: Make) -> None:
    case = embedded("ecdsa")
    at, asked = end_of(case) - HOUR, question(case, "-nonce")
    gate, said = threading.Barrier(8), list[OCSPResponseStatus]()

    def ask() -> None:
        try:
            gate.wait(30)
            said.append(status(case, asked, at))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert said == [OCSPResponseStatus.SUCCESSFUL] * 8
    assert OcspSigner.objects.count() == 1


def test_ocsp_whoever_comes_second_signs_with_the_key_of_the_first(
    embedded: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = embedded("ecdsa")
    at, made = end_of(case) - 30 * DAY, signer._new_signer

    def overtaken(authority: LocalAuthority, when: datetime) -> OcspSigner:
        made(authority, when).save()  # another process was quicker
        return made(authority, when)

    monkeypatch.setattr(signer, "_new_signer", overtaken)
    used = signer.responder(case.authority, at=at)
    (only,) = OcspSigner.objects.all()
    assert bytes(only.certificate_der) in used.certificates
