"""F8: a letter is held until the customer has looked at it; a letter that nobody keeps is deleted."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.storage import storages

from revocation.models import Actor, Certificate, HeldLetter, Letter, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.core.transitions import ActorRefused
from revocation.services.letters import upload
from revocation.services.letters.upload import LetterSlotClosed
from revocation.services.requests import filing, joint_filing
from revocation.worker import run_all_once
from tests.conftest import NOW, MakeCertificate
from tests.people import HOUR, draft, picture


@pytest.fixture
def case(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    return draft(make_certificate(brand="digicert", level=Level.OV), alice)


def hold(case: RevocationRequest, by: Actor, data: bytes, name: str = "letter.jpg") -> HeldLetter:
    return upload.hold(case.pk, by=by, at=NOW, data=data, file_name=name)


def stored() -> int:
    return len(storages["letters"].listdir("")[1])


def test_F8_held_is_not_yet_uploaded_and_kept_is(
    case: RevocationRequest, alice: Actor, bob: Actor, letter: bytes
) -> None:
    held = hold(case, alice, letter)
    assert case.missing() == ("letter",)
    kept = upload.keep(case.pk, held.pk, by=bob, at=NOW)
    assert (kept.sha256, kept.stored_as, kept.pictures.count()) == (held.sha256, held.stored_as, len(held.pages))
    assert not HeldLetter.objects.exists()
    with pytest.raises(LetterSlotClosed, match="no longer available"):
        upload.keep(case.pk, held.pk, by=bob, at=NOW)


def test_a_second_upload_replaces_what_is_held_in_the_store_too(
    case: RevocationRequest, alice: Actor, letter: bytes, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        hold(case, alice, letter)
        hold(case, alice, letter, "second.jpg")
    assert HeldLetter.objects.get().file_name == "second.jpg"
    assert stored() == 2  # the file and its picture


def test_L3_a_stranger_neither_holds_nor_keeps_nor_drops(
    case: RevocationRequest, alice: Actor, charlie: Actor, letter: bytes
) -> None:
    held = hold(case, alice, letter)
    for verb in (
        lambda: hold(case, charlie, letter),
        lambda: upload.keep(case.pk, held.pk, by=charlie, at=NOW),
        lambda: upload.drop(case.pk, by=charlie),
    ):
        with pytest.raises(ActorRefused):
            verb()
    assert HeldLetter.objects.get() == held


def test_what_nobody_keeps_within_a_day_is_forgotten_by_the_worker(
    case: RevocationRequest, alice: Actor, letter: bytes, django_capture_on_commit_callbacks: Any
) -> None:
    held = hold(case, alice, letter)
    with django_capture_on_commit_callbacks(execute=True):
        run_all_once(now=lambda: NOW + 23 * HOUR)
    assert stored() == 2
    with pytest.raises(LetterSlotClosed):
        upload.keep(case.pk, held.pk, by=alice, at=NOW + 24 * HOUR)
    with django_capture_on_commit_callbacks(execute=True):
        run_all_once(now=lambda: NOW + 24 * HOUR)
    assert (HeldLetter.objects.count(), stored()) == (0, 0)


def test_a_list_that_changed_meanwhile_is_not_kept(
    make_certificate: MakeCertificate, alice: Actor, letter: bytes
) -> None:
    chosen = [make_certificate(f"w{n}.aurora.example", brand="digicert", level=Level.OV) for n in range(2)]
    done = joint_filing.begin_together([c.pk for c in chosen], by=alice, at=NOW, reason=4, reason_text="New ones.")
    first, second = (begun.draft for begun in done.begun)
    held = hold(first, alice, letter)
    filing.discard(second.pk, by=alice, at=NOW)
    with pytest.raises(LetterSlotClosed, match="have changed"):
        upload.keep(first.pk, held.pk, by=alice, at=NOW)
    assert not Letter.objects.exists()


def test_F8_after_next_nothing_held_is_kept(case: RevocationRequest, alice: Actor, letter: bytes) -> None:
    upload.upload(case.pk, by=alice, at=NOW, data=letter, file_name="letter.jpg")
    held = hold(case, alice, letter)
    filing.submit(case.pk, by=alice, at=NOW)
    with pytest.raises(LetterSlotClosed, match="cannot change the letter"):
        upload.keep(case.pk, held.pk, by=alice, at=NOW)


def submit_file(case: RevocationRequest, by: Actor, data: bytes) -> Letter | HeldLetter:
    return upload.submit_file(case.pk, by=by, at=NOW, data=data, file_name="letter.jpg")


def test_F8_a_file_that_can_be_replaced_and_has_nothing_odd_is_the_letter_at_once(
    case: RevocationRequest, alice: Actor, letter: bytes
) -> None:
    kept = submit_file(case, alice, letter)
    assert isinstance(kept, Letter)
    assert not HeldLetter.objects.exists()


def test_F8_an_odd_one_waits_for_the_customer(case: RevocationRequest, alice: Actor) -> None:
    held = submit_file(case, alice, picture("JPEG", colour="grey"))
    assert isinstance(held, HeldLetter)
    assert upload.warnings(held)
    assert case.missing() == ("letter",)


def test_F8_one_that_cannot_be_replaced_waits_too(
    make_certificate: MakeCertificate, alice: Actor, letter: bytes
) -> None:
    certificate = make_certificate(brand="dnspod", level=Level.OV)
    Certificate.objects.filter(pk=certificate.pk).update(standard="sm2")
    held = submit_file(draft(certificate, alice), alice, letter)
    assert isinstance(held, HeldLetter)
    assert not upload.warnings(held)
