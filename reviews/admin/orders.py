"""M5: orders that are not proven yet, the stuck ones first, with the authority's own words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from reviews import permissions
from reviews.admin.lists import ReadOnlyAdmin
from reviews.views import orders
from revocation.models import OrderState, Revocation

STUCK_FIRST = Case(When(state=OrderState.STUCK, then=Value(0)), default=Value(1))


class Outcome(admin.SimpleListFilter):
    """What still has to be done, unless asked otherwise."""

    title = _("orders")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("proven", _("Proven")), ("all", _("All orders"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(proven_at__isnull=self.value() != "proven")

    def choices(self, changelist: Any) -> Any:
        default, *others = super().choices(changelist)
        default["display"] = _("Not proven yet")
        return [default, *others]


@admin.register(Revocation)
class OrderAdmin(ReadOnlyAdmin):
    seen_by = permissions.SEE_ORDERS
    list_display = (
        "certificate",
        "request_number",
        "authority",
        "state",
        "attempts",
        "next_attempt_at",
        "message",
    )
    list_select_related = ("certificate", "request")
    list_filter = (Outcome,)
    actions = None

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return ("-id",) if request.GET.get("which") else (STUCK_FIRST, "id")

    @admin.display(description=_("request"))
    def request_number(self, row: Revocation) -> str:
        return row.request.number

    @admin.display(description=_("authority"))
    def authority(self, row: Revocation) -> str:
        return row.certificate.authority

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = {"title": _("Orders to authorities")}
        return super().changelist_view(request, title | (extra_context or {}))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return orders.show(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/retry/", view(orders.retry), name="revocation_revocation_retry"),
            path("<int:pk>/by-hand/", view(orders.by_hand), name="revocation_revocation_by_hand"),
            *super().get_urls(),
        ]
