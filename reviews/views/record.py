"""The record of one certificate, to print and as JSON."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from reviews.permissions import SEE_EVENTS, needs_any
from reviews.presenters import record
from reviews.presenters.pages import page
from reviews.views.certificates import certificate_or_404
from revocation.models import Certificate


@require_safe
@needs_any(SEE_EVENTS)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    certificate = certificate_or_404(str(pk))
    context = {"record": record.gather(certificate, timezone.now()), "certificate": certificate}
    return page(request, "record.html", Certificate, record.title(certificate), context)


@require_safe
@needs_any(SEE_EVENTS)
def as_json(request: HttpRequest, pk: int) -> HttpResponse:
    certificate = certificate_or_404(str(pk))
    response = JsonResponse(
        record.gather(certificate, timezone.now()), json_dumps_params={"indent": 1, "ensure_ascii": False}
    )
    response["Content-Disposition"] = f'attachment; filename="certificate-{certificate.pk}.json"'
    return response
