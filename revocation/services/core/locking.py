"""Rows read by their key under a lock, with a statement that is built once.

Django builds a statement anew for every query. For the many columns of a request or a certificate that takes longer
than everything else about reading one row.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from django.db import connection, models
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row", bound=models.Model)


def locked_row(model: type[Row], pk: int) -> Row:
    """Return the row, locked until the transaction ends (SQLite locks the whole database).

    Raises `DoesNotExist`, and TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("A row is locked within a transaction only.")
    return _by_key(model, pk, lock=connection.features.has_select_for_update)


def row(model: type[Row], pk: int) -> Row:
    """Return the row without a lock. Raises `DoesNotExist`."""
    return _by_key(model, pk, lock=False)


def _by_key(model: type[Row], pk: int, *, lock: bool) -> Row:
    statement, names, converted = _plan(model, lock=lock)
    with connection.cursor() as cursor:
        cursor.execute(statement, [pk])
        found = cursor.fetchone()
    if found is None:
        raise model.DoesNotExist(f"{model._meta.object_name} matching query does not exist.")  # type: ignore[attr-defined]
    values = list(found)
    for position, column in converted:
        for convert in _converters(column):
            values[position] = convert(values[position], column, connection)
    return model.from_db(connection.alias, names, values)


@cache
def _plan(model: type[models.Model], *, lock: bool) -> tuple[str, list[str], list[tuple[int, Any]]]:
    """Return the statement, the attributes that its columns fill, and which columns are converted, by position."""
    quote, meta = connection.ops.quote_name, model._meta
    fields: list[Any] = list(meta.concrete_fields)
    columns = ", ".join(quote(field.column) for field in fields)
    key, table = quote(str(meta.pk.column)), quote(meta.db_table)
    statement = f"SELECT {columns} FROM {table} WHERE {key} = %s"  # noqa: S608 - names of the models only
    expressions = [field.get_col(meta.db_table) for field in fields]
    converted = [(position, column) for position, column in enumerate(expressions) if _converters(column)]
    return statement + " FOR UPDATE" * lock, [field.attname for field in fields], converted


def _converters(column: Any) -> list[Any]:
    """Return what makes Python's value of the database's, as Django does for its own queries."""
    return [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
