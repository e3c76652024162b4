"""The receipt: complete, signed so that openssl verifies it, made once, never changed, kept with the tombstone (M6)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from revocation.models import Actor, Event, Receipt, RevocationOrder, RevocationRequest, SigningKey
from revocation.pki.facts import Level
from revocation.services.authority import receipt_signing, receipts
from revocation.services.inventory import deletion
from revocation.services.letters import evidence, upload
from revocation.services.requests import filing
from revocation.services.review import decisions
from tests.conftest import NOW, SYSTEM, MakeCertificate
from tests.people import HOUR, LOOKED_AT, draft, picture, seen, submitted
from tests.services.authority.test_publication_check import world
from tests.support.scripted import tell_all

pytestmark = pytest.mark.django_db
FORMS = ("pdf", "json")


@pytest.fixture
def approved(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> RevocationRequest:
    return decisions.approve(submitted(make_certificate(), alice).pk, by=rita, at=NOW, checked=LOOKED_AT)


def openssl_verifies(folder: Path, form: str) -> str:
    """Return what the openssl command on the page prints."""
    command = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", f"receipt.{form}.sig"]
    done = subprocess.run([*command, f"receipt.{form}"], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def test_M5_openssl_verifies_both_forms_and_refuses_another(
    approved: RevocationRequest, alice: Actor, tmp_path: Path
) -> None:
    tell_all()
    receipt, client = Receipt.objects.get(), Client()
    key = client.get(f"/receipts/keys/{receipt.key.key_id}.pem")
    assert key.status_code == 200  # without logging in
    client.force_login(alice.user)
    (tmp_path / "key.pem").write_bytes(key.content)
    for form in (*FORMS, "pdf.sig", "json.sig"):
        body = client.get(f"/receipts/{receipt.pk}/receipt.{form}").content
        (tmp_path / f"receipt.{form}").write_bytes(body)
    assert [openssl_verifies(tmp_path, form) for form in FORMS] == ["Verified OK"] * 2
    with (tmp_path / "receipt.json").open("ab") as forged:
        forged.write(b" ")
    assert openssl_verifies(tmp_path, "json") == "Verification failure"


def test_M5_it_says_who_why_on_what_evidence_who_decided_and_who_saw_it(
    make_certificate: MakeCertificate, alice: Actor, bob: Actor, rita: Actor, letter: bytes
) -> None:
    certificate = make_certificate(brand="digicert", level=Level.OV)
    case = draft(certificate, alice, reason=5, words="Closed.")
    sent = upload.upload(case.pk, by=alice, at=NOW, data=letter, file_name="letter.jpg")
    filing.submit(case.pk, by=bob, at=NOW + HOUR)
    decisions.approve(case.pk, by=rita, at=NOW + 2 * HOUR, checked=LOOKED_AT, shown=seen(case))
    tell_all(NOW + 3 * HOUR)
    facts = json.loads(bytes(Receipt.objects.get().json))
    assert facts["certificate"]["fingerprint_sha256"] == certificate.fingerprint
    assert facts["request"]["begun_by"]["mail"] == "alice@aurora.example"
    assert facts["request"]["submitted_by"]["mail"] == "bob@aurora.example"
    assert (facts["request"]["reason"]["code"], facts["request"]["in_the_requesters_words"]) == (5, "Closed.")
    assert facts["evidence"]["letters_sha256"] == [sent.sha256]
    assert facts["review"] == {
        "decided_at": "2026-06-15T14:00:00+00:00", "decided_by": "Rita", "vouched_at": None, "vouched_by": None,
        "first_approved_at": None, "first_approved_by": None,
        "shown": [{"what": "letter", "sha256": sent.sha256, "pictures": [sent.pictures.get().sha256]}],
    }  # fmt: skip
    assert facts["authority"]["answer"]["authority"] == "local"
    assert [row["place"] for row in facts["sightings"]] == ["ocsp", "crl"]
    assert {row["seen_at"] for row in facts["sightings"]} == {facts["proven"]["at"], "2026-06-15T15:00:00+00:00"}


def test_R3_it_names_both_who_approved(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor, settings: Any
) -> None:
    settings.TWO_APPROVALS_FOR = ["dv"]
    case = submitted(make_certificate(), alice)
    decisions.approve_first(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    decisions.approve(case.pk, by=ron, at=NOW + HOUR, checked=LOOKED_AT)
    tell_all(NOW + 2 * HOUR)
    review = json.loads(bytes(Receipt.objects.get().json))["review"]
    assert (review["first_approved_by"], review["first_approved_at"]) == ("Rita", "2026-06-15T12:00:00+00:00")
    assert review["decided_by"] == "Ron"


def test_A1_it_holds_the_digests_of_the_evidence(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor
) -> None:
    case = draft(make_certificate(brand="geotrust"), alice, assisted=True)
    sent = evidence.add(case.pk, by=alice, at=NOW, data=picture("PNG"), file_name="notice.png")
    filing.submit(case.pk, by=alice, at=NOW)
    decisions.vouch(case.pk, by=rita, at=NOW, why="The registrar confirms it.")
    decisions.approve(case.pk, by=ron, at=NOW, checked=LOOKED_AT, shown=seen(case))
    tell_all()
    receipt = Receipt.objects.get()
    assert json.loads(bytes(receipt.json))["evidence"]["files_sha256"] == [sent.sha256]


def test_M5_it_waits_a_little_for_all_places_and_is_made_once(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    world(monkeypatch, without="crl")
    tell_all()
    assert not Receipt.objects.exists()
    order = RevocationOrder.objects.get()
    assert receipts.due_receipts(at=order.receipt_due_at) == [order.pk]
    world(monkeypatch, without="nothing")
    tell_all(NOW + HOUR / 60)
    made = Receipt.objects.get()
    for _ in range(2):  # another worker that found it due as well
        receipts.make([order.pk], by=SYSTEM, at=NOW + HOUR)
    assert bytes(Receipt.objects.get().json) == bytes(made.json)
    assert Event.objects.filter(kind="receipt_made").count() == 1


@pytest.mark.database
def test_M6_it_is_never_changed_and_outlives_the_certificate(approved: RevocationRequest, carl: Actor) -> None:
    tell_all()
    for attempt in (lambda: Receipt.objects.update(json=b"{}"), lambda: Receipt.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
    deletion.purge(approved.certificate_id, by=carl, at=NOW)
    assert Receipt.objects.count() == 1


def test_L3_strangers_get_404_and_the_owners_still_after_deleting_it_from_the_list(
    approved: RevocationRequest, alice: Actor, charlie: Actor
) -> None:
    tell_all()
    deletion.hide(approved.certificate_id, by=alice, at=NOW)
    answers = {}
    for person in (alice, charlie):
        client = Client()
        client.force_login(person.user)
        answers[person.label] = client.get(f"/receipts/{Receipt.objects.get().pk}/receipt.pdf")
    assert [answer.status_code for answer in answers.values()] == [200, 404]
    assert answers[alice.label].content.startswith(b"%PDF-")


def test_the_signing_key_is_made_once_and_kept_encrypted(db: None) -> None:
    first = receipt_signing.current_key()
    assert receipt_signing.current_key().pk == first.pk
    assert bytes(first.encrypted_pem).startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY")
    assert SigningKey.objects.count() == 1


def test_a_wrong_key_encryption_key_says_what_to_do(db: None, settings: Any) -> None:
    key = receipt_signing.current_key()
    settings.KEY_ENCRYPTION_KEY = "another"
    with pytest.raises(receipt_signing.SigningKeyUnreadable, match="KEY_ENCRYPTION_KEY"):
        receipt_signing.sign(b"x", key)
