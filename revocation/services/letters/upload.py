"""F6 to F10: uploading, replacing and reading letters. Inspection and the store are outside any transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from revocation import joining
from revocation.letters.facts import HINTS, WARNINGS
from revocation.marking import gettext_noop
from revocation.messages import Message, table
from revocation.models import Actor, EventKind, HeldLetter, Letter, LetterPicture, RequestState, RevocationRequest
from revocation.models.request.letter import LetterFile
from revocation.services.core.events import Subject, record_each
from revocation.services.core.transitions import ActorRefused, TransitionRefused, locked
from revocation.services.letters import intake, store
from revocation.services.letters.cover import covered, expected_codes

HELD_FOR = timedelta(hours=24)
"""How long an upload waits for the customer to look at it and keep it."""


class LetterSlotClosed(TransitionRefused):
    """F8, F10: no letter may be uploaded to this request now."""


MESSAGES = table(
    "letter_slot",
    {
        "no_letter": gettext_noop("This request takes no letter."),
        "waived": gettext_noop("No letter is needed because the domains are validated automatically."),
        "filled": gettext_noop("The letter is already uploaded. You cannot upload it again."),
        "submitted": gettext_noop("You cannot change the letter after you submit the request."),
        "not_held": gettext_noop("This file is no longer available. Upload it again."),
        "other_certificates": gettext_noop(
            "The certificates of this letter have changed. Download the template again."
        ),
    },
    status=409,
)


def why_closed(request: RevocationRequest) -> Message:
    """Why the slot is closed."""
    if not request.needs.letter:
        return MESSAGES.message("no_letter")
    if request.letter_waived:
        return MESSAGES.message("waived")
    if request.state in (RequestState.DRAFT, RequestState.HANDED_BACK):
        return MESSAGES.message("filled")
    return MESSAGES.message("submitted")


def upload(request_id: int, *, by: Actor, at: datetime, data: bytes, file_name: str, size: int | None = None) -> Letter:
    """Inspect, store and record a letter at once. `size`: of the whole file when only its beginning was kept.

    The customer is not asked to check it first. Where requests were filed together, the letter is for all that share it
    (`cover.covered`): one stored file, a row for each. Raises `ActorRefused`, `LetterSlotClosed`, `LetterRejected`
    (with an event), `LettersUnavailable`. Nothing is left in the store when the letter is not accepted.
    """
    taken = take_in(request_id, by=by, at=at, data=data, file_name=file_name, size=size)
    try:
        return accept(taken, by=by, at=at)
    except BaseException:
        store.delete(taken.stored_names)
        raise


def warnings(letter: LetterFile) -> list[str]:
    """Return what the customer may want to mend, with what was measured, in their language. Never a verdict."""
    noticed = [hint for hint in letter.hints if hint["code"] in WARNINGS]
    found = ((_(HINTS[hint["code"]]) % {"figure": hint["figure"]}, _(WARNINGS[hint["code"]])) for hint in noticed)
    return [joining.sentences(said) for said in found]


def hold(
    request_id: int, *, by: Actor, at: datetime, data: bytes, file_name: str, size: int | None = None
) -> HeldLetter:
    """Take a file in as `upload` does, but hold it until the customer has looked at it and keeps it (`keep`).

    It replaces a file that was held before.
    """
    taken = take_in(request_id, by=by, at=at, data=data, file_name=file_name, size=size)
    try:
        with transaction.atomic():
            refuse_unless_open(locked(request_id), by)
            _forget(HeldLetter.objects.filter(request=request_id))
            taken.save()
            return taken
    except BaseException:
        store.delete(taken.stored_names)
        raise


def submit_file(
    request_id: int, *, by: Actor, at: datetime, data: bytes, file_name: str, size: int | None = None
) -> Letter | HeldLetter:
    """Take the customer's file: as the letter, or held until they have looked at it.

    It is the letter at once where it may still be replaced (F8) and nothing was noticed. Raises as `upload`.
    """
    held = hold(request_id, by=by, at=at, data=data, file_name=file_name, size=size)
    if held.request.needs.replace_letter and not warnings(held):
        return keep(request_id, held.pk, by=by, at=at)
    return held


def keep(request_id: int, held_id: int, *, by: Actor, at: datetime) -> Letter:
    """F8: make the held file the letter.

    Raises `LetterSlotClosed` when it is not held any more, or was held for other certificates than it would be for now.
    """
    request = RevocationRequest.objects.select_related("certificate").get(pk=request_id)
    refuse_unless_open(request, by)
    held = HeldLetter.objects.filter(pk=held_id, request=request, expires_at__gt=at).first()
    if held is None:
        raise LetterSlotClosed("keep", request, MESSAGES.message("not_held"))
    if held.template_code != _template_code(request):
        raise LetterSlotClosed("keep", request, MESSAGES.message("other_certificates"))
    return accept(held, by=by, at=at)


def drop(request_id: int, *, by: Actor) -> None:
    """Forget what is held, because the customer takes another file. Idempotent."""
    with transaction.atomic():
        request = locked(request_id)
        if not by.belongs_to(request.certificate.customer_id):
            raise ActorRefused("drop", request, part=False)
        _forget(HeldLetter.objects.filter(request=request))


def expired(*, at: datetime) -> list[int]:
    """Held letters that nobody kept in time."""
    return list(HeldLetter.objects.filter(expires_at__lte=at).order_by("expires_at").values_list("pk", flat=True)[:200])


def forget_expired(held_id: int, *, at: datetime) -> None:
    with transaction.atomic():
        _forget(HeldLetter.objects.select_for_update().filter(pk=held_id, expires_at__lte=at))


def _forget(held: QuerySet[HeldLetter]) -> None:
    """Delete the rows now, and the files once the transaction is committed."""
    names = [name for letter in held for name in letter.stored_names]
    held.delete()
    transaction.on_commit(lambda: store.delete(names))


def refuse_unless_open(request: RevocationRequest, by: Actor) -> None:
    """Raise `ActorRefused` or `LetterSlotClosed` unless the actor may upload a letter now."""
    if not by.belongs_to(request.certificate.customer_id):
        raise ActorRefused("upload", request, part=False)
    if not request.letter_slot_is_open:
        raise LetterSlotClosed("upload", request, why_closed(request))


def take_in(request_id: int, *, by: Actor, at: datetime, data: bytes, file_name: str, size: int | None) -> HeldLetter:
    """Inspect and store, outside any transaction; return an unsaved row with what was found and where it lies."""
    request = RevocationRequest.objects.select_related("certificate").get(pk=request_id)
    refuse_unless_open(request, by)
    refused = EventKind.LETTER_REFUSED
    taken = intake.take_in(request, by=by, at=at, data=data, file_name=file_name, size=size, refused=refused)
    return HeldLetter(request=request, template_code=_template_code(request), expires_at=at + HELD_FOR, **taken)


def _template_code(request: RevocationRequest) -> str:
    return next((str(code) for code in expected_codes(request)), "")


def accept(taken: HeldLetter, *, by: Actor, at: datetime) -> Letter:
    """Make what was taken in the letter of all requests that it is for, and delete the row that held it."""
    try:
        with transaction.atomic():
            request = locked(taken.request_id)
            refuse_unless_open(request, by)
            if taken.pk and not HeldLetter.objects.filter(pk=taken.pk).delete()[0]:
                raise LetterSlotClosed("keep", request, MESSAGES.message("not_held"))
            requests = list(covered(request).select_for_update(of=("self",)))
            current = Letter.objects.filter(request__in=[r.pk for r in requests], superseded_at__isnull=True)
            replaced = current.update(superseded_at=at)
            written = _write_rows(requests, taken, by, at)
            data = {
                "sha256": taken.sha256,
                "size": taken.size,
                "kind": taken.kind,
                "pictures": [page["sha256"] for page in taken.pages],
                "covers": [r.number for r in requests],
            }
            kind = EventKind.LETTER_REPLACED if replaced else EventKind.LETTER_UPLOADED
            record_each(kind, [Subject(r.certificate, r, data) for r in requests], by=by, at=at)
            return written[request.pk]
    except IntegrityError:  # one_current_letter_a_request
        request = RevocationRequest.objects.get(pk=taken.request_id)
        raise LetterSlotClosed("upload", request, why_closed(request)) from None


COPIED = ("file_name", "kind", "media_type", "size", "sha256", "stored_as", "hints")


def _write_rows(requests: list[RevocationRequest], taken: HeldLetter, by: Actor, at: datetime) -> dict[int, Letter]:
    """Write a letter for each request, and its pictures; return the letters by the request's key."""
    fields = {name: getattr(taken, name) for name in COPIED}
    letters = [Letter(request=request, uploaded_at=at, uploaded_by=by.user, **fields) for request in requests]
    Letter.objects.bulk_create(letters)
    LetterPicture.objects.bulk_create(
        LetterPicture(letter=letter, number=number, **page)
        for letter in letters
        for number, page in enumerate(taken.pages, start=1)
    )
    return {letter.request_id: letter for letter in letters}


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
