"""R1: the queue, nearest deadline first, and the pages that each of its rows leads to."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from reviews import permissions, searching
from reviews.admin.filters import KeyCompromise, OfBrand, OfCustomer, Which, part_of
from reviews.admin.lists import CasePageAdmin, KeysetChangeList, Page
from reviews.presenters import presence
from reviews.presenters.deadline import badge
from reviews.queue import Numbers
from reviews.views import assignments, case, dashboard, decide, evidence, letters
from revocation.models import RevocationRequest

DISPLAY = ("number", "due", "short_route", "certificate", "customer_name", "reason_words")


LETTER, EVIDENCE = "<row:pk>/letter/<row:letter>/", "<row:pk>/evidence/<row:found>/"


@admin.register(RevocationRequest)
class RequestAdmin(CasePageAdmin):
    change_list_template = "reviews/queue.html"
    seen_by = permissions.SEE_REQUESTS
    pages = (
        Page("figures/", dashboard.show, "dashboard"),
        Page("figures.csv", dashboard.as_csv, "dashboard_csv"),
        Page("next/", assignments.following, "next"),
        Page("<row:pk>/people/", case.people, "people"),
        Page("<row:pk>/assign/", assignments.assign, "assign"),
        Page("<row:pk>/unassign/", assignments.unassign, "unassign"),
        Page("<row:pk>/note/", assignments.note, "note"),
        Page("<row:pk>/decide/<slug:verb>/", decide.decide, "decide"),
        Page(LETTER + "file/", letters.file, "letter", cacheable=True),
        Page(LETTER + "pages/<row:number>/", letters.picture, "picture", cacheable=True),
        Page(EVIDENCE + "file/", evidence.file, "evidence", cacheable=True),
        Page(EVIDENCE + "pages/<row:number>/", evidence.picture, "evidence_picture", cacheable=True),
    )
    list_display = (*DISPLAY, "on_it")
    list_display_links = ("number", "certificate")
    list_select_related = ("certificate__customer", "taken_by")
    list_filter = (Which, "route", KeyCompromise, OfBrand, OfCustomer)
    search_fields = ("certificate__common_name",)
    search_help_text = searching.HELP
    sortable_by = ()
    actions = None

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("due_at", "id") if part_of(request).queue else ("-id",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Show the state outside the queue only: in the queue all are in the same state."""
        return (*DISPLAY, "on_it" if part_of(request).queue else "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RevocationRequest]:
        case_views = Prefetch("case_views", presence.recent(timezone.now()))
        return super().get_queryset(request).prefetch_related(case_views)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[RevocationRequest], search_term: str
    ) -> tuple[QuerySet[RevocationRequest], bool]:
        return searching.requests(queryset, search_term), False

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

    @admin.display(description=_("due"))
    def due(self, row: RevocationRequest) -> SafeString:
        return badge(row.due_at if row.is_open else None, timezone.now())

    @admin.display(description=_("assigned to"))
    def on_it(self, row: RevocationRequest) -> SafeString:
        return presence.badge(row, timezone.now())

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "numbers": Numbers.at(timezone.now()),
            "title": _("Review queue"),
            "is_nav_sidebar_enabled": False,
            "may_decide": permissions.holds_any(request, permissions.DECIDES),
        }

    def show(self, request: HttpRequest, pk: str) -> HttpResponse:
        return case.show(request, pk)
