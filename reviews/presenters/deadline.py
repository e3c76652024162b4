"""R5: a deadline in words, so that nobody has to tell by colour alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _

SOON = timedelta(hours=6)


def urgency(due_at: datetime, at: datetime) -> str:
    """CSS class: how near it is."""
    if due_at < at:
        return "overdue"
    return "soon" if due_at - at <= SOON else "in-time"


def in_words(due_at: datetime, at: datetime) -> str:
    if due_at < at:
        return _("overdue by %(time)s") % {"time": timesince(due_at, at)}
    return _("%(time)s left") % {"time": timeuntil(due_at, at)}


def badge(due_at: datetime | None, at: datetime) -> SafeString:
    """The words, marked with how urgent it is; a dash when there is no deadline."""
    if due_at is None:
        return format_html("{}", "–")
    return format_html('<span class="due {}">{}</span>', urgency(due_at, at), in_words(due_at, at))
