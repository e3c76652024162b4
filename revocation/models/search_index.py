"""The index behind the search in *My Certificates*: one name, two shapes, each what its database is quick with."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models import QuerySet, Value
from django.db.models.functions import StrIndex


class SearchIndex(models.Index):
    """SQLite: the order of the list with the text beside it, so that a search reads the index alone. PostgreSQL:
    trigrams under their owner (extensions pg_trgm and btree_gin), so that nobody's search reads others' rows."""

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
    """For *begins with* in one column: PostgreSQL compares upper case byte by byte, SQLite without case."""

    def create_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Any:
        table, column = model._meta.db_table, self.fields[0]
        by = f'UPPER("{column}"::text) text_pattern_ops'
        if schema_editor.connection.vendor != "postgresql":
            by = f'"{column}" COLLATE NOCASE'
        return Statement(f'CREATE INDEX "{self.name}" ON "{table}" ({by}, "id")')


def containing(rows: QuerySet[Any], word: str, vendor: str) -> QuerySet[Any]:
    """Rows whose `search_text` has the word (lower case) anywhere in it. No character of it is a wildcard."""
    if vendor == "postgresql":
        return rows.filter(search_text__contains=word)
    found: QuerySet[Any] = rows.alias(at=StrIndex("search_text", Value(word))).filter(at__gt=0)
    return found
