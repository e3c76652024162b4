"""Threat 27: an ACME authority that refuses, fails or lies, in every way that RFC 8555 and the network know."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from django.utils.http import http_date

from revocation.authorities import http
from revocation.authorities.acme import account
from revocation.authorities.acme.models import AcmeRevocation
from revocation.authorities.interface import (
    Confirmed,
    NeedsAttention,
    NotRevoked,
    RevocationInstruction,
    TryAgain,
    Unseen,
    Waiting,
)
from tests.authorities.openssl_ca import OpensslCa, publish
from tests.servers.acme_server import DONE, Answer, Scripted, drip, drip_headers, flood, hang_up, problem, scripted_acme

pytestmark = pytest.mark.slow

ALREADY = problem("alreadyRevoked")


@pytest.fixture
def server(db: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    with scripted_acme(tmp_path_factory.mktemp("acme")) as script:
        account.create(script.driver(), contact="", binding=None, at=datetime.now(UTC))
        yield script


@pytest.fixture
def order(tmp_path: Path) -> RevocationInstruction:
    """Return the instruction for a certificate that names no CRL and no OCSP."""
    ca = OpensslCa(tmp_path, "ecdsa")
    return order_of(ca, ca.issue())


def order_of(ca: OpensslCa, leaf: bytes) -> RevocationInstruction:
    serial_number = x509.load_der_x509_certificate(leaf).serial_number
    return RevocationInstruction(leaf, ca.der, serial_number, 4, "order-1")


def test_M5_told_and_asked_again_it_has_it_in_its_books(server: Scripted, order: RevocationInstruction) -> None:
    server.answers = [DONE, ALREADY]
    said = server.driver().revoke(order)
    assert isinstance(said, Confirmed)
    assert (said.reason, said.receipt["said"], server.reasons) == (4, "revoked", [4, 4])


def test_M5_already_revoked_is_success(server: Scripted, order: RevocationInstruction) -> None:
    server.answers = [ALREADY]
    said = server.driver().revoke(order)
    assert isinstance(said, Confirmed)
    assert said.receipt["said"] == "already revoked"
    assert server.reasons == [4]


def test_M5_who_says_done_every_time_is_not_believed(server: Scripted, order: RevocationInstruction) -> None:
    said = server.driver().revoke(order)
    assert isinstance(said, Waiting)
    assert (said.for_whom, said.code) == ("authority", "told_not_yet_seen")
    assert isinstance(server.driver().status(order), Unseen)
    recorded = server.driver().revoke(replace(order, recorded_by_hand=True))  # a person saw it elsewhere
    assert isinstance(recorded, Confirmed)


def test_M5_who_says_done_every_time_is_believed_when_its_crl_says_so(
    server: Scripted, published: Path, crl_address: str, tmp_path: Path
) -> None:
    ca = OpensslCa(tmp_path, "ecdsa")
    order = order_of(ca, ca.issue(extensions=(f"crlDistributionPoints=URI:{crl_address}",)))
    publish(ca, published)
    assert isinstance(server.driver().revoke(order), Waiting)
    assert isinstance(server.driver().status(order), NotRevoked)
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3)
    ca.list(order.certificate_der, at, "superseded")
    publish(ca, published)
    said = server.driver().revoke(order)
    assert isinstance(said, Confirmed)
    assert (said.revoked_at, said.reason, said.receipt["seen_in"]) == (at, 4, "crl")


def test_M5_already_revoked_by_somebody_else_carries_the_published_date_and_reason(
    server: Scripted, published: Path, crl_address: str, tmp_path: Path
) -> None:
    ca = OpensslCa(tmp_path, "ecdsa")
    order = order_of(ca, ca.issue(extensions=(f"crlDistributionPoints=URI:{crl_address}",)))
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    ca.list(order.certificate_der, at, "keyCompromise")
    publish(ca, published)
    server.answers = [ALREADY]
    said = server.driver().revoke(order)
    assert isinstance(said, Confirmed)
    assert (said.revoked_at, said.reason) == (at, 1)


def test_an_untaken_reason_becomes_the_nearest_that_is_taken(server: Scripted, order: RevocationInstruction) -> None:
    server.answers = [problem("badRevocationReason"), DONE, ALREADY]
    said = server.driver().revoke(order)
    assert isinstance(said, Confirmed)
    assert (said.reason, server.reasons) == (5, [4, 5, 5])
    assert AcmeRevocation.objects.get().reason == 5


def test_a_compromised_key_is_never_softened(server: Scripted, order: RevocationInstruction) -> None:
    server.answers = [problem("badRevocationReason")]
    with pytest.raises(NeedsAttention, match="accepts neither reason 1"):
        server.driver().revoke(replace(order, reason=1))
    assert server.reasons == [1]


def test_asked_again_with_another_reason_it_hears_the_first(server: Scripted, order: RevocationInstruction) -> None:
    server.answers = [hang_up, DONE, ALREADY]
    with pytest.raises(TryAgain):
        server.driver().revoke(order)
    said = server.driver().revoke(replace(order, reason=0))
    assert isinstance(said, Confirmed)
    assert server.reasons == [4, 4, 4]


OUTAGES: dict[str, tuple[Answer, str]] = {
    "an error of its own": (problem("serverInternal", 500), "serverInternal"),
    "nonces without end": (problem("badNonce"), "badNonce"),
    "a proxy's page": ((502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>"), "status 502"),
    "maintenance": ((503, {}, b""), "status 503"),
    "hangs up": (hang_up, "cannot be reached"),
    "drips": (drip, "too long"),
    "floods": (flood, "bytes"),
    "drips its headers": (drip_headers, "too long"),
}
REFUSALS: dict[str, tuple[Answer, str]] = {
    "another account's": (problem("unauthorized", 403), "unauthorized"),
    "malformed": (problem("malformed"), "malformed"),
    "account gone": (problem("accountDoesNotExist"), "accountDoesNotExist"),
    "unknown to RFC 8555": (problem("youAreNotServed", 403), "youAreNotServed"),
    "elsewhere": ((302, {"Location": "https://other.example/"}, b""), "status 302"),
    "not ACME": ((404, {}, b"no such page"), "status 404"),
    "not a problem": ((403, {"Content-Type": "application/json"}, b'["no"]'), "status 403"),
}


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SECONDS_EACH", 2)


@pytest.mark.parametrize("name", list(OUTAGES))
def test_threat_27_an_outage_is_tried_again(
    server: Scripted, order: RevocationInstruction, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, said = OUTAGES[name]
    server.answers = [answer]
    monkeypatch.setattr(account.open_account, "__defaults__", (3,))
    began = time.monotonic()
    with pytest.raises(TryAgain, match=said) as outage:
        server.driver().revoke(order)
    assert time.monotonic() - began < 20
    assert "Scripted CA" in str(outage.value)
    assert not AcmeRevocation.objects.filter(answered_at__isnull=False).exists()


@pytest.mark.parametrize("name", list(REFUSALS))
def test_threat_27_a_refusal_is_for_a_person_in_the_authority_s_own_words(
    server: Scripted, order: RevocationInstruction, name: str
) -> None:
    answer, said = REFUSALS[name]
    server.answers = [answer]
    with pytest.raises(NeedsAttention, match=said):
        server.driver().revoke(order)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("120", 120, 120),
        ("in an hour", 3590, 3601),
        ("0", 1, 1),
        ("-5", None, None),
        ("soon", None, None),
        ("99999999999", 86400, 86400),
        (http_date(0), 1, 1),
    ],
)
def test_retry_after_is_obeyed_in_both_forms(
    server: Scripted, order: RevocationInstruction, header: str, least: int | None, most: int | None
) -> None:
    # The date is made here: as a test's name it would differ between the processes that collect the tests.
    header = http_date(time.time() + 3600) if header == "in an hour" else header
    server.answers = [problem("rateLimited", 429, Retry_After=header)]
    with pytest.raises(TryAgain, match="rateLimited") as outage:
        server.driver().revoke(order)
    pause = outage.value.retry_after
    assert (pause is None) if least is None else (pause and least <= pause.total_seconds() <= (most or 0))


@pytest.mark.parametrize(
    ("directory", "error", "said"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html>"), TryAgain, "not a JSON object"),
        ((200, {"Content-Type": "application/json"}, b"[]"), TryAgain, "not a JSON object"),
        ((200, {"Content-Type": "application/json"}, b"{}"), TryAgain, "not ACME"),
        ((404, {}, b""), NeedsAttention, "status 404"),
    ],
)
def test_a_directory_that_is_none(
    server: Scripted, order: RevocationInstruction, directory: Answer, error: type[Exception], said: str
) -> None:
    server.directory = directory
    with pytest.raises(error, match=said):
        server.driver().revoke(order)


def test_a_web_server_of_unknown_issuer_is_not_trusted(server: Scripted, order: RevocationInstruction) -> None:
    with pytest.raises(TryAgain, match=r"TLS certificate of Scripted CA cannot be checked: .* ca_bundle"):
        server.driver(ca_bundle=None).revoke(order)
    assert server.asked == []


def test_nobody_there(db: None, server: Scripted, order: RevocationInstruction) -> None:
    with pytest.raises(TryAgain, match="cannot be reached"):
        server.driver(directory="https://127.0.0.1:9/dir").revoke(order)


def test_words_of_an_authority_are_fit_to_be_shown(server: Scripted, order: RevocationInstruction) -> None:
    body = b'{"type": "urn:ietf:params:acme:error:malformed", "detail": "a\\r\\nb\\u202e' + b"x" * 5000 + b'"}'
    server.answers = [(400, {"Content-Type": "application/problem+json"}, body)]
    with pytest.raises(NeedsAttention) as refusal:
        server.driver().revoke(order)
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 700


def test_an_answer_without_a_nonce_counts_all_the_same(server: Scripted, order: RevocationInstruction) -> None:
    server.answers = [(200, {"Replay-Nonce": ""}, b""), ALREADY]
    assert isinstance(server.driver().revoke(order), Confirmed)
