"""The inventory for staff: facts to read, import of certificates, and permanent deletion (M6)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reviews import permissions, searching
from reviews.actor import acting_user
from reviews.admin.lists import CasePageAdmin, KeysetChangeList, Page
from reviews.views import certificates, inventory, purging, receipts, record
from revocation.models import Certificate
from revocation.services.core import clock
from revocation.services.inventory import certificates as inventory_service


@admin.register(Certificate)
class CertificateAdmin(CasePageAdmin):
    change_list_template = "reviews/certificates.html"
    seen_by = permissions.SEE_CERTIFICATES
    pages = (
        Page("import/", inventory.take_in, "import"),
        Page("issue/", inventory.issue, "issue"),
        Page("delete-for-good/", purging.purge, "purge"),
        Page("<row:pk>/record/", record.show, "record"),
        Page("<row:pk>/record.json", record.as_json, "record_json"),
        Page("<row:pk>/receipt.<str:form>", receipts.receipt, "receipt"),
    )
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
    search_help_text = searching.HELP
    actions = ("to_be_renewed", "not_to_be_renewed", "delete_for_good")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Certificate], search_term: str
    ) -> tuple[QuerySet[Certificate], bool]:
        return searching.certificates(queryset, search_term), False

    @admin.display(description=gettext_lazy("certificate"))
    def title(self, row: Certificate) -> str:
        return row.title

    def has_purge_permission(self, request: HttpRequest) -> bool:
        return permissions.holds_any(request, permissions.PURGE)

    def has_order_permission(self, request: HttpRequest) -> bool:
        return permissions.holds_any(request, permissions.IMPORT)

    @admin.action(description=gettext_lazy("Mark for renewal"), permissions=["order"])
    def to_be_renewed(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> None:
        self._mark(request, queryset, wanted=True)

    @admin.action(description=gettext_lazy("Remove renewal mark"), permissions=["order"])
    def not_to_be_renewed(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> None:
        self._mark(request, queryset, wanted=False)

    def _mark(self, request: HttpRequest, queryset: QuerySet[Certificate], *, wanted: bool) -> None:
        by, at = acting_user(request), clock.now()
        chosen = queryset.values_list("pk", flat=True)[: purging.MOST]
        changed = sum(inventory_service.mark_to_be_renewed(pk, wanted, by=by, at=at) for pk in chosen)
        text = ngettext("%(count)d certificate changed.", "%(count)d certificates changed.", changed)
        self.message_user(request, text % {"count": changed})

    @admin.action(description=gettext_lazy("Delete permanently …"), permissions=["purge"])
    def delete_for_good(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> HttpResponse | None:
        """Lead on to the confirmation. Only what the list itself shows can be selected here."""
        chosen = list(queryset.values_list("pk", flat=True)[: purging.MOST + 1])
        if len(chosen) > purging.MOST:
            text = _("Select at most %(most)d certificates at a time.") % {"most": purging.MOST}
            self.message_user(request, text, messages.ERROR)
            return None
        address = reverse("admin:revocation_certificate_purge")
        return HttpResponseRedirect(f"{address}?{urlencode({'id': chosen}, doseq=True)}")

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"title": _("Certificates"), "may_import": permissions.holds_any(request, permissions.IMPORT)}

    def show(self, request: HttpRequest, pk: str) -> HttpResponse:
        return certificates.show(request, pk)
