"""L1, M6: what was recorded stays, whatever the statement and the program: REPLACE, upsert, TRUNCATE, COPY."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from revocation.guards.tables import UNIQUE
from revocation.models import (
    Actor,
    Event,
    Letter,
    NameProof,
    Receipt,
    ReceiptPaper,
    RevocationRequest,
    SigningKey,
    StatusObservation,
)
from revocation.services.authority.receipt_drawing import paper_of
from revocation.services.letters import upload
from revocation.services.requests import filing
from revocation.services.review import decisions
from tests.conftest import MakeCertificate
from tests.guards.rows import execute, insert, only_postgresql, only_sqlite, refused, values
from tests.people import LOOKED_AT, NOW, draft, fresh, picture, submitted
from tests.support.scripted import CONFIRMS, install, tell_all

pytestmark = pytest.mark.database

EVENTS, RECEIPTS, PAPERS = (model._meta.db_table for model in (Event, Receipt, ReceiptPaper))
REQUESTS = RevocationRequest._meta.db_table


@pytest.fixture
def revoked(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, monkeypatch: pytest.MonkeyPatch
) -> RevocationRequest:
    """Return a revoked request with events, a decision, an order, status observations and a receipt with its PDF."""
    case = submitted(make_certificate(), alice)
    decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    install(monkeypatch, CONFIRMS)
    tell_all()
    paper_of(Receipt.objects.get(), at=NOW)
    return fresh(case)


RECORDED = [Event, Receipt, ReceiptPaper, RevocationRequest, StatusObservation, SigningKey]


def everything() -> dict[Any, list[dict[str, Any]]]:
    return {model: list(model.objects.order_by("pk").values()) for model in RECORDED}


@only_sqlite
@pytest.mark.parametrize("verb", ["REPLACE", "INSERT OR REPLACE", "INSERT OR IGNORE", "INSERT OR ROLLBACK"])
def test_L1_no_insert_replaces_what_was_recorded(revoked: RevocationRequest, verb: str) -> None:
    before = everything()
    model: Any
    for model in RECORDED:
        facts = values(model.objects.order_by("pk").first())
        for name in ("id", "rowid", "_rowid_", "oid"):
            row = {name if column == "id" else column: value for column, value in facts.items()}
            with refused("stands in the place"):
                insert(model._meta.db_table, row, verb)
        with refused("stands in the place"):
            insert(model._meta.db_table, facts | {"id": str(facts["id"])}, verb)
    assert everything() == before


@only_sqlite
def test_L1_nor_by_another_unique_column(revoked: RevocationRequest) -> None:
    model: Any
    for model in (Receipt, ReceiptPaper, StatusObservation, SigningKey):
        facts = values(model.objects.get(pk=model.objects.order_by("pk").first().pk)) | {"id": 9999}
        with refused("stands in the place"):
            insert(model._meta.db_table, facts, "INSERT OR REPLACE")


@only_sqlite
def test_L1_no_update_replaces_another_row(make_certificate: MakeCertificate, alice: Actor, bob: Actor) -> None:
    one, two = (draft(make_certificate(name), alice) for name in ("one.aurora.example", "two.aurora.example"))
    filing.discard(one.pk, by=alice, at=NOW)
    open_again = f"UPDATE OR REPLACE {REQUESTS} SET is_open = 1, state = 'draft', certificate_id = %s WHERE id = %s"
    with refused():
        execute(open_again, two.certificate_id, one.pk)
    with refused():
        execute(f"UPDATE OR REPLACE {REQUESTS} SET id = %s WHERE id = %s", two.pk, one.pk)
    third = draft(fresh(one.certificate), alice)
    with refused("stands in the place"):
        execute(f"UPDATE OR REPLACE {REQUESTS} SET is_open = 1, state = 'draft' WHERE id = %s", one.pk)
    assert {row.pk for row in RevocationRequest.objects.all()} == {one.pk, two.pk, third.pk}


@only_sqlite
def test_L1_no_row_stands_in_the_way_of_all_new_ones(
    revoked: RevocationRequest, make_certificate: MakeCertificate
) -> None:
    """The trigger reads an automatic id as -1, so nobody may put a row there."""
    for number in (-1, 0):
        with refused("ids begin with 1"):
            insert(EVENTS, values(Event.objects.first()) | {"id": number})
    make_certificate("another.aurora.example")  # its import is an event


@only_sqlite
@pytest.mark.django_db(transaction=True)
def test_L1_not_from_a_program_that_sets_no_pragma(revoked: RevocationRequest) -> None:
    """The program connects as the sqlite3 shell does: the guards need no setting of the connection."""
    before = everything()
    with sqlite3.connect(connection.settings_dict["NAME"]) as other:
        assert other.execute("PRAGMA recursive_triggers").fetchone() == (0,)
        for model in RECORDED:
            facts = values(model.objects.order_by("pk").first())
            names, marks = ", ".join(facts), ", ".join("?" * len(facts))
            statement = f"REPLACE INTO {model._meta.db_table} ({names}) VALUES ({marks})"
            with pytest.raises(sqlite3.IntegrityError, match="stands in the place"):
                other.execute(statement, [str(v) if hasattr(v, "year") else v for v in facts.values()])
            if model is not SigningKey:
                with pytest.raises(sqlite3.IntegrityError):
                    other.execute(f"DELETE FROM {model._meta.db_table}")
    other.close()
    assert everything() == before


@only_sqlite
def test_L1_and_a_connection_of_the_portal_fires_delete_triggers_too(db: None) -> None:
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA recursive_triggers").fetchone() == (1,)


def test_L1_an_upsert_changes_nothing_that_was_recorded(revoked: RevocationRequest) -> None:
    """ON CONFLICT DO UPDATE is refused on both engines."""
    before = everything()
    model: Any
    for model, column in (
        (Event, "why"),
        (Receipt, "made_at"),
        (ReceiptPaper, "drawn_at"),
        (RevocationRequest, "decided_why"),
    ):
        facts = values(model.objects.order_by("pk").first())
        facts[column] = NOW if column.endswith("_at") else "Rewritten."
        with refused():
            insert(model._meta.db_table, facts, end=f"ON CONFLICT (id) DO UPDATE SET {column} = excluded.{column}")
    assert everything() == before


def test_L1_events_and_receipts_are_neither_changed_nor_deleted(revoked: RevocationRequest) -> None:
    for table in (EVENTS, RECEIPTS, PAPERS):
        for statement in (f"UPDATE {table} SET id = id + 1000", f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with refused():
                execute(statement)


@only_postgresql
def test_L1_nothing_recorded_is_truncated(revoked: RevocationRequest) -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    for model in (*RECORDED, Letter, NameProof):
        with refused("never|append-only"):
            execute(f"TRUNCATE {model._meta.db_table} CASCADE")


@only_postgresql
def test_L6_copy_is_guarded_like_insert(make_certificate: MakeCertificate, alice: Actor) -> None:
    case = submitted(make_certificate(), alice)
    line = f"{case.certificate_id}\t{case.pk}\tdue\t4\t0\t0\t\t\t{{}}\t\n"
    names = "certificate_id, request_id, state, reason, attempts, looks, message, message_code, message_params"
    statement = f"COPY revocation_revocation ({names}, proven_through) FROM STDIN"
    wrapped = connection.wrap_database_errors
    with refused("an order needs a request"), connection.cursor() as cursor, wrapped, cursor.copy(statement) as copy:
        copy.write(line)


def test_M6_digests_of_letters_and_observations_stay(
    make_certificate: MakeCertificate, alice: Actor, revoked: RevocationRequest
) -> None:
    case = draft(make_certificate("ev.aurora.example", level="ov", brand="geotrust"), alice)
    upload.upload(case.pk, by=alice, at=NOW, data=picture("PNG"), file_name="letter.png")
    for column in ("sha256", "file_name", "kind"):
        with refused("digest of a letter"):
            execute(f"UPDATE revocation_letter SET {column} = 'x'")
    with refused("never deleted"):
        execute("DELETE FROM revocation_letter")
    for column in ("seen_at", "revoked_at"):
        with refused("first observation"):
            execute(f"UPDATE revocation_sighting SET {column} = NULL WHERE seen_at IS NOT NULL")
    with refused("receipts name this key"):
        execute("UPDATE revocation_signingkey SET public_pem = ''")


@only_sqlite
def test_every_unique_key_of_a_guarded_table_is_guarded_against_replace(db: None) -> None:
    """A new unique key that `UNIQUE` does not name would let REPLACE through."""
    tables = {model._meta.db_table for model in apps.get_models()}
    for table, keys in UNIQUE.items():
        assert table in tables
        named = {frozenset(key.columns) for key in keys}
        assert _unique_keys(table) == named, table


def _unique_keys(table: str) -> set[frozenset[str]]:
    found = set()
    with connection.cursor() as cursor:
        for row in cursor.execute(f"PRAGMA index_list({table})").fetchall():
            if row[2]:
                columns = cursor.execute(f"PRAGMA index_info({row[1]})").fetchall()
                found.add(frozenset(column for _, _, column in columns))
    return found


@only_sqlite
def test_the_condition_of_a_partial_key_is_the_index_s_own(db: None) -> None:
    """They agree word by word: otherwise SQLite does not use the index, and each new row costs a look at all others."""
    with connection.cursor() as cursor:
        wanted = "type = 'index' AND sql LIKE 'CREATE UNIQUE%WHERE%'"
        cursor.execute(f"SELECT tbl_name, sql FROM sqlite_master WHERE {wanted}")
        found = [(table, sql.split(" WHERE ")[1].replace('"', "")) for table, sql in cursor.fetchall()]
    ours = [(table, key.where.replace("{row}.", "")) for table, keys in UNIQUE.items() for key in keys if key.where]
    found = [(table, where) for table, where in found if table in UNIQUE]
    assert len(found) == len(ours)
    for table, where in found:
        assert any(table == other and where in condition.split(" AND ") for other, condition in ours), where
