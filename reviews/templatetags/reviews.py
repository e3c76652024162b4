"""What the admin's templates ask for: the queue's numbers on the index page."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext

from reviews.permissions import SEE_REQUESTS, holds_any
from reviews.queue import Numbers
from revocation.checklists import BY_KEY, VERSION

register = template.Library()


@register.simple_tag(takes_context=True)
def queue_numbers(context: template.Context) -> Numbers | None:
    """The numbers, or None for staff who do not see the queue."""
    request: Any = context["request"]
    return Numbers.at(timezone.now()) if holds_any(request, SEE_REQUESTS) else None


@register.filter
def ticks(checklist: dict[str, Any]) -> list[str]:
    """The checklist that an approval kept, a line an item: in the reader's language while its wording is that of today,
    else word for word."""
    today = BY_KEY if checklist["version"] == VERSION else {}
    words = (
        (gettext(today[i["key"]].text) if i["key"] in today else i["text"], i["ticked"]) for i in checklist["items"]
    )
    return [f"{'☑' if ticked else '☐'} {text}" for text, ticked in words]


@register.filter
def plainly(value: Any) -> str:
    """A value of a record as people write it: lists with commas, pairs with colons, a dash for nothing."""
    if isinstance(value, dict):
        return "; ".join(f"{key}: {plainly(inner)}" for key, inner in value.items()) or "–"
    if isinstance(value, list):
        return " | ".join(plainly(inner) for inner in value) or "–"
    return "–" if value in (None, "") else str(value)


@register.filter
def in_pairs(fingerprint: str) -> str:
    """Hexadecimal digits in pairs, as other programs show fingerprints."""
    return ":".join(fingerprint[i : i + 2] for i in range(0, len(fingerprint), 2))
