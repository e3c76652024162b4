"""Times and states as the pages show them."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

register = template.Library()


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
