"""L1: the record. Nobody adds, changes or deletes here, superusers included."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from reviews import permissions
from reviews.admin.lists import KeysetChangeList, ReadOnlyAdmin
from reviews.links import certificate_link, request_link
from revocation.models import Event


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    seen_by = permissions.SEE_EVENTS
    list_display = ("at", "kind", "actor_label", "certificate_id", "request_id", "why")
    list_filter = ("kind",)
    ordering = ("-id",)
    sortable_by = ()
    list_per_page = 100
    actions = None
    fields = (
        "at",
        "kind",
        "actor_label",
        "source",
        "certificate",
        "request",
        "fingerprint",
        "change",
        "why",
        "data",
    )
    readonly_fields = ("certificate", "request", "change")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Events")} | (extra_context or {}))

    @admin.display(description=_("state"))
    def change(self, row: Event) -> str:
        return f"{row.before} → {row.after}" if row.after and row.before != row.after else ""

    @admin.display(description=_("certificate"))
    def certificate(self, row: Event) -> SafeString:
        return certificate_link(row.certificate_id) if row.certificate_id else format_html("–")

    @admin.display(description=_("request"))
    def request(self, row: Event) -> SafeString:
        return request_link(row.request_id) if row.request_id else format_html("–")
