"""A changed guard is reported and repaired, an intact one is left alone, and guards look rows up by an index."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certportal.database import schema
from revocation import triggers
from revocation.guards import keeping, search
from revocation.guards.guard import ENGINES
from revocation.guards.wanted import GUARDS, RETIRED_POSTGRESQL, RETIRED_SQLITE
from revocation.worker import DUTIES, run_once
from tests.guards.rows import SQLITE, execute, only_postgresql

pytestmark = pytest.mark.database

EVENT = "guard_event_kept_update" if SQLITE else "guard_event_kept"
BODY = "RETURNS trigger LANGUAGE plpgsql"
ON_POSTGRESQL = [
    f"ALTER TABLE revocation_event DISABLE TRIGGER {EVENT}",
    f"ALTER TABLE revocation_event ENABLE REPLICA TRIGGER {EVENT}",
    f"DROP TRIGGER {EVENT} ON revocation_event",
    f"CREATE OR REPLACE FUNCTION {EVENT}() {BODY} AS 'BEGIN RETURN NEW; END'",
    f"CREATE OR REPLACE FUNCTION {EVENT}() {BODY} SET search_path = pg_catalog, public, pg_temp "
    "AS 'BEGIN RETURN NEW; END'",
    f"ALTER FUNCTION {EVENT}() RESET ALL",
    f"ALTER FUNCTION {EVENT}() SET search_path = elsewhere",
    f"ALTER FUNCTION {EVENT}() SECURITY DEFINER",
    f"CREATE OR REPLACE TRIGGER {EVENT} BEFORE DELETE ON revocation_event FOR EACH ROW EXECUTE FUNCTION {EVENT}()",
    f"CREATE OR REPLACE TRIGGER {EVENT} AFTER UPDATE OR DELETE ON revocation_event FOR EACH ROW "
    f"EXECUTE FUNCTION {EVENT}()",
    f"CREATE OR REPLACE TRIGGER {EVENT} BEFORE UPDATE OR DELETE ON revocation_event FOR EACH ROW WHEN (OLD.id < 0) "
    f"EXECUTE FUNCTION {EVENT}()",
    f"CREATE OR REPLACE TRIGGER {EVENT} BEFORE UPDATE OF id OR DELETE ON revocation_event FOR EACH ROW "
    f"EXECUTE FUNCTION {EVENT}()",
]
ON_SQLITE = [
    f"DROP TRIGGER {EVENT}",
    f"CREATE TRIGGER {EVENT} BEFORE UPDATE ON revocation_event BEGIN SELECT 1; END",
    f"CREATE TRIGGER {EVENT} BEFORE UPDATE ON revocation_mail BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
]


@pytest.mark.django_db
@pytest.mark.parametrize("attack", ON_SQLITE if SQLITE else ON_POSTGRESQL)
def test_L5_a_guard_that_is_gone_off_or_changed_is_named_and_mended(attack: str) -> None:
    assert triggers.missing() == []
    if SQLITE and attack.startswith("CREATE"):
        execute(f"DROP TRIGGER {EVENT}")
    execute(attack)
    assert triggers.missing() == [EVENT]
    assert EVENT in triggers.why_not_ready()
    triggers.ensure()
    assert triggers.missing() == []


@pytest.mark.django_db
def test_L5_every_guard_is_missed(db: None) -> None:
    triggers.remove()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            if SQLITE
            else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        )
        assert {name for (name,) in cursor.fetchall()} == (set(search.TRIGGERS) if SQLITE else set())
    missing = triggers.missing()
    for guard in GUARDS:
        if connection.vendor in guard.engines and not (SQLITE and guard.verbs == ("TRUNCATE",)):
            assert any(name.startswith(f"guard_{guard.name}") for name in missing), guard.name
    triggers.ensure()
    assert triggers.missing() == []


@pytest.mark.django_db
def test_L5_where_all_is_well_nothing_is_written() -> None:
    with CaptureQueriesContext(connection) as asked:
        triggers.ensure()
    assert asked.captured_queries
    assert all(query["sql"].strip().startswith("SELECT") for query in asked.captured_queries)


@pytest.mark.django_db
def test_L5_only_what_differs_is_replaced() -> None:
    execute(f"DROP TRIGGER {EVENT}" + (" ON revocation_event" * (not SQLITE)))
    with CaptureQueriesContext(connection) as asked:
        triggers.ensure()
    changed = [q["sql"] for q in asked.captured_queries if re.match(r"\s*(CREATE|DROP|ALTER)", q["sql"])]
    assert changed
    assert all(EVENT in statement for statement in changed)
    assert not [statement for statement in changed if statement.startswith("DROP")]


@pytest.mark.django_db
def test_L5_a_trigger_of_somebody_else_is_named() -> None:
    assert triggers.strays() == []
    if SQLITE:
        execute("CREATE TRIGGER quiet BEFORE INSERT ON revocation_event BEGIN SELECT RAISE(IGNORE); END")
    else:
        execute("CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        execute("CREATE TRIGGER quiet BEFORE INSERT ON revocation_event FOR EACH ROW EXECUTE FUNCTION quiet()")
    assert triggers.strays() == ["quiet"]
    assert triggers.missing() == []


@pytest.mark.django_db
def test_threat_35_the_guards_of_a_newer_release_are_left_alone() -> None:
    execute("INSERT INTO django_migrations (app, name, applied) VALUES ('revocation', '9999_next', '2026-11-25')")
    execute(f"DROP TRIGGER {EVENT}" + (" ON revocation_event" * (not SQLITE)))
    assert triggers.missing() == []
    triggers.ensure()
    execute("DELETE FROM django_migrations WHERE name = '9999_next'")
    assert triggers.missing() == [EVENT]


@pytest.mark.django_db
def test_threat_35_migrations_that_were_squashed_since_are_not_those_of_a_newer_release() -> None:
    execute("INSERT INTO django_migrations (app, name, applied) VALUES ('revocation', '0001_initial', '2026-11-25')")
    execute(f"DROP TRIGGER {EVENT}" + (" ON revocation_event" * (not SQLITE)))
    assert schema.unknown() == []
    assert triggers.missing() == [EVENT]
    triggers.ensure()
    assert triggers.missing() == []


@pytest.mark.django_db
def test_the_triggers_of_earlier_releases_go_when_these_come() -> None:
    triggers.remove()
    act = "BEGIN SELECT RAISE(ABORT, 'x'); END" if SQLITE else "FOR EACH ROW EXECUTE FUNCTION old()"
    if not SQLITE:
        execute("CREATE FUNCTION old() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
    earlier = RETIRED_SQLITE if SQLITE else [name for name, _ in RETIRED_POSTGRESQL]
    for name in earlier:
        execute(f"CREATE TRIGGER {name} BEFORE UPDATE ON revocation_event {act}")
    assert triggers.strays() == []
    triggers.ensure()
    assert not set(keeping.ENGINES[connection.vendor].installed("default")) & set(earlier)


def test_both_engines_have_the_same_guards_but_for_replace() -> None:
    """The test lists the guards that only one engine has."""
    of_one = {guard.name for guard in GUARDS if guard.engines != ENGINES}
    assert of_one == {f"{table}_{what}" for table in TABLES for what in ("new", "id", "moved")}


TABLES = (
    "certificate",
    "event",
    "receipt",
    "receiptpaper",
    "revocation",
    "revocationrequest",
    "nameproof",
    "letter",
    "evidence",
    "handrecord",
    "signingkey",
    "sighting",
)


@pytest.mark.django_db
@pytest.mark.parametrize("guard", [guard for guard in GUARDS if guard.refused_if], ids=lambda guard: guard.name)
def test_looking_a_row_up_for_a_guard_walks_an_index(guard: Any) -> None:
    """No guard reads a whole table, however long it has grown: one row is NEW, one is OLD, the rest is looked up."""
    if connection.vendor not in guard.engines:
        return
    looked = guard.refused_if.replace("<distinct>", "IS NOT" if SQLITE else "IS DISTINCT FROM")
    rows = f"{guard.table} new, {guard.table} old WHERE new.id = 1 AND old.id = 1"
    with connection.cursor() as cursor:
        if SQLITE:
            steps = [step[3] for step in cursor.execute(f"EXPLAIN QUERY PLAN SELECT {looked} FROM {rows}").fetchall()]
        else:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN SELECT {looked} FROM {rows}")
            steps = [step for (step,) in cursor.fetchall()]
    assert steps
    assert not [step for step in steps if re.match(r"SCAN (?!CONSTANT|up\b)|.*Seq Scan", step)], steps


@only_postgresql
@pytest.mark.django_db
def test_a_guard_reads_the_tables_of_its_own_schema() -> None:
    """Tables have full names: neither the session's search path nor somebody's own operator changes their meaning."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc, proconfig FROM pg_proc WHERE proname LIKE 'guard%%'")
        found = cursor.fetchall()
    assert {tuple(config) for _, config in found} == {("search_path=pg_catalog, pg_temp",)}
    for source, _ in found:
        assert not re.search(r"(FROM|JOIN) (revocation|accounts)_", source)


@only_postgresql
@pytest.mark.django_db
def test_L5_a_rule_or_a_policy_of_somebody_else_is_named() -> None:
    execute("CREATE RULE quiet AS ON INSERT TO revocation_event DO INSTEAD NOTHING")
    execute("CREATE POLICY hidden ON revocation_receipt USING (false)")
    assert sorted(triggers.strays()) == ["hidden", "quiet"]


@pytest.mark.django_db
def test_L5_a_running_worker_says_that_guards_are_gone(caplog: pytest.LogCaptureFixture) -> None:
    duty = next(duty for duty in DUTIES if duty.name == "check guards")
    run_once(duty)
    assert not caplog.records
    execute(f"DROP TRIGGER {EVENT}" + (" ON revocation_event" * (not SQLITE)))
    run_once(duty)
    assert EVENT in caplog.text
