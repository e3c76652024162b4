"""M5: orders that are not proven yet, the stuck ones first, with the authority's own words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from reviews import permissions, searching
from reviews.admin.lists import CasePageAdmin, Page
from reviews.views import orders
from revocation.models import OrderState, RevocationOrder
from revocation.templatetags.portal import order_words

STUCK_FIRST = Case(When(state=OrderState.STUCK, then=Value(0)), default=Value(1))


class Outcome(admin.SimpleListFilter):
    """Which orders the list shows: those not proven yet, unless asked otherwise. A search looks everywhere."""

    title = _("orders")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("proven", _("Proven")), ("all", _("All orders"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all" or request.GET.get(SEARCH_VAR):
            return queryset
        return queryset.filter(proven_at__isnull=self.value() != "proven")

    def choices(self, changelist: Any) -> Any:
        default, *others = super().choices(changelist)
        default["display"] = _("Not proven yet")
        return [default, *others]


@admin.register(RevocationOrder)
class OrderAdmin(CasePageAdmin):
    seen_by = permissions.SEE_ORDERS
    pages = (
        Page("<row:pk>/retry/", orders.retry, "retry"),
        Page("<row:pk>/by-hand/", orders.by_hand, "by_hand"),
        Page("<row:pk>/confirm/", orders.confirm, "confirm"),
    )
    list_display = (
        "certificate",
        "request_number",
        "authority",
        "state",
        "attempts",
        "next_attempt_at",
        "said",
    )
    list_select_related = ("certificate", "request")
    list_filter = (Outcome,)
    search_fields = ("certificate__common_name",)
    search_help_text = searching.HELP
    actions = None

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return ("-id",) if request.GET.get("which") else (STUCK_FIRST, "id")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[RevocationOrder], search_term: str
    ) -> tuple[QuerySet[RevocationOrder], bool]:
        return searching.orders(queryset, search_term), False

    @admin.display(description=_("request"))
    def request_number(self, row: RevocationOrder) -> str:
        return row.request.number

    @admin.display(description=_("CA"))
    def authority(self, row: RevocationOrder) -> str:
        return row.certificate.authority

    @admin.display(description=_("CA's message"))
    def said(self, row: RevocationOrder) -> str:
        return order_words(row)

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"title": _("Orders to CAs")}

    def show(self, request: HttpRequest, pk: str) -> HttpResponse:
        return orders.show(request, pk)
