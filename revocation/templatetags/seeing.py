"""Who sees the revocation when: the way of one certificate from the decision to the browsers, drawn as a line (M5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from revocation.models import (
    Certificate,
    CertificateState,
    Difference,
    DifferenceKind,
    OrderState,
    Place,
    ProvenThrough,
    Receipt,
    Revocation,
    Seen,
    Sighting,
)
from revocation.reasons import BY_CODE
from revocation.templatetags.portal import order_words, problem_words

register = template.Library()

TITLES = {
    Place.OCSP: gettext_lazy("The authority's answering service (OCSP)"),
    Place.CRL: gettext_lazy("The authority's list (CRL)"),
}
BROWSERS = gettext_lazy(
    "Most browsers do not ask the authority for each page; they gather its lists by themselves. Firefox (CRLite) "
    "usually knows within a day. Chrome (CRLSets) takes only some revocations, compromised keys above all, and may "
    "never learn of this one. The portal cannot see into browsers."
)
NOWHERE = {
    ProvenThrough.STATUS: gettext_lazy(
        "Not visible to others: the certificate names no place to look that could be checked. The authority's own "
        "register says that it is revoked."
    ),
    ProvenThrough.WORD: gettext_lazy(
        "Not visible to others: the certificate names no place to look that could be checked. The authority's "
        "confirmation is all there is."
    ),
}


@dataclass(frozen=True)
class Milestone:
    """`phase`: "done", "now" or "to come". `last_looked` and `problem` only while something is awaited."""

    title: str | Promise
    phase: str
    at: datetime | None = None
    detail: str | Promise = ""
    last_looked: datetime | None = None
    problem: str = ""


@register.inclusion_tag("revocation/who_sees_it.html")
def who_sees_it(certificate: Certificate) -> dict[str, Any]:
    """The line of a certificate that was ordered to be revoked, or was revoked elsewhere; empty for any other."""
    if certificate.state == CertificateState.ISSUED:  # nobody was told anything
        return {"order": None, "milestones": []}
    orders = Revocation.objects.select_related("request").prefetch_related("sightings")
    order = orders.filter(certificate=certificate).first()
    line = milestones(order) if order else elsewhere(certificate)
    return {"order": order, "milestones": list(line)}


@register.inclusion_tag("revocation/receipt.html")
def receipt_of(certificate: Certificate) -> dict[str, Any]:
    """The signed receipt of a revoked certificate, and how to verify it."""
    if certificate.state not in (CertificateState.REVOKED, CertificateState.DELETED):
        return {"receipt": None, "awaited": False}
    receipt = Receipt.objects.select_related("key").defer("pdf", "json").filter(revocation__certificate=certificate)
    awaited = Revocation.objects.filter(certificate=certificate, receipt_due_at__isnull=False).exists()
    return {"receipt": receipt.first(), "awaited": awaited, "portal": settings.PORTAL_URL}


def milestones(order: Revocation) -> Iterator[Milestone]:
    request = order.request
    yield Milestone(_("Decided"), "done", request.decided_at or request.proven_at or request.submitted_at)
    yield _told(order)
    places = sorted(order.sightings.all(), key=lambda row: row.place != Place.OCSP)
    yield from (_place(row) for row in places)
    if not places:
        yield _nowhere(order)
    if order.proven_through == ProvenThrough.SIGHTING or order.proven_at is None:
        phase = "now" if order.proven_at else "to come"
        yield Milestone(_("Browsers"), phase, detail=BROWSERS)


def elsewhere(certificate: Certificate) -> Iterator[Milestone]:
    """Of one that was revoked without this portal."""
    found = certificate.differences.filter(kind=DifferenceKind.REVOKED_ELSEWHERE).select_related("point").first()
    if found is None:
        return
    yield Milestone(_("Revoked, but not through this portal"), "done", found.revoked_at)
    yield Milestone(TITLES[Place(found.point.kind)], "done", found.found_at, _seen(found))
    yield Milestone(_("Browsers"), "now", detail=BROWSERS)


def _told(order: Revocation) -> Milestone:
    title = _("The authority has confirmed")
    if order.confirmed_at and order.state in (OrderState.CONFIRMED, OrderState.PROVEN):
        return Milestone(title, "done", order.confirmed_at)
    return Milestone(title, "now", detail=order.get_state_display(), problem=order_words(order))


def _place(row: Sighting) -> Milestone:
    title = TITLES[Place(row.place)]
    if row.seen_at is None:
        seen = Seen(row.outcome).label
        return Milestone(title, "now", detail=seen, last_looked=row.looked_at, problem=problem_words(row))
    return Milestone(title, "done", row.seen_at, _seen(row))


def _seen(row: Sighting | Difference) -> str:
    code = row.reason or 0
    detail = _("reason: %(reason)s") % {"reason": BY_CODE[code].name if code in BY_CODE else code}
    return _("CRL number %(number)s") % {"number": row.crl_number} + ", " + detail if row.crl_number else detail


def _nowhere(order: Revocation) -> Milestone:
    title = _("Visible to everybody")
    if order.proven_at:
        return Milestone(title, "done", order.proven_at, NOWHERE[ProvenThrough(order.proven_through)])
    return Milestone(title, "now" if order.state == OrderState.CONFIRMED else "to come")
