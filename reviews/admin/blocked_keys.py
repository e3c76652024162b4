"""K1: the keys that were proven to be compromised, each with all certificates of any customer that have it."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from reviews import permissions
from reviews.admin.lists import ReadOnlyAdmin
from reviews.links import request_link
from revocation.models import BlockedKey


@admin.register(BlockedKey)
class BlockedKeyAdmin(ReadOnlyAdmin):
    seen_by = permissions.SEE_CERTIFICATES
    list_display = ("since", "certificate", "proof", "with_this_key", "key_digest")
    list_display_links = None
    list_select_related = ("certificate",)
    ordering = ("-id",)
    sortable_by = ()
    actions = None

    @admin.display(description=_("request"))
    def proof(self, row: BlockedKey) -> SafeString:
        return request_link(row.request_id)

    @admin.display(description=_("certificates"))
    def with_this_key(self, row: BlockedKey) -> SafeString:
        url = reverse("admin:revocation_certificate_changelist")
        return format_html('<a href="{}?key_digest={}">{}</a>', url, row.key_digest, _("View certificates"))
