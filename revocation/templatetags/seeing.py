"""Who sees the revocation when: the milestones of one certificate from the decision to the browsers (M5)."""

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

from revocation import joining
from revocation.models import (
    Certificate,
    CertificateState,
    Discrepancy,
    DiscrepancyKind,
    HandRecord,
    OrderState,
    Place,
    ProvenThrough,
    Receipt,
    RevocationOrder,
    Seen,
    StatusObservation,
)
from revocation.reasons import BY_CODE
from revocation.templatetags.portal import order_words, problem_words

register = template.Library()

TITLES = {
    Place.OCSP: gettext_lazy("The CA's OCSP service"),
    Place.CRL: gettext_lazy("The CA's revocation list (CRL)"),
}
BROWSERS = gettext_lazy(
    "Most browsers collect revocation lists instead of asking the CA. Firefox (CRLite) usually knows within a "
    "day. Chrome (CRLSets) takes only some revocations, mostly for compromised keys, and may never show this "
    "one. The portal cannot check browsers."
)
NOWHERE = {
    ProvenThrough.STATUS: gettext_lazy(
        "The certificate names no public status address that we can check. The CA's own register shows the revocation."
    ),
    ProvenThrough.WORD: gettext_lazy(
        "The certificate names no public status address that we can check. We have only the CA's confirmation."
    ),
    ProvenThrough.HAND: gettext_lazy(
        "The certificate names no public status address. Two members of staff recorded the CA's statement."
    ),
}


@dataclass(frozen=True)
class Milestone:
    """One milestone. `phase`: "done", "now" or "to come". `last_looked`, `problem`: only while it is awaited."""

    title: str | Promise
    phase: str
    at: datetime | None = None
    detail: str | Promise = ""
    last_looked: datetime | None = None
    problem: str = ""


@register.inclusion_tag("revocation/who_sees_it.html")
def who_sees_it(certificate: Certificate) -> dict[str, Any]:
    """Show the milestones of a certificate that has an order or was revoked elsewhere; none for any other."""
    if certificate.state == CertificateState.ISSUED:  # nothing was sent to the CA
        return {"order": None, "milestones": []}
    orders = RevocationOrder.objects.select_related("request").prefetch_related("observations")
    order = orders.filter(certificate=certificate).first()
    line = milestones(order) if order else elsewhere(certificate)
    return {"order": order, "milestones": list(line)}


@register.inclusion_tag("revocation/receipt.html")
def receipt_of(certificate: Certificate) -> dict[str, Any]:
    """Show the signed receipt of a revoked certificate, and how to verify it."""
    if certificate.state not in (CertificateState.REVOKED, CertificateState.DELETED):
        return {"receipt": None, "awaited": False}
    receipt = Receipt.objects.select_related("key").defer("pdf", "json").filter(revocation__certificate=certificate)
    awaited = RevocationOrder.objects.filter(certificate=certificate, receipt_due_at__isnull=False).exists()
    return {"receipt": receipt.first(), "awaited": awaited, "portal": settings.PORTAL_URL}


def milestones(order: RevocationOrder) -> Iterator[Milestone]:
    request = order.request
    yield Milestone(_("Decided"), "done", request.decided_at or request.proven_at or request.submitted_at)
    yield _told(order)
    places = sorted(order.observations.all(), key=lambda row: row.place != Place.OCSP)
    yield from (_place(row) for row in places)
    if not places:
        yield _nowhere(order)
    if order.proven_through == ProvenThrough.SIGHTING or order.proven_at is None:
        phase = "now" if order.proven_at else "to come"
        yield Milestone(_("Browsers"), phase, detail=BROWSERS)


def elsewhere(certificate: Certificate) -> Iterator[Milestone]:
    """Yield the milestones of a certificate that was revoked outside the portal."""
    found = certificate.discrepancies.filter(kind=DiscrepancyKind.REVOKED_ELSEWHERE).select_related("point").first()
    if found is None:
        return
    yield Milestone(_("Revoked outside this portal"), "done", found.revoked_at)
    yield Milestone(TITLES[Place(found.point.kind)], "done", found.found_at, _seen(found))
    yield Milestone(_("Browsers"), "now", detail=BROWSERS)


def _told(order: RevocationOrder) -> Milestone:
    by_hand = HandRecord.objects.filter(order=order, confirmed_at__isnull=False).exists()
    title = _("CA's statement recorded by hand") if by_hand else _("Confirmed by the CA")
    if order.confirmed_at and order.state in (OrderState.CONFIRMED, OrderState.PROVEN):
        return Milestone(title, "done", order.confirmed_at, order_words(order))
    return Milestone(title, "now", detail=order.get_state_display(), problem=order_words(order))


def _place(row: StatusObservation) -> Milestone:
    title = TITLES[Place(row.place)]
    if row.seen_at is None:
        seen = Seen(row.outcome).label
        return Milestone(title, "now", detail=seen, last_looked=row.looked_at, problem=problem_words(row))
    return Milestone(title, "done", row.seen_at, _seen(row))


def _seen(row: StatusObservation | Discrepancy) -> str:
    named = BY_CODE[row.reason].name if row.reason in BY_CODE else _("not stated by the CA")
    detail = _("reason: %(reason)s") % {"reason": named}
    number = [_("CRL number %(number)s") % {"number": row.crl_number}] if row.crl_number else []
    return joining.facts([*number, detail])


def _nowhere(order: RevocationOrder) -> Milestone:
    title = _("Publicly visible")
    if order.proven_at:
        return Milestone(title, "done", order.proven_at, NOWHERE[ProvenThrough(order.proven_through)])
    return Milestone(title, "now" if order.state == OrderState.CONFIRMED else "to come")
