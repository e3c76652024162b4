"""C7: *already revoked* states neither when nor why. What we asked for is never recorded as the CA's statement."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from django.core.management import call_command
from django.db import connection

from revocation.authorities.acme import account
from revocation.authorities.acme.models import AcmeRevocation
from revocation.authorities.interface import (
    Confirmed,
    NeedsAttention,
    RevocationInstruction,
    SignatureRefused,
    TryAgain,
)
from revocation.pki.facts import read_certificate
from tests.authorities.openssl_ca import OpensslCa, make_csr, openssl, publish
from tests.authorities.test_acme_refusals import ALREADY, order, order_of, server, short_patience
from tests.servers.acme_server import DONE, Answer, Scripted, hang_up, problem
from tests.servers.pebble import Pebble, pebble

pytestmark = pytest.mark.process

__all__ = ["order", "server", "short_patience"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pebble]:
    with pebble(tmp_path_factory.mktemp("pebble")) as started:
        yield started


def told(server: Scripted, order: RevocationInstruction, *answers: Answer) -> Confirmed:
    """Return what the driver confirms after these answers, however many calls that takes."""
    server.answers = list(answers)
    for _ in answers:
        with contextlib.suppress(TryAgain, NeedsAttention):
            said = server.driver().revoke(order)
            assert isinstance(said, Confirmed)
            return said
    raise AssertionError("not confirmed")


def test_C7_as_the_first_answer_ever_neither_time_nor_reason_is_known(
    server: Scripted, order: RevocationInstruction
) -> None:
    said = told(server, order, ALREADY)
    assert (said.revoked_at, said.reason, said.already) == (None, None, True)
    assert said.receipt["said"] == "already revoked"
    assert said.receipt["reason"] is None
    assert "before the portal asked" in str(said.words)
    again = server.driver().revoke(replace(order, reason=1))
    status = server.driver().status(order)
    for later in (again, status):  # asked again, it knows no more
        assert isinstance(later, Confirmed)
        assert (later.revoked_at, later.reason, later.already) == (None, None, True)


LOST: dict[str, tuple[Answer, ...]] = {
    "hangs up": (hang_up, ALREADY),
    "an error of its own": (problem("serverInternal", 500), ALREADY),
    "a proxy's page": ((502, {}, b"<h1>"), ALREADY),
    "lost, then limited": (hang_up, problem("rateLimited", 429), ALREADY),
    "lost, then refused": (hang_up, problem("unauthorized", 403), ALREADY),
}
REFUSED: dict[str, tuple[Answer, ...]] = {
    "limited": (problem("rateLimited", 429), ALREADY),
    "refused": (problem("unauthorized", 403), ALREADY),
    "another reason": (problem("badRevocationReason"), ALREADY),
    "a nonce": (problem("badNonce"), ALREADY),
}


@pytest.mark.parametrize("answers", LOST.values(), ids=list(LOST))
def test_C7_after_an_answer_that_was_lost_it_may_have_been_us_and_that_is_said(
    server: Scripted, order: RevocationInstruction, answers: tuple[Answer, ...]
) -> None:
    said = told(server, order, *answers)
    assert (said.revoked_at, said.reason, said.already) == (None, None, False)
    assert "earlier call of the portal was lost" in str(said.words)


@pytest.mark.parametrize("answers", REFUSED.values(), ids=list(REFUSED))
def test_C7_a_call_that_was_refused_revoked_nothing(
    server: Scripted, order: RevocationInstruction, answers: tuple[Answer, ...]
) -> None:
    said = told(server, order, *answers)
    assert (said.revoked_at, said.reason, said.already) == (None, None, True)
    assert "before the portal asked" in str(said.words)


def test_M5_after_it_said_done_the_reason_is_the_one_it_took(server: Scripted, order: RevocationInstruction) -> None:
    said = told(server, order, DONE, hang_up, ALREADY)
    assert (said.reason, said.already, said.words) == (4, False, "")
    assert said.revoked_at == AcmeRevocation.objects.get().done_at


@pytest.mark.parametrize("first", [(), (hang_up,)], ids=["first answer", "after a lost one"])
def test_C7_what_is_published_counts(
    server: Scripted, published: Path, crl_address: str, tmp_path: Path, first: tuple[Answer, ...]
) -> None:
    ca = OpensslCa(tmp_path, "ecdsa")
    order = order_of(ca, ca.issue(extensions=(f"crlDistributionPoints=URI:{crl_address}",)))
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    ca.list(order.certificate_der, at, "keyCompromise")
    publish(ca, published)
    said = told(server, order, *first, ALREADY)
    assert (said.revoked_at, said.reason, said.already) == (at, 1, not first)
    assert (said.receipt["said"], said.receipt["seen_in"]) == ("already revoked", "crl")


def test_C7_the_holder_s_signature_for_one_that_was_revoked_before_states_nothing(
    server: Scripted, order: RevocationInstruction, tmp_path: Path
) -> None:
    driver = server.driver()
    text = driver.signing_input(order)
    (tmp_path / "text").write_bytes(text.to_sign)
    openssl(tmp_path, "dgst", f"-{text.digest}", "-sign", "leaf.key", "-out", "signature", "text")
    server.answers = [ALREADY]
    said = driver.revoke_with_signature(order, text.to_sign, (tmp_path / "signature").read_bytes())
    assert (said.revoked_at, said.reason, said.already) == (None, None, True)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_C7_what_was_asked_for_before_an_upgrade_may_have_been_us(
    server: Scripted, order: RevocationInstruction
) -> None:
    """The earlier version kept nothing of an answer *done* until *already revoked* came."""
    call_command("migrate", "acme_authority", "0001", verbosity=0)
    fingerprint = read_certificate(order.certificate_der).fingerprint_sha256
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO acme_authority_acmerevocation (slug, fingerprint, reason, asked_at) VALUES (%s, %s, 4, %s)",
            [server.driver().slug, fingerprint, datetime.now(UTC)],
        )
    call_command("migrate", "acme_authority", verbosity=0)
    said = told(server, order, ALREADY)
    assert (said.revoked_at, said.reason, said.already) == (None, None, False)
    assert "may have been that call" in str(said.words)


def test_C7_pebble_s_books_say_another_reason_and_we_state_none(running: Pebble, db: None, tmp_path: Path) -> None:
    """The holder of the key revokes for keyCompromise, behind the portal's back; the portal then asks for another
    reason and hears *already revoked*."""
    account.create(running.driver(), contact="", binding=None, at=datetime.now(UTC))
    leaf, issuer = running.order(make_csr(tmp_path, "ecdsa", ["already.example.com"]))
    theirs = RevocationInstruction(leaf, issuer, x509.load_der_x509_certificate(leaf).serial_number, 1, "theirs")
    done = None
    while done is None:
        text = running.driver().signing_input(theirs)
        (tmp_path / "text").write_bytes(text.to_sign)
        openssl(tmp_path, "dgst", f"-{text.digest}", "-sign", "csr.key", "-out", "signature", "text")
        with contextlib.suppress(SignatureRefused):  # Pebble refuses one nonce in five
            signature = (tmp_path / "signature").read_bytes()
            done = running.driver().revoke_with_signature(theirs, text.to_sign, signature)
    AcmeRevocation.objects.all().delete()  # it was not the portal that asked
    said = running.driver().revoke(replace(theirs, reason=4, key="ours"))
    assert isinstance(said, Confirmed)
    assert (said.revoked_at, said.reason, said.already) == (None, None, True)
    assert running.says(leaf)["Reason"] == 1
