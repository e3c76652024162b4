"""F6 to F10: uploading, replacing and reading letters. Inspection and the store are outside any transaction."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from revocation.letters.facts import LetterFacts
from revocation.letters.inspection import LetterRejected, inspect
from revocation.letters.limits import Limits
from revocation.models import Actor, EventKind, Letter, LetterPicture, RequestState, RevocationRequest
from revocation.services import letter_store
from revocation.services.letter_cover import covered, expected_codes
from revocation.services.recording import Subject, record, record_each
from revocation.services.transitions import ActorRefused, TransitionRefused, locked


class LetterSlotClosed(TransitionRefused):
    """F8, F10: no letter may be uploaded to this request now; `str()` says why."""


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

    Of requests filed together the letter is for all that share it (`letter_cover.covered`): one stored file, a row for
    each. Raises `ActorRefused`, `LetterSlotClosed`, `LetterRejected` (with an event), `StoreUnavailable`. Nothing is
    left in the store when the letter is not accepted.
    """
    request = RevocationRequest.objects.select_related("certificate").get(pk=request_id)
    _refuse_unless_open(request, by)
    facts = _inspected(request, by, at, data, file_name, size)
    stored = letter_store.write([data, *(page.data for page in facts.pages)])
    try:
        return _accept(request_id, facts, stored, by=by, at=at, file_name=file_name)
    except BaseException:
        letter_store.delete(stored)
        raise


def _refuse_unless_open(request: RevocationRequest, by: Actor) -> None:
    if not by.belongs_to(request.certificate.customer_id):
        raise ActorRefused("upload", request, part=False)
    if not request.letter_slot_is_open:
        raise LetterSlotClosed("upload", request, why_closed(request))


def _inspected(
    request: RevocationRequest, by: Actor, at: datetime, data: bytes, file_name: str, size: int | None
) -> LetterFacts:
    try:
        return inspect(
            data,
            file_name=file_name,
            accepted=request.needs.letter_files,
            expected=expected_codes(request),
            limits=Limits(max_bytes=settings.LETTER_MAX_BYTES),
            size=size,
        )
    except LetterRejected as rejected:
        refusal = {"code": rejected.code, "file": file_name[:200], "size": size or len(data)}
        record(EventKind.LETTER_REFUSED, by=by, at=at, request=request, why=str(rejected), data=refusal)
        raise


def _accept(
    request_id: int, facts: LetterFacts, stored: list[str], *, by: Actor, at: datetime, file_name: str
) -> Letter:
    try:
        with transaction.atomic():
            request = locked(request_id)
            _refuse_unless_open(request, by)
            requests = list(covered(request).select_for_update(of=("self",)))
            current = Letter.objects.filter(request__in=[r.pk for r in requests], superseded_at__isnull=True)
            replaced = current.update(superseded_at=at)
            written = _write_rows(requests, facts, stored, by, at, file_name)
            data = {
                "sha256": facts.sha256,
                "size": facts.size,
                "kind": facts.kind,
                "pictures": [page.sha256 for page in facts.pages],
                "covers": [r.number for r in requests],
            }
            kind = EventKind.LETTER_REPLACED if replaced else EventKind.LETTER_UPLOADED
            record_each(kind, [Subject(r.certificate, r, data) for r in requests], by=by, at=at)
            return written[request_id]
    except IntegrityError:  # one_current_letter_a_request
        request = RevocationRequest.objects.get(pk=request_id)
        raise LetterSlotClosed("upload", request, why_closed(request)) from None


def _write_rows(
    requests: list[RevocationRequest], facts: LetterFacts, stored: list[str], by: Actor, at: datetime, file_name: str
) -> dict[int, Letter]:
    """A letter for each request, and its pictures; by the request's key."""
    letters = [
        Letter(
            request=request,
            file_name=printable(file_name),
            kind=facts.kind,
            media_type=facts.media_type,
            size=facts.size,
            sha256=facts.sha256,
            stored_as=stored[0],
            hints=[{"code": hint.code, "figure": hint.figure} for hint in facts.hints],
            uploaded_at=at,
            uploaded_by=by.user,
        )
        for request in requests
    ]
    Letter.objects.bulk_create(letters)
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
        for letter in letters
        for number, (page, name) in enumerate(zip(facts.pages, stored[1:], strict=True), start=1)
    )
    return {letter.request_id: letter for letter in letters}


def printable(file_name: str) -> str:
    """The name as the customer gave it, without what could hurt a header or a page."""
    return "".join(c for c in file_name if c.isprintable()).strip()[-200:] or "letter"


def erase(request: RevocationRequest, *, at: datetime) -> list[str]:
    """M6: mark the letters of a request as erased; returns the stored names to delete after the commit.

    A file that another request's letter still needs stays until that one is erased too.
    """
    letters = request.letters.filter(erased_at__isnull=True)
    mine = list(letters)
    letters.update(erased_at=at)
    shared = {letter.stored_as for letter in mine} & _still_needed(mine)
    alone = [letter for letter in mine if letter.stored_as not in shared]
    pictures = LetterPicture.objects.filter(letter__in=alone).values_list("stored_as", flat=True)
    return [*(letter.stored_as for letter in alone), *pictures]


def _still_needed(letters: list[Letter]) -> set[str]:
    names = [letter.stored_as for letter in letters]
    return set(Letter.objects.filter(stored_as__in=names, erased_at__isnull=True).values_list("stored_as", flat=True))
