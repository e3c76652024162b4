"""Times, states and words as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import NamedTuple

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from revocation.letters.text import openly
from revocation.markup import filled, joined
from revocation.models import (
    Certificate,
    CertificateState,
    Delivery,
    Event,
    Mail,
    RequestState,
    RevocationOrder,
    StatusObservation,
    StatusPoint,
)
from revocation.ownership import fallback
from revocation.pki.names import as_written
from revocation.services.notifications.wording import is_quoted, of_authority, own_words

register = template.Library()
register.filter("openly", openly, is_safe=True)  # it adds no markup, so escaped text stays escaped

OPTION, SELECTED = '<option value="{}"{}>{}</option>', SafeString(" selected")
STATES = dict([*CertificateState.choices, *RequestState.choices])


class Zone(NamedTuple):
    """The viewer's time zone, in which all pages show times. Asking Django for it is slower than showing a time."""

    zone: tzinfo
    name: str

    @classmethod
    def now(cls) -> Zone:
        return cls(timezone.get_current_timezone(), timezone.get_current_timezone_name())

    def shown(self, local: datetime) -> str:
        """Return a local time, the same in all languages: `2026-01-31 09:00 Europe/Berlin`."""
        return f"{local.isoformat(' ', 'minutes')[:16]} {self.name}"


@register.filter
def moment(at: datetime | None) -> str | SafeString:
    """Return a time in the viewer's zone, with the zone's name."""
    if at is None:
        return ""
    here = Zone.now()
    local = at.astimezone(here.zone)
    return filled('<time datetime="{}">{}</time>', local.isoformat(), here.shown(local))


def _quoted(words: str) -> str | SafeString:
    return format_html('<q lang="en">{}</q>', words) if words else ""


@register.filter
def order_words(order: RevocationOrder) -> str | SafeString:
    """Return what the worker last noted about an order to an authority."""
    return of_authority(order.message_code, order.message_params) or _quoted(order.message)


@register.filter
def problem_words(place: StatusObservation | StatusPoint) -> str | SafeString:
    """Return why a place that certificates name could not be read or compared."""
    words = of_authority(place.problem_code, place.problem_params) if place.problem else ""
    return words or _quoted(place.problem)


@register.filter
def error_words(mail: Mail) -> str | SafeString:
    """Return why a mail was not sent."""
    return (of_authority(mail.last_error_code, {}) if mail.last_error else "") or _quoted(mail.last_error)


@register.filter
def delivery_words(delivery: Delivery) -> str | SafeString:
    """Return why a message to a webhook got no answer."""
    return (
        of_authority(delivery.last_error, delivery.error_params)
        if delivery.error_params
        else _quoted(delivery.last_error)
    )


@register.filter
def event_words(event: Event) -> str | SafeString:
    """Return why it happened: the portal's words in the viewer's language, people's as they are, a program's quoted."""
    return _quoted(event.why) if is_quoted(event) else event_text(event)


@register.filter
def event_text(event: Event) -> str:
    """Return the words of `event_words` without markup, for the text of a mail and for a file."""
    return own_words(event) or str(event.why)


@register.filter
def state_name(state: str) -> str:
    """Return the name of a request's or certificate's state, given its value as in an event."""
    return str(STATES.get(state, state))


@register.filter
def time_left(end: datetime | None, now: datetime) -> str:
    """Return the whole hours until `end`, in words."""
    if end is None:
        return ""
    hours = int((end - now).total_seconds() // 3600)
    if hours < 0:
        return gettext("deadline passed")
    if hours == 0:
        return gettext("less than an hour left")
    return ngettext("%(hours)s hour left", "%(hours)s hours left", hours) % {"hours": hours}


@register.filter
def day(at: datetime, here: Zone | None = None) -> SafeString:
    """Return the day in the viewer's zone. The element's title has the exact time. `here`: the zone, if it is known."""
    here = here or Zone.now()
    local = at.astimezone(here.zone)
    frame = '<time datetime="{}" title="{}">{}</time>'
    return filled(frame, local.isoformat(), here.shown(local), local.date().isoformat())


@register.filter
def days_left(end: datetime, now: datetime) -> str:
    """Return the whole days until a certificate expires, or since it expired, in words."""
    days = (end - now).days
    if end < now:
        gone = (now - end).days
        return ngettext("expired %(days)s day ago", "expired %(days)s days ago", gone) % {"days": gone}
    if days == 0:
        return gettext("expires within a day")
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}


@register.filter
def part_left(certificate: Certificate, now: datetime) -> float:
    """Return how much of its period of validity a certificate has left, 0 to 1."""
    whole = (certificate.not_after - certificate.not_before).total_seconds()
    return max(0.0, (certificate.not_after - now).total_seconds() / whole) if whole > 0 else 0.0


@register.filter
def spelt(name: str) -> str:
    """Return an international name (xn--…) as people write it.

    Empty for all other names, and for names that cannot be shown safely.
    """
    read = as_written(name)
    return "" if read == name else read


@register.filter
def why_it_fell_back(code: str) -> str:
    """O2: return why an automatic method is not used, in the reader's language."""
    return fallback.MESSAGES.sentence({"code": code})


@register.simple_tag
def options(choices: Iterable[tuple[str, object]], chosen: str) -> SafeString:
    """Return the options of a filter: all, or one of the choices (value, label)."""
    everything = filled('<option value="">{}</option>', gettext("All"))
    each = (filled(OPTION, value, SELECTED if value == chosen else "", str(label)) for value, label in choices)
    return joined((everything, *each), "\n")
