"""A million rows in minutes: one statement copies a row that the services made, and the indexes come afterwards.

PostgreSQL: a throw-away server, whose role may switch off triggers (`python -m tests.postgresql`). What the triggers
would check holds for the copies because it holds for the row that is copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import Max, Model

STEP = 1_000_000
"""The distance between the ids of what the services make and of copies."""
INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid = %s::regclass
    AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""


def copies(row: Model, number: int, first: int, changed: dict[str, str]) -> None:
    """Copy a row `number` times. Copy `n` has the id `first` + n.

    `changed`: column → SQL over `n`, which runs from 1.
    """
    table, columns = row._meta.db_table, [field.column for field in row._meta.concrete_fields]
    changed = {"id": f"n + {first}"} | changed
    values = ", ".join(changed.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with _without_indexes(table), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) {_series(number)} SELECT {values} FROM {table} t, s WHERE t.id = {row.pk}"  # noqa: S608
        )


@contextmanager
def quick_writes() -> Iterator[None]:
    """On SQLite do without its log and without waiting for the disk: a crash would cost the benchmark alone."""
    if connection.vendor == "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-500000"):
            cursor.execute(f"PRAGMA {pragma}")
        try:
            yield
        finally:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-2000"):
                cursor.execute(f"PRAGMA {pragma}")


def next_id(model: type[Model]) -> int:
    last: int | None = model._default_manager.aggregate(last=Max("pk"))["last"]
    return (last or 0) // STEP * STEP + STEP


def settle() -> None:
    """Update the statistics of the tables, as a server does by itself in quieter hours."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _series(number: int) -> str:
    if connection.vendor == "postgresql":
        return f"WITH s(n) AS (SELECT generate_series(1, {number}))"
    return f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {number})"  # noqa: S608


@contextmanager
def _without_indexes(table: str) -> Iterator[None]:
    """Do without triggers and without the indexes that belong to no constraint (PostgreSQL). SQLite keeps them."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, [table])
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            cursor.execute(definition)
