"""What the admin's templates ask for: the queue's numbers on the index page."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext

from reviews.permissions import SEE_RECEIPTS, SEE_REQUESTS, holds_any
from reviews.presenters import record_words
from reviews.queue import Numbers
from revocation.checklists import BY_KEY, VERSION
from revocation.letters.text import openly
from revocation.models import Certificate, Receipt

register = template.Library()


@register.simple_tag(takes_context=True)
def queue_numbers(context: template.Context) -> Numbers | None:
    """The numbers, or None for staff who do not see the queue."""
    request: Any = context["request"]
    return Numbers.at(timezone.now()) if holds_any(request, SEE_REQUESTS) else None


@register.inclusion_tag("reviews/receipt.html", takes_context=True)
def desk_receipt(context: template.Context, certificate: Certificate) -> dict[str, Any]:
    """The signed receipt of a revoked certificate, deleted or not, for staff who may read it."""
    revoked = certificate.revoked_at is not None or certificate.revocation_unstated
    ended = revoked and holds_any(context["request"], SEE_RECEIPTS)
    receipts = Receipt.objects.select_related("key").defer("pdf", "json", "pdf_signature", "json_signature")
    return {
        "certificate": certificate,
        "receipt": receipts.filter(revocation__certificate=certificate).first() if ended else None,
    }


@register.filter
def ticks(checklist: dict[str, Any]) -> list[str]:
    """Return the checklist that an approval kept, one line for each item.

    It is in the reader's language while its wording is that of today, else word for word.
    """
    today = BY_KEY if checklist["version"] == VERSION else {}
    words = (
        (gettext(today[i["key"]].text) if i["key"] in today else i["text"], i["ticked"]) for i in checklist["items"]
    )
    return [f"{'☑' if ticked else '☐'} {text}" for text, ticked in words]


register.filter("openly", openly, is_safe=True)  # it adds no markup: what was escaped stays so
register.filter("plainly", record_words.plainly)
register.filter("in_words", record_words.in_words)


@register.filter
def verb_words(step: dict[str, Any]) -> str:
    """What somebody did to a request."""
    return str(record_words.VERBS.get(step["verb"], step["verb"]))


@register.filter
def in_pairs(fingerprint: str) -> str:
    """Hexadecimal digits in pairs, as other programs show fingerprints."""
    return ":".join(fingerprint[i : i + 2] for i in range(0, len(fingerprint), 2))
