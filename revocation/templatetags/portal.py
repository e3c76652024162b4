"""Times and states as the pages show them."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from revocation.models import Certificate
from revocation.ownership.fallback import WHY

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


@register.filter
def day(at: datetime) -> SafeString:
    """The day in the viewer's zone; the exact time is in the element, for whoever asks it."""
    local = timezone.localtime(at)
    zone = timezone.get_current_timezone_name()
    exact = f"{date_format(local, 'Y-m-d H:i')} {zone}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(), exact, date_format(local, "Y-m-d")
    )


@register.filter
def days_left(end: datetime, now: datetime) -> str:
    """Whole days until a certificate expires, in words."""
    days = (end - now).days
    if end < now:
        gone = (now - end).days
        return ngettext("expired %(days)s day ago", "expired %(days)s days ago", gone) % {"days": gone}
    if days == 0:
        return gettext("expires within a day")
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}


@register.filter
def part_left(certificate: Certificate, now: datetime) -> float:
    """How much of its time of validity a certificate has before it, 0 to 1."""
    whole = (certificate.not_after - certificate.not_before).total_seconds()
    return max(0.0, (certificate.not_after - now).total_seconds() / whole) if whole > 0 else 0.0


@register.filter
def why_it_fell_back(code: str) -> str:
    """O2: why an automatic method is not used, in the reader's language."""
    return gettext(WHY[code]) if code in WHY else ""
