"""All that is known about one certificate; after its deletion, the tombstone (M6)."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reviews.permissions import PURGE, SEE_CERTIFICATES, SEE_EVENTS, holds_any, needs_any
from reviews.presenters.pages import page, row_or_404
from revocation.models import Certificate, Event, Letter, RevocationOrder

MOST_EVENTS = 500


def certificate_or_404(pk: str) -> Certificate:
    rows: QuerySet[Certificate] = Certificate.objects.select_related(
        "customer", "brand", "reissued_from", "deleted_by", "hidden_by"
    )
    return row_or_404(rows, pk)


@require_safe
@needs_any(SEE_CERTIFICATES)
def show(request: HttpRequest, pk: str) -> HttpResponse:
    certificate = certificate_or_404(pk)
    gone = certificate.is_deleted
    context = {
        "certificate": certificate,
        "gone": gone,
        "expired": certificate.is_expired(timezone.now()),
        "reissues": certificate.reissues.order_by("pk"),
        "requests": certificate.requests.select_related("decided_by").order_by("pk"),
        "letters": Letter.objects.filter(request__certificate=certificate).select_related("request").order_by("pk"),
        "order": RevocationOrder.objects.filter(certificate=certificate).select_related("request").first(),
        "deployments": certificate.deployments.select_related("target").order_by("pk"),
        "events": Event.objects.filter(certificate_id=certificate.pk).order_by("id")[:MOST_EVENTS],
        "may_see_record": holds_any(request, SEE_EVENTS),
        "may_purge": not gone and holds_any(request, PURGE),
    }
    title = _("Deletion record of %(certificate)s") if gone else _("Certificate %(certificate)s")
    return page(request, "certificate.html", Certificate, title % {"certificate": certificate.label}, context)
