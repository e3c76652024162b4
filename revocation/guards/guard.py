"""One promise that the database keeps by itself, written once for both engines."""

from __future__ import annotations

from dataclasses import dataclass

SQLITE, POSTGRESQL = "sqlite", "postgresql"
ENGINES = frozenset({SQLITE, POSTGRESQL})

DISTINCT = "<distinct>"
"""Stands in conditions for *is not the same as*, NULL included: the engines write it differently."""

INSERT, UPDATE, DELETE, TRUNCATE = "INSERT", "UPDATE", "DELETE", "TRUNCATE"


@dataclass(frozen=True)
class Guard:
    """Refuse `verbs` on the rows of `table`.

    `refused_if`: SQL over NEW and OLD, empty for always. `changing`: an UPDATE is looked at only where one of these
    columns really changes, so that saving a row unchanged costs a comparison. `after`: look at the row as it was stored
    (SQLite knows a new row's automatic number only then).
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
    """SQL: one of the columns gets another value."""
    return "(" + " OR ".join(f"NEW.{column} {DISTINCT} OLD.{column}" for column in columns) + ")"
