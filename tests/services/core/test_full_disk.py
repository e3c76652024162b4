"""Threat 12: a full disk, for each writer of letters. The refusal is clear, the draft intact, no file half kept."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from revocation.letters.limits import Limits
from revocation.letters.sandbox import run_child
from revocation.models import Actor, Evidence, HeldLetter, Letter, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.core.unavailable import InspectionFailed, StoreUnavailable
from revocation.services.letters import evidence, sweep, upload
from tests.conftest import NOW, MakeCertificate
from tests.full_disk import Disk, small_disk
from tests.people import draft

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk", 1024) as made:
        yield made


@pytest.fixture
def store(disk: Disk, settings: Any) -> Path:
    """Keep letters on the small disk; return their folder."""
    folder = disk.folder / "letters"
    options = {"location": str(folder), "base_url": None}
    settings.STORAGES = {**settings.STORAGES, "letters": {**settings.STORAGES["letters"], "OPTIONS": options}}
    return folder


@pytest.fixture
def case(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    return draft(make_certificate(brand="digicert", level=Level.OV), alice)


def objects(store: Path) -> list[Path]:
    return list(store.iterdir()) if store.is_dir() else []


def added(case: RevocationRequest, by: Actor, data: bytes) -> Evidence:
    return evidence.add(case.pk, by=by, at=NOW, data=data, file_name="a.jpg")


def held(case: RevocationRequest, by: Actor, data: bytes) -> HeldLetter:
    return upload.hold(case.pk, by=by, at=NOW, data=data, file_name="a.jpg")


def uploaded(case: RevocationRequest, by: Actor, data: bytes) -> Letter:
    return upload.upload(case.pk, by=by, at=NOW, data=data, file_name="a.jpg")


ROOM: dict[str, Callable[[int], int]] = {
    "for nothing": lambda size: 0,
    "for half of the file": lambda size: size // 2,
    "for the file, not for its picture": lambda size: size + 4096,
}


@pytest.mark.parametrize("room", list(ROOM))
@pytest.mark.parametrize("write", [uploaded, held, added])
def test_threat_12_on_a_full_disk_nothing_half_is_kept(
    store: Path,
    disk: Disk,
    case: RevocationRequest,
    make_certificate: MakeCertificate,
    alice: Actor,
    letter: bytes,
    room: str,
    write: Callable[..., object],
) -> None:
    if write is added:
        case = draft(make_certificate("lapsed.aurora.example"), alice, assisted=True)
    disk.fill(ROOM[room](len(letter)))
    with pytest.raises(StoreUnavailable, match="does not respond"):
        write(case, alice, letter)
    assert objects(store) == []
    assert [rows.objects.count() for rows in (Letter, HeldLetter, Evidence)] == [0, 0, 0]
    disk.tidy()
    assert write(case, alice, letter)
    assert sweep.find(at=NOW) == sweep.Orphans((), (), ())


def test_threat_12_what_is_held_is_kept_and_forgotten_on_a_full_disk(
    store: Path,
    disk: Disk,
    case: RevocationRequest,
    alice: Actor,
    letter: bytes,
    django_capture_on_commit_callbacks: Any,
) -> None:
    """Neither needs room: the held file becomes the letter, or is deleted."""
    first = held(case, alice, letter)
    disk.fill()
    assert upload.keep(case.pk, first.pk, by=alice, at=NOW).stored_as == first.stored_as
    with pytest.raises(StoreUnavailable), django_capture_on_commit_callbacks(execute=True):
        held(case, alice, letter)  # another one finds no room, and the first stays
    assert {path.name for path in objects(store)} == set(first.stored_names)


def test_threat_12_the_page_says_so_and_the_draft_is_as_it_was(
    store: Path, disk: Disk, case: RevocationRequest, alice: Actor, letter: bytes, client: Client
) -> None:
    client.force_login(alice.user)
    disk.fill()
    address = f"/requests/{case.pk}/letter/"
    answer = client.post(address, {"letter": SimpleUploadedFile("a.jpg", letter)})
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "Nothing was saved or changed" in answer.content.decode()
    assert client.get(address).status_code == 200
    template = client.get(f"{address}template.pdf")  # needs no disk
    assert case.needs.letter
    assert template.content.startswith(b"%PDF")


def test_threat_12_where_no_file_can_be_made_the_places_of_inspection_say_so(
    disk: Disk, case: RevocationRequest, alice: Actor, letter: bytes, settings: Any
) -> None:
    for folder in (disk.folder / "inspections", disk.folder):  # no folder for the slots; no file for a slot
        settings.LETTER_SLOTS_DIR = folder
        disk.fill_names()
        with pytest.raises(InspectionFailed, match="no free space"):
            held(case, alice, letter)
        disk.tidy()
    assert held(case, alice, letter)


def test_threat_12_the_child_that_looks_needs_no_disk(disk: Disk, letter: bytes, monkeypatch: Any) -> None:
    disk.fill()
    disk.fill_names()
    monkeypatch.setenv("TMPDIR", str(disk.folder))
    monkeypatch.chdir(disk.folder)
    assert run_child(letter, "jpg", Limits())


def test_threat_12_a_database_on_a_full_disk(tmp_path: Path, db: None) -> None:
    """The log is full too. The tables are those of the tests' own database."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps its files elsewhere; its answer is mapped by the same table")
    with small_disk(tmp_path / "disk", 6 * 1024) as disk:
        database = disk.folder / "portal.sqlite3"
        name = str(connection.settings_dict["NAME"])
        with closing(sqlite3.connect(name)) as source, closing(sqlite3.connect(database)) as target:
            source.backup(target)
        environment = {**os.environ, "DATABASE_URL": f"sqlite:///{database}", "ALLOWED_HOSTS": '["testserver"]'}
        command = [sys.executable, "-m", "tests.support.upload_on_full_disk", str(disk.folder)]
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=full, text=True, check=False
            )
    assert done.stdout.splitlines() == ["503 True True", "503 True True", "0 0 0 0", "302 1"]
