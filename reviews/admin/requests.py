"""R1: the queue, nearest deadline first, and the case page that each of its rows leads to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from reviews import permissions, searching
from reviews.admin.lists import ReadOnlyAdmin
from reviews.deadline import badge
from reviews.queue import Numbers
from reviews.views import case, decide, letters
from revocation.models import RevocationRequest

ALL, OVERDUE = "all", "overdue"


def is_queue(request: HttpRequest) -> bool:
    """Is the list the queue, or does it look at all requests?"""
    return request.GET.get("which") != ALL and not request.GET.get("q")


class Which(admin.SimpleListFilter):
    """The queue unless asked otherwise; a search looks everywhere."""

    title = _("requests")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(OVERDUE, _("Overdue")), (ALL, _("All requests"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not is_queue(request):
            return queryset
        queue = queryset.filter(queued_at__isnull=False)
        return queue.filter(due_at__lt=timezone.now()) if self.value() == OVERDUE else queue

    def choices(self, changelist: Any) -> Any:
        default, *others = super().choices(changelist)
        default["display"] = _("Waiting for a decision")
        return [default, *others]


@admin.register(RevocationRequest)
class RequestAdmin(ReadOnlyAdmin):
    seen_by = permissions.SEE_REQUESTS
    list_display = ("number", "due", "certificate", "customer", "reason_words", "short_route")
    list_display_links = ("number", "certificate")
    list_select_related = ("certificate__customer",)
    list_filter = (Which, "route")
    search_fields = ("certificate__common_name",)
    search_help_text = _("Number of the request, serial number or fingerprint, or how the name begins.")
    actions = None

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("due_at", "id") if is_queue(request) else ("-id",)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """In the queue all are in the same state."""
        return self.list_display if is_queue(request) else (*self.list_display, "state")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[RevocationRequest], search_term: str
    ) -> tuple[QuerySet[RevocationRequest], bool]:
        return searching.find(queryset, searching.REQUEST, search_term), False

    @admin.display(description=_("request"))
    def number(self, row: RevocationRequest) -> str:
        return row.number

    @admin.display(description=_("customer"))
    def customer(self, row: RevocationRequest) -> str:
        return str(row.certificate.customer)

    @admin.display(description=_("reason"))
    def reason_words(self, row: RevocationRequest) -> str:
        return row.reason_name

    @admin.display(description=_("route"), ordering="route")
    def short_route(self, row: RevocationRequest) -> str:
        return row.route

    @admin.display(description=_("deadline"), ordering="due_at")
    def due(self, row: RevocationRequest) -> SafeString:
        return badge(row.due_at if row.is_open else None, timezone.now())

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        numbers = {"numbers": Numbers.at(timezone.now()), "title": _("The queue of revocation requests")}
        return super().changelist_view(request, numbers | (extra_context or {}))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return case.show(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        letter = "<int:pk>/letter/<int:letter>/"
        return [
            path(
                "<int:pk>/decide/<slug:verb>/",
                view(decide.decide),
                name="revocation_revocationrequest_decide",
            ),
            path(
                letter + "file/",
                view(letters.file, cacheable=True),
                name="revocation_revocationrequest_letter",
            ),
            path(
                letter + "pages/<int:number>/",
                view(letters.picture, cacheable=True),
                name="revocation_revocationrequest_picture",
            ),
            *super().get_urls(),
        ]
