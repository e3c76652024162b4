"""The PDF of a receipt: drawn when somebody first asks, the same ever after, of what the portal signed (M5, L6)."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from revocation import triggers
from revocation.letters import receipt as drawing
from revocation.models import Actor, Receipt, ReceiptPaper, RevocationOrder, SigningKey
from revocation.services.authority import receipt_signing, receipts
from revocation.services.authority.receipt_drawing import Paper, ReceiptDoubtful, paper_of
from revocation.services.inventory import deletion
from revocation.services.review import decisions
from tests.conftest import NOW, SYSTEM, MakeCertificate, person
from tests.guards.rows import execute, insert, refused, values
from tests.people import HOUR, LOOKED_AT, submitted
from tests.support.scripted import tell_all

pytestmark = [pytest.mark.django_db, pytest.mark.database]
Revoke = Callable[[], None]


@pytest.fixture
def revoke(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> Revoke:
    """Have one more certificate revoked, with a receipt that nobody has looked at."""

    def made() -> None:
        decisions.approve(submitted(make_certificate(), alice).pk, by=rita, at=NOW, checked=LOOKED_AT)
        tell_all()

    return made


@pytest.fixture
def unread(revoke: Revoke) -> Receipt:
    revoke()
    return Receipt.objects.get()


@contextmanager
def without_guards() -> Iterator[None]:
    """Write as somebody who switched the guards off."""
    triggers.remove()
    yield
    triggers.ensure()


def text_of(paper: Paper) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.pdf)).pages).split())


def test_M5_the_worker_draws_nothing_and_the_first_who_asks_gets_what_the_json_says(unread: Receipt) -> None:
    assert (unread.pdf, ReceiptPaper.objects.count()) == (None, 0)
    paper, facts = paper_of(unread, at=NOW + HOUR), json.loads(bytes(unread.json))
    assert receipt_signing.verifies(paper.pdf, paper.signature, unread.key)
    for said in (facts["made_at"], facts["revoked"]["at"], facts["request"]["number"], unread.key.key_id):
        assert said in text_of(paper)


def test_M5_it_is_the_same_ever_after_even_if_it_would_be_drawn_otherwise_now(
    unread: Receipt, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    client.force_login(alice.user)
    address = f"/receipts/{unread.pk}/receipt.pdf"
    first = [client.get(address + form).content for form in ("", ".sig")]
    monkeypatch.setattr(drawing, "receipt_pdf", lambda *more: b"%PDF- with another typeface")
    assert [client.get(address + form).content for form in ("", ".sig")] == first
    assert first[0].startswith(b"%PDF-1")


def test_M5_of_two_who_ask_at_once_both_get_the_first_ones(unread: Receipt, monkeypatch: pytest.MonkeyPatch) -> None:
    draw, papers = drawing.receipt_pdf, list[Paper]()

    def slow(*more: Any) -> bytes:
        monkeypatch.setattr(drawing, "receipt_pdf", draw)
        papers.append(paper_of(unread, at=NOW))  # somebody else is quicker
        return draw(*more)

    monkeypatch.setattr(drawing, "receipt_pdf", slow)
    assert paper_of(unread, at=NOW + HOUR) == papers[0]
    assert ReceiptPaper.objects.get().drawn_at == NOW


def test_M5_a_receipt_of_an_earlier_release_keeps_the_pdf_in_its_row(unread: Receipt) -> None:
    signed = receipt_signing.sign(b"%PDF-earlier", unread.key)
    earlier = values(unread, pdf=b"%PDF-earlier", pdf_signature=signed)
    with without_guards():
        execute("DELETE FROM revocation_receipt")
        insert(Receipt._meta.db_table, earlier)
    receipt = Receipt.objects.get()
    assert paper_of(receipt, at=NOW) == Paper(b"%PDF-earlier", signed)
    with refused("has its PDF already"):
        ReceiptPaper.objects.create(receipt=receipt, drawn_at=NOW, pdf=b"another", signature=b"x")
    with pytest.raises(IntegrityError), transaction.atomic(), without_guards():
        Receipt.objects.update(pdf_signature=None)


def test_L6_a_pdf_that_the_portal_did_not_sign_is_never_served(unread: Receipt, alice: Actor) -> None:
    """The application's role may insert rows (L5): a PDF that nobody has asked for yet could be put in place."""
    ReceiptPaper.objects.create(receipt=unread, drawn_at=NOW, pdf=b"%PDF-forged", signature=b"nonsense")
    client = Client()
    client.force_login(alice.user)
    answer = client.get(f"/receipts/{unread.pk}/receipt.pdf")
    assert answer.status_code == 409
    assert b"%PDF" not in answer.content


def test_L6_a_key_row_with_the_private_half_of_another_signs_no_pdf(unread: Receipt) -> None:
    """Somebody's own public key beside the portal's private one: JSON by the former, PDF by the latter."""
    own = ec.generate_private_key(ec.SECP256R1())
    public = own.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    theirs = SigningKey.objects.create(
        key_id="f" * 16, encrypted_pem=unread.key.encrypted_pem, public_pem=public, is_current=False
    )
    text = bytes(unread.json).replace(b"superseded", b"keyCompromise")
    forged = values(unread, json=text, json_signature=own.sign(text, ec.ECDSA(SHA256())), key_id=theirs.pk)
    with without_guards():
        execute("DELETE FROM revocation_receipt")
        insert(Receipt._meta.db_table, forged)
    with pytest.raises(ReceiptDoubtful):
        paper_of(Receipt.objects.get(), at=NOW)
    assert not ReceiptPaper.objects.exists()


def test_L7_it_can_be_drawn_after_the_certificate_was_deleted(unread: Receipt, carl: Actor) -> None:
    deletion.purge(unread.revocation.certificate_id, by=carl, at=NOW)
    assert paper_of(Receipt.objects.get(), at=NOW).pdf.startswith(b"%PDF-")


def test_L7_auditors_can_be_the_first_who_ask(unread: Receipt) -> None:
    client = Client()
    client.force_login(person("audrey", group="auditors").user)
    answer = client.get(f"/admin/revocation/certificate/{unread.revocation.certificate_id}/receipt.pdf")
    assert (answer.status_code, answer.content) == (200, bytes(ReceiptPaper.objects.get().pdf))


def altered_words(receipt: Receipt) -> None:
    Receipt.objects.update(json=bytes(receipt.json).replace(b"superseded", b"keyCompromise"))


def of_another(receipt: Receipt) -> None:
    execute("UPDATE revocation_certificate SET fingerprint = %s", "AB" * 32)


def without_a_decision(receipt: Receipt) -> None:
    execute("UPDATE revocation_event SET after = 'rejected' WHERE kind = 'approved'")


@pytest.mark.parametrize("change", [altered_words, of_another, without_a_decision])
def test_L6_nothing_is_signed_that_the_record_does_not_bear_out(
    unread: Receipt, alice: Actor, change: Callable[[Receipt], None], caplog: pytest.LogCaptureFixture
) -> None:
    with without_guards():
        change(unread)
    with pytest.raises(ReceiptDoubtful):
        paper_of(Receipt.objects.get(), at=NOW)
    assert f"no PDF of receipt {unread.pk} is signed" in caplog.text
    client = Client()
    client.force_login(alice.user)
    answer = client.get(f"/receipts/{unread.pk}/receipt.pdf", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (409, "receipt.doubtful")
    assert not ReceiptPaper.objects.exists()


def test_a_key_that_does_not_open_is_a_503_and_the_json_is_still_there(
    unread: Receipt, alice: Actor, settings: Any
) -> None:
    settings.KEY_ENCRYPTION_KEY = "another"
    client = Client()
    client.force_login(alice.user)
    answers = [client.get(f"/receipts/{unread.pk}/receipt.{form}") for form in ("pdf", "json", "json.sig")]
    assert [answer.status_code for answer in answers] == [503, 200, 200]
    assert not ReceiptPaper.objects.exists()


def test_it_is_signed_by_the_key_that_the_receipt_names_even_after_another_came(unread: Receipt) -> None:
    SigningKey.objects.update(is_current=False)
    assert receipt_signing.current_key() != unread.key
    paper = paper_of(unread, at=NOW)
    assert receipt_signing.verifies(paper.pdf, paper.signature, unread.key)


def test_M5_many_receipts_take_as_many_statements_as_one(revoke: Revoke) -> None:
    taken = []
    for number in (1, 3):
        for _ in range(number):
            revoke()
        with without_guards():
            execute("DELETE FROM revocation_receipt")
            RevocationOrder.objects.update(receipt_due_at=NOW)
        due = receipts.due_receipts(at=NOW)
        with CaptureQueriesContext(connection) as statements:
            receipts.make(due, by=SYSTEM, at=NOW)
        taken.append((len(due), len(statements)))
        assert Receipt.objects.count() == len(due)
    assert [number for number, _ in taken] == [1, 4]
    assert taken[0][1] == taken[1][1]


def test_threat_35_the_way_back_loses_no_signed_pdf(unread: Receipt) -> None:
    migration = import_module("revocation.migrations.0039_receipts_are_drawn_on_demand")
    with pytest.raises(RuntimeError, match="Leave the tables"):
        migration.refuse_to_lose_any(apps, SimpleNamespace(connection=connection))
