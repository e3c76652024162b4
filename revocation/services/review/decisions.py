"""The reviewers' verbs: approve (alone, or the first of two), reject, hand back, vouch, note (R1 to R4, A1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from revocation.checklists import NOTHING, Checked, Item, checklist
from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.models import Actor, Certificate, EventKind, RevocationRequest
from revocation.models.request.permissions import DECIDE
from revocation.policy import Route
from revocation.services.core.events import record
from revocation.services.core.transitions import (
    ActorRefused,
    Transition,
    TransitionRefused,
    acting,
    lock_family,
    locked,
    release_family,
)
from revocation.services.review.assignment import forget_views, refuse_if_assigned
from revocation.services.review.reuse import reuse_of
from revocation.services.review.reviewed_files import NOTHING as NO_FILES
from revocation.services.review.reviewed_files import ReviewedFiles

MESSAGES = table(
    "review",
    {
        "reason_missing": gettext_noop("Enter a reason. The customer sees it."),
        "note_empty": gettext_noop("Enter a note."),
        "checklist_incomplete": gettext_noop("Complete the checklist. Not ticked: %(items)s"),
        "item": "%(text)s",
    },
    status=422,
    words=frozenset({"text"}),
)
CONFLICTS = table(
    "review",
    {
        "key_shared": gettext_noop(
            "A reissue has the same key and is also compromised. Approve all certificates together."
        ),
        "other_files": gettext_noop(
            "The files of this request have changed. Read the request again before you decide."
        ),
    },
    status=409,
)


class ReasonRequired(Refused):
    """R2: the customer must be able to read why."""

    subject = "review"


class ReissueSharesKey(ReasonRequired):
    """N2: a reissue with the compromised key cannot be excluded."""


class ChecklistIncomplete(Refused):
    """A required item of the route's checklist is not ticked. `items`: which."""

    subject = "review"

    def __init__(self, items: tuple[Item, ...]) -> None:
        super().__init__("checklist_incomplete", items=[MESSAGES.message("item", {"text": i.text}) for i in items])
        self.items = items


def _needs_why(why: str) -> str:
    if not why.strip():
        raise ReasonRequired("reason_missing")
    return why.strip()


@contextmanager
def _deciding(
    transition: Transition,
    request_id: int,
    *,
    by: Actor,
    at: datetime,
    why: str,
    shown: str | None,
    data: dict[str, Any] | None = None,
    affected: list[Certificate] | None = None,
) -> Iterator[RevocationRequest]:
    """Do as `acting`, for a decision.

    It is refused while the case is assigned to somebody else, or when the files `shown` are not those that there are
    now. An attempt that R3 refuses leaves an event.
    """
    verb, kept = transition.__name__, {} if data is None else data
    try:
        with acting(transition, request_id, by=by, at=at, why=why, data=kept, affected=affected) as request:
            refuse_if_assigned(request, verb, by=by, at=at)
            kept |= _files_of(request, verb, shown)
            yield request
            forget_views(request_id)
    except ActorRefused as refused:
        with transaction.atomic():
            request = locked(request_id)
            attempt = {"verb": verb, "takes_part": refused.takes_part}
            record(
                EventKind.DECISION_REFUSED, by=by, at=at, request=request, why=refused.message.in_english, data=attempt
            )
        raise


def _files_of(request: RevocationRequest, verb: str, shown: str | None) -> dict[str, Any]:
    """Threat 6, R7: return what the event keeps of the files, and of where they were sent before.

    `shown`: the digest of what the reviewer saw; None: the decision does not rest on files. Raises `TransitionRefused`
    when the files are not those.
    """
    now = ReviewedFiles.of(request)
    if shown is not None and shown != now.digest:
        raise TransitionRefused(verb, request, CONFLICTS.message("other_files"))
    return {"shown": now.as_data(), **reuse_of(request, now).as_data()} if now.files else {}


def approve(
    request_id: int, *, by: Actor, at: datetime, why: str = "", checked: Checked = NOTHING, shown: str = NO_FILES
) -> RevocationRequest:
    """R2, N2, M5: commit the decision and an order for each affected certificate; the worker sends them.

    A reissue that appeared since submission is locked and ordered too. `checked`: what was ticked on the route's
    checklist, kept with the event. Raises `ChecklistIncomplete`, whichever door it is. `shown`: the digest of the files
    that were looked at (`services.review.reviewed_files`). Other files are refused, and so is a letter that nobody says
    to have seen.
    """
    data: dict[str, Any] = {}
    affected: list[Certificate] = []
    with _deciding(
        RevocationRequest.approve, request_id, by=by, at=at, why=why, shown=shown, data=data, affected=affected
    ) as request:
        data |= _gone_through(request, checked)
        affected += lock_family(request, at=at)
        request.approve(by=by.user, at=at, why=why)
    return request


def approve_original(
    request_id: int, *, by: Actor, at: datetime, why: str, checked: Checked = NOTHING, shown: str = NO_FILES
) -> RevocationRequest:
    """N2, the exception for a compromised key: approve the revocation of the certificate itself only.

    Its reissues, which have keys of their own, are *issued* again. `why` is kept, and so is what was excluded. Raises
    `ReasonRequired`; `ReissueSharesKey` when a living reissue has the compromised key.
    """
    data: dict[str, Any] = {"spared": []}
    affected: list[Certificate] = []
    why, verb = _needs_why(why), RevocationRequest.approve_original
    with _deciding(verb, request_id, by=by, at=at, why=why, shown=shown, data=data, affected=affected) as request:
        data |= _gone_through(request, checked)
        subject, *reissues = lock_family(request, at=at)
        if any(reissue.key_digest == subject.key_digest for reissue in reissues):
            raise ReissueSharesKey("key_shared")
        request.approve_original(by=by.user, at=at, why=why)
        release_family(request, spare=subject.pk)
        affected.append(subject)
        data["spared"] = [reissue.label for reissue in reissues]
    return request


def approve_first(
    request_id: int, *, by: Actor, at: datetime, why: str = "", checked: Checked = NOTHING, shown: str = NO_FILES
) -> RevocationRequest:
    """R3, where two must approve: give the first approval. Nothing is sent to the authority before the second."""
    data: dict[str, Any] = {}
    verb = RevocationRequest.approve_first
    with _deciding(verb, request_id, by=by, at=at, why=why, shown=shown, data=data) as request:
        data |= _gone_through(request, checked)
        request.approve_first(by=by.user, at=at, why=why)
    return request


def _gone_through(request: RevocationRequest, checked: Checked) -> dict[str, Any]:
    """Return the current checklist of the request, as ticked, for the event. Raises `ChecklistIncomplete`."""
    items = checklist(Route(request.route), letter=request.needs_letter)
    if missing := checked.missing(items):
        raise ChecklistIncomplete(missing)
    return {"checklist": checked.as_data(items)}


def reject(request_id: int, *, by: Actor, at: datetime, why: str, shown: str | None = None) -> RevocationRequest:
    """R2, M4: reject with a reason that the customer reads. The certificate is *issued* again."""
    why = _needs_why(why)
    with _deciding(RevocationRequest.reject, request_id, by=by, at=at, why=why, shown=shown) as request:
        request.reject(by=by.user, at=at, why=why)
        release_family(request)
    return request


def hand_back(request_id: int, *, by: Actor, at: datetime, why: str, shown: str | None = None) -> RevocationRequest:
    """F8: hand back for correction. The current letter is kept as an earlier one, and its slot is open again."""
    why = _needs_why(why)
    with _deciding(RevocationRequest.hand_back, request_id, by=by, at=at, why=why, shown=shown) as request:
        request.hand_back(by=by.user, at=at, why=why)
        request.letters.filter(superseded_at__isnull=True).update(superseded_at=at)
    return request


def vouch(request_id: int, *, by: Actor, at: datetime, why: str, shown: str | None = None) -> RevocationRequest:
    """A1: vouch for an assisted request, with a justification. Someone else decides."""
    why = _needs_why(why)
    with _deciding(RevocationRequest.vouch, request_id, by=by, at=at, why=why, shown=shown) as request:
        request.vouch(by=by.user, at=at, why=why)
    return request


def note(request_id: int, *, by: Actor, at: datetime, why: str) -> RevocationRequest:
    """Add an internal note to the record of a request, in any state but a draft's. The customer never sees it."""
    if not why.strip():
        raise ReasonRequired("note_empty")
    with transaction.atomic():
        request = locked(request_id)
        if not by.may(DECIDE) or by.belongs_to(request.certificate.customer_id):
            raise ActorRefused("note", request, part=False)
        if request.submitted_at is None:
            raise TransitionRefused("note", request)
        record(EventKind.NOTED, by=by, at=at, request=request, why=why.strip())
        return request
