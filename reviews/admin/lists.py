"""The base of every list that staff read and never edit, and its paginators."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property

from reviews.permissions import holds_any
from reviews.queue import MOST, capped_count


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


class KeysetChangeList(ChangeList):
    """One page and a link to what is older; nothing is counted, and every depth costs the same."""

    older: int | None = None

    def get_results(self, request: HttpRequest) -> None:
        rows = list(self.queryset[: self.list_per_page + 1])
        shown = rows[: self.list_per_page]
        self.older = shown[-1].pk if len(rows) > len(shown) else None
        self.result_list = shown
        self.result_count = len(shown)
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = False
        self.can_show_all = self.multi_page = False
        self.paginator = Paginator(shown, self.list_per_page)

    @property
    def older_query(self) -> str:
        return self.get_query_string({"id__lt": self.older})
