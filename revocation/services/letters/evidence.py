"""A1: evidence of an assisted request: added before submission or after a hand-back, kept with the decision.

Inspection and the store are those of letters, outside any transaction.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from revocation.marking import gettext_noop
from revocation.messages import table
from revocation.models import Actor, Event, EventKind, Evidence, RevocationRequest
from revocation.services.core.events import record
from revocation.services.core.transitions import ActorRefused, TransitionRefused, locked
from revocation.services.letters import identity, store
from revocation.services.letters.intake import take_in
from revocation.services.letters.store import LetterDamaged

MOST = 10
"""Files of one request."""


MESSAGES = table(
    "evidence",
    {
        "none_taken": gettext_noop("This request takes no evidence."),
        "submitted": gettext_noop("You cannot change the evidence after you submit the request."),
        "too_many": gettext_noop("A request can have up to %(most)s files."),
    },
    status=409,
)


class EvidenceClosed(TransitionRefused):
    """No evidence can be added or taken back now."""


def is_open(request: RevocationRequest) -> bool:
    return request.takes_evidence and request.is_editable


def refuse_unless_open(request: RevocationRequest, by: Actor) -> None:
    """Raise `ActorRefused` or `EvidenceClosed` unless the actor may add evidence now."""
    if not by.belongs_to(request.certificate.customer_id):
        raise ActorRefused("add_evidence", request, part=False)
    if not request.takes_evidence:
        raise EvidenceClosed("add_evidence", request, MESSAGES.message("none_taken"))
    if not request.is_editable:
        raise EvidenceClosed("add_evidence", request, MESSAGES.message("submitted"))
    if request.evidence.count() >= MOST:
        raise EvidenceClosed("add_evidence", request, MESSAGES.message("too_many", {"most": MOST}))


def add(request_id: int, *, by: Actor, at: datetime, data: bytes, file_name: str, size: int | None = None) -> Evidence:
    """Inspect, store and record a file. `size`: of the whole file when only its beginning was kept.

    Raises `ActorRefused`, `EvidenceClosed`, `LetterRejected` (with an event), `LettersUnavailable`. Nothing is left in
    the store when the file is not accepted.
    """
    request = RevocationRequest.objects.select_related("certificate").get(pk=request_id)
    refuse_unless_open(request, by)
    refused = EventKind.EVIDENCE_REFUSED
    taken = take_in(request, by=by, at=at, data=data, file_name=file_name, size=size, refused=refused)
    found = Evidence(request=request, uploaded_at=at, uploaded_by=by.user, **taken)
    try:
        return _accept(found, by=by, at=at)
    except IntegrityError:  # one_evidence_a_file: the second of two clicks
        store.delete(found.stored_names)
        return Evidence.objects.get(request=request_id, sha256=found.sha256)
    except BaseException:
        store.delete(found.stored_names)
        raise


def _accept(found: Evidence, *, by: Actor, at: datetime) -> Evidence:
    with transaction.atomic():
        request = locked(found.request_id)
        refuse_unless_open(request, by)
        found.save()
        record(EventKind.EVIDENCE_ADDED, by=by, at=at, request=request, data=_data(found))
        return found


def remove(request_id: int, evidence_id: int, *, by: Actor, at: datetime) -> None:
    """Take a file back, from a draft only: what was submitted once is kept. Idempotent."""
    with transaction.atomic():
        request = locked(request_id)
        if not by.belongs_to(request.certificate.customer_id):
            raise ActorRefused("remove_evidence", request, part=False)
        if not request.is_draft:
            raise EvidenceClosed("remove_evidence", request, MESSAGES.message("submitted"))
        found = request.evidence.filter(pk=evidence_id).first()
        if found is None:
            return
        names = found.stored_names
        record(EventKind.EVIDENCE_REMOVED, by=by, at=at, request=request, data=_data(found))
        found.delete()
        transaction.on_commit(lambda: store.delete(names))


def _data(found: Evidence) -> dict[str, object]:
    pictures = [page["sha256"] for page in found.pages]
    return {"sha256": found.sha256, "size": found.size, "kind": found.kind, "pictures": pictures}


def read_file(found: Evidence) -> bytes:
    """The original bytes. Raises `LetterDamaged` (with one alarm), `LetterMissing`, `StoreUnavailable`."""
    return _read(found, found.stored_as, found.sha256)


def read_page(found: Evidence, number: int) -> bytes:
    """The picture of a page, counted from 1. Raises as `read_file`."""
    page = found.pages[number - 1]
    return _read(found, page["stored_as"], page["sha256"])


def _read(found: Evidence, stored_as: str, sha256: str) -> bytes:
    try:
        return store.read(stored_as, sha256)
    except LetterDamaged:
        if not identity.is_right():
            raise
        events = Event.objects.filter(request_id=found.request_id, kind=EventKind.LETTER_DAMAGED)
        if not events.filter(data__stored_as=stored_as).exists():
            by, data = Actor.system("letter store"), {"stored_as": stored_as}
            record(EventKind.LETTER_DAMAGED, by=by, at=timezone.now(), request=found.request, data=data)
        raise


def erase(request: RevocationRequest, *, at: datetime) -> list[str]:
    """M6: mark the evidence of a request as erased; returns the stored names to delete after the commit."""
    rows = request.evidence.filter(erased_at__isnull=True)
    names = [name for found in rows for name in found.stored_names]
    rows.update(erased_at=at)
    return names
