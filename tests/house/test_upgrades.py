"""An upgrade works on an installation in use: migrations run although triggers are there (threat 35)."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from revocation.guards import sqlite
from tests import template_database
from tests.support import processes

pytestmark = pytest.mark.process

BEHIND = """
import django; django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
page, health = client.get("/pki/local/ca.pem"), client.get("/readyz")
print(page.status_code, page.headers.get("Retry-After"), "being upgraded" in page.content.decode())
print(health.status_code, "lacks" in health.json()["checks"]["migrations"]["why"])
print(client.get("/healthz").content.decode())
"""


def manage(database: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(database, "manage.py", *arguments)


def run(database: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{database}",
        "DJANGO_SETTINGS_MODULE": "certportal.settings",
        "ALLOWED_HOSTS": '["testserver"]',
        "DEBUG": "false",
    }
    return processes.run(*arguments, environment=environment)


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all migrations, to be copied."""
    database = tmp_path_factory.mktemp("newest") / "newest.sqlite3"
    template_database.copy_for_sqlite(str(database))
    return database


def test_threat_35_code_that_is_newer_than_its_database_says_so(tmp_path: Path) -> None:
    database = tmp_path / "old.sqlite3"
    assert manage(database, "migrate", "--verbosity", "0", "accounts", "0001").returncode == 0
    worker = manage(database, "worker", "--once")
    assert worker.returncode == 1
    assert "older than this code" in worker.stderr
    assert "manage.py migrate" in worker.stderr
    assert "Traceback" not in worker.stderr
    assert run(database, "-c", BEHIND).stdout.split() == ["503", "30", "True", "503", "True", "ok"]


def test_threat_35_code_that_is_one_release_older_goes_on(newest: Path, tmp_path: Path) -> None:
    """Migrations are additive: the worker warns, and does its work."""
    database = Path(shutil.copy(newest, tmp_path))
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('revocation', '9999_next', '2026-11-25')"
        )
    worker = manage(database, "worker", "--once")
    assert worker.returncode == 0, worker.stderr
    assert "revocation.9999_next" in worker.stderr


def test_L1_an_sqlite_database_with_triggers_is_migrated_and_has_them_again(newest: Path, tmp_path: Path) -> None:
    database = Path(shutil.copy(newest, tmp_path))
    for target in (["revocation", "0032"], []):  # there and back, over migrations of guarded tables
        done = manage(database, "migrate", "--verbosity", "0", *target)
        assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(database)) as connection:
        found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    assert found == sqlite.wanted()
