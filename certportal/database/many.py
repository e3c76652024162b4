"""Many rows in few statements.

`bulk_create` and `save` build a model's row for each of them, which takes longer than writing it. These functions take
names of columns (`filed_by_id`, not `filed_by`) and values, as the model's fields hold them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, JSONField, Model

Columns = Mapping[str, Any]
"""Names of columns → values."""

PLAIN = frozenset({int, str, type(None)})
FEW = 4
"""Up to so many groups of rows that get the same values are written by one UPDATE each, more by `executemany`."""

INSERTED_TOGETHER = 500
"""Rows of one INSERT. A statement of SQLite has at most 32 766 parameters."""


def insert_rows(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[int]:
    """Insert rows and return their keys, in the same order. `names`: the columns of all rows."""
    fields = _fields(model, names)
    columns = ", ".join(map(_quoted, fields))
    holders = f"({', '.join(['%s'] * len(fields))})"
    keys: list[int] = []
    for some in _batches([_prepared(fields, row) for row in rows], INSERTED_TOGETHER):
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {_table(model)} ({columns}) VALUES {', '.join([holders] * len(some))} RETURNING id",  # noqa: S608
                [value for row in some for value in row],
            )
            keys += [key for (key,) in cursor.fetchall()]
    return keys


def update_rows(model: type[Model], changes: Mapping[int, Columns], only: Mapping[int, Columns] | None = None) -> int:
    """Write to each row its columns, in one statement for all that get the same; return how many rows were written.

    `only`: what must still stand in a row for it to be written.
    """
    alike: dict[tuple[str, str], list[int]] = {}
    for pk, columns in changes.items():
        if columns:
            alike.setdefault((repr(only[pk]) if only else "", repr(columns)), []).append(pk)
    groups: dict[tuple[str, tuple[str, ...]], list[list[int]]] = {}
    for (condition, _), pks in alike.items():
        groups.setdefault((condition, tuple(changes[pks[0]])), []).append(pks)
    written = 0
    for each in groups.values():
        holds = only[each[0][0]] if only else {}
        if len(each) <= FEW:
            written += sum(model._base_manager.filter(pk__in=pks, **holds).update(**changes[pks[0]]) for pks in each)
        else:
            written += _update_one_by_one(model, {pk: changes[pk] for pks in each for pk in pks}, holds)
    return written


def _update_one_by_one(model: type[Model], changes: Mapping[int, Columns], only: Columns) -> int:
    """Write to each row its own values of the same columns; return how many rows there were."""
    names = list(next(iter(changes.values())))
    fields = [*_fields(model, names), model._meta.pk, *_fields(model, only)]
    rows = [_prepared(fields, (*columns.values(), pk, *only.values())) for pk, columns in changes.items()]
    written = ", ".join(f"{_quoted(field)} = %s" for field in fields[: len(names)])
    where = " AND ".join(f"{_quoted(field)} = %s" for field in fields[len(names) :])
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {_table(model)} SET {written} WHERE {where}", rows)  # noqa: S608
        return int(cursor.rowcount)


def _batches(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _fields(model: type[Model], names: Iterable[str]) -> list[Field[Any, Any]]:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    return [by_name[name] for name in names]


def _prepared(fields: Sequence[Field[Any, Any]], values: Sequence[Any]) -> list[Any]:
    """Return the values as the database's driver takes them."""
    return [
        value
        if type(value) in PLAIN and not isinstance(field, JSONField)
        else field.get_db_prep_save(value, connection)
        for field, value in zip(fields, values, strict=True)
    ]


def _quoted(field: Field[Any, Any]) -> str:
    return str(connection.ops.quote_name(str(field.column)))


def _table(model: type[Model]) -> str:
    return str(connection.ops.quote_name(model._meta.db_table))
