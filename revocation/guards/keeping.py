"""L5: are the guards in place, and putting them there: only what differs, in one transaction, by one at a time.

On SQLite a migration that changes a table copies it: that is refused while another table's trigger speaks of the table,
and the copy has no triggers. So there the guards are lifted before migrations that concern them, and made anew after.
"""

from __future__ import annotations

import logging
import pkgutil
import time
from types import ModuleType
from typing import Any

from django.db import OperationalError, connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from revocation.guards import postgresql, sqlite

log = logging.getLogger(__name__)

ENGINES: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}
APPS = ("accounts", "revocation")
"""Apps whose tables the guards are on or speak of."""

LOCK = 0x67756172
"""Key of the advisory lock (PostgreSQL) under which the guards are changed."""

PATIENCE = "3s"
"""How long a change waits for those who write to a table; meanwhile nobody else can begin to write to it."""

TRIES, PAUSE = 5, 2.0


def missing(using: str = "default") -> list[str]:
    """Names of guards that are absent, switched off or not as this code wants them; empty when all is well.

    Empty too on the database of a newer release, whose guards this code cannot know.
    """
    return [] if _is_newer(using) else wrong(using)


def wrong(using: str) -> list[str]:
    found: list[str] = ENGINES[connections[using].vendor].wrong(using)
    return found


def strays(using: str = "default") -> list[str]:
    """Triggers on guarded tables that neither this release nor an earlier one made."""
    found: list[str] = ENGINES[connections[using].vendor].strays(using)
    return found


def ensure(*, using: str = "default", **_: Any) -> None:
    """Receiver of `post_migrate`: the guards are there, as written here. Where they are, nothing is touched."""
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
    """Look again under the lock: another start may have done it meanwhile."""
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
    """What earlier releases made goes when it can: PostgreSQL drops a trigger only while nobody reads its table."""
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
    """Receiver of `pre_migrate`: SQLite's migrations of guarded tables need the guards out of the way."""
    if connections[using].vendor == "sqlite" and any(migration.app_label in APPS for migration, _ in plan):
        remove(using)


def remove(using: str = "default") -> None:
    """Take all guards away, in one transaction."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for statement in ENGINES[connections[using].vendor].removing(using):
            cursor.execute(statement)


def _applied(using: str) -> set[tuple[str, str]]:
    return {key for key in MigrationRecorder(connections[using]).applied_migrations() if key[0] in APPS}


def _known() -> set[tuple[str, str]]:
    """The migrations that this code has."""
    from certportal.accounts import migrations as of_accounts
    from revocation import migrations as of_revocation

    folders = {"accounts": of_accounts, "revocation": of_revocation}
    return {(app, found.name) for app, folder in folders.items() for found in pkgutil.iter_modules(folder.__path__)}


def _is_current(using: str) -> bool:
    """The tables are as this code knows them: guards of another release are left to that release."""
    return _applied(using) == _known()


def _is_newer(using: str) -> bool:
    return bool(_applied(using) - _known())
