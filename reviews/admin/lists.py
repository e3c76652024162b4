"""The base of every list that staff read and never edit, and its paginators."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import Media
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.functional import cached_property

from certportal.numbers import row_number
from reviews.permissions import holds_any
from reviews.queue import MOST, capped_count
from revocation.web.guards.paging import read_cursor, written


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """A paginator that counts no further than the cap. The admin would count the whole table for every page."""

    @cached_property
    def count(self) -> int:
        return min(capped_count(self.object_list), MOST)  # type: ignore[arg-type]


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list without add, change and delete, for superusers too: services are the only writers.

    `seen_by`: any of these permissions opens the list.
    """

    seen_by: ClassVar[tuple[str, ...]] = ()
    change_list_template = "reviews/list.html"
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list with the scripts that it uses. The admin's other ones, jQuery among them, are for forms."""
        scripts = [Script("admin/js/actions.js", defer=True)] if self.actions else []
        media = Media(js=scripts)  # type: ignore[arg-type]
        return super().changelist_view(request, {"media": media} | (extra_context or {}))

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


class Page(NamedTuple):
    """A page below a list: its address, the view, and the name of the address behind `app_model_`."""

    address: str
    view: Callable[..., HttpResponse]
    name: str
    cacheable: bool = False


class CasePageAdmin(ReadOnlyAdmin):
    """A list whose rows lead to pages of our own instead of the admin's form. `show` draws a row's page."""

    pages: ClassVar[tuple[Page, ...]] = ()

    @abstractmethod
    def show(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Draw the page of one row."""

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the page of the list shows besides its rows."""
        return {}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, self.list_context(request) | (extra_context or {}))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self.show(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        guarded, prefix = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}_"
        own = [path(page.address, guarded(page.view, page.cacheable), name=prefix + page.name) for page in self.pages]
        return [*own, *super().get_urls()]


AFTER = "after"


class KeysetChangeList(ChangeList):
    """A list that shows one page and a link to the next: nothing is counted, and every depth costs the same.

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
    """Return the rows after `start`. The bound and its exception are two conditions, so that an index begins there."""
    if start is None:
        return rows
    at, pk = start
    if at is None:
        return rows.filter(id__lt=pk)
    return rows.filter(**{f"{keys[0]}__gte": at}).exclude(**{keys[0]: at, "id__lte": pk})


def _read(text: str, keys: Sequence[str]) -> Start | None:
    """Read a cursor. A mangled one is none: the list begins at its beginning."""
    if len(keys) > 1:
        return read_cursor(text)
    pk = row_number(text)
    return None if pk is None else (None, pk)


def _written(row: Any, keys: Sequence[str]) -> str:
    return written((getattr(row, keys[0]), row.pk)) if len(keys) > 1 else str(row.pk)
