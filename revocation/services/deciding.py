"""The reviewers' verbs: approve (alone, or the first of two), reject, hand back, vouch, note (R1 to R4, A1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from revocation.checklists import NOTHING, Checked, Item, checklist
from revocation.models import Actor, EventKind, RevocationRequest
from revocation.models.who_may import DECIDE
from revocation.policy import Route
from revocation.services.filing import order_revocations
from revocation.services.recording import record
from revocation.services.shown import NOTHING as NO_FILES
from revocation.services.shown import Shown
from revocation.services.taking import forget_glances, refuse_if_taken
from revocation.services.transitions import (
    ActorRefused,
    TransitionRefused,
    acting,
    lock_family,
    locked,
    release_family,
)


class WhyMissing(Exception):
    """R2: the customer must be able to read why."""


class KeyShared(WhyMissing):
    """N2: a reissue with the compromised key cannot be spared."""


class ChecklistIncomplete(Exception):
    """A required item of the route's checklist is not ticked. `items`: which; `str()` is a sentence."""

    def __init__(self, items: tuple[Item, ...]) -> None:
        self.items = items
        missing = " ".join(_(item.text) for item in items)
        super().__init__(_("Not everything on the checklist is ticked. Missing: %(items)s") % {"items": missing})


def _needs_why(why: str) -> str:
    if not why.strip():
        raise WhyMissing(_("Say why: the customer reads it."))
    return why.strip()


@contextmanager
def _deciding(
    request_id: int,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    event: EventKind,
    why: str,
    shown: str | None,
    data: dict[str, Any] | None = None,
) -> Iterator[RevocationRequest]:
    """`acting`, refused while somebody else is on the case or when other files were `shown` than there are now, and
    with an event for an attempt that R3 refuses."""
    kept = {} if data is None else data
    try:
        with acting(request_id, verb, by=by, at=at, event=event, why=why, data=kept) as request:
            refuse_if_taken(request, verb, by=by, at=at)
            kept |= _files_of(request, verb, shown)
            yield request
            forget_glances(request_id)
    except ActorRefused as refused:
        with transaction.atomic():
            request = locked(request_id)
            attempt = {"verb": verb, "takes_part": refused.takes_part}
            record(EventKind.DECISION_REFUSED, by=by, at=at, request=request, why=str(refused), data=attempt)
        raise


def _files_of(request: RevocationRequest, verb: str, shown: str | None) -> dict[str, Any]:
    """Threat 6: what the event keeps of the files. Raises `TransitionRefused` when `shown`, the digest of what the
    reviewer saw, is not that of what there is; None: the decision does not rest on files."""
    now = Shown.of(request)
    if shown is not None and shown != now.digest:
        sentence = _(
            "Other files belong to the request now than you were shown. Read the case again before you decide."
        )
        raise TransitionRefused(verb, request, sentence)
    return {"shown": now.as_data()} if now.files else {}


def approve(
    request_id: int, *, by: Actor, at: datetime, why: str = "", checked: Checked = NOTHING, shown: str = NO_FILES
) -> RevocationRequest:
    """R2, N2, M5: commits the decision and an order for each certificate that dies; the worker tells the authority.

    A reissue that appeared since submission is locked and ordered too. `checked`: what was ticked on the route's
    checklist, kept with the event; raises `ChecklistIncomplete`, whichever door it is. `shown`: the digest of the files
    that were looked at (`services.shown`); others are refused, and so is a letter that nobody says to have seen.
    """
    data: dict[str, Any] = {}
    with _deciding(
        request_id, "approve", by=by, at=at, event=EventKind.APPROVED, why=why, shown=shown, data=data
    ) as request:
        data |= _gone_through(request, checked)
        doomed = lock_family(request, at=at)
        request.approve(by=by.user, at=at, why=why)
        order_revocations(request, doomed, at=at)
    return request


def approve_original(
    request_id: int, *, by: Actor, at: datetime, why: str, checked: Checked = NOTHING, shown: str = NO_FILES
) -> RevocationRequest:
    """N2, the exception for a compromised key: only the certificate itself dies; its reissues, which have keys of their
    own, are *issued* again. `why` is kept, and so is what was spared.

    Raises `WhyMissing`; `KeyShared` when a living reissue has the compromised key.
    """
    data: dict[str, Any] = {"spared": []}
    why = _needs_why(why)
    with _deciding(
        request_id, "approve_original", by=by, at=at, event=EventKind.APPROVED, why=why, shown=shown, data=data
    ) as request:
        data |= _gone_through(request, checked)
        subject, *reissues = lock_family(request, at=at)
        if any(reissue.key_digest == subject.key_digest for reissue in reissues):
            raise KeyShared(_("A reissue has the same key. It is compromised as well: approve all together."))
        request.approve_original(by=by.user, at=at, why=why)
        release_family(request, spare=subject.pk)
        order_revocations(request, [subject], at=at)
        data["spared"] = [reissue.label for reissue in reissues]
    return request


def approve_first(
    request_id: int, *, by: Actor, at: datetime, why: str = "", checked: Checked = NOTHING, shown: str = NO_FILES
) -> RevocationRequest:
    """R3, where two must approve: the first of the two. The authority is told only after the second."""
    data: dict[str, Any] = {}
    kind = EventKind.FIRST_APPROVED
    with _deciding(request_id, "approve_first", by=by, at=at, event=kind, why=why, shown=shown, data=data) as request:
        data |= _gone_through(request, checked)
        request.approve_first(by=by.user, at=at, why=why)
    return request


def _gone_through(request: RevocationRequest, checked: Checked) -> dict[str, Any]:
    """The checklist of the request as it is now, for the event; raises `ChecklistIncomplete`."""
    items = checklist(Route(request.route), letter=request.needs_letter)
    if missing := checked.missing(items):
        raise ChecklistIncomplete(missing)
    return {"checklist": checked.as_data(items)}


def reject(request_id: int, *, by: Actor, at: datetime, why: str, shown: str | None = None) -> RevocationRequest:
    """R2, M4: with a reason that the customer reads; the certificate is *issued* again."""
    why = _needs_why(why)
    with _deciding(request_id, "reject", by=by, at=at, event=EventKind.REJECTED, why=why, shown=shown) as request:
        request.reject(by=by.user, at=at, why=why)
        release_family(request)
    return request


def hand_back(request_id: int, *, by: Actor, at: datetime, why: str, shown: str | None = None) -> RevocationRequest:
    """F8: for correction. The current letter is kept as an earlier one; its slot is open again."""
    why = _needs_why(why)
    with _deciding(request_id, "hand_back", by=by, at=at, event=EventKind.HANDED_BACK, why=why, shown=shown) as request:
        request.hand_back(by=by.user, at=at, why=why)
        request.letters.filter(superseded_at__isnull=True).update(superseded_at=at)
    return request


def vouch(request_id: int, *, by: Actor, at: datetime, why: str, shown: str | None = None) -> RevocationRequest:
    """A1: take an assisted request on, with a justification; someone else decides."""
    why = _needs_why(why)
    with _deciding(request_id, "vouch", by=by, at=at, event=EventKind.VOUCHED, why=why, shown=shown) as request:
        request.vouch(by=by.user, at=at, why=why)
    return request


def note(request_id: int, *, by: Actor, at: datetime, why: str) -> RevocationRequest:
    """An internal note in the record of a request, in any state but a draft's; the customer never sees it."""
    if not why.strip():
        raise WhyMissing(_("Write something: an empty note helps nobody."))
    with transaction.atomic():
        request = locked(request_id)
        if not by.may(DECIDE) or by.belongs_to(request.certificate.customer_id):
            raise ActorRefused("note", request, part=False)
        if request.submitted_at is None:
            raise TransitionRefused("note", request)
        record(EventKind.NOTED, by=by, at=at, request=request, why=why.strip())
        return request
