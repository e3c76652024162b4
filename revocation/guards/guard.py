"""The guard: one refusal that the database makes by itself, written once for both engines."""

from __future__ import annotations

from dataclasses import dataclass

SQLITE, POSTGRESQL = "sqlite", "postgresql"
ENGINES = frozenset({SQLITE, POSTGRESQL})

DISTINCT = "<distinct>"
"""A placeholder for *is not the same as* (NULL included), which the engines write differently."""

INSERT, UPDATE, DELETE, TRUNCATE = "INSERT", "UPDATE", "DELETE", "TRUNCATE"


@dataclass(frozen=True)
class Guard:
    """A guard that refuses `verbs` on the rows of `table`. `why`: the error message.

    `refused_if`: SQL over NEW and OLD, empty for always. `changing`: an UPDATE is examined only if one of these columns
    really changes, so that saving an unchanged row costs a comparison. `after`: examine the row as it was stored (only
    then SQLite knows a new row's automatic number).
    """

    name: str
    table: str
    verbs: tuple[str, ...]
    why: str
    refused_if: str = ""
    changing: tuple[str, ...] = ()
    after: bool = False
    engines: frozenset[str] = ENGINES


def differs(*columns: str) -> str:
    """Return SQL: one of the columns gets another value."""
    return "(" + " OR ".join(f"NEW.{column} {DISTINCT} OLD.{column}" for column in columns) + ")"
