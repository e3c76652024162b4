"""The base of every list that staff read and never edit, and its paginators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property

from reviews.pages import DIGITS
from reviews.permissions import holds_any
from reviews.queue import MOST, capped_count
from revocation.views.paging import read_cursor, written


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than the cap: the admin would count the whole table for every page."""

    @cached_property
    def count(self) -> int:
        return min(capped_count(self.object_list), MOST)  # type: ignore[arg-type]


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """No add, no change, no delete, for superusers too: services are the only writers.

    `seen_by`: any of these permissions opens the list.
    """

    seen_by: ClassVar[tuple[str, ...]] = ()
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A number that no key can have would break the database's query: as with other odd filters, all is shown."""
        values = (str(value) for name, value in request.GET.items() if name != SEARCH_VAR)
        if any(len(value) > DIGITS and value.removeprefix("-").isdecimal() for value in values):
            return redirect(f"{request.path}?{ERROR_FLAG}=1")
        shown: HttpResponse = super().changelist_view(request, extra_context)
        return shown

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds_any(request, self.seen_by)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return holds_any(request, self.seen_by)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


AFTER = "after"


class KeysetChangeList(ChangeList):
    """One page and a link to what comes after it: nothing is counted, and every depth costs the same.

    The order is by one field and the key, or by the key alone (`get_ordering` of the list).
    """

    is_keyset = True
    next_page = ""
    is_first = True

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        given: dict[str, Any] = super().get_filters_params(params)
        given.pop(AFTER, None)
        return given

    def get_results(self, request: HttpRequest) -> None:
        keys = [str(key) for key in self.model_admin.get_ordering(request)]
        start = _read(request.GET.get(AFTER, ""), keys)
        self.is_first = start is None
        rows = list(behind(self.queryset, keys, start)[: self.list_per_page + 1])
        shown = rows[: self.list_per_page]
        if len(rows) > len(shown):
            self.next_page = self.get_query_string({AFTER: _written(shown[-1], keys)})
        self.result_list = shown
        self.result_count = len(shown)
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = bool(shown)
        self.can_show_all = self.multi_page = False
        self.paginator = Paginator(shown, self.list_per_page)

    @property
    def first_page(self) -> str:
        return self.get_query_string(remove=[AFTER])


Start = tuple[datetime | None, int]


def behind(rows: QuerySet[Any], keys: Sequence[str], start: Start | None) -> QuerySet[Any]:
    """The rows after `start`; the bound stands alone beside the exception, so that an index begins there."""
    if start is None:
        return rows
    at, pk = start
    if at is None:
        return rows.filter(id__lt=pk)
    return rows.filter(**{f"{keys[0]}__gte": at}).exclude(**{keys[0]: at, "id__lte": pk})


def _read(text: str, keys: Sequence[str]) -> Start | None:
    """A mangled cursor is none: the list begins at its beginning."""
    if len(keys) > 1:
        return read_cursor(text)
    return (None, int(text)) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None


def _written(row: Any, keys: Sequence[str]) -> str:
    return written((getattr(row, keys[0]), row.pk)) if len(keys) > 1 else str(row.pk)
