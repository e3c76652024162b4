"""An installation that is upgraded keeps its promises: migrations run although triggers are there (threat 35)."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from revocation import triggers


def test_L1_an_sqlite_database_with_triggers_is_migrated_and_has_them_again(tmp_path: Path) -> None:
    database = tmp_path / "old.sqlite3"
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{database}"}
    for target in ([], ["accounts", "0001"], []):
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", *target]
        subprocess.run(command, env=environment, check=True, timeout=300)
    with sqlite3.connect(database) as connection:
        found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    assert found >= {*triggers.FOR_EVER_SQLITE, *triggers.DECIDERS}
