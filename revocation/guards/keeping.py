"""L5: checks whether the guards are in place, and puts them there.

Only what differs is changed, in one transaction, by one process at a time. On SQLite a migration changes a table by
copying it. SQLite refuses that while another table's trigger names the table, and the copy has no triggers. So there
the guards are removed before such migrations and made again afterwards.
"""

from __future__ import annotations

import logging
import pkgutil
import time
from functools import cache
from types import ModuleType
from typing import Any

from django.db import OperationalError, connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from revocation.guards import postgresql, sqlite

log = logging.getLogger(__name__)

ENGINES: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}
APPS = ("accounts", "revocation")
"""Apps whose tables have guards or are named in them."""

LOCK = 0x67756172
"""Key of the advisory lock (PostgreSQL) under which the guards are changed."""

PATIENCE = "3s"
"""How long a change waits for those who write to a table. Nobody else can begin to write to it meanwhile."""

TRIES, PAUSE = 5, 2.0


def missing(using: str = "default") -> list[str]:
    """Return the names of guards that are absent, switched off or not as this code wants them.

    Returns no names for the database of a newer release, whose guards this code cannot know.
    """
    return [] if _is_newer(using) else wrong(using)


def wrong(using: str) -> list[str]:
    found: list[str] = ENGINES[connections[using].vendor].wrong(using)
    return found


def strays(using: str = "default") -> list[str]:
    """Return the names of triggers on guarded tables that neither this release nor an earlier one made."""
    found: list[str] = ENGINES[connections[using].vendor].strays(using)
    return found


def ensure(*, using: str = "default", **_: Any) -> None:
    """Put the guards in place; touch nothing where they are. Receiver of `post_migrate`."""
    if not _is_current(using) or not wrong(using):
        return
    for last in range(TRIES - 1, -1, -1):
        try:
            _mend(using)
        except OperationalError as busy:
            if not last:
                raise
            log.warning("The guards of the database cannot be changed just now (%s); trying again.", busy)
            time.sleep(PAUSE)
        else:
            return


def _mend(using: str) -> None:
    """Make the guards that are still missing under the lock: another start may have made them meanwhile."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL lock_timeout = 0")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
        for statement in ENGINES[connection.vendor].mending(using):
            cursor.execute(statement)
    _retire(using)


def _retire(using: str) -> None:
    """Drop triggers of earlier releases if possible: PostgreSQL drops one only while nobody reads its table."""
    connection = connections[using]
    try:
        with transaction.atomic(using=using), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            for statement in ENGINES[connection.vendor].retiring(using):
                cursor.execute(statement)
    except OperationalError as busy:
        log.warning("Triggers of an earlier release stay, which does no harm: %s", busy)


def lift(*, using: str = "default", plan: Any = (), **_: Any) -> None:
    """Remove the guards on SQLite before migrations of `APPS`, which they would block. Receiver of `pre_migrate`."""
    if connections[using].vendor == "sqlite" and any(migration.app_label in APPS for migration, _ in plan):
        remove(using)


def remove(using: str = "default") -> None:
    """Remove all guards, in one transaction."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for statement in ENGINES[connections[using].vendor].removing(using):
            cursor.execute(statement)


def _applied(using: str) -> set[tuple[str, str]]:
    return {key for key in MigrationRecorder(connections[using]).applied_migrations() if key[0] in APPS}


@cache
def _known() -> frozenset[tuple[str, str]]:
    """Return the migrations that this code has."""
    from certportal.accounts import migrations as of_accounts
    from revocation import migrations as of_revocation

    folders = {"accounts": of_accounts, "revocation": of_revocation}
    return frozenset(
        (app, found.name) for app, folder in folders.items() for found in pkgutil.iter_modules(folder.__path__)
    )


def _is_current(using: str) -> bool:
    """Return whether the tables are those of this release. Another release keeps its guards itself."""
    return _known() <= _applied(using) and not _is_newer(using)


def _is_newer(using: str) -> bool:
    """Return whether a migration was applied that comes after all that this code has. Older ones may be squashed."""
    newest = dict(sorted(_known()))
    return any(name > newest[app] for app, name in _applied(using))
