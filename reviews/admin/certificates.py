"""The inventory for staff: facts to read, certificates to take in, and deleting for good (M6)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reviews import permissions, searching
from reviews.actor import acting_user
from reviews.admin.lists import KeysetChangeList, ReadOnlyAdmin
from reviews.views import certificates, inventory, purging, record
from revocation.models import Certificate
from revocation.services import clock
from revocation.services import inventory as inventory_service


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    seen_by = permissions.SEE_CERTIFICATES
    list_display = (
        "title",
        "customer",
        "serial_number",
        "state",
        "not_after",
        "brand",
        "level",
        "uploaded",
    )
    list_select_related = ("customer", "brand")
    list_filter = ("state", "uploaded", "standard", "level")
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("common_name",)
    search_help_text = gettext_lazy("Serial number or fingerprint, or how the name begins.")
    actions = ("to_be_renewed", "not_to_be_renewed", "delete_for_good")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Certificate], search_term: str
    ) -> tuple[QuerySet[Certificate], bool]:
        return searching.find(queryset, searching.CERTIFICATE, search_term), False

    @admin.display(description=gettext_lazy("certificate"))
    def title(self, row: Certificate) -> str:
        return row.title

    def has_purge_permission(self, request: HttpRequest) -> bool:
        return permissions.holds_any(request, permissions.PURGE)

    def has_order_permission(self, request: HttpRequest) -> bool:
        return permissions.holds_any(request, permissions.IMPORT)

    @admin.action(description=gettext_lazy("Mark as to be renewed"), permissions=["order"])
    def to_be_renewed(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> None:
        self._mark(request, queryset, wanted=True)

    @admin.action(description=gettext_lazy("Mark as not to be renewed"), permissions=["order"])
    def not_to_be_renewed(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> None:
        self._mark(request, queryset, wanted=False)

    def _mark(self, request: HttpRequest, queryset: QuerySet[Certificate], *, wanted: bool) -> None:
        by, at = acting_user(request), clock.now()
        chosen = queryset.values_list("pk", flat=True)[: purging.MOST]
        changed = sum(inventory_service.mark_to_be_renewed(pk, wanted, by=by, at=at) for pk in chosen)
        text = ngettext("%(count)d certificate is changed.", "%(count)d certificates are changed.", changed)
        self.message_user(request, text % {"count": changed})

    @admin.action(description=gettext_lazy("Delete for good …"), permissions=["purge"])
    def delete_for_good(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> HttpResponse | None:
        """Leads to the confirmation; only what the list itself shows can be chosen here."""
        chosen = list(queryset.values_list("pk", flat=True)[: purging.MOST + 1])
        if len(chosen) > purging.MOST:
            text = _("Choose at most %(most)d certificates at a time.") % {"most": purging.MOST}
            self.message_user(request, text, messages.ERROR)
            return None
        address = reverse("admin:revocation_certificate_purge")
        return HttpResponseRedirect(f"{address}?{urlencode({'id': chosen}, doseq=True)}")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_import = permissions.holds_any(request, permissions.IMPORT)
        context = {"title": _("Certificates"), "may_import": may_import}
        return super().changelist_view(request, context | (extra_context or {}))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return certificates.show(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("import/", view(inventory.take_in), name="revocation_certificate_import"),
            path("issue/", view(inventory.issue), name="revocation_certificate_issue"),
            path("delete-for-good/", view(purging.purge), name="revocation_certificate_purge"),
            path("<int:pk>/record/", view(record.show), name="revocation_certificate_record"),
            path("<int:pk>/record.json", view(record.as_json), name="revocation_certificate_record_json"),
            *super().get_urls(),
        ]
