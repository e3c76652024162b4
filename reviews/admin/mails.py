"""L2: mails that could not be sent yet."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reviews import permissions
from reviews.admin.lists import ReadOnlyAdmin
from revocation.models import EventKind, Mail
from revocation.templatetags.portal import error_words


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    seen_by = permissions.SEE_MAILS
    list_display = ("to", "what", "written_at", "attempts", "next_attempt_at", "said")
    list_select_related = ("event",)
    exclude = ("last_error", "last_error_code")
    readonly_fields = ("said",)
    ordering = ("-id",)
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mail]:
        return super().get_queryset(request).filter(sent_at__isnull=True)

    @admin.display(description=_("event"))
    def what(self, row: Mail) -> str:
        return str(EventKind(row.event.kind).label) if row.event else gettext("account notification")

    @admin.display(description=_("last error"))
    def said(self, row: Mail) -> str:
        """Return why it was not sent: the portal's words in the viewer's language, a server's quoted."""
        return error_words(row)

    @admin.display(description=_("created at"))
    def written_at(self, row: Mail) -> object:
        return row.event.at if row.event else None
