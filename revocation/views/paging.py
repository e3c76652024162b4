"""Keyset pages: the list goes on after the last row that was seen, however long it is. Nothing is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime

PAGE = 50
"""Rows."""
Cursor = tuple[datetime, int]
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page:
    """`before`, `after`: cursors of the neighbouring pages, empty where there is none."""

    rows: list[dict[str, Any]]
    before: str = ""
    after: str = ""


def read_cursor(text: str) -> Cursor | None:
    """``2026-01-31T00:00:00+00:00,17``; a mangled one is no cursor."""
    at, _, number = text.rpartition(",")
    try:
        when = parse_datetime(at)
    except ValueError:
        return None
    known = when is not None and when.tzinfo is not None and number.isascii() and number.isdigit()
    return (when, int(number)) if known and when and len(number) < 19 else None


def written(row: dict[str, Any]) -> str:
    return f"{row['not_after'].isoformat()},{row['id']}"


def page_of(rows: QuerySet[Any, dict[str, Any]], *, after: str, before: str) -> Page:
    """The 50 rows behind `after`, or those in front of `before`, by (not_after, id)."""
    start, end = read_cursor(after), read_cursor(before)
    if end and not start:
        at, number = end
        earlier = rows.filter(Q(not_after__lt=at) | Q(not_after=at, id__lt=number)).order_by("-not_after", "-id")
        found = list(earlier[: PAGE + 1])
        shown = found[:PAGE][::-1]
        return _page(shown, more_before=len(found) > PAGE, more_after=True)
    if start:
        at, number = start
        rows = rows.filter(Q(not_after__gt=at) | Q(not_after=at, id__gt=number))
    found = list(rows.order_by("not_after", "id")[: PAGE + 1])
    return _page(found[:PAGE], more_before=start is not None, more_after=len(found) > PAGE)


def _page(rows: list[dict[str, Any]], *, more_before: bool, more_after: bool) -> Page:
    if not rows:
        return Page([])
    return Page(rows, written(rows[0]) if more_before else "", written(rows[-1]) if more_after else "")


@dataclass(frozen=True)
class NewestFirst(Generic[Row]):
    """`older`: the number to go on before, or None on the last page. `first`: is this the newest page?"""

    rows: list[Row]
    older: int | None
    first: bool


def newest_first(rows: QuerySet[Row], *, before: str) -> NewestFirst[Row]:
    """50 rows by falling primary key, those below `before` when that is a number."""
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    if start is not None:
        rows = rows.filter(pk__lt=start)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    shown = found[:PAGE]
    return NewestFirst(shown, shown[-1].pk if len(found) > PAGE else None, start is None)
