"""Keyset pages: the list goes on after the last row that was seen, however long it is. Nothing is counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime

from certportal.numbers import row_number

PAGE = 50
"""Rows."""
Cursor = tuple[datetime, int]
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page:
    """One page of rows.

    `ids`: of the rows, in their order. `before`, `after`: cursors of the neighbouring pages, empty where there is none.
    """

    ids: list[int]
    before: str = ""
    after: str = ""


def read_cursor(text: str) -> Cursor | None:
    """Read a cursor such as ``2026-01-31T00:00:00+00:00,17``. Returns None for a mangled one.

    Returns None, too, for a time that UTC cannot express: the calendar's first and last hours in another zone.
    """
    at, _, number = text.rpartition(",")
    pk = row_number(number)
    try:
        when = parse_datetime(at)
        if pk is None or when is None or when.tzinfo is None:
            return None
        return when.astimezone(UTC), pk
    except (ValueError, OverflowError):
        return None


def written(row: Cursor) -> str:
    return f"{row[0].isoformat()},{row[1]}"


def page_of(lists: Sequence[QuerySet[Any]], *, after: str, before: str, size: int = PAGE) -> Page:
    """Return the page of `size` rows after `after`, or before `before`, by (not_after, id).

    Each list is one organisation's and follows its index; the lists are merged here. One query for several
    organisations would sort all their rows. The bound and its exception are two conditions, so that an index search
    begins at the bound. Joined by *or*, they would make PostgreSQL walk the index from its first row.
    """
    start, end = read_cursor(after), read_cursor(before)
    if end and not start:
        at, number = end
        earlier = Q(not_after__lte=at) & ~Q(not_after=at, id__gte=number)
        found = _merged([rows.filter(earlier).order_by("-not_after", "-id") for rows in lists], size + 1, reverse=True)
        return _page(found[:size][::-1], more_before=len(found) > size, more_after=True)
    if start:
        at, number = start
        later = Q(not_after__gte=at) & ~Q(not_after=at, id__lte=number)
        lists = [rows.filter(later) for rows in lists]
    found = _merged([rows.order_by("not_after", "id") for rows in lists], size + 1)
    return _page(found[:size], more_before=start is not None, more_after=len(found) > size)


def _merged(lists: Sequence[QuerySet[Any]], number: int, *, reverse: bool = False) -> list[Cursor]:
    """Return the first `number` rows of all lists, each of which is already ordered. Makes one query for each list."""
    heads = [list(rows.values_list("not_after", "id")[:number]) for rows in lists]
    return list(islice(merge(*heads, reverse=reverse), number))


def _page(rows: list[Cursor], *, more_before: bool, more_after: bool) -> Page:
    if not rows:
        return Page([])
    ids = [number for _, number in rows]
    return Page(ids, written(rows[0]) if more_before else "", written(rows[-1]) if more_after else "")


@dataclass(frozen=True)
class NewestFirst(Generic[Row]):
    """One page of rows, the newest first.

    `older`: the key before which the next page begins, None on the last page. `first`: is this the newest page?
    """

    rows: list[Row]
    older: int | None
    first: bool


def newest_first(lists: Sequence[QuerySet[Row]], *, before: str) -> NewestFirst[Row]:
    """Return 50 rows by descending primary key, those below `before` when that is a number.

    Each list is one organisation's and follows its index, as in `page_of`.
    """
    start = row_number(before)
    if start is not None:
        lists = [rows.filter(pk__lt=start) for rows in lists]
    heads = [list(rows.order_by("-pk")[: PAGE + 1]) for rows in lists]
    found = sorted((row for head in heads for row in head), key=lambda row: row.pk, reverse=True)
    shown = found[:PAGE]
    return NewestFirst(shown, shown[-1].pk if len(found) > PAGE else None, start is None)


def read_ids(values: Iterable[str]) -> list[int]:
    """Return the numbers in the address, each once. Other values are ignored."""
    numbers = (row_number(value) for value in values)
    return list(dict.fromkeys(number for number in numbers if number is not None))
