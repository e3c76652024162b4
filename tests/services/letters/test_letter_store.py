"""Threat 12: a failing store leaves the draft as it was; the sweep finds exactly the orphans and the missing files."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, cast

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.core.management import call_command

from revocation.models import Actor, Event, Letter, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.core.unavailable import StoreUnavailable
from revocation.services.letters import store, sweep, upload
from tests.conftest import NOW, MakeCertificate
from tests.people import DAY, draft

WEEK_OLD, YOUNG = (NOW - 8 * DAY).timestamp(), (NOW - 6 * DAY).timestamp()


@pytest.fixture
def case(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    return draft(make_certificate(brand="digicert", level=Level.OV), alice)


@pytest.fixture
def uploaded(case: RevocationRequest, alice: Actor, letter: bytes) -> Letter:
    return upload.upload(case.pk, by=alice, at=NOW, data=letter, file_name="letter.jpg")


def folder() -> Path:
    return Path(cast(FileSystemStorage, storages["letters"]).location)


def plant(name: str, age: float) -> str:
    storages["letters"].save(name, ContentFile(b"nobody's"))
    os.utime(folder() / name, (age, age))
    return name


@pytest.mark.parametrize("failing", [1, 2])
def test_F8_a_store_that_fails_at_the_first_or_second_object_keeps_none(
    case: RevocationRequest, alice: Actor, letter: bytes, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    calls: list[str] = []
    real = cast(Any, type(storages["letters"]))._save

    def save(self: Any, name: str, content: Any) -> str:
        calls.append(name)
        stored = real(self, name, content)
        if len(calls) == failing:
            raise OSError(28, "No space left on device")  # after storing: the object must go as well
        return stored

    monkeypatch.setattr(type(storages["letters"]), "_save", save)
    with pytest.raises(StoreUnavailable):
        upload.upload(case.pk, by=alice, at=NOW, data=letter, file_name="letter.jpg")
    assert list(folder().iterdir()) == []
    assert not Letter.objects.exists()
    assert upload.upload(case.pk, by=alice, at=NOW, data=letter, file_name="letter.jpg")


def test_the_sweep_deletes_old_objects_that_nothing_names_and_nothing_else(uploaded: Letter) -> None:
    old = plant("a" * 32, WEEK_OLD)
    left = [plant("b" * 32, YOUNG), plant("somebody-elses", WEEK_OLD)]
    mine = {uploaded.stored_as, *uploaded.pictures.values_list("stored_as", flat=True)}
    for name in mine:
        os.utime(folder() / name, (WEEK_OLD, WEEK_OLD))
    found = sweep.sweep(at=NOW)
    assert (found.objects, found.left, found.missing) == ((old,), tuple(left), ())
    assert {path.name for path in folder().iterdir() if path.is_file()} == {*mine, *left}


def test_the_sweep_reports_a_letter_without_its_object_once(uploaded: Letter) -> None:
    gone = uploaded.pictures.get().stored_as
    storages["letters"].delete(gone)
    for _ in range(2):
        found = sweep.sweep(at=NOW)
        assert [(name, letter.pk) for name, letter in found.missing] == [(gone, uploaded.pk)]
    assert Event.objects.filter(kind="letter_damaged", data__stored_as=gone).count() == 1


def test_what_is_held_is_no_orphan(case: RevocationRequest, alice: Actor, letter: bytes) -> None:
    held = upload.hold(case.pk, by=alice, at=NOW, data=letter, file_name="letter.jpg")
    for name in held.stored_names:
        os.utime(folder() / name, (WEEK_OLD, WEEK_OLD))
    assert sweep.sweep(at=NOW).objects == ()


def test_the_command_lists_and_deletes_only_when_it_may(uploaded: Letter) -> None:
    old = plant("a" * 32, WEEK_OLD)
    said = io.StringIO()
    call_command("sweep_letters", "--dry-run", stdout=said)
    assert old in said.getvalue()
    assert (folder() / old).exists()
    call_command("sweep_letters", stdout=said)
    assert not (folder() / old).exists()
    assert store.read_file(uploaded)


def test_an_empty_store_that_was_never_written_to_is_swept(db: None) -> None:
    assert sweep.sweep(at=NOW) == sweep.Orphans((), (), ())


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "..\\secret", "a/../../b"])
def test_no_name_leads_out_of_the_folder(db: None, name: str) -> None:
    with pytest.raises((StoreUnavailable, store.LetterMissing)):
        store.read(name, "0" * 64)


def test_the_name_in_the_store_says_nothing_and_only_we_may_read_it(uploaded: Letter) -> None:
    assert sweep.OUR_NAME.fullmatch(uploaded.stored_as)
    assert (folder() / uploaded.stored_as).stat().st_mode & 0o077 == 0
