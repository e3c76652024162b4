"""Claims on the names that are to be checked next, in a fair order: each by one worker at a time (O7).

A claim is a lease in the row. If a worker dies, nothing is lost: its leases run out, and others take the names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q, Window
from django.db.models.functions import RowNumber

from revocation.models import NameProof, record_kind
from revocation.ownership.challenge import Challenge
from revocation.services.core.backoff import Pauses

LEASE = timedelta(seconds=90)
"""Longer than a check may take, plus the wait until its outcome is written."""

PAUSES = Pauses.of_minutes(1, 2, 5, 10, 30, 60, spread=0.1)
"""Between two failed checks of a name. Chance makes them longer, never shorter, so that a cached answer has expired."""


@dataclass(frozen=True)
class Due:
    """A name whose check is due. `asked`: the customer pressed *Check now*."""

    proof_id: int
    customer_id: int
    asked: bool


@dataclass(frozen=True)
class Claimed:
    """A name as it was claimed. `before`: the last outcome.

    All that the check and its outcome need is read once, so that no check touches the database. These are plain
    columns: four model objects for each name would cost more than the look-up.
    """

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
    """Return the names that are due: those asked for first, then the routine ones.

    Among each the customers take turns, however many names one has.
    """
    routine = ExpressionWrapper(Q(asked_at__isnull=True), output_field=BooleanField())
    turn = Window(
        RowNumber(), partition_by=F("request__certificate__customer"), order_by=[routine, "next_check_at", "pk"]
    )
    rows = (
        NameProof.to_check.due(at)
        .annotate(routine=routine, turn=turn)
        .order_by("routine", "turn", "next_check_at", "pk")
    )
    named = rows.values_list("pk", "request__certificate__customer", "routine")[:limit]
    return [Due(pk, customer, not routine) for pk, customer, routine in named]


def claim(proof_ids: Iterable[int], *, at: datetime) -> list[Claimed]:
    """Claim those of the names that are still due and free. Each comes with the lease that the outcome must show."""
    taken = NameProof.to_check.claim(list(proof_ids), at=at, lease=LEASE)
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
    """Release names that were claimed and not checked, because the worker ends early or the method was changed."""
    claimed: dict[datetime, list[int]] = {}
    for proof in proofs:
        claimed.setdefault(proof.lease_until, []).append(proof.pk)
    for until, pks in claimed.items():
        NameProof.to_check.release(pks, at=until - LEASE, lease=LEASE)
