"""Check again whether the names still serve the certificate. The worker checks; this view only asks for it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from revocation.services.core import clock
from revocation.services.inventory import deployment_probe
from revocation.web.guards.access import actor, own_request
from revocation.web.guards.limits import limited


@login_required
@require_POST
@limited("others")
def look_again(request: HttpRequest, pk: int) -> HttpResponse:
    case = own_request(request, pk)
    if not deployment_probe.ask_again(case, by=actor(request), at=clock.now()):
        messages.info(request, _("We checked the names less than ten minutes ago. Check again later."))
    return redirect(reverse("request", args=[pk]) + "#in-use")
