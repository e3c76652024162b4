"""R1: the queue, nearest deadline first, and the pages that each of its rows leads to."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from reviews import permissions, presence, searching
from reviews.admin.filters import KeyCompromise, OfBrand, OfCustomer, Which, part_of
from reviews.admin.lists import KeysetChangeList, ReadOnlyAdmin
from reviews.deadline import badge
from reviews.queue import Numbers
from reviews.views import case, dashboard, decide, evidence, letters, taking
from revocation.models import RevocationRequest

DISPLAY = ("number", "due", "short_route", "certificate", "customer_name", "reason_words")


@admin.register(RevocationRequest)
class RequestAdmin(ReadOnlyAdmin):
    seen_by = permissions.SEE_REQUESTS
    list_display = (*DISPLAY, "on_it")
    list_display_links = ("number", "certificate")
    list_select_related = ("certificate__customer", "taken_by")
    list_filter = (Which, "route", KeyCompromise, OfBrand, OfCustomer)
    search_fields = ("certificate__common_name",)
    search_help_text = _("Number of the request, serial number or fingerprint, or how the name begins.")
    sortable_by = ()
    actions = None

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("due_at", "id") if part_of(request).queue else ("-id",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """In the queue all are in the same state."""
        return (*DISPLAY, "on_it" if part_of(request).queue else "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RevocationRequest]:
        glances = Prefetch("glances", presence.recent(timezone.now()))
        return super().get_queryset(request).prefetch_related(glances)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[RevocationRequest], search_term: str
    ) -> tuple[QuerySet[RevocationRequest], bool]:
        return searching.find(queryset, searching.REQUEST, search_term), False

    @admin.display(description=_("request"))
    def number(self, row: RevocationRequest) -> str:
        return row.number

    @admin.display(description=_("customer"))
    def customer_name(self, row: RevocationRequest) -> str:
        return str(row.certificate.customer)

    @admin.display(description=_("reason"))
    def reason_words(self, row: RevocationRequest) -> str:
        return row.reason_name

    @admin.display(description=_("route"))
    def short_route(self, row: RevocationRequest) -> str:
        return row.route

    @admin.display(description=_("deadline"))
    def due(self, row: RevocationRequest) -> SafeString:
        return badge(row.due_at if row.is_open else None, timezone.now())

    @admin.display(description=_("who is on it"))
    def on_it(self, row: RevocationRequest) -> SafeString:
        return presence.badge(row, timezone.now())

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {
            "numbers": Numbers.at(timezone.now()),
            "title": _("The queue of revocation requests"),
            "is_nav_sidebar_enabled": False,
            "may_decide": permissions.holds_any(request, permissions.DECIDES),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return case.show(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "revocation_revocationrequest_"
        letter, shown = "<int:pk>/letter/<int:letter>/", "<int:pk>/evidence/<int:found>/"
        return [
            path("figures/", view(dashboard.show), name=name + "dashboard"),
            path("figures.csv", view(dashboard.as_csv), name=name + "dashboard_csv"),
            path("next/", view(taking.following), name=name + "next"),
            path("<int:pk>/people/", view(case.people), name=name + "people"),
            path("<int:pk>/take/", view(taking.take), name=name + "take"),
            path("<int:pk>/give-back/", view(taking.give_back), name=name + "give_back"),
            path("<int:pk>/note/", view(taking.note), name=name + "note"),
            path("<int:pk>/decide/<slug:verb>/", view(decide.decide), name=name + "decide"),
            path(letter + "file/", view(letters.file, cacheable=True), name=name + "letter"),
            path(letter + "pages/<int:number>/", view(letters.picture, cacheable=True), name=name + "picture"),
            path(shown + "file/", view(evidence.file, cacheable=True), name=name + "evidence"),
            path(shown + "pages/<int:number>/", view(evidence.picture, cacheable=True), name=name + "evidence_picture"),
            *super().get_urls(),
        ]
