"""`/readyz` names what is missing. `/healthz` asks nothing of others (threats 54, 55)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from certportal import health
from certportal.database import schema
from revocation import triggers
from revocation.models import InstallationFact, WorkerHeartbeat
from revocation.services.core import clock, heartbeat, installation
from revocation.services.core.unavailable import StoreUnavailable
from revocation.services.letters import identity

pytestmark = pytest.mark.django_db
WORKER = "machine:1:abcdef"


@pytest.fixture(autouse=True)
def in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check the letter store in the test's own thread: no other thread sees the test's transaction."""
    monkeypatch.setattr(health.STORE_LOOK, "within", lambda seconds: identity.is_right())


@pytest.fixture
def worker(db: None) -> None:
    heartbeat.beat(WORKER, at=clock.now())


def asked(client: Client) -> tuple[int, dict[str, str]]:
    """Ask `/readyz`. Returns the status, and what is wrong by the name of the check."""
    answer = client.get("/readyz")
    said = answer.json()
    wrong = {name: found["why"] for name, found in said["checks"].items() if not found["ok"]}
    assert said["ready"] == (answer.status_code == 200) == (not wrong)
    assert answer["Cache-Control"] == "no-store"
    return answer.status_code, wrong


def test_with_everything_there_the_portal_is_ready(client: Client, worker: None) -> None:
    assert asked(client) == (200, {})
    found = client.get("/readyz").json()["checks"]
    assert set(found) == {"database", "migrations", "guards", "secrets", "worker", "limits", "letter_store"}
    assert 0 <= found["worker"]["age_seconds"] < 60


def test_without_a_worker_the_portal_is_not_ready(client: Client) -> None:
    status, wrong = asked(client)
    assert (status, list(wrong)) == (503, ["worker"])
    assert "No worker is running" in wrong["worker"]


def test_a_worker_that_says_nothing_any_more_counts_as_dead_and_one_that_lives_is_enough(client: Client) -> None:
    now = clock.now()
    heartbeat.beat(WORKER, at=now - heartbeat.STALE - timedelta(seconds=5))
    assert list(asked(client)[1]) == ["worker"]
    heartbeat.beat("other:2:abcdef", at=now)
    assert asked(client) == (200, {})
    heartbeat.leave("other:2:abcdef")
    assert list(asked(client)[1]) == ["worker"]


def test_heartbeats_are_one_row_a_worker_and_go_when_they_are_old(db: None) -> None:
    now = clock.now()
    for minutes in range(5):
        heartbeat.beat(WORKER, at=now + timedelta(minutes=minutes))
    row = WorkerHeartbeat.objects.get()
    assert (row.started_at, row.beat_at) == (now, now + timedelta(minutes=4))
    heartbeat.beat("other:2:abcdef", at=now + heartbeat.FORGOTTEN + timedelta(hours=1))
    assert WorkerHeartbeat.objects.get().worker == "other:2:abcdef"


TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s ORDER BY name",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = %s::regclass ORDER BY tgname",
}


def _drop_a_guard_of(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS[connection.vendor], [table])
        name = str(cursor.fetchone()[0])
        cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))
    return name


@pytest.mark.database
def test_L5_a_guard_that_is_gone_is_named(client: Client, worker: None) -> None:
    assert triggers.missing() == []
    gone = _drop_a_guard_of("revocation_event")
    status, wrong = asked(client)
    assert (status, list(wrong)) == (503, ["guards"])
    assert gone in wrong["guards"]


def test_threat_35_a_migration_that_is_missing_is_named(client: Client, worker: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'demo'")
    status, wrong = asked(client)
    assert (status, list(wrong)) == (503, ["migrations"])
    assert "demo.0001_initial" in wrong["migrations"]


def test_threat_35_the_graph_of_migrations_is_built_once_however_often_anybody_asks(
    client: Client, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[list[str]] = []
    lacking = schema.lacking
    monkeypatch.setattr(schema, "lacking", lambda: looked.append(lacking()) or looked[-1])
    schema._lacking_after.cache_clear()
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("demo", "0001_initial")
    for _ in range(3):
        assert "demo.0001_initial" in asked(client)[1]["migrations"]
    assert looked == [["demo.0001_initial"]]
    recorder.record_applied("demo", "0001_initial")
    assert asked(client) == (200, {})


def test_a_table_that_is_missing_is_noticed_and_told_once(
    client: Client, worker: None, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    backend = "django.core.cache.backends.db.DatabaseCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "no_such_table"}}
    with transaction.atomic():
        assert "make migrate" in asked(client)[1]["limits"]
        transaction.set_rollback(True)
    with transaction.atomic():
        assert "limits" in asked(client)[1]
        transaction.set_rollback(True)
    assert caplog.text.count("no_such_table") == 1


def test_threat_54_secrets_of_another_installation_are_named_and_not_shown(
    client: Client, worker: None, settings: Any
) -> None:
    installation.agree(at=timezone.now())
    assert asked(client) == (200, {})
    settings.KEY_ENCRYPTION_KEY = "of-another-machine-c7Fv2mQx9Lr4Tz8K"
    status, wrong = asked(client)
    assert (status, wrong) == (503, {"secrets": "KEY_ENCRYPTION_KEY: not the installation's value."})
    with pytest.raises(installation.SecretsDiffer, match="KEY_ENCRYPTION_KEY"):
        installation.agree(at=timezone.now())
    call_command("installation", "--accept-secrets")
    assert asked(client) == (200, {})


def test_threat_54_the_store_of_another_is_named(client: Client, worker: None, settings: Any) -> None:
    InstallationFact.objects.create(name=identity.IDENTITY, value="a" * 32, noted_at=timezone.now())
    assert asked(client) == (200, {})  # nothing is kept yet, so no store is the wrong one
    from revocation.models import Letter

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "_names_nothing", lambda: False)
        assert not Letter.objects.exists()
        assert "not the one of the database" in asked(client)[1]["letter_store"]


def test_threat_12_a_store_that_does_not_answer_is_named(
    client: Client, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(seconds: float) -> bool:
        raise StoreUnavailable

    monkeypatch.setattr(health.STORE_LOOK, "within", unavailable)
    assert asked(client)[1] == {"letter_store": "The letter store does not answer."}


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    go_on = threading.Event()
    yield go_on
    go_on.set()


def test_threat_55_a_store_that_hangs_is_asked_by_one_thread_only(hanging: threading.Event) -> None:
    calls: list[int] = []

    def ask() -> bool:
        calls.append(1)
        return hanging.wait(30)

    look = health.Look(ask)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            look.within(0.01)
    assert calls == [1]
    hanging.set()
    assert look.within(30) is True


def test_threat_31_a_database_that_fails_is_named_without_what_its_driver_says(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing() -> health.Finding:
        raise OperationalError('password authentication failed for user "portal" at db.inside.example')

    monkeypatch.setitem(health.CHECKS, "database", failing)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "inside" not in answer.content.decode()


def test_threat_55_the_sign_of_life_asks_nothing(
    client: Client, django_assert_num_queries: Any, settings: Any, tmp_path: Path
) -> None:
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["portal.example.com"], True
    client.cookies["sessionid"] = "abcdefghijklmnopqrstuvwxyz123456"
    with django_assert_num_queries(0):
        answer = client.get("/healthz", headers={"host": "10.0.0.7"})
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert answer.cookies == {}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_take_no_other_methods(client: Client, path: str) -> None:
    for method in (client.post, client.put, client.delete):
        assert method(path).status_code == 405
    assert client.head(path).status_code in (200, 503)
