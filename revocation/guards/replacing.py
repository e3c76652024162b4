"""Guards against REPLACE on SQLite: INSERT OR REPLACE and UPDATE OR REPLACE delete the rows that they collide with.

No DELETE trigger fires for these rows, unless the connection set PRAGMA recursive_triggers, which is off by default. So
these guards refuse every row that would replace another one. Without REPLACE such a row is refused anyway, as a
duplicate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from revocation.guards.guard import INSERT, SQLITE, UPDATE, Guard
from revocation.guards.tables import UNIQUE, Key

ONLY_SQLITE = frozenset({SQLITE})
STANDS = "another row stands in the place of this one"


ID = Key(("id",))


def _same(table: str, key: Key, more: str = "") -> str:
    """Return SQL: NEW collides with another row of the table by this key. `more`: a further condition on that row."""
    equal = [f"o.{column} = NEW.{column}" for column in key.columns]
    partial = [key.where.format(row=row) for row in ("NEW", "o")] if key.where else []
    return f"EXISTS (SELECT 1 FROM {table} o WHERE {' AND '.join([*equal, *partial])}{more})"  # noqa: S608


def _columns(keys: Sequence[Key]) -> tuple[str, ...]:
    """Return all columns that decide whether a row collides with another one."""
    named = [column for key in keys for column in (*key.columns, *re.findall(r"\{row\}\.(\w+)", key.where))]
    return tuple(dict.fromkeys(named))


def _guards() -> Iterator[Guard]:
    for table, others in UNIQUE.items():
        name, keys = table.removeprefix("revocation_"), (ID, *others)
        taken = " OR ".join(_same(table, key) for key in keys)
        yield Guard(f"{name}_new", table, (INSERT,), STANDS, taken, engines=ONLY_SQLITE)
        # In BEFORE INSERT an automatic id reads -1: a row with that id would collide with every new one.
        yield Guard(f"{name}_id", table, (INSERT,), "ids begin with 1", "NEW.id < 1", after=True, engines=ONLY_SQLITE)
        moved = " OR ".join(_same(table, key, " AND o.id <> OLD.id") for key in keys)
        yield Guard(f"{name}_moved", table, (UPDATE,), STANDS, moved, _columns(keys), engines=ONLY_SQLITE)


GUARDS = tuple(_guards())
