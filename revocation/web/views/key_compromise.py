"""K1: the page on which somebody proves that they hold the private key."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from revocation.models import Certificate
from revocation.pki.possession import MAX_BYTES, MESSAGES, ProofRefused
from revocation.services.core import clock
from revocation.services.requests import key_compromise as service
from revocation.services.requests.filing import RequestRefused
from revocation.web.guards.access import actor, own_certificate
from revocation.web.guards.limits import limited


@sensitive_post_parameters("signature")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited("checks")
def compromised(request: HttpRequest, pk: int) -> HttpResponse:
    certificate = own_certificate(request, pk)
    if request.method != "POST":
        return _page(request, certificate)
    try:
        case = service.submit(pk, _sent(request), by=actor(request), at=clock.now())
    except ProofRefused as refused:
        return _page(request, certificate, refused.code, 422)
    except RequestRefused:
        return _page(request, certificate, status=409)
    messages.success(
        request,
        _("The proof is accepted. We are sending the revocation to the CA. You do not need to do anything else."),
    )
    return redirect("request", case.pk)


def _sent(request: HttpRequest) -> bytes:
    """Return what was uploaded, else what was pasted. Of a file, no more is read than can be a signature."""
    uploaded = request.FILES.get("file")
    return uploaded.read(MAX_BYTES + 1) if uploaded else request.POST.get("signature", "").encode()


def _page(request: HttpRequest, certificate: Certificate, problem: str = "", status: int = 200) -> HttpResponse:
    """Draw the page. What was pasted is shown again only when it cannot be a private key."""
    now = timezone.now()
    against = service.refusals(certificate, at=now)
    context = {
        "certificate": certificate,
        "refusals": [str(refusal.message) for refusal in against],
        "problem": MESSAGES.sentence({"code": problem}),
        "pasted": request.POST.get("signature", "") if problem == "does_not_fit" else "",
        "proven": service.proven(certificate),
    }
    if not against:
        try:
            context["command"] = service.command(certificate, at=now)
        except ProofRefused as refused:
            context["refusals"] = [str(refused)]
    return render(request, "revocation/compromised.html", context, status=status)
