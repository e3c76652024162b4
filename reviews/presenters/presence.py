"""To whom a case is assigned, and who is viewing it: in words, for the queue and the case."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from revocation.models import CaseView, RevocationRequest
from revocation.services.review.assignment import VIEWED


def recent(at: datetime) -> QuerySet[CaseView]:
    """Return the recent case views, the latest first."""
    rows: QuerySet[CaseView] = CaseView.objects.filter(at__gt=at - VIEWED).select_related("person")
    return rows.order_by("-at")


def sentences(request: RevocationRequest, at: datetime, viewer: int | None = None) -> list[str]:
    """Say to whom the request is assigned, and who else but the viewer is viewing it.

    `request.case_views` holds the recent case views (`recent`).
    """
    said = []
    if request.is_taken(at):
        until = date_format(timezone.localtime(request.taken_until), "H:i")
        said.append(_("assigned to %(who)s until %(until)s") % {"who": request.taken_by, "until": until})
    others = [view for view in request.case_views.all() if view.person_id not in (request.taken_by_id, viewer)]
    return said + [opened(view, at) for view in others]


def opened(view: CaseView, at: datetime) -> str:
    minutes = max(0, int((at - view.at).total_seconds() // 60))
    if not minutes:
        return _("%(who)s is viewing this (just now)") % {"who": view.person}
    text = ngettext("%(who)s is viewing this (%(n)d min ago)", "%(who)s is viewing this (%(n)d min ago)", minutes)
    return text % {"who": view.person, "n": minutes}


def badge(request: RevocationRequest, at: datetime) -> SafeString:
    """Return the sentences for a cell of the queue."""
    said = sentences(request, at)
    if not said:
        return format_html('<span class="quiet">{}</span>', _("unassigned"))
    return format_html_join(SafeString("<br>"), "{}", ((sentence,) for sentence in said))


def is_as_shown(request: RevocationRequest, state: str) -> bool:
    """Is the request still in the state that a page shows?"""
    return bool(request.state == state)
