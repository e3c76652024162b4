"""Discrepancies between the portal and the authorities, and the places that are compared (threats 30 and 36)."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from reviews import permissions
from reviews.admin.lists import ReadOnlyAdmin
from revocation.models import Discrepancy, StatusPoint
from revocation.templatetags.portal import problem_words


@admin.register(Discrepancy)
class DifferenceAdmin(ReadOnlyAdmin):
    seen_by = permissions.SEE_DISCREPANCIES
    list_display = ("certificate", "kind", "found_at", "over_at", "revoked_at", "reason", "point", "crl_number")
    list_select_related = ("certificate", "point")
    list_filter = ("kind", ("over_at", admin.EmptyFieldListFilter))
    ordering = (F("over_at").desc(nulls_first=True), "-id")
    sortable_by = ()
    actions = None


@admin.register(StatusPoint)
class StatusPointAdmin(ReadOnlyAdmin):
    seen_by = permissions.SEE_DISCREPANCIES
    list_display = (
        "url",
        "issuer",
        "kind",
        "compared",
        "found",
        "odd",
        "compared_at",
        "next_round_at",
        "crl_number",
        "said",
    )
    list_filter = (("problem", admin.EmptyFieldListFilter),)
    fields = ("url", "urls", *list_display[1:])
    readonly_fields = ("said",)
    ordering = ("-failures", "next_round_at", "id")
    sortable_by = ()
    actions = None

    @admin.display(description=_("problem"))
    def said(self, row: StatusPoint) -> str:
        """Return why it cannot be compared, in the viewer's language."""
        return problem_words(row)
