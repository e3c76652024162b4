"""F6 to F10: uploading, replacing and reading letters. Inspection and the store are outside any transaction."""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import datetime

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from revocation.letters.facts import LetterFacts
from revocation.letters.inspection import LetterRejected, inspect
from revocation.letters.limits import Limits
from revocation.letters.qr import LetterCode
from revocation.models import Actor, Event, EventKind, Letter, LetterPicture, RequestState, RevocationRequest
from revocation.services.recording import record
from revocation.services.transitions import ActorRefused, TransitionRefused, locked

log = logging.getLogger(__name__)

STORE = "letters"


class LetterSlotClosed(TransitionRefused):
    """F8, F10: no letter may be uploaded to this request now; `str()` says why."""


class LetterDamaged(Exception):
    """The bytes in the store are not the ones that were uploaded. Never shown; staff must look."""


def why_closed(request: RevocationRequest) -> str:
    """The sentence for a closed slot."""
    if not request.needs.letter:
        return _("This request takes no letter.")
    if request.letter_waived:
        return _("No letter is needed: the domains are validated automatically.")
    if request.state in (RequestState.DRAFT, RequestState.HANDED_BACK):
        return _("The letter is uploaded already and cannot be uploaded again.")
    return _("The request is submitted; its letter is final.")


def explain(rejected: LetterRejected) -> str:
    """The refusal in the reader's language."""
    params = {**rejected.params, "accepted": str(rejected.params["accepted"]).replace(" or ", _(" or "))}
    return " ".join(_(part) % params for part in rejected.parts)


def upload(request_id: int, *, by: Actor, at: datetime, data: bytes, file_name: str, size: int | None = None) -> Letter:
    """Inspect, store, record. `size`: the size of the whole file when only its beginning was kept.

    Raises `ActorRefused`, `LetterSlotClosed`, `LetterRejected` (with an event). Nothing is left in the store when
    the letter is not accepted.
    """
    request = RevocationRequest.objects.select_related("certificate").get(pk=request_id)
    _refuse_unless_open(request, by)
    try:
        facts = inspect(
            data,
            file_name=file_name,
            accepted=request.needs.letter_files,
            expected=LetterCode.of(request.number, request.certificate.fingerprint),
            limits=Limits(max_bytes=settings.LETTER_MAX_BYTES),
            size=size,
        )
    except LetterRejected as rejected:
        refusal = {"code": rejected.code, "file": file_name[:200], "size": size or len(data)}
        record(EventKind.LETTER_REFUSED, by=by, at=at, request=request, why=str(rejected), data=refusal)
        raise
    stored = _store(facts, data)
    try:
        return _accept(request_id, facts, stored, by=by, at=at, file_name=file_name)
    except BaseException:
        erase_files(stored)
        raise


def _refuse_unless_open(request: RevocationRequest, by: Actor) -> None:
    if not by.belongs_to(request.certificate.customer_id):
        raise ActorRefused("upload", request, part=False)
    if not request.letter_slot_is_open:
        raise LetterSlotClosed("upload", request, why_closed(request))


def _store(facts: LetterFacts, data: bytes) -> list[str]:
    """Write the file and its pictures under names that say nothing. All or none."""
    names: list[str] = []
    try:
        for content in (data, *(page.data for page in facts.pages)):
            names.append(storages[STORE].save(secrets.token_hex(16), ContentFile(content)))
    except BaseException:
        erase_files(names)
        raise
    return names


def _accept(
    request_id: int, facts: LetterFacts, stored: list[str], *, by: Actor, at: datetime, file_name: str
) -> Letter:
    try:
        with transaction.atomic():
            request = locked(request_id)
            _refuse_unless_open(request, by)
            replaced = request.letters.filter(superseded_at__isnull=True).update(superseded_at=at)
            letter = _write_rows(request, facts, stored, by, at, file_name)
            kind = EventKind.LETTER_REPLACED if replaced else EventKind.LETTER_UPLOADED
            pictures = [page.sha256 for page in facts.pages]
            data = {"sha256": facts.sha256, "size": facts.size, "kind": facts.kind, "pictures": pictures}
            record(kind, by=by, at=at, request=request, data=data)
            return letter
    except IntegrityError:  # one_current_letter_a_request
        request = RevocationRequest.objects.get(pk=request_id)
        raise LetterSlotClosed("upload", request, why_closed(request)) from None


def _write_rows(
    request: RevocationRequest, facts: LetterFacts, stored: list[str], by: Actor, at: datetime, file_name: str
) -> Letter:
    letter = Letter.objects.create(
        request=request,
        file_name=printable(file_name),
        kind=facts.kind,
        media_type=facts.media_type,
        size=facts.size,
        sha256=facts.sha256,
        stored_as=stored[0],
        hints=[{"code": hint.code, "figure": hint.figure} for hint in facts.hints],
        uploaded_at=at,
        uploaded_by=by.user,  # type: ignore[misc]  # a member: `_refuse_unless_open` saw to it
    )
    LetterPicture.objects.bulk_create(
        LetterPicture(
            letter=letter,
            number=number,
            media_type=page.media_type,
            width=page.width,
            height=page.height,
            sha256=page.sha256,
            stored_as=name,
        )
        for number, (page, name) in enumerate(zip(facts.pages, stored[1:], strict=True), start=1)
    )
    return letter


def printable(file_name: str) -> str:
    """The name as the customer gave it, without what could hurt a header or a page."""
    return "".join(c for c in file_name if c.isprintable()).strip()[-200:] or "letter"


def read_file(letter: Letter) -> bytes:
    """The original bytes, compared with the digest taken at upload. Raises `LetterDamaged`, `FileNotFoundError`."""
    return _read(letter, letter.stored_as, letter.sha256)


def read_picture(picture: LetterPicture) -> bytes:
    """One page's picture, compared with its digest."""
    return _read(picture.letter, picture.stored_as, picture.sha256)


def _read(letter: Letter, stored_as: str, sha256: str) -> bytes:
    with storages[STORE].open(stored_as) as file:
        data: bytes = file.read()
    if hashlib.sha256(data).hexdigest() != sha256.lower():
        log.error("stored letter %s does not match its digest", stored_as)
        _alarm(letter, stored_as)
        raise LetterDamaged(stored_as)
    return data


def _alarm(letter: Letter, stored_as: str) -> None:
    """Threat 12: one event, and one mail to the reviewers, for each object that changed in the store."""
    known = Event.objects.filter(request_id=letter.request_id, kind=EventKind.LETTER_DAMAGED, data__stored_as=stored_as)
    if not known.exists():
        by, data = Actor.system("letter store"), {"stored_as": stored_as}
        record(EventKind.LETTER_DAMAGED, by=by, at=timezone.now(), request=letter.request, data=data)


def erase(request: RevocationRequest, *, at: datetime) -> list[str]:
    """M6: mark the letters of a request as erased; returns the stored names to delete after the commit."""
    letters = request.letters.filter(erased_at__isnull=True)
    names = [name for letter in letters for name in (letter.stored_as, *pictures_of(letter))]
    letters.update(erased_at=at)
    return names


def pictures_of(letter: Letter) -> list[str]:
    return list(letter.pictures.values_list("stored_as", flat=True))


def erase_files(names: list[str]) -> None:
    """Delete stored files; one that is gone already is no error."""
    for name in names:
        storages[STORE].delete(name)
