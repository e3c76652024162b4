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

OUTCOME = cast("models.Field[Any, Any]", NameProof._meta.get_field("outcome"))

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
        """What `STATEMENT` is filled with, as the database's driver takes it."""
        moment, proof = connection.ops.adapt_datetimefield_value, self.proof
        outcome = OUTCOME.get_db_prep_save(self.outcome, connection)
        written = [proof.attempts + 1, moment(self.checked_at), outcome, moment(self.next_check_at)]
        return [*written, proof.pk, moment(proof.lease_until), proof.method]


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
