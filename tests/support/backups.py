"""Backing up and restoring the test's database: by SQLite's own copy, or by pg_dump and pg_restore."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.db import connection

from tests.postgresql import binaries


def back_up(file: Path) -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(file)) as copy:
            connection.connection.backup(copy)
    else:
        _postgresql("pg_dump", "--format=custom", f"--file={file}", connection.settings_dict["NAME"])


def restore(file: Path) -> None:
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(file)) as copy:
            copy.backup(connection.connection)
    else:
        database = f"--dbname={connection.settings_dict['NAME']}"
        _postgresql("pg_restore", "--clean", "--if-exists", "--single-transaction", database, str(file))


def _postgresql(program: str, *arguments: str) -> None:
    folder, s = binaries(), connection.settings_dict
    assert folder is not None
    where = {"PGHOST": s["HOST"], "PGPORT": str(s["PORT"]), "PGUSER": s["USER"]}
    subprocess.run([folder / program, *arguments], check=True, timeout=120, env={**os.environ, **where})
