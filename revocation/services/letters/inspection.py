"""Inspection of a letter: by the virus scanner where there is one, and by a child process within the machine's
slots."""

from __future__ import annotations

import logging

from django.conf import settings

from revocation.letters.clamd import Clamd, ScanFailed
from revocation.letters.facts import LetterFacts
from revocation.letters.inspection import inspect
from revocation.letters.limits import Limits
from revocation.letters.refusals import FileRefused
from revocation.letters.sandbox import run_child
from revocation.letters.slots import NoSlotFree, slot
from revocation.models import RevocationRequest
from revocation.services.core.unavailable import InspectionFailed, InspectionUnavailable, ScannerUnavailable
from revocation.services.letters.cover import expected_codes

log = logging.getLogger(__name__)


def inspected(data: bytes, *, request: RevocationRequest, file_name: str, size: int | None) -> LetterFacts:
    """Inspect a file and return its facts. Raises `LetterRejected`, `LettersUnavailable`."""
    return inspect(
        data,
        file_name=file_name,
        accepted=request.needs.letter_files,
        expected=expected_codes(request),
        limits=Limits(max_bytes=settings.LETTER_MAX_BYTES),
        size=size,
        reader=_scanned_and_read,
    )


def _scanned_and_read(data: bytes, kind: str, limits: Limits) -> bytes:
    """Scan a file, and let the child process read it: a `Reader` (`revocation.letters.sandbox`).

    It is called once the outer form of the file is known to be good.
    """
    if settings.CLAMD_ADDRESS:
        _scan(data)
    try:
        with slot(settings.LETTER_SLOTS_DIR, settings.LETTER_INSPECTIONS, settings.LETTER_INSPECTION_WAIT):
            return run_child(data, kind, limits)
    except NoSlotFree as error:
        raise InspectionUnavailable from error
    except OSError as error:  # a full disk, no further process, no further file
        log.exception("a letter could not be looked at")
        raise InspectionFailed from error


def _scan(data: bytes) -> None:
    try:
        virus = Clamd.at(settings.CLAMD_ADDRESS, settings.CLAMD_TIMEOUT).scan(data)
    except ScanFailed as error:
        log.error("clamd: %s", error)
        raise ScannerUnavailable from error
    if virus:
        raise FileRefused("virus", virus=virus)
