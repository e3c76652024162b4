"""Threats 3, 8: only so many letters are inspected at once; a queue or scanner that fails says so."""

from __future__ import annotations

import resource
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from revocation.letters.clamd import Clamd, ScanFailed
from revocation.letters.inspection import LetterRejected
from revocation.letters.limits import Limits
from revocation.letters.refusals import FileRefused
from revocation.letters.slots import NoSlotFree, slot
from revocation.models import Actor, Event, HeldLetter, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.core.unavailable import InspectionUnavailable, ScannerUnavailable
from revocation.services.letters import upload
from revocation.services.letters.inspection import _scanned_and_read
from tests.conftest import NOW, MakeCertificate
from tests.letters.children.programs import children
from tests.letters.test_child import content_bomb
from tests.people import draft

pytestmark = pytest.mark.slow


@pytest.fixture
def case(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    return draft(make_certificate(brand="digicert", level=Level.OV), alice)


def test_no_more_at_once_than_there_are_slots(tmp_path: Path) -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with slot(tmp_path, 3, 20):
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.03)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (inside, most) == (0, 3)


def test_a_slot_is_given_back_whatever_happens(tmp_path: Path) -> None:
    for _ in range(3):
        with pytest.raises(KeyError), slot(tmp_path, 1, 0):
            raise KeyError
    with slot(tmp_path, 1, 0), pytest.raises(NoSlotFree), slot(tmp_path, 1, 0.1):
        pass


def test_who_waits_too_long_is_asked_to_try_again_and_keeps_the_draft(
    case: RevocationRequest, alice: Actor, letter: bytes, settings: Any
) -> None:
    settings.LETTER_INSPECTIONS, settings.LETTER_INSPECTION_WAIT = 1, 0.1
    with slot(settings.LETTER_SLOTS_DIR, 1, 0), pytest.raises(InspectionUnavailable, match="checking many letters"):
        upload.upload(case.pk, by=alice, at=NOW, data=letter, file_name="a.jpg")
    assert upload.upload(case.pk, by=alice, at=NOW, data=letter, file_name="a.jpg")


def memory_of_children() -> tuple[int, int]:
    """Return how many children read letters for this process, and the bytes that they hold together."""
    count = held = 0
    for child in children():
        with suppress(OSError):  # it ended meanwhile
            resident = Path(f"/proc/{child}/statm").read_text().split()[1]
            count, held = count + 1, held + int(resident) * resource.getpagesize()
    return count, held


def test_threats_3_4_the_memory_of_all_inspections_together_is_bounded(settings: Any) -> None:
    settings.LETTER_INSPECTIONS, settings.LETTER_INSPECTION_WAIT = 2, 120
    limits, bomb, ends, seen = Limits(cpu_seconds=1, wall_seconds=60), content_bomb(2, 700_000_000), [], [(0, 0)]

    def look() -> None:
        with suppress(FileRefused):
            _scanned_and_read(bomb, "pdf", limits)
        ends.append(True)

    before, held_before = memory_of_children()  # of other tests of this process
    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seen.append(memory_of_children())
        time.sleep(0.02)
    assert len(ends) == 4
    assert max(seen)[0] - before == settings.LETTER_INSPECTIONS
    assert 0 < max(held for _, held in seen) - held_before <= settings.LETTER_INSPECTIONS * limits.memory_bytes
    assert memory_of_children()[0] == before


def test_threat_8_what_the_scanner_finds_is_refused_by_name(
    case: RevocationRequest, alice: Actor, letter: bytes, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CLAMD_ADDRESS = "127.0.0.1:3310"
    monkeypatch.setattr(Clamd, "scan", lambda self, data: "Win.Test")
    with pytest.raises(LetterRejected, match=r"Win\.Test"):
        upload.hold(case.pk, by=alice, at=NOW, data=letter, file_name="a.jpg")
    assert Event.objects.get(kind="letter_refused").data["code"] == "virus"


def test_a_scanner_that_is_down_means_no_letter_and_nothing_half(
    case: RevocationRequest, alice: Actor, letter: bytes, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CLAMD_ADDRESS, settings.CLAMD_TIMEOUT = "127.0.0.1:1", 1
    with pytest.raises(ScannerUnavailable, match="does not respond"):
        upload.hold(case.pk, by=alice, at=NOW, data=letter, file_name="a.jpg")
    assert not HeldLetter.objects.exists()
    assert not Event.objects.filter(kind="letter_refused").exists()


def test_the_page_says_503_and_when_to_come_back(
    case: RevocationRequest, alice: Actor, letter: bytes, settings: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    def down(self: Clamd, data: bytes) -> str:
        raise ScanFailed("connection refused")

    settings.CLAMD_ADDRESS = "127.0.0.1:3310"
    monkeypatch.setattr(Clamd, "scan", down)
    client.force_login(alice.user)
    answer = client.post(f"/requests/{case.pk}/letter/", {"letter": SimpleUploadedFile("a.jpg", letter)})
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "Nothing was saved or changed" in answer.content.decode()
