"""The indexes behind the searches for certificates. SQLite and PostgreSQL each get the form that is quick there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import StrIndex

from revocation.guards.search import TRIGRAMS, owner

TRIGRAM = 3
"""Characters."""


class SearchIndex(models.Index):
    """The index of the search in *My Certificates*.

    SQLite: the order of the list with the text beside it, for what many certificates have (`found` finds the rest).
    PostgreSQL: trigrams by customer (extensions pg_trgm and btree_gin). A search reads no other customer's rows.
    """

    def create_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return super().create_sql(model, schema_editor, using, **kwargs)
        fields = [model._meta.get_field(name) for name in ("customer", "search_text")]
        opclasses = ("int8_ops", "gin_trgm_ops")
        return schema_editor._create_index_sql(  # type: ignore[attr-defined]
            model, fields=fields, name=self.name, using=" USING gin", opclasses=opclasses, **kwargs
        )


class BeginningIndex(models.Index):
    """An index for *begins with* in one column. PostgreSQL compares upper case byte by byte, SQLite ignores case."""

    def create_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Any:
        column = self.fields[0]
        by = f'UPPER("{column}"::text) text_pattern_ops'
        if schema_editor.connection.vendor != "postgresql":
            by = f'"{column}" COLLATE NOCASE'
        # A reference instead of a name: SQLite changes a table by copying it and renaming the copy.
        table = Table(model._meta.db_table, schema_editor.quote_name)
        return Statement(f'CREATE INDEX "{self.name}" ON %(table)s ({by}, "id")', table=table)


class NameIndex(models.Index):
    """An index for *begins with* in a column of lower case. The second column is read from the index too.

    PostgreSQL compares byte by byte. SQLite ignores case, since its LIKE knows no other way.
    """

    def create_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Any:
        table = Table(model._meta.db_table, schema_editor.quote_name)
        column, beside = (model._meta.get_field(name).get_attname_column()[1] for name in self.fields)  # type: ignore[union-attr]
        way = "varchar_pattern_ops" if schema_editor.connection.vendor == "postgresql" else "COLLATE NOCASE"
        return Statement(f'CREATE INDEX "{self.name}" ON %(table)s ("{column}" {way}, "{beside}")', table=table)


FEW = 500
"""Certificates that are looked at one by one. What more have is soon met in the order of the list."""

MOST_TRIGRAMS = 32
"""Trigrams of a word that are asked for."""


def found(customer_id: int, words: Sequence[Sequence[str]], vendor: str) -> list[int] | None:
    """Return the ids of a customer's certificates that may have all words, each in one of its spellings.

    None: the trigrams of SQLite do not say it, because there are more than `FEW` or each word is shorter than three
    characters. PostgreSQL uses its own trigrams by itself.
    """
    asked = [_any_of(spellings) for spellings in words if min(map(len, spellings)) >= TRIGRAM]
    if vendor != "sqlite" or not asked:
        return None
    match = " AND ".join([_quoted(owner(customer_id)), *asked])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT rowid FROM {TRIGRAMS} WHERE {TRIGRAMS} MATCH %s LIMIT %s", [match, FEW + 1])  # noqa: S608
        ids = [number for (number,) in cursor.fetchall()]
    return ids if len(ids) <= FEW else None


def _any_of(spellings: Iterable[str]) -> str:
    """Return an FTS5 expression: one of the spellings may be in the text, because all of its trigrams are."""
    return f"({' OR '.join(f'({_trigrams(spelling)})' for spelling in spellings)})"


def _trigrams(word: str) -> str:
    parts = dict.fromkeys(word[place : place + TRIGRAM] for place in range(len(word) - TRIGRAM + 1))
    return " AND ".join(_quoted(part) for part in list(parts)[:MOST_TRIGRAMS])


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"'


def containing(rows: QuerySet[Any], words: Sequence[str], vendor: str) -> QuerySet[Any]:
    """Return the rows whose `search_text` contains one of the words (lower case). No character is a wildcard."""
    if vendor == "postgresql":
        return rows.filter(reduce(or_, (Q(search_text__contains=word) for word in words)))
    places = {f"at_{number}": StrIndex("search_text", Value(word)) for number, word in enumerate(words)}
    found: QuerySet[Any] = rows.alias(**places).filter(reduce(or_, (Q(**{f"{at}__gt": 0}) for at in places)))
    return found
