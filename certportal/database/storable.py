"""The last guard before the database: what one of the engines cannot hold never gets there.

PostgreSQL refuses U+0000 in a text, which SQLite keeps. Both refuse half of a surrogate pair, and neither takes a whole
number beyond 64 bits. Forms and services refuse such input in words of their own. What comes past them, from people,
name servers or authorities, is no error of ours and must not hold up a worker. Such a character is kept as U+FFFD, as
browsers do (HTML Standard, 13.2.5). Such a number is the asker's mistake (400).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db.backends.base.base import BaseDatabaseWrapper

NOT_HELD = re.compile("[\0\ud800-\udfff]")
REPLACEMENT = "\ufffd"
LEAST, MOST = -(2**63), 2**63 - 1

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


class NumberTooLarge(SuspiciousOperation):
    """A number that no row has. Django answers 400."""


def storable(text: str) -> str:
    """The text as both databases can hold it."""
    return text if text.isascii() and "\0" not in text else NOT_HELD.sub(REPLACEMENT, text)


def _held(value: Any) -> Any:
    """Return one parameter of a statement as both databases can hold it. Raises `NumberTooLarge`."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, int):
        if not LEAST <= value <= MOST:  # `in range(…)` counts through it for psycopg's own kinds of numbers
            raise NumberTooLarge("A number is too large for any row.")
        return value
    if isinstance(value, list | tuple):
        return type(value)(map(_held, value))
    if hasattr(value, "obj") and hasattr(value, "dumps"):  # psycopg's Json and Jsonb
        return type(value)(_data_held(value.obj), value.dumps)
    return value


def _data_held(data: Any) -> Any:
    """Do the same inside data that is stored as JSON, where a number may be of any size."""
    if isinstance(data, str):
        return storable(data)
    if isinstance(data, dict):
        return {_data_held(key): _data_held(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_data_held(each) for each in data]
    return data


def guard(execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Make the parameters of every statement storable (one of Django's `execute_wrappers`)."""
    if isinstance(params, Sequence):
        params = [_held_row(row) for row in params] if many else _held_row(params)
    elif many and params is not None:
        params = map(_held_row, params)
    return execute(sql, params, many, context)


def _held_row(row: Any) -> Any:
    if not isinstance(row, list | tuple):
        return row
    # Nearly all values are ASCII or nothing: they cost no call.
    return tuple(
        [
            value if value is None or (type(value) is str and value.isascii() and "\0" not in value) else _held(value)
            for value in row
        ]
    )


def install(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Put the guard before the statements of a new connection, once."""
    if guard not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, guard)
