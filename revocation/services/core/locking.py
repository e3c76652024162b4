"""Rows read by their key under a lock, with a statement that is built once.

Django builds a statement anew for every query. For the many columns of a request or a certificate that takes longer
than everything else about reading one row.
"""

from __future__ import annotations

from functools import cache
from typing import TypeVar

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
    found = list(model._default_manager.raw(_statement(model, lock=lock), [pk]))
    if not found:
        raise model.DoesNotExist(f"{model._meta.object_name} matching query does not exist.")  # type: ignore[attr-defined]
    return found[0]


@cache
def _statement(model: type[models.Model], *, lock: bool) -> str:
    quote, meta = connection.ops.quote_name, model._meta
    columns = ", ".join(quote(str(field.column)) for field in meta.concrete_fields)
    key, table = quote(str(meta.pk.column)), quote(meta.db_table)
    found = f"SELECT {columns} FROM {table} WHERE {key} = %s"  # noqa: S608 - names of the models only
    return f"{found} FOR UPDATE" if lock else found
