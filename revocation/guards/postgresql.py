"""The guards in PostgreSQL: a function and a trigger each, compared with what the catalogue says about both.

What is right is not touched. What is wrong is replaced in place: CREATE OR REPLACE TRIGGER waits only for those who
write to the table. DROP TRIGGER would also wait for everybody who reads it, and a dump reads for hours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from django.db import connections

from revocation.guards.guard import DELETE, DISTINCT, INSERT, POSTGRESQL, TRUNCATE, UPDATE, Guard
from revocation.guards.tables import EVENTS, GUARDED, READ
from revocation.guards.wanted import GUARDS, RETIRED_POSTGRESQL

PREFIX = "guard_"
ROW, BEFORE = 1, 2
BITS = {INSERT: 4, DELETE: 8, UPDATE: 16, TRUNCATE: 32}
"""Bits of `pg_trigger.tgtype`."""

ORIGIN = "O"
"""Value of `pg_trigger.tgenabled`: fires, except in a session that acts as a replica (A: there too; D: never)."""

INSTALLED = """
    SELECT t.tgname, c.relname, t.tgtype::int, replace(t.tgenabled::text, 'A', 'O'),
        p.proname, p.prosrc, coalesce(p.proconfig[1], ''),
        t.tgqual IS NULL AND t.tgattr = '' AND t.tgconstraint = 0 AND t.tgnargs = 0
        AND p.pronamespace = c.relnamespace AND l.lanname = 'plpgsql' AND NOT p.prosecdef
        AND coalesce(array_length(p.proconfig, 1), 0) = 1
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    JOIN pg_language l ON l.oid = p.prolang
    WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass(%s)) AND NOT t.tgisinternal
"""
SCHEMA = """
    SELECT quote_ident(n.nspname) FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
    WHERE c.oid = to_regclass(%s)
"""


QUIET = """
    SELECT r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
    WHERE c.relkind = 'r' AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass(%s))
    UNION SELECT p.polname, c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass(%s))
"""
"""SQL for rules and policies, which also can swallow, change or hide rows of a table."""

PATH = "pg_catalog, pg_temp"
"""The search path of the guards' functions, for names without a schema. Nobody can add an operator there. An operator
for two varchars in the tables' own schema would come first, since PostgreSQL itself has none for this type."""

NAMED = re.compile(rf"\b(?:{'|'.join(sorted(READ))})\b")


class Trigger(NamedTuple):
    """A trigger as the catalogue describes it. `plain`: no condition, columns or arguments; an ordinary function."""

    table: str
    kind: int
    enabled: str
    function: str
    source: str
    config: str
    plain: bool


def parts(guard: Guard) -> list[tuple[str, tuple[str, ...]]]:
    """Return a guard's triggers by name and verbs. TRUNCATE has no rows, so it needs a trigger of its own."""
    of_rows = tuple(verb for verb in guard.verbs if verb != TRUNCATE)
    rows = [(PREFIX + guard.name, of_rows)] * bool(of_rows)
    return rows + [(f"{PREFIX}{guard.name}_truncate", (TRUNCATE,))] * (TRUNCATE in guard.verbs)


@cache
def wanted(schema: str) -> Mapping[str, Trigger]:
    """Return all triggers that this code wants, by name. `schema`: the tables' schema, quoted."""
    config = f"search_path={PATH}"
    made = {}
    for guard in GUARDS:
        if POSTGRESQL not in guard.engines:
            continue
        for name, verbs in parts(guard):
            kind = sum(BITS[verb] for verb in verbs) + BEFORE + ROW * (TRUNCATE not in verbs)
            made[name] = Trigger(guard.table, kind, ORIGIN, name, _source(guard, verbs, schema), config, plain=True)
    return made


def _source(guard: Guard, verbs: tuple[str, ...], schema: str) -> str:
    """Return the body of the function.

    Tables are named with their schema, whatever the session's path is. So nobody's own temporary table or operator can
    replace the real one.
    """
    refuse = f"RAISE EXCEPTION '{guard.why}' USING ERRCODE = 'integrity_constraint_violation';"
    if UPDATE in verbs and guard.changing:
        changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in guard.changing)
        skip = f"IF TG_OP = 'UPDATE' THEN IF NOT ({changed}) THEN RETURN NEW; END IF; END IF; "
    else:
        skip = ""
    if guard.refused_if and TRUNCATE not in verbs:
        condition = NAMED.sub(lambda table: f"{schema}.{table[0]}", guard.refused_if)
        refuse = f"IF {condition} THEN {refuse} END IF;"
    row = "OLD" if verbs == (DELETE,) else "NEW"
    text = f"BEGIN {skip}{refuse} RETURN {row}; END"
    return " ".join(text.replace(DISTINCT, "IS DISTINCT FROM").split())


def installed(using: str) -> dict[str, Trigger]:
    """Return all triggers on tables of the portal's schema by name, except those of constraints."""
    with connections[using].cursor() as cursor:
        cursor.execute(INSTALLED, [EVENTS])
        return {name: Trigger(*facts) for name, *facts in cursor.fetchall()}


def _schema(using: str) -> str:
    with connections[using].cursor() as cursor:
        cursor.execute(SCHEMA, [EVENTS])
        row = cursor.fetchone()
    return row[0] if row else "public"


def wrong(using: str) -> list[str]:
    """Return the names of guards that are absent, switched off or not as they should be."""
    found = installed(using)
    return [name for name, trigger in wanted(_schema(using)).items() if found.get(name) != trigger]


def mending(using: str) -> list[str]:
    """Return the statements that put right what is wrong."""
    bad = wrong(using)
    if not bad:
        return []
    schema = _schema(using)
    made = wanted(schema)
    return [statement for name in bad for statement in _made(schema, name, made[name])]


def retiring(using: str) -> list[str]:
    """Return the statements that drop guards which this release no longer knows."""
    schema, found = _schema(using), installed(using)
    known = wanted(schema)
    old = [n for n in found if n in dict(RETIRED_POSTGRESQL) or (n.startswith(PREFIX) and n not in known)]
    return _dropping(schema, old, found)


def _made(schema: str, name: str, trigger: Trigger) -> list[str]:
    verbs = " OR ".join(verb for verb, bit in BITS.items() if trigger.kind & bit)
    each = "ROW" if trigger.kind & ROW else "STATEMENT"
    return [
        f"CREATE OR REPLACE FUNCTION {schema}.{name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = {PATH} AS $guard${trigger.source}$guard$",
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {verbs} ON {schema}.{trigger.table} "
        f"FOR EACH {each} EXECUTE FUNCTION {schema}.{name}()",
    ]


def _dropping(schema: str, names: list[str], found: dict[str, Trigger]) -> list[str]:
    return [f"DROP TRIGGER {name} ON {schema}.{found[name].table}" for name in names]


def strays(using: str) -> list[str]:
    """Return the names of triggers, rules and policies on guarded tables that are not ours."""
    known = {*wanted(_schema(using)), *dict(RETIRED_POSTGRESQL)}
    with connections[using].cursor() as cursor:
        cursor.execute(QUIET, [EVENTS, EVENTS])
        quiet = cursor.fetchall()
    found = [(name, trigger.table) for name, trigger in installed(using).items() if name not in known]
    return [name for name, table in (*found, *quiet) if table in GUARDED]


def removing(using: str) -> list[str]:
    """Return the statements that drop all guards, also those of earlier releases."""
    found = installed(using)
    ours = [name for name in found if name.startswith(PREFIX) or name in dict(RETIRED_POSTGRESQL)]
    return _dropping(_schema(using), ours, found)
