"""Many rows in few statements.

`bulk_create` and `save` build a model's row for each of them, which takes longer than writing it. These functions take
names of columns (`filed_by_id`, not `filed_by`) and values, as the model's fields hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, connections
from django.db.models import DateTimeField, Field, JSONField, Model

Columns = Mapping[str, Any]
"""Names of columns → values."""

PLAIN = frozenset({bool, int, str, type(None)})
FEW = 4
"""Up to so many groups of rows that get the same values are written by one UPDATE each, more by `executemany`."""

INSERTED_TOGETHER = 500
"""Rows of one INSERT. A statement of SQLite has at most 32 766 parameters."""


def insert_rows(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[int]:
    """Insert rows and return their keys, in the same order. `names`: the columns of all rows."""
    return [key for (key,) in _inserted(model, names, rows, " RETURNING id")]


def insert_unique(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]], by: str) -> dict[Any, int]:
    """Insert rows and return their keys by the value of a unique column, which no order of answers can mix up."""
    (field,) = _fields(model, [by])
    return {value: key for key, value in _inserted(model, names, rows, f" RETURNING id, {_quoted(field)}")}


def present(model: type[Model], name: str, values: Collection[str]) -> set[str]:
    """Return those of the values that stand in a column, which must hold text.

    A queryset with `__in` takes six times as long for values of which none is there.
    """
    found: set[str] = set()
    (field,) = _fields(model, [name])
    for some in _batches(list(values), INSERTED_TOGETHER):
        holders = ", ".join(["%s"] * len(some))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {_quoted(field)} FROM {_table(model)} WHERE {_quoted(field)} IN ({holders})", some)  # noqa: S608
            found.update(value for (value,) in cursor.fetchall())
    return found


def append_rows(
    model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]], *, ignore_conflicts: bool = False
) -> None:
    """Insert rows whose keys nobody needs. `ignore_conflicts`: leave out those that a unique constraint refuses."""
    for _ in _inserted(model, names, rows, " ON CONFLICT DO NOTHING" if ignore_conflicts else ""):
        pass


def _inserted(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]], ending: str) -> Iterator[Any]:
    """Insert rows; yield what the database returns of each, if the `ending` of the statement asks for it.

    SQLite keeps aside the pages that a statement changes in a table with triggers, so one row a statement takes thrice
    the time.
    """
    fields = _fields(model, names)
    columns = ", ".join(map(_quoted, fields))
    holders = f"({', '.join(['%s'] * len(fields))})"
    for some in _batches(list(rows), INSERTED_TOGETHER):
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {_table(model)} ({columns}) VALUES {', '.join([holders] * len(some))}{ending}",  # noqa: S608
                [value for row in _prepared_rows(fields, some) for value in row],
            )
            if "RETURNING" in ending:
                yield from cursor.fetchall()


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
    rows = [(*columns.values(), pk, *only.values()) for pk, columns in changes.items()]
    written = ", ".join(f"{_quoted(field)} = %s" for field in fields[: len(names)])
    where = " AND ".join(f"{_quoted(field)} = %s" for field in fields[len(names) :])
    with connection.cursor() as cursor:
        prepared = list(_prepared_rows(fields, rows))
        cursor.executemany(f"UPDATE {_table(model)} SET {written} WHERE {where}", prepared)  # noqa: S608
        return int(cursor.rowcount)


def _batches(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _fields(model: type[Model], names: Iterable[str]) -> list[Field[Any, Any]]:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    return [by_name[name] for name in names]


def _prepared_rows(fields: Sequence[Field[Any, Any]], rows: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """Return the values as the database's driver takes them. Equal values of a column are prepared once."""
    columns = zip(*rows, strict=True)
    return zip(*(_prepared_column(field, values) for field, values in zip(fields, columns, strict=True)), strict=True)


def _prepared_column(field: Field[Any, Any], values: Sequence[Any]) -> Sequence[Any]:
    is_json = isinstance(field, JSONField)
    if not is_json and PLAIN.issuperset(map(type, values)):
        return values
    done: dict[Any, Any] = {}
    prepared, prepare = [], _preparation(field, values)
    for value in values:
        key = repr(value) if is_json else value
        if key not in done:
            done[key] = prepare(value)
        prepared.append(done[key])
    return prepared


def _preparation(field: Field[Any, Any], values: Sequence[Any]) -> Callable[[Any], Any]:
    """Return what makes a value of the field one for the driver: the field's own way, without its detours."""
    database = connections[connection.alias]  # itself: what stands for it looks for the thread's one each time
    if isinstance(field, JSONField) and PLAIN.isdisjoint(map(type, values)):
        return lambda value: database.ops.adapt_json_value(value, field.encoder)
    if isinstance(field, DateTimeField) and all(isinstance(value, datetime) and value.tzinfo for value in values):
        return database.ops.adapt_datetimefield_value
    return lambda value: field.get_db_prep_save(value, database)


def _quoted(field: Field[Any, Any]) -> str:
    return str(connection.ops.quote_name(str(field.column)))


def _table(model: type[Model]) -> str:
    return str(connection.ops.quote_name(model._meta.db_table))
