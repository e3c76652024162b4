"""Writing down many outcomes at once, by one prepared statement that the ORM cannot express.

Composing an UPDATE for every name costs the sweep more than looking for its record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db import connection, models

from revocation.models import NameProof
from revocation.services.ownership.claims import Claimed, release

WRITTEN = ("attempts", "checked_at", "outcome", "next_check_at")

STATEMENT = """
    UPDATE revocation_nameproof
    SET attempts = %s, checked_at = %s, outcome = %s, next_check_at = %s, asked_at = NULL, lease_until = NULL
    WHERE id = %s AND lease_until = %s AND method = %s
"""


@dataclass(frozen=True)
class Looked:
    """What is to be written about one name as it was claimed."""

    proof: Claimed
    checked_at: datetime
    outcome: dict[str, Any]
    next_check_at: datetime | None

    @property
    def values(self) -> list[Any]:
        written = [self.proof.attempts + 1, self.checked_at, self.outcome, self.next_check_at]
        conditions = [("id", self.proof.pk), ("lease_until", self.proof.lease_until), ("method", self.proof.method)]
        return [_prepared(*pair) for pair in (*zip(WRITTEN, written, strict=True), *conditions)]


def write_down(outcomes: Sequence[Looked]) -> None:
    """Write all outcomes in the caller's transaction.

    One whose lease was lost does not count. If the method of a name was changed meanwhile, the name is released, free
    for the other method.
    """
    with connection.cursor() as cursor:
        cursor.executemany(STATEMENT, [outcome.values for outcome in outcomes])
    _give_back(outcome.proof for outcome in outcomes)


def _give_back(proofs: Iterable[Claimed]) -> None:
    claimed = {proof.pk: proof for proof in proofs}
    held = NameProof.objects.filter(pk__in=claimed, lease_until__isnull=False).values_list("pk", "lease_until")
    release(claimed[pk] for pk, until in held if until == claimed[pk].lease_until)


def _prepared(column: str, given: Any) -> Any:
    """Return the value as the database's driver takes it."""
    field = cast("models.Field[Any, Any]", NameProof._meta.get_field(column))
    return field.get_db_prep_save(given, connection)
