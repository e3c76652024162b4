"""One migration at a time, and guards that are there again when it failed."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connections

from revocation.guards.keeping import ensure

LOCK = 0x6D696772
"""Key of the advisory lock (PostgreSQL) that whoever migrates holds."""


@contextmanager
def migrating(using: str = "default") -> Iterator[None]:
    """Wait for whoever else migrates this database, then mend the guards where no migration has to come first.

    When a migration fails, what its tables allow is put back before the error goes on.
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
    """A second connection holds the lock in a transaction of its own: it ends with the process, whatever happens, and
    it works through a pooler that gives connections away between transactions."""
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
    """A lock on a file beside the database, since the database's own would be in the migration's way."""
    name = str(connections[using].settings_dict["NAME"])
    if ":" in name.removeprefix("file:") or "mode=memory" in name or not name:  # in memory: nobody else has it
        yield
        return
    with Path(f"{name}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


ALONE = {"postgresql": _alone_on_postgresql, "sqlite": _alone_on_sqlite}
