"""A1: evidence of an assisted request: added until it is submitted and after a hand-back, kept with the decision.

Inspection and the store are those of letters, outside any transaction.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from revocation.letters.inspection import LetterRejected
from revocation.models import Actor, Event, EventKind, Evidence, RequestState, RevocationRequest
from revocation.services import letter_store
from revocation.services.inspecting import inspected
from revocation.services.letter_store import LetterDamaged
from revocation.services.letters import printable
from revocation.services.recording import record
from revocation.services.transitions import ActorRefused, TransitionRefused, locked

MOST = 10
"""Files of one request."""

OPEN = (RequestState.DRAFT, RequestState.HANDED_BACK)


class EvidenceClosed(TransitionRefused):
    """No evidence can be added or taken back now; `str()` says why."""


def is_open(request: RevocationRequest) -> bool:
    return request.needs.evidence and request.state in OPEN


def refuse_unless_open(request: RevocationRequest, by: Actor) -> None:
    """Raises `ActorRefused`, `EvidenceClosed`."""
    if not by.belongs_to(request.certificate.customer_id):
        raise ActorRefused("add_evidence", request, part=False)
    if not request.needs.evidence:
        raise EvidenceClosed("add_evidence", request, _("This request takes no evidence."))
    if request.state not in OPEN:
        raise EvidenceClosed("add_evidence", request, _("The request is submitted; its evidence is final."))
    if request.evidence.count() >= MOST:
        sentence = _("There are %(most)s files already, which is the most for one request.") % {"most": MOST}
        raise EvidenceClosed("add_evidence", request, sentence)


def add(request_id: int, *, by: Actor, at: datetime, data: bytes, file_name: str, size: int | None = None) -> Evidence:
    """Inspect, store, record. `size`: of the whole file when only its beginning was kept.

    Raises `ActorRefused`, `EvidenceClosed`, `LetterRejected` (with an event), `LettersUnavailable`. Nothing is left in
    the store when the file is not accepted.
    """
    request = RevocationRequest.objects.select_related("certificate").get(pk=request_id)
    refuse_unless_open(request, by)
    try:
        facts = inspected(data, request=request, file_name=file_name, size=size)
    except LetterRejected as rejected:
        refusal = {"code": rejected.code, "params": rejected.params, "file": file_name[:200], "size": size or len(data)}
        record(EventKind.EVIDENCE_REFUSED, by=by, at=at, request=request, why=str(rejected), data=refusal)
        raise
    names = letter_store.write([data, *(page.data for page in facts.pages)])
    pages = [
        {"media_type": p.media_type, "width": p.width, "height": p.height, "sha256": p.sha256, "stored_as": name}
        for p, name in zip(facts.pages, names[1:], strict=True)
    ]
    found = Evidence(
        request=request,
        file_name=printable(file_name),
        kind=facts.kind,
        media_type=facts.media_type,
        size=facts.size,
        sha256=facts.sha256,
        stored_as=names[0],
        hints=[{"code": hint.code, "figure": hint.figure} for hint in facts.hints],
        pages=pages,
        uploaded_at=at,
        uploaded_by=by.user,
    )
    try:
        return _accept(found, by=by, at=at)
    except IntegrityError:  # one_evidence_a_file: the second of two clicks
        letter_store.delete(names)
        return Evidence.objects.get(request=request_id, sha256=facts.sha256)
    except BaseException:
        letter_store.delete(names)
        raise


def _accept(found: Evidence, *, by: Actor, at: datetime) -> Evidence:
    with transaction.atomic():
        request = locked(found.request_id)
        refuse_unless_open(request, by)
        found.save()
        record(EventKind.EVIDENCE_ADDED, by=by, at=at, request=request, data=_data(found))
        return found


def remove(request_id: int, evidence_id: int, *, by: Actor, at: datetime) -> None:
    """Take a file back, from a draft only: what was submitted once is kept. Twice is the same as once."""
    with transaction.atomic():
        request = locked(request_id)
        if not by.belongs_to(request.certificate.customer_id):
            raise ActorRefused("remove_evidence", request, part=False)
        if request.state != RequestState.DRAFT:
            raise EvidenceClosed("remove_evidence", request, _("The request is submitted; its evidence is final."))
        found = request.evidence.filter(pk=evidence_id).first()
        if found is None:
            return
        names = found.stored_names
        record(EventKind.EVIDENCE_REMOVED, by=by, at=at, request=request, data=_data(found))
        found.delete()
        transaction.on_commit(lambda: letter_store.delete(names))


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
        return letter_store.read(stored_as, sha256)
    except LetterDamaged:
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
