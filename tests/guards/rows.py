"""Writing rows past Django's models, as somebody with a database client does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from revocation.models import Certificate, RevocationOrder, RevocationRequest
from tests.people import NOW

SQLITE = connection.vendor == "sqlite"
UNDECIDED = "an order needs a request that was decided"
only_sqlite = pytest.mark.skipif(not SQLITE, reason="SQLite's own statement")
only_postgresql = pytest.mark.skipif(SQLITE, reason="PostgreSQL's own statement")


def values(row: Model, **changed: Any) -> dict[str, Any]:
    """Return column -> value for a row, as the database takes it."""
    fields = {f.column: f.get_db_prep_save(getattr(row, f.attname), connection) for f in row._meta.concrete_fields}
    if fields.get("id", 0) is None:
        del fields["id"]
    return fields | changed


def insert(table: str, facts: dict[str, Any], verb: str = "INSERT", end: str = "") -> None:
    times = {name: value for name, value in facts.items() if isinstance(value, datetime)}
    facts = facts | {name: connection.ops.adapt_datetimefield_value(time) for name, time in times.items()}
    names, marks = ", ".join(f'"{name}"' for name in facts), ", ".join(["%s"] * len(facts))
    execute(f'{verb} INTO "{table}" ({names}) VALUES ({marks}) {end}', *facts.values())


def execute(statement: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params or None)


def count(model: type[Model]) -> int:
    return model._default_manager.count()


def order(certificate: Certificate, request: RevocationRequest, **more: Any) -> RevocationOrder:
    return RevocationOrder(certificate=certificate, request=request, reason=4, next_attempt_at=NOW, **more)


def insert_order(certificate: Certificate, request: RevocationRequest, verb: str = "INSERT", **more: Any) -> None:
    insert(RevocationOrder._meta.db_table, values(order(certificate, request), **more), verb)


@contextmanager
def refused(why: str = "") -> Iterator[None]:
    """Expect the statement to fail; the transaction of the test goes on."""
    with pytest.raises(IntegrityError, match=why or None), transaction.atomic():
        yield
