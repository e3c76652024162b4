"""Threat 54: a store that is not the database's raises no alarm and takes no letter; the right one is checked."""

from __future__ import annotations

import io
import logging
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from revocation.models import Actor, Event, InstallationFact, Letter, Mail, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.core.unavailable import StoreUnavailable
from revocation.services.letters import identity, store, sweep
from revocation.services.letters import upload as letter_upload
from tests.conftest import NOW, MakeCertificate
from tests.people import draft

Use = Callable[[str], Path]
Upload = Callable[[], Letter]


@pytest.fixture
def use(settings: Any, tmp_path: Path) -> Use:
    """Return a function that makes a folder this machine's letter store, and returns the folder."""

    def change(name: str) -> Path:
        options = {"location": str(tmp_path / name), "base_url": None}
        backend = "django.core.files.storage.FileSystemStorage"
        settings.STORAGES = {**settings.STORAGES, "letters": {"BACKEND": backend, "OPTIONS": options}}
        return tmp_path / name

    change("first")
    return change


@pytest.fixture
def upload(make_certificate: MakeCertificate, alice: Actor, letter: bytes, use: Use) -> Upload:
    def one() -> Letter:
        case: RevocationRequest = draft(make_certificate(brand="digicert", level=Level.OV), alice)
        return letter_upload.upload(case.pk, by=alice, at=NOW, data=letter, file_name="letter.jpg")

    return one


def alarms() -> int:
    """Count the events of damage; without one there is no mail either."""
    events = Event.objects.filter(kind="letter_damaged").count()
    assert events or not Mail.objects.filter(template="letter_damaged").exists()
    return events


@pytest.mark.parametrize("swept_before", [True, False])
def test_threat_54_the_sweep_of_a_machine_with_another_folder_calls_nothing_damaged(
    upload: Upload, use: Use, swept_before: bool, caplog: pytest.LogCaptureFixture, rita: Actor
) -> None:
    kept = upload()
    if swept_before:
        sweep.sweep(at=NOW)
    use("second")
    for _ in range(2):
        found = sweep.sweep(at=NOW)
        assert (found.objects, found.missing) == ((), ())
        assert "not the one of the database" in found.wrong_store
    assert alarms() == 0
    assert "not the one of the database" in caplog.text
    with pytest.raises(StoreUnavailable):  # not: missing
        store.read_file(kept)
    use("first")
    assert sweep.sweep(at=NOW).wrong_store == ""
    assert store.read_file(kept)


@pytest.mark.parametrize("swept_before", [True, False])
def test_threat_12_what_is_missing_in_the_right_store_alarms(upload: Upload, use: Use, swept_before: bool) -> None:
    kept = upload()
    if swept_before:
        sweep.sweep(at=NOW)
    for name in letter_store_names(kept):
        (use("first") / name).unlink()
    found = sweep.sweep(at=NOW)
    assert {name for name, _ in found.missing} == set(letter_store_names(kept))
    assert alarms() == len(letter_store_names(kept))


def letter_store_names(kept: Letter) -> list[str]:
    return [kept.stored_as, *kept.pictures.values_list("stored_as", flat=True)]


def test_threat_54_a_machine_with_another_folder_takes_no_letter(upload: Upload, use: Use) -> None:
    upload()
    second = use("second")
    with pytest.raises(StoreUnavailable):
        upload()
    assert not second.exists()
    use("first")
    assert upload()


def test_threat_54_a_folder_that_is_not_mounted_is_not_judged(upload: Upload, use: Use) -> None:
    upload()
    sweep.sweep(at=NOW)
    folder = use("first")
    folder.rename(folder.with_name("unmounted"))
    for exists in (False, True):
        if exists:
            folder.mkdir()
        assert sweep.sweep(at=NOW).wrong_store
        with pytest.raises(StoreUnavailable):
            upload()
    assert alarms() == 0
    folder.rmdir()
    folder.with_name("unmounted").rename(folder)
    assert sweep.sweep(at=NOW) == sweep.Orphans((), (), ())


def test_threat_36_yesterdays_copy_of_the_store_lacks_todays_letter_and_says_so(upload: Upload, use: Use) -> None:
    old = upload()
    sweep.sweep(at=NOW)
    folder = use("first")
    shutil.copytree(folder, folder.with_name("backup"))
    new = upload()
    shutil.rmtree(folder)
    folder.with_name("backup").rename(folder)
    found = sweep.sweep(at=NOW)
    assert {letter.pk for _, letter in found.missing} == {new.pk}
    assert store.read_file(old)


def test_a_store_from_before_there_were_marks_is_known_by_what_it_holds(upload: Upload, use: Use) -> None:
    upload()
    InstallationFact.objects.all().delete()
    use("second")
    assert sweep.sweep(at=NOW).wrong_store
    use("first")
    assert sweep.sweep(at=NOW).wrong_store == ""
    assert InstallationFact.objects.get(name=identity.IDENTITY)


def test_an_operator_moves_the_store(upload: Upload, use: Use) -> None:
    kept = upload()
    sweep.sweep(at=NOW)
    first = use("first")
    copied = use("moved")
    shutil.copytree(first, copied)  # the mark goes along
    assert sweep.sweep(at=NOW).wrong_store == ""
    other = use("without the mark")
    shutil.copytree(first, other, ignore=shutil.ignore_patterns(identity.MARKS))
    with pytest.raises(CommandError, match="not the one of the database"):
        call_command("sweep_letters")
    said = io.StringIO()
    call_command("installation", stdout=said)
    assert "not the one of the database" in said.getvalue()
    call_command("installation", "--adopt-letter-store", stdout=said)
    assert said.getvalue().endswith("agrees\n")
    assert store.read_file(kept)
    use("first")
    assert sweep.sweep(at=NOW).wrong_store


def test_threat_54_two_databases_on_one_store_delete_nothing_of_each_other(
    upload: Upload, use: Use, caplog: pytest.LogCaptureFixture
) -> None:
    upload()
    sweep.sweep(at=NOW)
    folder = use("first")
    (folder / identity.MARKS / ("b" * 32)).write_bytes(b"")
    old = folder / ("a" * 32)
    old.write_bytes(b"the other's letter")
    week_ago = (NOW - timedelta(days=8)).timestamp()
    os.utime(old, (week_ago, week_ago))
    found = sweep.sweep(at=NOW)
    assert (found.objects, found.left) == ((), (old.name,))
    assert old.exists()
    assert "another database uses this letter store" in caplog.text


def test_a_database_that_names_no_letter_begins_in_any_store(upload: Upload, use: Use) -> None:
    """A worker with nothing to keep marked another folder; the first letter decides which store is the right one."""
    use("second")
    assert sweep.sweep(at=NOW).wrong_store == ""
    use("first")
    assert upload()
    assert sweep.sweep(at=NOW).wrong_store == ""
    use("second")
    assert sweep.sweep(at=NOW).wrong_store


def test_a_damaged_file_in_a_store_of_another_alarms_nobody(
    upload: Upload, use: Use, caplog: pytest.LogCaptureFixture
) -> None:
    kept = upload()
    sweep.sweep(at=NOW)
    second = use("second")
    second.mkdir()
    (second / kept.stored_as).write_bytes(b"something else")
    caplog.set_level(logging.ERROR)
    with pytest.raises(store.LetterDamaged):
        store.read_file(kept)
    assert alarms() == 0
