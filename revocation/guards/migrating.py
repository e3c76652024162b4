"""Migrations: one process at a time, with the guards in place again after a failure."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connections

from revocation.guards.keeping import ensure

LOCK = 0x6D696772
"""Key of the advisory lock (PostgreSQL) that a process holds while it migrates."""


@contextmanager
def migrating(using: str = "default") -> Iterator[None]:
    """Wait for other processes that migrate this database, then mend the guards unless a migration must come first.

    When a migration fails, the guards are put back if the tables allow it, and the error is raised again.
    """
    with ALONE[connections[using].vendor](using):
        ensure(using=using)
        try:
            yield
        except BaseException:
            ensure(using=using)
            raise


@contextmanager
def _alone_on_postgresql(using: str) -> Iterator[None]:
    """Hold the lock in a transaction of a second connection.

    Such a lock ends with the process, whatever happens. It also works through a pooler that shares connections between
    transactions.
    """
    holder = connections[using].copy()
    try:
        holder.set_autocommit(False)
        with holder.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = 0")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield
    finally:
        holder.close()


@contextmanager
def _alone_on_sqlite(using: str) -> Iterator[None]:
    """Hold a lock on a file beside the database. The database's own lock would block the migration."""
    name = str(connections[using].settings_dict["NAME"])
    if ":" in name.removeprefix("file:") or "mode=memory" in name or not name:  # in memory: no other process has it
        yield
        return
    with Path(f"{name}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


ALONE = {"postgresql": _alone_on_postgresql, "sqlite": _alone_on_sqlite}
