"""The guards in SQLite: a trigger for each guard and verb, compared with the text that SQLite keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from django.db import connections

from revocation.guards import search
from revocation.guards.guard import DISTINCT, SQLITE, TRUNCATE, UPDATE, Guard
from revocation.guards.tables import GUARDED
from revocation.guards.wanted import GUARDS, RETIRED_SQLITE

IS_DISTINCT = "IS NOT"
"""SQLite has *IS DISTINCT FROM* only since 3.39."""

PREFIX = "guard_"


@cache
def wanted() -> Mapping[str, str]:
    """Return all triggers that this code wants: name -> statement in one line, as SQLite keeps it."""
    guards = {name: text for guard in GUARDS if SQLITE in guard.engines for name, text in _triggers(guard)}
    return guards | search.TRIGGERS


def _triggers(guard: Guard) -> Iterator[tuple[str, str]]:
    for verb in guard.verbs:
        if verb == TRUNCATE:  # SQLite has none
            continue
        name = f"{PREFIX}{guard.name}_{verb.lower()}"
        conditions = [f"({_changed(guard)})"] * (verb == UPDATE and bool(guard.changing))
        conditions += [f"({guard.refused_if})"] * bool(guard.refused_if)
        when = f"WHEN {' AND '.join(conditions)} " * bool(conditions)
        moment = "AFTER" if guard.after else "BEFORE"
        act = f"{when}BEGIN SELECT RAISE(ABORT, '{guard.why}'); END"
        made = f"CREATE TRIGGER {name} {moment} {verb} ON {guard.table} {act}"
        yield name, " ".join(made.replace(DISTINCT, IS_DISTINCT).split())


def _changed(guard: Guard) -> str:
    return " OR ".join(_differs(column) for column in guard.changing)


def _differs(column: str) -> str:
    """Return SQL: the column changes. A time is the same in every spelling, but not as a number.

    The portal could not read a time that is stored as a number.
    """
    if not column.endswith("_at"):
        return f"NEW.{column} IS NOT OLD.{column}"
    kinds = f"typeof(NEW.{column}) IS NOT typeof(OLD.{column})"
    return f"julianday(NEW.{column}) IS NOT julianday(OLD.{column}) OR {kinds}"


def installed(using: str) -> dict[str, str]:
    """Return all triggers of the database: name -> statement."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(cursor.fetchall())


def wrong(using: str) -> list[str]:
    """Return the names of guards that are absent or not as they should be."""
    found = installed(using)
    return [name for name, text in wanted().items() if found.get(name) != text]


def mending(using: str) -> list[str]:
    """Return the statements that put right what is wrong."""
    found, made = installed(using), wanted()
    bad = wrong(using)
    if not bad:
        return []
    filling = search.FILLING if search.TRIGGERS.keys() & bad else ()
    return [*(f"DROP TRIGGER {name}" for name in bad if name in found), *(made[name] for name in bad), *filling]


def retiring(using: str) -> list[str]:
    """Return the statements that drop guards which this release no longer knows."""
    made = wanted()
    return [f"DROP TRIGGER {name}" for name in installed(using) if name in RETIRED_SQLITE or _leftover(name, made)]


def _leftover(name: str, made: Mapping[str, str]) -> bool:
    return name.startswith(PREFIX) and name not in made


def strays(using: str) -> list[str]:
    """Return the names of triggers on guarded tables that are not ours."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        on_ours = [name for name, table in cursor.fetchall() if table in GUARDED]
    return [name for name in on_ours if name not in wanted() and name not in RETIRED_SQLITE]


def removing(using: str) -> list[str]:
    """Return the statements that drop all guards, also those of earlier releases."""
    return [f"DROP TRIGGER {name}" for name in installed(using) if name.startswith(PREFIX) or name in RETIRED_SQLITE]
