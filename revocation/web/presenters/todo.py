"""*Action needed*: what waits for the customer, what to do next, and by when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from revocation.models import Letter, RevocationRequest
from revocation.models.request.states import WITH_CUSTOMER

SHOWN = 20
"""Requests shown on the page of *My Certificates*. All of them are under *Requests*."""

NEXT_ACT: dict[str, tuple[Promise, Promise, str]] = {
    "reason": (_("Select a reason for the revocation."), _("Give reason"), "reason"),
    "reason_text": (_("Explain the reason for the revocation."), _("Give reason"), "reason"),
    "letter": (_("Upload the signed and stamped letter."), _("Upload letter"), "letter"),
    "evidence": (_("Add the evidence for your case."), _("Add evidence"), "evidence"),
    "submit": (_("The request is complete. Review and submit it."), _("Review and submit"), "request"),
    "correct": (_("A reviewer asks for a correction."), _("Correct request"), "request"),
    "prove": (_("Prove that you control the names."), _("Prove ownership"), "ownership"),
}
"""What comes next: a sentence, the button, and the page it leads to."""


@dataclass(frozen=True)
class Todo:
    """A request that waits for the customer, with what to do. `until`: its deadline, None if it has none."""

    case: RevocationRequest
    sentence: Promise
    button: Promise
    url: str
    until: datetime | None


def todos(customers: Sequence[int]) -> list[Todo]:
    """Return what waits for these customers, nearest deadline first.

    The queries follow the index of open requests that are in no queue, so that other requests cost nothing. The rows
    are read only where something waits, which for most people is rare.
    """
    if not _waiting(customers).exists():
        return []
    keys = [key for customer in customers for key in _first(customer, dated=True)]
    if len(keys) < SHOWN:
        keys += [key for customer in customers for key in _first(customer, dated=False)]
    current = Letter.objects.filter(request=OuterRef("pk"), superseded_at__isnull=True)
    rows = RevocationRequest.objects.select_related("certificate").annotate(has_letter=Exists(current))
    cases = rows.in_bulk(keys).values()
    dated = sorted((case for case in cases if case.due_at), key=attrgetter("due_at", "pk"))
    undated = sorted((case for case in cases if not case.due_at), key=attrgetter("pk"))
    return [_todo(case) for case in (dated + undated)[:SHOWN]]


def _waiting(customers: Sequence[int]) -> QuerySet[RevocationRequest]:
    waiting: QuerySet[RevocationRequest] = RevocationRequest.objects.filter(
        is_open=True,
        queued_at__isnull=True,
        customer__in=customers,
        state__in=WITH_CUSTOMER,
        certificate__hidden_at__isnull=True,
    )
    return waiting


def _first(customer: int, *, dated: bool) -> QuerySet[RevocationRequest, int]:
    """Return the keys of one organisation's first requests, with or without a deadline, in the order of the index.

    SQLite would sort all of them for one order that puts those without a deadline last.
    """
    rows = _waiting([customer]).filter(due_at__isnull=not dated)
    return rows.order_by("due_at", "pk").values_list("pk", flat=True)[:SHOWN]


def _todo(case: RevocationRequest) -> Todo:
    sentence, button, page = NEXT_ACT[next_act(case, has_letter=case.has_letter)]  # type: ignore[attr-defined]
    return Todo(case, sentence, button, reverse(page, args=[case.pk]), case.due_at)


def next_act(case: RevocationRequest, *, has_letter: bool) -> str:
    """The key in `NEXT_ACT` of what the customer does next with an open request that waits for them."""
    if case.is_awaiting_proof:
        return "prove"
    if case.is_handed_back and case.handed_back_at:
        return "correct"
    missing = case.missing_with(has_letter=has_letter)
    return missing[0] if missing else "submit"
