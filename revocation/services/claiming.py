"""Which names are to be checked next, in a fair order, and taking them: each by one worker at a time (O7).

A claim is a lease in the row. Whoever dies loses nothing: its leases run out, and others take the names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from revocation.models import NameProof, record_kind
from revocation.ownership.challenge import Challenge

LEASE = timedelta(seconds=90)
"""Longer than a check may take and its outcome waits to be written."""


@dataclass(frozen=True)
class Due:
    """A name whose check is due. `asked`: the customer pressed *Check now*."""

    proof_id: int
    customer_id: int
    asked: bool


@dataclass(frozen=True)
class Claimed:
    """A name as it was claimed: all that the check and its outcome need, read once, so that no check touches the
    database. Plain columns: four model objects a name would cost more than the look-up. `before`: the last outcome."""

    pk: int
    name: str
    method: str
    lease_until: datetime
    attempts: int
    asked: bool
    before: dict[str, Any]
    request_id: int
    deadline: datetime | None
    challenge: Challenge
    record: str


COLUMNS = (
    *("pk", "name", "method", "lease_until", "attempts", "asked_at", "outcome", "request_id", "automatic"),
    *(f"request__{name}" for name in ("ownership_deadline", "challenge_value", "challenge_file")),
    "request__certificate__brand__proof_record",
)


def due_names(*, at: datetime, limit: int = 1000) -> list[Due]:
    """Those asked for first, then the routine ones. Among each the customers take turns, however many names one has."""
    routine = ExpressionWrapper(Q(asked_at__isnull=True), output_field=BooleanField())
    turn = Window(
        RowNumber(), partition_by=F("request__certificate__customer"), order_by=[routine, "next_check_at", "pk"]
    )
    rows = _free(at).annotate(routine=routine, turn=turn).order_by("routine", "turn", "next_check_at", "pk")
    named = rows.values_list("pk", "request__certificate__customer", "routine")[:limit]
    return [Due(pk, customer, not routine) for pk, customer, routine in named]


def claim(proof_ids: Iterable[int], *, at: datetime) -> list[Claimed]:
    """Takes those of the names that are still due and free, in one short transaction. Each comes with the lease that
    the outcome must show."""
    with transaction.atomic():
        rows = _free(at).filter(pk__in=list(proof_ids)).order_by("pk")
        taken = list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
        NameProof.objects.filter(pk__in=taken).update(lease_until=at + LEASE)
    mine = NameProof.objects.filter(pk__in=taken, lease_until=at + LEASE).order_by("pk")
    return [_claimed(*row) for row in mine.values_list(*COLUMNS)]


def _claimed(
    pk: int,
    name: str,
    method: str,
    lease_until: datetime,
    attempts: int,
    asked_at: datetime | None,
    outcome: dict[str, Any],
    request_id: int,
    automatic: str,
    deadline: datetime | None,
    value: str,
    file_name: str,
    proof_record: str,
) -> Claimed:
    kept = (pk, name, method, lease_until, attempts, asked_at is not None, outcome, request_id, deadline)
    return Claimed(*kept, Challenge(value, file_name), record_kind(automatic, proof_record))


def release(proofs: Iterable[Claimed]) -> None:
    """Gives names back that were claimed and not checked: a worker that ends early."""
    for proof in proofs:
        NameProof.objects.filter(pk=proof.pk, lease_until=proof.lease_until).update(lease_until=None)


def _free(at: datetime) -> QuerySet[NameProof]:
    unclaimed = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    return NameProof.objects.filter(unclaimed, next_check_at__isnull=False, next_check_at__lte=at)
