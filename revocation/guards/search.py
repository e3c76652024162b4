"""SQLite: the triggers that keep the trigrams of the search in step with the certificates, whoever writes them.

They refuse nothing, but are kept in place like the guards, because SQLite drops them too when a migration copies the
table. `revocation.models.certificate.search_index` searches. PostgreSQL keeps its trigrams itself.
"""

from __future__ import annotations

from revocation.guards.tables import CERTIFICATES

TRIGRAMS = "revocation_certificate_trigrams"
"""An FTS5 table (sqlite.org/fts5.html): its rowid is the certificate's id. It has no text of its own."""

FIRST, BITS = 0xE000, 12
"""The owner is one trigram: a number of up to 36 bits in three characters for private use, which no name has."""


def owner(customer_id: int) -> str:
    """Return the trigram by which the certificates of a customer are found."""
    return "".join(chr(FIRST + (customer_id >> BITS * place) % (1 << BITS)) for place in range(3))


def _owner_of(row: str) -> str:
    """Return SQL: the same for the customer of a row."""
    places = (f"{FIRST} + (({row}.customer_id >> {BITS * place}) & {(1 << BITS) - 1})" for place in range(3))
    return f"char({', '.join(places)})"


def _values(row: str) -> str:
    return f"{row}.id, {row}.search_text, {_owner_of(row)}"


_ADD = f"INSERT INTO {TRIGRAMS} (rowid, search_text, owner) VALUES ({_values('NEW')})"  # noqa: S608 - the table's name
_TAKE = f"INSERT INTO {TRIGRAMS} ({TRIGRAMS}, rowid, search_text, owner) VALUES ('delete', {_values('OLD')})"  # noqa: S608
_CHANGED = "NEW.id IS NOT OLD.id OR NEW.search_text IS NOT OLD.search_text OR NEW.customer_id IS NOT OLD.customer_id"
_COLUMNS = "id, search_text, customer_id"

TRIGGERS = {
    name: f"CREATE TRIGGER {name} AFTER {verb} ON {CERTIFICATES} BEGIN {act}; END"
    for name, verb, act in (
        ("search_certificate_insert", "INSERT", _ADD),
        ("search_certificate_delete", "DELETE", _TAKE),
    )
}
TRIGGERS["search_certificate_update"] = (
    f"CREATE TRIGGER search_certificate_update AFTER UPDATE OF {_COLUMNS} ON {CERTIFICATES} "
    f"WHEN {_CHANGED} BEGIN {_TAKE}; {_ADD}; END"
)
"""Name -> statement, as SQLite keeps it."""

FILLING = (
    f"INSERT INTO {TRIGRAMS} ({TRIGRAMS}) VALUES ('delete-all')",  # noqa: S608
    f"INSERT INTO {TRIGRAMS} (rowid, search_text, owner) SELECT {_values('c')} FROM {CERTIFICATES} c",  # noqa: S608
)
"""Statements that make the trigrams of all certificates anew: while a trigger was away, rows may have changed."""
