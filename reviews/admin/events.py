"""L1: the record. Nobody adds, changes or deletes here, superusers included."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from reviews import permissions, searching
from reviews.admin.lists import KeysetChangeList, ReadOnlyAdmin
from reviews.links import certificate_link, request_link
from revocation.models import Event
from revocation.templatetags.portal import event_words


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    seen_by = permissions.SEE_EVENTS
    list_display = ("at", "kind", "actor_label", "certificate_id", "request_id", "said")
    list_filter = ("kind",)
    search_fields = ("fingerprint",)
    search_help_text = _("Name or start of a name, serial number, fingerprint, request number or file digest.")
    ordering = ("-id",)
    sortable_by = ()
    list_per_page = 100
    actions = None
    fields = (
        "at",
        "kind",
        "actor_label",
        "source",
        "person",
        "certificate",
        "request",
        "fingerprint",
        "change",
        "said",
        "data",
    )
    readonly_fields = ("person", "certificate", "request", "change", "said")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Events")} | (extra_context or {}))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        return searching.events(queryset, search_term), False

    @admin.display(description=_("state"))
    def change(self, row: Event) -> str:
        return f"{row.before} → {row.after}" if row.after and row.before != row.after else ""

    @admin.display(description=_("reason"))
    def said(self, row: Event) -> str:
        """Return why it happened, in the viewer's language."""
        return event_words(row)

    @admin.display(description=_("certificate"))
    def certificate(self, row: Event) -> str:
        return certificate_link(row.certificate_id) if row.certificate_id else "–"

    @admin.display(description=_("request"))
    def request(self, row: Event) -> str:
        return request_link(row.request_id) if row.request_id else "–"

    @admin.display(description=_("person affected"))
    def person(self, row: Event) -> str:
        return str(row.data.get("person", "–")) if row.person_id else "–"
