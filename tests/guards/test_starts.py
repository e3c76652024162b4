"""Starts during a dump, several at once, or killed midway: no guard is lost, and a missing one is reported.

Each test has a database of its own, on the engine that the tests run on, and starts real processes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dj_database_url
import psycopg
import pytest
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from revocation import triggers
from revocation.guards.migrating import migrating
from tests.guards.rows import SQLITE, only_postgresql, only_sqlite
from tests.house.test_production import GOOD
from tests.support import processes
from tests.support.processes import Forked
from tests.template_database import ROOT, copy_for_sqlite, template_for_postgresql

pytestmark = [pytest.mark.process, pytest.mark.database]

EVENT = "guard_event_kept_update" if SQLITE else "guard_event_kept"
DROP_EVENT = f"DROP TRIGGER {EVENT}" + " ON revocation_event" * (not SQLITE)
TABLES = "revocation_event, revocation_receipt, revocation_revocation, revocation_revocationrequest, revocation_letter"

PLACE = ("NAME", "HOST", "PORT", "USER", "PASSWORD")
PRELUDE = """
import django; django.setup()
from django.db import connection
from revocation import triggers
from revocation.guards import keeping
"""
KILLED = f"""{PRELUDE}
import os, signal
engine = keeping.ENGINES[connection.vendor]
wanted = engine.mending
def half(using):
    statements = wanted(using)
    for number, statement in enumerate(statements):
        if 2 * number >= len(statements):
            os.kill(os.getpid(), signal.SIGKILL)
        yield statement
engine.mending = half
triggers.ensure()
"""
REWRITES = f"""{PRELUDE}
from revocation.models import Event
from django.db import IntegrityError
Event.objects.create(at="2026-01-01T00:00Z", kind="noted")
try:
    Event.objects.update(why="Rewritten.")
except IntegrityError as refused:
    print("refused")
else:
    print("rewritten")
"""


@pytest.fixture
def empty_url(tmp_path: Path) -> Iterator[str]:
    """DATABASE_URL of a database without a table."""
    if SQLITE:
        yield f"sqlite:///{tmp_path}/empty.sqlite3"
        return
    with own_database("empty", "template0") as made:
        yield made


@contextmanager
def own_database(prefix: str, template: str) -> Iterator[str]:
    server, name = os.environ["DATABASE_URL"], f"{prefix}_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as postgres:
        postgres.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        yield server.rsplit("/", 1)[0] + f"/{name}"
        postgres.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """DATABASE_URL of a migrated database that nobody else has."""
    if SQLITE:
        copy_for_sqlite(str(tmp_path / "portal.sqlite3"))
        yield f"sqlite:///{tmp_path}/portal.sqlite3"
        return
    with own_database("starts", template_for_postgresql()) as made:
        yield made


def environment(url: str, **more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}  # conftest's
    return {**inherited, **GOOD, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "certportal.settings", **more}


def begin(url: str, *arguments: str, **more: str) -> Forked:
    return Forked(*arguments, environment=environment(url, **more))


def run(url: str, *arguments: str, **more: str) -> tuple[int, str]:
    """Run a Python process; return its exit code and all output."""
    ended = processes.run(*arguments, environment=environment(url, **more))
    return ended.returncode, ended.stdout + ended.stderr


def migrate(url: str, **more: str) -> tuple[int, str]:
    return run(url, "manage.py", "migrate", "--verbosity", "0", **more)


@pytest.fixture(autouse=True)
def _may_connect(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let this process look into the databases of these tests, too."""
    with django_db_blocker.unblock():
        yield


@contextmanager
def connected(url: str) -> Iterator[str]:
    """Connect this process to the database; yield the alias."""
    place = {name: value for name, value in dj_database_url.parse(url).items() if name in PLACE}
    connections.databases["own"] = {**connections.databases["default"], **place}
    try:
        yield "own"
    finally:
        connections["own"].close()
        del connections["own"], connections.databases["own"]


def do(url: str, *statements: str) -> None:
    with connected(url) as alias, connections[alias].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def missing(url: str) -> list[str]:
    with connected(url) as alias:
        return triggers.missing(alias)


def remove_all(url: str) -> None:
    with connected(url) as alias:
        triggers.remove(alias)


@only_postgresql
@pytest.mark.parametrize("guards", ["in place", "one missing"])
def test_L5_a_start_does_not_wait_for_a_dump(url: str, guards: str) -> None:
    """pg_dump holds ACCESS SHARE until it ends. What waits for it makes all others wait; here it would fail."""
    if guards == "one missing":
        do(url, DROP_EVENT)
    with psycopg.connect(url) as dump:
        dump.execute(f"LOCK TABLE {TABLES} IN ACCESS SHARE MODE")
        code, said = migrate(url, PGOPTIONS="-c lock_timeout=1s -c statement_timeout=20s")
        assert (code, missing(url)) == (0, []), said


@only_postgresql
def test_L5_a_start_waits_for_who_writes_and_then_mends(url: str) -> None:
    do(url, DROP_EVENT)
    with psycopg.connect(url) as writer:
        writer.execute("LOCK TABLE revocation_event IN ROW EXCLUSIVE MODE")
        start = begin(url, "manage.py", "migrate", "--verbosity", "0")
        with psycopg.connect(url, autocommit=True) as watcher:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'revocation_event'::regclass"
            while start.poll() is None and not watcher.execute(waiting).fetchone()[0]:
                pass
    said = "".join(start.communicate(timeout=120))
    assert (start.returncode, missing(url)) == (0, []), said


@pytest.mark.parametrize("before", ["in place", "all missing"])
def test_L5_simultaneous_starts_all_succeed(url: str, before: str) -> None:
    if before == "all missing":
        remove_all(url)
        assert missing(url) != []
    starts = [begin(url, "manage.py", "migrate", "--verbosity", "0") for _ in range(4)]
    ended = [("".join(start.communicate(timeout=300)), start.returncode) for start in starts]
    assert [code for _, code in ended] == [0] * 4, ended
    assert missing(url) == []


def test_L5_simultaneous_first_starts_all_succeed(empty_url: str) -> None:
    """On an empty database: one migrates, the others wait and find it done."""
    starts = [Forked("manage.py", "prepare", environment=serving(empty_url)) for _ in range(3)]
    ended = [(start.communicate(timeout=500), start.returncode) for start in starts]
    assert [code for _, code in ended] == [0] * 3, ended
    assert missing(empty_url) == []


def test_L5_a_start_that_is_killed_leaves_the_guards_that_were_there(url: str) -> None:
    """The process dies halfway through replacing the definitions of another release."""
    as_it_was = (
        f"CREATE TRIGGER {EVENT} BEFORE UPDATE ON revocation_event BEGIN SELECT RAISE(ABORT, 'as it was'); END"
        if SQLITE
        else f"CREATE TRIGGER {EVENT} BEFORE UPDATE ON revocation_event FOR EACH ROW EXECUTE FUNCTION {EVENT}()"
    )
    do(url, DROP_EVENT, as_it_was)
    assert missing(url) == [EVENT]
    assert run(url, "-c", KILLED)[0] == -signal.SIGKILL
    assert run(url, "-c", REWRITES) == (0, "refused\n")
    assert missing(url) == [EVENT]
    assert migrate(url)[0] == 0
    assert missing(url) == []


def test_L5_missing_guards_are_told_by_checks_and_worker_and_start(url: str) -> None:
    """The cause may be a killed migration (SQLite lifts the guards for it), or a person with a database client."""
    assert run(url, "manage.py", "check", "--database", "default")[0] == 0
    do(url, DROP_EVENT)
    for command in (["check", "--database", "default"], ["check", "--deploy", "--fail-level", "ERROR"]):
        code, said = run(url, "manage.py", *command)
        assert code == 1
        assert "certportal.E201" in said
        assert EVENT in said
        assert "make migrate" in said
    code, said = run(url, "manage.py", "worker", "--once")
    assert (code, EVENT in said, "Traceback" in said) == (1, True, False)
    serve = subprocess.run(["scripts/serve"], cwd=ROOT, env=serving(url), capture_output=True, text=True, timeout=300)
    assert serve.returncode == 1
    assert "certportal.E201" in serve.stderr
    assert migrate(url)[0] == 0
    code, said = run(url, "manage.py", "worker", "--once")
    assert code == 0, said


@pytest.mark.parametrize("before", ["one missing", "all missing"])
def test_L5_make_migrate_mends_what_a_start_refuses(url: str, before: str) -> None:
    """The refusal advises this. A release that changes guards but no table needs it too."""
    if before == "all missing":
        remove_all(url)
    else:
        do(url, DROP_EVENT)
    assert missing(url) != []
    env = {name: value for name, value in serving(url).items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    command: dict[str, Any] = {"cwd": ROOT, "env": env, "capture_output": True, "text": True, "timeout": 300}
    mended = subprocess.run(["scripts/migrate"], **command)
    assert (mended.returncode, missing(url)) == (0, []), mended.stderr
    refused = subprocess.run(["scripts/migrate"], **command | {"env": env | {"DEBUG": "true"}})
    assert refused.returncode == 1
    assert "certportal.E106" in refused.stderr


def serving(url: str) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return environment(url, PATH=path, PORT="1", EMAIL_HOST="127.0.0.1")  # a port that nobody may bind to


@only_sqlite
def test_L5_a_start_migrates_nothing_and_says_what_to_run(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/empty.sqlite3"
    serve = subprocess.run(["scripts/serve"], cwd=ROOT, env=serving(url), capture_output=True, text=True, timeout=300)
    assert serve.returncode == 1
    assert "certportal.E202" in serve.stderr
    assert "make migrate" in serve.stderr
    with connected(url) as alias:
        assert connections[alias].introspection.table_names() == []


@pytest.mark.django_db(transaction=True)
def test_L5_a_migration_that_fails_leaves_the_guards_in_place() -> None:
    def fail() -> None:
        with migrating():
            triggers.remove()
            assert triggers.missing()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert triggers.missing() == []


@only_sqlite
@pytest.mark.django_db
def test_L5_sqlite_lifts_the_guards_only_for_migrations_of_guarded_tables() -> None:
    class Migration:
        app_label = "sessions"

    triggers.lift(plan=[])
    triggers.lift(plan=[(Migration, False)])
    assert triggers.missing() == []
    Migration.app_label = "revocation"
    triggers.lift(plan=[(Migration, False)])
    assert triggers.missing() != []
