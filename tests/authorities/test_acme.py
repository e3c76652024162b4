"""ACME (RFC 8555) against Pebble: real accounts, orders and revocations, with one nonce in five refused."""

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import josepy
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management import CommandError, call_command
from pytest_django import Settings

from certportal.accounts.models import Customer
from revocation.authorities import registry
from revocation.authorities.acme import account
from revocation.authorities.acme.models import AcmeAccount, AcmeRevocation
from revocation.authorities.interface import (
    Confirmed,
    NeedsAttention,
    RevocationInstruction,
    SignatureRefused,
    TakesSignatures,
)
from revocation.models import Certificate
from tests.authorities.openssl_ca import make_csr, openssl
from tests.servers.pebble import Pebble, pebble

pytestmark = pytest.mark.process

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pebble]:
    with pebble(tmp_path_factory.mktemp("pebble")) as started:
        yield started


@pytest.fixture
def authority(running: Pebble, db: None, settings: Settings) -> Pebble:
    """Pebble with a fresh account of the portal, configured as `pebble`."""
    settings.AUTHORITIES = {"pebble": running.entry}
    call_command("acme_account", "create", "pebble", "--agree-terms", "--contact", "staff@portal.example.com")
    return running


def ordered(authority: Pebble, folder: Path, algorithm: str = "ecdsa", reason: int = 1) -> RevocationInstruction:
    name = f"{folder.name.replace('_', '-').lower()[:40]}.example.com"
    leaf, issuer = authority.order(make_csr(folder, algorithm, [name]))
    return RevocationInstruction(leaf, issuer, x509.load_der_x509_certificate(leaf).serial_number, reason, "order-1")


def test_M5_pebble_says_revoked_with_the_reason(authority: Pebble, tmp_path: Path) -> None:
    order = ordered(authority, tmp_path, reason=4)
    assert authority.says(order.certificate_der)["Status"] == "Valid"
    said = authority.driver().revoke(order)
    assert isinstance(said, Confirmed)
    assert said.reason == 4
    found = authority.says(order.certificate_der)
    assert (found["Status"], found["Reason"]) == ("Revoked", 4)


def test_the_setting_makes_the_driver(authority: Pebble) -> None:
    driver = registry.authority("pebble")
    assert registry.problems({"pebble": authority.entry}) == []
    assert isinstance(driver, TakesSignatures)
    assert driver.takes_reasons == {0, 1, 4, 5}
    assert not driver.wants_proof


def test_M5_asked_again_after_a_crash_it_is_confirmed_with_the_first_reason(authority: Pebble, tmp_path: Path) -> None:
    order = ordered(authority, tmp_path, reason=4)
    authority.driver().revoke(order)
    AcmeRevocation.objects.update(answered_at=None)  # died after the authority acted, before its answer was noted
    said = authority.driver().revoke(RevocationInstruction(**{**order.__dict__, "reason": 1}))
    assert isinstance(said, Confirmed)
    assert (said.reason, said.receipt["said"]) == (4, "already revoked")
    assert authority.says(order.certificate_der)["Reason"] == 4


def test_a_certificate_of_another_account_is_refused_for_a_person_to_read(authority: Pebble, tmp_path: Path) -> None:
    leaf, issuer = authority.order_elsewhere(make_csr(tmp_path, "ecdsa", ["elsewhere.example.com"]))
    order = RevocationInstruction(leaf, issuer, x509.load_der_x509_certificate(leaf).serial_number, 0, "order-1")
    with pytest.raises(NeedsAttention, match=r"Pebble refuses: .*unauthorized"):
        authority.driver().revoke(order)
    assert authority.says(leaf)["Status"] == "Valid"
    assert not AcmeRevocation.objects.filter(answered_at__isnull=False).exists()


def test_without_an_account_the_driver_wants_proof_and_says_how_to_get_one(
    running: Pebble, db: None, tmp_path: Path
) -> None:
    leaf, issuer = running.order_elsewhere(make_csr(tmp_path, "ecdsa", ["nobody.example.com"]))
    assert running.driver().wants_proof
    with pytest.raises(NeedsAttention, match=r"manage\.py acme_account create pebble"):
        running.driver().revoke(RevocationInstruction(leaf, issuer, 1, 0, "order-1"))


@pytest.mark.parametrize("algorithm", ["ecdsa", "rsa", "p384"])
def test_M5_the_holder_signs_with_openssl_and_the_key_never_comes_here(
    running: Pebble, db: None, tmp_path: Path, algorithm: str
) -> None:
    order, driver = held(running, tmp_path, algorithm), running.driver()
    said = None
    while said is None:
        text = driver.signing_input(order)
        (tmp_path / "text").write_bytes(text.to_sign)
        openssl(tmp_path, "dgst", f"-{text.digest}", "-sign", "csr.key", "-out", "signature", "text")
        with contextlib.suppress(SignatureRefused):  # Pebble refuses one nonce in five: sign the next text
            said = driver.revoke_with_signature(order, text.to_sign, (tmp_path / "signature").read_bytes())
    assert said.reason == 1
    found = running.says(order.certificate_der)
    assert (found["Status"], found["Reason"]) == ("Revoked", 1)


def held(running: Pebble, folder: Path, algorithm: str = "ecdsa") -> RevocationInstruction:
    """A certificate that the portal's account did not order; its key is csr.key in the folder."""
    leaf, issuer = running.order_elsewhere(make_csr(folder, algorithm, [f"{algorithm}.held.example.com"]))
    return RevocationInstruction(leaf, issuer, x509.load_der_x509_certificate(leaf).serial_number, 1, "order-1")


def test_a_signature_that_does_not_do_revokes_nothing(running: Pebble, db: None, tmp_path: Path) -> None:
    order, driver = held(running, tmp_path), running.driver()
    text = driver.signing_input(order)
    (tmp_path / "text").write_bytes(text.to_sign)
    openssl(tmp_path, "dgst", "-sha256", "-sign", "csr.key", "-out", "good", "text")
    good = (tmp_path / "good").read_bytes()
    openssl(tmp_path, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "other.key")
    openssl(tmp_path, "dgst", "-sha256", "-sign", "other.key", "-out", "other", "text")
    header, payload = text.to_sign.split(b".")
    other_reason = josepy.b64encode(json.dumps({**json.loads(josepy.b64decode(payload)), "reason": 4}).encode())
    for to_sign, signature, said in (
        (text.to_sign, (tmp_path / "other").read_bytes(), "not made by the certificate's key"),
        (text.to_sign, b"", "not made by the certificate's key"),
        (header + b"." + other_reason, good, "is for another certificate or action"),
        (b"anything", good, "You signed a different text"),
    ):
        with pytest.raises(SignatureRefused, match=said):
            driver.revoke_with_signature(order, to_sign, signature)
    assert running.says(order.certificate_der)["Status"] == "Valid"


def test_a_text_that_was_used_has_to_be_signed_anew(running: Pebble, db: None, tmp_path: Path) -> None:
    order, driver = held(running, tmp_path), running.driver()
    other = driver.signing_input(order)
    (tmp_path / "text").write_bytes(other.to_sign)
    openssl(tmp_path, "dgst", "-sha256", "-sign", "csr.key", "-out", "signature", "text")
    signature = (tmp_path / "signature").read_bytes()
    with contextlib.suppress(SignatureRefused):  # Pebble refuses one nonce in five on purpose
        driver.revoke_with_signature(order, other.to_sign, signature)
    with pytest.raises(SignatureRefused, match="too old"):
        driver.revoke_with_signature(order, other.to_sign, signature)


def test_account_keys_are_encrypted_and_change(authority: Pebble, tmp_path: Path) -> None:
    before = AcmeAccount.objects.get()
    assert bytes(before.encrypted_key).startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    order = ordered(authority, tmp_path)
    call_command("acme_account", "rotate", "pebble")
    after = AcmeAccount.objects.get()
    assert (after.uri, after.next_encrypted_key) == (before.uri, None)
    assert account.thumbprint(after) != account.thumbprint(before)
    assert isinstance(authority.driver().revoke(order), Confirmed)
    with pytest.raises(account.AccountRefused, match="no account with this key"):
        account._register(authority.driver(), account.opened(bytes(before.encrypted_key)), "", None, only_find=True)


class Died(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_change_of_key_cut_short_is_completed(
    authority: Pebble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, confirmed: bool
) -> None:
    order, change = ordered(authority, tmp_path), account._change_key

    def die(*arguments: Any) -> None:
        if confirmed:
            change(*arguments)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(account, "_change_key", die)
        with pytest.raises(Died):
            account.rotate(authority.driver(), at=NOW)
    begun = AcmeAccount.objects.get()
    assert begun.next_encrypted_key is not None
    assert isinstance(authority.driver().revoke(order), Confirmed)  # whichever key it is, the account works
    assert (AcmeAccount.objects.get().next_encrypted_key is None) is confirmed
    account.rotate(authority.driver(), at=NOW)
    assert AcmeAccount.objects.get().next_encrypted_key is None


def test_an_account_cut_short_is_found_again_and_one_elsewhere_is_taken_over(
    running: Pebble, db: None, tmp_path: Path, settings: Settings
) -> None:
    settings.AUTHORITIES = {"one": running.entry, "two": running.entry}
    call_command("acme_account", "create", "one", "--agree-terms")
    made = AcmeAccount.objects.get()
    AcmeAccount.objects.update(uri="")  # died before the answer was noted
    call_command("acme_account", "create", "one", "--agree-terms")
    assert AcmeAccount.objects.get().uri == made.uri
    key = account.opened(bytes(made.encrypted_key))
    (tmp_path / "key.json").write_text(json.dumps(key.to_json()))
    call_command("acme_account", "create", "two", "--key", str(tmp_path / "key.json"))
    assert AcmeAccount.objects.get(slug="two").uri == made.uri
    openssl(tmp_path, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "other.pem")
    AcmeAccount.objects.filter(slug="two").delete()
    with pytest.raises(CommandError, match="no account with this key"):
        call_command("acme_account", "create", "two", "--key", str(tmp_path / "other.pem"))


def test_external_account_binding(
    tmp_path: Path, db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    options = {"externalAccountBindingRequired": True, "externalAccountMACKeys": {"kid-1": secret}}
    with pebble(tmp_path, **options) as strict:
        settings.AUTHORITIES = {"pebble": strict.entry}
        with pytest.raises(CommandError, match="externalAccountRequired"):
            call_command("acme_account", "create", "pebble", "--agree-terms")
        monkeypatch.setenv("ACME_EAB_HMAC", secret)
        call_command("acme_account", "create", "pebble", "--agree-terms", "--eab-kid", "kid-1")
    assert AcmeAccount.objects.get().uri


def test_commands_refuse_with_a_sentence(authority: Pebble, settings: Settings) -> None:
    settings.AUTHORITIES = {
        **settings.AUTHORITIES,
        "hand": {"driver": "by_hand", "name": "By hand"},
        "new": authority.entry,
    }
    for words, said in (
        (("create", "pebble", "--agree-terms"), "There is an account at Pebble already"),
        (("create", "new"), "--agree-terms"),
        (("show", "new"), "no account at Pebble yet"),
        (("show", "hand"), "is not an ACME authority"),
        (("show", "nobody"), "There is no CA nobody"),
        (("create", "new", "--agree-terms", "--eab-kid", "x"), "ACME_EAB_HMAC"),
    ):
        with pytest.raises(CommandError, match=said):
            call_command("acme_account", *words)


def test_import_brings_the_account_s_certificates_once(
    authority: Pebble, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Customer.objects.create(slug="aurora", name="Aurora")
    for number in range(4):  # more than Pebble puts on one page
        authority.order(make_csr(tmp_path, "ecdsa", [f"i{number}.import.example.com"]))
    call_command("import_acme", "pebble", "--customer", "aurora")
    assert "4 added, 0 already known" in capsys.readouterr().out
    call_command("import_acme", "pebble", "--customer", "aurora")
    assert "0 added, 4 already known" in capsys.readouterr().out
    brought = Certificate.objects.all()
    assert {certificate.authority for certificate in brought} == {"pebble"}
    assert {certificate.level for certificate in brought} == {"dv"}
    assert not any(certificate.uploaded for certificate in brought)


def test_import_from_the_folders_of_certbot_and_lego(
    authority: Pebble, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Customer.objects.create(slug="aurora", name="Aurora")
    for folder, chain, key in (("archive/a", "fullchain1.pem", "privkey1.pem"), ("certificates", "b.crt", "b.key")):
        place = tmp_path / "from" / folder
        place.mkdir(parents=True)
        leaf, issuer = authority.order(make_csr(tmp_path, "ecdsa", [f"{chain[0]}.folder.example.com"]))
        pems = (x509.load_der_x509_certificate(one).public_bytes(Encoding.PEM) for one in (leaf, issuer))
        (place / chain).write_bytes(b"".join(pems))
        (place / key).write_bytes((tmp_path / "csr.key").read_bytes())
    (tmp_path / "from" / "broken.crt").write_text("nothing")
    with pytest.raises(SystemExit):
        call_command("import_acme", "pebble", "--customer", "aurora", "--from", str(tmp_path / "from"))
    said = capsys.readouterr()
    assert "2 added" in said.out
    assert "1 refused" in said.out
    assert "broken.crt: " in said.err
    assert Certificate.objects.count() == 2
