"""Which names are to be checked next, in a fair order, and taking them: each by one worker at a time (O7).

A claim is a lease in the row. Whoever dies loses nothing: its leases run out, and others take the names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from revocation.models import NameProof

LEASE = timedelta(seconds=90)
"""Longer than a check may take and its outcome waits to be written."""


@dataclass(frozen=True)
class Due:
    """A name whose check is due. `asked`: the customer pressed *Check now*."""

    proof_id: int
    customer_id: int
    asked: bool


def due_names(*, at: datetime, limit: int = 1000) -> list[Due]:
    """Those asked for first, then the routine ones. Among each the customers take turns, however many names one has."""
    routine = ExpressionWrapper(Q(asked_at__isnull=True), output_field=BooleanField())
    turn = Window(
        RowNumber(), partition_by=F("request__certificate__customer"), order_by=[routine, "next_check_at", "pk"]
    )
    rows = _free(at).annotate(routine=routine, turn=turn).order_by("routine", "turn", "next_check_at", "pk")
    named = rows.values_list("pk", "request__certificate__customer", "routine")[:limit]
    return [Due(pk, customer, not routine) for pk, customer, routine in named]


def claim(proof_ids: Iterable[int], *, at: datetime) -> list[NameProof]:
    """Takes those of the names that are still due and free, in one short transaction. Each comes with its request,
    certificate and brand, and with the lease that the outcome must show."""
    with transaction.atomic():
        rows = _free(at).filter(pk__in=list(proof_ids)).order_by("pk")
        taken = list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
        NameProof.objects.filter(pk__in=taken).update(lease_until=at + LEASE)
    return list(NameProof.objects.select_related("request__certificate__brand").filter(pk__in=taken))


def release(proofs: Iterable[NameProof]) -> None:
    """Gives names back that were claimed and not checked: a worker that ends early."""
    for proof in proofs:
        NameProof.objects.filter(pk=proof.pk, lease_until=proof.lease_until).update(lease_until=None)


def _free(at: datetime) -> QuerySet[NameProof]:
    unclaimed = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    return NameProof.objects.filter(unclaimed, next_check_at__isnull=False, next_check_at__lte=at)
