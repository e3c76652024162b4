"""Download as PEM, DER or PKCS#7, with the lock of M4."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from revocation.models import EventKind
from revocation.pki.export import as_pem, as_pkcs7
from revocation.services.core import clock
from revocation.services.core.chains import full_chain
from revocation.services.core.events import record
from revocation.services.inventory.deployments import why_locked
from revocation.web.guards.access import actor, own_certificate
from revocation.web.guards.refusals import conflict

FORMATS: dict[str, tuple[str, Callable[[list[bytes]], bytes]]] = {
    "pem": ("application/x-pem-file", as_pem),
    "der": ("application/pkix-cert", lambda chain: chain[0]),
    "p7b": ("application/x-pkcs7-certificates", as_pkcs7),
}


@login_required
@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponse:
    certificate, by, at = own_certificate(request, pk), actor(request), clock.now()
    form = request.GET.get("format", "pem")
    if form not in FORMATS:
        raise Http404
    if certificate.is_locked:
        why = why_locked(certificate)
        data = why.as_json()
        record(EventKind.DOWNLOAD_REFUSED, by=by, at=at, certificate=certificate, why=why.in_english, data=data)
        return conflict(request, why, f"/certificates/{pk}/")
    media_type, encode = FORMATS[form]
    body = encode(full_chain(certificate))
    record(EventKind.DOWNLOADED, by=by, at=at, certificate=certificate, data={"format": form})
    headers = {
        "Content-Disposition": f'attachment; filename="certificate-{pk}.{form}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(body, content_type=media_type, headers=headers)
