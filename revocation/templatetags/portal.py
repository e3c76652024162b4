"""Times and states as the pages show them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from revocation.models import CertificateState

register = template.Library()


@register.filter
def state_name(state: str) -> str:
    """A certificate's state in the viewer's language."""
    return str(CertificateState(state).label)


@register.filter
def row_title(row: dict[str, Any]) -> str:
    """How a row of the list is named: as `Certificate.title`."""
    names = row["names"]
    title: str = row["common_name"] or (names[0] if names else row["subject"]) or row["serial_number"]
    return title


@register.filter
def moment(at: datetime | None) -> str | SafeString:
    """A time in the viewer's zone, with the zone's name."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    shown = f"{date_format(local, 'Y-m-d H:i')} {timezone.get_current_timezone_name()}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), shown)


@register.filter
def time_left(end: datetime | None, now: datetime) -> str:
    """Whole hours until `end`, in words."""
    if end is None:
        return ""
    hours = int((end - now).total_seconds() // 3600)
    if hours < 0:
        return gettext("the time is over")
    return ngettext("%(hours)s hour left", "%(hours)s hours left", hours) % {"hours": hours}
