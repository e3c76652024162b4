"""Ordinary desks for data that decides nothing by itself: brands and deployment targets."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from revocation.models import Brand, DeploymentTarget


@admin.register(Brand)
class BrandAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "slug", "proof_record")

    def get_readonly_fields(self, request: HttpRequest, obj: Brand | None = None) -> tuple[str, ...]:
        """Lock the short name of a brand: the table of routes and the certificates refer to it."""
        return ("slug",) if obj else ()


@admin.register(DeploymentTarget)
class DeploymentTargetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "customer", "alias", "folder")
    list_select_related = ("customer",)
    raw_id_fields = ("customer",)
    show_full_result_count = False
