"""The indexes behind the searches for certificates. SQLite and PostgreSQL each get the form that is quick there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import StrIndex


class SearchIndex(models.Index):
    """The index of the search in *My Certificates*.

    SQLite: the order of the list with the text beside it, so that a search reads the index alone. PostgreSQL: trigrams
    by customer (extensions pg_trgm and btree_gin), so that a search reads no other customer's rows.
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


def containing(rows: QuerySet[Any], words: Sequence[str], vendor: str) -> QuerySet[Any]:
    """Return the rows whose `search_text` contains one of the words (lower case). No character is a wildcard."""
    if vendor == "postgresql":
        return rows.filter(reduce(or_, (Q(search_text__contains=word) for word in words)))
    places = {f"at_{number}": StrIndex("search_text", Value(word)) for number, word in enumerate(words)}
    found: QuerySet[Any] = rows.alias(**places).filter(reduce(or_, (Q(**{f"{at}__gt": 0}) for at in places)))
    return found
