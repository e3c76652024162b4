"""The promises that the database keeps by itself, beside the constraints: made anew after every migration.

L1, M6: events and receipts are append-only. R3: nobody of the customer's own organisation decides, or approves first.
On SQLite a migration that changes a table copies it: it is refused while another table's trigger speaks of it, and
drops its own triggers silently. So they are lifted before migrations and made anew after, and not the work of one.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

EVENTS, REQUESTS, RECEIPTS = "revocation_event", "revocation_revocationrequest", "revocation_receipt"
DECIDERS = {"request_four_eyes": "decided_by_id", "request_first_eyes": "first_approved_by_id"}
"""Trigger -> the column that it guards."""

FOR_EVER = {"event": (EVENTS, "events are append-only"), "receipt": (RECEIPTS, "receipts are never changed")}
FOR_EVER_SQLITE = [f"{name}_no_{verb}" for name in FOR_EVER for verb in ("update", "delete")]

DROP = {
    "sqlite": [f"DROP TRIGGER IF EXISTS {name}" for name in (*FOR_EVER_SQLITE, *DECIDERS)],
    "postgresql": [
        f"DROP TRIGGER IF EXISTS event_append_only ON {EVENTS}",
        f"DROP TRIGGER IF EXISTS event_no_truncate ON {EVENTS}",
        f"DROP TRIGGER IF EXISTS receipt_append_only ON {RECEIPTS}",
        f"DROP TRIGGER IF EXISTS receipt_no_truncate ON {RECEIPTS}",
        *(f"DROP TRIGGER IF EXISTS {name} ON {REQUESTS}" for name in DECIDERS),
    ],
}


def member(column: str) -> str:
    """SQL: the person in the column belongs to the organisation of the request's certificate."""
    link = "accounts_membership m JOIN revocation_certificate c ON c.customer_id = m.customer_id"
    return f"EXISTS (SELECT 1 FROM {link} WHERE m.user_id = NEW.{column} AND c.id = NEW.certificate_id)"  # noqa: S608


def sqlite() -> list[str]:
    kept = [
        f"""CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {table}
            BEGIN SELECT RAISE(ABORT, '{why}'); END"""
        for name, (table, why) in FOR_EVER.items()
        for verb in ("UPDATE", "DELETE")
    ]
    eyes = [
        f"""CREATE TRIGGER {name} BEFORE UPDATE OF {column} ON {REQUESTS}
            WHEN NEW.{column} IS NOT NULL AND {member(column)}
            BEGIN SELECT RAISE(ABORT, 'four eyes: the decider belongs to the customer'); END"""
        for name, column in DECIDERS.items()
    ]
    return kept + eyes


def postgresql() -> list[str]:
    refusal = "RAISE EXCEPTION '{}' USING ERRCODE = 'integrity_constraint_violation';"
    made = [
        statement
        for name, (table, why) in FOR_EVER.items()
        for statement in (
            f"""CREATE OR REPLACE FUNCTION revocation_{name}_append_only() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN {refusal.format(why)} END $$""",
            f"""CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION revocation_{name}_append_only()""",
            f"""CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION revocation_{name}_append_only()""",
        )
    ]
    for name, column in DECIDERS.items():
        made += [
            f"""CREATE OR REPLACE FUNCTION revocation_{name}() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN IF NEW.{column} IS NOT NULL AND {member(column)} THEN
                {refusal.format("four eyes: the decider belongs to the customer")} END IF; RETURN NEW; END $$""",
            f"""CREATE TRIGGER {name} BEFORE INSERT OR UPDATE OF {column} ON {REQUESTS}
                FOR EACH ROW EXECUTE FUNCTION revocation_{name}()""",
        ]
    return made


MAKERS = {"sqlite": sqlite, "postgresql": postgresql}


def execute(using: str, statements: list[str]) -> None:
    with connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def lift(*, using: str = "default", plan: Any = (), **_: Any) -> None:
    """Receiver of `pre_migrate`: a migration that copies a table is refused by SQLite while a trigger speaks of it."""
    if plan and connections[using].vendor == "sqlite":
        execute(using, DROP["sqlite"])


def ensure(*, using: str = "default", **_: Any) -> None:
    """Receiver of `post_migrate`: the triggers are there, as written here. Twice is the same as once."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if not {REQUESTS, RECEIPTS} <= set(connection.introspection.table_names(cursor)):
            return
        columns = {column.name for column in connection.introspection.get_table_description(cursor, REQUESTS)}
    if columns >= set(DECIDERS.values()):  # else migrated back to an older state
        execute(using, DROP[connection.vendor] + MAKERS[connection.vendor]())
