"""Django's cache in the database, which here keeps every entry until it expires."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.db import connections


class LastingCache(DatabaseCache):
    """Deletes only what has expired.

    Django's own deletes a third of all rows, in the order of their keys, as soon as there are 300 of them: whoever can
    make entries erases those of others.
    """

    _table: str

    def _cull(self, db: str, cursor: Any, now: datetime, num: int) -> None:
        """Called within the transaction of a `set` that found more rows than MAX_ENTRIES."""
        connection = connections[db]
        table = connection.ops.quote_name(self._table)
        expired = connection.ops.adapt_datetimefield_value(now)
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [expired])  # noqa: S608 - our own name
