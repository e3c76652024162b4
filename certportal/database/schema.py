"""Old and new code on one database (threat 35): which migrations the code has and the database lacks, and the reverse.

Migrations are additive: code of one release earlier runs on a newer database. Code that is newer than its database does
not: the worker does not start, pages say so instead of breaking.
"""

from __future__ import annotations

from functools import cache, lru_cache

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

HINT = "Run `manage.py migrate`; what waits for it goes on by itself afterwards."


def lacking() -> list[str]:
    """Migrations that the database still lacks, in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


@cache
def _of_the_code() -> frozenset[tuple[str, str]]:
    """App and name of all migrations: code does not change while it runs."""
    return frozenset(MigrationLoader(None).disk_migrations)


def unknown() -> list[str]:
    """Migrations that this code does not know: the database is of a newer release."""
    newest = dict(sorted(_of_the_code()))
    applied = MigrationRecorder(connection).applied_migrations()
    return [f"{app}.{name}" for app, name in sorted(applied) if app in newest and name > newest[app]]


def why_not_ready() -> str:
    """Return a sentence if the database is older than this code, else ''. Makes one query if it is not."""
    applied = frozenset(MigrationRecorder(connection).applied_migrations())
    missing = () if _of_the_code() <= applied else _lacking_after(applied)
    if not missing:
        return ""
    return (
        f"The database is older than this code: it lacks {len(missing)} migrations, the first is {missing[0]}. {HINT}"
    )


@lru_cache(maxsize=4)
def _lacking_after(applied: frozenset[tuple[str, str]]) -> tuple[str, ...]:
    """Return `lacking`. It is looked up again when others are `applied`: anybody may ask, and the graph takes long."""
    return tuple(lacking())


def why_broken() -> str:
    """Return what `why_not_ready` says, or '' where the database does not even answer that."""
    try:
        return why_not_ready()
    except DatabaseError:
        return ""
