"""F8: a letter is held until the customer has looked at it; what nobody keeps is swept."""

from __future__ import annotations

import pytest
from django.core.files.storage import storages

from revocation.models import Actor, HeldLetter, Letter, RevocationRequest
from revocation.pki.facts import Level
from revocation.services import filing, letters, together
from revocation.services.letters import LetterSlotClosed
from revocation.services.transitions import ActorRefused
from revocation.worker import run_all_once
from tests.conftest import NOW, MakeCertificate
from tests.people import HOUR, draft


@pytest.fixture
def case(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    return draft(make_certificate(brand="digicert", level=Level.OV), alice)


def hold(case: RevocationRequest, by: Actor, data: bytes, name: str = "letter.jpg") -> HeldLetter:
    return letters.hold(case.pk, by=by, at=NOW, data=data, file_name=name)


def stored() -> int:
    return len(storages["letters"].listdir("")[1])


def test_F8_held_is_not_yet_uploaded_and_kept_is(case, alice: Actor, bob: Actor, letter: bytes) -> None:
    held = hold(case, alice, letter)
    assert case.missing() == ("letter",)
    kept = letters.keep(case.pk, held.pk, by=bob, at=NOW)
    assert (kept.sha256, kept.stored_as, kept.pictures.count()) == (held.sha256, held.stored_as, len(held.pages))
    assert not HeldLetter.objects.exists()
    with pytest.raises(LetterSlotClosed, match="not held any more"):
        letters.keep(case.pk, held.pk, by=bob, at=NOW)


def test_a_second_upload_replaces_what_is_held_in_the_store_too(
    case, alice: Actor, letter: bytes, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        hold(case, alice, letter)
        hold(case, alice, letter, "second.jpg")
    assert HeldLetter.objects.get().file_name == "second.jpg"
    assert stored() == 2  # the file and its picture


def test_L3_a_stranger_neither_holds_nor_keeps_nor_drops(case, alice: Actor, charlie: Actor, letter: bytes) -> None:
    held = hold(case, alice, letter)
    for verb in (
        lambda: hold(case, charlie, letter),
        lambda: letters.keep(case.pk, held.pk, by=charlie, at=NOW),
        lambda: letters.drop(case.pk, by=charlie),
    ):
        with pytest.raises(ActorRefused):
            verb()
    assert HeldLetter.objects.get() == held


def test_what_nobody_keeps_within_a_day_is_forgotten_by_the_worker(
    case, alice: Actor, letter: bytes, django_capture_on_commit_callbacks
) -> None:
    held = hold(case, alice, letter)
    with django_capture_on_commit_callbacks(execute=True):
        run_all_once(now=lambda: NOW + 23 * HOUR)
    assert stored() == 2
    with pytest.raises(LetterSlotClosed):
        letters.keep(case.pk, held.pk, by=alice, at=NOW + 24 * HOUR)
    with django_capture_on_commit_callbacks(execute=True):
        run_all_once(now=lambda: NOW + 24 * HOUR)
    assert (HeldLetter.objects.count(), stored()) == (0, 0)


def test_a_list_that_changed_meanwhile_is_not_kept(make_certificate: MakeCertificate, alice: Actor, letter: bytes):
    chosen = [make_certificate(f"w{n}.aurora.example", brand="digicert", level=Level.OV) for n in range(2)]
    done = together.begin_together([c.pk for c in chosen], by=alice, at=NOW, reason=4, reason_text="New ones.")
    first, second = (begun.draft for begun in done.begun)
    held = hold(first, alice, letter)
    filing.discard(second.pk, by=alice, at=NOW)
    with pytest.raises(LetterSlotClosed, match="changed meanwhile"):
        letters.keep(first.pk, held.pk, by=alice, at=NOW)
    assert not Letter.objects.exists()


def test_F8_after_next_nothing_held_is_kept(case, alice: Actor, letter: bytes) -> None:
    letters.upload(case.pk, by=alice, at=NOW, data=letter, file_name="letter.jpg")
    held = hold(case, alice, letter)
    filing.submit(case.pk, by=alice, at=NOW)
    with pytest.raises(LetterSlotClosed, match="final"):
        letters.keep(case.pk, held.pk, by=alice, at=NOW)
